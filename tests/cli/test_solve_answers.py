#!/usr/bin/env python3
"""Whether duro solve gives answers that may be used: test_solve_answers.py path/to/duro. States of other dynamics, what
lies at the edges of the region, verdicts, and solutions that were stopped."""

import json
import os
import re
import signal
import subprocess
import sys
import unittest

from test_cli import DURO, Case
from test_solve import ENDLESS, read_npy

SMALL = ["--set", "grid.task=false", "--no-pictures"]
# a point that may not pass |x1| = 5 and of whose speed nothing is asked
POINT = """#include <math.h>
#include <duro/plugin.h>
static void step(double *x2, const double *x, const double *u, const double *a, const void *s) {
  (void)s; x2[0] = x[0] + 0.1 * x[1]; x2[1] = x[1] + 0.1 * (POWER * u[0] + 0.5 * a[0]); }
static double h(const double *x, const void *s) { (void)s; return 5 - fabs(x[0]); }
static double reward(const double *x2, const double *x, const double *u, const double *a, const void *s) {
  (void)x2, (void)x, (void)u, (void)a, (void)s; return 1; }
static void reset(double *x, const duro_plugin_random *r, duro_start start, const void *s) {
  (void)start, (void)s; x[0] = r->uniform(r, 3.5, 4.5); x[1] = r->uniform(r, 1.9, 2.0); }
DURO_PLUGIN(NEEDS .nx = 2, .nu = 1, .na = 1, .dt = 0.1, .h_scale = 5, .x_low = {-6, -2}, .x_high = {6, 2}, .step = step,
            .h = h, .reward = reward, .reset = reset);
"""
# a wall that comes nearer for ever, faster than the player flees: everything is lost
WALL = """#include <duro/plugin.h>
static void step(double *x2, const double *x, const double *u, const double *a, const void *s) {
  (void)s; x2[0] = x[0] + 0.05 * (u[0] + 0.5 * a[0]); x2[1] = x[1] + 0.05; }
static double h(const double *x, const void *s) { (void)s; return 2 - x[1] - x[0]; }
static double reward(const double *x2, const double *x, const double *u, const double *a, const void *s) {
  (void)x2, (void)x, (void)u, (void)a, (void)s; return 1; }
DURO_PLUGIN(.nx = 2, .nu = 1, .na = 1, .dt = 0.05, .x_low = {-3, 0}, .x_high = {3, 8}, .step = step, .h = h,
            .reward = reward);
"""


def point(power="1", needs=""):
    return POINT.replace("POWER", power).replace("NEEDS", needs)


class Answers(Case):
    def facts(self, *parts):
        return json.loads(self.read(*parts, "grid.json"))

    def text(self, done):
        return re.sub(r"\s+", " ", done.stdout)

    def played(self, facts):
        """violating starts of the safety policy, from inside and with a margin"""
        return [r["violated"] for r in facts["rollouts"] if r["policy"] == "safety policy" and r["starts"]]


class Sources(Answers):
    def test_a_state_of_other_dynamics_is_refused(self):
        self.write("s.c", point())
        self.duro("solve", "s.c", "--grid", "41", *SMALL, "--out", "s", "--quiet")
        before = read_npy(self.path("s/safety_value.npy"))
        self.write("s.c", point(power=".8"))
        self.fails(2, "s/state.safetensors.*the file of the environment is another one", "solve", "s.c", "--grid", "41",
                   *SMALL, "--out", "s", "--resume", "--quiet")
        self.assertEqual(read_npy(self.path("s/safety_value.npy")), before)
        # nor is it taken as a solution
        self.fails(2, "the file of the environment is another one", "play", "s.c", "--steps", "2", "--solution", "s",
                   "--out", "film.gif")
        self.write("s.c", point())
        self.fails(2, "amplitude = 1 there, amplitude = 0.5 here", "solve", "s.c", "--grid", "41", *SMALL, "--out", "s",
                   "--resume", "--set", "grid.amplitude=.5")
        self.duro("solve", "s.c", "--grid", "41", *SMALL, "--out", "s", "--resume", "--quiet")
        self.assertEqual(read_npy(self.path("s/safety_value.npy")), before)


class Edges(Answers):
    def test_nothing_is_safe_because_it_gets_away(self):
        """at 4 m and 1.9 m/s stopping takes 3.6 m: every start is lost, whether or not h_needs is given"""
        values = []
        for needs in ("", ".h_needs = 1,"):
            self.write("late.c", point(needs=needs))
            done = self.duro("solve", "late.c", "--grid", "121x81", *SMALL, "--out", "late", "--force")
            facts = self.facts("late")
            self.assertEqual(facts["evaluation_starts"]["inside"], 0)
            self.assertEqual(self.played(facts), [0, 0])
            self.assertEqual(facts["verdict"]["result"], "holds")
            # braking is only possible within the region, and that is said
            self.assertEqual([(e["name"], e["at"], e["beyond"]) for e in facts["edges"]],
                             [("x2", -2, "lost"), ("x2", 2, "lost")])
            self.assertGreater(facts["lost_at_edges"], 0)
            self.assertIn("warning: the region ends where h >= 0, x2 at -2 and 2;", self.text(done))
            values.append(read_npy(self.path("late/safety_value.npy")))
        self.assertEqual(values[0], values[1])

    def test_an_empty_set(self):
        self.write("wall.c", WALL)
        done = self.duro("solve", "wall.c", "--grid", "61x81", *SMALL, "--out", "wall")
        facts = self.facts("wall")
        self.assertEqual(facts["volume"]["share"], 0)
        self.assertEqual(facts["verdict"]["result"], "empty")
        self.assertIn("verdict: empty: no vertex has V_h >= 0.05", self.text(done))
        self.assertIn("warning: the region ends where h >= 0, x1 at -3;", self.text(done))

    def test_the_constraint_itself(self):
        words = ["solve", "double-integrator", "--grid", "41", *SMALL]
        done = self.duro(*words, "--low=-5", "--high", "5", "--out", "tight")
        self.assertIn("warning: the region ends at the constraint itself, x1 at -5 and 5, x2 at -5 and 5;",
                      self.text(done))
        self.assertEqual({e["beyond"] for e in self.facts("tight")["edges"]}, {"at the constraint"})
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), 80, line)
        done = self.duro(*words, "--out", "wide")
        self.assertNotIn("warning", done.stdout)
        self.assertEqual(self.facts("wide")["edges"], [])

    def test_regions_of_built_in_systems_reach_beyond_the_constraint(self):
        for name in ("pendulum", "cartpole", "quadrotor", "double-integrators"):
            self.duro("solve", name, "--grid", "7", *SMALL, "--set", "grid.sweeps=3", "--set", "env.horizon=2", "--out",
                      name, "--quiet")
            kinds = {e["beyond"] for e in self.facts(name)["edges"]}
            self.assertLessEqual(kinds, {"held"}, name)


