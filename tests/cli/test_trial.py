#!/usr/bin/env python3
"""The trial at the end of a training: test_trial.py path/to/duro."""

import csv
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

DURO = os.path.abspath(sys.argv[1])
SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SMALL = ["--steps", "64000", "--set", "learn.width=32", "--set", "learn.batch=64", "--set", "train.warmup=3200",
         "--set", "train.replay=30000", "--set", "train.report_every=20", "--set", "train.looks=6",
         "--set", "train.trial_episodes=16", "--set", "train.trial_search=32", "--seed", "3"]
RAW = r"""
#include <math.h>
#include <duro/plugin.h>
/* A mass on a rail in millimetres: the edge at 2000, hopeless starts among those of evaluation. */
static void step(double *x2, const double *x, const double *u, const double *a, const void *s) {
  (void)s;
  x2[1] = x[1] + 0.1 * (1000 * u[0] + 300 * a[0]), x2[0] = x[0] + 0.1 * x2[1];
}
static double h(const double *x, const void *s) { (void)s; return 2000 - fabs(x[0]); }
static double reward(const double *x2, const double *x, const double *u, const double *a, const void *s) {
  (void)x, (void)u, (void)a, (void)s;
  return 3000 - fabs(x2[0] - 1800);
}
static void reset(double *x, const duro_plugin_random *random, duro_start start, const void *s) {
  (void)s, (void)start;
  x[0] = random->uniform(random, -1800, 1800), x[1] = random->uniform(random, -600, 600);
  if (x[0] > 600) x[1] = 3000; /* nothing can stop it */
}
DURO_PLUGIN(.title = "Mass on a rail, millimetres", .nx = 2, .nu = 1, .na = 1, .dt = 0.1, .x_names = {"x", "v"},
            .x_units = {"mm", "mm/s"}, .x_low = {-2500, -3000}, .x_high = {2500, 3000}, .step = step, .h = h,
            .reward = reward, .reset = reset);
"""


def notes(path):
    with open(path, "rb") as file:
        data = file.read()
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + length])


