#!/usr/bin/env python3
"""Drives duro eval and duro attack with --filter SOURCE and controllers in C files: test_behind.py path/to/duro."""

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

DURO = os.path.abspath(sys.argv[1])
with open(DURO, "rb") as program:
    SANITIZED = b"__asan_init" in program.read()
TINY = ["--steps", "1600", "--threads", "1", "--quiet", "--set", "learn.width=16", "--set", "learn.batch=32",
        "--set", "train.warmup=640", "--set", "train.envs=32", "--set", "train.replay=5000"]
RUDE = "void control(double *u, const double *x, double *memory) { (void)memory; u[0] = x[0] < 0 ? -1 : 1; }\n"
IDLE = "void control(double *u, const double *x, double *memory) { (void)x, (void)memory; u[0] = 0.25; }\n"
COUNTS = """const int control_memory = 1;
void control(double *u, const double *x, double *memory) { (void)x; u[0] = ++memory[0] > 3 ? 1 : 0; }
"""


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class Behind(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-behind-")
        cls.duro("train", "double-integrator", "--algorithm", "DRAC", *TINY, "--out", "drac")
        cls.duro("solve", "double-integrator", "--grid", "41", "--out", "grid", "--no-pictures", "--quiet", "--threads", "1",
                 "--set", "grid.task=false", "--certify", "--set", "certificate.method=cones")
        cls.duro("solve", "pendulum", "--grid", "11", "--out", "other", "--no-pictures", "--quiet", "--threads", "1",
                 "--set", "grid.task=false")
        for name, text in (("rude", RUDE), ("idle", IDLE), ("counts", COUNTS), ("empty", "int nothing;\n"), ("broken", "nonsense\n")):
            with open(os.path.join(cls.folder, name + ".c"), "w") as file:
                file.write(text)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def duro(cls, *words, status=0):
        done = subprocess.run([DURO, *words], cwd=cls.folder, capture_output=True, text=True, timeout=600)
        assert done.returncode == status, f"{words}: {done.returncode} {done.stdout}{done.stderr}"
        return done

    def fails(self, pattern, *words, status=2):
        done = self.duro(*words, status=status)
        self.assertRegex(done.stderr, r"\Aduro: [^\n]+\n\Z", words)
        self.assertRegex(done.stderr, pattern, words)

    def matrix(self, run):
        rows = rows_of(os.path.join(self.folder, run, "attack", "matrix.csv"))
        return {(r["attacker"], r["acting"]): r for r in rows}

    def test_a_controller_is_kept_by_a_certificate(self):
        done = self.duro("eval", "rude.c", "--environment", "double-integrator", "--episodes", "30", "--filter",
                         "grid/set.certificate")
        self.assertIn("constant, filtered-by-grid-certificate", done.stdout)
        self.assertRegex(done.stdout, r"certified set: at [0-9.]+ % of 4096 states the own control")
        rows = {(r["scenario"], r["acting"]): r for r in rows_of(os.path.join(self.folder, "runs/rude/eval/summary.csv"))}
        for scenario in ("none", "random", "constant"):
            self.assertGreater(int(rows[scenario, "pi"]["violating"]), 20)
            kept = rows[scenario, "filtered-by-grid-certificate"]
            self.assertEqual(int(kept["violating"]), 0)
            self.assertGreater(float(kept["filtered_share"]), .01)

    def test_a_controller_is_attacked(self):
        attackers = ["constant"] if SANITIZED else ["constant", "search", "best-safety"]  # the others take minutes there
        words = ["attack", "rude.c", "--environment", "double-integrator", "--episodes", "20", "--updates", "16",
                 "--attacker-seeds", "1", "--attackers", ",".join(attackers), "--threads", "2"]
        done = self.duro(*words, "--filter", "grid")
        self.assertIn("filtered-by-grid", done.stdout)
        first = self.matrix("runs/rude")
        self.duro(*words, "--filter", "grid/set.certificate")
        second = self.matrix("runs/rude")
        for attacker in attackers:
            self.assertGreater(int(first[attacker, "pi"]["violating"]), 10)
            self.assertEqual(first[attacker, "pi"], second[attacker, "pi"])  # not played again
            self.assertEqual(first[attacker, "filtered-by-grid"], second[attacker, "filtered-by-grid"])
            self.assertEqual(int(second[attacker, "filtered-by-grid-certificate"]["violating"]), 0)
            self.assertLess(int(second[attacker, "filtered-by-grid"]["violating"]), 6)  # a coarse grid proves nothing
        self.assertNotEqual(second["constant", "filtered-by-grid"]["return_mean"],
                            second["constant", "filtered-by-grid-certificate"]["return_mean"])
        # the remedy decides the numbers, so it is another cell under the same name
        self.duro(*words[:-4], "--attackers", "constant", "--filter", "grid", "--remedy", "fallback")
        self.assertNotEqual(self.matrix("runs/rude")["constant", "filtered-by-grid"]["key"],
                            second["constant", "filtered-by-grid"]["key"])

    def test_hysteresis(self):
        """Is in the key, so that a row of another one is played anew. tests/study/test_certified.c holds it against the library."""
        words = ["attack", "idle.c", "--environment", "double-integrator", "--episodes", "20", "--attackers", "random",
                 "--filter", "grid/set.certificate", "--threads", "1"]
        found = []
        for hysteresis in ("0", "0.2", "0.2"):
            self.duro(*words, "--hysteresis", hysteresis)
            found.append(self.matrix("runs/idle")["random", "filtered-by-grid-certificate"])
        self.assertEqual(found[1], found[2])
        self.assertNotEqual(found[0]["key"], found[1]["key"])
        self.assertNotEqual(found[0]["return_mean"], found[1]["return_mean"])
        self.fails("the hysteresis of the filter is '-1'; wanted a number from 0", *words, "--hysteresis=-1")

    def test_its_own_filter_as_a_source_has_the_same_bits(self):
        words = ["attack", "drac", "--episodes", "20", "--attackers", "random,safety"]
        self.duro(*words, "--filter", "both")
        self.duro(*words, "--filter", "drac")
        rows = self.matrix("drac")
        for attacker in ("random", "safety"):
            own, source = rows[attacker, "filtered"], rows[attacker, "filtered-by-drac"]
            for column in own:
                if column not in ("acting", "seconds", "key"):
                    self.assertEqual(own[column], source[column], column)

    def test_controllers_remember(self):
        self.duro("eval", "counts.c", "--environment", "double-integrator", "--episodes", "5")
        rows = {r["scenario"]: r for r in rows_of(os.path.join(self.folder, "runs/counts/eval/summary.csv"))}
        self.assertEqual(int(rows["none"]["violating"]), 5)  # pushes from the fourth step on

    def test_controllers_that_fail(self):
        """One line, and what was there stays."""
        self.duro("eval", "idle.c", "--environment", "double-integrator", "--episodes", "5")
        kept = rows_of(os.path.join(self.folder, "runs/idle/eval/summary.csv"))
        os.makedirs(os.path.join(self.folder, "bad"), exist_ok=True)
        for body, pattern in (("u[0] = x[1] > 3 ? *(volatile double *)memory[0] : 0;", "crashed in control: Segmentation fault.*x2 = "),
                              ("u[0] = 0; while (++memory[0] > 900) { }", "did not come back within 5 s in control, from x1 = "),
                              ("u[0] = x[0] > 4 ? 0. / 0. : 0;", "its control u.0. is -?nan, from x1 = ")):
            with open(os.path.join(self.folder, "bad", "idle.c"), "w") as file:
                file.write("const int control_memory = 1;\nvoid control(double *u, const double *x, double *memory) { (void)x; "
                           "(void)memory; %s }\n" % body.replace("*(volatile double *)memory[0]", "*(volatile double *)(long)memory[0]"))
            for command in ("eval", "attack", "certify"):
                self.fails(pattern, command, "bad/idle.c", "--environment", "double-integrator", status=1)
        self.assertEqual(rows_of(os.path.join(self.folder, "runs/idle/eval/summary.csv")), kept)

    def test_rows_stay_when_the_command_ends_early(self):
        """eval keeps the row of each scenario when that is played; here it is killed after the first."""
        slow = ("void control(double *u, const double *x, double *memory) { (void)memory; double s = 0; "
                "for (int i = 0; i < 20000; i++) s += 1e-9 * i * x[0]; u[0] = s > 0 ? -.1 : .1; }\n")
        with open(os.path.join(self.folder, "slow.c"), "w") as file:
            file.write(slow)
        path = os.path.join(self.folder, "runs/slow/eval/summary.csv")
        running = subprocess.Popen([DURO, "eval", "slow.c", "--environment", "double-integrator", "--episodes", "200",
                                    "--threads", "1"], cwd=self.folder, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 300
        while not os.path.exists(path) and running.poll() is None and time.monotonic() < until:
            time.sleep(.005)
        running.kill()
        running.wait()
        self.assertEqual(rows_of(path)[0]["scenario"], "none")

    def test_numbers_that_differ_are_said(self):
        done = self.duro("attack", "drac", "--episodes", "5", "--attackers", "none", "--filter", "grid/set.certificate",
                         "--set", "env.disturbance=0.6")
        self.assertIn("it proves nothing here", done.stdout)

    def test_refusals(self):
        self.fails("it is given by --environment ENV", "eval", "rude.c")
        self.fails("is no controller: wanted void control", "eval", "empty.c", "--environment", "double-integrator", status=1)
        self.fails("broken.c", "eval", "broken.c", "--environment", "double-integrator", status=1)
        self.fails("wanted off, on, both", "eval", "drac", "--filter", "nowhere")
        self.fails("solves pendulum; wanted double-integrator", "eval", "drac", "--filter", "other")
        self.fails("--remedy", "eval", "drac", "--filter", "grid", "--remedy", "hope")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
