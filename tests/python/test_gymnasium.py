"""Gymnasium's own checks, and its vectorisation of single environments against the library's batch."""
import unittest
import warnings

import gymnasium
import numpy as np
from common import Cruise, trained
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import duro
from duro.gym import GymEnv, GymVectorEnv, id_of

N, HORIZON = 5, 20


class Single(unittest.TestCase):
    def test_checker(self):
        for name in duro.envs():
            with self.subTest(name), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that observations are unbounded
                check_env(gymnasium.make(id_of(name)).unwrapped)

    def test_system(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check_env(GymEnv(Cruise(), adversary="random"))

    def test_episode_is_that_of_eval(self):
        """The reset with a seed begins the first episode of an evaluation with it, the next ones follow."""
        scenario = duro.eval([0.3], "cartpole", adversaries="none", episodes=2, seed=8)[0]
        env = gymnasium.make("duro/CartPole-v0")
        for episode, seed in enumerate((8, None)):
            env.reset(seed=seed)
            total, h_min, ended = 0.0, np.inf, False
            while not ended:
                _, r, terminated, truncated, info = env.step(np.array([0.3], np.float32))
                total, h_min, ended = total + r, min(h_min, info["h"]), terminated or truncated
                self.assertEqual(info["cost"], float(info["h"] < 0))
            self.assertEqual(total, scenario.episodes["episode_return"][episode])

    def test_adversaries(self):
        policy = trained().policy
        for adversary in (None, "random", policy, [1.0], lambda obs, u, rng: -u):
            env = gymnasium.make("duro/CartPole-v0", adversary=adversary)
            env.reset(seed=1)
            env.step(np.zeros(1, np.float32))
        x = env.unwrapped.duro_env.reset(1)[0]
        env = gymnasium.make("duro/CartPole-v0", adversary=policy)
        obs, _ = env.reset(options={"x": x})
        u = np.array([0.25], np.float32)
        seen, *_ = env.step(u)
        stepped, *_ = duro.make("cartpole").step(x, u, policy.disturb(obs, u=u))
        np.testing.assert_array_equal(seen, duro.make("cartpole").observe(stepped))

    def test_settings(self):
        env = gymnasium.make("duro/CartPole-v0", force=8, horizon=3)
        self.assertEqual(env.unwrapped.duro_env.settings["env.force"], 8.0)
        env.reset(seed=1)
        self.assertEqual([env.step(np.zeros(1, np.float32))[3] for _ in range(3)], [False, False, True])


class Vector(unittest.TestCase):
    def compare(self, one, other, keys=("h", "cost")):
        for key in keys:
            np.testing.assert_array_equal(one[key], other[key])

    def play(self, mode, adversary):
        vector = gymnasium.make_vec("duro/CartPole-v0", num_envs=N, adversary=adversary, horizon=HORIZON,
                                    autoreset_mode=mode)
        single = SyncVectorEnv([lambda: GymEnv("cartpole", adversary=adversary, horizon=HORIZON)] * N,
                               autoreset_mode=mode)
        rng, ends = np.random.default_rng(0), 0
        mine, its = vector.reset(seed=3), single.reset(seed=3)
        np.testing.assert_array_equal(mine[0], its[0])
        for _ in range(100):
            u = rng.uniform(-3, 3, (N, 1)).astype(np.float32)
            mine, its = vector.step(u), single.step(u)
            for one, other in zip(mine[:4], its[:4]):
                np.testing.assert_array_equal(one, other)
            self.compare(mine[4], its[4])
            ended = mine[2] | mine[3]
            ends += ended.sum()
            self.assertEqual(sorted(mine[4]), sorted(its[4]))
            if "final_obs" in its[4]:
                for i in np.flatnonzero(ended):
                    np.testing.assert_array_equal(mine[4]["final_obs"][i], its[4]["final_obs"][i])
                self.compare(mine[4]["final_info"], its[4]["final_info"])
            if mode == AutoresetMode.DISABLED and ended.any():
                mine, its = (env.reset(options={"reset_mask": ended}) for env in (vector, single))
                np.testing.assert_array_equal(mine[0], its[0])
        self.assertGreater(ends, 20)

    def test_modes(self):
        for mode in AutoresetMode:
            for adversary in (None, [0.5]):
                with self.subTest(mode=mode, adversary=adversary):
                    self.play(mode, adversary)

    def test_bad_numbers(self):
        vector = GymVectorEnv("cartpole", num_envs=3)
        vector.reset(seed=1)
        with self.assertRaises(ArithmeticError):
            vector.step(np.full((3, 1), np.nan, np.float32))
        with self.assertRaises(duro.ArgumentError):
            vector.step(np.zeros((4, 1), np.float32))


if __name__ == "__main__":
    unittest.main()