class Verdicts(Answers):
    def test_what_loses_is_no_answer(self):
        words = ["solve", "double-integrator", "--grid", "41", "--discount", ".9", "--no-pictures", "--out", "bad"]
        done = self.duro(*words)
        facts = self.facts("bad")
        violated = self.played(facts)[1]
        self.assertGreater(violated, 20)
        self.assertEqual((facts["verdict"]["result"], facts["verdict"]["violated"]), ("does not hold", violated))
        lost = rf"{violated} of 1000 starts"
        self.assertRegex(self.text(done), rf"verdict: DOES NOT HOLD: its own safety policy loses {lost} with V_h >= 0.25")
        self.assertIn("DOES NOT HOLD", self.read("bad/report.html"))
        refusal = rf"bad does not hold: its own safety policy loses {lost} with a margin.*--accept-failed-solution"
        self.duro("train", "double-integrator", "--algorithm", "DRAC", "--out", "run", "--quiet", "--steps", "800", "--set",
                  "learn.width=16", "--set", "train.warmup=400", "--set", "train.envs=16", "--set", "learn.batch=16",
                  "--set", "train.look_episodes=2")
        attack = ["attack", "run", "--attackers", "grid", "--episodes", "4", "--quiet"]
        sets = ["sets", "run", "--points", "11", "--starts", "4"]
        play = ["play", "double-integrator", "--steps", "2", "--out", "film.gif"]
        for each in (attack, [*attack, "--starts", "inside"], sets, play):
            self.fails(2, refusal, *each, "--solution", "bad")
        for each in (attack, sets):
            self.duro(*each, "--solution", "bad", "--accept-failed-solution")
        # a fine one says what it is, and is taken
        done = self.duro("solve", "double-integrator", "--grid", "101", *SMALL, "--out", "good")
        facts = self.facts("good")
        self.assertEqual((facts["verdict"]["result"], facts["verdict"]["starts"]), ("holds", 1000))
        self.assertRegex(self.text(done), r"verdict: (holds: its safety policy loses 0|nearly holds: its safety policy loses \d+) of 1000 starts")
        self.duro(*attack, "--solution", "good", "--set", "env.disturbance=.4")

    def test_other_numbers_of_the_environment_are_said(self):
        self.duro("solve", "double-integrator", "--grid", "81", *SMALL, "--out", "half", "--set", "env.disturbance=.25",
                  "--quiet")
        self.duro("train", "double-integrator", "--algorithm", "SAC", "--out", "sac", "--quiet", "--steps", "800", "--set",
                  "learn.width=16", "--set", "train.warmup=400", "--set", "train.envs=16", "--set", "learn.batch=16",
                  "--set", "train.look_episodes=2")
        done = self.duro("attack", "sac", "--attackers", "grid", "--episodes", "4", "--solution", "half")
        self.assertIn("note: env.disturbance is 0.5 here, and 0.25 in the solution", done.stdout)

    def test_a_stopped_solution_is_unfinished(self):
        child = subprocess.Popen([DURO, "solve", "double-integrator", *ENDLESS, "--out", "part"], cwd=self.folder,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in child.stdout:
            if line.startswith("safety: sweep "):
                break
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=300)
        self.assertEqual(child.returncode, 130)
        facts = self.facts("part")
        self.assertEqual(facts["verdict"]["result"], "unfinished")
        self.assertFalse(facts["safety"]["done"])
        for name in ("safety_value", "safety_policy", "safety_adversary"):
            self.assertEqual(read_npy(self.path("part", name + ".npy"))[0], (101, 101))
        self.assertFalse(os.path.exists(self.path("part/task_value.npy")))
        play = ["play", "double-integrator", "--steps", "2", "--out", "film.gif", "--solution", "part"]
        self.fails(2, "part is unfinished; go on with duro solve --resume", *play)
        self.fails(2, "part is unfinished", *play, "--accept-failed-solution")
        self.duro("solve", "double-integrator", "--grid", "101", "--no-pictures", "--out", "part", "--resume", "--quiet")
        self.assertEqual(self.facts("part")["verdict"]["result"], "holds")
        self.assertTrue(os.path.exists(self.path("part/task_value.npy")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
