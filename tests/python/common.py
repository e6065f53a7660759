"""What the tests share: the command line's program, a small training, the cruise control as a system in Python."""
import functools
import os
import subprocess

import numpy as np

import duro

PROGRAM, SOURCE = os.environ["DURO_PROGRAM"], os.environ["DURO_SOURCE"]
SMALL = {"train.envs": 32, "train.warmup": 640, "train.replay": 3000, "learn.width": 16, "train.report_every": 50}
STEPS = 12800


def call(*words, ok=True):
    """Standard output of the program."""
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=300)
    assert (done.returncode == 0) == ok, done.stderr
    return done.stdout if ok else done.stderr


@functools.lru_cache(maxsize=None)
def trained(name="cartpole", algorithm="DRAC"):
    return duro.train(duro.make(name), algorithm, steps=STEPS, seed=3, **SMALL)


class Cruise(duro.System):
    """examples/adaptive_cruise_control.c, without its settings; docs/python.md shows it."""

    na, no, dt, horizon, h_scale = 1, 3, 0.1, 300, 5
    x_low, x_high = (0, 0, 0), (150, 40, 40)
    x_names, x_units, slice = ("gap", "speed", "lead_speed"), ("m", "m/s", "m/s"), (1, 0)

    def step(self, x, u, a):
        gap, speed, lead = x.T
        speed2 = np.clip(speed + self.dt * np.where(u[:, 0] < 0, 6, 2) * u[:, 0], 0, 40)
        lead2 = np.clip(lead + self.dt * 3 * a[:, 0], 0, 40)
        gap2 = np.minimum(150, gap + self.dt / 2 * (lead + lead2 - speed - speed2))
        return np.stack([gap2, speed2, lead2], axis=1)

    def h(self, x):
        return x[:, 0] - 5

    def reward(self, x, u, a, x2):
        return 1 - abs(x2[:, 1] - 30) / 40 - 0.1 * u[:, 0] ** 2

    def observe(self, x):
        return np.stack([x[:, 0] / 50, x[:, 1] / 20, (x[:, 2] - x[:, 1]) / 10], axis=1)

    def reset(self, uniform, start):
        speed, lead = uniform(0, 35), uniform(0, 35)
        s = max(0, speed - lead) / 3  # until both are equally fast, braking fully
        closing = (speed - lead) * s / 2 if lead > 3 * s else max(0, speed**2 / 12 - lead**2 / 6)
        return [10 + closing + uniform(0, 50), speed, lead]
