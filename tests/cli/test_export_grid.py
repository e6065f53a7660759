#!/usr/bin/env python3
"""Solutions as C: test_export_grid.py SOURCE path/to/duro path/to/compare_grid [INPUTS] [--only=REGEX]. What `duro export
SOLUTION` writes is compiled by every compiler that is there, and has the bits of the library's interpolation and safety policy; also
on the machines of exported.py that are installed, those that REGEX names at so many inputs."""

import os
import re
import sys
import tempfile
import unittest

from exported import (COMPILERS, DRIVE, HERE, MACHINES, STRICT, Branches, Exported, chosen, deepest_stack, mixed_decisions, processor_has,
                      run, symbols, text_of)

SOURCE, DURO, COMPARE = (os.path.abspath(path) for path in sys.argv[1:4])
EMULATED = next((word for word in sys.argv[4:] if word.isdigit()), "20")
# environment, words of duro solve
SYSTEMS = {
    "plain": ("double-integrator", ["--grid", "41"]),
    "stay": ("double-integrator", ["--grid", "33", "--set", "grid.beyond=stay"]),
    "wide": ("double-integrator", ["--grid", "17", "--discount", "0.9", "--set", "grid.error=1e-10"]),
    "periodic": ("air3d", ["--grid", "15x15x12"]),
    "stay-periodic": ("air3d", ["--grid", "9x9x8", "--set", "grid.beyond=stay"]),
    "file": (os.path.join(SOURCE, "tests/recipe/tanks.c"), ["--grid", "15"]),
    "four": ("cartpole", ["--grid", "9", "--discount", "0.99"]),
}


class Grid(Exported):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-export-grid-")
        cls.prefix = {}
        for name, (environment, words) in SYSTEMS.items():
            cls.run_words(DURO, "solve", environment, *words, "--out", name, "--no-pictures", "--quiet", "--set", "grid.task=false")
            given = ["--env", environment] if environment.endswith(".c") else []
            said = cls.run_words(DURO, "export", name, "--to", "c", "--out", name + "-c", "--accept-failed-solution", *given)
            cls.prefix[name] = re.search(r"-c/(\w+)\.c and \.h: the solution of ", said)[1]

    def compare(self, name, count, *words, status=0):
        self.run_words(*words, *STRICT, "-fPIC", "-shared", self.path(name), "-o", "grid.so")
        return self.run_words(COMPARE, name, SYSTEMS[name][0], "./grid.so", self.prefix[name], str(count), status=status)

    def test_every_system_has_the_bits(self):
        for name in SYSTEMS:
            said = self.compare(name, 2000 if name == "four" else 10000, "gcc", "-std=c99", "-O2")
            safe, unsafe, fallback, wanted = (int(word) for word in re.findall(r"\d+", said))
            self.assertGreater(unsafe, 0, name)
            self.assertGreater(fallback, 0, name)
            if name in ("plain", "stay", "periodic"):  # the other grids are too coarse for a set
                self.assertGreater(safe, 0, name)
                self.assertGreater(wanted, 0, name)

    def test_every_compiler_and_level(self):
        flags = [["-O0"], ["-O3"], ["-Os"]] + ([["-O3", "-mfma", "-ffp-contract=fast"]] if processor_has("fma") else [])
        for compiler in COMPILERS:
            for level in flags:
                self.compare("periodic", 500, *compiler, *level)

    def test_nothing_is_undefined_or_writable(self):
        for name in SYSTEMS:
            self.assertEqual(symbols(self.path(name), os.path.join(self.folder, "grid.o")), [])

    def write_header(self, name, folder):
        self.run_words(COMPARE, name, SYSTEMS[name][0], os.path.join(folder, "grid.h"), self.prefix[name])

    def test_each_branch_is_taken_both_ways(self):
        """Which is MC/DC, as no decision mixes && and ||."""
        branches = Branches()
        for name in SYSTEMS:
            folder = tempfile.mkdtemp(dir=self.folder)
            self.write_header(name, folder)
            flags = ["-std=c99", "-O0", "--coverage", f"-I{os.path.dirname(self.path(name))}", f"-I{DRIVE}", f"-I{folder}"]
            run("gcc", *flags, "-DCOUNT=3000", self.path(name), f"{DRIVE}/drive_grid.c", "-o", "drive", folder=folder)
            run("./drive", folder=folder)
            branches.add(folder, self.path(name), self.prefix[name])
            self.assertEqual(mixed_decisions(self.path(name)), [])
        self.maxDiff = None
        self.assertGreater(len(branches.taken), 80)
        self.assertEqual(branches.never(("self_test", "sums_are_right")), [])  # what a right build does not do

    def test_another_table_is_found(self):
        """A number of the table that changed: the comparison fails, and where a stored state reads it the self-test."""
        path, source = self.path("plain"), text_of(self.path("plain"))
        start = source.index("table[")
        changed = source[:start] + re.sub(r"(?<=[ {])(-?)(\d)\.", lambda m: f"{m[1]}{(int(m[2]) + 1) % 10}.", source[start:], count=1500)
        with open(path, "w", encoding="utf-8") as file:
            file.write(changed)
        self.assertRegex(self.compare("plain", 1000, "gcc", "-O2", status=1), "self-test fails|the value is")
        with open(path, "w", encoding="utf-8") as file:
            file.write(source)

    def test_other_machines_compute_the_same_bits(self):
        """And the stack is what the header says."""
        for name in filter(chosen, SYSTEMS):
            folder = os.path.dirname(self.path(name))
            self.write_header(name, folder)
            wanted = HERE.drive(self.path(name), "drive_grid.c", [f"-DCOUNT={EMULATED}"], folder)
            for machine in MACHINES:
                if machine.is_here():
                    self.assertEqual(machine.drive(self.path(name), "drive_grid.c", [f"-DCOUNT={EMULATED}"], folder), wanted, (machine.name, name))
                    if machine.board:
                        words = re.search(r"stack +less than (\d+) KB", text_of(self.path(name)[:-1] + "h"))
                        self.assertLess(deepest_stack(folder), 1024 * int(words[1]), (machine.name, name))

    def test_what_is_refused(self):
        for words, wanted in ((["--to", "onnx"], "wanted no --to onnx"), (["--weights", "int16"], "wanted no --to c --weights int16"),
                              (["--act", "pi"], "--act is for policies"), (["--prefix", "1"], "prefix")):
            self.assertIn(wanted, self.run_words(DURO, "export", "plain", *words, "--out", "no", status=2))
        self.assertIn("solves double-integrator; wanted pendulum", self.run_words(DURO, "export", "plain", "--env", "pendulum", status=2))
        self.assertIn("does not hold", self.run_words(DURO, "export", "wide", "--out", "no", status=2))
        with open(os.path.join(self.folder, "mine_grid.c"), "w", encoding="utf-8") as file:
            file.write("int mine;\n")
        self.assertIn("made by no export", self.run_words(DURO, "export", "plain", "--prefix", "mine_grid", status=1))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + [word for word in sys.argv[4:] if not word.isdigit() and not word.startswith("--only=")])
