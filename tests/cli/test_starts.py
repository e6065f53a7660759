#!/usr/bin/env python3
"""Drives what starts have to do with: test_starts.py path/to/duro path/to/sources. The attacker that seeks a start, the
report of runs on every kind of environment, and the looks that choose a snapshot."""

import csv
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

DURO = os.path.abspath(sys.argv[1])
SOURCES = os.path.abspath(sys.argv[2])
TINY = ["--steps", "1600", "--threads", "1", "--quiet", "--set", "learn.width=16", "--set", "learn.batch=32",
        "--set", "train.warmup=640", "--set", "train.envs=32", "--set", "train.replay=5000", "--set", "train.looks=1",
        "--set", "train.look_episodes=4", "--preset", "paper"]
ALGORITHMS = ("SAC", "RSAC", "SAC-Lag", "RAC", "RIS", "SAC-RIS", "DRAC")
LANE = """
#include <duro/plugin.h>
static void step(double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)settings;
  x2[0] = x[0] + .1 * x[1];
  x2[1] = x[1] + .1 * (u[0] + .3 * a[0]);
}
static double h(const double *x, const void *settings) { (void)settings; return 1 - x[0] * x[0]; }
static double reward(const double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)x2, (void)u, (void)a, (void)settings;
  return x[0];
}
DURO_PLUGIN(.nx = 2, .nu = 1, .na = 1, .dt = .1, .horizon = 40, .x_low = {-1, -1}, .x_high = {1, 1}, .step = step,
            .h = h, .reward = reward);
"""


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class Starts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-starts-")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def duro(self, *words, status=0):
        done = subprocess.run([DURO, *words], cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, status, f"{words}: {done.stdout}{done.stderr}")
        return done

    def train(self, environment, out, *words, algorithm="DRAC"):
        self.duro("train", environment, "--algorithm", algorithm, *TINY, *words, "--out", out)

    def report(self, run):
        self.duro("report", run)

    def test_starts_that_nobody_can_save_are_told_apart(self):
        """From starts that broke the policy the solution's own plays as well. What the car can keep is known: the least gap
        while both brake fully. Of a discounted solution, whose set is too large, it does not hold from all."""
        self.train(os.path.join(SOURCES, "examples/adaptive_cruise_control.c"), "follow")
        kept = {}
        for name, words in (("fine", ["--grid", "81"]), ("discounted", ["--grid", "41", "--discount", "0.999"])):
            self.duro("solve", os.path.join(SOURCES, "examples/adaptive_cruise_control.c"), *words, "--out", name, "--no-pictures",
                      "--quiet", "--set", "grid.task=false")
            printed = self.duro("attack", "follow", "--solution", name, "--accept-failed-solution", "--starts", "inside", "--margin",
                                "0.2", "--attackers", "starts", "--searches", "2", "--filter", "off").stdout
            row, found, _ = self.starts_cell("follow", "pi", "inside")
            broken = [e for e in found if int(e["violating_steps"])]
            self.assertEqual([e["solution_h_min"] for e in found if e not in broken], [""] * (len(found) - len(broken)))
            self.assertEqual(len(broken), 2)  # a policy of two thousand steps
            for e in broken:
                gap, speed, lead = (float(e["start_" + state]) for state in ("gap", "speed", "lead_speed"))
                seconds = max(0, speed - lead) / (6 - 3)
                closing = 0.5 * max(0, speed - lead) * seconds if lead > 3 * seconds else speed**2 / 12 - lead**2 / 6
                # an episode ends 5 m below the constraint; a hundredth of a metre: a car that comes to rest within a step
                # rests at its end
                self.assertLess(float(e["solution_h_min"]), max(gap - 5 - closing, -5) + 0.01, e)
            held = sum(float(e["solution_h_min"]) >= 0 for e in broken)
            self.assertEqual(int(row["savable"]), held)
            words = " ".join(printed.split())
            self.assertIn(f"the solution's own policy holds from {held} of the 2 starts that broke it", words)
            self.assertIn(f"the solution's own policy holds from {held} of these 2 starts", words)
            kept[name] = held
        self.assertEqual(kept["fine"], 2)
        self.assertLess(kept["discounted"], 2)

    def test_report_of_every_algorithm(self):
        for algorithm in ALGORITHMS:
            with self.subTest(algorithm):
                self.train("double-integrator", f"a-{algorithm}", algorithm=algorithm)
                self.report(f"a-{algorithm}")

    def test_report_of_every_environment(self):
        names = re.findall(r"^(\S+)  +", self.duro("envs").stdout, re.M)
        self.assertIn("quadrotor", names)
        for name in names:
            with self.subTest(name):
                self.train(name, f"e-{name}")
                self.report(f"e-{name}")

    def test_report_of_files(self):
        """Died with signal 11: the environment was forged, and a file's is found by what it holds."""
        with open(self.path("lane.c"), "w") as file:
            file.write(LANE)
        self.train("lane.c", "lane")
        self.duro("eval", "lane", "--episodes", "8")
        self.report("lane")
        if "mujoco" in self.duro("--version").stdout:
            for name in ("pendulum.xml", "pendulum.yaml"):
                shutil.copy(os.path.join(SOURCES, "examples", name), self.path(name))
            self.duro("train", "pendulum.xml", "--config", "pendulum.yaml", *TINY, "--out", "rod")
            self.duro("eval", "rod", "--episodes", "8")
            self.report("rod")

    def starts_cell(self, run, acting, where):
        rows = [r for r in rows_of(self.path(run, "attack", "matrix.csv"))
                if r["attacker"] == "starts" and r["acting"] == acting]
        self.assertEqual(len(rows), 1)
        name = f"starts-{acting}" + (f"-{where}" if where != "eval" else "")
        return rows[0], rows_of(self.path(run, "attack", name + ".csv")), \
            rows_of(self.path(run, "attack", name + "-worst.csv"))

    def test_attack_that_seeks_starts(self):
        self.train("double-integrator", "d")
        self.duro("solve", "double-integrator", "--grid", "41", "--out", "grid", "--no-pictures", "--quiet",
                  "--threads", "1", "--set", "grid.task=false")
        inside = ("--starts", "inside", "--solution", "grid", "--margin", "0.2")
        words = ("attack", "d", "--attackers", "starts", "--searches", "3", "--filter", "off", *inside)
        printed = self.duro(*words, "--threads", "1").stdout
        self.assertIn("not a probability", " ".join(printed.split()))
        self.assertNotIn("nan", printed)
        row, found, worst = self.starts_cell("d", "pi", "inside")
        self.assertEqual(row["episodes"], "3")
        self.assertFalse(math.isfinite(float(row["violation_bound"] or "nan")), "a search has no interval")
        self.assertRegex(row["note"], r"rollouts each, starts moved inside the set; not a probability")
        self.assertEqual(int(row["violating"]), sum(int(e["violating_steps"]) > 0 or e["end"] == "1" for e in found))
        least = min(found, key=lambda e: float(e["h_min"]))
        self.assertEqual(float(row["h_min"]), float(least["h_min"]))
        # the file of the worst one begins where the table says, and is its episode
        states = [c for c in worst[0] if c == "x1" or c == "x2" or f"start_{c}" in found[0]]
        self.assertGreaterEqual(len(states), 2)
        for state in states:
            self.assertAlmostEqual(float(worst[0][state]), float(least["start_" + state]), delta=1e-7)
        self.assertAlmostEqual(min(float(s["h"]) for s in worst), float(least["h_min"]), delta=1e-7)
        # the scale of h is 1: no start has less than the margin
        self.assertTrue(all(float(e["start_value"]) >= .2 for e in found))
        # the same for any number of threads
        shutil.copytree(self.path("d", "attack"), self.path("first"))
        shutil.rmtree(self.path("d", "attack"))
        self.duro(*words, "--threads", "3")
        for name in ("starts-pi-inside.csv", "starts-pi-inside-worst.csv"):
            with open(self.path("first", name), "rb") as one, open(self.path("d", "attack", name), "rb") as two:
                self.assertEqual(one.read(), two.read())
        # without a solution they are drawn, and the row says so
        self.duro("attack", "d", "--attackers", "starts", "--searches", "1", "--filter", "off")
        with open(self.path("d", "attack", "matrix.csv")) as file:
            self.assertIn("starts drawn, not moved", file.read())
        # a set without admissible starts is a clear error
        done = self.duro(*words[:-1], "1000", status=2)
        self.assertRegex(done.stderr, "none of 10000 starts .* inside")

    def test_starts_that_the_policy_claims(self):
        """Without a solution the policy is taken at its word; one without Q_h has none to give."""
        self.train("double-integrator", "c")
        self.train("double-integrator", "s", algorithm="SAC")
        words = ("attack", "c", "--starts", "claimed", "--margin", "0.1", "--filter", "off")
        printed = " ".join(self.duro(*words, "--attackers", "random,starts", "--episodes", "6", "--searches", "2").stdout.split())
        self.assertIn("starts that it claims to hold", printed)
        self.assertIn("starts that the policy claims to hold", printed)
        row, found, _ = self.starts_cell("c", "pi", "claimed")
        self.assertEqual((row["starts"], row["savable"]), ("claimed", ""))
        self.assertRegex(row["note"], r"starts moved inside the set; not a probability")
        drawn = rows_of(self.path("c", "attack", "random-pi-claimed.csv"))
        self.assertEqual((len(found), len(drawn)), (2, 6))
        self.assertTrue(all(float(e["start_value"]) >= 0.1 for e in found + drawn))
        # the constraint itself bounds what is claimed: |x1| and |x2| are to stay below 5 and 2 (docs/environments)
        self.assertTrue(all(float(e["start_value"]) <= min(5 - abs(float(e["start_x1"])), 5) for e in found))
        self.assertIn("a policy of SAC claims no set: it has no Qh",
                      self.duro("attack", "s", "--starts", "claimed", "--attackers", "none", status=2).stderr)
        self.assertIn("wanted one of eval|inside|outside|claimed", self.duro("attack", "c", "--starts", "mine", status=2).stderr)

    def test_looks_have_starts_of_their_own(self):
        """The looks of a run of seed 1 are not the episodes that duro eval plays with seed 1."""
        self.train("double-integrator", "look", "--seed", "1", "--set", "train.look_episodes=20", algorithm="SAC")
        look = rows_of(self.path("look", "eval", "during.csv"))[-1]
        scenario = look["scenario"]
        self.duro("eval", "look", "--episodes", "20", "--seed", "1")
        rows = [r for r in rows_of(self.path("look", "eval", "summary.csv")) if r["scenario"] == scenario]
        self.assertTrue(rows)
        self.assertNotEqual(float(rows[0]["return_mean"]), float(look["return"]))

    def test_what_is_printed_is_what_is_deployed(self):
        """The table of --seeds is about the snapshot that was chosen, which need not be the last."""
        printed = self.duro("train", "double-integrator", "--algorithm", "DRAC", *[w for w in TINY if w != "--quiet"],
                            "--set", "train.looks=4", "--set", "train.choose=true", "--seeds", "3", "--out", "n").stdout
        table = re.findall(r"^ +\d+ +(\d+)/(\d+) .* (\S+)$", printed, re.M)
        self.assertEqual(len(table), 3, printed)
        for violating, episodes, folder in table:
            with open(self.path(folder, "policies", "chosen")) as file:
                step = re.match(r"step-(\d+)\.safetensors", file.read()).group(1)
            looks = [r for r in rows_of(self.path(folder, "eval", "during.csv")) if r["step"] == step]
            self.assertEqual(int(violating), sum(int(r["violating"]) for r in looks))
            self.assertEqual(int(episodes), sum(int(r["episodes"]) for r in looks))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
