#!/usr/bin/env python3
"""Solutions as C: test_export_grid.py SOURCE path/to/duro path/to/compare_grid. What `duro export SOLUTION` writes is compiled by
every compiler that is there, and has the bits of the library's interpolation and safety policy."""

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
# environment, words of duro solve
SYSTEMS = {
    "plain": ("double-integrator", ["--grid", "41"]),
    "stay": ("double-integrator", ["--grid", "33", "--set", "grid.beyond=stay"]),
    "wide": ("double-integrator", ["--grid", "17", "--discount", "0.9", "--set", "grid.error=1e-10"]),
    "periodic": ("air3d", ["--grid", "15x15x12"]),
    "file": (os.path.join(SOURCE, "tests/recipe/tanks.c"), ["--grid", "15"]),
    "four": ("cartpole", ["--grid", "9", "--discount", "0.99"]),
}
BOARD = [("arm-none-eabi-gcc", "qemu-system-arm", "mps2-an386", ["-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"]),
         ("arm-none-eabi-gcc", "qemu-system-arm", "mps2-an385", ["-mcpu=cortex-m3"])]


def fused():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return " fma " in file.read()


class Grid(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-export-grid-")
        cls.prefix = {}
        for name, (environment, words) in SYSTEMS.items():
            cls.run_words(DURO, "solve", environment, *words, "--out", name, "--no-pictures", "--quiet", "--set", "grid.task=false")
            given = ["--env", environment] if environment.endswith(".c") else []
            said = cls.run_words(DURO, "export", name, "--to", "c", "--out", name + "-c", "--accept-failed-solution", *given)
            cls.prefix[name] = re.search(r"-c/(\w+)\.c and \.h: the solution of ", said)[1]

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def run_words(cls, *words, status=0):
        done = subprocess.run(words, cwd=cls.folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == status, (words, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout + done.stderr

    def compare(self, name, count, *words, status=0):
        source = os.path.join(name + "-c", self.prefix[name] + ".c")
        self.run_words(*words, *STRICT, "-fPIC", "-shared", source, "-o", "grid.so")
        return self.run_words(COMPARE, name, SYSTEMS[name][0], "./grid.so", self.prefix[name], str(count), status=status)

    def test_every_system_has_the_bits(self):
        for name in SYSTEMS:
            said = self.compare(name, 2000 if name == "four" else 10000, "gcc", "-std=c99", "-O2")
            safe, unsafe, fallback = (int(word) for word in re.findall(r"\d+", said))
            self.assertGreater(unsafe, 0, name)
            self.assertEqual(fallback, 0)
            if name in ("plain", "stay", "periodic"):  # the other grids are too coarse for a set
                self.assertGreater(safe, 0, name)

    def test_every_compiler_and_level(self):
        flags = [["-O0"], ["-O3"], ["-Os"]] + ([["-O3", "-mfma", "-ffp-contract=fast"]] if fused() else [])
        for compiler in COMPILERS:
            for level in flags:
                self.compare("periodic", 500, *compiler, *level)

    def test_nothing_is_undefined_or_writable(self):
        for name, prefix in self.prefix.items():
            source = os.path.join(name + "-c", prefix + ".c")
            self.run_words("gcc", "-std=c99", "-O2", "-ffreestanding", "-fno-stack-protector", "-c", source, "-o", "grid.o")
            self.assertEqual([line for line in self.run_words("nm", "grid.o").split("\n") if re.search(r" [UDdBbC] ", line)], [])

    def test_another_table_is_found(self):
        """A number of the table that changed: the comparison fails, and where a stored state reads it the self-test."""
        path = os.path.join(self.folder, "plain-c", self.prefix["plain"] + ".c")
        with open(path, encoding="utf-8") as file:
            source = file.read()
        start = source.index("table[")
        changed = source[:start] + re.sub(r"(?<=[ {])(-?)(\d)\.", lambda m: f"{m[1]}{(int(m[2]) + 1) % 10}.", source[start:], count=1500)
        with open(path, "w", encoding="utf-8") as file:
            file.write(changed)
        self.assertRegex(self.compare("plain", 1000, "gcc", "-O2", status=1), "self-test fails|the value is")
        with open(path, "w", encoding="utf-8") as file:
            file.write(source)

    def test_boards(self):
        example = os.path.join(SOURCE, "examples", "export")
        with open(os.path.join(self.folder, "main.c"), "w", encoding="utf-8") as file:
            file.write(f'#include "{self.prefix["periodic"]}.h"\nint main(void) {{ return {self.prefix["periodic"]}_self_test(); }}\n')
        for compiler, emulator, machine, flags in BOARD:
            if not (shutil.which(compiler) and shutil.which(emulator)):
                self.skipTest(f"{compiler} or {emulator} not found")
            self.run_words(compiler, "-std=c99", "-O2", "-mthumb", "-ffreestanding", *flags, "-Iperiodic-c", "main.c",
                           f"periodic-c/{self.prefix['periodic']}.c", f"{example}/board.c", "-T", f"{example}/board.ld",
                           "-nostartfiles", "-nostdlib", "-lgcc", "-o", "grid.elf")
            self.run_words(emulator, "-M", machine, "-nographic", "-semihosting-config", "enable=on,target=native", "-kernel", "grid.elf")

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
    unittest.main(argv=sys.argv[:1])
