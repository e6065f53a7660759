"""The examples of examples/python: Optuna where it is installed, trackers against their interface."""
import importlib.util
import math
import os
import unittest

from common import SMALL, STEPS

import duro

FOLDER = os.path.join(os.environ["DURO_SOURCE"], "examples", "python")


def load(name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(FOLDER, f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Examples(unittest.TestCase):
    @unittest.skipUnless(importlib.util.find_spec("optuna"), "optuna is not installed")
    def test_optuna(self):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study = load("tune_with_optuna").main(trials=3, steps=2560)
        done = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
        self.assertEqual(len(done), 3)
        self.assertTrue(all(0 <= trial.values[0] <= 1 for trial in done))

    def test_trackers(self):
        trackers, wandb, mlflow = load("trackers"), [], []

        class Run:  # of wandb
            def log(self, row, step):
                wandb.append((step, row))

        class Module:  # mlflow
            def log_metrics(self, row, step):
                mlflow.append((step, row))

        callback = trackers.together(trackers.to_wandb(Run()), trackers.to_mlflow(Module()), lambda p: p.step < STEPS // 2)
        training = duro.train("cartpole", steps=STEPS, callback=callback, **SMALL)
        self.assertFalse(training.finished)
        self.assertEqual(wandb, mlflow)
        self.assertEqual([step for step, _ in wandb], training.rows[:, 0].tolist())
        for (_, row), values in zip(wandb, training.rows):
            numbers = dict(zip(training.columns, values))
            self.assertEqual(row, {k: v for k, v in numbers.items() if k != "step" and math.isfinite(v)})


if __name__ == "__main__":
    unittest.main()
