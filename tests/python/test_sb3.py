"""Agents of Stable-Baselines3 on systems of duro, attacked; and tensors of torch. Skipped where they are not installed:
they take gigabytes. `build/release/python/bin/pip install stable-baselines3` brings them to these tests."""
import time
import unittest
import warnings

import gymnasium
import numpy as np
from common import trained

import duro

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from stable_baselines3 import SAC
        from stable_baselines3.common.env_checker import check_env
        from stable_baselines3.common.evaluation import evaluate_policy
except ImportError:
    torch = None


@unittest.skipUnless(torch, "stable-baselines3 is not installed")
class StableBaselines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torch.set_num_threads(1)
        warnings.simplefilter("ignore")  # of SB3, about spaces without edges
        cls.env = gymnasium.make("duro/CartPole-v0", adversary="random")
        cls.model = SAC("MlpPolicy", cls.env, seed=1, learning_starts=100, policy_kwargs={"net_arch": [16, 16]}, device="cpu")
        cls.model.learn(400)

    def test_checker(self):
        for name in ("duro/CartPole-v0", "duro/Quadrotor-v0"):
            check_env(gymnasium.make(name).unwrapped)

    def test_returns(self):
        """SB3's own evaluation sees the episodes that duro plays."""
        env = self.model.get_env()  # made by the model
        env = gymnasium.make("duro/CartPole-v0")
        env.reset(seed=6)
        vector = SAC("MlpPolicy", env, device="cpu").get_env()
        vector.seed(6)
        returns, lengths = evaluate_policy(self.model, vector, n_eval_episodes=3, return_episode_rewards=True)
        episodes = duro.eval(self.model, "cartpole", adversaries="none", episodes=3, seed=6)[0].episodes
        self.assertEqual(lengths, episodes["length"].tolist())
        # a batch of observations and a single one differ in the last bits of torch
        np.testing.assert_allclose(returns, episodes["episode_return"], rtol=1e-3)

    def test_attack(self):
        evaluation = duro.attack(self.model, self.env, adversary=trained(), episodes=10, searches=1, population=8,
                                 iterations=2, horizon=60)
        self.assertEqual({s.adversary for s in evaluation},
                         {"none", "random", "constant", "square", "safety", "search", "starts"} |
                         ({"performance"} if "mu" in trained().policy.nets else set()))
        self.assertEqual(evaluation.left_out["best-safety"], "trained against policies of duro alone")
        self.assertLess(evaluation["search"].h_min, evaluation["none"].h_min)

    def test_tensors(self):
        env, policy = duro.make("cartpole"), trained().policy
        obs = env.observe(env.reset(20))
        tensor = torch.tensor(obs, requires_grad=True)
        u, _ = policy.predict(tensor)
        self.assertIsInstance(u, torch.Tensor)
        np.testing.assert_array_equal(u.numpy(), policy.predict(obs)[0])
        mine = policy.predict(obs)[0]
        self.assertEqual(torch.from_dlpack(mine).data_ptr(), mine.ctypes.data)


class Agents(unittest.TestCase):
    """Agents of other libraries, as far as their interface goes."""

    def test_predict_without_a_state(self):
        policy = trained().policy

        class Actor:  # of omnisafe: the action alone
            def predict(self, obs, deterministic=False):
                return policy.predict(obs, act="pi")[0]

        one = duro.eval(Actor(), "cartpole", episodes=20, adversaries="random")[0]
        other = duro.eval(policy, "cartpole", episodes=20, adversaries="random", act="pi")[0]
        np.testing.assert_array_equal(one.episodes["h_min"], other.episodes["h_min"])

    def test_one_at_a_time(self):
        """Agents of Stable-Baselines3 keep a distribution on the way to an action; threads must not meet in it."""

        class Agent:
            def predict(self, obs, deterministic=False):
                self.obs = obs
                time.sleep(0)  # lets other threads in
                return -self.obs[:, :1], None

        one, other = (duro.eval(Agent(), "cartpole", adversaries="random", episodes=300, threads=threads, horizon=20)[0]
                      for threads in (1, 4))
        np.testing.assert_array_equal(one.episodes["h_min"], other.episodes["h_min"])


if __name__ == "__main__":
    unittest.main()
