"""Gymnasium environments as systems of duro: Gymnasium's own pendulum, and one whose state nobody can set."""
import os
import tempfile
import unittest

import gymnasium
import numpy as np
from common import SMALL, STEPS

import duro
from duro.gym import wrap


def rate(obs, info):
    """The pendulum is to turn slowly."""
    return 6.0 - abs(obs[2])


def get(env):
    return env.unwrapped.state


def put(env, x):
    env.unwrapped.state = np.array(x)


class Drone(gymnasium.Env):
    """One dimension, with a wind of its own; it ends when it leaves."""

    observation_space = gymnasium.spaces.Dict(height=gymnasium.spaces.Box(-9, 9, (1,)), rate=gymnasium.spaces.Box(-9, 9, (1,)))
    action_space = gymnasium.spaces.Box(0.0, 4.0, (1,), np.float32)
    made = 0

    def __init__(self):
        Drone.made += 1

    def see(self):
        return {"height": np.array([self.z], np.float32), "rate": np.array([self.v], np.float32)}

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.z, self.v = self.np_random.uniform(-0.5, 0.5, 2)
        return self.see(), {"room": 1 - abs(self.z)}

    def step(self, action):
        self.v += 0.1 * (action[0] - 2 + self.np_random.uniform(-0.1, 0.1))
        self.z += 0.1 * self.v
        return self.see(), -abs(self.z), abs(self.z) > 2, False, {"room": 1 - abs(self.z)}


def room(obs, info):
    return info["room"]


