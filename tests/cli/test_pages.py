#!/usr/bin/env python3
"""A newcomer's walk: what README.md and the pages of docs/ tell their reader to type, in the order in which they are
read: test_pages.py SOURCE path/to/duro BUILD.

A command is a line of a block that is indented by four and begins with a program, a line of a block of `sh`, or what stands
after `$ ` in a block without a language. Each page begins in a clean clone below BUILD, with what its reader has by then
(HAS); each of its commands must end with 0, and after those of README.md `git status` must be clean. What takes minutes is shortened: a
script in the place of build/release/duro adds the options of SHORT to the words of the page; WITHOUT says what is left
out, and why. What the text names in passing, `duro train --resume RUN`, is held against the commands and
options that the program has."""

import glob
import os
import re
import shutil
import stat
import subprocess
import sys
import time
import unittest

SOURCE, DURO, BUILD = (os.path.abspath(path) for path in sys.argv[1:4])
CLONE = os.path.join(BUILD, "clone")

WALK = ["README.md", "docs/getting-started.md", "docs/main-job.md", "docs/own-environment.md", "docs/attacks.md",
        "docs/violates.md", "docs/certificates.md", "docs/export.md", "docs/resume.md", "docs/experiments.md",
        "docs/playing.md", "docs/solving.md", "docs/games.md", "docs/sets.md", "docs/recipe.md", "docs/results.md",
        "docs/performance.md", "docs/statistics.md", "docs/time-to-safe.md", "docs/development.md", "docs/python.md"]
APART = {"docs/results.md", "docs/performance.md", "docs/time-to-safe.md", "docs/development.md"}
# what the page takes for granted: a file that stands on it, or that the reader has made
HAS = {"docs/own-environment.md": {"mysystem.c": ("c", 0), "mymodel.xml": "examples/pendulum.xml",
                                   "task.yaml": "examples/pendulum.yaml"},
       "docs/recipe.md": {"mysystem.c": "tests/recipe/rocket.c"}, "docs/filter.md": {"mine.c": ("c", 0)}}

# by the first word; a setting that comes later wins
SHORT = {
    "train": "--steps 3200 --set learn.width=16 --set learn.batch=32 --set train.warmup=640 --set train.envs=32 "
             "--set train.replay=5000 --set train.looks=2 --set train.look_episodes=4",
    "eval": "--episodes 4",
    "attack": "--episodes 4 --updates 8 --attacker-seeds 1",
    "experiment": "--dry-run",  # 11 minutes: the file is read and planned
    "play": "--steps 20",
}
# the rest of the words: why they are not run here
WITHOUT = {
    r"make (run|test|lint|coverage|docs|bench|wheel)\b.*": "installs packages and takes minutes; make run is the first "
    "stage of the published results, make test is what runs this",
    r"make (build|package)": "the program is built already",
    r"(sudo|apt|pip|export|ctest) .*": "installs; tests/package does it, and compiles what the page shows",
    r"cmake --.*": "builds",
    r"cc .*|\./first": "tests/package compiles what the page shows",
    r"tools/(lint|fetch-mujoco|study-time-to-safe|trajectory-optimum|make-rliable-vectors|measure-export).*":
    "fetches packages, or studies for minutes",
    r"duro experiment .*--(launcher|worker|job)\b.*|make -j .*": "cli/test_slurm and cli/test_worker run it",
    r"duro experiment .*--page": "the experiment before it was planned alone",
    r"c\+\+ .*|\./(in_the_loop|node)\b.*": "cli/test_robot runs it",
    r"python .*|tensorboard .*": "cli/test_export_onnx and cli/test_tensorboard run it, with its packages",
}
# what takes half a minute or more: coarser grids, and coarser proofs
SLOW = [
    (r"(solve cartpole --grid )\S+", r"\g<1>31 --discount 0.99 --set grid.task=false"),
    (r"(solve .*--certify)", r"\g<1> --set certificate.cut=0.03 --set certificate.piece=0.15"),
    (r"--searches \d+", "--searches 1"),
    (r"(solve \S+ --grid )201x201( --set grid.controls)", r"\g<1>51x51\g<2>"),
    (r"policies/DRAC-1\?", "policies/DRAC-11"),
    (r"(solve \w+\.xml .*)", r"\g<1> --grid 21 --no-pictures"),
]
PROGRAMS = (r"(build/release/)?duro(-recheck)?|make|cmake|ctest|sudo|apt|pip|export|cp|cd|cc|tools/[\w-]+|python|tensorboard|"
            r"(arm-none-eabi|qemu)-[\w-]+|for")


def text_of(page):
    with open(os.path.join(SOURCE, page), encoding="utf-8") as file:
        return file.read()


def pages():
    """All, those of the walk first."""
    return WALK + sorted(set(glob.glob("docs/**/*.md", root_dir=SOURCE, recursive=True)) - set(WALK))


def fences(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of(page), re.M | re.S)


