#!/usr/bin/env python3
"""Drives duro experiment --launcher slurm on a real Slurm, a controller and two nodes on this machine: test_slurm.py
path/to/duro. Ends with status 77 and the reason where there can be none."""

import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import unittest

import slurm_cluster
import test_worker
from test_cli import DURO
from test_worker import ALL, FILE


class Slurm(test_worker.Shared):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.at = tempfile.mkdtemp(prefix="duro-slurm-")
        try:
            cls.cluster = slurm_cluster.Cluster(cls.at)
        except slurm_cluster.Missing as reason:
            print(f"skipped, since no Slurm can be started: {reason}")
            shutil.rmtree(cls.at)
            os._exit(77)

    @classmethod
    def tearDownClass(cls):
        cls.cluster.stop()
        shutil.rmtree(cls.at)
        super().tearDownClass()

    def submit(self, file, *words, status=0):
        return self.duro("experiment", file, "--launcher", "slurm", *words, status=status, env=self.cluster.env)

    def queue(self, form):
        return [line.split() for line in self.cluster.call("squeue", "-h", "-r", "-o", form).splitlines()]

    def wait_for_queue(self, during=lambda: None):
        """Until it is empty; what was put back need not wait for the two minutes that Slurm lets it wait."""
        for _ in range(6000):
            jobs = self.queue("%F_%K %r")
            if not jobs:
                return
            for number, reason in jobs:
                if reason == "BeginTime":
                    self.cluster.call("scontrol", "update", f"jobid={number}", "starttime=now")
            during()
            time.sleep(.1)
        self.fail(f"still there: {jobs}")

    def is_done(self, file):
        return f"{ALL} of {ALL} jobs are done" in self.duro("experiment", file, "--dry-run").stdout

    def warn(self, dice):
        """As Slurm does before the limit."""
        running = [number for number, state in self.queue("%F_%K %t") if state == "R"]
        if running:
            self.cluster.call("scancel", "--batch", "--signal=USR1", dice.choice(running))
        return bool(running)

    def lose_node(self, dice):
        node = dice.choice(("one", "two"))
        self.cluster.call("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
        self.cluster.call("scontrol", "update", f"nodename={node}", "state=resume")
        return True

    def kill(self, dice):
        """One of our processes, that of a job or the one above it."""
        ours = [number for number in self.alive() if os.path.realpath(f"/proc/{number}/exe") == os.path.realpath(DURO)]
        try:
            if ours:
                os.kill(dice.choice(ours), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return bool(ours)

    def test_same_bits_whatever_is_killed(self):
        wanted = self.alone()
        self.write("slurm.yaml", FILE)
        dice, did, begin = random.Random(3), [], time.monotonic()

        def disturb():
            if len(did) < 9 and time.monotonic() > begin + len(did):
                deed = (self.warn, self.lose_node, self.kill)[len(did) % 3]
                if deed(dice):
                    did.append(deed.__name__)

        for _ in range(6):
            said = self.submit("slurm.yaml").stdout
            self.wait_for_queue(disturb)
            if self.is_done("slurm.yaml"):
                break
        self.assertGreater(len(did), 2, said)
        self.assert_same("slurm", wanted)

    def test_arrays(self):
        self.write("arrays.yaml", FILE)
        said = self.submit("arrays.yaml", "--jobs", "2", "--time", "0:20:00", "--slurm=--hold --comment=a", "--slurm",
                           "--partition=main").stdout
        arrays = re.findall(r"(?m)^(\d+) +(\w+) +(\d+) jobs, time=0:20:00$", said)
        self.assertEqual([name for _, name, _ in arrays], ["solve", "train", "train", "attack", "attack", "attack",
                                                            "sets", "page"], said)
        self.assertEqual(sum(int(count) for _, _, count in arrays), ALL + 1)
        number = {}
        for one, name, _ in arrays:
            number.setdefault(name, []).append(one)
        shown = self.cluster.call("scontrol", "show", "job", number["attack"][0])
        for part in ("ArrayTaskThrottle=2", "TimeLimit=00:20:00", "Requeue=1", "Comment=a",
                     f"afterany:{number['solve'][0]}_*", f"afterany:{number['train'][0]}_*"):
            self.assertIn(part, shown)
        page = self.cluster.call("scontrol", "show", "job", number["page"][0])
        for one, name, _ in arrays[:-1]:
            self.assertIn(f"afterany:{one}_*", page, name)
        self.cluster.call("scancel", "-u", "root")
        self.wait_for_queue()
        # what was measured is the limit of the like
        self.duro("experiment", "arrays.yaml", "--job", "train-di-DRAC-1")
        said = self.submit("arrays.yaml", "--time", "0:20:00", "--slurm=--hold", "--only", "di").stdout
        self.assertRegex(said, r"(?m)^\d+ +train +1 jobs, time=10$")
        self.cluster.call("scancel", "-u", "root")
        self.wait_for_queue()

    def test_failures_are_known(self):
        self.write("fails.yaml", FILE)
        os.makedirs(self.path("experiments/fails/runs/di"))
        self.write("experiments/fails/runs/di/DRAC-1", "in the way")
        self.submit("fails.yaml")
        self.wait_for_queue()
        self.assertIn("8 of 15 jobs are done", self.page("experiments/fails").text)
        self.assertRegex(self.duro("experiment", "fails.yaml", "--dry-run").stdout, r"(?m)^failed +train di/DRAC-1$")
        with open(os.path.join(self.at, "completed")) as file:
            states = re.findall(r"Name=duro-train JobState=(\w+)", file.read())
        self.assertEqual((states[-4:].count("FAILED"), states[-4:].count("COMPLETED")), (2, 2))

    def test_mistakes(self):
        self.write("wrong.yaml", FILE)
        done = self.submit("wrong.yaml", "--slurm=--partition=nowhere", status=1)
        self.assertRegex(done.stderr, r"\nduro: sbatch ended with status 1[^\n]*\n\Z")
        self.assertEqual(self.queue("%F"), [])
        self.fails(1, "sbatch cannot be run: No such file", "experiment", "wrong.yaml", "--launcher", "slurm",
                   env={"PATH": "/nowhere"})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
