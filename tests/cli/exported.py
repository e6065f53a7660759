"""What the tests of `duro export` share: compilers, machines under QEMU, frames of the stack and branches that were taken."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import typing
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DRIVE, EXAMPLE = os.path.join(TESTS, "export"), os.path.join(os.path.dirname(TESTS), "examples", "export")
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wcast-qual", "-Wundef",
          "-Wdouble-promotion", "-Wmissing-declarations", "-Werror"]


# --only=REGEX: the exports that other machines run
ONLY = next((word[7:] for word in sys.argv if word.startswith("--only=")), "")


def chosen(name):
    return bool(re.search(ONLY, name))


def has(*programs):
    return all(shutil.which(program) for program in programs)


def processor_has(word):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return f" {word} " in file.read()


COMPILERS = [words.split() for words in ("gcc -std=c99", "g++ -xc++", "clang -std=c99", "clang++ -xc++") if has(words.split()[0])]


def run(*words, folder=None, code=0):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=7200)
    if done.returncode != code:
        raise AssertionError(f"{' '.join(words)}: exit status {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout + done.stderr


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def symbols(source, path):
    """Names that a freestanding build needs of others, and its writable ones; both are to be none."""
    run("gcc", "-std=c99", "-O2", "-ffreestanding", "-fno-stack-protector", "-c", source, "-o", path)
    return [line for line in run("nm", path).split("\n") if re.search(r" [UDdBbCSs] ", line)]


class Machine(typing.NamedTuple):
    name: str
    compiler: str
    flags: list
    emulator: list  # nothing: this computer
    board: bool  # without an operating system

    def is_here(self):
        return has(self.compiler, *self.emulator[:1])

    def drive(self, source, driver, defines, folder):
        """Result lines of an export with its driver, built in `folder` as for firmware; the first says what the self-test found."""
        path = os.path.join(folder, "drive")
        common = [self.compiler, "-std=c99", "-O2", f"-I{folder}", f"-I{os.path.dirname(source)}", f"-I{DRIVE}", *defines, *self.flags]
        run(*common, "-ffp-contract=off", *(["-DBOARD"] if self.board else []), "-c", os.path.join(DRIVE, driver), "-o", path + ".o")
        run(*common, *STRICT, "-ffp-contract=fast", "-fcallgraph-info=su", "-c", source, "-o", path + "-export.o")
        ends = [f"{EXAMPLE}/board.c", "-T", f"{EXAMPLE}/board.ld", "-nostartfiles", "-lgcc"] if self.board else []
        run(*common, path + ".o", path + "-export.o", *ends, "-o", path)
        words = ["-nographic", "-semihosting-config", "enable=on,target=native", "-kernel"] if self.board else []
        lines = run(*self.emulator, *words, path).split("\n")
        if lines[0] != "self-test passes":
            raise AssertionError((self.name, lines))
        return lines


HERE = Machine("this computer", "gcc", [], [], False)
CORTEX = ["-mthumb", "-ffreestanding", "-nostdlib"]
MACHINES = [
    Machine("aarch64", "aarch64-linux-gnu-gcc", ["-static"], ["qemu-aarch64"], False),
    Machine("riscv64", "riscv64-linux-gnu-gcc", ["-static"], ["qemu-riscv64"], False),
    Machine("cortex-m3", "arm-none-eabi-gcc", [*CORTEX, "-mcpu=cortex-m3"], ["qemu-system-arm", "-M", "mps2-an385"], True),
    Machine("cortex-m4f", "arm-none-eabi-gcc", [*CORTEX, "-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
            ["qemu-system-arm", "-M", "mps2-an386"], True),
    Machine("cortex-m7", "arm-none-eabi-gcc", [*CORTEX, "-mcpu=cortex-m7", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"],
            ["qemu-system-arm", "-M", "mps2-an500"], True),
]


def deepest_stack(folder):
    """Bytes of the deepest way through the frames of the export that was driven last."""
    graph = text_of(os.path.join(folder, "drive-export.ci"))
    frames = {m[0]: int(m[1]) for m in re.findall(r'node: { title: "([^"]+)" label: "[^"]*\\n(\d+) bytes', graph)}
    calls = {}
    for caller, called in re.findall(r'edge: { sourcename: "([^"]+)" targetname: "([^"]+)"', graph):
        calls.setdefault(caller, set()).add(called)

    def depth(name):
        return frames.get(name, 0) + max((depth(called) for called in calls.get(name, ())), default=0)

    return max(map(depth, frames))


class Branches:
    """How often each branch of exports was taken, summed over exports that were made from one template."""

    def __init__(self):
        self.taken = {}

    def add(self, folder, source, prefix):
        """Of programs that were compiled with --coverage in `folder` and ran there."""
        notes = [os.path.basename(path) for path in glob.glob(os.path.join(folder, "*.gcda"))]
        answer = run("gcov", "--branch-probabilities", "--json-format", "--stdout", *notes, folder=folder)
        text = text_of(source).split("\n")
        files = [file for part in answer.strip().split("\n") for file in json.loads(part)["files"]]
        for line in [line for file in files if file["file"] == source for line in file["lines"]]:
            for i, branch in enumerate(line["branches"]):
                words = text[line["line_number"] - 1].strip().replace(prefix.upper(), "P").replace(prefix, "p")
                key = (line.get("function_name", "").replace(prefix, "p"), words, i)
                self.taken[key] = self.taken.get(key, 0) + branch["count"]

    def never(self, but):
        """Branches that nothing took, but for those of functions with one of these words in their names."""
        return sorted(key for key, count in self.taken.items() if not count and not any(word in key[0] for word in but))


def mixed_decisions(source):
    """Lines whose decision has both && and ||: without these each branch both ways is MC/DC, as each condition then decides alone."""
    return [line for line in text_of(source).split("\n") if "&&" in line and "||" in line and not line.startswith("#")]


class Exported(unittest.TestCase):
    """Exports of several systems, each in the folder NAME-c of `folder`, with its prefix in `prefix`."""

    folder: str
    prefix: dict

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def run_words(cls, *words, status=0):
        done = subprocess.run(words, cwd=cls.folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == status, (words, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout + done.stderr

    def path(self, name):
        return os.path.join(self.folder, name + "-c", self.prefix[name] + ".c")