def blocks(page):
    """What stands in blocks of commands, a text each, in the order of the page."""
    fence = r"^```(\w*)\n((?:(?!```).*\n)*)```$"
    for language, fenced, indented in re.findall(fence + r"|((?:^    .*\n)+)", text_of(page) + "\n", re.M):
        if language == "sh":
            yield fenced
        elif fenced and not language:
            yield "".join(line + "\n" for line in re.findall(r"^\$ (.*)$", fenced, re.M))
        elif re.match(rf"    ({PROGRAMS})\s", indented):
            yield re.sub(r"^    ", "", indented, flags=re.M)


def commands(page):
    """Lines, without comments; one that ends with a backslash goes on, and so does a loop."""
    for block in blocks(page):
        block = re.sub(r"[ \t]+#.*$", "", block.replace("\\\n", " "), flags=re.M)
        yield from re.findall(r"^for (?:.*\n)*?done$|^\S.*$", block, re.M)


def have(line):
    """Is what the line needs besides duro on this machine?"""
    program = line.split()[0] if re.match("(arm-none-eabi|qemu)-", line) else "ffmpeg" if ".mp4" in line else "sh"
    return shutil.which(program)


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(CLONE, ignore_errors=True)
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", SOURCE, CLONE], check=True, timeout=120)
        os.makedirs(os.path.join(CLONE, "build/release"))
        script = os.path.join(CLONE, "build/release/duro")
        with open(script, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\ncase $* in *' --list') exec '{DURO}' \"$@\" ;; esac\n")  # it runs nothing
            file.write("word=$1\ncase $word in\n")
            for word, options in SHORT.items():
                file.write(f"{word}) exec '{DURO}' \"$@\" {options} ;;\n")
            file.write(f"*) exec '{DURO}' \"$@\" ;;\nesac\n")
        os.chmod(script, os.stat(script).st_mode | stat.S_IXUSR)
        os.symlink(os.path.join(os.path.dirname(DURO), "duro-recheck"), os.path.join(CLONE, "build/release/duro-recheck"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(CLONE)

    def git(self, *words):
        return subprocess.run(["git", *words], cwd=CLONE, capture_output=True, text=True, check=True).stdout

    def begin(self, page):
        """A clean clone, with what the reader of the page has."""
        self.git("clean", "-fdxq", "-e", "/build")
        for name, source in HAS.get(page, {}).items():
            with open(os.path.join(CLONE, name), "w", encoding="utf-8") as file:
                file.write(text_of(source) if isinstance(source, str) else fences(page, source[0])[source[1]])

    def run_line(self, line, folder):
        for words, shorter in SLOW:
            line = re.sub(words, shorter, line)
        env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        env["PATH"] = os.path.join(CLONE, "build/release") + ":" + env["PATH"]
        done = subprocess.run(["sh", "-ec", line], cwd=folder, capture_output=True, text=True, timeout=300, env=env)
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stdout}{done.stderr}")

    def walk(self, page):
        ran, folder = 0, CLONE
        self.begin(page)
        for line in commands(page):
            if any(re.fullmatch(pattern, line) for pattern in WITHOUT) or not have(line):
                continue
            begin = time.monotonic()
            with self.subTest(f"{page}: {line}"):
                self.run_line(line, folder)
            if line.startswith("cd "):
                folder = os.path.join(folder, line[3:])
            print(f"{time.monotonic() - begin:6.1f} s  {line}", flush=True)
            ran += 1
        if page == "README.md":
            self.assertEqual(self.git("status", "--porcelain"), "", "what the commands leave is ignored by git")
        return ran

    def test_ends_with_the_next_step(self):
        """Every guide, but for those that are read at their place: reference and lab notes."""
        for page in WALK[1:]:
            if page not in APART:
                self.assertRegex(text_of(page).rstrip().rsplit("\n\n", 1)[1], r"^Next: ", page)

    def test_named_in_passing(self):
        """What the text names between backquotes has the commands, options and settings that the program has."""
        helps = {}
        for page in pages():
            for command, rest in re.findall(r"`(?:build/release/)?duro ([a-z]+)((?: [^`]*)?)`", text_of(page)):
                if command not in helps:
                    done = subprocess.run([DURO, command, "--help"], capture_output=True, text=True, check=False)
                    self.assertEqual(done.returncode, 0, f"{page}: there is no duro {command}")
                    helps[command] = set(re.findall(r"--[a-z][a-z-]*", done.stdout)) | {"--help"}
                for option in re.findall(r"--[a-z][a-z-]*", rest):
                    self.assertIn(option, helps[command], f"{page}: duro {command}{rest}")
        self.assertGreater(len(helps), 8)

    def test_in_order(self):
        only = os.environ.get("DURO_TEST_PAGES", ".")  # these pages alone
        ran = sum(self.walk(page) for page in pages() if re.search(only, page))
        self.assertGreater(ran, 100 if only == "." else 0)


if __name__ == "__main__":
    if not os.path.exists(os.path.join(SOURCE, ".git")) or not shutil.which("git"):
        sys.exit(77)  # no clone can be made
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
