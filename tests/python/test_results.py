"""What calls give back: tables, pictures, progress; certificates and experiments."""
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

import numpy as np
from common import PROGRAM, SMALL, STEPS, call, trained

import duro
from duro import _look

try:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import pandas
except ImportError:
    plt = pandas = None

RECHECK = os.path.join(os.path.dirname(PROGRAM), "duro-recheck")
pictures = unittest.skipUnless(plt, "matplotlib or pandas is not installed")


class Certificates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.env = duro.make("double-integrator", dt=0.2)
        cls.certificate = duro.certify(cls.env, 61)

    def test_bytes(self):
        """The file is that of the command line, and another program proves it."""
        with tempfile.TemporaryDirectory() as folder:
            out, mine = os.path.join(folder, "solution"), os.path.join(folder, "mine")
            call("solve", "double-integrator", "--set", "env.dt=.2", "--grid", "61", "--certify", "--set", "grid.task=false",
                 "--no-pictures", "--quiet", "--out", out)
            self.certificate.save(mine)
            with open(mine, "rb") as one, open(os.path.join(out, "set.certificate"), "rb") as other:
                self.assertEqual(one.read(), other.read())
            done = subprocess.run([RECHECK, mine], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_set(self):
        solution = duro.solve(self.env, 61, task=False)
        self.assertTrue(0.7 < self.certificate.share(solution) <= 1)
        x = np.random.default_rng(1).uniform(self.env.x_low, self.env.x_high, (2000, 2))
        u, inside = self.certificate.control(x)
        np.testing.assert_array_equal(inside, self.certificate.contains(x))
        np.testing.assert_array_equal(inside, self.certificate.value(x) >= 0)
        self.assertTrue(0 < inside.sum() < 2000)
        self.assertTrue((u[~inside] == 0).all())
        for a in (-1.0, 1.0):  # one step from the set leads into it
            x2, _, h, _ = self.env.step(x[inside], u[inside], np.full((inside.sum(), 1), a))
            self.assertTrue(self.certificate.contains(x2).all() and (h >= 0).all())

    def test_player(self):
        inside = self.env.reset(400, start="train")
        inside = inside[self.certificate.contains(inside)]
        evaluation = duro.eval(self.certificate, self.env, starts=inside, adversaries=("random", "constant", "square"))
        self.assertEqual([s.violating for s in evaluation], [0, 0, 0])

    def test_cones(self):
        certificate = duro.certify(self.env, 5, method="cones")
        self.assertIsNone(certificate.solution)
        self.assertGreater(certificate.volume, 0.5 * self.certificate.volume)

    def test_export(self):
        """Certificate and solution become the files of the command line; boxes become none."""
        with tempfile.TemporaryDirectory() as folder:
            out, mine, theirs = (os.path.join(folder, name) for name in ("solution", "mine", "theirs"))
            os.mkdir(mine)
            call("solve", "double-integrator", "--set", "env.dt=.2", "--grid", "61", "--certify", "--set", "grid.task=false",
                 "--set", "certificate.method=cones", "--no-pictures", "--quiet", "--out", out)
            call("export", os.path.join(out, "set.certificate"), "--out", theirs)
            call("export", out, "--out", theirs, "--accept-failed-solution")
            names = [duro.certify(self.env, 61, method="cones").export(mine), duro.solve(self.env, 61, task=False).export(mine)]
            self.assertEqual(names, ["double_integrator_shield", "double_integrator_grid"])
            for name in names:
                for ending in (".c", ".h"):
                    texts = []
                    for place in (mine, theirs):
                        with open(os.path.join(place, name + ending), encoding="utf-8") as file:
                            texts.append([line for line in file if "duro export" not in line])
                    self.assertEqual(*texts)
            with self.assertRaisesRegex(duro.ArgumentError, "boxes does not become C"):
                self.certificate.export(mine)

    def test_mistakes(self):
        with self.assertRaisesRegex(NotImplementedError, "states no formula"):
            duro.certify("racing-car")
        with self.assertRaisesRegex(duro.ArgumentError, 'did you mean "certificate.depth"'):
            duro.certify(self.env, dept=3)
        self.assertTrue(issubclass(duro.Stopped, duro.Error))
        with self.assertRaisesRegex(duro.Stopped, "asked to stop"):
            duro.certify(self.env, 31, callback=lambda now: False)
        self.assertIn("certificate.cut", {row.name for row in duro.settings("certificate")})


class Experiments(unittest.TestCase):
    FILE = """title: Small
groups:
  - name: first
    environment: cartpole
    seeds: {first: 3, count: 1}
    episodes: 20
    attackers: [none, random]
    runs:
      - {name: A, algorithm: DRAC, set: [train.steps=2560, train.looks=1, train.choose=false, %s]}
""" % ", ".join(f"{name}={value}" for name, value in SMALL.items())

    def test_small(self):
        with tempfile.TemporaryDirectory() as folder:
            path, out = os.path.join(folder, "small.yaml"), os.path.join(folder, "out")
            with open(path, "w") as file:
                file.write(self.FILE)
            done = duro.experiment(path, out, program=PROGRAM)
            self.assertEqual(done.groups, ["first"])
            self.assertEqual(len(done.table("first-matrix")), 4)  # two attackers, with and without the filter
            self.assertIn("against the worst attacker", done._repr_html_())
            policy = duro.load(os.path.join(out, "runs", "first", "A-3"))
            row = next(r for r in done.table("first-matrix") if (r["attacker"], r["acting"]) == ("random", "pi"))
            mine = duro.eval(policy, "cartpole", adversaries="random", act="pi", episodes=20)
            self.assertEqual((row["violating"], row["h_min"]), (mine.worst.violating, mine.worst.h_min))
            if plt:
                self.assertEqual(len(done.to_pandas()), len(done.summary))
                done.plot()
                plt.close("all")
            self.assertEqual(repr(duro.Experiment(out)), repr(done))

    def test_mistakes(self):
        with self.assertRaisesRegex(duro.MissingError, "program duro, which was not found"):
            duro.experiment("small.yaml", program="/nowhere/duro")
        with self.assertRaisesRegex(duro.Error, "nowhere.yaml"):
            duro.experiment("/nowhere.yaml", "/tmp", program=PROGRAM)
        with self.assertRaisesRegex(duro.FileError, "holds no report.html"):
            duro.Experiment("/nowhere")


class Results(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.training = duro.train("double-integrator", "DRAC", steps=STEPS, **SMALL)
        cls.solution = duro.solve("double-integrator", 31)
        cls.sets = duro.sets(cls.training, points=41, starts=20)
        cls.evaluation = duro.eval(trained(), episodes=10)
        cls.all = (cls.training, cls.solution, cls.sets, cls.evaluation, duro.check("double-integrator", quick=True))

    def test_left_out(self):
        evaluation = duro.attack([0.0], "cartpole", adversaries=("none", "safety", "grid", "best-safety"), episodes=3)
        self.assertEqual([s.adversary for s in evaluation], ["none"])
        self.assertEqual(list(evaluation.left_out), ["safety", "grid", "best-safety"])
        self.assertIn("left out: grid (no solution is given)", repr(evaluation))

    def test_reach(self):
        """A point on a line that is pushed by u and, less, by a: what comes into a box in time, as duro solve has it."""
        settings = {"method": "hj", "goal": "reach", "target": "x1 in [-1, 1], x2 in [-1, 1]", "time": 1}
        solution = duro.solve("double-integrator", 31, **settings)
        self.assertEqual(solution.goal, "reach")
        self.assertFalse(solution.has_task)
        self.assertIn("% reach the target", repr(solution))
        self.assertGreater(float(solution.safety_at([[0.0, 0.0]])[0]), 0)
        self.assertLess(float(solution.safety_at([[5.0, 5.0]])[0]), 0)
        self.assertGreater(solution.volume(), duro.solve("double-integrator", 31, **{**settings, "time": 0.5}).volume())
        # at rest beside the box: towards it, and the push away from it
        x = np.array([[1.2, 0.0], [0.0, 0.0], [5.0, 5.0]])
        u = solution.control(x[:1])
        self.assertEqual((float(u[0, 0]), float(solution.disturbance(x[:1], u)[0, 0])), (-1.0, 1.0))
        times = solution.arrival_at(x)
        self.assertTrue(0 < times[0] and times[1] == 0 and times[2] == np.inf)
        np.testing.assert_array_equal(np.isfinite(solution.arrival), solution.safety_value >= 0)
        at_the_end = duro.solve("double-integrator", 31, **settings, tube=False)
        self.assertTrue(np.isnan(at_the_end.arrival_at(x)).all())
        for wrong in (lambda: at_the_end.control([[0.0, 0.0]]), lambda: at_the_end.arrival, lambda: solution.safety_policy,
                      lambda: duro.eval(solution, episodes=2)):
            with self.assertRaisesRegex(duro.ArgumentError, "grid.goal .*is reach"):
                wrong()
        with self.assertRaisesRegex(duro.ArgumentError, "states no target"):
            duro.solve("double-integrator", 31, method="hj", goal="reach")

    def test_html(self):
        for result in (*self.all, trained().policy, duro.make("cartpole")):
            html = result._repr_html_()
            self.assertEqual((html[:7], html.count("<tr>"), html[-8:]), ("<table>", html.count("</tr>"), "</table>"))
        self.assertIn("&lt;b&gt;", _look.table("<b>", (), [("<b>",)]))
        self.assertIn(f"IoU {self.sets.iou:.4f}", repr(self.sets))

    @pictures
    def test_pandas(self):
        rows = [len(result.to_pandas()) for result in self.all]
        self.assertEqual(rows, [len(self.training.rows), 31 * 31, 15, len(self.evaluation), len(self.all[4])])
        frame = self.solution.to_pandas()
        # values are float, edges of cells are rounded
        np.testing.assert_allclose(self.solution.safety_at(frame.iloc[:, :2].to_numpy()), frame["safety_value"], atol=1e-6)

    @pictures
    def test_plots(self):
        """Each is drawn, and shows what it should."""
        axes = self.training.plot("return", "violations")
        duro.train("double-integrator", "SAC", steps=STEPS, **SMALL).plot("return", "violations", ax=axes)
        self.assertEqual([len(a.lines) for a in axes], [2, 2])
        self.assertEqual([t.get_text() for t in axes[0].get_legend().get_texts()], ["DRAC", "SAC"])
        np.testing.assert_array_equal(axes[1].lines[0].get_ydata(), self.training.to_pandas()["violations"].dropna())
        ax = self.evaluation.plot()
        said = [t.get_text() for t in ax.texts]
        self.assertEqual(said[::2], [f"{s.violating}/{len(s.episodes)}" for s in
                                     sorted(self.evaluation, key=lambda s: s.acting != "pi")])
        ax = self.sets.plot()
        self.assertEqual(ax.get_xlabel(), "x1 (m)")
        shown = ax.collections[0].get_array()
        self.assertAlmostEqual(np.isin(shown, (1, 2)).mean(), self.sets.exact_share, delta=0.02)
        self.assertAlmostEqual((shown == 3).mean(), self.sets.false_safe, delta=0.02)
        duro.sets(self.training, truth=self.solution, starts=5).plot()
        self.solution.plot()
        duro.certify("double-integrator", 31, method="cones").plot(solution=self.solution)
        for figure in map(plt.figure, plt.get_fignums()):
            figure.savefig(io.BytesIO())
        plt.close("all")


class Lines(unittest.TestCase):
    """Progress."""

    def said(self, **given):
        words = io.StringIO()
        with contextlib.redirect_stderr(words):
            duro.train("cartpole", steps=2560, **SMALL, **given)
        return words.getvalue()

    def test_no_terminal(self):
        self.assertEqual(self.said(), "")
        self.assertEqual(self.said(progress=False), "")

    def test_line(self):
        said = self.said(progress=True)
        self.assertTrue(said.startswith("\rDRAC on cartpole: step ") and said.endswith("\n") and said.count("\n") == 1, said)
        self.assertIn("step 2560/2560", said)

    def test_every_call(self):
        words = io.StringIO()
        with contextlib.redirect_stderr(words), mock.patch.object(_look.Line, "due", lambda self, end=False: self.shown):
            duro.solve("double-integrator", 21, progress=True)
            duro.attack(trained(), episodes=5, adversaries=("none", "best-safety"), filter="off", updates=20,
                        attacker_seeds=1, progress=True)
        self.assertIn("\rsolving double-integrator: safety, sweep ", words.getvalue())
        self.assertRegex(words.getvalue(), r"cartpole \[2/2\] best-safety, pi: (attacker 1/1|5/5)")

    def test_notebook(self):
        """A bar that is made once and changed afterwards."""
        shown, changed = [], []

        def display(bar, display_id):
            shown.append(bar._repr_html_())
            return types.SimpleNamespace(update=lambda bar: changed.append(bar._repr_html_()))

        fake = types.SimpleNamespace(get_ipython=lambda: object(), display=types.SimpleNamespace(display=display))
        with mock.patch.dict(sys.modules, {"IPython": fake, "ipykernel": types.SimpleNamespace()}):
            self.assertEqual(self.said(), "")
        self.assertEqual(len(shown), 1)
        self.assertIn('<progress value="1.0000">', (shown + changed)[-1])


if __name__ == "__main__":
    unittest.main()
