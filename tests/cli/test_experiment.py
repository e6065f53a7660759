#!/usr/bin/env python3
"""Drives duro experiment and duro train --seeds: test_experiment.py path/to/duro. Mistakes in files, jobs side by
side, stops, kills and going on, and the page: its numbers against counts made here from hand-made tables."""

import csv
import html.parser
import json
import os
import re
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import time
import unittest

from test_cli import DURO, NO_DISPLAY, Case
from test_cli import TINY as PAPER

# an experiment names no preset: the recipe, without what takes long
TINY = [word for word in PAPER if word not in ("--preset", "paper")]
TINY += ["--set", "train.choose=false", "--set", "train.trial=0", "--set", "train.look_search=0"]
SET = "set: [" + ", ".join(["train.steps=3200"] + [TINY[i] for i in range(3, len(TINY), 2)]) + "]"
EXPERIMENT = f"""title: A tiny experiment
text: Two algorithms.
defaults:
  seeds: 2
  {SET}
groups:
  - name: di
    environment: double-integrator
    reference: DRAC
    runs:
      - {{algorithm: SAC}}
      - {{name: other, algorithm: DRAC, set: [learn.gamma_h=.95]}}
      - {{algorithm: DRAC}}
"""
# one job of some seconds, to be stopped
LONG = EXPERIMENT.replace("train.steps=3200", "train.steps=64000")
MATRIX = ("attacker,acting,amplitude,noise,changes,starts,step,seed,episodes,violating,violation_bound,return_mean,"
          "return_std,h_min,violating_steps_mean,filtered_share,updates,seconds,note\n")


class Page(html.parser.HTMLParser):
    """Raises where tags do not close in order; collects links, and tables as lists of rows of words."""

    EMPTY = {"meta", "img", "br"}

    def __init__(self):
        super().__init__()
        self.open, self.links, self.tables, self.text = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in ("href", "src")]
        if tag not in self.EMPTY:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        self.text += data
        if "table" in self.open and {"td", "th"} & set(self.open):
            self.tables[-1][-1][-1] += data


