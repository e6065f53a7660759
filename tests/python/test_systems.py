"""Systems, players and adversaries that are written in Python."""
import os
import unittest

import numpy as np
from common import SMALL, STEPS, Cruise, trained

import duro

C_FILE = os.path.join(os.environ["DURO_SOURCE"], "examples", "adaptive_cruise_control.c")


class CruiseControl(unittest.TestCase):
    """Against the same system in C."""

    def setUp(self):
        self.python, self.c = duro.make(Cruise()), duro.make(C_FILE)

    def test_steps(self):
        rng = np.random.default_rng(1)
        x = rng.uniform((0, 0, 0), (150, 40, 40), (512, 3))
        u, a = rng.uniform(-1.2, 1.2, (512, 1)), rng.uniform(-1.2, 1.2, (512, 1))
        for mine, its in zip(self.python.step(x, u, a), self.c.step(x, u, a)):
            np.testing.assert_allclose(mine, its, rtol=0, atol=1e-12)  # sums in another order
        np.testing.assert_array_equal(self.python.observe(x), self.c.observe(x))
        np.testing.assert_array_equal(self.python.h(x), self.c.h(x))

    def test_starts(self):
        np.testing.assert_allclose(self.python.reset(50), self.c.reset(50), rtol=0, atol=1e-12)

    def test_solve(self):
        mine, its = (duro.solve(env, 15, task=False) for env in (self.python, self.c))
        np.testing.assert_allclose(mine.safety_value, its.safety_value, atol=1e-4)
        self.assertEqual(mine.volume(), its.volume())

    def test_train_and_attack(self):
        training = duro.train(self.python, "DRAC", steps=STEPS, **SMALL)
        same = duro.train(duro.make(Cruise()), "DRAC", steps=STEPS, threads=2, **SMALL)
        self.assertEqual(training.hash, same.hash)
        mine, its = (duro.attack(training, env, episodes=30, adversaries=("none", "square", "safety"))
                     for env in (self.python, self.c))
        for one, other in zip(mine, its):
            self.assertAlmostEqual(one.return_mean, other.return_mean, places=3)
            self.assertEqual(one.violating, other.violating)

    def test_check(self):
        findings = duro.check(self.python, quick=True)
        self.assertTrue(findings.sound, findings)

    def test_hash(self):
        class Other(Cruise):
            pass

        self.assertEqual(self.python.hash, duro.make(Cruise()).hash)
        self.assertNotEqual(self.python.hash, duro.make(Other()).hash)
        changed = Cruise()
        changed.brake = 3
        self.assertNotEqual(self.python.hash, duro.make(changed).hash)


class Mistakes(unittest.TestCase):
    def each_way(self, env):
        """Everything that calls the step of an environment."""
        x = np.ones((4, 3))
        return {"step": lambda: env.step(x, np.zeros((4, 1)), np.zeros((4, 1))),
                "train": lambda: duro.train(env, steps=STEPS, **SMALL), "solve": lambda: duro.solve(env, 9),
                "eval": lambda: duro.eval([0.0], env, episodes=3)}

    def test_exceptions(self):
        class Broken(Cruise):
            def step(self, x, u, a):
                raise KeyError("mine")

        for name, way in self.each_way(duro.make(Broken())).items():
            with self.subTest(name), self.assertRaisesRegex(KeyError, "mine"):
                way()

    def test_shapes(self):
        class Wide(Cruise):
            def h(self, x):
                return x

        for name, way in self.each_way(duro.make(Wide())).items():
            with self.subTest(name), self.assertRaisesRegex(ValueError, r"h returned the shape .*; wanted"):
                way()

    def test_not_finite(self):
        class Lost(Cruise):
            def reward(self, x, u, a, x2):
                return np.full(len(x), np.nan)

        with self.assertRaises(duro.NotFiniteError):
            duro.train(Lost(), steps=STEPS, **SMALL)

    def test_declarations(self):
        for wrong, sentence in (({"x_low": ()}, "x_low is empty"), ({"x_high": (1, 2)}, "x_high has 2"),
                                ({"x_low": (200, 0, 0)}, "rise"), ({"nu": 0}, "nu = 0"), ({"dt": 0}, "dt = 0"),
                                ({"no": 5, "observe": None}, "wanted observe")):
            with self.subTest(sentence), self.assertRaisesRegex(ValueError, sentence):
                duro.make(type("Wrong", (Cruise,), wrong)())


