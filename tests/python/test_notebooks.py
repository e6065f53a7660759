"""Every notebook of examples/notebooks runs, cell by cell, with small numbers in place of its parameters."""
import ast
import contextlib
import glob
import importlib
import importlib.util
import io
import json
import os
import unittest
import warnings

FOLDER = os.path.join(os.environ["DURO_SOURCE"], "examples", "notebooks")
#: what a notebook needs beside the packages of these tests, and its parameters here
NOTEBOOKS = {
    "1-first-policy": ("matplotlib", {"STEPS": 6000, "EPISODES": 5}),
    "2-own-system": ("matplotlib", {"STEPS": 6000, "POINTS": 15, "EPISODES": 5}),
    "3-attack-an-agent": ("stable_baselines3", {"STEPS": 200, "OWN_STEPS": 6000, "EPISODES": 2,
                                                  "SEARCH": {"population": 4, "iterations": 1, "searches": 1, "horizon": 30}}),
    "4-sets-and-certificates": ("matplotlib", {"STEPS": 6000, "POINTS": 41}),
}
SMALL = {"train.envs": 32, "train.warmup": 640, "train.replay": 3000, "learn.width": 16}


class Shown(list):
    """What a notebook shows: HTML where a result has it."""

    def __call__(self, value):
        if value is not None:
            show = getattr(value, "_repr_html_", None)
            self.append(show() if show else repr(value))


def run_cell(source, names, shown, where):
    """Executes a cell; the value of a last expression without a semicolon is shown."""
    tree = ast.parse(source, where)
    last = tree.body[-1] if tree.body else None
    ends = isinstance(last, ast.Expr) and not source.rstrip().endswith(";")
    body = ast.Module(tree.body[:-1] if ends else tree.body, [])
    exec(compile(body, where, "exec"), names)
    if ends:
        shown(eval(compile(ast.Expression(last.value), where, "eval"), names))


def run_notebook(name, parameters):
    """(names, what was shown, figures) after its last cell."""
    import matplotlib.pyplot as plt

    with open(os.path.join(FOLDER, name + ".ipynb"), encoding="utf-8") as file:
        book = json.load(file)
    names, shown, figures = {"__name__": "__main__"}, Shown(), 0
    for i, cell in enumerate(book["cells"]):
        if cell["cell_type"] != "code":
            continue
        if cell["outputs"] or cell["execution_count"] is not None:
            raise AssertionError(f"{name}: cell {i} has outputs; notebooks are kept without")
        run_cell("".join(cell["source"]), names, shown, f"{name}, cell {i}")
        figures += len(plt.get_fignums())  # a notebook draws them below the cell
        plt.close("all")
        if "parameters" in cell["metadata"].get("tags", ()):
            assert set(parameters) <= set(names), parameters
            names.update(parameters)
    return names, shown, figures


class Notebooks(unittest.TestCase):
    def setUp(self):
        import matplotlib

        import duro

        matplotlib.use("Agg")
        train = duro.train  # notebooks train with defaults; a smaller network does here
        duro.train = lambda *given, **more: train(*given, **{**SMALL, **more})
        self.addCleanup(setattr, duro, "train", train)

    def run_one(self, name):
        needed, parameters = NOTEBOOKS[name]
        if not importlib.util.find_spec(needed):
            self.skipTest(f"{needed} is not installed")
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            if needed == "stable_baselines3":
                warnings.simplefilter("ignore")  # of SB3 and torch
                importlib.import_module("torch").set_num_threads(1)
            return run_notebook(name, parameters)

    def test_all_are_known(self):
        there = {os.path.basename(path)[: -len(".ipynb")] for path in glob.glob(os.path.join(FOLDER, "*.ipynb"))}
        self.assertEqual(there, set(NOTEBOOKS))

    def test_first_policy(self):
        names, shown, figures = self.run_one("1-first-policy")
        self.assertEqual((names["training"].finished, figures), (True, 3))
        self.assertIn("starts, filtered", shown[-1])

    def test_own_system(self):
        names, shown, figures = self.run_one("2-own-system")
        self.assertEqual(figures, 2)
        self.assertIn("sound as far as it was tried", "".join(shown))
        self.assertEqual(names["evaluation"]["grid"].adversary, "grid")

    def test_attack_an_agent(self):
        names, shown, figures = self.run_one("3-attack-an-agent")
        self.assertEqual(figures, 2)
        self.assertEqual(len(names["theirs"]), 7)

    def test_sets_and_certificates(self):
        names, shown, figures = self.run_one("4-sets-and-certificates")
        self.assertEqual(figures, 3)
        self.assertGreater(names["cones"].share(names["solution"]), 0.9)
        self.assertIn("0/", shown[-2])


if __name__ == "__main__":
    unittest.main()
