#!/usr/bin/env python3
"""Allocations that fail: test_memory.py path/to/duro. One allocation of a command after the other (a sample of them, in
turn over the calls of this test's seed 1) gives nothing. Either the command does without and its files are those of an
undisturbed one, or it ends with status 1 and one line that says that memory ran out."""

import os
import random
import shutil
import subprocess
import sys
import unittest

from test_cli import DURO, NO_DISPLAY, TINY, Case

SHORT = [*TINY, "--set", "train.looks=1", "--set", "train.look_episodes=4", "--threads", "1", "--steps", "960"]
SAMPLES = 40


class Memory(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shim = os.path.join(cls.folder, "shim.so")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fail_allocation.c")
        subprocess.run([os.environ.get("CC", "cc"), "-O1", "-fPIC", "-shared", source, "-o", cls.shim], check=True)
        subprocess.run([DURO, "train", "double-integrator", "--algorithm", "DRAC", "--out", "run", "--quiet", *SHORT],
                       cwd=cls.folder, check=True, timeout=120)

    def fail_at(self, number, words, left):
        """Status, errors, and the bytes of the files that are left; 0: none fails."""
        for folder in ("out", "run/attack", "run/sets", "run/figures"):
            shutil.rmtree(self.path(folder), ignore_errors=True)
        done = subprocess.run([DURO, *words], cwd=self.folder, capture_output=True, text=True, timeout=120,
                              env={**NO_DISPLAY, "LD_PRELOAD": self.shim, "FAIL_AT": str(number),
                                   "COUNT_TO": self.path("count")})
        files = {}
        for name in left:
            if os.path.exists(self.path(name)):
                with open(self.path(name), "rb") as file:
                    data = file.read()
                # the state of a solution holds the time that it took; its header none
                files[name] = data[:int.from_bytes(data[:8], "little") + 8] if name.endswith("state.safetensors") else data
        return done, files

    def check(self, *words, left):
        done, wanted = self.fail_at(0, words, left)
        self.assertEqual((done.returncode, done.stderr, len(wanted)), (0, "", len(left)))
        count = int(self.read("count"))
        self.assertGreater(count, 50)
        told = 0
        random.seed(1)
        for number in sorted({1, *random.sample(range(1, count), min(SAMPLES, count - 1))}):
            done, files = self.fail_at(number, words, left)
            if done.returncode == 0:
                self.assertEqual((done.stderr, files), ("", wanted), f"{words}: allocation {number}")
                continue
            self.assertEqual(done.returncode, 1, f"{words}: allocation {number}: {done.stderr}")
            self.assertRegex(done.stderr, r"\Aduro: [^\n]*out of memory[^\n]*\n\Z", f"{words}: allocation {number}")
            told += 1
        self.assertGreater(told, min(SAMPLES, count) // 2)

    def test_solve(self):
        self.check("solve", "double-integrator", "--grid", "11", "--discount", ".9", "--no-pictures", "--threads", "1",
                   "--out", "out", "--quiet", left=["out/state.safetensors", "out/safety_value.npy"])

    def test_train(self):
        self.check("train", "double-integrator", "--algorithm", "DRAC", "--out", "out", "--quiet", *SHORT,
                   left=["out/policies/step-960.safetensors", "out/eval/during.csv", "out/config.yaml"])

    def test_eval(self):
        self.check("eval", "run", "--episodes", "2", "--threads", "1", "--out", "out", left=["out/run/summary.csv"])

    def test_attack(self):
        self.check("attack", "run", "--episodes", "2", "--threads", "1", "--attackers", "none,random,best-safety",
                   "--updates", "3", "--attacker-seeds", "1", "--quiet", left=["run/attack/none-pi.csv"])

    def test_sets(self):
        self.check("sets", "run", "--points", "11", "--starts", "4", "--threads", "1", left=["run/sets/summary.csv"])

    def test_report(self):
        self.check("report", "run", left=[])

    def test_check(self):
        self.check("check", "double-integrator", left=[])

    def test_settings(self):
        self.check("settings", "double-integrator", left=[])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