class Trial(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-trial-")
        with open(os.path.join(cls.folder, "rail.c"), "w") as file:
            file.write(RAW)
        cls.out = cls.duro("train", "rail.c", "--unchecked", "--algorithm", "DRAC", *SMALL, "--threads", "1", "--out", "one")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def duro(cls, *words):
        done = subprocess.run([DURO, *words], cwd=cls.folder, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, *path):
        with open(os.path.join(self.folder, *path), newline="") as file:
            return list(csv.DictReader(file))

    def read(self, *path):
        with open(os.path.join(self.folder, *path), "rb") as file:
            return file.read()

    def test_deploys_what_it_says(self):
        trial = self.rows("one", "eval", "trial.csv")
        name = self.read("one", "policies", "chosen").decode().strip()
        step = re.fullmatch(r"step-(\d+)\.safetensors", name).group(1)
        self.assertIn(f"chosen: step {step},", self.out)
        kept = notes(os.path.join(self.folder, "one", "policies", name))["__metadata__"]
        self.assertIn(kept["deployed"], ("pi", "filtered"))
        tried = [row for row in trial if row["step"] == step and row["acting"] == kept["deployed"]]
        tried = [row for row in tried if row["sought"] == tried[-1]["sought"]]  # when all starts were found
        mine = [row for row in tried if kept["deployed"] == "pi" or float(row["margin"]) == float(kept["margin"])]
        self.assertEqual(len(mine), 1)
        self.assertIn(f"; deployed: {kept['deployed']}", self.duro("eval", "one", "--episodes", "4").replace("\n", " "))
        # no way of acting that was tried breaks less often
        self.assertEqual(int(mine[0]["violating"]), min(int(row["violating"]) for row in tried))
        self.assertIn(kept["filter_greedy"], ("0", "1"))

    def test_lost_starts_are_told_apart(self):
        """A third of the starts of evaluation is hopeless, which is no failure."""
        trial = self.rows("one", "eval", "trial.csv")
        filtered = [row for row in trial if row["acting"] == "filtered"]
        self.assertTrue(all(int(row["lost"]) > 0 for row in filtered), filtered)
        self.assertRegex(self.out, r"from \d+ more starts nobody held")

    def test_starts_are_sought(self):
        """Starts join the trial where the filter, with the margin that was found, breaks, and a safety policy holds."""
        self.duro("train", os.path.join(SOURCES, "examples", "adaptive_cruise_control.c"), "--unchecked", "--algorithm", "DRAC",
                  *SMALL, "--steps", "96000", "--seed", "5", "--set", "train.replay=60000", "--set", "train.looks=4", "--set",
                  "train.trial=2", "--set", "train.trial_starts=2", "--threads", "1", "--quiet", "--out", "follow")
        rounds = {}  # of a snapshot, by what was sought: its ways of acting
        for row in self.rows("follow", "eval", "trial.csv"):
            self.assertEqual(int(row["starts"]), 32 + int(row["sought"]))
            ways = rounds.setdefault(row["step"], {}).setdefault(int(row["sought"]), [])
            ways.append((row["acting"], row["margin"], int(row["violating"])))
        grown = 0
        for snapshot in rounds.values():
            for before, after in zip(sorted(snapshot), sorted(snapshot)[1:]):
                more = after - before
                grown += 1
                old, new = snapshot[before], snapshot[after]
                # every one of them is held by one of the two safety policies at least
                safe = [b[2] - a[2] for a, b in zip(old[:2], new[:2])]
                self.assertEqual([way[0] for way in old[:2] + new[:2]], ["pi_h"] * 4)
                self.assertLessEqual(sum(safe), more)
                # and breaks the filter as it was
                broke = {(b[0], b[1]): b[2] - a[2] for a in old for b in new if a[:2] == b[:2] and a[0] == "filtered"}
                self.assertTrue(all(0 <= n <= more for n in broke.values()), broke)
                self.assertIn(more, broke.values())
        self.assertGreaterEqual(grown, 2, rounds)
        self.duro("train", os.path.join(SOURCES, "examples", "adaptive_cruise_control.c"), "--unchecked", "--algorithm", "DRAC",
                  *SMALL, "--set", "train.looks=2", "--set", "train.trial_starts=0", "--quiet", "--out", "unsought")
        self.assertEqual({row["sought"] for row in self.rows("unsought", "eval", "trial.csv")}, {"0"})

    def test_raw_units_are_scaled(self):
        head = notes(os.path.join(self.folder, "one", "policies", self.read("one", "policies", "chosen").decode().strip()))
        self.assertEqual(head["obs_scale"]["shape"], [2])
        # h of up to 2000 is learned as about 1, and its unit is a power of two
        unit = float(head["__metadata__"]["h_unit"])
        self.assertIn(unit, [2.0**k for k in range(9, 13)])

    def test_same_on_any_number_of_threads(self):
        self.duro("train", "rail.c", "--unchecked", "--algorithm", "DRAC", *SMALL, "--threads", "2", "--out", "two", "--quiet")
        for part in ("eval/trial.csv", "eval/verdicts.csv", "policies/chosen"):
            self.assertEqual(self.read("one", part), self.read("two", part), part)

    def test_force_replaces_it(self):
        words = ["train", "pendulum", "--algorithm", "DRAC", "--steps", "12800", "--set", "learn.width=16", "--set",
                 "train.trial_episodes=4", "--set", "train.trial_search=0", "--out", "twice", "--quiet"]
        self.duro(*words)
        first = self.read("twice", "eval", "trial.csv")
        self.duro(*words, "--force")
        self.assertEqual(first, self.read("twice", "eval", "trial.csv"))

    def test_paper_has_none(self):
        self.duro("train", "pendulum", "--algorithm", "DRAC", "--preset", "paper", "--steps", "12800", "--set",
                  "learn.width=32", "--set", "train.replay=20000", "--out", "plain", "--quiet")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "plain", "eval", "trial.csv")))
        self.assertIn('preset: "paper"', self.read("plain", "config.yaml").decode())
        done = subprocess.run([DURO, "train", "pendulum", "--algorithm", "DRAC", "--preset", "papr"], cwd=self.folder,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr, 'duro: unknown preset "papr"; wanted recipe or paper\n')


if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    unittest.main()