class Experiments(Case):
    def setUp(self):
        for name in os.listdir(self.folder):
            shutil.rmtree(self.path(name)) if os.path.isdir(self.path(name)) else os.remove(self.path(name))

    def results(self, root):
        """Bytes of the files that must not depend on how the work was cut."""
        found = {}
        for folder, _, files in os.walk(self.path(root)):
            for name in files:
                path = os.path.join(folder, name)
                if name.endswith((".safetensors", "during.csv", "config.yaml")) or "/tables" in folder:
                    # a clock decides on times, and on the steps of checkpoints
                    if not name.endswith("times.csv") and not folder.endswith("/checkpoints"):
                        with open(path, "rb") as file:
                            found[os.path.relpath(path, self.path(root))] = file.read()
        return found

    def page(self, root):
        page = Page()
        page.feed(self.read(root, "report.html"))
        self.assertEqual(page.open, [])
        for link in page.links:
            self.assertTrue(link.startswith("#") or os.path.exists(self.path(root, link)), link)
        return page

    def start(self, *words):
        return subprocess.Popen([DURO, *words], cwd=self.folder, env=NO_DISPLAY, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def alive(self):
        """Processes of our program at work in our folder."""
        found = []
        for number in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{number}/cwd") == os.path.realpath(self.folder):
                    found.append(int(number))
            except OSError:
                pass
        return found


class Files(Experiments):
    def test_mistakes_are_one_line(self):
        for pattern, old, new in (
                ('"seads" of defaults; did you mean "seeds"', "seeds: 2", "seads: 2"),
                ('"default" of an experiment; did you mean "defaults"', "defaults:", "default:"),
                ('"algoritm" of a run; did you mean "algorithm"', "{algorithm: SAC}", "{algoritm: SAC}"),
                ('has no "algorithm"', "{algorithm: SAC}", "{name: x}"),
                ('has no "title"', "title: A tiny experiment\n", ""),
                ('has no "environment"', "    environment: double-integrator\n", ""),
                ("reference 'DRAK' is none", "reference: DRAC", "reference: DRAK"),
                ("seeds is 'two'; wanted a whole number", "seeds: 2", "seeds: two"),
                ("seeds is '0'", "seeds: 2", "seeds: 0"),
                ("each seed once", "seeds: 2", "seeds: [3, 3]"),
                ('unknown key "last" of seeds', "seeds: 2", "seeds: {first: 3, last: 4}"),
                ("each key once", "seeds: 2", "seeds: 2\n  seeds: 3"),
                ("sets is 'maybe'", "reference:", "sets: maybe\n    reference:"),
                ('sets: solution needs', "reference:", "sets: solution\n    reference:"),
                ("list of numbers", "seeds: 2", "seeds: 2\n  amplitudes: 1"),
                ("a number from 0 to 100", "seeds: 2", "seeds: 2\n  amplitudes: [-1]"),
                ('give "sweep"', "reference:", "amplitudes: [0]\n    reference:"),
                ('give "solution"', "reference:", "starts: inside\n    reference:"),
                ("starts is 'nowhere'", "reference:", "starts: nowhere\n    reference:"),
                ("files are called by it", "name: di", "name: ../di"),
                ("names that differ", "name: other", "name: SAC"),
                ("groups is 'none'", "groups:\n", "groups: none\nother:\n"),
                (r"bad.yaml:\d+:\d+: ", "title: ", "title: [")):
            self.assertIn(old, EXPERIMENT)
            self.write("bad.yaml", EXPERIMENT.replace(old, new, 1))
            done = self.fails(1, pattern, "experiment", "bad.yaml")
            self.assertRegex(done.stderr, r"bad\.yaml:\d+:\d+: ")
        self.fails(1, "nothing.yaml", "experiment", "nothing.yaml")
        self.write("bad.yaml", "")
        self.fails(1, "empty", "experiment", "bad.yaml")

    def test_what_a_run_names_is_tried_first(self):
        for pattern, old, new in (("did you mean \"SAC\"", "algorithm: SAC", "algorithm: SACK"),
                                  ("'double-integrator'", "double-integrator", "double-integrater"),
                                  ('"train.steps"', "train.steps", "train.stepz"),
                                  ("absent.yaml", "algorithm: SAC", "algorithm: SAC, config: absent.yaml"),
                                  ("learn.gamma_h", "learn.gamma_h=.95", "learn.gamma_h=two")):
            self.write("bad.yaml", EXPERIMENT.replace(old, new))
            for word in ("--dry-run", "--quiet"):
                done = subprocess.run([DURO, "experiment", "bad.yaml", word], cwd=self.folder, capture_output=True,
                                      text=True)
                self.assertIn(done.returncode, (1, 2))
                self.assertRegex(done.stderr, r"\Aduro: bad\.yaml: run \S+ of group di: [^\n]*" + pattern)
                self.assertEqual(done.stderr.count("\n"), 1)
        self.assertFalse(os.path.exists(self.path("experiments")))
        self.write("bad.yaml", EXPERIMENT.replace("seeds: 2", "seeds: 2\n  attackers: [none, randon]"))
        self.fails(1, 'group di: unknown attacker "randon"; did you mean "random"', "experiment", "bad.yaml")
        self.write("good.yaml", EXPERIMENT)
        self.fails(2, "did you mean 'di'", "experiment", "good.yaml", "--only", "dii")

    def test_plan(self):
        self.write("plan.yaml", EXPERIMENT.replace("seeds: 2", "seeds: {first: 7, count: 2}\n  attackers: none random\n"
                                                   "  sweep: [random]\n  amplitudes: [0, 1.5]\n  sets: solution\n"
                                                   "  solution: --grid 21"))
        text = self.duro("experiment", "plan.yaml", "--dry-run").stdout
        names = re.findall(r"(?m)^to do +(.*)$", text)
        runs = [f"di/{run}-{seed}" for run in ("SAC", "other", "DRAC") for seed in (7, 8)]
        self.assertEqual(names[0], "solve di")
        self.assertEqual(names[1:3], ["train di/DRAC-7", "train di/DRAC-8"])  # they attack the others
        self.assertEqual(set(names[1:7]), {f"train {run}" for run in runs})
        self.assertEqual(set(names[7:19]), {f"attack {run}{sweep}" for run in runs
                                            for sweep in ("", " amplitude")})
        self.assertEqual(names[19:], [f"sets {run}" for run in runs if "SAC" not in run])  # SAC learns none
        self.assertRegex(text, r"attack \S+/SAC-7 --attackers=none,random --episodes=1000 --adversary \S+/DRAC-7 ")
        self.assertFalse(os.path.exists(self.path("experiments")), "a dry run writes nothing")

    def test_list(self):
        for folder in ("some", "results/two/tables"):
            os.makedirs(self.path(folder))
        self.write("some/one.yaml", EXPERIMENT)
        self.write("some/two.yaml", EXPERIMENT.replace("seeds: 2", "seeds: 3"))
        self.write("some/notes.txt", "no experiment")
        self.write("results/two/tables/di-times.csv", "run,train_seconds,attack_seconds,sets_seconds,seeds\n"
                                                      "SAC,20,10,nan,3\nDRAC,40,,,3\n")
        told = self.duro("experiment", "some", "--list").stdout.splitlines()
        self.assertEqual(told[0::3], ["some/one.yaml", "some/two.yaml"])
        self.assertEqual(told[1::3], ["  A tiny experiment"] * 2)
        self.assertEqual(told[2], "  trainings: 6, jobs: 6, time not measured yet")
        self.assertEqual(told[5], "  trainings: 9, jobs: 9, 4 min of one thread (results/two)")  # 3 (20 + 10 + 40) s
        self.assertEqual(self.duro("experiment", "some/one.yaml", "--list").stdout.splitlines(), told[:3])
        self.write("some/bad.yaml", "title: [")
        done = subprocess.run([DURO, "experiment", "--list", "some"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout.splitlines()), (1, told))  # the others are listed
        self.assertRegex(done.stderr, r"\Aduro: some/bad.yaml:[^\n]*\n\Z")
        self.fails(1, "configs/experiments", "experiment", "--list")
        self.fails(2, "wants FILE", "experiment")
        self.fails(2, "exclude each other", "experiment", "some", "--list", "--dry-run")
        self.assertFalse(os.path.exists(self.path("experiments")), "a list writes nothing")


class Jobs(Experiments):
    def test_runs_and_does_nothing_twice(self):
        self.write("tiny.yaml", EXPERIMENT)
        first = self.duro("experiment", "tiny.yaml")
        self.assertEqual(len(re.findall(r"(?m)^done +train", first.stdout)), 6)
        for line in first.stdout.splitlines():
            self.assertLessEqual(len(line), 80)
        page = self.page("experiments/tiny")
        self.assertIn("figures/curves-di.png", page.links)
        before = self.results("experiments/tiny")
        self.assertEqual(len([name for name in before if name.endswith("during.csv")]), 6)
        again = self.duro("experiment", "tiny.yaml")
        self.assertNotIn("start", again.stdout)
        self.assertEqual(self.results("experiments/tiny"), before)

        # a folder that was moved is still done; one run that changed is done again, and what it attacks
        os.rename(self.path("experiments", "tiny"), self.path("moved"))
        self.assertNotIn("start", self.duro("experiment", "tiny.yaml", "--out", self.path("moved")).stdout)
        self.write("tiny.yaml", EXPERIMENT.replace("gamma_h=.95", "gamma_h=.96"))
        third = self.duro("experiment", "tiny.yaml", "--out", "moved/")
        self.assertEqual(re.findall(r"(?m)^start +(.*)$", third.stdout), ["train di/other-1", "train di/other-2"])

    def test_one_group(self):
        other = EXPERIMENT[EXPERIMENT.index("  - name: di"):].replace("name: di", "name: second")
        self.write("two.yaml", EXPERIMENT + other)
        done = self.duro("experiment", "two.yaml", "--only", "second")
        self.assertEqual(len(re.findall("(?m)^done +train second/", done.stdout)), 6)
        self.assertNotIn("di/", done.stdout.replace("second/", ""))
        self.assertIn("6 of 12 jobs are done", self.page("experiments/two").text)
        self.write("lacks.yaml", EXPERIMENT.replace("algorithm: SAC", "algorithm: SAC, config: absent.yaml") + other)
        self.duro("experiment", "lacks.yaml", "--only", "second")
        self.page("experiments/lacks")
        rest = self.duro("experiment", "two.yaml")
        self.assertEqual(len(re.findall("(?m)^done +train di/", rest.stdout)), 6)
        self.assertNotIn("second/", rest.stdout)

    def test_same_bits_as_alone(self):
        self.write("tiny.yaml", EXPERIMENT)
        self.duro("experiment", "tiny.yaml", "--jobs", "3", "--quiet")
        self.duro("train", "double-integrator", "--algorithm", "DRAC", "--seed", "2", *TINY, "--set",
                  "train.look_at_all=true", "--out", "alone", "--quiet")
        run = ("experiments", "tiny", "runs", "di", "DRAC-2", "policies")
        for name in os.listdir(self.path(*run)):
            with open(self.path(*run, name), "rb") as one, open(self.path("alone", "policies", name), "rb") as other:
                self.assertEqual(one.read(), other.read(), name)

    def test_kill_and_go_on(self):
        self.write("whole.yaml", LONG)
        self.write("killed.yaml", LONG)
        self.duro("experiment", "whole.yaml", "--quiet")
        wanted = self.results("experiments/whole")
        kills = 0
        for name in ("DRAC-1", "SAC-1", "other-2"):
            parent = self.start("experiment", "killed.yaml")
            run = ("experiments", "killed", "runs", "di", name)
            try:
                self.wait_for(*run, "train.csv")
                parent.kill()
                kills += 1
            finally:
                parent.communicate()
            self.wait_until(lambda: not self.alive(), "the end of the children, who die with their parent")
        self.assertEqual(kills, 3)
        self.duro("experiment", "killed.yaml")
        found = self.results("experiments/killed")
        self.assertEqual(found.keys(), wanted.keys())
        for name, data in wanted.items():
            self.assertEqual(found[name].replace(b"killed", b"whole"), data, name)

    def test_stop_and_go_on(self):
        self.write("stop.yaml", EXPERIMENT.replace("train.steps=3200", "train.steps=100000000"))
        for number in (signal.SIGINT, signal.SIGTERM):
            parent = self.start("experiment", "stop.yaml", "--jobs", "2")
            self.wait_for("experiments", "stop", "runs", "di", "DRAC-2", "train.csv")
            time.sleep(.2)
            parent.send_signal(number)
            out, err = parent.communicate(timeout=300)
            self.assertEqual((parent.returncode, err), (130, ""))
            self.assertIn("stopped; 0 of 6 jobs are done", out)
            self.assertEqual(self.alive(), [])
            self.assertIn("stopped at step", self.read("experiments", "stop", "jobs", "train-di-DRAC-2.log"))
            shutil.rmtree(self.path("experiments"))

    def test_two_at_once_are_refused(self):
        self.write("busy.yaml", EXPERIMENT.replace("train.steps=3200", "train.steps=100000000"))
        parent = self.start("experiment", "busy.yaml", "--jobs", "1")
        self.wait_for("experiments", "busy", "runs", "di", "DRAC-1", "train.csv")
        self.fails(1, r"experiments/busy is in use by process \d+", "experiment", "busy.yaml")
        parent.terminate()
        parent.communicate()

    def test_a_failed_job_is_told_and_others_go_on(self):
        # a run folder that cannot be made
        self.write("fails.yaml", EXPERIMENT)
        os.makedirs(self.path("experiments", "fails", "runs", "di"))
        self.write("experiments/fails/runs/di/DRAC-1", "in the way")
        done = self.duro("experiment", "fails.yaml", status=1)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0], r"^duro: train di/DRAC-1 failed: .*DRAC-1.* \(experiments/fails/jobs/train-di-DRAC-1.log\)$")
        self.assertRegex(lines[1], r"^duro: 1 of 6 jobs failed and 2 that build on them were left out")
        self.assertIn("3 of 6 jobs are done", self.page("experiments/fails").text)
        os.remove(self.path("experiments", "fails", "runs", "di", "DRAC-1"))
        again = self.duro("experiment", "fails.yaml")
        self.assertEqual(len(re.findall("(?m)^start", again.stdout)), 3)

    def test_a_log_that_cannot_be_written_is_named(self):
        self.write("nolog.yaml", EXPERIMENT)
        os.makedirs(self.path("experiments", "nolog", "jobs", "train-di-DRAC-1.log"))
        done = self.duro("experiment", "nolog.yaml", status=1)
        self.assertEqual(done.stderr.splitlines()[0], "duro: train di/DRAC-1 failed: cannot write "
                         "experiments/nolog/jobs/train-di-DRAC-1.log: Is a directory")

    def test_terminal(self):
        self.write("tiny.yaml", EXPERIMENT)
        text = self.on_a_terminal(["experiment", "tiny.yaml"], self.PLAIN)
        lines = self.live_lines(text)
        self.assertTrue(any(re.search(r"\d/6 jobs +.*train di/", line) for line in lines), lines)
        for line in lines:
            self.assertLess(len(line), 80)