class Settable(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.env = wrap("Pendulum-v1", rate, strength=0.5, h_scale=6.0, get_state=get, set_state=put, x_low=(-np.pi, -8),
                       x_high=(np.pi, 8))

    def test_steps(self):
        """As Gymnasium steps, with the disturbed action."""
        env, rng = self.env, np.random.default_rng(1)
        self.assertEqual((env.nx, env.no, env.nu, env.na, env.horizon), (2, 3, 1, 1, 200))
        x, u, a = rng.uniform(env.x_low, env.x_high, (30, 2)), rng.uniform(-1, 1, (30, 1)), rng.uniform(-1, 1, (30, 1))
        x2, r, h, end = env.step(x, u, a)
        real = gymnasium.make("Pendulum-v1").unwrapped
        real.reset(seed=0)
        for i in range(30):
            real.state = x[i].copy()
            obs, reward, *_ = real.step(np.clip(u[i] + 0.5 * a[i], -1, 1).astype(np.float64) * 2)
            np.testing.assert_allclose(x2[i], real.state, atol=1e-6)  # its actions are float
            self.assertAlmostEqual(r[i], reward, places=6)
            np.testing.assert_allclose(env.observe(x2[i]), obs, atol=1e-6)
            self.assertAlmostEqual(h[i], 6 - abs(obs[2]), places=6)
        self.assertEqual(end.tolist(), [0] * 30)

    def test_promises(self):
        findings = duro.check(self.env, quick=True)
        self.assertTrue(findings.sound, findings)

    def test_same_starts(self):
        np.testing.assert_array_equal(self.env.reset(5, seed=4), self.env.reset(5, seed=4))

    def test_everything(self):
        solution = duro.solve(self.env, 9, task=False)
        training = duro.train(self.env, "DRAC", steps=2560, threads=2, **SMALL)
        same = duro.train(self.env, "DRAC", steps=2560, threads=1, **SMALL)
        self.assertEqual(training.hash, same.hash)
        evaluation = duro.attack(training, adversaries=("none", "grid", "search", "starts"), solution=solution, episodes=2,
                                 searches=1, population=4, iterations=2, horizon=10, filter="off", threads=2)
        self.assertEqual(len(evaluation), 4)
        self.assertEqual(evaluation.left_out, {})

    def test_mistakes(self):
        for given, sentence in ((dict(create="CartPole-v1"), "wanted a Box with finite edges"),
                                (dict(strength=3), "strength is 3; wanted 0 to 2"),
                                (dict(get_state=get), "go together"),
                                (dict(get_state=get, set_state=lambda env, x: put(env, x + 1)), "does not bring back"),
                                (dict(create=Drone, get_state=lambda env: (env.z, env.v),
                                      set_state=lambda env, x: setattr(env, "z", x[0]) or setattr(env, "v", x[1])),
                                 "wanted observe")):
            with self.subTest(sentence), self.assertRaisesRegex(duro.ArgumentError, sentence):
                wrap(**{"create": "Pendulum-v1", "h": rate, **given})


class Live(unittest.TestCase):
    """Without states that can be set."""

    def setUp(self):
        self.env = wrap(Drone, room, strength=0.2, horizon=40)

    def test_same_as_gymnasium(self):
        """An episode of an evaluation is one of Gymnasium's, with the same actions."""
        x, u, a, h = duro.rollout(lambda obs, x: -obs[:, :1] - obs[:, 1:], self.env, adversary="random", episode=3)
        real = Drone()
        obs, info = real.reset(seed=int(x[0, 0]))
        self.assertEqual(len(u), 40)
        for i in range(len(u)):
            self.assertEqual(h[i], info["room"])
            np.testing.assert_array_equal(x[i, 6:], np.concatenate([obs["height"], obs["rate"]]))
            action = (np.clip(u[i] + 0.2 * a[i].astype(float), -1, 1) + 1) * 2
            obs, reward, *_, info = real.step(action.astype(np.float32))
            self.assertEqual(x[i + 1, 4], reward)

    def test_training(self):
        training = duro.train(self.env, "DRAC", steps=3840, **SMALL)
        same = duro.train(wrap(Drone, room, strength=0.2, horizon=40), "DRAC", steps=3840, **SMALL)
        np.testing.assert_array_equal(training.rows[:, 4:], same.rows[:, 4:])
        self.assertEqual(training.policy.hash, same.policy.hash)
        evaluation = duro.attack(training, adversaries=("none", "random", "constant", "safety", "search", "starts", "grid"),
                                 episodes=30, threads=2)
        again = duro.eval(training, adversaries="safety", episodes=30, threads=1)
        np.testing.assert_array_equal(evaluation["safety"].episodes["h_min"], again[0].episodes["h_min"])
        self.assertEqual(list(evaluation.left_out), ["search", "starts", "grid"])
        self.assertRegex(repr(evaluation), "left out: search, starts \\(the state of .* cannot be set\\)")
        best = duro.attack(training, adversaries="best-safety", episodes=5, filter="off", updates=20, attacker_seeds=1)
        self.assertEqual(best[0].attacker.na, 1)

    def test_what_is_not_offered(self):
        x = self.env.reset(2)
        for what, call in (("a grid", lambda: duro.solve(self.env, 3)), ("a check", lambda: duro.check(self.env)),
                           ("a start of one's own", lambda: duro.eval([0.0], self.env, starts=x)),
                           ("a start of one's own", lambda: duro.rollout([0.0], self.env, x0=x[0])),
                           ("train.restarts", lambda: duro.train(self.env, **{"train.restarts": 0.1})),
                           ("a certificate", lambda: duro.certify(self.env))):
            with self.subTest(what), self.assertRaisesRegex(duro.ArgumentError, f"Drone: {what} needs states that can be set"):
                call()
        x2, *_ = self.env.step(x, np.zeros((2, 1)), np.zeros((2, 1)))
        self.env.step(x2, np.zeros((2, 1)), np.zeros((2, 1)))
        with self.assertRaisesRegex(duro.ArgumentError, "this state is past"):
            self.env.step(x2, np.zeros((2, 1)), np.zeros((2, 1)))
        with tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(duro.ArgumentError, "run folder wants"):
            duro.train(self.env, out=os.path.join(folder, "run"))

    def test_instances(self):
        """Copies of the environment are used again, and no more of them are made than are wanted."""
        Drone.made = 0
        env = wrap(Drone, room, instances=150, horizon=5)
        duro.eval([0.0], env, adversaries=("none", "random"), episodes=300, threads=1)
        self.assertLessEqual(Drone.made, 150)

    def test_errors(self):
        def fail(obs, info):
            raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            duro.train(wrap(Drone, fail), steps=STEPS, **SMALL)


if __name__ == "__main__":
    unittest.main()
