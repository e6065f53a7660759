#!/usr/bin/env python3
"""Installs a build into a folder and uses it from outside: test_package.py SOURCE BUILD C-COMPILER.

docs/getting-started.md is compiled and run as it stands, tests/package/ is a project that finds the installed package,
and the names that the libraries show are compared with those that the headers declare."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE, BUILD, CC = (os.path.abspath(path) for path in sys.argv[1:4])
CXX = os.path.join(os.path.dirname(CC), os.path.basename(CC).replace("clang", "clang++").replace("gcc", "g++"))
if CXX == CC:  # "cc"
    CXX = "c++"
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]


def run(*words, folder=None, env=None):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, **(env or {})})
    if done.returncode:
        raise AssertionError(f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def blocks(language):
    """Code blocks of the page."""
    with open(os.path.join(SOURCE, "docs/getting-started.md"), encoding="utf-8") as page:
        return re.findall(rf"^```{language}\n(.*?)^```", page.read(), re.M | re.S)


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-package-")
        cls.prefix = os.path.join(cls.folder, "installed")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        cls.lib = os.path.dirname(cls.one("lib*/libduro.so", "lib/*/libduro.so"))
        cls.env = {"PKG_CONFIG_PATH": os.path.join(cls.lib, "pkgconfig"), "LD_LIBRARY_PATH": cls.lib, "CC": CC,
                   "CXX": CXX, "CMAKE_PREFIX_PATH": cls.prefix, "PATH": f"{cls.prefix}/bin:{os.environ['PATH']}"}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def one(cls, *patterns):
        found = [path for pattern in patterns for path in glob.glob(os.path.join(cls.prefix, pattern))]
        if len(found) != 1:
            raise AssertionError(f"{patterns}: wanted one file in {cls.prefix}, found {found}")
        return found[0]

    def run_here(self, *words, folder=None):
        return run(*words, folder=folder or self.folder, env=self.env)

    def write(self, folder, name, text):
        os.makedirs(os.path.join(self.folder, folder), exist_ok=True)
        with open(os.path.join(self.folder, folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        return os.path.join(self.folder, folder)


class Page(Case):
    """docs/getting-started.md"""

    def check_output(self, output):
        for line in "".join(blocks("text")).splitlines():
            wanted = re.escape(re.sub(r"-?\d[\d.]*", "#", line))
            self.assertRegex(re.sub(r"-?\d[\d.]*", "#", output), rf"(?m)^{wanted}$")
        self.assertRegex(output, r"(?m)^\d+ of 50 episodes violated the constraint, mean return -?\d+\.\d$")

    def test_pkg_config(self):
        code, shell = blocks("c"), blocks("sh")
        self.assertEqual((len(code), len(shell)), (1, 1))
        folder = self.write("page-pkg-config", "first.c", code[0])
        tools = self.write("page-tools", "cc", f'#!/bin/sh\nexec "{CC}" {" ".join(STRICT)} "$@"\n')
        os.chmod(os.path.join(tools, "cc"), 0o755)
        env = {**self.env, "PATH": f"{tools}:{self.env['PATH']}"}
        self.check_output(run("sh", "-ec", shell[0], folder=folder, env=env))

    def test_cmake(self):
        folder = self.write("page-cmake", "first.c", blocks("c")[0])
        self.write("page-cmake", "CMakeLists.txt", "".join(blocks("cmake")))
        self.run_here("cmake", "-S", folder, "-B", folder + "/build", f"-DCMAKE_C_FLAGS={' '.join(STRICT)}")
        self.run_here("cmake", "--build", folder + "/build")
        self.check_output(self.run_here(folder + "/build/first"))


class Outside(Case):
    def test_cmake(self):
        build = os.path.join(self.folder, "outside")
        self.run_here("cmake", "-S", os.path.join(SOURCE, "tests/package"), "-B", build)
        self.run_here("cmake", "--build", build)
        solution = os.path.join(self.folder, "solution")
        tiny = "train.steps=1600, train.warmup=640, train.envs=32, train.replay=5000, learn.width=16, train.looks=1"
        file = self.write("experiment", "two.yaml", "title: Two seeds\ngroups:\n  - name: two\n    environment: double-integrator\n"
                          f"    seeds: 2\n    runs:\n      - {{algorithm: SAC, set: [{tiny}]}}\n")
        self.run_here("duro", "solve", "double-integrator", "--grid", "41", "--no-pictures", "--quiet", "--out", solution)
        for library in ("duro", "static"):
            self.assertRegex(self.run_here(f"{build}/c_{library}"), r"^\d+\.\d+\.\d+ double-integrator \w+ 3\n$")
            self.assertRegex(self.run_here(f"{build}/cpp_{library}"), r"^\d+\.\d+\.\d+ double-integrator \w+ 1\n$")
            folder = os.path.join(self.folder, f"run-{library}")
            results = os.path.join(self.folder, f"experiment-{library}")
            self.assertRegex(self.run_here(f"{build}/method_{library}", folder, solution, f"{file}/two.yaml", results,
                                           f"{self.prefix}/bin/duro"),
                             r"^double-integrator: \d+ findings, 0 broken\n"
                             r"solved: 1 at rest, 0 towards the wall\n"
                             r"trained 3200 steps, \d+ rows, 4 looks, step \d+ is deployed\n"
                             r"played 8 episodes of DRAC\nattacked in 6 cells\n"
                             r"verdict after 3 attackers: one\ncompared more than one set: 1\n"
                             r"certified: 64 of 64 states are kept\n"
                             r"card: more than ten lines are the same: 1, 0 different, [12] unknown\n"
                             r"experiment: 2 of 2 jobs are done\n$")
            self.assertIn("DRAC", self.run_here("duro", "eval", folder, "--episodes", "2", "--out",
                                                os.path.join(self.folder, f"eval-{library}")))

    def test_pkg_config(self):
        for compiler, name in ((CC, "names.c"), (CXX, "names.cpp")):
            for static in (False, True):
                kind = ["--static"] if static else []
                words = self.run_here("pkg-config", *kind, "--cflags", "--libs", "duro").split()
                if static:
                    words = [os.path.join(self.lib, "libduro.a") if word == "-lduro" else word for word in words]
                program = os.path.join(self.folder, "names")
                self.run_here(compiler, *STRICT, os.path.join(SOURCE, "tests/package", name), "-o", program, *words)
                self.assertIn(" double-integrator ", self.run_here(program))
                needed = self.run_here("objdump", "-p", program)
                self.assertEqual("libduro.so.0" in needed, not static)

    def test_version(self):
        version = self.run_here("duro", "--version").split()[1]
        self.assertEqual(self.run_here("pkg-config", "--modversion", "duro").strip(), version)
        self.assertEqual(os.path.realpath(os.path.join(self.lib, "libduro.so.0")),
                         os.path.realpath(os.path.join(self.lib, f"libduro.so.{version}")))

    def test_pages(self):
        """The manual page and the completions hold every command and option of the help texts."""
        manual = run("gzip", "-dc", self.one("share/man/man1/duro.1.gz")).replace("\\-", "-")
        shells = {"bash": "share/bash-completion/completions/duro", "zsh": "share/zsh/vendor-completions/_duro",
                  "fish": "share/fish/vendor_completions.d/duro.fish"}
        for shell, path in shells.items():
            with open(self.one(path), encoding="utf-8") as file:
                shells[shell] = file.read()
            if shutil.which(shell):
                self.run_here(shell, "-n", self.one(path))
        commands = re.findall(r"(?m)^  (\w+)  ", self.run_here("duro", "--help"))
        self.assertIn("train", commands)
        for command in commands:
            self.assertIn(f".SS duro {command}", manual)
            for option in re.findall(r"(?m)^  --([\w-]+)", self.run_here("duro", command, "--help")):
                self.assertIn(f"--{option}", manual)
                self.assertRegex(shells["bash"], rf"(?m)^    {command}\..*--{option}\b")
                self.assertIn(f"--{option}[", shells["zsh"])
                self.assertRegex(shells["fish"], rf"from {command}' -l {option}\b")

    def test_help_of_unknown_kinds(self):
        for words in (["--completion", "csh"], ["--completion", "man"], ["--completion"], ["train"]):
            done = subprocess.run([os.path.join(self.prefix, "bin/duro"), "help", *words], capture_output=True,
                                  text=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertRegex(done.stderr, r"^duro: '[^\n]*wanted[^\n]*\n$")

    def test_bash_completion(self):
        path = self.one("share/bash-completion/completions/duro")

        def complete(*words):
            quoted = " ".join(f"'{word}'" for word in words)
            return self.run_here("bash", "-c", f"compopt() {{ :; }}; source '{path}'; COMP_WORDS=({quoted}); "
                                 f"COMP_CWORD={len(words) - 1}; _duro; printf '%s\\n' \"${{COMPREPLY[@]}}\"").split()

        self.assertEqual(complete("duro", "tr"), ["train"])
        self.assertEqual(complete("duro", "train", "pend"), ["pendulum"])
        self.assertEqual(complete("duro", "train", "cartpole", "--alg"), ["--algorithm"])
        self.assertEqual(complete("duro", "train", "cartpole", "--algorithm", "D"), ["DRAC"])
        self.assertEqual(complete("duro", "train", "cartpole", "--set", "train.se"), ["train.seed="])
        self.assertEqual(complete("duro", "eval", "--remedy", "f"), ["fallback"])
        self.assertEqual(complete("duro", "eval", "inst"), ["installed"])


class Names(Case):
    @classmethod
    def declared(cls):
        """Names that the compiler sees declared at file scope by the installed headers."""
        headers = sorted(glob.glob(os.path.join(cls.prefix, "include/duro/*.h")))
        code = run(CC, "-E", "-P", f"-I{cls.prefix}/include", *[w for h in headers for w in ("-include", h)], "-x", "c",
                   "/dev/null")
        flat = code
        while "{" in flat:  # what is in braces is not at file scope
            flat, before = re.sub(r"\{[^{}]*\}", " ", flat), flat
            assert flat != before
        found = set()
        for declaration in flat.split(";"):
            words = declaration.strip()
            if words.startswith("typedef"):
                continue
            match = re.match(r"[\w\s*]*?\b(duro_\w+)\s*\(", words)
            if match or (match := re.match(r"extern\b[\w\s*]*?\b(duro_\w+)(\[\])?$", words)):
                found.add(match.group(1))
        return found

    def test_headers_alone(self):
        self.write("alone", "alone.c", "extern int nothing;\n")
        for header in glob.glob(os.path.join(self.prefix, "include/duro/*.h")):
            for words in ((CC, "-std=c11", "-x", "c"), (CXX, "-std=c++11", "-x", "c++")):
                self.run_here(*words, *STRICT, "-fsyntax-only", f"-I{self.prefix}/include", "-include", header,
                              "alone/alone.c")

    def test_shared_library_shows_what_the_headers_declare(self):
        lines = run("nm", "-D", "--defined-only", os.path.join(self.lib, "libduro.so")).splitlines()
        shown = {line.split()[-1].split("@")[0] for line in lines if line.split()[-2] != "A"}
        declared = self.declared()
        self.assertGreater(len(declared), 50)
        self.assertEqual(sorted(shown - declared), [], "shown and not declared")
        self.assertEqual(sorted(declared - shown), [], "declared and not shown")

    def test_static_library_defines_what_the_headers_declare(self):
        lines = run("nm", "-g", "--defined-only", os.path.join(self.lib, "libduro.a")).splitlines()
        self.assertEqual({line.split()[-1] for line in lines if len(line.split()) == 3}, self.declared())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