class Whole(Experiments):
    """Every stage for real, on a grid and with budgets that are far too small."""

    FILE = EXPERIMENT.replace("seeds: 2", """seeds: 2
  solution: --grid 41 --no-pictures --set grid.task=false
  starts: inside
  margin: 0.05
  episodes: 20
  attackers: [none, safety, grid, search, best-safety]
  attack: [--updates=20, --attacker-seeds=1]
  sweep: [random]
  amplitudes: [0, 2]
  sets: exact""").replace("      - {name: other, algorithm: DRAC, set: [learn.gamma_h=.95]}\n", "")

    def rows(self, root):
        """The attack matrices, without the time that they took; the keys are the same on every day and in every folder."""
        found = []
        for run in ("SAC-1", "SAC-2", "DRAC-1", "DRAC-2"):
            with open(self.path("experiments", root, "runs", "di", run, "attack", "matrix.csv")) as file:
                for row in csv.DictReader(file):
                    found.append((run, *(value for name, value in row.items() if name != "seconds")))
        return sorted(found)

    def test_every_stage_and_kills_between(self):
        self.write("whole.yaml", self.FILE)
        self.write("killed.yaml", self.FILE)
        done = self.duro("experiment", "whole.yaml")
        self.assertEqual(len(re.findall("(?m)^done", done.stdout)), 1 + 4 + 2 * 4 + 2)
        rows = self.rows("whole")
        # SAC: none, safety by DRAC, grid, search, best-safety, random at two amplitudes; DRAC twice: filtered as well
        self.assertEqual(len(rows), 2 * 7 + 2 * 2 * 7)
        page = self.page("experiments/whole")
        matrix = next(table for table in page.tables if table[0][:2] == ["run", "acting"] and "grid" in table[0])
        self.assertIn("safety-by-DRAC", matrix[0])
        self.assertEqual([row[:2] for row in matrix[1:]], [["SAC", "\u03c0"], ["DRAC", "\u03c0"], ["DRAC", "filtered"]])
        column = matrix[0].index("safety-by-DRAC")
        for row in matrix[1:]:  # the reference attacks itself with its own
            self.assertIn("/ 40", row[column])
        for table in ("di-matrix.csv", "di-violations.tex", "di-sets.csv", "di-returns.csv", "di-times.csv"):
            self.assertTrue(os.path.exists(self.path("experiments/whole/tables", table)), table)
        self.assertTrue([link for link in page.links if link.endswith("sets/set.png")])

        for wanted in ("solutions/di", "runs/di/SAC-1/eval", "runs/di/SAC-1/attack/matrix.csv",
                       "runs/di/DRAC-2/attack/matrix.csv", "runs/di/DRAC-1/sets"):
            parent = self.start("experiment", "killed.yaml")
            self.wait_for("experiments", "killed", wanted)
            parent.kill()
            parent.communicate()
        self.duro("experiment", "killed.yaml")
        self.assertEqual(self.rows("killed"), rows)
        with open(self.path("experiments/whole/tables/di-sets.csv")) as one, \
                open(self.path("experiments/killed/tables/di-sets.csv")) as other:
            self.assertEqual(one.read(), other.read())


