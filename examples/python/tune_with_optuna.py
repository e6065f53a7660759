"""Tunes settings of a training with Optuna (pip install optuna): python tune_with_optuna.py [TRIALS] [STEPS].

Each trial is one call of duro.train. The share of violating steps in training prunes trials that go wrong; what counts is
the evaluation at the end: violating episodes under the worst adversary first, then the return. Tune on some seeds and report
others: the best of many trials is too good on the seeds that chose it.
"""
import sys

import optuna

import duro

SMALL = {"train.envs": 32, "train.warmup": 640, "learn.width": 32}


def objective(trial, steps=20_000):
    """(share of violating episodes under the worst adversary, return without one)"""
    learn = {
        "gamma_h_end": 1 - trial.suggest_float("one_less_gamma_h_end", 1e-3, 3e-2, log=True),
        "rate_critic": trial.suggest_float("rate_critic", 1e-4, 3e-3, log=True),
    }
    violations = []

    def watch(progress):
        violations.append(progress.row.get("violations", 0.0))
        return not (len(violations) > 20 and min(violations[-10:]) > 0.5)  # False stops: nothing is learned here

    training = duro.train("cartpole", "DRAC", steps=steps, seed=trial.number + 1, learn=learn, callback=watch,
                          progress=False, **SMALL)
    if not training.finished:
        raise optuna.TrialPruned()
    evaluation = duro.eval(training, episodes=100, filter="on", progress=False)
    worst = evaluation.worst
    return worst.violating / len(worst.episodes), evaluation["none"].return_mean


def main(trials=20, steps=20_000):
    study = optuna.create_study(directions=["minimize", "maximize"], sampler=optuna.samplers.TPESampler(seed=1))
    study.optimize(lambda trial: objective(trial, steps), n_trials=trials)
    for best in study.best_trials:
        print(f"trial {best.number}: violating {best.values[0]:.1%}, return {best.values[1]:.4g}, {best.params}")
    return study


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
