#!/usr/bin/env python3
"""Certificates as C: test_export_certificate.py SOURCE path/to/duro path/to/compare_certificate [INPUTS] [--only=REGEX]. What
`duro export CERTIFICATE` writes is compiled by every compiler that is there, and has the bits of the library's set, control and
margin; also on the machines of exported.py that are installed, those that REGEX names at so many inputs."""

import os
import re
import shutil
import sys
import tempfile
import unittest

from exported import (COMPILERS, DRIVE, HERE, MACHINES, STRICT, Branches, Exported, chosen, deepest_stack, mixed_decisions, processor_has,
                      run, symbols, text_of)

SOURCE, DURO, COMPARE = (os.path.abspath(path) for path in sys.argv[1:4])
EMULATED = next((word for word in sys.argv[4:] if word.isdigit()), "20")
# environment, words of duro solve; two controls, a clipped thrust, an angle, five states of a file, edges that were halved,
# every operation
SYSTEMS = {
    "line": ("double-integrator", ["--set", "env.dt=.2"]),
    "angle": ("pendulum", []),
    "car": (os.path.join(SOURCE, "examples/lane_keeping.c"), ["--set", "certificate.cut=.1", "--set", "certificate.piece=.3"]),
    "halves": ("cartpole", ["--set", "certificate.cut=.1", "--set", "certificate.piece=.02"]),
    "thrusts": ("quadrotor", ["--low=0.45,-3,-0.8,-15", "--high=1.55,3,0.8,15", "--set", "certificate.cut=.1",
                              "--set", "certificate.piece=.1"]),
    "all": (os.path.join(SOURCE, "tests/export/operations.c"), []),
}