class Committed(unittest.TestCase):
    """The experiments that come with the program can be run."""

    def test_plans(self):
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "configs", "experiments")
        names = sorted(os.listdir(folder))
        self.assertGreaterEqual(len(names), 7)
        for name in names:
            with self.subTest(name):
                path = os.path.join(folder, name)
                with open(path) as file:
                    configs = set(re.findall(r"config: ([^,}\s]+)", file.read()))
                if not all(os.path.exists(os.path.join(folder, config)) for config in configs):
                    self.skipTest("a configuration is not there")
                done = subprocess.run([DURO, "experiment", path, "--dry-run"], capture_output=True, text=True)
                if "MuJoCo" in done.stderr:
                    self.skipTest("built without MuJoCo")
                self.assertEqual((done.returncode, done.stderr), (0, ""))


class Seeds(Experiments):
    WORDS = ["train", "double-integrator", "--algorithm", "DRAC", *TINY]

    @staticmethod
    def numbers(data):
        """A checkpoint without its checksum and the number of threads, on which nothing else depends."""
        if data.startswith(b"step-"):  # the file `latest`
            return data
        length = struct.unpack("<Q", data[:8])[0]
        head = json.loads(data[8:8 + length])
        del head["__metadata__"]["train.threads"], head["__xxh3__"]
        return head, [data[8 + length + at[0]:8 + length + at[1]] for at in (head[name]["data_offsets"] for name in head
                                                                             if name != "__metadata__")]

    def test_seeds(self):
        done = self.duro(*self.WORDS, "--seeds", "3", "--seed", "4", "--out", "mine")
        rows = re.findall(r"(?m)^ +(\d+) +(\d+)/(\d+) +(\S+) +(\S+) s +(\S+)$", done.stdout)
        self.assertEqual([row[0] for row in rows], ["4", "5", "6"])
        for seed, violating, episodes, value, _, folder in rows:
            self.assertEqual(folder, f"mine-{seed}")
            with open(self.path(folder, "eval", "during.csv")) as file:
                looks = list(csv.DictReader(file))
            last = [look for look in looks if look["step"] == looks[-1]["step"]]
            self.assertEqual(int(violating), sum(int(look["violating"]) for look in last))
            self.assertEqual(int(episodes), sum(int(look["episodes"]) for look in last))
            self.assertAlmostEqual(float(value), float(last[0]["return"]), delta=1e-4 * abs(float(value)))
        self.duro(*self.WORDS, "--seed", "5", "--threads", "1",
                  "--out", "alone")
        for name in os.listdir(self.path("alone", "checkpoints")):
            with open(self.path("alone", "checkpoints", name), "rb") as a, \
                    open(self.path("mine-5", "checkpoints", name), "rb") as b:
                self.assertEqual(self.numbers(a.read()), self.numbers(b.read()))
        # the same again does nothing; other settings replace nothing unless they are told to
        self.assertNotIn("start", self.duro(*self.WORDS, "--seeds", "3", "--seed", "4", "--out", "mine").stdout)
        self.fails(1, "mine-4 already holds files", *self.WORDS, "--seeds", "3", "--seed", "4", "--out", "mine", "--set",
                   "learn.tau=.1")
        forced = self.duro(*self.WORDS, "--seeds", "2", "--seed", "4", "--out", "mine", "--set", "learn.tau=.1", "--force")
        self.assertEqual(forced.stdout.count("start"), 2)
        self.assertTrue(os.path.exists(self.path("mine-6")))

    def test_default_folders_and_kill(self):
        long = ["train", "double-integrator", "--algorithm", "DRAC", "--steps", "64000", *TINY[2:], "--seeds", "2"]
        parent = self.start(*long)
        self.wait_for("runs", "double-integrator-DRAC-1", "train.csv")
        parent.kill()
        parent.communicate()
        done = self.duro(*long)
        self.assertRegex(done.stdout, r"(?m)^ +2 .* runs/double-integrator-DRAC-2$")

    def test_mistakes(self):
        self.fails(2, "from 1 to 1000", *self.WORDS, "--seeds", "0")
        self.fails(2, "learn.batch", "train", "double-integrator", "--algorithm", "DRAC", "--seeds", "2", "--set",
                   "learn.batch=-1")
        self.assertFalse(os.path.exists(self.path("runs")))