class Players(unittest.TestCase):
    def test_function(self):
        policy, env = trained().policy, duro.make("cartpole")
        itself = duro.eval(policy, env, episodes=20, act="pi", adversaries=("none", "random"))
        called = duro.eval(lambda obs, x: policy.predict(obs, act="pi")[0], env, episodes=20,
                           adversaries=("none", "random"))
        for one, other in zip(itself, called):
            np.testing.assert_array_equal(one.episodes["episode_return"], other.episodes["episode_return"])

    def test_agent(self):
        """An agent with predict, as Stable-Baselines3 has it."""
        policy = trained().policy

        class Agent:
            def predict(self, observation, state=None, episode_start=None, deterministic=False):
                assert deterministic
                return policy.predict(observation, act="pi")[0], None

        one = duro.eval(Agent(), "cartpole", episodes=20, adversaries="random")[0]
        other = duro.eval(policy, "cartpole", episodes=20, adversaries="random", act="pi")[0]
        np.testing.assert_array_equal(one.episodes["h_min"], other.episodes["h_min"])

    def test_mistakes(self):
        def fail(obs, x):
            raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            duro.eval(fail, "cartpole", episodes=3)
        with self.assertRaisesRegex(duro.ArgumentError, "the player's u has the shape"):
            duro.eval(lambda obs, x: np.zeros((len(obs), 3)), "cartpole", episodes=3)
        with self.assertRaisesRegex(duro.ArgumentError, "does not fit"):
            duro.eval(trained().policy, "pendulum")

    def test_solution(self):
        solution = duro.solve("double-integrator", 41, task=False)
        evaluation = duro.eval(solution, solution.env, episodes=50, adversaries=("none", "grid"), solution=solution,
                               region="inside", region_margin=0.2, start="train")
        self.assertEqual([s.adversary for s in evaluation], ["none", "grid"])
        self.assertEqual(evaluation.worst.violating, 0)
        self.assertTrue((solution.safety_at(evaluation[0].starts) >= 0).all())

    def test_starts_that_the_policy_claims(self):
        env, policy = duro.make("cartpole"), trained().policy

        def claims(x):
            return np.minimum(env.h(x), policy.safety_value(env.observe(x)).astype(float) * env.h_scale)

        wanted = float(np.quantile(claims(env.reset(500, start="train")), 0.9)) / env.h_scale
        drawn = duro.eval(policy, env, episodes=30, adversaries="none", act="pi", region="claimed", region_margin=wanted, start="train")
        self.assertGreaterEqual(claims(drawn[0].starts).min(), wanted * env.h_scale)
        with self.assertRaisesRegex(ValueError, "the player is no policy"):
            duro.eval(lambda obs, x: np.zeros((len(obs), 1)), env, episodes=3, region="claimed")
        with self.assertRaisesRegex(duro.ArgumentError, "a policy of SAC claims no set: it has no Qh"):
            duro.eval(trained(algorithm="SAC"), env, episodes=3, region="claimed")

    def test_rollout(self):
        env = duro.make("cartpole")
        x, u, a, h = duro.rollout(trained(), env, adversary="random", episode=2, seed=4)
        evaluation = duro.eval(trained(), env, adversaries="random", episodes=3, seed=4, filter="off")
        self.assertEqual(len(u), evaluation[0].episodes["length"][2])
        self.assertEqual(h.min(), evaluation[0].episodes["h_min"][2])
        stepped, *_ = env.step(x[:-1], u, a)
        np.testing.assert_array_equal(stepped, x[1:])

    def test_trained_attackers(self):
        evaluation = duro.attack(trained(), episodes=10, adversaries=("safety", "best-safety"), filter="off",
                                 updates=40, attacker_seeds=1)
        self.assertEqual([s.adversary for s in evaluation], ["safety", "best-safety"])
        self.assertEqual(evaluation["best-safety"].attacker.na, 1)

    def test_sets(self):
        di = duro.train("double-integrator", "DRAC", steps=STEPS, **SMALL)
        exact = duro.sets(di, points=41, starts=20)
        solution = duro.solve("double-integrator", 41, task=False)
        solved = duro.sets(di, truth=solution, starts=20)
        self.assertEqual(exact.cells, 41 * 41)
        self.assertAlmostEqual(exact.exact_share, solved.exact_share, delta=0.05)


if __name__ == "__main__":
    unittest.main()
