"""Filters: what the command line's --filter gives, bit for bit, and what a control loop of one's own gets."""
import csv
import os
import tempfile
import unittest
import warnings

import numpy as np
from common import SMALL, STEPS, call, trained

import duro


def rude(obs, x):
    return np.where(x[:, :1] < 0, -1.0, 1.0)


class OfTheCommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        at = lambda name: os.path.join(cls.folder.name, name)
        cls.out, cls.other, cls.grid, cls.rude = at("run"), at("other"), at("grid"), at("rude.c")
        cls.certificate = os.path.join(cls.grid, "set.certificate")
        small = [word for name, value in SMALL.items() for word in ("--set", f"{name}={value}")]
        for out, seed in ((cls.out, "3"), (cls.other, "4")):
            call("train", "double-integrator", "--algorithm", "DRAC", "--steps", str(STEPS), "--seed", seed, *small, "--set",
                 "train.choose=false", "--set", "train.looks=1", "--out", out, "--quiet")
        call("solve", "double-integrator", "--grid", "41", "--out", cls.grid, "--no-pictures", "--quiet", "--set",
             "grid.task=false", "--certify", "--set", "certificate.method=cones")
        with open(cls.rude, "w") as file:
            file.write("void control(double *u, const double *x, double *memory) { (void)memory; u[0] = x[0] < 0 ? -1 : 1; }\n")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def same(self, words, evaluation, matrix):
        """Every row of the table that the command leaves is a scenario of Python."""
        call(*words)
        with open(matrix, newline="") as file:
            rows = list(csv.DictReader(file))
        rows = [row for row in rows if row["acting"] in {s.acting for s in evaluation}]
        self.assertEqual(len(rows), len(evaluation), [(row.get("attacker"), row["acting"]) for row in rows])
        by = {(row.get("scenario") or row["attacker"], row["acting"]): row for row in rows}
        for s in evaluation:
            row = by[s.adversary, s.acting]
            self.assertEqual(int(row["violating"]), s.violating, row)
            self.assertEqual((float(row["return_mean"]), float(row["h_min"])), (s.return_mean, s.h_min), row)

    def eval_is_the_same(self, source, name, *words, **more):
        summary = os.path.join(self.out, "eval", "summary.csv")
        if os.path.exists(summary):
            os.remove(summary)
        evaluation = duro.eval(self.out, filter=source, episodes=20, seed=5, **more)
        self.assertEqual({s.acting for s in evaluation}, {"pi", name})
        self.assertEqual(len(evaluation), 10)
        self.same(("eval", self.out, "--filter", source, "--episodes", "20", "--seed", "5", *words), evaluation, summary)
        return evaluation

    def test_eval_by_a_run(self):
        self.eval_is_the_same(self.other, "filtered-by-other")

    def test_eval_by_a_solution(self):
        self.eval_is_the_same(self.grid, "filtered-by-grid", "--remedy", "box", "--filter-margin", "0.2", remedy="box",
                              filter_margin=0.2)

    def test_eval_by_a_certificate(self):
        self.eval_is_the_same(self.certificate, "filtered-by-grid-certificate", "--remedy", "fallback", remedy="fallback")

    def test_attack_by_a_solution(self):
        """Searches and attackers that are trained against the policy behind the filter too."""
        kinds = ("constant", "search", "safety", "best-safety")
        evaluation = duro.attack(self.out, filter=self.grid, adversaries=kinds, episodes=3, updates=20, attacker_seeds=1)
        self.same(("attack", self.out, "--filter", self.grid, "--attackers", ",".join(kinds), "--episodes", "3", "--updates",
                   "20", "--attacker-seeds", "1"), evaluation, os.path.join(self.out, "attack", "matrix.csv"))

    def test_a_controller(self):
        """A function in Python behind a certificate is the same function in C behind it, and the set is kept."""
        shield = duro.Filter(self.certificate)
        evaluation = duro.eval(rude, "double-integrator", filter=shield, adversaries=("none", "random"), episodes=20)
        self.assertEqual([s.acting for s in evaluation], ["player", "filtered-by-grid-certificate"] * 2)
        call("eval", self.rude, "--environment", "double-integrator", "--filter", self.certificate, "--episodes", "20",
             "--out", os.path.join(self.folder.name, "out"))
        with open(os.path.join(self.folder.name, "out", "rude", "summary.csv"), newline="") as file:
            rows = {(row["scenario"], row["acting"]): row for row in csv.DictReader(file)}
        for s in evaluation[1::2]:
            row = rows[s.adversary, s.acting]
            self.assertEqual((float(row["return_mean"]), float(row["h_min"])), (s.return_mean, s.h_min))
        self.assertGreater(evaluation[0].violating, 0)
        inside = shield.source.contains(evaluation[1].starts)
        self.assertTrue(inside.any())
        self.assertFalse(evaluation[1].violates[inside].any())
        counts = shield.counts
        self.assertEqual(counts.steps, int(evaluation[1].episodes["length"].sum() + evaluation[3].episodes["length"].sum()))
        self.assertEqual(counts.interventions, int(sum(evaluation[i].episodes["filtered_steps"].sum() for i in (1, 3))))

    def test_a_loop_of_ones_own(self):
        """Called step by step it is the filter of an evaluation: the same states, controls and interventions."""
        for source in (self.certificate, self.grid, self.other):
            shield, env = duro.Filter(source), duro.make("double-integrator")
            x, u, a, h = duro.rollout(shield.around(rude), env, adversary="random", episode=3)
            for t in range(len(u)):
                seen = env.observe(x[t]) if shield.looks_at == "observations" else x[t]
                taken, answer = shield(seen, rude(None, x[t : t + 1])[0])
                np.testing.assert_array_equal(taken, u[t])
                if not answer.replaced[0]:
                    np.testing.assert_array_equal(taken, rude(None, x[t : t + 1])[0])
                np.testing.assert_array_equal(env.step(x[t], u[t], a[t])[0], x[t + 1])

    def test_numbers_of_others(self):
        """Of another environment a proof says nothing, and Python says so."""
        with self.assertWarnsRegex(UserWarning, "proves nothing here"):
            duro.eval(rude, duro.make("double-integrator", disturbance=0.9), filter=self.certificate, episodes=2,
                      adversaries="none")
        with self.assertWarnsRegex(UserWarning, "other numbers"):
            duro.eval(rude, duro.make("double-integrator", disturbance=0.9), filter=self.grid, episodes=2, adversaries="none")

    def test_loaded(self):
        solution = duro.Solution.load(self.grid)
        self.assertEqual((solution.env.name, solution.finished, solution.has_task), ("double-integrator", True, False))
        solved = duro.solve("double-integrator", 41, task=False)
        np.testing.assert_array_equal(solution.safety_value, solved.safety_value)
        certificate = duro.Certificate.load(self.certificate, "double-integrator")
        self.assertTrue(certificate.is_of("double-integrator"))
        self.assertFalse(certificate.is_of(duro.make("double-integrator", disturbance=0.9)))
        with self.assertRaisesRegex(duro.ArgumentError, "wanted pendulum"):
            duro.Solution.load(self.grid, "pendulum")
        with self.assertRaisesRegex(duro.FileError, "no readable grid.json"):
            duro.Solution.load(self.out)
        with self.assertRaises(duro.FormatError):
            duro.Certificate.load(self.rude, "double-integrator")
        del solution.env
        self.assertEqual(solution.safety_at([[0.0, 0.0]]).shape, (1,))  # it keeps what it stands on


