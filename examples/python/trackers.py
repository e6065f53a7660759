"""Trainings in Weights & Biases and MLflow, by callback: python trackers.py wandb|mlflow.

duro knows neither of them. A callback gets every row of train.csv, and what it does with it is its own matter; TensorBoard needs no
callback, since every run folder has its event file.
"""
import math
import sys

import duro


def numbers_of(progress):
    """The present row without its empty fields."""
    return {name: value for name, value in progress.row.items() if name != "step" and math.isfinite(value)}


def to_wandb(run):
    """A callback that logs to a run of wandb.init()."""

    def watch(progress):
        if progress.row:
            run.log(numbers_of(progress), step=progress.step)

    return watch


def to_mlflow(mlflow):
    """A callback that logs to the active run of the module mlflow, or of a client with log_metrics."""

    def watch(progress):
        if progress.row:
            mlflow.log_metrics(numbers_of(progress), step=progress.step)

    return watch


def together(*callbacks):
    """Several callbacks as one; it stops where one of them says False."""

    def watch(progress):
        return all([callback(progress) is not False for callback in callbacks])

    return watch


def main(which, **settings):
    if which == "wandb":
        import wandb

        with wandb.init(project="duro", config=settings) as run:
            training = duro.train("cartpole", "DRAC", callback=to_wandb(run), **settings)
            run.summary.update({"violating": duro.eval(training).worst.violating})
    else:
        import mlflow

        with mlflow.start_run():
            mlflow.log_params(settings)
            training = duro.train("cartpole", "DRAC", callback=to_mlflow(mlflow), **settings)
            mlflow.log_metric("violating", duro.eval(training).worst.violating)
    return training


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "mlflow", steps=50_000, seed=1)
