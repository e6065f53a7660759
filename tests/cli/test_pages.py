#!/usr/bin/env python3
"""What README.md and docs/getting-started.md tell a new user to type: test_pages.py SOURCE path/to/duro BUILD.

The commands are run in the order of the pages, in a clean clone below BUILD, each must end with 0, and afterwards
`git status` must be clean. What takes minutes is shortened: a script in the place of build/release/duro adds the options
of SHORT to the words of the page; WITHOUT says what is left out, and why."""

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
    r"make (run|test)": "installs packages and takes minutes; make run is the first stage of the published results, "
                        "make test is what runs this",
    r"make (build|package)": "the program is built already",
    r"(sudo|export|cmake) .*": "tests/package installs, and compiles what the page shows",
}
SLOW = {"solve cartpole --grid 31": ("--grid 31 --discount .99 --certify", "--grid 15 --discount .99")}  # half a minute


def commands(page):
    """Lines indented by four that stand in a block of such lines, without their comments; blocks with a language are
    compiled by tests/package."""
    with open(os.path.join(SOURCE, page), encoding="utf-8") as file:
        text = re.sub(r"^```.*?^```$", "", file.read(), flags=re.M | re.S)
    for line in re.findall(r"^    (\S.*)$", text, flags=re.M):
        yield re.sub(r"\s+#.*$", "", line)


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree(CLONE, ignore_errors=True)
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", SOURCE, CLONE], check=True, timeout=120)
        os.makedirs(os.path.join(CLONE, "build/release"))
        script = os.path.join(CLONE, "build/release/duro")
        with open(script, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nword=$1\ncase $word in\n")
            for word, options in SHORT.items():
                file.write(f"{word}) exec '{DURO}' \"$@\" {options} ;;\n")
            file.write(f"*) exec '{DURO}' \"$@\" ;;\nesac\n")
        os.chmod(script, os.stat(script).st_mode | stat.S_IXUSR)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(CLONE)

    def run_line(self, line):
        for words, (long, short) in SLOW.items():
            if words in line:
                line = line.replace(long, short)
        env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        env["PATH"] = os.path.join(CLONE, "build/release") + ":" + env["PATH"]
        done = subprocess.run(["sh", "-ec", line], cwd=CLONE, capture_output=True, text=True, timeout=300, env=env)
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stdout}{done.stderr}")

    def test_in_order(self):
        ran = 0
        for page in ("README.md", "docs/getting-started.md", "docs/main-job.md"):
            for line in commands(page):
                if any(re.fullmatch(pattern, line) for pattern in WITHOUT):
                    continue
                begin = time.monotonic()
                with self.subTest(f"{page}: {line}"):
                    self.run_line(line)
                print(f"{time.monotonic() - begin:6.1f} s  {line}", flush=True)
                ran += 1
        self.assertGreater(ran, 12)
        status = subprocess.run(["git", "status", "--porcelain"], cwd=CLONE, capture_output=True, text=True, check=True)
        self.assertEqual(status.stdout, "", "what the commands leave is ignored by git")


if __name__ == "__main__":
    if not os.path.exists(os.path.join(SOURCE, ".git")) or not shutil.which("git"):
        sys.exit(77)  # no clone can be made
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
