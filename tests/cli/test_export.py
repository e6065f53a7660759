#!/usr/bin/env python3
"""Compiles what `duro export` writes and holds it against the library: test_export.py SOURCE DURO EXPORT_COMPARE C-COMPILER.

Policies of short trainings and of random weights are exported, compiled as C and C++ with every warning, and run: in the process
of the library with tests/export/compare.c, bit for bit, and with tests/export/drive.c for other machines, whose hash has to
be the same. Those run in QEMU where its programs and the compilers are installed (with --targets the test fails
where they are not; a number after the compiler is that of the inputs, --only=REGEX chooses the exports that other machines run):

    apt install gcc-arm-none-eabi qemu-system-arm qemu-user gcc-aarch64-linux-gnu gcc-riscv64-linux-gnu \\
                libc6-dev-arm64-cross libc6-dev-riscv64-cross
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from exported import (COMPILERS, DRIVE, EXAMPLE, HERE, MACHINES, STRICT, Branches, chosen, deepest_stack, processor_has, run, symbols,
                      text_of)

arguments = [word for word in sys.argv[1:] if not word.startswith("--")]
GIVEN = arguments.pop(4) if len(arguments) > 4 and arguments[4].isdigit() else None
COUNT, EMULATED = int(GIVEN or 2000), int(GIVEN or 100)
SOURCE, DURO, COMPARE = (os.path.abspath(word) for word in arguments[:3])
CC = arguments[3]
NEED_TARGETS = "--targets" in sys.argv
SMALL = ["--quiet", "--set", "learn.width=16", "--set", "learn.batch=32", "--set", "train.envs=32", "--set", "train.warmup=640",
         "--set", "train.trial=0", "--set", "train.looks=1", "--set", "train.choose=false", "--steps", "6400"]


class Export:
    """A folder with an export and what compares it: word is what compare.c takes for the policy."""

    def __init__(self, folder, word):
        self.folder, self.word = folder, word
        (source,) = glob.glob(os.path.join(folder, "*.c"))
        self.source, self.prefix = source, os.path.basename(source)[:-2]
        self.header = text_of(source[:-2] + ".h")
        run(COMPARE, "ranges", word, folder)
        with open(os.path.join(folder, "policy.h"), "w") as file:
            file.write(f'#include "{self.prefix}.h"\n#define P(name) {self.prefix}_##name\n'
                       f"#define C(name) {self.prefix.upper()}_##name\n")
            for name, function in (("TASK", "task"), ("SAFE", "safe"), ("FILTER", "filter"), ("VALUE", "safety_value")):
                file.write(f"#define HAS_{name} {int(f'{self.prefix}_{function}(const' in self.header)}\n")

    def compare(self, compiler, flags, count):
        """Hash of the bits, and how often the filter replaced and passed an action."""
        path = os.path.join(self.folder, "export.so")
        run(*compiler.split(), *flags, "-ffreestanding", "-fPIC", "-shared", "-nostdlib", self.source, "-o", path)
        lines = run(COMPARE, "compare", self.word, path, self.prefix, str(count)).split()
        return lines[0], int(lines[1]), int(lines[3])

    def drive(self, machine, count):
        """The same hash from a program of its own, in an emulator."""
        return machine.drive(self.source, "drive.c", [f"-DCOUNT={count}"], self.folder)[1]


class TestExport(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-export-")
        cls.exports = {}
        for number in range(9):
            folder = os.path.join(cls.folder, f"made-{number}")
            os.mkdir(folder)
            run(COMPARE, "make", str(number), folder)
            cls.exports[f"made-{number}"] = Export(folder, str(number))
        recipes = os.path.join(SOURCE, "tests/recipe")
        cls.train("drac", "cartpole", "DRAC", *SMALL)
        cls.train("sac", "cartpole", "SAC", "--preset", "paper", *SMALL[:-12], "--steps", "3200")
        cls.train("relay", "cartpole", "DRAC", *SMALL, "--set", "learn.levels=3")
        cls.train("litres", os.path.join(recipes, "tanks.c"), "DRAC", *SMALL)
        cls.train("greedy", os.path.join(recipes, "boat.c"), "DRAC", *SMALL, "--set", "learn.filter_greedy=true")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def train(cls, name, environment, algorithm, *words):
        path = os.path.join(cls.folder, "runs", name)
        out = os.path.join(cls.folder, name)
        run(DURO, "train", environment, "--algorithm", algorithm, "--out", path, *words)
        run(DURO, "export", path, "--to", "c", "--out", out)
        cls.exports[name] = Export(out, path)

    def test_the_library_computes_the_same_bits(self):
        for name, export in self.exports.items():
            wanted, replaced, passed = export.compare(CC, ["-std=c99", "-O2"], COUNT)
            self.assertGreater(passed, 0, name)
            if name in ("drac", "made-0", "made-1", "made-2"):
                self.assertGreater(replaced, 0, name)
            for flags in [[], ["-mfma"]] if processor_has("fma") else [[]]:
                for way in ([], [f"-D{export.prefix.upper()}_NARROW"]):
                    if flags or way:
                        self.assertEqual(export.compare(CC, ["-std=c99", "-O2", *flags, *way], COUNT)[0], wanted, (name, flags, way))

    def test_every_compiler_and_level_gives_them(self):
        fused = [["-mfma"], ["-mfma", "-ffp-contract=fast"]] if processor_has("fma") else []
        fused += [["-mfma", "-mavx512f"]] if processor_has("avx512f") else []
        for name in ("made-1", "drac"):
            export = self.exports[name]
            wanted = export.compare(CC, ["-O2"], 300)[0]
            for compiler in map(" ".join, COMPILERS):
                for level in ("-O0", "-O1", "-O2", "-O3", "-Os"):
                    self.assertEqual(export.compare(compiler, [*STRICT, level], 300)[0], wanted, (name, compiler, level))
                for flags in fused if export is self.exports["made-1"] else []:
                    self.assertEqual(export.compare(compiler, [*STRICT, "-O3", *flags], 300)[0], wanted, (compiler, flags))

    def test_every_export_compiles_without_a_warning(self):
        for name, export in self.exports.items():
            out = os.path.join(export.folder, "strict.o")
            for compiler in COMPILERS:
                run(*compiler, *STRICT, "-O2", "-ffreestanding", "-c", export.source, "-o", out)
            self.assertEqual(symbols(export.source, out), [], name)
            fast = subprocess.run([CC, "-ffast-math", "-c", export.source, "-o", "/dev/null"], capture_output=True, text=True)
            self.assertIn("without -ffast-math", fast.stderr)

    def test_other_machines_compute_the_same_bits(self):
        missing = []
        for machine in MACHINES:
            if not machine.is_here():
                missing.append(machine.name)
                continue
            for name in filter(chosen, self.exports):
                export = self.exports[name]
                wanted = export.compare(CC, ["-O2"], EMULATED)[0]
                self.assertEqual(export.drive(machine, EMULATED), wanted, (machine.name, name))
                if machine.board:
                    bound = int(re.search(r"less than (\d+) with the frames", export.header)[1])
                    self.assertLess(deepest_stack(export.folder), bound, (machine.name, name))
        if missing:
            print("no compiler or emulator for", ", ".join(missing))
        self.assertFalse(missing and NEED_TARGETS)

    def run_arithmetic(self, export, flags, count, folder):
        """The integer multiply-add against the one of the C library."""
        run("gcc", "-std=gnu11", *flags, "-ffp-contract=off", f"-I{DRIVE}", f"-I{SOURCE}/src", f"-DCOUNT={count}",
            f"-D{export.prefix.upper()}_INTEGER_FMA", f'-DEXPORT="{export.source}"', f"-DHAS_TANH={int('tanh_of' in text_of(export.source))}", f"{DRIVE}/arithmetic.c", "-lm",
            "-o", "arithmetic", folder=folder)
        run("./arithmetic", folder=folder)

    def test_the_multiply_add_in_integers_is_exact(self):
        self.run_arithmetic(self.exports["made-0"], ["-O2"], 3000000, self.folder)

    def test_weights_of_16_bits(self):
        """The library with rounded weights has the same bits, and the header says how far they are from the policy."""
        for number in ("0", "1", "3", "4", "7"):
            folder = os.path.join(self.folder, "int16-" + number)
            os.mkdir(folder)
            run(COMPARE, "make16", number, folder)
            export = Export(folder, number)
            self.assertRegex(export.header, r"another policy acted at \d+ of them")
            self.assertIn("const int16_t", text_of(export.source))
            path = os.path.join(folder, "export.so")
            for compiler in ("gcc -std=c99", "g++ -xc++"):
                for flags in [[], ["-mfma"]] if processor_has("fma") else [[]]:
                    run(*compiler.split(), *STRICT, *flags, "-O3", "-fPIC", "-shared", "-nostdlib", export.source, "-o", path)
                    wanted = run(COMPARE, "compare16", number, path, export.prefix, "2000").split()[0]
            self.assertEqual(export.drive(HERE, 2000), wanted)  # with its self-test

    def test_a_closed_loop_is_the_same_on_a_board(self):
        """examples/export/loop.c with a short training, here and on every board."""
        self.train("loop", "double-integrator", "DRAC", *SMALL)
        export = self.exports.pop("loop")
        common = ["-std=c99", "-O2", "-ffp-contract=off", *STRICT, f"-I{export.folder}", os.path.join(EXAMPLE, "loop.c"), export.source]
        program = os.path.join(export.folder, "loop")
        run("gcc", *common, "-o", program)
        wanted = run(program)
        self.assertEqual(wanted.count("worst h"), 5)
        for machine in MACHINES:
            if machine.board and machine.is_here():
                run(machine.compiler, *common, *machine.flags, "-DBOARD", os.path.join(EXAMPLE, "board.c"), "-nostartfiles", "-T",
                    os.path.join(EXAMPLE, "board.ld"), "-lgcc", "-o", program)
                text = run(*machine.emulator, "-nographic", "-icount", "shift=0", "-semihosting-config", "enable=on,target=native", "-kernel",
                           program)
                lines = text.split("\n")
                self.assertEqual("\n".join(lines[:5]) + "\n", wanted, machine.name)
                self.assertRegex(lines[5], r"^slowest action: [1-9]\d* instructions$", machine.name)

    def test_a_damaged_or_wrongly_compiled_export_is_found(self):
        export = self.exports["made-1"]
        with open(export.source) as file:
            source = file.read()
        weight = re.search(r"pi_w1\[\d+\] = \{\n  (\S+)f,", source)
        vector = re.search(r"test_act\[16\]\[\d+\] = \{\n.*\n  \{0x(\w+)u", source)
        damages = {-1: source[:weight.start(1)] + "0.125" + source[weight.end(1):],
                   2: source[:vector.start(1)] + "12345678" + source[vector.end(1):], 0: source}
        for result, text in damages.items():
            folder = os.path.join(self.folder, f"damage{result}")
            os.mkdir(folder)
            with open(os.path.join(folder, "damaged.c"), "w") as file:
                file.write(text + f"int main(void) {{ return {export.prefix}_self_test() != {result}; }}\n")
            for flags in [["-O0"], ["-O2"]]:
                program = os.path.join(folder, "program")
                run("gcc", *flags, f"-I{export.folder}", os.path.join(folder, "damaged.c"), "-o", program)
                run(program)
        flush = ("#include <xmmintrin.h>\n" + source +
                 f"int main(void) {{ _mm_setcsr(_mm_getcsr() | 0x8040); return {export.prefix}_self_test() != -2; }}\n")
        if os.uname().machine == "x86_64":
            path = os.path.join(self.folder, "flush")
            with open(path + ".c", "w") as file:
                file.write(flush)
            run("gcc", "-O2", f"-I{export.folder}", path + ".c", "-o", path)
            run(path)

    def test_each_branch_is_taken_both_ways(self):
        """Each decision has one condition, so that this is MC/DC."""
        branches = Branches()
        for name, export in self.exports.items():
            folder = os.path.join(self.folder, "coverage-" + name)
            os.mkdir(folder)
            flags = ["-std=c99", "-O0", "--coverage", f"-I{export.folder}", f"-I{DRIVE}", "-DCOUNT=3000"]
            run("gcc", *flags, "-ffp-contract=off", export.source, f"{DRIVE}/drive.c", "-o", "drive", folder=folder)
            run("./drive", folder=folder)
            self.run_arithmetic(export, ["-O0", "--coverage"], 200000, folder)
            branches.add(folder, export.source, export.prefix)
        self.maxDiff = None
        self.assertGreater(len(branches.taken), 80)
        self.assertEqual(branches.never(("self_test", "check_arithmetic", "count_wrong")), [])  # what a right build does not do

    def test_the_page_compiles(self):
        with open(os.path.join(SOURCE, "docs/export.md")) as page:
            (block,) = re.findall(r"^```c\n(.*?)^```", page.read(), re.M | re.S)
        path = os.path.join(self.folder, "page.c")
        with open(path, "w") as file:
            file.write("float control(float position, float angle, float speed, float turning);\n" + block)
        run("gcc", "-std=c99", *STRICT, f"-I{self.exports['drac'].folder}", "-c", path, "-o", path + ".o")

    def test_the_command_explains_itself(self):
        path = os.path.join(self.folder, "runs", "drac")
        out = os.path.join(self.folder, "words")
        header = self.exports["drac"].header
        for word in ("theta_rate, rad/s", "region of interest: -0.22 .. 0.22", "behind the safety filter", "What a safety value means"):
            self.assertIn(word, header)
        self.assertIn("level 1, l;", self.exports["litres"].header)
        self.assertIn("cos course", self.exports["greedy"].header)
        self.assertIn("pi_h and the corners of the box of controls", self.exports["greedy"].header)
        text = run(DURO, "export", path, "--out", out, "--prefix", "mine", "--act", "pi", "--fallback", "-0.5", "--limit", "50")
        self.assertIn("the action is that of pi alone", text)
        with open(os.path.join(out, "mine.h")) as file:
            self.assertIn("the constant -0.5", file.read())
        for words, wanted in ((["--act", "best"], "pi|filtered|pi_h"), (["--fallback", "0,0"], "has 2 numbers; wanted 1"),
                              (["--fallback", "x"], '"x"; wanted a number'), (["--fallback", "2"], "wanted a number in"),
                              (["--margin", "1e"], "wanted a number"), (["--limit", "0"], "limit"), (["--prefix", "a-b"], "prefix"),
                              (["--to", "fortran"], "'fortran'")):
            done = subprocess.run([DURO, "export", path, "--out", out, *words], capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn(wanted, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        done = subprocess.run([DURO, "export", os.path.join(self.folder, "runs", "sac"), "--act", "filtered"], capture_output=True,
                              text=True)
        self.assertIn("cannot act", done.stderr)
        (snapshot,) = glob.glob(os.path.join(path, "policies", "*.safetensors"))[:1]
        run(DURO, "export", snapshot, "--out", out)
        with open(os.path.join(out, "cartpole_policy.h")) as file:
            self.assertIn("exported without the environment", file.read())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + arguments[4:])
