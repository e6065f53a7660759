#!/usr/bin/env python3
"""Drives duro experiment on several machines, which here are one: test_worker.py path/to/duro. Workers over one folder,
killed at random, jobs that are run one by one, and the printed commands: the tables and policies are those of one
machine, bit for bit."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

from test_cli import DURO
from test_experiment import EXPERIMENT, SET, Experiments

FILE = f"""title: A small experiment
defaults:
  seeds: 2
  episodes: 20
  {SET}
groups:
  - name: di
    environment: double-integrator
    solution: --grid 41 --no-pictures --set grid.task=false
    starts: inside
    margin: 0.05
    reference: DRAC
    attackers: [none, safety, search]
    attack: [--updates=20, --attacker-seeds=1]
    sweep: [random]
    amplitudes: [0, 2]
    sets: exact
    runs:
      - {{algorithm: SAC}}
      - {{algorithm: DRAC}}
"""
ALL = 1 + 4 + 2 * 4 + 2  # solve, train, attack and its sweep, sets
# jobs that go on until they are stopped
ENDLESS = EXPERIMENT.replace("train.steps=3200", "train.steps=100000000")
FAR = "held 00000000000000000001 0000000000000000 far 1 1 0-other-boot pid:[1]\n"


class Shared(Experiments):
    def alone(self):
        """What one machine makes, without the names of its folder."""
        self.write("alone.yaml", FILE)
        self.duro("experiment", "alone.yaml", "--quiet")
        return self.bits("alone")

    def bits(self, root):
        """All but what holds seconds."""
        found = self.results(f"experiments/{root}")
        return {name: data for name, data in found.items() if not name.endswith("state.safetensors")}

    def assert_all_done(self, root):
        self.assertNotIn("jobs are done", self.page(f"experiments/{root}").text)
        self.assertIn(f"{ALL} of {ALL} jobs are done", self.duro("experiment", f"{root}.yaml", "--dry-run").stdout)

    def assert_same(self, root, wanted):
        found = self.bits(root)
        self.assertEqual(found.keys(), wanted.keys())
        for name, data in wanted.items():
            self.assertEqual(found[name].replace(root.encode(), b"alone"), data, name)
        self.assert_all_done(root)
        self.assertEqual([name for name in os.listdir(self.path("experiments", root, "jobs")) if "claim" in name], [])

    def end(self, child, status=0):
        out, err = child.communicate(timeout=300)
        self.assertEqual(child.returncode, status, out + err)
        return out + err


class Workers(Shared):
    def worker(self, file, number, count, *words):
        return self.start("experiment", file, "--worker", f"{number}/{count}", *words)

    def test_two_workers_killed_at_random(self):
        wanted = self.alone()
        self.write("shared.yaml", FILE)
        dice, kills = random.Random(5), 0
        workers = [self.worker("shared.yaml", n, 2, "--jobs", "1") for n in (1, 2)]
        while kills < 6:
            time.sleep(.2 + .6 * dice.random())
            n = dice.randrange(2)
            if workers[n].poll() is not None:
                break  # all was done before: a fast machine
            workers[n].kill()
            workers[n].communicate()
            workers[n] = self.worker("shared.yaml", n + 1, 2, "--jobs", "1")
            kills += 1
        for worker in workers:
            self.end(worker)
        self.assertGreater(kills, 0)
        self.assert_same("shared", wanted)
        # and one command alone finds nothing to do
        self.assertNotIn("start", self.duro("experiment", "shared.yaml").stdout)

    def test_each_job_once(self):
        self.write("once.yaml", FILE)
        workers = [self.worker("once.yaml", n, 3, "--jobs", "1") for n in (1, 2, 3)]
        said = "".join(self.end(worker) for worker in workers)
        started = re.findall(r"(?m)^start +(.*)$", said)
        self.assertEqual(len(started), len(set(started)), started)
        self.assertEqual(len(started), ALL + 1)

    def test_jobs_of_a_dead_machine_are_taken_over(self):
        """Its count stands still; that of a living one would not."""
        self.write("dead.yaml", FILE)
        os.makedirs(self.path("experiments/dead/jobs"))
        self.write("experiments/dead/jobs/solve-di.claim-1", FAR)
        # a command that works alone does not know that it is dead
        self.fails(1, r"solve di is being run by process 1 of far; wait for its end, or remove \S+solve-di.claim-\* where",
                   "experiment", "dead.yaml")
        self.end(self.worker("dead.yaml", 1, 1, "--patience", "1"))
        self.assert_all_done("dead")

    def test_a_job_that_was_taken_over_ends(self):
        self.write("lost.yaml", ENDLESS)
        worker = self.worker("lost.yaml", 1, 1, "--jobs", "1", "--patience", "4")
        self.wait_for("experiments", "lost", "runs", "di", "DRAC-1", "train.csv")
        # as another one marks it, which then has the next file
        self.write("experiments/lost/jobs/train-di-DRAC-1.claim-2", FAR)
        self.wait_for("experiments", "lost", "jobs", "train-di-DRAC-2.job")  # which it goes on with
        worker.terminate()
        self.assertIn("train di/DRAC-1 failed: another worker has taken it over", self.end(worker, 130))

    def test_stop_and_go_on(self):
        self.write("stop.yaml", ENDLESS)
        workers = [self.worker("stop.yaml", n, 2, "--jobs", "1") for n in (1, 2)]
        for seed in (1, 2):  # one is at each: both hear signals by now
            self.wait_for("experiments", "stop", "runs", "di", f"DRAC-{seed}", "train.csv")
        self.fails(1, r"is being run by process \d+ of ", "experiment", "stop.yaml")
        self.write("stop.yaml", ENDLESS.replace("100000000", "200000000"))
        self.fails(1, r"process \d+ of \S+ works here with another program, or from another file",
                   "experiment", "stop.yaml", "--worker", "1/1")
        for worker in workers:
            worker.send_signal(signal.SIGUSR1)
        for worker in workers:
            self.assertIn("the same command goes on", self.end(worker, 130))
        self.assertEqual(self.alive(), [])
        parent = self.start("experiment", "stop.yaml", "--jobs", "1")
        lock = self.path("experiments/stop/.lock")
        self.wait_until(lambda: os.path.exists(lock) and self.read(lock).strip() == str(parent.pid), lock)
        self.fails(1, r"experiments/stop is in use by process \d+", "experiment", "stop.yaml", "--worker", "1/1")
        parent.terminate()
        self.end(parent, 130)

    def test_failures_are_known_to_all(self):
        self.write("fails.yaml", FILE)
        os.makedirs(self.path("experiments/fails/runs/di"))
        self.write("experiments/fails/runs/di/DRAC-1", "in the way")
        workers = [self.worker("fails.yaml", n, 2, "--jobs", "1") for n in (1, 2)]
        said = [self.end(worker, 1) for worker in workers]
        self.assertIn("train di/DRAC-1 failed: ", "".join(said))
        for text in said:
            self.assertIn("1 of 16 jobs failed and 6 that build on them were left out", text)
        self.assertIn("8 of 15 jobs are done", self.page("experiments/fails").text)
        listed = self.duro("experiment", "fails.yaml", "--dry-run").stdout
        self.assertRegex(listed, r"(?m)^failed +train di/DRAC-1$")
        os.remove(self.path("experiments/fails/runs/di/DRAC-1"))
        self.end(self.worker("fails.yaml", 1, 1))
        self.assert_all_done("fails")

    def test_one_job(self):
        self.write("one.yaml", FILE)
        self.fails(1, "attack di/DRAC-1 builds on solve di, which is not done", "experiment", "one.yaml", "--job",
                   "attack-di-DRAC-1")
        self.fails(2, "one.yaml has no job 'nothing'", "experiment", "one.yaml", "--job", "nothing")
        for _ in range(2):
            done = self.duro("experiment", "one.yaml", "--job", "train-di-DRAC-1")
        self.assertEqual(done.stdout, "")
        for _ in range(2):  # of what there is, each time
            self.duro("experiment", "one.yaml", "--job", "page")
            self.assertIn("1 of 15 jobs are done", self.page("experiments/one").text)
            os.remove(self.path("experiments/one/report.html"))
        self.assertIn("1 of 15 jobs are done", self.duro("experiment", "one.yaml", "--dry-run").stdout)

    @unittest.skipUnless(shutil.which("make"), "there is no make")
    def test_printed_commands(self):
        wanted = self.alone()
        self.write("printed.yaml", FILE)
        rules = self.duro("experiment", "printed.yaml", "--launcher", "print").stdout
        self.assertEqual(len(rules.splitlines()), ALL + 1)
        for line in rules.splitlines():
            self.assertRegex(line, r"^duro-(\d+|page):( duro-\d+)* ; duro experiment printed.yaml --out \S+ --job \S+$")
        path = os.path.dirname(DURO) + ":" + os.environ["PATH"]
        done = subprocess.run(["make", "-j2", "-f", "-", "duro-page"], input=rules, cwd=self.folder, text=True,
                              capture_output=True, timeout=300, env={**os.environ, "PATH": path})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.duro("experiment", "printed.yaml", "--page")  # which also takes away what was claimed
        self.assert_same("printed", wanted)
        self.assertEqual(len(self.duro("experiment", "printed.yaml", "--launcher", "print").stdout.splitlines()), 1)

    def test_mistakes(self):
        self.write("wrong.yaml", FILE)
        for words in ("0/1", "2/1", "1", "1/2/3", "x", "1/", "-1/2"):
            self.fails(2, "--worker is '.*'; wanted N/M", "experiment", "wrong.yaml", f"--worker={words}")
        self.fails(2, "--worker and --page exclude", "experiment", "wrong.yaml", "--worker", "1/2", "--page")
        self.fails(2, "--launcher is 'slum'", "experiment", "wrong.yaml", "--launcher", "slum")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