class OfObjects(unittest.TestCase):
    def setUp(self):
        self.policy, self.env = trained().policy, duro.make("cartpole")
        self.obs = self.env.observe(self.env.reset(200, start="train"))

    def test_own_filter(self):
        """With its own policy as source it is act("filtered")."""
        margin = float(np.median(self.policy.safety_value(self.obs)))
        u = self.policy.predict(self.obs, act="pi")[0]
        filtered, replaced = self.policy.act(self.obs, "filtered", margin)
        taken, answer = duro.Filter(self.policy, margin=margin)(self.obs, u)
        np.testing.assert_array_equal(taken, filtered)
        np.testing.assert_array_equal(answer.replaced, replaced)
        self.assertTrue(0 < replaced.sum() < len(replaced))
        self.assertTrue((answer.proposed[~replaced] >= np.float32(margin)).all())
        np.testing.assert_array_equal(answer.margin[~replaced], answer.proposed[~replaced])

    def test_predict(self):
        """As Stable-Baselines3 calls it, alone and behind another filter."""
        u, state = self.policy.predict(self.obs, None, None, True)
        self.assertIsNone(state)
        np.testing.assert_array_equal(u, self.policy.predict(self.obs, deterministic=True)[0])
        safe = duro.Filter(self.policy, margin=1e3).around(self.policy)  # nothing is admissible
        np.testing.assert_array_equal(safe.predict(self.obs)[0], self.policy.predict(self.obs, act="pi_h")[0])
        self.assertEqual(safe.predict(self.obs[0])[0].shape, u[0].shape)
        with self.assertRaisesRegex(duro.ArgumentError, "looks at states"):
            duro.Filter(duro.solve("double-integrator", 9, task=False)).around(rude).predict(np.zeros((1, 2)))

    def test_hysteresis(self):
        shield = duro.Filter(self.policy, margin=-1e3, hysteresis=1e6)
        u = np.zeros((200, 1))
        self.assertFalse(shield(self.obs, u)[1].replaced.any())
        held = np.arange(200) % 3 == 0
        np.testing.assert_array_equal(shield(self.obs, u, held)[1].replaced, held)

    def test_a_system_in_python(self):
        class Line(duro.System):
            na, x_low, x_high, dt = 1, (-1, -1), (1, 1), 0.1
            broken = False

            def step(self, x, u, a):
                if self.broken:
                    raise KeyError("mine")
                return x + self.dt * np.stack([x[:, 1], u[:, 0] + 0.3 * a[:, 0]], axis=1)

            def h(self, x):
                return 1 - abs(x).max(axis=1)

            def reward(self, x, u, a, x2):
                return -abs(x2[:, 0])

        system = Line()
        env = duro.make(system)
        shield = duro.Filter(duro.solve(env, 21, task=False))
        x = env.reset(50)
        u, answer = shield(x, np.ones((50, 1)))
        self.assertEqual((u.shape, answer.margin.shape), ((50, 1), (50,)))
        alone, behind = duro.eval([1.0], env, filter=shield, adversaries="constant", episodes=20)
        self.assertGreater(alone.violating, behind.violating)
        system.broken = True
        with self.assertRaisesRegex(KeyError, "mine"):
            shield(x, np.ones((50, 1)))

    def test_wrong_ones(self):
        with self.assertRaisesRegex(ValueError, "remedy is 'best'; wanted 'fallback'"):
            duro.Filter(self.policy, remedy="best")
        with self.assertRaisesRegex(duro.ArgumentError, "hysteresis of a filter is -1; wanted 0 or more"):
            duro.Filter(self.policy, hysteresis=-1)
        with self.assertRaisesRegex(duro.ArgumentError, "does not exist; wanted 'off', 'on', 'both'"):
            duro.eval(self.policy, filter="yes", episodes=2)
        with self.assertRaisesRegex(ValueError, "filter is 'on'"):
            duro.eval(self.policy, filter="on", remedy="box", episodes=2)
        with self.assertRaisesRegex(ValueError, "a Filter has its remedy"):
            duro.eval(self.policy, filter=duro.Filter(self.policy), filter_margin=1, episodes=2)
        with self.assertRaisesRegex(duro.ArgumentError, "obs has the shape"):
            duro.Filter(self.policy)(np.zeros((3, 2)), np.zeros((3, 1)))
        with self.assertRaisesRegex(duro.ArgumentError, "u has the shape"):
            duro.Filter(self.policy)(self.obs, np.zeros((3, 1)))
        with self.assertRaisesRegex(ValueError, "held has 2 numbers; wanted 200"):
            duro.Filter(self.policy)(self.obs, np.zeros((200, 1)), [True, False])
        with self.assertRaisesRegex(TypeError, "not behind a filter already"):
            duro.Filter(self.policy).around(duro.Filter(self.policy).around(self.policy))
        with self.assertRaisesRegex(duro.ArgumentError, "lacks Qh, pi_h or mu_h"):
            duro.Filter(trained(algorithm="SAC"))
        with warnings.catch_warnings(), self.assertRaises(duro.ArgumentError):
            warnings.simplefilter("ignore")
            duro.eval(self.policy, filter=duro.solve("double-integrator", 9, task=False), episodes=2)

    def test_shown(self):
        shield = duro.Filter(self.policy, margin=0.1)
        self.assertIn("<table", shield._repr_html_())
        self.assertIn("fallback, margin 0.1", repr(shield))
        self.assertIn("none, filtered-by-policy", repr(duro.eval(self.policy, filter=shield, adversaries="none", episodes=2)))


if __name__ == "__main__":
    unittest.main()
