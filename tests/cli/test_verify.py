#!/usr/bin/env python3
"""duro verify: test_verify.py path/to/duro. A training that is repeated is the same, and what was changed is named."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

DURO = os.path.abspath(sys.argv[1])
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SMALL = ["--steps", "25600", "--set", "learn.width=16", "--set", "learn.batch=48", "--set", "train.warmup=1600", "--set",
         "train.replay=9000", "--set", "train.report_every=50", "--set", "train.looks=4", "--set", "train.trial=1", "--set",
         "train.trial_episodes=4", "--set", "train.trial_search=0", "--set", "train.look_search=0", "--quiet"]


class Verify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-verify-test-")
        cls.train("pendulum", "DRAC", "one")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def duro(cls, *words, status=0):
        done = subprocess.run([DURO, *words], cwd=cls.folder, capture_output=True, text=True, timeout=600)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    @classmethod
    def train(cls, system, algorithm, out, *more):
        cls.duro("train", system, "--algorithm", algorithm, *SMALL, "--out", out, *more)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def copy(self, name):
        shutil.copytree(self.path("one"), self.path(name))
        return name

    def test_same(self):
        out = self.duro("verify", "one", "--quiet")
        self.assertRegex(out, r"the same: 8 rows of train\.csv, \d snapshots, and the whole state of the newest checkpoint\n\Z")

    def test_a_part(self):
        out = self.duro("verify", "one", "--updates", "100", "--quiet")
        self.assertRegex(out, r"the same: 2 rows of train\.csv, \d snapshots, as far as it was repeated\n\Z")

    def test_a_file_of_ones_own(self):
        self.train(os.path.join(ROOT, "tests", "recipe", "tanks.c"), "SAC-RIS", "tanks", "--unchecked")
        self.assertIn("the same: ", self.duro("verify", "tanks", "--quiet"))

    def test_another_snapshot(self):
        self.train("pendulum", "DRAC", "other", "--seed", "2")
        name = sorted(n for n in os.listdir(self.path("other", "policies")) if n.startswith("step-"))[1]
        shutil.copy(self.path("other", "policies", name), self.path(self.copy("swapped"), "policies", name))
        self.assertIn(f'different: policies/{name}: "pi" has other parameters', self.duro("verify", "swapped", "--quiet", status=1))

    def test_another_row(self):
        path = self.path(self.copy("edited"), "train.csv")
        with open(path) as file:
            lines = file.read().splitlines()
        names, cells = lines[0].split(","), lines[3].split(",")
        at = names.index("loss_Qh")
        cells[at] = cells[at][:-1] + ("1" if cells[at][-1] != "1" else "2")
        lines[3] = ",".join(cells)
        with open(path, "w") as file:
            file.write("\n".join(lines) + "\n")
        self.assertRegex(self.duro("verify", "edited", "--quiet", status=1),
                         rf"different: train\.csv: loss_Qh is \S+ at step {cells[0]}; the repeated training has ")

    def test_another_checkpoint(self):
        """The rows and snapshots are those of the run, its last checkpoint that of a shorter one."""
        self.copy("swapped-end")
        shutil.rmtree(self.path("swapped-end", "checkpoints"))
        self.train("pendulum", "DRAC", "again", "--set", "train.keep_checkpoints=true", "--set", "train.checkpoint_every=300")
        shutil.copytree(self.path("again", "checkpoints"), self.path("swapped-end", "checkpoints"))
        names = sorted((n for n in os.listdir(self.path("again", "checkpoints")) if n.startswith("step-")),
                       key=lambda n: int(n[5:].split(".")[0]))
        with open(self.path("swapped-end", "checkpoints", "latest"), "w") as file:
            file.write(names[0] + "\n")
        out = self.duro("verify", "swapped-end", "--quiet", status=1)
        self.assertRegex(out, r"different: checkpoints: \"[^\"]+\" at step \d+ is not that of the repeated training")

    def test_resumed(self):
        words = ["train", "pendulum", "--algorithm", "DRAC", *SMALL, "--set", "train.checkpoint_every=50", "--out", "stopped"]
        child = subprocess.Popen([DURO, *words], cwd=self.folder)
        deadline = time.monotonic() + 60
        while not os.path.exists(self.path("stopped", "checkpoints", "latest")) and time.monotonic() < deadline:
            time.sleep(.002)
        child.send_signal(signal.SIGTERM)
        if child.wait() == 0:
            self.skipTest("it was over before it could be stopped")
        self.duro("train", "--resume", "stopped", "--quiet")
        self.assertIn("the same: ", self.duro("verify", "stopped", "--quiet"))

    def test_fine_tuned(self):
        self.train("pendulum", "DRAC", "tuned", "--from", "one")
        self.assertIn("tuned was fine-tuned from another run (--from), and cannot be repeated alone\n",
                      self.duro("verify", "tuned", "--quiet", status=2))

    def test_hash(self):
        self.train("pendulum", "DRAC", "threads", "--threads", "2")
        self.train("pendulum", "DRAC", "seed", "--seed", "3")
        one, threads, seed = (self.duro("verify", name, "--hash") for name in ("one", "threads", "seed"))
        self.assertRegex(one, r"\A[0-9a-f]{16}\n\Z")
        self.assertEqual(one, threads)
        self.assertNotEqual(one, seed)

    def test_no_run(self):
        os.mkdir(self.path("empty"))
        self.assertIn("config.yaml", self.duro("verify", "empty", status=1))


if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    unittest.main()
