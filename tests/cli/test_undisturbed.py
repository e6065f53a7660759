#!/usr/bin/env python3
"""A system without disturbance (.na = 0) goes through every command: test_undisturbed.py path/to/duro. And training
checks a file of one's own first."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

DURO = os.path.abspath(sys.argv[1])
TINY = ["--steps", "3200", "--set", "learn.width=16", "--set", "learn.batch=32", "--set", "train.warmup=640",
        "--set", "train.envs=32", "--set", "train.report_every=10", "--set", "train.checkpoint_every=30",
        "--set", "train.replay=5000", "--quiet"]

# a point that can stop in time from wherever it starts to be evaluated, and has nobody against it
SYSTEM = """#include <duro/plugin.h>
#include <math.h>
static void step(double *x2, const double *x, const double *u, const double *a, const void *s) {
  (void)s, (void)a;
  x2[0] = x[0] + .1 * x[1];
  x2[1] = x[1] + .1 * 3 * u[0];
}
static double h(const double *x, const void *s) { (void)s; return fmin(5 - fabs(x[0]), 5 - fabs(x[1])); }
static double reward(const double *x2, const double *x, const double *u, const double *a, const void *s) {
  (void)x2, (void)u, (void)a, (void)s;
  return 1 - .02 * x[0] * x[0];
}
DURO_PLUGIN(.nx = 2, .nu = 1, .dt = .1, .x_low = {-6, -6}, .x_high = {6, 6}, .h_scale = 5, .horizon = 50,
            .step = step, .h = h, .reward = reward);
"""


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-undisturbed-")
        with open(os.path.join(cls.folder, "alone.c"), "w") as file:
            file.write(SYSTEM)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def duro(self, *words, status=0):
        done = subprocess.run([DURO, *words], cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done


class Undisturbed(Case):
    def test_check(self):
        told = self.duro("check", "alone.c").stdout
        self.assertIn("0 disturbances", told)
        self.assertIn("sound as far as it was tried\n", told)

    def test_every_algorithm(self):
        algorithms = re.findall(r"(?m)^([A-Z][\w-]+)  ", self.duro("algorithms").stdout)
        self.assertGreaterEqual(len(algorithms), 7)
        for algorithm in algorithms:
            out = "runs/" + algorithm
            self.duro("train", "alone.c", "--algorithm", algorithm, "--out", out, *TINY)
            told = self.duro("eval", out, "--episodes", "3").stdout
            self.assertIn("no disturbance, so there are no other scenarios", told)
            self.assertRegex(told, r"\n  none ")
            self.assertNotRegex(told, r"\n  (random|constant|safety|performance) ")
        with open(os.path.join(self.folder, "runs/DRAC/eval/during.csv")) as file:
            self.assertEqual({line.split(",")[1] for line in file.read().splitlines()[1:]}, {"none"})

    def test_from_training_to_report(self):
        self.duro("train", "alone.c", "--algorithm", "DRAC", "--out", "runs/all", *TINY)
        told = self.duro("attack", "runs/all", "--episodes", "3").stdout
        self.assertRegex(told, r"\n  none .* pi +\d/3")
        for name in ("random", "constant", "square", "safety", "performance", "search", "best-safety", "best-performance"):
            self.assertRegex(told, rf"\n  {name} +no disturbance")
        told = self.duro("solve", "alone.c", "--grid", "41x41", "--out", "solution", "--no-pictures").stdout
        self.assertRegex(told, r"starts of evaluation: \d+ of 1000 inside")
        if shutil.which("gnuplot"):
            self.duro("sets", "runs/all", "--solution", "solution", "--starts", "200", "--points", "41")
            self.duro("report", "runs/all")
            self.assertTrue(os.path.exists(os.path.join(self.folder, "runs/all/report.html")))
            self.duro("play", "runs/all", "--steps", "5", "--out", "alone.gif")
        done = self.duro("play", "runs/all", "--steps", "5", "--attack", "random", "--out", "never.gif", status=2)
        self.assertRegex(done.stderr, r"^duro: alone has no disturbance, so the random adversary .*\n$")

    def test_a_grid_of_a_policy_alone(self):
        # the set is exact to see: |v| v / 6 within the wall, and the speed's own bound
        told = self.duro("solve", "alone.c", "--grid", "101x101", "--set", "grid.task=false", "--out", "exact",
                         "--no-pictures").stdout
        self.assertRegex(told, r"starts of evaluation: 1000 of 1000 inside")

    def test_a_disturbance_of_nothing(self):
        # a built-in system whose disturbance is set to 0 is one that nobody pushes
        self.duro("train", "double-integrator", "--algorithm", "DRAC", "--set", "env.disturbance=0", "--out", "runs/calm", *TINY)
        self.duro("eval", "runs/calm", "--episodes", "3")
        self.assertIn("the disturbance changes nothing",
                      re.sub(r"\s+", " ", self.duro("check", "double-integrator", "--set", "env.disturbance=0").stdout))


class BeforeTraining(Case):
    def write(self, name, *changes):
        text = SYSTEM
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(text)

    def test_what_is_broken_is_refused(self):
        self.write("worse.c", ("(void)s; return fmin", "(void)s; if (x[0] > 5.9999 && x[1] < -5.9999) return NAN; return fmin"))
        done = self.duro("train", "worse.c", "--algorithm", "SAC", "--out", "runs/worse", *TINY, status=1)
        self.assertRegex(done.stderr, r"^duro: worse\.c: 'finite' is broken: h = .*--unchecked trains all the same\n$")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "runs/worse")))
        self.duro("train", "worse.c", "--algorithm", "SAC", "--out", "runs/worse", "--unchecked", *TINY)

    def test_a_warning_is_printed(self):
        self.write("tiny.c", ("(void)s; return fmin", "(void)s; return 1e-4 * fmin"))
        done = self.duro("train", "tiny.c", "--algorithm", "SAC", "--out", "runs/tiny", *TINY[:-1])
        self.assertRegex(done.stdout, r"^warning, scale: +the mean magnitude of h is")
        done = self.duro("train", "tiny.c", "--algorithm", "SAC", "--out", "runs/quiet", *TINY)
        self.assertEqual(done.stdout + done.stderr, "")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
