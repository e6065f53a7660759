#!/usr/bin/env python3
"""Drives duro sets: test_sets.py path/to/duro. The table against sets counted again from the map it leaves and the
formula of the exact set, solutions of a grid as the truth, what is measured again and what is not, every mistake."""

import csv
import os
import shutil
import subprocess
import sys
import unittest

from test_cli import DURO, TINY, Case
from test_solve import exactly_safe

COLUMNS = ["step", "reference", "grid", "iou", "false_safe", "false_unsafe", "learned", "exact", "kept", "starts",
           "key"]
FEW = ["--starts", "200"]


class Sets(Case):
    """One small run of RIS, used by all tests of the class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        done = subprocess.run([DURO, "train", "double-integrator", "--algorithm", "RIS", "--out", "runs/ris", *TINY,
                               "--set", "env.start_reach=1.2", "--quiet"],
                              cwd=cls.folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        cls.steps = sorted(int(name[5:-12]) for name in os.listdir(os.path.join(cls.folder, "runs/ris/policies"))
                           if name.startswith("step-"))
        assert len(cls.steps) > 1 and cls.steps[-1] == 3200, cls.steps

    def rows(self, run="runs/ris"):
        with open(self.path(run, "sets/summary.csv"), newline="") as file:
            return list(csv.DictReader(file))

    def copy(self, name):
        shutil.copytree(self.path("runs/ris"), self.path(name))
        shutil.rmtree(self.path(name, "sets"), ignore_errors=True)
        return name

    def test_against_the_formula(self):
        done = self.duro("sets", self.copy("runs/formula"), "--points", "201", *FEW)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)
        rows = self.rows("runs/formula")
        self.assertEqual(list(rows[0]), COLUMNS)
        self.assertEqual([int(row["step"]) for row in rows], self.steps)
        self.assertEqual({(row["reference"], row["grid"]) for row in rows}, {("exact", "201x201")})
        # the map has the same 201 x 201 states; both sets are counted from it and from the formula
        learned = exact = both = cells = 0
        for line in self.read("runs/formula/sets/set.dat").splitlines():
            if not line or line.startswith("#"):
                continue
            x1, x2, claim, truth = map(float, line.split())
            safe = exactly_safe(x1, x2)
            self.assertTrue(safe == (truth >= 0) or abs(truth) < 1e-6, line)
            cells += 1
            learned += claim >= 0
            exact += safe
            both += safe and claim >= 0
        self.assertEqual(cells, 201 * 201)
        last = {key: float(value) for key, value in rows[-1].items() if key not in ("reference", "grid", "key")}
        for key, count in (("learned", learned), ("exact", exact), ("false_safe", learned - both),
                           ("false_unsafe", exact - both)):
            self.assertAlmostEqual(last[key], count / cells, delta=5 / cells)  # on the faces rounding decides
        self.assertAlmostEqual(last["iou"], both / (learned + exact - both), delta=1e-3)
        self.assertEqual(last["starts"], 200)
        self.assertEqual(int(rows[0]["starts"]), 20)  # a tenth
        self.assertIn(f"{last['iou']:.4f}", done.stdout)
        for name in ("set.gp", "curve.gp"):
            self.assertTrue(os.path.exists(self.path("runs/formula/sets", name)), name)
        if shutil.which("gnuplot"):
            for name in ("set.png", "curve.png"):
                self.assertGreater(os.path.getsize(self.path("runs/formula/sets", name)), 5000, name)

    def test_measures_what_is_new(self):
        table = self.path(self.copy("runs/again"), "sets/summary.csv")
        words = ["sets", "runs/again", "--points", "41", *FEW]
        self.duro(*words)
        first = self.read(table)
        # a row that is there under its key is believed: change it, and it stays, whatever the times of the files
        lines = first.splitlines()
        fields = lines[1].split(",")
        fields[8] = "0.125"
        self.write("runs/again/sets/summary.csv", "\n".join([lines[0], ",".join(fields), *lines[2:], ""]))
        os.utime(table, (1, 1))
        self.duro(*words)
        self.assertEqual(self.rows("runs/again")[0]["kept"], "0.125")
        # other cells are another table
        self.duro(*words[:-4], "--points", "31", *FEW)
        self.assertEqual({row["grid"] for row in self.rows("runs/again")}, {"31x31"})
        self.duro(*words, "--force")
        self.assertEqual(self.read(table), first, "the same once more, for any number of threads")
        self.duro(*words, "--force", "--threads", "1")
        self.assertEqual(self.read(table), first)
        # training again leaves nothing of the table
        shutil.copytree(self.path("runs/again"), self.path("runs/anew"))
        self.duro("train", "--config", "runs/again/config.yaml", "--out", "runs/anew", "--force", "--quiet")
        self.assertEqual(os.listdir(self.path("runs/anew/sets")), [])
        # another policy of the same step is measured again, however old its file is
        step = f"runs/anew/policies/step-{self.steps[0]}.safetensors"
        self.duro("train", "--config", "runs/again/config.yaml", "--seed", "2", "--out", "runs/other", "--quiet")
        shutil.copy(self.path(step.replace("anew", "other")), self.path(step.replace("anew", "again")))
        os.utime(self.path(step.replace("anew", "again")), (1, 1))
        self.write("runs/again/sets/summary.csv", "\n".join([lines[0], ",".join(fields), *lines[2:], ""]))
        self.duro(*words)
        self.assertNotIn(self.rows("runs/again")[0]["kept"], ("0.125", ""))
        self.assertEqual(self.read(table).splitlines()[2:], first.splitlines()[2:])

    def test_against_a_solution(self):
        self.duro("solve", "double-integrator", "--grid", "61", "--discount", ".999", "--no-pictures", "--out", "solved",
                  "--quiet")
        done = self.duro("sets", self.copy("runs/solution"), "--solution", "solved", "--points", "61", *FEW)
        self.assertRegex(done.stdout, r"note: env.start_reach is \S+ here, and \S+ in the solution")
        row = self.rows("runs/solution")[-1]
        self.assertEqual((row["reference"], row["grid"]), ("grid", "61x61"))
        share = float(self.read("solved/grid.json").split('"share":')[1].split(",")[0])
        self.assertAlmostEqual(float(row["exact"]), share, places=6)

    def test_several_integrators(self):
        self.duro("train", "double-integrators", "--algorithm", "RIS", "--out", "runs/three", *TINY, "--quiet",
                  "--set", "env.count=3")
        self.duro("sets", "runs/three", "--points", "50000", "--starts", "50")
        row = self.rows("runs/three")[-1]
        self.assertEqual((row["reference"], row["grid"]), ("exact", "50000 drawn"))
        share = (41.6650 / 121) ** 3
        self.assertAlmostEqual(float(row["exact"]), share, delta=5 * (share / 50000) ** .5)

    def test_mistakes(self):
        self.fails(2, "RUN", "sets")
        self.fails(1, "nowhere does not exist", "sets", "nowhere")
        self.fails(2, "--points is '2'", "sets", "runs/ris", "--points", "2")
        self.fails(2, "points for each of 2 axes", "sets", "runs/ris", "--points", "99999999")
        self.fails(1, "grid.json", "sets", "runs/ris", "--solution", "runs")
        self.duro("train", "cartpole", "--algorithm", "SAC", "--out", "runs/sac", *TINY, "--quiet")
        self.fails(2, "SAC learns no set", "sets", "runs/sac")
        self.duro("train", "cartpole", "--algorithm", "RIS", "--out", "runs/pole", *TINY, "--quiet")
        self.fails(2, "no exact set of cartpole .* --solution DIR", "sets", "runs/pole")
        self.assertFalse(os.path.exists(self.path("runs/pole/sets")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
