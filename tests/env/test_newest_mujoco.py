#!/usr/bin/env python3
"""Builds the MuJoCo environments against a MuJoCo release of PyPI, and runs their tests with it:

    test_newest_mujoco.py source/folder build/folder compiler

The release is 4.0.1, which the project is tested with beside Debian's 2.2.2; tools/fetch-mujoco puts it into
build/folder/mujoco-4.0.1. Without it (no network) the test is skipped, exit status 77."""

import os
import subprocess
import sys
import tempfile

SKIPPED = 77
VERSION = "4.0.1"
TESTS = ["test_walker2d", "test_cartpole_mujoco", "test_mjcf", "test_mjcf_files", "test_env"]


def run(*words, **options):
    done = subprocess.run(words, capture_output=True, text=True, timeout=600, **options)
    if done.returncode:
        sys.exit(f"{' '.join(words)}\n{done.stdout}{done.stderr}")
    return done.stdout


def check_mixture(source, folder, compiler):
    """Headers of one release and the library of another are refused when the build is configured."""
    if not os.path.exists("/usr/include/mujoco/mujoco.h"):
        return
    with tempfile.TemporaryDirectory() as mixed:
        os.symlink("/usr/include", os.path.join(mixed, "include"))
        os.symlink(os.path.join(folder, "lib"), os.path.join(mixed, "lib"))
        done = subprocess.run(["cmake", "-G", "Ninja", "-S", source, "-B", os.path.join(mixed, "build"), "-DDURO_TESTS=OFF",
                               f"-DMUJOCO_DIR={mixed}", f"-DCMAKE_C_COMPILER={compiler}"],
                              capture_output=True, text=True, timeout=300)
        if done.returncode == 0 or "do not go together" not in " ".join(done.stderr.split()):
            sys.exit(f"headers and library of different releases are not refused\n{done.stdout}{done.stderr}")


def main():
    source, build, compiler = sys.argv[1:]
    folder = os.path.join(build, f"mujoco-{VERSION}")
    fetched = subprocess.run([sys.executable, os.path.join(source, "tools/fetch-mujoco"), VERSION, folder],
                             capture_output=True, text=True, timeout=500)
    if fetched.returncode:
        print(fetched.stderr)
        return SKIPPED
    tree = os.path.join(os.path.dirname(build), "newest-mujoco")  # beside the others: a compiler cache knows most of it
    word = fetched.stdout.split()[-1]
    assert word == f"-DMUJOCO_DIR={folder}", fetched.stdout
    run("cmake", "-G", "Ninja", "-S", source, "-B", tree, "-DCMAKE_BUILD_TYPE=Release", "-DDURO_WERROR=ON", word,
        f"-DCMAKE_C_COMPILER={compiler}")
    run("cmake", "--build", tree, "--target", *TESTS, "duro")
    for name in TESTS:
        run(os.path.join(tree, name), cwd=tree)
        assert not os.path.exists(os.path.join(tree, "MUJOCO_LOG.TXT")), f"MuJoCo wrote its log in {name}"
    said = run(os.path.join(tree, "duro"), "--version")
    assert f"MuJoCo {VERSION}" in said, said
    run(sys.executable, os.path.join(source, "tests/cli/test_mjcf.py"), os.path.join(tree, "duro"))
    check_mixture(source, folder, compiler)
    print("MuJoCo", VERSION, "passes", *TESTS, "cli/test_mjcf")
    return 0


if __name__ == "__main__":
    sys.exit(main())
