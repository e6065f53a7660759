#!/usr/bin/env python3
"""Interrupted trainings: test_resume.py path/to/duro. A run that was stopped or killed and taken up again leaves the files
of one that never was: the same bytes but for what a clock wrote."""

import csv
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

DURO = os.path.abspath(sys.argv[1])
SMALL = ["--algorithm", "DRAC", "--steps", "47990", "--set", "train.looks=8", "--set", "train.look_episodes=4",
         "--set", "train.choose=true", "--set", "learn.width=48", "--set", "learn.batch=64",
         "--set", "train.report_every=10", "--set", "train.replay=3000", "--set", "train.checkpoint_every=30",
         "--set", "train.trial_episodes=4", "--set", "train.trial_search=8", "--set", "train.threads=1", "--set", "train.restarts=0.2", "--quiet"]
CLOCKS = ("seconds", "steps_per_second")


def rows(path):
    with open(path, newline="") as file:
        return [{k: v for k, v in row.items() if k not in CLOCKS} for row in csv.DictReader(file)]


def events(folder):
    """The events of the only event file without their times: TFRecord frames, field 1 is the time, a double."""
    names = [n for n in os.listdir(folder) if n.startswith("events.out.tfevents.")]
    assert len(names) == 1, names
    with open(os.path.join(folder, names[0]), "rb") as file:
        data = file.read()
    found, at = [], 0
    while at < len(data):
        length = struct.unpack_from("<Q", data, at)[0]
        event = data[at + 12:at + 12 + length]
        assert len(event) == length and event[0] == 9, at
        # tags of the columns that a clock wrote hold numbers of that clock
        found.append(b"" if b"train/seconds" in event else event[9:])
        at += 16 + length
    return found


