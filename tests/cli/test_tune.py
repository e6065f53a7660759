#!/usr/bin/env python3
"""Drives duro tune, and its calls from C: test_tune.py path/to/duro path/to/tune_caller."""

import csv
import glob
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

DURO, CALLER = (os.path.abspath(word) for word in sys.argv[1:3])
FILE = """title: A search
environment: double-integrator
algorithm: DRAC
set: [learn.width=16, learn.batch=32, train.envs=32, train.warmup=640, train.replay=5000, train.looks=2,
      train.look_episodes=4, train.trial_episodes=4, train.trial_search=4]
settings:
  learn.rate_critic: {low: 1e-4, high: 1e-2, scale: log}
  learn.margin: {low: 0.05, high: 0.15}
  learn.player_every: {choices: [1, 2, 5]}
configurations: 4
steps: 3200
rungs: [0.5, 1]
seeds: [1, 2]
judge_seeds: {first: 101, count: 2}
attackers: [none, random]
episodes: 4
"""
RESULTS = ("tune.csv", "judged.csv", "best.yaml")


def rows_of(*path):
    with open(os.path.join(*path), newline="") as file:
        return list(csv.DictReader(file))


class Tune(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-tune-")
        cls.file("t.yaml", FILE)
        cls.out = cls.duro("tune", "t.yaml", "--out", "whole", "--jobs", "2", "--quiet").stdout

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def file(cls, name, text):
        with open(os.path.join(cls.folder, name), "w") as file:
            file.write(text)

    @classmethod
    def duro(cls, *words, status=0):
        done = subprocess.run([DURO, *words], cwd=cls.folder, capture_output=True, text=True, timeout=600)
        assert done.returncode == status, f"{words}: {done.returncode} {done.stdout}{done.stderr}"
        return done

    def start(self, *words):
        return subprocess.Popen([DURO, *words], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def texts(self, out):
        texts = []
        for name in RESULTS:
            with open(os.path.join(self.folder, out, name)) as file:
                texts.append(file.read())
        return texts

    def begun(self, out):
        """How many trainings have a table."""
        return len(glob.glob(os.path.join(self.folder, out, "runs", "*", "train.csv")))

    def looks(self, configuration, low, high):
        """(violating, episodes, return) of the looks after `low` up to `high` steps, over the seeds, as the page says."""
        total, of, score = 0, 0, 0.0
        for seed in (1, 2):
            rows = [row for row in rows_of(self.folder, "whole", "runs", f"{configuration}-{seed}", "eval", "during.csv")
                    if low < int(row["step"]) <= high]
            self.assertTrue(rows)
            ways = []
            for filtered in (False, True):
                of_way = [row for row in rows if (row["acting"] == "filtered") == filtered]
                ways.append((sum(int(r["violating"]) for r in of_way), sum(int(r["episodes"]) for r in of_way)))
            best = min(ways, key=lambda way: way[0] / way[1])
            total, of = total + best[0], of + best[1]
            plain = [float(r["return"]) for r in rows if r["scenario"] == "none"]
            score += sum(plain) / len(plain) / 2
        return total, of, score

    def test_who_goes_on(self):
        """Scores are those of the looks, and the better half of a rung goes on, with the default one."""
        rows = rows_of(self.folder, "whole", "tune.csv")
        first = [row for row in rows if row["rung"] == "1"]
        last = [row for row in rows if row["rung"] == "2"]
        self.assertEqual([row["configuration"] for row in first], ["default", "1", "2", "3", "4"])
        for row in rows:
            low, high = (800, 1600) if row["rung"] == "1" else (1600, 3200)
            violating, episodes, score = self.looks(row["configuration"].replace("default", "0"), low, high)
            self.assertEqual((int(row["violating"]), int(row["episodes"])), (violating, episodes), row)
            self.assertAlmostEqual(float(row["return"]), score, delta=1e-9 * abs(score))
        order = sorted(first, key=lambda row: (float(row["share"]), -float(row["return"])))
        expected = {row["configuration"] for row in order[:3]} | {"default"}  # ceil(0.5 * 5) of them
        self.assertEqual({row["configuration"] for row in last}, expected)
        best = min(last, key=lambda row: (float(row["share"]), -float(row["return"])))
        self.assertEqual([row["configuration"] for row in rows if row["best"] == "1"], [best["configuration"]])

    def test_what_is_drawn(self):
        """Values lie in their ranges and are spread as they were asked to be; another seed draws others."""
        self.file("many.yaml", FILE.replace("configurations: 4", "configurations: 400"))
        self.file("other.yaml", FILE.replace("configurations: 4", "configurations: 4\nseed: 2"))
        lines = [line.split() for line in self.duro("tune", "many.yaml", "--dry-run").stdout.splitlines()[1:401]]
        rates, margins, every = (sorted(float(line[i].split("=")[1]) for line in lines) for i in (1, 2, 3))
        self.assertTrue(1e-4 <= rates[0] and rates[-1] <= 1e-2 and 0.05 <= margins[0] and margins[-1] <= 0.15)
        # medians of 400: five standard deviations of the share below the middle are 0.125
        self.assertLess(abs(sum(rate < 1e-3 for rate in rates) / 400 - 0.5), 0.125)
        self.assertLess(abs(sum(margin < 0.1 for margin in margins) / 400 - 0.5), 0.125)
        for choice in (1, 2, 5):
            self.assertLess(abs(every.count(choice) / 400 - 1 / 3), 0.12)
        few = self.duro("tune", "t.yaml", "--dry-run").stdout.splitlines()[1:5]
        self.assertEqual([line.split() for line in few], lines[:4])  # the first ones do not depend on how many there are
        self.assertNotEqual(few, self.duro("tune", "other.yaml", "--dry-run").stdout.splitlines()[1:5])

    def test_best_is_trained_with(self):
        self.duro("train", "--config", "whole/best.yaml", "--out", "again", "--set", "train.steps=1600", "--quiet")
        best = next(row for row in rows_of(self.folder, "whole", "tune.csv") if row["best"] == "1")
        with open(os.path.join(self.folder, "again", "config.yaml")) as file:
            text = file.read()
        for name in ("learn.rate_critic", "learn.margin", "learn.player_every"):
            if best[name]:
                self.assertIn(f"{name.partition('.')[2]}: {best[name]}", text)

    def test_judged_apart(self):
        self.assertRegex(self.out, r"(?m)^chosen on looks, 2 seeds: ")
        self.assertRegex(self.out, r"(?m)^judged on 2 other seeds, other starts, by attackers:$")
        rows = rows_of(self.folder, "whole", "judged.csv")
        best = next(row for row in rows_of(self.folder, "whole", "tune.csv") if row["best"] == "1")["configuration"]
        whose = ["default"] if best == "default" else ["chosen", "default"]
        self.assertEqual([(r["configuration"], r["attacker"]) for r in rows], [(w, a) for w in whose for a in ("none", "random")])
        self.assertTrue(all(row["episodes"] == "8" for row in rows))
        with open(os.path.join(self.folder, "whole", "report.html")) as file:
            page = file.read()
        self.assertIn("Judged on other seeds", page)
        self.assertIn("A search", page)

    def test_again_is_nothing(self):
        before = os.stat(os.path.join(self.folder, "whole", "runs", "0-1", "train.csv")).st_mtime_ns
        texts = self.texts("whole")
        self.duro("tune", "t.yaml", "--out", "whole", "--quiet")
        self.assertEqual(self.texts("whole"), texts)
        self.assertEqual(os.stat(os.path.join(self.folder, "whole", "runs", "0-1", "train.csv")).st_mtime_ns, before)

    def test_killed_anywhere(self):
        """A moment after one more training has begun, however long one takes, and until the end comes first."""
        draw, kills, ended = random.Random(5), 0, False
        while not ended:
            begun = self.begun("killed")
            tune = self.start("tune", "t.yaml", "--out", "killed", "--jobs", "2", "--quiet")
            while tune.poll() is None and self.begun("killed") == begun:
                time.sleep(0.002)
            try:
                tune.communicate(timeout=draw.uniform(0, 0.1))
                ended = True
            except subprocess.TimeoutExpired:
                tune.send_signal(signal.SIGKILL)
                tune.communicate()
                kills += 1
                time.sleep(0.2)  # its children go with it, a moment later
        self.assertGreater(kills, 0)
        self.duro("tune", "t.yaml", "--out", "killed", "--quiet")
        self.assertEqual(self.texts("killed"), self.texts("whole"))

    def test_workers(self):
        workers = [self.start("tune", "t.yaml", "--out", "shared", "--jobs", "1", "--quiet", "--worker", f"{i}/2") for i in (1, 2)]
        for worker in workers:
            text = worker.communicate(timeout=300)[0]
            self.assertEqual(worker.returncode, 0, text)
        self.assertEqual(self.texts("shared"), self.texts("whole"))

    def caller(self, *words, status=0):
        done = subprocess.run([CALLER, *words], cwd=self.folder, capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def test_from_c(self):
        """Stopped and gone on with, the library leaves what the command leaves, and says what the tables say."""
        self.assertIn("stopped", self.caller(DURO, "t.yaml", "from-c", "3", status=1).stderr)
        lines = [line.split(",") for line in self.caller(DURO, "t.yaml", "from-c").stdout.splitlines()]
        self.assertEqual(self.texts("from-c"), self.texts("whole"))
        table = rows_of(self.folder, "whole", "tune.csv")
        last = {row["configuration"].replace("default", "0"): row for row in table}  # later rungs overwrite
        for line in (line for line in lines if line[0] == "configuration"):
            row = last[line[1]]
            self.assertEqual(line[2:6], [row["rung"], "0", row["violating"], row["episodes"]])
            self.assertEqual(float(line[6]), float(row["return"]))
            self.assertEqual([word.partition("=")[2] for word in line[7:]],
                             [row[name] for name in ("learn.rate_critic", "learn.margin", "learn.player_every")])
        best = next(row["configuration"] for row in table if row["best"] == "1")
        self.assertIn(["best", best.replace("default", "0")], lines)
        judged = [line[1:] for line in lines if line[0] == "judged"]
        rows = rows_of(self.folder, "whole", "judged.csv")
        self.assertEqual([line[:4] for line in judged],
                         [[row[name] for name in ("configuration", "attacker", "violating", "episodes")] for row in rows])
        self.assertEqual([[float(word) for word in line[4:]] for line in judged],
                         [[float(row["return"]), float(row["h_min"])] for row in rows])

    def test_from_c_what_is_wrong(self):
        self.assertIn("no program is given", self.caller("", "t.yaml", "nothing", status=1).stderr)
        self.assertIn("none.yaml", self.caller(DURO, "none.yaml", "nothing", status=1).stderr)
        os.makedirs(os.path.join(self.folder, "busy-c", "runs"))
        self.file("busy-c/runs/1-1", "in the way")
        done = self.caller(DURO, "t.yaml", "busy-c", status=1)
        self.assertRegex(done.stderr, "job 'train 1-1 rung 1' failed, and not by its settings; .*log says why")

    def test_a_fault_of_the_machine_says_nothing_about_settings(self):
        os.makedirs(os.path.join(self.folder, "busy", "runs"))
        self.file("busy/runs/1-1", "in the way")
        done = self.duro("tune", "t.yaml", "--out", "busy", "--quiet", status=1)
        self.assertIn("the same command goes on", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "busy", "best.yaml")))
        os.remove(os.path.join(self.folder, "busy", "runs", "1-1"))
        self.duro("tune", "t.yaml", "--out", "busy", "--quiet")
        self.assertEqual(self.texts("busy"), self.texts("whole"))

    def test_what_fails_is_left_out(self):
        """A configuration whose training ends with an error goes no further; the search does."""
        self.file("fails.yaml", FILE.replace("[1, 2, 5]", "[1, 4]"))  # 4 does not divide learn.lambda_every
        done = self.duro("tune", "fails.yaml", "--out", "fails", "--quiet")
        self.assertIn("wanted a multiple of learn.player_every = 4", done.stderr)
        rows = rows_of(self.folder, "fails", "tune.csv")
        failed = [row for row in rows if not row["episodes"]]
        self.assertTrue(failed)
        self.assertTrue(all(row["learn.player_every"] == "4" for row in failed))
        self.assertFalse(any(row["learn.player_every"] == "4" for row in rows if row not in failed))
        self.caller(DURO, "fails.yaml", "fails-c")
        self.assertEqual(self.texts("fails-c"), self.texts("fails"))
        with open(os.path.join(self.folder, "fails", "report.html")) as file:
            self.assertIn("failed", file.read())

    def test_wrong_files(self):
        for text, wanted in (
                (FILE.replace("rungs", "rung"), 'unknown key "rung".*did you mean "rungs"'),
                (FILE.replace("learn.margin", "learn.margins"), 'unknown setting "learn.margins"'),
                (FILE.replace("learn.margin", "env.width"), "env.width is not to be tuned"),
                (FILE.replace("learn.margin", "train.seed"), "train.seed is not to be tuned"),
                (FILE.replace("high: 0.15", "high: 1e9"), "learn.margin"),
                (FILE.replace("low: 1e-4", "low: 0"), "low > 0 for the scale log"),
                (FILE.replace("scale: log", "scale: logs"), "scale is 'logs'; wanted uniform or log"),
                (FILE.replace("{low: 0.05, high: 0.15}", "{low: 0.15, high: 0.05}"), "low < high"),
                (FILE.replace("{low: 0.05, high: 0.15}", "{low: 0.05, high: 0.1, choices: [1]}"), "choices, or low and high"),
                (FILE.replace("[0.5, 1]", "[0.5, 0.8]"), "rising up to 1"),
                (FILE.replace("[0.5, 1]", "[0.5, 0.2, 1]"), "rising up to 1"),
                (FILE.replace("first: 101", "first: 2"), "seeds and judge_seeds share a seed"),
                (FILE.replace("seeds: [1, 2]", "seeds: [1, 1]"), "each seed once"),
                (FILE.replace("random]", "randon]"), 'unknown attacker "randon"; did you mean "random"'),
                (FILE.replace("algorithm: DRAC", "algorithm: DRAK"), "DRAK"),
                (FILE.replace("algorithm: DRAC\n", ""), 'has no "algorithm"'),
                (FILE.replace("configurations: 4", "configurations: 0"), "a whole number from 1 to 1000"),
                (FILE.replace("double-integrator", "double-integrater"), "double-integrater"),
                ("", "is empty; wanted a search for settings"),
                ("[1", "not|did not|expected")):
            self.file("wrong.yaml", text)
            done = subprocess.run([DURO, "tune", "wrong.yaml"], cwd=self.folder, capture_output=True, text=True, timeout=60)
            self.assertIn(done.returncode, (1, 2), wanted)
            self.assertRegex(done.stderr, r"\Aduro: [^\n]+\n\Z", wanted)
            self.assertRegex(done.stderr, wanted)
            self.assertIn("wrong.yaml", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "tunings")))
        done = self.duro("tune", "t.yaml", "--worker", "3/2", status=2)
        self.assertIn("--worker is '3/2'; wanted N/M", done.stderr)
        self.assertIn("no-such.yaml", self.duro("tune", "no-such.yaml", status=1).stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