class Pages(Experiments):
    """Pages of hand-made files: what is counted here by other means must stand there."""

    FILE = EXPERIMENT.replace("seeds: 2", "seeds: 3\n  attackers: [none, random]\n  sweep: [random]\n"
                              "  amplitudes: [0, 2]\n  changes: [env.push=2]\n  episodes: 200\n  sets: exact")
    VIOLATING = {"SAC": (150, 199, 3), "DRAC": (0, 0, 0), "other": (0, 1, 0)}
    RETURN = {"SAC": (-5., -7.5, -4.), "DRAC": (-9., -10., -8.), "other": (-20., -21., -22.)}

    def make(self):
        self.write("made.yaml", self.FILE)
        for run, violating in self.VIOLATING.items():
            for i in range(3):
                folder = f"experiments/made/runs/di/{run}-{i + 1}"
                for part in ("eval", "attack", "sets"):
                    os.makedirs(self.path(folder, part))
                looks = [f"{step},{scenario},pi,,{self.RETURN[run][i] * 100 / step},{violating[i] if step < 200 else 0},"
                         f"200,-1\n" for step in (100, 200, 300) for scenario in ("safety", "none")]
                self.write(f"{folder}/eval/during.csv",
                           "step,scenario,acting,adversary,return,violating,episodes,h_min\n" + "".join(looks))
                self.write(f"{folder}/train.csv", "step,update,seconds\n100,1,10\n200,2,20\n300,3,31\n")
                rows = [self.row("none", 1, "", 0, self.RETURN[run][i]),
                        self.row("random", 1, "", violating[i], self.RETURN[run][i] - 1),
                        self.row("random", 2, "", 200, self.RETURN[run][i] - 3),
                        self.row("random", 1, "env.push=2", 7, 0),
                        self.row("none", 1, "", 77, 5).replace("eval", "inside")]  # of an earlier try
                self.write(f"{folder}/attack/matrix.csv", MATRIX + "".join(rows))
                self.write(f"{folder}/sets/summary.csv",
                           "step,reference,grid,iou,false_safe,false_unsafe,learned,exact,kept\n"
                           f"100,exact,201x201,.5,.2,.1,.5,.5,.8\n400,exact,201x201,.4,.2,.1,.5,.5,.7\n"  # the deployed one is last
                           f"300,exact,201x201,.{97 + i},.001,.01,.5,.5,.999\n")

    @staticmethod
    def row(attacker, amplitude, changes, violating, value):
        return (f"{attacker},pi,{amplitude},0,{changes},eval,300,1,200,{violating},.5,{value},1,"
                f"{-.25 if violating else .125},0,0,0,1,{'weaker than mu_h' if violating == 3 else ''}\n")

    def table(self, page, *heading):
        found = [table for table in page.tables if table and table[0][:len(heading)] == list(heading)]
        self.assertEqual(len(found), 1, heading)
        return found[0]

    def test_numbers(self):
        self.make()
        self.duro("experiment", "made.yaml", "--page")
        page = self.page("experiments/made")
        matrix = self.table(page, "run", "acting", "none", "random")
        self.assertEqual([row[0] for row in matrix[1:]], ["SAC", "other", "DRAC"])
        for run, _, none, cell in matrix[1:]:
            self.assertIn("0 / 600", none)
            self.assertIn(f"{sum(self.VIOLATING[run])} / 600", cell)
            self.assertIn(f"{statistics.mean(self.RETURN[run]) - 1:.4g} [", cell)
            self.assertEqual("†" in cell, run == "SAC")
        # none of n: the bound is 1 - .05^(1/n)
        self.assertIn(f"{100 * (1 - .05 ** (1 / 600)):.3g}", matrix[-1][3])
        summary = self.table(page, "run", "acting", "violating", "95\xa0% bound", "worst attacker")
        self.assertEqual([row[4] for row in summary[1:]], ["random", "random", "none"])
        changes = self.table(page, "run", "acting", "attacker", "as trained", "env.push=2")
        self.assertTrue(all("21 / 600" in row[4] for row in changes[1:]))
        sets = self.table(page, "run", "against", "seeds")
        self.assertTrue(all(row[3].startswith("0.98 [") and "worst 0.97" in row[3] for row in sets[1:]), sets)
        times = self.table(page, "run", "training")
        self.assertEqual([row[4:] for row in times[1:]][0], ["3 of 3", "200", "20.0 s (slowest 20.0 s)"])
        self.assertEqual(times[3][4:], ["3 of 3", "100", "10.0 s (slowest 10.0 s)"])

    def test_one_file(self):
        self.make()
        self.fails(2, "--dry-run does not make the page", "experiment", "made.yaml", "--dry-run", "--one-file")
        self.duro("experiment", "made.yaml", "--page", "--one-file")
        page = self.read("experiments/made/report.html")
        self.assertEqual(re.findall(r' href="(?!#)[^"]*"', page), [])  # nothing beside it is needed
        self.assertTrue(all(source.startswith("data:image/png;base64,") for source in re.findall(r' src="([^"]*)"', page)))
        self.assertEqual(bool(shutil.which("gnuplot")), " src=" in page)

    def test_tables(self):
        self.make()
        self.duro("experiment", "made.yaml", "--page")
        with open(self.path("experiments/made/tables/di-matrix.csv")) as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 6)
        for row in rows:
            wanted = sum(self.VIOLATING[row["run"]]) if row["attacker"] == "random" else 0
            self.assertEqual(int(row["violating"]), wanted)
            # the interval of the mean of three lies between them
            values = [value - (row["attacker"] == "random") for value in self.RETURN[row["run"]]]
            self.assertAlmostEqual(float(row["return_mean"]), statistics.mean(values), places=12)
            self.assertLessEqual(min(values), float(row["return_low"]))
            self.assertLessEqual(float(row["return_high"]), max(values))
        for name in ("di-violations.tex", "di-returns.tex", "di-sets.tex"):
            text = self.read("experiments/made/tables", name)
            lines = [line for line in text.splitlines() if line.endswith("\\\\")]
            self.assertEqual(len({line.count(" & ") for line in lines}), 1, text)
            self.assertTrue(text.rstrip().endswith("\\end{tabular}"))
        with open(self.path("experiments/made/figures/amplitude-di.csv")) as file:
            sweep = {(row["curve"], float(row["x"])): row for row in csv.DictReader(file)}
        self.assertEqual(float(sweep["SAC", 2]["y1"]), 100)
        self.assertAlmostEqual(float(sweep["SAC", 1]["y1"]), 100 * (150 + 199 + 3) / 600, places=10)
        with open(self.path("experiments/made/figures/curves-di.csv")) as file:
            curves = {(row["panel"], row["curve"], float(row["x"])): row for row in csv.DictReader(file)}
        self.assertEqual({key[0] for key in curves}, {"none", "safety"})
        self.assertAlmostEqual(float(curves["none", "DRAC", 300]["y1"]), -3, places=12)
        self.assertEqual(curves["none", "DRAC", 300]["seeds"], "3")

    def test_pictures_can_be_made_again(self):
        self.make()
        self.duro("experiment", "made.yaml", "--page")
        figures = self.path("experiments/made/figures")
        names = [name for name in os.listdir(figures) if name.endswith(".gp")]
        self.assertGreaterEqual(len(names), 3)
        if not shutil.which("gnuplot"):
            self.skipTest("no gnuplot")
        for name in names:
            os.remove(os.path.join(figures, name[:-3] + ".png"))
            subprocess.run(["gnuplot", name], cwd=figures, check=True, capture_output=True)
            self.assertTrue(os.path.exists(os.path.join(figures, name[:-3] + ".png")))

    def test_broken_files(self):
        self.make()
        self.write("experiments/made/runs/di/SAC-1/attack/matrix.csv", MATRIX + "none,pi\n")
        self.fails(1, "matrix.csv:2: 2 fields; wanted", "experiment", "made.yaml", "--page")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
