#!/usr/bin/env python3
"""Goals that reach a target: test_solve_goals.py path/to/duro. The folder of such a solution, a target of a C file, and
who refuses it."""

import json
import math
import os
import re
import subprocess
import sys
import unittest

from test_cli import DURO, Case
from test_solve import read_npy

REACH = ["--set", "grid.method=hj", "--set", "grid.goal=reach", "--set", "grid.time=1"]
BOX = ["--set", "grid.target=x1 in [-1, 1], x2 in [-1, 1]"]
SMALL = ["--grid", "31", "--no-pictures"]
# a point that goes where it likes in a plane at a speed of 1 along each axis, against a wind of at most .5
POINT = """#include <math.h>
#include <duro/plugin.h>
static void rates(double *dx, const double *x, const double *u, const double *a, const void *s) {
  (void)x, (void)s; dx[0] = 1.5 * u[0] + 0.5 * a[0]; dx[1] = 1.5 * u[1] + 0.5 * a[1]; }
static void step(double *x2, const double *x, const double *u, const double *a, const void *s) {
  double dx[2]; rates(dx, x, u, a, s); x2[0] = x[0] + 0.1 * dx[0]; x2[1] = x[1] + 0.1 * dx[1]; }
static double h(const double *x, const void *s) { (void)s; return 3 - fabs(x[0]); }
static double reward(const double *x2, const double *x, const double *u, const double *a, const void *s) {
  (void)x2, (void)x, (void)u, (void)a, (void)s; return 1; }
static double target(const double *x, const void *s) { (void)s; TARGET }
DURO_PLUGIN(.nx = 2, .nu = 2, .na = 2, .dt = 0.1, .x_low = {-3, -3}, .x_high = {3, 3}, .step = step, .h = h,
            .reward = reward, .rates = rates, .target = target);
"""


