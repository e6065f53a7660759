"""Cards, certificates of runs, and searches for settings: the files of the command line, and what others find again."""
import filecmp
import json
import os
import shutil
import tempfile
import unittest

import numpy as np
from common import PROGRAM, SMALL, call

import duro

RECHECK = os.path.join(os.path.dirname(PROGRAM), "duro-recheck")
FEW = {**SMALL, "train.looks": 1, "train.look_episodes": 4, "train.trial_episodes": 4, "train.trial_search": 4}


class Cards(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-python-card-")
        cls.path = os.path.join(cls.folder, "run")
        cls.run_ = duro.train("double-integrator", "DRAC", out=cls.path, steps=6400, seed=2, progress=False, **FEW)
        call("attack", cls.path, "--attackers", "none,random,constant", "--episodes", "20", "--quiet")
        cls.certified = duro.certify_run(cls.run_, method="cones", states=500, progress=False)
        cls.card = duro.card(cls.run_, recheck=RECHECK)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def copy(self, name):
        path = os.path.join(self.folder, name)
        shutil.copytree(self.path, path)
        return path

    def test_certified(self):
        c = self.certified
        self.assertEqual((c.own + c.nearest + c.fallback + c.none, c.states, c.made), (500, 500, True))
        self.assertEqual(c.share_own.value, c.own / 500)
        self.assertLessEqual(c.share_own.low, c.share_own.value)
        certificate = duro.Certificate.load(c.path, self.run_.env)
        self.assertEqual(certificate.volume, float(f"{c.volume:.9g}"))  # a file has nine digits of it
        self.assertTrue(certificate.is_of(self.run_.env))
        again = duro.certify_run(self.path, certificate=c.path, states=500, progress=False)
        self.assertEqual(again[1:8] + again[9:], c[1:8] + c[9:])
        self.assertFalse(again.made)
        mine, theirs = (self.copy(name) for name in ("mine", "theirs"))
        for copy in (mine, theirs):
            shutil.rmtree(os.path.join(copy, "certified"))
        duro.certify_run(mine, grid=31, low=(-4, -4), high=(4, 4), states=100, progress=False)
        call("certify", theirs, "--grid", "31", "--low=-4,-4", "--high", "4,4", "--states", "100", "--quiet")
        for name in ("certified.json", "set.certificate"):
            self.assertTrue(filecmp.cmp(*(os.path.join(copy, "certified", name) for copy in (mine, theirs)), shallow=False), name)
        with self.assertRaises(duro.Stopped):
            duro.certify_run(mine, grid=31, callback=lambda now: False, progress=False)
        with self.assertRaisesRegex(duro.ArgumentError, "certificate.cutt"):
            duro.certify_run(self.path, cutt=1, progress=False)

    def test_card(self):
        mine = os.path.join(self.folder, "mine.json")
        os.rename(self.card.path, mine)
        call("card", self.path, "--quiet")
        self.assertTrue(filecmp.cmp(self.card.path, mine, shallow=False))
        self.assertEqual(self.card.line("attack/random-pi")["says"]["episodes"], 20)
        with self.assertRaises(KeyError):
            self.card.line("attack/nobody")
        self.assertIn("attack/random-pi", self.card._repr_html_())

    def test_verify(self):
        heard = []
        found = duro.verify(self.card, recheck=RECHECK, callback=heard.append, progress=False)
        self.assertEqual([line for line in found if line.finding != "same"], [])
        self.assertTrue(found.same)
        self.assertEqual((len(found), found.count("same"), list(found)), (len(self.card.lines), len(self.card.lines), heard))
        moved = self.copy("moved")
        with open(os.path.join(moved, "card.json")) as file:
            card = json.load(file)
        next(line for line in card["lines"] if line["line"] == "attack/random-pi")["says"]["violating"] += 1
        with open(os.path.join(moved, "card.json"), "w") as file:
            json.dump(card, file)
        found = duro.verify(os.path.join(moved, "card.json"), lines="attack", progress=False)
        wrong = [line for line in found if line.finding == "different"]
        self.assertEqual([line.line for line in wrong], ["attack/random-pi"])
        self.assertIn("violating", wrong[0].why)
        self.assertFalse(found.same)
        self.assertIn("violating", found._repr_html_())
        # the card of one folder about the run of another
        self.assertTrue(duro.verify(self.card, moved, lines="policy", progress=False).same)
        with self.assertRaises(duro.Stopped):
            duro.verify(self.card, callback=lambda line: False, progress=False)
        with self.assertRaises(ZeroDivisionError):
            duro.verify(self.card, callback=lambda line: 1 / 0, progress=False)

    def test_mistakes(self):
        with self.assertRaisesRegex(duro.FileError, "nowhere"):
            duro.card("/nowhere")
        with self.assertRaisesRegex(duro.FileError, "cannot read"):
            duro.Card("/nowhere/card.json")
        with self.assertRaisesRegex(duro.FormatError, "is no card"):
            duro.Card(os.path.join(self.path, "run.json"))
        with self.assertRaisesRegex(duro.MissingError, "/nowhere/duro-recheck was not found"):
            duro.verify(self.card, recheck="/nowhere/duro-recheck")
        with self.assertRaisesRegex(duro.FileError, "nowhere"):
            duro.certify_run("/nowhere")


class Tunings(unittest.TestCase):
    FILE = """title: Small
environment: double-integrator
algorithm: DRAC
set: [train.look_at_all=true, %s]
settings:
  learn.rate_critic: {low: 1e-4, high: 1e-2, scale: log}
configurations: 2
steps: 3200
seeds: [1]
judge_seeds: [101]
attackers: [none]
episodes: 4
rungs: [0.5, 1]
""" % ", ".join(f"{name}={value}" for name, value in FEW.items())

    def test_small(self):
        with tempfile.TemporaryDirectory() as folder:
            path, out = os.path.join(folder, "small.yaml"), os.path.join(folder, "out")
            with open(path, "w") as file:
                file.write(self.FILE)
            done = duro.tune(path, out, program=PROGRAM, progress=False)
            self.assertEqual([row["configuration"] for row in done.rungs if row["rung"] == 1], ["default", "1", "2"])
            self.assertTrue(all(np.isfinite(row["return"]) for row in done.rungs))
            self.assertTrue({row["configuration"] for row in done.judged} <= {"chosen", "default"})
            self.assertLessEqual(set(done.chosen), {"learn.rate_critic"})
            duro.train("double-integrator", "DRAC", **{**SMALL, "steps": 640, **done.chosen}, progress=False)
            self.assertIn("judged on other seeds", done._repr_html_())
            self.assertEqual(duro.Tuning(out).rungs, done.rungs)

    def test_mistakes(self):
        with self.assertRaisesRegex(duro.MissingError, "a search is run by the program duro, which was not found"):
            duro.tune("small.yaml", program="/nowhere/duro")
        with self.assertRaisesRegex(duro.Error, "nowhere.yaml"):
            duro.tune("/nowhere.yaml", "/tmp/x", program=PROGRAM)
        with self.assertRaisesRegex(duro.FileError, "holds no best.yaml"):
            duro.Tuning("/nowhere")


if __name__ == "__main__":
    unittest.main()
