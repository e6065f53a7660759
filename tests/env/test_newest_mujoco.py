#!/usr/bin/env python3
"""Builds the MuJoCo environments against the newest MuJoCo that PyPI has, and runs their tests with it:

    test_newest_mujoco.py source/folder build/folder compiler

The wheel mujoco-core holds headers and library; it is put into build/folder/mujoco. Without it (no network) the test is skipped, exit
status 77."""

import glob
import os
import subprocess
import sys
import zipfile

SKIPPED = 77
TESTS = ["test_walker2d", "test_cartpole_mujoco", "test_mjcf", "test_env"]


def find_wheel(folder):
    """Path of the wheel in the folder, fetched where it is missing; None where it cannot be had."""
    wheels = glob.glob(os.path.join(folder, "mujoco_core-*.whl"))
    if not wheels:
        words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--retries", "1",
                 "--timeout", "10", "--dest", folder, "mujoco-core"]
        try:
            subprocess.run(words, check=True, capture_output=True, timeout=240)
        except (subprocess.SubprocessError, OSError) as error:
            print(error)
        wheels = glob.glob(os.path.join(folder, "mujoco_core-*.whl"))
    return wheels[0] if wheels else None


def unpack(wheel, folder):
    """include/ and lib/libmujoco.so below the folder, as a release has them."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    libraries = glob.glob(os.path.join(folder, "mujoco", "libmujoco.so.*"))
    if not libraries:
        return False
    os.makedirs(os.path.join(folder, "lib"), exist_ok=True)
    for link, target in (("include", os.path.join(folder, "mujoco", "include")),
                         ("lib/libmujoco.so", libraries[0]),
                         (os.path.join("lib", os.path.basename(libraries[0])), libraries[0])):
        path = os.path.join(folder, link)
        if not os.path.lexists(path):
            os.symlink(target, path)
    return True


def run(*words, **options):
    done = subprocess.run(words, capture_output=True, text=True, timeout=600, **options)
    if done.returncode:
        sys.exit(f"{' '.join(words)}\n{done.stdout}{done.stderr}")
    return done.stdout


def main():
    source, build, compiler = sys.argv[1:]
    folder = os.path.join(build, "mujoco")
    os.makedirs(folder, exist_ok=True)
    wheel = find_wheel(folder)
    if not wheel or not unpack(wheel, folder):
        print("no MuJoCo wheel can be had")
        return SKIPPED
    tree = os.path.join(folder, "build")
    run("cmake", "-G", "Ninja", "-S", source, "-B", tree, "-DCMAKE_BUILD_TYPE=Release", f"-DMUJOCO_DIR={folder}",
        f"-DCMAKE_C_COMPILER={compiler}")
    run("cmake", "--build", tree, "--target", *TESTS)
    for name in TESTS:
        run(os.path.join(tree, name), cwd=tree)
    print(os.path.basename(wheel), "passes", *TESTS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
