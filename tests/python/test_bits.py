"""What Python gets is what the command line gets, bit for bit."""
import csv
import json
import os
import tempfile
import unittest

import numpy as np
from common import SMALL, STEPS, call, trained

import duro


def rows_of(path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    return rows[0], [[float(cell) if cell else float("nan") for cell in row] for row in rows[1:]]


class Bits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.out = os.path.join(cls.folder.name, "run")
        assignments = [word for name, value in SMALL.items() for word in ("--set", f"{name}={value}")]
        call("train", "cartpole", "--algorithm", "DRAC", "--steps", str(STEPS), "--seed", "3", *assignments, "--set",
             "train.looks=1", "--set", "train.choose=false", "--out", cls.out, "--quiet")
        cls.training = trained()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_run_folder(self):
        """A run folder made by Python is the one that the command line makes."""
        mine = os.path.join(self.folder.name, "mine")
        run = duro.train("cartpole", "DRAC", steps=STEPS, seed=3, out=mine, **SMALL, **{"train.looks": 1, "train.choose": False})
        self.assertTrue(run.finished)
        self.assertEqual(duro._duro.run_hash(mine), duro._duro.run_hash(self.out))
        np.testing.assert_array_equal(run.rows[:, 1], self.training.rows[:, 1])
        with self.assertRaisesRegex(duro.FileError, "already holds files"):
            duro.train("cartpole", "DRAC", steps=STEPS, seed=3, out=mine, **SMALL)

    def test_run_folder_is_opened(self):
        env = duro.make(self.out)
        self.assertEqual((env.name, env.hash), ("cartpole", duro.make("cartpole").hash))
        one = duro.eval(self.out, episodes=5, adversaries="random", filter="off")
        other = duro.eval(self.training, episodes=5, adversaries="random", filter="off")
        np.testing.assert_array_equal(one[0].episodes["h_min"], other[0].episodes["h_min"])
        self.assertEqual(duro.make(self.out, force=8).settings["env.force"], 8.0)

    def test_export(self):
        call("export", self.out, "--out", os.path.join(self.folder.name, "c"))
        mine = os.path.join(self.folder.name, "mine-c")
        os.mkdir(mine)
        name = self.training.policy.export(mine, env="cartpole")
        for ending in (".c", ".h"):
            texts = []
            for folder in (os.path.join(self.folder.name, "c"), mine):
                with open(os.path.join(folder, name + ending)) as file:
                    texts.append([line for line in file if "duro" not in line])
            self.assertEqual(*texts)

    def test_policy(self):
        self.assertEqual(duro.load(self.out).hash, self.training.policy.hash)

    def test_rows(self):
        columns, rows = rows_of(os.path.join(self.out, "train.csv"))
        self.assertEqual(tuple(columns), self.training.columns)
        same = [i for i, name in enumerate(columns) if not name.startswith(("seconds", "steps_per_second"))]
        np.testing.assert_array_equal(np.array(rows)[:, same], self.training.rows[:, same])

    def test_eval(self):
        call("eval", self.out, "--episodes", "20", "--seed", "5")
        evaluation = duro.eval(self.training, episodes=20, seed=5)
        with open(os.path.join(self.out, "eval", "summary.csv"), newline="") as file:
            summary = list(csv.DictReader(file))
        self.assertEqual(len(summary), len(evaluation))
        for row, scenario in zip(summary, evaluation):
            self.assertEqual((row["scenario"], row["acting"]), (scenario.adversary, scenario.acting))
            self.assertEqual(int(row["violating"]), scenario.violating)
            for column, value in (("return_mean", scenario.return_mean), ("h_min", scenario.h_min),
                                  ("violation_bound", scenario.bound)):
                self.assertEqual(float(row[column]), value)
            _, episodes = rows_of(os.path.join(self.out, "eval", row["file"]))
            np.testing.assert_array_equal(np.array(episodes)[:, 1], scenario.episodes["episode_return"])

    def test_solve(self):
        out = os.path.join(self.folder.name, "pendulum")
        call("solve", "pendulum", "--grid", "31", "--no-pictures", "--out", out)
        solution = duro.solve("pendulum", 31)
        self.assertTrue(solution.finished)
        saved = {name: np.load(os.path.join(out, name)) for name in os.listdir(out) if name.endswith(".npy")}
        self.assertTrue(saved)
        arrays = [solution.h, solution.safety_value, solution.safety_policy, solution.safety_adversary,
                  solution.task_value, solution.task_policy, solution.task_adversary]
        for name, array in saved.items():
            if array.dtype == np.float32 and array.size >= solution.cells:
                self.assertTrue(any(a.size == array.size and np.array_equal(a.ravel(), array.ravel(), equal_nan=True)
                                    for a in arrays), name)

    def test_sources(self):
        with open(os.path.join(self.out, "run.json")) as file:
            record = json.load(file)
        self.assertEqual(record["version"], duro.__version__)


if __name__ == "__main__":
    unittest.main()
