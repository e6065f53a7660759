#!/usr/bin/env python3
"""Certificates as C: test_export_certificate.py SOURCE path/to/duro path/to/compare_certificate. What `duro export CERTIFICATE`
writes is compiled by every compiler that is there, and has the bits of the library's set, control and margin."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE, DURO, COMPARE = (os.path.abspath(path) for path in sys.argv[1:4])
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wdouble-promotion", "-Werror"]
COMPILERS = [words.split() for words in ("gcc -std=c99", "g++ -xc++", "clang -std=c99", "clang++ -xc++") if shutil.which(words.split()[0])]
# environment, words of duro solve; two controls, a clipped thrust, an angle, five states of a file, edges that were halved
SYSTEMS = {
    "line": ("double-integrator", ["--set", "env.dt=.2"]),
    "angle": ("pendulum", []),
    "car": (os.path.join(SOURCE, "examples/lane_keeping.c"), ["--set", "certificate.cut=.1", "--set", "certificate.piece=.3"]),
    "halves": ("cartpole", ["--set", "certificate.cut=.1", "--set", "certificate.piece=.02"]),
    "thrusts": ("quadrotor", ["--low=0.45,-3,-0.8,-15", "--high=1.55,3,0.8,15", "--set", "certificate.cut=.1",
                              "--set", "certificate.piece=.1"]),
}
BOARD = [("arm-none-eabi-gcc", "qemu-system-arm", "mps2-an386", ["-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"]),
         ("arm-none-eabi-gcc", "qemu-system-arm", "mps2-an385", ["-mcpu=cortex-m3"])]


def fused():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return " fma " in file.read()


class Shield(unittest.TestCase):
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

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def run_words(cls, *words, status=0):
        done = subprocess.run(words, cwd=cls.folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == status, (words, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout + done.stderr

    def path(self, name):
        return os.path.join(name + "-c", self.prefix[name] + ".c")

    def compare(self, name, count, *words, status=0):
        self.run_words(*words, *STRICT, "-fPIC", "-shared", self.path(name), "-o", "shield.so")
        return self.run_words(COMPARE, name + "/set.certificate", SYSTEMS[name][0], "./shield.so", self.prefix[name], str(count),
                              status=status)

    def test_every_system_has_the_bits(self):
        for name in SYSTEMS:
            said = self.compare(name, 4000, "gcc", "-std=c99", "-O2")
            for answer in re.findall(r"\d+", said):
                self.assertGreater(int(answer), 10, (name, said))

    def test_every_compiler_and_level(self):
        flags = [["-O0"], ["-O3"], ["-Os"]] + ([["-O3", "-mfma", "-ffp-contract=fast"]] if fused() else [])
        for compiler in COMPILERS:
            for level in flags:
                self.compare("thrusts" if level == ["-O3"] else "angle", 500, *compiler, *level)

    def test_arithmetic(self):
        test = os.path.join(SOURCE, "tests", "export", "arithmetic_double.c")
        for level in ("-O0", "-O3"):
            self.run_words("gcc", "-std=gnu17", level, "-Wno-unused", "-I" + os.path.join(SOURCE, "src"), "-I" + os.path.join(SOURCE, "include"),
                           f'-DEXPORT="{os.path.join(self.folder, self.path("angle"))}"', "-DCOUNT=200000", "-I" + os.path.join(self.folder, "angle-c"),
                           test, "-lm", "-o", "arithmetic")
            self.assertEqual(self.run_words("./arithmetic"), "the same\n")

    def test_nothing_is_undefined_or_writable(self):
        for name in SYSTEMS:
            self.run_words("gcc", "-std=c99", "-O2", "-ffreestanding", "-fno-stack-protector", "-c", self.path(name), "-o", "shield.o")
            self.assertEqual([line for line in self.run_words("nm", "shield.o").split("\n") if re.search(r" [UDdBbC] ", line)], [])

    def test_another_table_is_found(self):
        """A number of a table that changed: the self-test or the comparison says so."""
        path = os.path.join(self.folder, self.path("angle"))
        with open(path, encoding="utf-8") as file:
            source = file.read()
        for table in ("row[ROWS][AXES]", "corner_control[CORNERS]", "corner[CORNERS][AXES]", "tolerance[AXES]", "centre[AXES]"):
            start = source.index(table + " = {" if "AXES] = {" in table else table)
            start = source.index("{", start)
            changed = source[:start] + re.sub(r"(\d)\.(\d)", lambda m: f"{m[1]}.{(int(m[2]) + 1) % 10}", source[start:], count=1)
            with open(path, "w", encoding="utf-8") as file:
                file.write(changed)
            self.assertRegex(self.compare("angle", 4000, "gcc", "-O2", status=1), "self-test fails|wanted", table)
        with open(path, "w", encoding="utf-8") as file:
            file.write(source)

    def test_boards(self):
        example = os.path.join(SOURCE, "examples", "export")
        with open(os.path.join(self.folder, "main.c"), "w", encoding="utf-8") as file:
            file.write(f'#include "{self.prefix["angle"]}.h"\nint main(void) {{ return {self.prefix["angle"]}_self_test(); }}\n')
        for compiler, emulator, machine, flags in BOARD:
            if not (shutil.which(compiler) and shutil.which(emulator)):
                self.skipTest(f"{compiler} or {emulator} not found")
            self.run_words(compiler, "-std=c99", "-O2", "-mthumb", "-ffreestanding", *flags, "-Iangle-c", "main.c",
                           self.path("angle"), f"{example}/board.c", "-T", f"{example}/board.ld",
                           "-nostartfiles", "-nostdlib", "-lgcc", "-o", "shield.elf")
            self.run_words(emulator, "-M", machine, "-nographic", "-semihosting-config", "enable=on,target=native", "-kernel", "shield.elf")

    def test_a_folder_of_a_run_is_a_certificate(self):
        os.mkdir(os.path.join(self.folder, "certified"))
        shutil.copy(os.path.join(self.folder, "angle", "set.certificate"), os.path.join(self.folder, "certified"))
        said = self.run_words(DURO, "export", "certified", "--out", "again", "--prefix", "mine")
        self.assertIn("again/mine.c and .h: the certified shield of pendulum", said)
        with open(os.path.join(self.folder, "again/mine.c"), encoding="utf-8") as again, \
                open(os.path.join(self.folder, self.path("angle")), encoding="utf-8") as file:
            self.assertEqual(again.read().replace("mine", self.prefix["angle"]).replace("MINE", self.prefix["angle"].upper()), file.read())

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
    unittest.main(argv=sys.argv[:1])
