"""A few calls with nothing but NumPy: prints what they came to, the same on every Python. tools/make-wheel runs it."""
import numpy as np

import duro


class Point(duro.System):
    na, dt, x_low, x_high = 1, 0.1, (-1, -1), (1, 1)

    def step(self, x, u, a):
        return x + self.dt * np.stack([x[:, 1], u[:, 0] + a[:, 0] / 2], axis=1)

    def h(self, x):
        return 1 - abs(x).max(axis=1)

    def reward(self, x, u, a, x2):
        return -abs(x2[:, 0])


small = {"train.envs": 32, "train.warmup": 640, "train.replay": 3000, "learn.width": 16}
trained = [duro.train(env, "DRAC", steps=6400, **small) for env in ("cartpole", Point())]
worst = duro.eval(trained[1], episodes=20).worst
solution = duro.solve(Point(), 21)
try:
    duro.make("cartpol")
except duro.ArgumentError as error:
    assert "did you mean" in str(error)
print(duro.__version__, *(f"{t.policy.hash:016x}" for t in trained), worst.adversary, worst.violating, solution.volume())
