#!/usr/bin/env python3
"""Builds that no preset makes: test_build.py SOURCE BUILD C-COMPILER. Plain CMake with Makefiles and its installation,
duro as a part of another project, and what hardens the programs of BUILD."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE, BUILD, CC = (os.path.abspath(path) for path in sys.argv[1:4])
# nothing here is about speed
QUICK = ["-G", "Unix Makefiles", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O0", f"-DCMAKE_C_COMPILER={CC}",
         "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-DDURO_MUJOCO=OFF", "-DDURO_PNG=OFF"]


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=800, check=False)
    if done.returncode:
        raise AssertionError(f"{words} ended with {done.returncode}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def commands(build):
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        return {entry["file"]: entry["command"] for entry in json.load(file)}


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="duro-build-")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)


class Makefiles(Case):
    def test_plain_build_and_installation(self):
        """cmake -S . -B b && cmake --build b; `make build` makes the target duro_installed, and that can be installed."""
        build, prefix = self.path("b"), self.path("installed")
        run("cmake", "-S", SOURCE, "-B", build, *QUICK, "-DDURO_TESTS=OFF")
        run("cmake", "--build", build, "-j2", "--target", "duro_installed")
        run("cmake", "--install", build, "--prefix", prefix)
        self.assertRegex(run(os.path.join(prefix, "bin/duro"), "--version"), r"^duro \d+\.\d+\.\d+ ")
        self.assertIn(" GLOBAL ", run("readelf", "-sW", os.path.join(build, "libduro.a")))
        self.assertNotIn("Building", run("cmake", "--build", build), "nothing else is in a build without tests")
        self.assertFalse([file for file, words in commands(build).items() if "-Werror" in words])

    def test_a_plain_configuration_is_a_release(self):
        build = self.path("plain")
        run("cmake", "-S", SOURCE, "-B", build, f"-DCMAKE_C_COMPILER={CC}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
        for words in commands(build).values():
            self.assertIn(" -O3 ", words)
            self.assertNotIn("-Werror", words)

    def test_presets_take_no_warnings(self):
        with open(os.path.join(SOURCE, "CMakePresets.json"), encoding="utf-8") as file:
            presets = json.load(file)["configurePresets"]
        self.assertEqual(presets[0]["cacheVariables"]["DURO_WERROR"], "ON")
        for preset in presets[1:]:
            self.assertEqual(preset["inherits"], presets[0]["name"])


class Inside(Case):
    def test_as_a_part_of_another_project(self):
        build = self.path("b")
        run("cmake", "-S", os.path.join(SOURCE, "tests/package/inside"), "-B", build, f"-DDURO={SOURCE}", *QUICK)
        run("cmake", "--build", build, "-j2")
        for library in ("duro", "static"):
            self.assertRegex(run(os.path.join(build, f"c_{library}")), r"^\d+\.\d+\.\d+ double-integrator \w+ 3\n$")
        self.assertIn("Total Tests: 0", run("ctest", "--test-dir", build, "-N"))
        run("cmake", "--install", build, "--prefix", self.path("installed"))
        self.assertEqual(os.path.exists(self.path("installed", "bin")), False)
        for file, words in commands(build).items():
            self.assertNotIn("-Werror", words)
            self.assertNotIn("-Wconversion", words)
            if file.endswith("names.c"):
                self.assertNotRegex(words, "-ffp-contract|-fstack|FORTIFY")
            else:
                self.assertIn("-ffp-contract=off", words)
        self.assertFalse(os.path.exists(os.path.join(build, "duro", "duro")), "the program is built where it is asked for")


class Hardening(unittest.TestCase):
    def test_programs_and_library(self):
        for name in ("duro", "duro-recheck", "libduro.so"):
            file = os.path.join(BUILD, name)
            if not os.path.exists(file):
                continue
            with self.subTest(name):
                self.assertIn("NOW", "".join(re.findall(r".*FLAGS.*", run("readelf", "-dW", file))))
                self.assertIn("GNU_RELRO", run("readelf", "-lW", file))
                self.assertRegex(run("readelf", "-hW", file), r"Type: +DYN")  # position-independent
                symbols = run("readelf", "-sW", file)
                self.assertIn("__stack_chk_fail", symbols)
                if name != "duro-recheck":
                    self.assertRegex(symbols, r"__\w+_chk@")

    def test_every_file_is_protected(self):
        for file, words in commands(BUILD).items():
            for flag in ("-fstack-protector-strong", "-fstack-clash-protection", "-D_FORTIFY_SOURCE="):
                self.assertIn(flag, words, file)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