class Goals(Case):
    def facts(self, folder):
        return json.loads(self.read(folder, "grid.json"))

    def value(self, folder):
        return read_npy(self.path(folder, "safety_value.npy"))

    def test_folder(self):
        done = self.duro("solve", "double-integrator", *REACH, *BOX, *SMALL, "--out", "folder")
        facts = self.facts("folder")
        said = re.sub(r"\s+", " ", done.stdout)
        self.assertEqual(facts["verdict"]["result"], "reach set")
        self.assertIn("the control reaches the target within 1 s, whatever the disturbance; it is no safe set", said)
        self.assertIn(facts["verdict"]["text"], said)
        self.assertEqual(facts["operator"]["goal"], "reach")
        self.assertEqual(facts["settings"]["grid"]["target"], "x1 in [-1, 1], x2 in [-1, 1]")
        self.assertEqual((facts["rollouts"], facts["task"]), ([], None))
        shape, v = self.value("folder")
        self.assertEqual(tuple(shape), (31, 31))
        self.assertAlmostEqual(facts["volume"]["share"], sum(value >= 0 for value in v) / 31**2, 12)
        shape, arrival = read_npy(self.path("folder", "arrival.npy"))
        self.assertEqual(tuple(shape), (31, 31))
        self.assertEqual([time < math.inf for time in arrival], [value >= 0 for value in v])
        latest = max(time for time in arrival if time < math.inf)
        self.assertTrue(0 < latest <= 1)  # grid.time
        self.assertAlmostEqual(facts["latest_arrival"], latest, 6)
        self.assertIn(f"the latest after {latest:.4g} s", said)
        self.assertFalse([name for name in os.listdir(self.path("folder")) if "policy" in name or "adversary" in name])
        page = self.read("folder", "report.html")
        self.assertIn("the control reaches the target within 1 s", page)
        self.assertIn("arrival.npy", page)
        self.assertNotIn("mean return", page)

    def test_what_wants_a_safe_set_refuses_it(self):
        self.duro("solve", "double-integrator", *REACH, *BOX, *SMALL, "--out", "s")
        self.duro("train", "double-integrator", "--algorithm", "DRAC", "--steps", "600", "--out", "r", "--quiet",
                  "--preset", "paper", "--set", "train.warmup=300", "--set", "train.envs=4", "--set", "learn.batch=16",
                  "--set", "learn.width=16")
        wanted = r"s was solved with grid\.goal=reach: .* no safe set; wanted a solution of grid\.goal=avoid"
        self.fails(2, wanted, "attack", "r", "--solution", "s", "--accept-failed-solution")
        self.fails(2, wanted, "sets", "r", "--solution", "s")
        self.fails(2, wanted, "eval", "r", "--filter", "s")
        self.fails(2, wanted, "export", "s", "--out", "e")
        self.fails(2, "a certificate proves a safe set, and grid.goal is reach; wanted avoid", "solve", "double-integrator",
                   *REACH, *BOX, *SMALL, "--certify", "--out", "c")
        self.assertFalse(os.path.exists(self.path("c")))

    def test_what_makes_no_sense_is_refused_before_the_folder(self):
        for words, wanted in ((["--set", "grid.goal=reach"], "wanted grid.method=hj"),
                              (REACH, r"states no target; wanted grid.target, such as x1 in \[0, 1\]"),
                              (REACH + ["--set", "grid.target=x3 in [0, 1]"], "names 'x3', which is no state of"),
                              (["--set", "grid.target=x1 in [0, 1]"], "and grid.goal is avoid")):
            self.fails(2, wanted, "solve", "double-integrator", *words, *SMALL, "--out", "none")
            self.assertFalse(os.path.exists(self.path("none")))

    def test_target_of_a_c_file(self):
        """The same set by its own target and by a box of the same; a box counts where both are."""
        self.write("p.c", POINT.replace("TARGET", "return fmin(1 - fabs(x[0]), 1 - fabs(x[1]));"))
        common = ["solve", "p.c", *REACH, *SMALL, "--set", "grid.controls=2"]
        self.duro(*common, "--out", "own")
        self.duro(*common, *BOX, "--out", "box")
        self.duro(*common, "--set", "grid.target=x1 in [-0.5, 0.5]", "--out", "other")
        self.assertEqual(self.value("own"), self.value("box"))
        self.assertNotEqual(self.value("own"), self.value("other"))
        # a square of 2 m that grows by 1 m/s either way: 4 x 4 m^2 after a second, a vertex stands for .2 x .2
        self.assertAlmostEqual(self.facts("own")["volume"]["value"], 16, delta=4 * 4 * .2)
        self.duro(*common, "--set", "grid.tube=false", "--out", "end")  # there at the end: no time before it
        self.assertFalse(os.path.exists(self.path("end", "arrival.npy")))
        self.assertIsNone(self.facts("end")["latest_arrival"])

    def test_crash_in_the_target_is_a_message(self):
        self.write("p.c", POINT.replace("TARGET", "return *(volatile double *)0 + x[0];"))
        self.fails(1, "crashed in target: .*null pointer", "check", "p.c")

    def test_pictures(self):
        for goal, target in (("reach", "x1 in [-1, 1], x2 in [-1, 1]"), ("reach-avoid", "x1 in [4, 5], x2 in [-1, 1]")):
            subprocess.run([DURO, "solve", "double-integrator", "--grid", "31", "--set", "grid.method=hj", "--set",
                            f"grid.goal={goal}", "--set", "grid.time=1", "--set", f"grid.target={target}", "--out", goal],
                           cwd=self.folder, capture_output=True, timeout=300)  # 1 where gnuplot is not installed
            script = self.read(goal, "figures", "sets.gp")
            self.assertIn("edge of the target", script)
            self.assertEqual("edge of the constraint" in script, goal == "reach-avoid")
            self.assertTrue(os.path.exists(self.path(goal, "figures", "value.gp")))
            self.assertFalse(os.path.exists(self.path(goal, "figures", "policy.gp")))

    def test_a_state_of_another_goal_is_refused(self):
        self.duro("solve", "double-integrator", *REACH, *BOX, *SMALL, "--out", "state")
        self.fails(2, "tube = true there, tube = false here", "solve", "double-integrator", *REACH, *BOX, "--set",
                   "grid.tube=false", *SMALL, "--out", "state", "--resume", "--quiet")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
