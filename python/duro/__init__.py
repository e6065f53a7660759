"""Safe and robust reinforcement learning: policies that keep a constraint against the worst disturbance.

    import duro
    env = duro.make("cartpole")
    training = duro.train(env, "DRAC", steps=200_000)
    u, _ = training.policy.predict(env.observe(env.reset(5)))
    print(duro.attack(training.policy, env))

A thin package over the library `duro`: nothing is computed in Python, and results are the bits of the command line.
"""
from duro import _duro
from duro._card import Card, Certified, Checked, Share, Verification, card, certify_run, verify
from duro._certify import Certificate, certify
from duro._check import Finding, Findings, check
from duro._duro import (
    ArgumentError,
    Error,
    FileError,
    FormatError,
    MissingError,
    NotFiniteError,
    OutOfMemory,
    Stopped,
)
from duro._env import Env, System, envs, make
from duro._eval import Evaluation, Scenario, attack, eval, rollout
from duro._experiment import Experiment, experiment
from duro._filter import Filter, Filtered
from duro._policy import Policy, load
from duro._sets import SetComparison, sets
from duro._settings import Setting, settings
from duro._solve import Axis, Solution, solve
from duro._train import Progress, Run, Training, algorithms, train
from duro._tune import Tuning, tune

__version__ = _duro.version()

__all__ = [
    "ArgumentError", "Axis", "Card", "Certificate", "Certified", "Checked", "Env", "Error", "Evaluation",
    "Experiment", "FileError", "Filter", "Filtered", "Finding", "Findings", "FormatError", "MissingError",
    "NotFiniteError", "OutOfMemory", "Policy", "Progress", "Run", "Scenario", "SetComparison", "Setting", "Share",
    "Solution", "Stopped", "System", "Training", "Tuning", "Verification", "algorithms", "attack", "capabilities",
    "card", "certify", "certify_run", "check", "envs", "eval", "experiment", "load", "make", "rollout", "sets",
    "settings", "solve", "train", "tune", "verify",
]


def capabilities() -> str:
    """What this build can do on this machine, words divided by blanks: "mujoco avx512". The last word is the widest
    vector path of the processor."""
    return _duro.capabilities()


try:
    import gymnasium as _gymnasium
except ImportError:
    pass
else:
    from duro import gym as _gym

    _gym.register()
    del _gym, _gymnasium
