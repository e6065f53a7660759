#!/usr/bin/env python3
"""duro check against systems with one thing wrong each: test_check.py path/to/duro. Whatever the file does, the check
comes back, ends with 1 when a promise is broken, and names the promise, the function and what it did."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

DURO = os.path.abspath(sys.argv[1])
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CRUISE = os.path.join(ROOT, "examples", "adaptive_cruise_control.c")

# a point between two walls, which can brake in time from wherever it starts to be evaluated
SYSTEM = """#include <duro/plugin.h>
#include <math.h>
#include <stdlib.h>
typedef struct numbers { double push; } numbers;
static const duro_setting rows[] = {{"push", DURO_REAL, 0, .5, NULL, 0, 9, NULL, "m/s^2", "Push."}};
static void step(double *x2, const double *x, const double *u, const double *a, const void *s) {
  (void)s;
  STEP
  x2[0] = x[0] + .1 * x[1];
  x2[1] = x[1] + .1 * (3 * u[0] + ((const numbers *)s)->push * a[0]);
}
static double h(const double *x, const void *s) {
  (void)s;
  H
  return fmin(5 - fabs(x[0]), 5 - fabs(x[1]));
}
static double reward(const double *x2, const double *x, const double *u, const double *a, const void *s) {
  (void)x2, (void)x, (void)u, (void)a, (void)s;
  REWARD
  return 1 - .02 * x[0] * x[0];
}
static void observe(float *o, const double *x, const void *s) {
  (void)s;
  OBSERVE
  o[0] = (float)x[0], o[1] = (float)x[1];
}
static void reset(double *x, const duro_plugin_random *r, duro_start start, const void *s) {
  (void)start, (void)s;
  x[0] = r->uniform(r, -2, 2), x[1] = r->uniform(r, -2, 2);
  RESET
}
static duro_end end(const double *x, const void *s) {
  (void)s;
  END
  return h(x, s) <= -5 ? DURO_TERMINATED : DURO_RUNNING;
}
DURO_PLUGIN(.nx = 2, .nu = 1, .na = 1, .dt = .1, .x_low = {-5, -5}, .x_high = {5, 5}, .h_scale = 5, .horizon = 50,
            .step = step, .h = h, .reward = reward, .observe = observe, .reset = reset, .end = end, .settings = rows,
            .n_settings = 1, .settings_size = sizeof(numbers) MORE);