class Resume(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-resume-")
        cls.run_duro("train", "cartpole", *SMALL, "--out", "whole")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def run_duro(cls, *words, status=0):
        done = subprocess.run([DURO, *words], cwd=cls.folder, capture_output=True, text=True, timeout=600)
        if done.returncode != status:
            raise AssertionError(f"{words}: status {done.returncode}, wanted {status}\n{done.stdout}{done.stderr}")
        return done

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def assert_same_run(self, one, other):
        def files(folder):
            return sorted(os.path.relpath(os.path.join(at, name), self.path(folder))
                          for at, _, names in os.walk(self.path(folder)) for name in names
                          if not name.startswith("events.out"))
        self.assertEqual(files(one), files(other))
        for name in files(one):
            if name == "run.json":
                continue
            if name == "train.csv":
                self.assertEqual(rows(self.path(one, name)), rows(self.path(other, name)))
                continue
            with open(self.path(one, name), "rb") as a, open(self.path(other, name), "rb") as b:
                self.assertEqual(a.read(), b.read(), name)
        self.assertEqual(events(self.path(one)), events(self.path(other)))

    def interrupt(self, out, how, words=(), after=1):
        """Starts the training and sends a signal once its train.csv has so many rows."""
        child = subprocess.Popen([DURO, "train", "cartpole", *SMALL, "--out", out, *words], cwd=self.folder,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        table = self.path(out, "train.csv")
        while child.poll() is None:
            if os.path.exists(table):
                with open(table, "rb") as file:
                    if file.read().count(b"\n") > after:
                        child.send_signal(how)
                        break
            time.sleep(.001)
        child.communicate()
        return child.returncode

    def drop_older_checkpoints(self, *runs):
        """A stop makes a checkpoint of its own; which older one is left beside the last depends on it."""
        for run in runs:
            folder = self.path(run, "checkpoints")
            with open(os.path.join(folder, "latest")) as file:
                latest = file.read().strip()
            for name in os.listdir(folder):
                if name not in ("latest", latest):
                    os.unlink(os.path.join(folder, name))

    def test_stopped(self):
        for number, name in ((signal.SIGINT, "int"), (signal.SIGTERM, "term"), (signal.SIGHUP, "hup")):
            with self.subTest(name):
                shutil.copytree(self.path("whole"), self.path("wanted-" + name))
                ended = self.interrupt(name, number, after=20)
                self.assertIn(ended, (0, 130), "stopped, or done before")
                done = self.run_duro("train", "--resume", name)
                self.assertIn("going on from step", done.stdout)
                self.drop_older_checkpoints(name, "wanted-" + name)
                self.assert_same_run(name, "wanted-" + name)

    def test_killed_again_and_again(self):
        shutil.copytree(self.path("whole"), self.path("wanted"))
        seed = random.SystemRandom().randrange(10**6)
        print(f"seed of the kills: {seed}")
        dice = random.Random(seed)
        for _ in range(6):
            self.interrupt("killed", signal.SIGKILL, ["--go-on", "--force"], after=dice.randrange(60))
        # half-written files of a kill at the worst moment
        for name in (".train.csv.0.tmp", "checkpoints/.step-1.safetensors.0.tmp", "policies/.chosen.3.tmp"):
            with open(self.path("killed", name), "w") as file:
                file.write("torn")
        self.run_duro("train", "cartpole", *SMALL, "--out", "killed", "--go-on", "--force")
        self.drop_older_checkpoints("killed", "wanted")
        self.assert_same_run("killed", "wanted")
        self.assertFalse([n for _, _, names in os.walk(self.path("killed")) for n in names if n.endswith(".tmp")])

    def test_done_is_done(self):
        shutil.copytree(self.path("whole"), self.path("done"))
        self.run_duro("train", "--resume", "done")
        self.assert_same_run("done", "whole")
        self.run_duro("train", "cartpole", *SMALL, "--out", "done", "--go-on")
        self.assert_same_run("done", "whole")

    def test_further(self):
        shutil.copytree(self.path("whole"), self.path("further"))
        self.run_duro("train", "--resume", "further", "--steps", "60000")
        table = rows(self.path("further", "train.csv"))
        self.assertEqual(table[-1]["step"], "60032")
        before = rows(self.path("whole", "train.csv"))
        self.assertEqual(table[:len(before)], before)
        with open(self.path("further", "config.yaml")) as file:
            self.assertIn("steps: 60000", file.read())

    def test_refusals(self):
        shutil.copytree(self.path("whole"), self.path("kept"))
        for words, named in ((["--set", "learn.tau=0.1"], "learn.tau"), (["--set", "train.looks=9"], "train.looks"),
                             (["--set", "train.horizon=9"], "train.horizon"), (["--set", "env.force=9"], "env.force"),
                             (["--steps", "100"], "train.steps"), (["--seed", "3"], "--seed"),
                             (["--force"], "--force"), (["--out", "x"], "--out")):
            done = self.run_duro("train", "--resume", "kept", *words, status=2)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertIn(named, done.stderr)
        done = self.run_duro("train", "--resume", "nowhere", status=1)
        self.assertIn("nowhere", done.stderr)
        self.assert_same_run("kept", "whole")
        os.unlink(self.path("kept", "checkpoints", "latest"))
        self.assertIn("no checkpoint", self.run_duro("train", "--resume", "kept", status=1).stderr)
        # another training in the same folder is not taken up
        self.assertIn("train.seed", self.run_duro("train", "cartpole", *SMALL, "--seed", "5", "--out", "whole", "--go-on",
                                                  status=2).stderr)

    def test_fine_tuning(self):
        self.run_duro("train", "cartpole", *SMALL, "--set", "learn.gamma=0.9", "--from", "whole", "--out", "tuned")
        self.assertEqual(rows(self.path("tuned", "train.csv"))[-1]["step"], "48000")
        done = self.run_duro("train", "pendulum", *SMALL, "--from", "whole", "--out", "other", status=2)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertFalse(os.path.exists(self.path("other")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
