#!/usr/bin/env python3
"""Certificates of systems in C files: test_certify.py path/to/duro path/to/duro-recheck examples."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

DURO, RECHECK, EXAMPLES = (os.path.abspath(word) for word in sys.argv[1:4])
del sys.argv[1:4]
CONES = ["--grid", "5", "--no-pictures", "--threads", "1", "--certify", "--set", "grid.task=false", "--set",
         "certificate.method=cones"]
# the built-in double integrator by another hand
INTEGRATOR = """#include <math.h>
#include <duro/plugin.h>
typedef struct numbers { double push, gust; } numbers;
static const duro_setting rows[] = {
  {"push", DURO_REAL, offsetof(numbers, push), 1, NULL, 0, 9, NULL, "", "Control."},
  {"gust", DURO_REAL, offsetof(numbers, gust), 0.5, NULL, 0, 9, NULL, "", "Disturbance."}};
static void step(double *x2, const double *x, const double *u, const double *a, const void *settings) {
  const numbers *n = settings;
  x2[0] = x[0] + 0.2 * x[1];
  x2[1] = x[1] + 0.2 * (n->push * u[0] + n->gust * a[0])@;
}
static double h(const double *x, const void *settings) {
  (void)settings;
  return fmin(5 - fabs(x[0]), 5 - fabs(x[1]));
}
static double reward(const double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)x2, (void)x, (void)u, (void)a, (void)settings;
  return 1;
}
DURO_PLUGIN(.nx = 2, .nu = 1, .na = 1, .dt = 0.2, .h_scale = 5, .x_low = {-5, -5}, .x_high = {5, 5}, .step = step,
            .h = h, .reward = reward, .settings = rows, .n_settings = 2, .settings_size = sizeof(numbers));
"""


PAIR = """#include <math.h>
#include <duro/plugin.h>
static void step(double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)settings;
  for (int k = 0; k < 2; k++) {
    x2[2 * k] = x[2 * k] + 0.2 * x[2 * k + 1];
    x2[2 * k + 1] = x[2 * k + 1] + 0.2 * (u[k] + 0.5 * a[k]);
  }
}
static double h(const double *x, const void *settings) {
  (void)settings;
  double least = 5;
  for (int k = 0; k < 4; k++) least = fmin(least, 5 - fabs(x[k]));
  return least;
}
static double reward(const double *x2, const double *x, const double *u, const double *a, const void *settings) {
  (void)x2, (void)x, (void)u, (void)a, (void)settings;
  return 1;
}
DURO_PLUGIN(.nx = 4, .nu = 2, .na = 2, .dt = 0.2, .h_scale = 5, .x_low = {-5, -5, -5, -5}, .x_high = {5, 5, 5, 5},
            .step = step, .h = h, .reward = reward);
"""


class Certify(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="duro-certify-")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def run_(self, *words, status=0):
        done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, timeout=600)
        if status is not None:
            self.assertEqual(done.returncode, status, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def formula(self):
        """What duro check says of it; its starts are not the matter here."""
        said = self.run_(DURO, "check", "own.c", status=None)
        return re.sub(r"\s+", " ", re.search(r"\bformula .*?(?=\n  \w+ +ending early)", said, re.DOTALL)[0])

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(text)

    def volume(self, system, *words):
        """Certified by duro, proved by duro-recheck; both count the volume."""
        self.run_(DURO, "solve", system, *CONES, "--force", "--out", "solved", *words)
        said = self.run_(RECHECK, "solved/set.certificate")
        self.assertIn("verdict: PROVED", said)
        return float(re.search(r"volume of the set: (\S+)", said)[1])

    def test_a_file_has_the_set_of_what_is_built_in(self):
        self.write("own.c", INTEGRATOR.replace("@", ""))
        fine = ["--set", "certificate.cut=1e-5", "--set", "certificate.piece=0.01"]
        built_in = self.volume("double-integrator", "--set", "env.dt=0.2", *fine)
        # roundings decide between cuts that are worth the same, and each goes 1e-5 further than it must
        self.assertAlmostEqual(self.volume("own.c", *fine), built_in, delta=1e-5 * built_in)
        weaker = self.volume("double-integrator", "--set", "env.dt=0.2", "--set", "env.disturbance=0.7", *fine)
        self.assertLess(weaker, 0.97 * built_in)
        self.assertAlmostEqual(self.volume("own.c", "--set", "env.gust=0.7", *fine), weaker, delta=1e-5 * weaker)
        self.assertRegex(self.formula(), r"formula \d+ operations and 2 constraints")

    def test_a_formula_that_is_not_the_code_is_found(self):
        """What is read has another size of double; so has what is read off a code that asks for it."""
        self.write("own.c", INTEGRATOR.replace("@", " + (sizeof(double) == 8 ? 0 : 1e-6 * x[0])"))
        said = self.run_(DURO, "solve", "own.c", *CONES, "--out", "solved", status=2)
        self.assertRegex(said, r"duro: the step of 'own' differs from its formula by \S+e-07 of an axis")
        self.assertIn("formula what is read off step and h differs from what they compute by", self.formula())

    def test_a_branch_is_named_before_any_work(self):
        self.write("own.c", INTEGRATOR.replace("@", " * (x[1] > 0 ? 1 : 2)"))
        said = self.run_(DURO, "solve", "own.c", *CONES, "--out", "solved", status=1)
        self.assertRegex(said, r"own\.c(:10)?: no formula can be read off this: it branches on a state")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "solved")))
        self.assertIn("formula no certificate can be made: own.c", self.formula())

    def test_models_say_why_not(self):
        model, task = (os.path.join(EXAMPLES, "pendulum" + end) for end in (".xml", ".yaml"))
        done = subprocess.run([DURO, "solve", model, "--config", task, *CONES], cwd=self.folder, capture_output=True,
                              text=True, timeout=600)
        if "needs MuJoCo" in done.stderr:
            self.skipTest("built without MuJoCo")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("a step of MuJoCo is an algorithm", done.stderr)

    def test_two_controls_that_both_push(self):
        """Two double integrators: the exact set is the product of two, of 41.169 each."""
        self.write("own.c", PAIR)
        volume = self.volume("own.c", "--set", "certificate.cut=0.01", "--set", "certificate.piece=0.02")
        self.assertLess(volume, 41.1692 ** 2)
        self.assertGreater(volume, 0.6 * 41.1692 ** 2)

    def test_a_car_of_five_states(self):
        """Linear tyres: the set of all that can be kept is convex, so that nothing but `cut` is lost."""
        coarse = ["--set", "certificate.cut=0.1", "--set", "certificate.piece=0.2"]
        car = os.path.join(EXAMPLES, "lane_keeping.c")
        volume = self.volume(car, *coarse, "--grid", "3")
        self.assertGreater(volume, 0.9)
        self.assertLess(self.volume(car, *coarse, "--grid", "3", "--set", "env.gust=900"), volume)


if __name__ == "__main__":
    unittest.main()