"""
PLACES = ("STEP", "H", "REWARD", "OBSERVE", "RESET", "END", "MORE")


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="duro-check-")
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(text)
        return name

    def duro(self, *words, status=0):
        done = subprocess.run([DURO, *words], cwd=self.folder, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def system(self, *changes, name="system.c", **places):
        """The sound system with statements at these places, and other words changed: (old, new)."""
        text = SYSTEM
        for place in PLACES:
            text = re.sub(rf"\b{place}\b", lambda match: places.get(place, ""), text, count=1)
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        return self.write(name, text)

    def told(self, file, *words, status=0):
        return re.sub(r"\s+", " ", self.duro("check", file, *words, status=status).stdout)

    def breaks(self, promise, pattern, *changes, **places):
        """The check finds this promise broken, in these words."""
        told = self.told(self.system(*changes, **places), status=1)
        self.assertRegex(told, rf"BROKEN {promise} ((?!BROKEN|warning|note| ok ).)*{pattern}")
        self.assertNotIn("sound", told)

    def refuses(self, pattern, *changes, **places):
        """So bad that it is seen when the file is loaded."""
        done = self.duro("check", self.system(*changes, **places), status=1)
        self.assertRegex(done.stderr, pattern)
        self.assertEqual(done.stderr.count("\n"), 1)

    def warns(self, promise, pattern, *changes, verdict="warning", **places):
        told = self.told(self.system(*changes, **places))
        self.assertRegex(told, rf"{verdict} {promise} ((?!BROKEN|warning|note| ok ).)*{pattern}")
        self.assertIn("sound as far as it was tried", told)


class Crashes(Case):
    """Each is rare enough to get past the trial that comes with loading."""

    def test_crash_in_reset(self):
        self.breaks("calls", "crashed in reset: Segmentation fault, it reads through a null pointer",
                    RESET="if (x[0] > 1.9) x[1] = *(volatile double *)0;")

    def test_abort(self):
        self.breaks("calls", r"crashed in observe: Aborted, from x1 = [-.\d]+, x2 = ", OBSERVE="if (x[0] > 4) abort();")

    def test_exit(self):
        self.breaks("calls", r"ended its process in step, from x1 = .*, u = .*, a = ", STEP="if (x[0] > 4) exit(0);")

    def test_division_by_zero(self):
        self.breaks("calls", "crashed in reward: Floating point exception, it divides an integer by zero",
                    REWARD="volatile int n = (int)fabs(x[0] * 50 - 200); return 1. / (7 / n + 1);")

    def test_stack_overflow(self):
        self.breaks("calls", "crashed in end: Segmentation fault, its stack is full", END="deep(x[0] > 4 ? 1 : 0);",
                    STEP="", H="", *[("static duro_end end", "static double deep(int n) {\n"
                                      "  volatile double all[512] = {n};\n"
                                      "  return n ? deep(n + 1) + all[n % 512] : 0;\n}\nstatic duro_end end")])

    def test_hang_in_h(self):
        self.breaks("calls", r"did not come back within 3 s in h, from x1 = 4\.\d+, x2 = ",
                    H="for (volatile int k = 0; x[0] > 4.7 && x[0] < 4.71 && k < 2; k = 0);")

    def test_a_wait_is_a_hang_too(self):
        # it waits without computing; the limit is ten times as long then
        self.breaks("calls", "did not come back within 3 s in reset",
                    ("#include <stdlib.h>", "#include <stdlib.h>\n#include <unistd.h>"), RESET="if (x[0] > 1.9) pause();")

    def test_always_is_seen_when_it_is_loaded(self):
        self.refuses(r"^duro: system\.c crashed in step: Aborted, from x1 = ", STEP="abort();")
        self.refuses(r"^duro: system\.c ended its process in end", END="exit(0);")


class Buffers(Case):
    def test_writes_past_x2(self):
        self.breaks("calls", "in step: Segmentation fault, it writes past the end of x2, from", STEP="x2[2] = 0;")

    def test_writes_before_x2(self):
        self.breaks("calls", "in step: .* it writes before the beginning of x2", STEP="x2[-1] = 0;")

    def test_writes_into_inputs(self):
        self.breaks("calls", "in step: .* it writes into x, which is an input", STEP="((double *)x)[0] *= .5;")
        self.breaks("calls", "in reward: .* it writes into u, which is an input", REWARD="((double *)u)[0] = 0;")
        self.breaks("calls", "in h: .* it writes into the settings, which is an input", H="((numbers *)s)->push = 1;")

    def test_reads_past_inputs(self):
        self.breaks("calls", "in h: .* it reads past the end of x,", H="if (x[2] == .125) return 1;")
        self.breaks("calls", "in step: .* it reads past the end of a", STEP="if (a[1] == .125) return;")
        self.breaks("calls", "in reward: .* it reads past the end of the settings",
                    REWARD="if ((&((const numbers *)s)->push)[1] == .125) return 0;")
        self.breaks("calls", "in reward: .* it reads before the beginning of u", REWARD="if (u[-1] == .125) return 0;")

    def test_a_disturbance_that_is_not_there(self):
        self.breaks("calls", "in step: .* it reads a, which is empty", (".na = 1", ".na = 0"))

    def test_writes_past_obs_and_x(self):
        self.breaks("calls", "in observe: .* it writes past the end of obs", OBSERVE="o[2] = 0;")
        self.breaks("calls", "in reset: .* it writes past the end of x", RESET="x[2] = 0;")

    def test_unwritten(self):
        self.breaks("buffers", r"step leaves a state unwritten, x2\[0\]", ("x2[0] = x[0] + .1 * x[1];", ""))
        self.breaks("buffers", r"observe leaves a number unwritten, obs\[2\] of .no = 3", MORE=", .no = 3")
        self.breaks("starts", "reset leaves a state unwritten", ("x[0] = r->uniform(r, -2, 2), ", ""))

    def test_reads_what_it_should_write(self):
        self.breaks("buffers", r"depends on what x2 held", ("x2[0] = x[0] + .1", "x2[0] = 1e-127 * x2[0] + x[0] + .1"))


class Purity(Case):
    def test_static_state(self):
        self.breaks("pure step", "two results", ("+ .1 * x[1]", "+ .1 * x[1] + 1e-9 * n"), STEP="static int n; n++;")

    def test_static_scratch(self):
        # right in one thread; of two, one finds the other's numbers: by chance, and seldom on a busy machine
        for again in range(5):
            try:
                self.breaks("pure step", "two threads", ("x2[1] = x[1] +", "x2[1] = kept[1] +"),
                            STEP="static volatile double kept[2]; kept[0] = x[0], kept[1] = x[1];\n"
                                 "for (volatile int k = 0; k < 20; k++);")
                return
            except AssertionError:
                if again == 4:
                    raise

    def test_address(self):
        self.breaks("pure step", "step has two results",
                    STEP="if ((size_t)x % 4096 == 0) { x2[0] = x[0], x2[1] = x[1]; return; }")

    def test_memory_that_is_not_written(self):
        # the compiler must not see it: a local variable that holds what an earlier call left
        self.breaks("pure step|buffers", "two results|depends on",
                    ("static double reward", "static double __attribute__((noinline)) left(volatile double *all) {\n"
                     "  double sum = 0;\n  for (int i = 0; i < 64; i++) sum += all[i] > 1e-300 ? 1 : 0;\n"
                     "  return sum;\n}\nstatic double reward"),
                    REWARD="volatile double all[64];\n  if (left(all) > 3) return .5;")

    def test_random_starts_of_ones_own(self):
        self.breaks("starts", "two starts from the same random stream differ",
                    RESET="static unsigned n; x[0] += 1e-6 * (n++ % 7);")


class Numbers(Case):
    def test_nan_near_a_corner(self):
        self.breaks("finite", "h = -?nan", H="if (x[0] > 4.9999 && x[1] < -4.9999) return NAN;")

    def test_nan_at_a_point(self):
        self.breaks("finite", "h = -?nan", H="if (fabs(x[0]) < 5e-5) return NAN;")

    def test_infinite_reward(self):
        self.breaks("finite", "the reward is not finite", REWARD="if (fabs(x[0] - 3.21) < 1e-3) return INFINITY;")

    def test_state_is_not_finite(self):
        self.breaks("finite", "the next state is not finite", STEP="if (x[0] < -4.99) { x2[0] = 0, x2[1] = NAN; return; }")

    def test_observation_is_not_finite(self):
        self.breaks("finite", r"obs\[1\] = inf", ("o[1] = (float)x[1]", "o[1] = x[1] < -4.9 ? INFINITY : (float)x[1]"))

    def test_only_on_the_way(self):
        # outside of the region, where no grid looks, but an episode comes along
        self.breaks("finite", "after .* steps of an episode", OBSERVE="if (x[0] > 6) { o[0] = o[1] = NAN; return; }")

    def test_far_from_one(self):
        self.warns("scale", r"mean magnitude of obs\[0\] is .*scale it in observe", ("o[0] = (float)x[0]", "o[0] = (float)(1e4 * x[0])"))
        self.warns("scale", r"set \.h_scale to about 3", MORE=", .h_scale = 1e4",
                   *[(".h_scale = 5, ", "")])
        self.warns("scale", "the reward .* scale it by about", ("1 - .02 * x[0] * x[0]", "1e4"))

    def test_about_one_is_fine(self):
        self.assertRegex(self.told(self.system()), r"ok scale mean magnitudes: observations .* learning wants about 1")


class Players(Case):
    def test_without_effect(self):
        self.warns("inputs", "the disturbance changes nothing, .* leave .na at 0", ("->push * a[0]", "->push * 0"))
        self.warns("inputs", "the disturbance changes nothing",
                   ('"push", DURO_REAL, 0, .5', '"push", DURO_REAL, 0, 0'))
        self.warns("inputs", r"the control u\[1\] changes nothing", (".nu = 1", ".nu = 2"))
        self.warns("inputs", "the disturbance changes the reward and no state", ("->push * a[0]", "->push * 0"),
                   ("- .02 * x[0]", "- .02 * a[0]"))

    def test_no_disturbance(self):
        told = self.told(self.system((".na = 1", ".na = 0"), ("->push * a[0]", "->push * 0")))
        self.assertIn("0 disturbances", told)
        self.assertIn("there is no disturbance", told)
        self.assertRegex(told, "sound as far as it was tried$|sound as far as it was tried ")


class Starts(Case):
    def test_violates(self):
        self.breaks("eval starts", "violate the constraint already", RESET="if (start == DURO_START_EVAL) x[0] += 3.5;")
        self.warns("starts", "violate the constraint already", RESET="if (start == DURO_START_TRAIN) x[0] += 3.5;")

    def test_outside(self):
        self.warns("starts", r"lie outside of the region, .*: x1 = 2.*from -5 to 1", (".x_high = {5, 5}", ".x_high = {1, 5}"),
                   verdict="note", RESET="if (start == DURO_START_TRAIN && x[0] > 1) x[0] = 2; else x[0] = -1;")

    def test_lost(self):
        # at 4 m and 4 m/s in a box of 5 m, braking takes 4^2/(2 * 2.5) = 3.2 m
        self.breaks("start set", "wins from 300 of 300 starts .* from x1 = 4, x2 = 4", RESET="x[0] = x[1] = 4;")
        # one in ten is lost
        self.breaks("start set", "wins from [23]. of 300", RESET="if (x[0] > 1.6) x[0] = x[1] = 4;")

    def test_kept(self):
        self.assertRegex(self.told(self.system()), "ok start set .* keeps safety from all of 300 starts")

    def test_a_stronger_disturbance(self):
        # drifts to the wall from wherever it starts
        self.breaks("start set", "wins from", ("3 * u[0]", ".3 * u[0]"))

    def test_what_lies_beyond_the_region_counts(self):
        # at up to 4.5 m with 2 m/s stopping takes 4 m; the speed has no bound of its own, and the region ends at 2
        self.breaks("start set", "wins from 300 of 300", ("3 * u[0]", "u[0]"),
                    ("fmin(5 - fabs(x[0]), 5 - fabs(x[1]))", "5 - fabs(x[0])"),
                    (".x_low = {-5, -5}, .x_high = {5, 5}", ".x_low = {-6, -2}, .x_high = {6, 2}"),
                    RESET="x[0] = r->uniform(r, 3.5, 4.5), x[1] = r->uniform(r, 1.9, 2);")

    def test_no_quick_grid(self):
        self.assertRegex(self.duro("check", "racing-car").stdout, "note +start set +no quick grid tells")


class Promises(Case):
    def test_slope(self):
        self.breaks("slope of h", "same everywhere", H="return 1;")
        self.warns("slope of h", "h is flat", H="return fabs(x[0]) < 4.5 ? 2 : -2;")

    def test_ends(self):
        self.breaks("ends", "every one", END="return DURO_TERMINATED;")
        self.breaks("ends", "the end of a step is 7", END="if (x[0] > 4.5) return (duro_end)7;")
        self.warns("ends", "failures have h >= 0", verdict="note", END="if (x[0] > 4) return DURO_TERMINATED;")

    def test_facts(self):
        self.breaks("facts", "x_needs", MORE=", .x_needs = {1, 2}")
        self.breaks("facts", "h_needs", MORE=", .h_needs = 1")
        self.breaks("facts", "x_shift", MORE=", .x_shift = 2")
        self.breaks("facts", "x_periodic", MORE=", .x_periodic = {true}")
        told = self.told(self.system(("fmin(5 - fabs(x[0]), 5 - fabs(x[1]))", "5 - fabs(x[1])"),
                                     MORE=", .x_needs = {3, 2}, .h_needs = 2, .x_shift = 1"))
        self.assertIn("sound", told)

    def test_ending_early(self):
        # a crash in one step against fifty steps at -1 each
        self.breaks("ending early", "paid more", (".horizon = 50", ".horizon = 300"), REWARD="return -1;")

    def test_settings(self):
        self.assertIn("sound", self.told(self.system(), "--set", "env.push=1"))
        self.duro("check", self.system(), "--set", "env.psh=1", status=2)
        self.duro("check", status=2)
        self.duro("check", "cartpol", status=2)

    def test_the_same_again(self):
        file = self.system()
        self.assertEqual(self.duro("check", file).stdout, self.duro("check", file).stdout)


class Ours(Case):
    def test_what_comes_with_the_library_is_sound(self):
        for name in re.findall(r"^[a-z]\S*", self.duro("envs").stdout, re.M):
            done = self.duro("check", name, "--samples", "60")
            self.assertIn("sound as far as it was tried\n", done.stdout, name)
            for line in done.stdout.splitlines():
                self.assertLessEqual(len(line), 80, line)

    def test_the_page_about_them(self):
        # the page's system is sound, and what the page shows is what the program prints, but for its numbers
        with open(os.path.join(ROOT, "docs", "own-environment.md")) as page:
            text = page.read()
        code = re.findall(r"^```c\n(.*?)^```", text, re.M | re.S)
        self.assertEqual(len(code), 1)
        self.write("mysystem.c", code[0])
        shown = re.search(r"^    mysystem\n(?:^    .*\n)+", text, re.M).group(0)

        def words(printed):
            return re.sub(r"[\d.]+", "N", re.sub(r"\s+", " ", printed)).strip()
        done = self.duro("check", "mysystem.c")
        self.assertEqual(words(done.stdout), words(shown))
        self.assertTrue(done.stdout.endswith("sound as far as it was tried\n"))
        table = text.split("| finding |")[1].split("\n\n")[0]
        for name in re.findall(r"^  (?:ok|note|warning|BROKEN) +([a-z ]+?)  ", done.stdout, re.M):
            self.assertIn(name, table)

    def test_examples_are_sound(self):
        self.assertIn("sound as far as it was tried\n", self.duro("check", CRUISE).stdout)
        self.duro("check", CRUISE, "--set", "env.leda=1", status=2)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
