#!/usr/bin/env python3
"""Drives duro attack: test_attack.py path/to/duro. Every number of the matrix is made again from the episodes beside it,
and a command that was killed at any time ends in the same matrix as one that was not."""

import csv
import math
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

DURO = os.path.abspath(sys.argv[1])
TINY = ["--steps", "1600", "--threads", "1", "--quiet", "--set", "learn.width=16", "--set", "learn.batch=32",
        "--set", "train.warmup=640", "--set", "train.envs=32", "--set", "train.replay=5000"]
QUICK = ["--episodes", "20", "--updates", "16", "--attacker-seeds", "1", "--threads", "2"]
COLUMNS = ("attacker,acting,amplitude,noise,changes,starts,step,seed,episodes,violating,cut_off,savable,violation_bound,return_mean,"
           "return_std,h_min,violating_steps_mean,filtered_share,updates,seconds,note,owner,key").split(",")


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def without_time(rows):
    """What does not depend on the clock, in any order."""
    return sorted(tuple((k, v) for k, v in row.items() if k != "seconds") for row in rows)


class Attack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-attack-")
        for name, algorithm in (("drac", "DRAC"), ("sac", "SAC"), ("ris", "RIS")):
            subprocess.run([DURO, "train", "double-integrator", "--algorithm", algorithm, *TINY, "--out", name],
                           cwd=cls.folder, check=True, timeout=300)
        subprocess.run([DURO, "solve", "double-integrator", "--grid", "41", "--out", "grid", "--no-pictures", "--quiet",
                        "--threads", "1", "--set", "grid.task=false"], cwd=cls.folder, check=True, timeout=300)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def fresh(self, run):
        """A copy of a run that nothing has attacked yet."""
        name = f"{run}-{self.id().split('.')[-1]}"
        shutil.rmtree(self.path(name), ignore_errors=True)
        shutil.copytree(self.path(run), self.path(name))
        shutil.rmtree(self.path(name, "attack"), ignore_errors=True)
        return name

    def attack(self, *words, status=0):
        done = subprocess.run([DURO, "attack", *words], cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, status, f"{words}: {done.stdout}{done.stderr}")
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), 80, line)
        return done

    def fails(self, status, pattern, *words):
        done = self.attack(*words, status=status)
        self.assertRegex(done.stderr, r"\Aduro: [^\n]+\n\Z", words)
        self.assertRegex(done.stderr, pattern, words)

    def matrix(self, run):
        rows = rows_of(self.path(run, "attack", "matrix.csv"))
        self.assertEqual(list(rows[0]), COLUMNS)
        return rows

    def check_row(self, run, row):
        """The row again from its episodes."""
        name = f"{row['attacker']}-{row['acting']}"
        if float(row["amplitude"]) != 1:
            name += f"-x{float(row['amplitude']):g}"
        if float(row["noise"]):
            name += f"-noise{float(row['noise']):g}"
        if row["changes"]:
            name += "-" + row["changes"].replace(" ", "_")
        if row["starts"] != "eval":
            name += "-" + row["starts"]
        episodes = rows_of(self.path(run, "attack", name + ".csv"))
        self.assertEqual(len(episodes), int(row["episodes"]), name)
        returns = [float(e["return"]) for e in episodes]
        violating = sum(int(e["violating_steps"]) > 0 or int(e["end"]) == 1 for e in episodes)
        self.assertEqual(violating, int(row["violating"]), name)
        self.assertAlmostEqual(statistics.fmean(returns), float(row["return_mean"]), delta=1e-9 * abs(min(returns)))
        self.assertAlmostEqual(statistics.stdev(returns), float(row["return_std"]), delta=1e-9 * abs(min(returns)) + 1e-9)
        self.assertEqual(min(float(e["h_min"]) for e in episodes), float(row["h_min"]))
        steps = sum(int(e["length"]) for e in episodes)
        self.assertAlmostEqual(sum(int(e["filtered_steps"]) for e in episodes) / steps, float(row["filtered_share"]))
        n = len(episodes)
        # Clopper-Pearson in closed form where nothing or everything violates
        if violating == 0:
            self.assertAlmostEqual(float(row["violation_bound"]), 1 - .05 ** (1 / n), delta=1e-12)
        if violating == n:
            self.assertEqual(float(row["violation_bound"]), 1)
        return episodes

    def test_everything(self):
        run = self.fresh("drac")
        done = self.attack(run, "--solution", "grid", *QUICK)
        rows = self.matrix(run)
        played = {(row["attacker"], row["acting"]) for row in rows}
        names = ("none", "random", "constant", "square", "safety", "performance", "grid", "search", "best-safety",
                 "best-performance")
        self.assertEqual(played, {(name, acting) for name in names for acting in ("pi", "filtered")})
        for row in rows:
            episodes = self.check_row(run, row)
            self.assertTrue(all(e["start_value"] for e in episodes))
            self.assertIn(f"{row['attacker']}", done.stdout)
            self.assertEqual(row["note"] != "", row["attacker"].startswith("best"))
        # the row of a best response is that of the worst attacker of its list, for the policy
        attackers = rows_of(self.path(run, "attack", "attackers", "attackers.csv"))
        for acting in ("pi", "filtered"):
            best = next(r for r in rows if (r["attacker"], r["acting"]) == ("best-safety", acting))
            mine = [a for a in attackers if a["acting"] == acting and a["kind"] != "performance"]
            self.assertEqual({a["kind"] for a in mine}, {"reach", "violation"})
            worst = max(mine, key=lambda a: (int(a["violating"]), -float(a["h_min"])))
            self.assertEqual((worst["violating"], worst["h_min"]), (best["violating"], best["h_min"]))
            self.assertEqual(sum(int(a["updates"]) for a in mine), int(best["updates"]))
            self.assertEqual([a["file"] for a in mine if a["kept"] == "1"], [worst["file"]])
        for a in attackers:
            self.assertTrue(os.path.exists(self.path(run, "attack", "attackers", a["file"])))
            self.assertLess(os.path.getsize(self.path(run, "attack", "attackers", a["file"])), 1 << 20)

    def test_nothing_twice(self):
        run = self.fresh("drac")
        words = [run, "--attackers", "none,constant,best-safety", "--filter", "off", *QUICK]
        first = self.attack(*words)
        files = [self.path(run, "attack", f) for f in os.listdir(self.path(run, "attack")) if f.endswith(".csv")]
        times = [os.stat(f).st_mtime_ns for f in files]
        again = self.attack(*words)
        self.assertEqual([os.stat(f).st_mtime_ns for f in files], times)
        self.assertEqual([r for r in again.stdout.splitlines() if "/20 " in r],
                         [r for r in first.stdout.splitlines() if "/20 " in r])
        # another seed, another cell in its place
        self.attack(run, "--attackers", "none", "--filter", "off", *QUICK, "--seed", "2")
        rows = [r for r in self.matrix(run) if r["attacker"] == "none"]
        self.assertEqual([r["seed"] for r in rows], ["2"])
        # another policy, everything anew
        shutil.rmtree(self.path(run, "checkpoints"))
        shutil.rmtree(self.path(run, "policies"), ignore_errors=True)
        shutil.copytree(self.path("sac", "checkpoints"), self.path(run, "checkpoints"))
        self.attack(run, "--attackers", "none", "--filter", "off", *QUICK, "--seed", "2")
        other = [r for r in self.matrix(run) if r["attacker"] == "none"]
        self.assertEqual(len(other), 1)
        self.assertNotEqual(other[0]["return_mean"], rows[0]["return_mean"])

    def test_threads_do_not_matter(self):
        one, two = self.fresh("drac"), self.fresh("drac") + "-2"
        shutil.copytree(self.path(one), self.path(two))
        words = ["--attackers", "random,search,best-safety", "--filter", "on", *QUICK[:-2]]
        self.attack(one, *words, "--threads", "1")
        self.attack(two, *words, "--threads", "3")
        self.assertEqual(without_time(self.matrix(one)), without_time(self.matrix(two)))

    def test_kill_and_go_on(self):
        whole, killed = self.fresh("drac"), self.fresh("drac") + "-killed"
        shutil.copytree(self.path(whole), self.path(killed))
        words = ["--attackers", "all", *QUICK]
        started = time.monotonic()
        self.attack(whole, *words)
        took = time.monotonic() - started
        random.seed(1)
        kills, most = 0, 0
        for _ in range(6):
            child = subprocess.Popen([DURO, "attack", killed, *words], cwd=self.folder, stdout=subprocess.DEVNULL)
            try:
                child.wait(timeout=random.uniform(.1, .5) * took)
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
                child.wait()
                kills += 1
            if os.path.exists(self.path(killed, "attack", "matrix.csv")):
                count = len(self.matrix(killed))
                self.assertGreaterEqual(count, most)
                most = count
        self.assertGreater(kills, 0)
        self.attack(killed, *words)
        self.assertEqual(without_time(self.matrix(killed)), without_time(self.matrix(whole)))

    def test_interrupt(self):
        run = self.fresh("drac")
        words = [run, "--attackers", "none,best-safety", "--filter", "off", "--episodes", "20", "--updates", "1000000"]
        child = subprocess.Popen([DURO, "attack", *words], cwd=self.folder, stdout=subprocess.PIPE, text=True)
        while "none  " not in child.stdout.readline():
            pass
        time.sleep(.3)
        child.send_signal(signal.SIGINT)
        out = child.communicate(timeout=300)[0]
        self.assertEqual(child.returncode, 130)
        self.assertIn("stopped; the same command goes on", out)
        self.assertEqual([r["attacker"] for r in self.matrix(run)], ["none", "safety"])

    def test_sweeps(self):
        run = self.fresh("drac")
        self.attack(run, "--attackers", "none,sweep", "--filter", "off", *QUICK)
        rows = self.matrix(run)
        for name in ("constant", "square", "safety"):
            levels = [float(r["amplitude"]) for r in rows if r["attacker"] == name]
            self.assertEqual(levels, [.25 * i for i in range(9)])
            # no amplitude, no attack
            none = next(r for r in rows if r["attacker"] == "none")
            zero = next(r for r in rows if r["attacker"] == name and float(r["amplitude"]) == 0)
            self.assertEqual(none["return_mean"], zero["return_mean"])
            # a stronger push moves the point further
            worst = [float(r["h_min"]) for r in rows if r["attacker"] == name]
            if name == "constant":
                self.assertLess(worst[8], worst[2])
        for row in rows:
            self.check_row(run, row)

    def test_variations(self):
        run = self.fresh("drac")
        self.attack(run, "--attackers", "none,random", "--filter", "off", *QUICK, "--noise", "0,.5", "--set",
                    "env.control=1,.8", "--set", "env.disturbance=.5,.6,.7")
        rows = self.matrix(run)
        self.assertEqual(len(rows), 2 * 2 * 2 * 3)
        changes = {r["changes"] for r in rows}
        self.assertIn("env.control=.8 env.disturbance=.7", changes)
        self.assertEqual(len(changes), 6)
        for row in rows:
            self.check_row(run, row)
        quiet, noisy = ([r for r in rows if float(r["noise"]) == noise] for noise in (0, .5))
        for a, b in zip(quiet, noisy):
            self.assertNotEqual(a["return_mean"], b["return_mean"])

    def test_starts(self):
        run = self.fresh("drac")
        words = [run, "--attackers", "none,safety", "--filter", "off", "--solution", "grid", *QUICK]
        self.attack(*words, "--starts", "inside", "--margin", ".1")
        self.attack(*words, "--starts", "outside")
        for row in self.matrix(run):
            for e in self.check_row(run, row):
                value = float(e["start_value"])
                if row["starts"] == "inside":
                    self.assertGreaterEqual(value, .1 * 5)  # h_scale 5
                else:
                    self.assertLess(value, 0)
        self.assertEqual(len(self.matrix(run)), 4)

    def test_other_networks(self):
        ris, sac = self.fresh("ris"), self.fresh("sac")
        done = self.attack(ris, sac, "--adversary", "drac", "--attackers", "safety,performance,best-performance", *QUICK)
        self.assertEqual([(r["attacker"], r["acting"]) for r in self.matrix(ris)],
                         [("safety", "pi_h"), ("safety-by-drac", "pi_h"), ("performance-by-drac", "pi_h"),
                          ("best-performance", "pi_h")])
        self.assertEqual([(r["attacker"], r["acting"]) for r in self.matrix(sac)],
                         [("safety-by-drac", "pi"), ("performance-by-drac", "pi"), ("best-performance", "pi")])
        self.assertIn("no network mu", done.stdout)

    def test_refusals(self):
        self.fails(2, "wanted", "drac", "--episodes", "0")
        self.fails(2, "did you mean 'square'", "drac", "--attackers", "sqare")
        self.fails(2, "names none", "drac", "--attackers", "")
        self.fails(2, "no attacker is called", "drac", "--attackers", "none,,random")
        self.fails(2, "needs a solution.*--solution DIR", "drac", "--attackers", "grid")
        self.fails(2, "need a solution.*--solution DIR", "drac", "--starts", "inside")
        self.fails(2, "amplitude is '1,x'", "drac", "--amplitude", "1,x")
        self.fails(2, "noise is '-1'", "drac", "--noise", "-1")
        self.fails(2, "wanted env.name=value", "drac", "--set", "learn.width=3")
        self.fails(2, "no value", "drac", "--set", "env.control=")
        self.fails(2, "env.controll", "drac", "--set", "env.controll=1,2")
        self.fails(1, "does not exist", "nothing")
        self.fails(1, "no grid.json", "drac", "--solution", "drac")
        self.fails(1, "does not exist", "drac", "--adversary", "nobody")
        self.assertFalse(os.path.exists(self.path("drac", "attack", "matrix.csv")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