class Shield(Exported):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-export-certificate-")
        cls.prefix = {}
        for name, (environment, words) in SYSTEMS.items():
            cls.run_words(DURO, "solve", environment, "--grid", "5", *words, "--out", name, "--no-pictures", "--quiet", "--certify",
                          "--set", "grid.task=false", "--set", "certificate.method=cones")
            given = ["--env", environment] if environment.endswith(".c") else []
            said = cls.run_words(DURO, "export", name + "/set.certificate", "--out", name + "-c", *given)
            cls.prefix[name] = re.search(r"-c/(\w+)\.c and \.h: the certified shield of ", said)[1]

    def compare(self, name, count, *words, status=0):
        self.run_words(*words, *STRICT, "-fPIC", "-shared", self.path(name), "-o", "shield.so")
        return self.run_words(COMPARE, name + "/set.certificate", SYSTEMS[name][0], "./shield.so", self.prefix[name], str(count),
                              status=status)

    def test_every_system_has_the_bits(self):
        for name in SYSTEMS:
            said = self.compare(name, 4000, "gcc", "-std=c99", "-O2")
            for answer in re.findall(r" (\d+)", said):
                self.assertGreater(int(answer), 10, (name, said))

    def test_every_compiler_and_level(self):
        flags = [["-O0"], ["-O3"], ["-Os"]] + ([["-O3", "-mfma", "-ffp-contract=fast"]] if processor_has("fma") else [])
        for compiler in COMPILERS:
            for level in flags:
                self.compare("thrusts" if level == ["-O3"] else "angle", 500, *compiler, *level)

    def run_arithmetic(self, folder, count, *flags):
        run("gcc", "-std=gnu17", "-Wno-unused", *flags, f"-I{SOURCE}/src", f"-I{SOURCE}/include", f'-DEXPORT="{self.path("all")}"',
            f"-DCOUNT={count}", f"-I{os.path.dirname(self.path('all'))}", f"{DRIVE}/arithmetic_double.c", "-lm", "-o", "arithmetic", folder=folder)
        self.assertEqual(run("./arithmetic", folder=folder), "the same\n")

    def test_arithmetic(self):
        for way in ([], ["-DDURO_INTEGER_SUMS"]):
            for level in ("-O0", "-O3"):
                self.run_arithmetic(self.folder, 200000, level, *way)

    def write_header(self, name, folder):
        self.run_words(COMPARE, name + "/set.certificate", SYSTEMS[name][0], os.path.join(folder, "shield.h"), self.prefix[name])

    def cover(self, branches, name, source):
        folder = tempfile.mkdtemp(dir=self.folder)
        self.write_header(name, folder)
        flags = ["-std=c99", "-O0", "--coverage", f"-I{os.path.dirname(self.path(name))}", f"-I{DRIVE}", f"-I{folder}"]
        run("gcc", *flags, "-DCOUNT=4000", source, f"{DRIVE}/drive_shield.c", "-o", "drive", folder=folder)
        run("./drive", folder=folder, code=int(source != self.path(name)))
        if name == "all":
            self.run_arithmetic(folder, 100000, "-O0", "--coverage", "-DDURO_INTEGER_SUMS")
        branches.add(folder, source, self.prefix[name])

    def test_each_branch_is_taken_both_ways(self):
        """Which is MC/DC, as no decision mixes && and ||. Only a damaged table has a flat cone: corners in the centre."""
        branches = Branches()
        for name in SYSTEMS:
            self.cover(branches, name, self.path(name))
            self.assertEqual(mixed_decisions(self.path(name)), [])
        flat = os.path.join(self.folder, "flat.c")
        with open(flat, "w", encoding="utf-8") as file:
            file.write(re.sub(r"(corner\[CORNERS\]\[AXES\] = \{\n)[^}]*\},\n[^}]*\}", r"\1  {0.0, 0.0},\n  {0.0, 0.0}", text_of(self.path("angle"))))
        self.cover(branches, "angle", flat)
        self.maxDiff = None
        self.assertGreater(len(branches.taken), 150)
        self.assertEqual(branches.never(("self_test", "is_same", "sums_are_right")), [])  # what a right build does not do

    def test_nothing_is_undefined_or_writable(self):
        for name in SYSTEMS:
            self.assertEqual(symbols(self.path(name), os.path.join(self.folder, "shield.o")), [])

    def test_another_table_is_found(self):
        """A number of a table that changed: the self-test or the comparison says so."""
        path, source = self.path("angle"), text_of(self.path("angle"))
        for table in ("row[ROWS][AXES]", "corner_control[CORNERS]", "corner[CORNERS][AXES]", "tolerance[AXES]", "centre[AXES]"):
            start = source.index(table + " = {" if "AXES] = {" in table else table)
            start = source.index("{", start)
            changed = source[:start] + re.sub(r"(\d)\.(\d)", lambda m: f"{m[1]}.{(int(m[2]) + 1) % 10}", source[start:], count=1)
            with open(path, "w", encoding="utf-8") as file:
                file.write(changed)
            self.assertRegex(self.compare("angle", 4000, "gcc", "-O2", status=1), "self-test fails|wanted", table)
        with open(path, "w", encoding="utf-8") as file:
            file.write(source)

    def test_other_machines_compute_the_same_bits(self):
        """And the stack is what the header says."""
        for machine in [HERE, *(machine for machine in MACHINES if machine.is_here())]:
            for name in filter(chosen, SYSTEMS):
                folder = os.path.dirname(self.path(name))
                self.write_header(name, folder)
                lines = machine.drive(self.path(name), "drive_shield.c", [f"-DCOUNT={EMULATED}"], folder)
                wanted = self.compare(name, EMULATED, "gcc", "-std=c99", "-O2").split("\n")[0]
                self.assertEqual(lines[1], wanted, (machine.name, name))
                if machine.board:
                    words = re.search(r"stack +(\d+) bytes of intervals, and less than (\d+) KB beside", text_of(self.path(name)[:-1] + "h"))
                    self.assertLess(deepest_stack(folder), int(words[1]) + 1024 * int(words[2]), (machine.name, name))

    def test_a_folder_of_a_run_is_a_certificate(self):
        os.mkdir(os.path.join(self.folder, "certified"))
        shutil.copy(os.path.join(self.folder, "angle", "set.certificate"), os.path.join(self.folder, "certified"))
        said = self.run_words(DURO, "export", "certified", "--out", "again", "--prefix", "mine")
        self.assertIn("again/mine.c and .h: the certified shield of pendulum", said)
        again = text_of(os.path.join(self.folder, "again/mine.c"))
        self.assertEqual(again.replace("mine", self.prefix["angle"]).replace("MINE", self.prefix["angle"].upper()), text_of(self.path("angle")))

    def test_what_is_refused(self):
        certificate = "angle/set.certificate"
        for words, wanted in ((["--to", "onnx"], "a certificate becomes C with its numbers as they are; wanted no --to onnx"),
                              (["--weights", "int16"], "wanted no --to c --weights int16"),
                              (["--act", "pi"], "--act is for policies, not for a certificate"), (["--prefix", "1"], "prefix"),
                              (["--env", "cartpole"], "pendulum")):
            self.assertIn(wanted, self.run_words(DURO, "export", certificate, *words, "--out", "no", status=2))
        self.run_words(DURO, "solve", "double-integrator", "--set", "env.dt=.2", "--grid", "61", "--discount", ".999", "--certify", "--out", "boxes",
                       "--no-pictures", "--quiet", "--set", "grid.task=false")
        self.assertIn("a certificate of boxes does not become C; wanted one with certificate.method=cones",
                      self.run_words(DURO, "export", "boxes/set.certificate", "--out", "no", status=2))
        with open(os.path.join(self.folder, certificate), "rb") as file:
            whole = file.read()
        with open(os.path.join(self.folder, "torn.certificate"), "wb") as file:
            file.write(whole[:-9])
        self.run_words(DURO, "export", "torn.certificate", "--out", "no", status=1)
        for text in ("duro-certificate 1\n", "duro-certificate 1\nenvironment cartpole\n", "duro-certificate 1\nenvironment ./mine.c\n"):
            with open(os.path.join(self.folder, "false.certificate"), "w", encoding="utf-8") as file:
                file.write(text)
            self.assertIn("it is no certificate, or damaged", self.run_words(DURO, "export", "false.certificate", "--out", "no", status=1))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + [word for word in sys.argv[4:] if not word.isdigit() and not word.startswith("--only=")])
