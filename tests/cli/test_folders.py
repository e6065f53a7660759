#!/usr/bin/env python3
"""Drives commands that keep results: test_folders.py path/to/duro. What is taken over and what is done again when
program, policy, system or solution change; who may work in a folder; what --force takes away."""

import csv
import os
import re
import shutil
import subprocess
import sys
import unittest

from test_cli import DURO, TINY, Case

QUICK = ["--episodes", "20", "--quiet"]


class Folders(Case):
    def train(self, out, *words, env="double-integrator", algorithm="DRAC"):
        self.duro("train", env, "--algorithm", algorithm, "--out", out, *TINY, *words, "--quiet")
        return out

    def rows(self, *parts):
        with open(self.path(*parts), newline="") as file:
            return list(csv.DictReader(file))

    def inode(self, *parts):
        """Of a file that is replaced whenever it is written."""
        return os.stat(self.path(*parts)).st_ino

    def another_program(self):
        """A copy of the program that says of itself that its sources are others."""
        with open(DURO, "rb") as file:
            program = file.read()
        version = subprocess.run([DURO, "--version"], capture_output=True, text=True, check=True).stdout
        sources = re.search(r"sources ([0-9a-f]{16})", version).group(1).encode()
        self.assertIn(sources, program)
        path = self.path("another-duro")
        with open(path, "wb") as file:
            file.write(program.replace(sources, bytes(reversed(sources))))
        os.chmod(path, 0o755)
        return path


class Keys(Folders):
    def test_cells_of_another_program_are_played_again(self):
        run = self.train("program")
        words = ["attack", run, "--attackers", "none,constant", *QUICK]
        self.duro(*words)
        before, there = self.rows(run, "attack/matrix.csv"), self.inode(run, "attack/matrix.csv")
        self.duro(*words)
        self.assertEqual(self.inode(run, "attack/matrix.csv"), there, "nothing was played again")
        subprocess.run([self.another_program(), "attack", run, "--attackers", "none", *QUICK], cwd=self.folder, check=True)
        after = self.rows(run, "attack/matrix.csv")
        # the rows of the constant attack are of the other program: they are not kept beside the new ones
        self.assertEqual([row["attacker"] for row in before], ["none", "none", "constant", "constant"])
        self.assertEqual([row["attacker"] for row in after], ["none", "none"])
        self.assertFalse({row["key"] for row in before} & {row["key"] for row in after})
        self.duro(*words)
        drop = ("seconds",)
        again = [{k: v for k, v in row.items() if k not in drop} for row in self.rows(run, "attack/matrix.csv")]
        self.assertEqual(again, [{k: v for k, v in row.items() if k not in drop} for row in before])

    def test_a_solution_of_another_day_is_the_same(self):
        run = self.train("day")
        for name in ("monday", "tuesday"):
            self.duro("solve", "double-integrator", "--grid", "31", "--no-pictures", "--set", "grid.task=false", "--quiet",
                      "--out", name)
        words = ["attack", run, "--attackers", "grid", *QUICK]
        self.duro(*words, "--solution", "monday")
        there = self.inode(run, "attack/matrix.csv")
        self.duro(*words, "--solution", "tuesday", "--threads", "1")
        self.assertEqual(self.inode(run, "attack/matrix.csv"), there, "nothing was played again")
        self.duro("solve", "double-integrator", "--grid", "33", "--no-pictures", "--set", "grid.task=false", "--quiet",
                  "--out", "monday", "--force")
        self.duro(*words, "--solution", "monday")
        self.assertNotEqual(self.inode(run, "attack/matrix.csv"), there)

    def test_experiment_notices_a_new_program(self):
        self.write("tiny.yaml", "title: T\ndefaults:\n  seeds: 1\n  set: [train.steps=1600, learn.width=16, "
                   "learn.batch=32, train.warmup=640, train.envs=32, train.look_episodes=4]\ngroups:\n  - name: di\n"
                   "    environment: double-integrator\n    attackers: [none]\n    episodes: 10\n"
                   "    runs: [{algorithm: SAC}]\n")
        subprocess.run([DURO, "experiment", "tiny.yaml", "--quiet"], cwd=self.folder, timeout=300)  # 1 without gnuplot
        listed = self.duro("experiment", "tiny.yaml", "--dry-run").stdout
        self.assertIn("2 of 2 jobs are done", listed)
        done = subprocess.run([self.another_program(), "experiment", "tiny.yaml", "--dry-run"], cwd=self.folder,
                              capture_output=True, text=True, check=True)
        self.assertIn("0 of 2 jobs are done", done.stdout)
        # elsewhere, on another day, it is the same experiment
        os.makedirs(self.path("elsewhere"))
        shutil.copy(self.path("tiny.yaml"), self.path("elsewhere/tiny.yaml"))
        shutil.copytree(self.path("experiments"), self.path("elsewhere/experiments"))
        os.utime(self.path("elsewhere/tiny.yaml"), (1, 1))
        done = subprocess.run([DURO, "experiment", "tiny.yaml", "--dry-run"], cwd=self.path("elsewhere"),
                              capture_output=True, text=True, check=True)
        self.assertIn("2 of 2 jobs are done", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
