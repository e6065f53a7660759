#!/usr/bin/env python3
"""Installs the Python package into a virtual environment of the build folder and runs the tests beside this file:
run_tests.py SOURCE BUILD path/to/duro [PATTERN].

Only the packages that the tests need are fetched from PyPI, once; where that fails, for want of a network for example,
the test is skipped (exit status 77). DURO_PYTHON_PACKAGES="stable-baselines3 optuna" installs those as well, for the tests
that are skipped without them."""

import os
import re
import shutil
import subprocess
import sys

SKIPPED = 77
NEEDED = ["numpy", "gymnasium", "pandas", "matplotlib", "array-api-strict", "scikit-build-core"]
SEEN = "import numpy, gymnasium, pandas, matplotlib, array_api_strict, scikit_build_core, mujoco"


def mujoco_of(source):
    """The requirement of pyproject.toml."""
    with open(os.path.join(source, "pyproject.toml"), encoding="utf-8") as file:
        return re.findall(r"mujoco-core==[0-9.]+", file.read())[:1] if sys.version_info >= (3, 10) else []


def run(words, **more):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900, **more)


def find_python(folder, needed):
    """A Python of its own with the packages; None where they are not to be had."""
    python = os.path.join(folder, "bin", "python")
    if os.path.exists(python) and run([python, "-c", SEEN]).returncode == 0:
        return python
    for words in ([sys.executable, "-m", "venv", "--clear", folder],
                  [python, "-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "10", *needed]):
        done = run(words)
        if done.returncode != 0:
            print(done.stdout)
            return None
    return python


def main():
    source, build, program = (os.path.abspath(word) for word in sys.argv[1:4])
    pattern = sys.argv[4] if len(sys.argv) > 4 else "test_*.py"
    folder = os.path.join(build, "python")
    python = find_python(folder, NEEDED + mujoco_of(source))
    if python is None:
        print("the packages that the tests need cannot be had")
        return SKIPPED
    more = os.environ.get("DURO_PYTHON_PACKAGES", "").split()
    if more and run([python, "-m", "pip", "install", "--quiet", *more]).returncode != 0:
        print(f"{' '.join(more)} cannot be had")
        return SKIPPED
    path = os.pathsep.join([os.path.join(folder, "bin"), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path}
    if shutil.which("ccache"):
        environment["CMAKE_C_COMPILER_LAUNCHER"] = "ccache"
    done = run([python, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--force-reinstall",
                f"--config-settings=build-dir={os.path.dirname(build)}/python-module",
                "--config-settings=cmake.define.DURO_WERROR=ON", source], env=environment)
    if done.returncode != 0:
        print(done.stdout)
        return 1
    tests = [python, "-W", "error", "-X", "faulthandler", "-m", "unittest", "discover", "--verbose",
             "--start-directory", os.path.join(source, "tests", "python"), "--pattern", pattern]
    return subprocess.run(tests, env={**os.environ, "DURO_PROGRAM": program, "DURO_SOURCE": source},
                          timeout=1700).returncode


if __name__ == "__main__":
    sys.exit(main())
