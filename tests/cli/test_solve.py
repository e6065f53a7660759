#!/usr/bin/env python3
"""Drives duro solve: test_solve.py path/to/duro. Files against the formats and the closed form of the double
integrator, every mistake, stops and resumes, the terminal, finite games."""

import ast
import base64
import json
import math
import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest

from test_cli import DURO, Case, Screen

DI = ["solve", "double-integrator"]
SMALL = ["--grid", "41", "--discount", ".99", "--no-pictures"]
# stops only when it is asked to: V goes on falling by less and less
ENDLESS = ["--grid", "101", "--set", "grid.change=0", "--set", "grid.settled=false", "--set", "grid.sweeps=1000000000",
           "--no-pictures"]


def read_npy(path):
    """Shape and numbers of a NumPy file, by the published format (numpy.lib.format 1.0)."""
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x93NUMPY\x01\x00"
    length = struct.unpack("<H", data[8:10])[0]
    head = ast.literal_eval(data[10:10 + length].decode())
    assert head["descr"] == "<f4" and head["fortran_order"] is False
    count = math.prod(head["shape"])
    assert len(data) == 10 + length + 4 * count
    return head["shape"], struct.unpack(f"<{count}f", data[10 + length:])


def exactly_safe(x1, x2, u=1, a=.5, edge=5, dt=.1):
    """The exact maximal robust invariant set of the Euler double integrator:
    |x1| <= X, |x2| <= V, +-(x1 + k dt x2) <= X + (u - a) dt^2 k(k-1)/2 for all k >= 1."""
    if abs(x1) > edge or abs(x2) > edge:
        return False
    return all(abs(x1 + k * dt * x2) <= edge + (u - a) * dt * dt * k * (k - 1) / 2 or
               (x1 + k * dt * x2 > 0) != (x2 > 0) for k in range(1, 200))


class Solved(Case):
    """One solution of the double integrator, used by all tests of the class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.words = [*DI, "--grid", "101x91", "--discount", ".999"]
        done = subprocess.run([DURO, *cls.words], cwd=cls.folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0 and not done.stderr, done
        cls.output = done.stdout
        cls.into = os.path.join(cls.folder, "solutions/double-integrator")
        with open(os.path.join(cls.into, "grid.json")) as file:
            cls.facts = json.load(file)

    def field(self, name):
        return read_npy(os.path.join(self.into, name + ".npy"))

    def vertices(self):
        for i in range(101):
            for j in range(91):
                yield -5.5 + 11 * i / 100, -5.5 + 11 * j / 90

    def test_output(self):
        for line in self.output.splitlines():
            self.assertLessEqual(len(line), 80, line)
        self.assertNotIn("\r", self.output)
        self.assertNotIn("\033", self.output)
        self.assertRegex(self.output, r"(?m)^  x2 +-5.5 +5.5 +91  m/s$")
        self.assertRegex(self.output, r"gamma_h = 0.999")
        self.assertRegex(self.output, r"memory: \S+ MB of at most 8 GB")
        self.assertRegex(self.output, r"(?m)^safety: sweep \d+  change \S+ .* % active  set \d+\.\d+ %")

    def test_fields(self):
        shape, V = self.field("safety_value")
        self.assertEqual(shape, (101, 91))
        for (x1, x2), v in zip(self.vertices(), V):
            # V_h <= h at every vertex; float, and h itself is rounded
            self.assertLessEqual(v, min(5 - abs(x1), 5 - abs(x2)) + 1e-6)
        for name in ("safety_policy", "safety_adversary", "task_policy", "task_adversary"):
            shape, values = self.field(name)
            self.assertEqual(shape, (101, 91), "width 1 adds no axis")
            self.assertLessEqual(set(values), {-1., 0., 1.}, name)
        shape, task = self.field("task_value")
        for v, inside in zip(task, V):
            self.assertTrue(inside >= 0 or math.isnan(v), "no task value outside the set")
        self.assertTrue(any(math.isfinite(v) for v in task))

    def test_policy_at_the_edge(self):
        # moving fast to the right near the edge of the set: only full braking is safe, and the disturbance pushes on
        _, V = self.field("safety_value")
        _, u = self.field("safety_policy")
        _, a = self.field("safety_adversary")
        seen = 0
        for (x1, x2), v, policy, adversary in zip(self.vertices(), V, u, a):
            if 0 <= v < .1 and x2 > 1 and x1 > -2:
                self.assertEqual((policy, adversary), (-1, 1), (x1, x2))
                seen += 1
        self.assertGreater(seen, 10)

    def test_against_the_exact_set(self):
        _, V = self.field("safety_value")
        both = either = wrong = inside = 0
        for (x1, x2), v in zip(self.vertices(), V):
            truly = exactly_safe(x1, x2)
            both += v >= 0 and truly
            either += v >= 0 or truly
            wrong += v >= 0 and not truly
            inside += v >= 0
        volume = self.facts["volume"]
        self.assertAlmostEqual(volume["overlap_with_exact"], both / either, 12)
        self.assertEqual(volume["falsely_safe_vertices"], wrong)
        self.assertAlmostEqual(volume["share"], inside / (101 * 91), 12)
        self.assertAlmostEqual(volume["exact"], 41.6650, 4)  # known for these numbers
        # the grid's edge is off by less than a cell, .11 x .122, along about 26 of circumference
        self.assertAlmostEqual(volume["value"], 41.6650, delta=26 * .122)
        self.assertAlmostEqual(volume["without_disturbance"], 58.6322, delta=30 * .122)
        self.assertEqual(volume["unit"], "m m/s")

    def test_facts(self):
        facts = self.facts
        self.assertEqual((facts["names"], facts["units"]), (["x1", "x2"], ["m", "m/s"]))
        self.assertEqual((facts["low"], facts["high"], facts["shape"]), ([-5.5, -5.5], [5.5, 5.5], [101, 91]))
        self.assertEqual((facts["periodic"], facts["dropped"]), ([False, False], []))
        self.assertEqual(facts["operator"], {"kind": "discounted", "goal": "avoid", "discount": .999, "disturbance": True,
                                             "amplitude": 1, "controls": 3, "disturbances": 2})
        self.assertAlmostEqual(facts["safety"]["bound"], facts["safety"]["residual"] / .001, 9)
        self.assertLessEqual(facts["safety"]["bound"], 1e-3)  # grid.error
        self.assertEqual(facts["settings"]["env"]["disturbance"], .5)
        self.assertEqual(facts["command"], "duro " + " ".join(self.words))
        self.assertRegex(facts["version"], r"^\d+\.\d+\.\d+$")

    def test_rollouts(self):
        rollouts = self.facts["rollouts"]
        self.assertEqual([(r["policy"], r["adversary"], r["level"]) for r in rollouts],
                         [(p, a, level) for level in (0, .25)
                          for p, a in (("safety policy", "safety adversary"), ("task policy", "safety adversary"),
                                       ("task policy", "task adversary"))])
        for r in rollouts:
            self.assertEqual((r["starts"], r["steps"]), (1000, 160))
            self.assertEqual(r["violated"] == 0, r["h_min"] >= 0)
        # a margin of .25 is more than two cells: hardly a start is lost; from the edge some are, but not many
        self.assertLessEqual(rollouts[3]["violated"], 10)
        self.assertLessEqual(rollouts[0]["violated"], 60)
        # evaluation starts where the exact value is at least .25 = env.eval_margin; a cell is .11 x .122
        starts = self.facts["evaluation_starts"]
        self.assertEqual((starts["starts"], starts["inside"]), (1000, 1000))
        self.assertAlmostEqual(starts["smallest_value"], .25, delta=.122)

    def test_pictures_and_page(self):
        with open(os.path.join(self.into, "report.html")) as file:
            page = file.read()
        self.assertIn("duro " + " ".join(self.words), page)
        self.assertIn("error bound", page)
        self.assertNotIn("<script", page)
        if not shutil.which("gnuplot"):
            self.skipTest("no gnuplot")
        pictures = re.findall(r'src="(figures/[^"]+\.png)"', page)
        self.assertEqual(pictures, [f"figures/{name}.png" for name in ("sets", "value", "policy", "task")])
        for picture in pictures:
            with open(os.path.join(self.into, picture), "rb") as file:
                self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")
        shutil.copytree(os.path.join(self.into, "figures"), self.path("again"))
        for name in ("sets", "value", "policy", "task"):  # from its own folder alone, without a word
            os.unlink(self.path("again", name + ".png"))
            done = subprocess.run(["gnuplot", name + ".gp"], cwd=self.path("again"), capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
            self.assertTrue(os.path.getsize(self.path("again", name + ".png")))

    def test_one_file(self):
        if not shutil.which("gnuplot"):
            self.skipTest("no gnuplot")
        self.duro("solve", "double-integrator", "--grid", "21", "--out", "alone", "--one-file")
        page = self.read("alone/report.html")
        self.assertEqual(re.findall(r' href="(?!#)[^"]*"', page), [])
        pictures = [base64.b64decode(picture) for picture in re.findall(r' src="data:image/png;base64,([^"]*)"', page)]
        self.assertEqual(len(pictures), page.count(" src="))
        with open(self.path("alone/figures/value.png"), "rb") as file:
            self.assertIn(file.read(), pictures)
        self.assertIn("\u03c0<sub>h</sub>", page)  # pi_h, as readers know it

    def test_an_earlier_solution_is_not_replaced_unasked(self):
        before = self.field("safety_value")
        self.fails(1, "already holds files", *self.words)
        self.fails(4, "not finite", *DI, "--force", "--grid", "5", "--low=-1e308", "--high", "1e308")
        self.assertEqual(self.field("safety_value"), before)
        shutil.copytree(self.into, self.path("second"))
        self.write("second/mine.txt", "kept")
        self.duro(*DI, "--out", "second", "--force", *SMALL)
        self.assertEqual(read_npy(self.path("second/safety_value.npy"))[0], (41, 41))
        self.assertFalse(os.path.exists(self.path("second/figures/sets.png")), "it was of the old solution")
        self.assertEqual(self.read("second/mine.txt"), "kept")


class Solving(Case):
    def facts(self, *parts):
        return json.loads(self.read(*parts, "grid.json"))

    def same_fields(self, a, b):
        names = sorted(name for name in os.listdir(self.path(a)) if name.endswith(".npy"))
        self.assertEqual(len(names), 6)
        for name in names:
            with open(self.path(a, name), "rb") as left, open(self.path(b, name), "rb") as right:
                self.assertEqual(left.read(), right.read(), name)


class Variants(Solving):
    def test_undiscounted_says_what_it_is(self):
        done = self.duro(*DI, "--grid", "41", "--set", "grid.change=1e-3", "--out", "plain", "--no-pictures")
        words = "outer approximation after"
        self.assertIn(words, done.stdout)
        facts = self.facts("plain")
        self.assertIn(words, facts["safety"]["claim"])
        self.assertIsNone(facts["safety"]["bound"])
        page = self.read("plain/report.html")
        self.assertIn("Outer approximation after", page)
        for text in (done.stdout, page, json.dumps(facts)):
            self.assertNotIn("converge", text)
        self.assertFalse(os.path.exists(self.path("plain/figures")))

    def test_no_disturbance(self):
        self.duro(*DI, *SMALL, "--discount", ".999", "--grid", "81", "--no-disturbance", "--out", "calm")
        facts = self.facts("calm")
        self.assertEqual(facts["operator"]["disturbances"], 1)
        self.assertEqual(set(read_npy(self.path("calm/safety_adversary.npy"))[1]), {0.})
        self.assertAlmostEqual(facts["volume"]["exact"], 58.6322, 4)
        self.assertGreater(facts["volume"]["overlap_with_exact"], .9)

    def test_edges(self):
        self.duro(*DI, *SMALL, "--low=-6,-5.25", "--high", "6", "--out", "edges")
        facts = self.facts("edges")
        self.assertEqual((facts["low"], facts["high"]), ([-6, -5.25], [6, 6]))

    def test_a_configuration(self):
        """the group env of a file that was written for training; --set goes over it"""
        self.write("task.yaml", "train:\n  steps: 7\nenv:\n  disturbance: .25\n  bound_x1: 4\n")
        self.duro(*DI, *SMALL, "--config", "task.yaml", "--set", "env.bound_x1=3", "--out", "from-file")
        self.duro(*DI, *SMALL, "--set", "env.disturbance=.25", "--set", "env.bound_x1=3", "--out", "from-words")
        self.same_fields("from-file", "from-words")
        self.assertEqual(self.read("from-file/config.yaml"), self.read("from-words/config.yaml"))
        self.fails(1, "none.yaml", *DI, "--config", "none.yaml")

    def test_threads_do_not_matter(self):
        self.duro(*DI, *SMALL, "--threads", "1", "--out", "one")
        self.duro(*DI, *SMALL, "--threads", "3", "--out", "three")
        self.same_fields("one", "three")
        self.assertEqual(self.facts("one")["rollouts"], self.facts("three")["rollouts"])

    def test_more_axes(self):
        if not shutil.which("gnuplot"):
            self.skipTest("no gnuplot")
        self.duro("solve", "cartpole", "--grid", "9x7x5x7", "--discount", ".95", "--out", "pole", "--set",
                  "env.horizon=10")
        facts = self.facts("pole")
        self.assertEqual(facts["shape"], [9, 7, 5, 7])
        self.assertEqual(read_npy(self.path("pole/safety_value.npy"))[0], (9, 7, 5, 7))
        pictures = re.findall(r'src="figures/([^"]+)\.png"', self.read("pole/report.html"))
        self.assertEqual(pictures, ["sets", "value", "policy", "task", "slices", "projections"])
        with open(self.path("pole/figures/slices.dat")) as file:
            blocks = [block for block in file.read().split("\n\n\n") if block.strip()]
        self.assertEqual(len(blocks), 6, "a plane for each pair of four axes")
        _, V = read_npy(self.path("pole/safety_value.npy"))
        with open(self.path("pole/figures/projections.dat")) as file:
            first = [line.split() for line in file.read().split("\n\n\n")[0].splitlines() if line]
        for number, line in enumerate(first):  # x and theta; the others run fastest
            self.assertAlmostEqual(float(line[2]), max(V[35 * number:35 * number + 35]), 5)

    def test_dropped_states(self):
        self.duro("solve", "quadrotor", "--grid", "5", "--discount", ".9", "--out", "copter", "--no-pictures",
                  "--set", "env.horizon=10")
        facts = self.facts("copter")
        self.assertTrue(facts["dropped"])
        self.assertFalse(set(facts["dropped"]) & set(facts["names"]))
        self.assertIsNone(facts["task"])
        self.assertFalse(os.path.exists(self.path("copter/task_value.npy")))
        shape, _ = read_npy(self.path("copter/safety_policy.npy"))
        self.assertEqual(shape, (*facts["shape"], 2), "two controls")

    def test_without_gnuplot(self):
        self.fails(1, "gnuplot was not found", *DI, *SMALL[:-1], "--out", "bare", env={"PATH": "/nowhere"})
        self.assertIn("not drawn", self.read("bare/report.html"))
        for name in ("sets.gp", "sets.dat", "plane.dat"):
            self.assertTrue(os.path.exists(self.path("bare/figures", name)), name)

    def test_a_certificate(self):
        done = self.duro(*DI, *SMALL, "--grid", "61", "--discount", ".999", "--set", "env.dt=.2", "--certify", "--out",
                         "proved")
        self.assertRegex(done.stdout, r"certified inner set: .* % of the grid's set")
        starts = self.facts("proved")["evaluation_starts"]
        self.assertRegex(done.stdout, rf"starts of evaluation: {starts['certified']} of 1000 inside\n")
        self.assertLessEqual(starts["certified"], starts["inside"])
        volume = self.facts("proved")["volume"]
        self.assertGreater(volume["certified"], .7 * volume["exact"])
        self.assertLess(volume["certified"], volume["exact"])  # an inner set
        self.assertTrue(os.path.getsize(self.path("proved/set.certificate")))
        # the pictures show it, and it lies in the outer set
        self.duro("solve", "pendulum", "--grid", "31", "--certify", "--set", "grid.task=false", "--quiet", "--out", "shown")
        with open(self.path("shown/figures/sets.dat")) as file:
            points = [[float(word) for word in line.split()] for line in file if line.strip() and line[0] != "#"]
        proved = [point for point in points if point[5] >= 0]
        self.assertGreater(len(proved), 100)
        self.assertEqual([point for point in proved if not point[3] >= 0], [])
        # a grid too coarse to have a set has nothing to take a share of
        done = self.duro(*DI, *SMALL, "--grid", "11", "--discount", ".9", "--certify", "--out", "empty")
        self.assertIn("certified inner set: 0, within the grid 0.0 % of the grid's set", done.stdout)
        self.fails(1, r"'air3d' states no formula, which a certificate needs$", "solve", "air3d", "--certify")
        # cones do not need the grid: on 5 vertices an axis it has no set, and there is no share of it to tell
        done = self.duro("solve", "cartpole", "--grid", "5", "--no-pictures", "--certify", "--set", "certificate.cut=.03",
                         "--set", "certificate.piece=.15", "--out", "cones")
        self.assertRegex(done.stdout, r"certified inner set: 6\.[0-9]+; duro-recheck")
        self.assertIsNone(self.facts("cones")["volume"]["certified_share"])
        self.fails(2, "auto.grid.cones", *DI, "--certify", "--set", "certificate.method=cone")
        self.fails(2, "--no-disturbance", *DI, "--certify", "--no-disturbance")

    def test_quiet(self):
        self.assertEqual(self.duro(*DI, *SMALL, "--out", "quiet", "--quiet").stdout, "")


class Mistakes(Case):
    def test_grids(self):
        for word, wanted in (("1", "1 vertices along x1"), ("0", "0 vertices"), ("20x", "'20x'"), ("axb", "'axb'"),
                             ("x20", "'x20'"), ("", "''"), ("-5", "'-5'"), ("5x5x5", "3 sizes"), ("5.5", "'5.5'"),
                             ("2x2x2x2x2x2x2", "at most 6"), ("99999999999999999999", "too large"),
                             ("5000", "wanted 2 to 960"), ("20x1", "1 vertices along x2"), (" 20", "' 20'")):
            self.fails(2, wanted, *DI, "--grid", word, "--out", "never")
        self.fails(2, "needs .* GB.* vertices per axis would fit", "solve", "cartpole", "--grid", "200", "--out", "never")
        self.fails(2, "vertices per axis would fit", *DI, "--set", "grid.memory=.001", "--grid", "900", "--out", "never")
        self.assertFalse(os.path.exists(self.path("never")), "a refused grid must leave no folder")

    def test_edges(self):
        for words, wanted in ((["--low", "1,2,3"], "3 numbers; the grid has 2 axes"), (["--low", "abc"], "'abc'"),
                              (["--high", "nan"], "'nan'"), (["--low", "1,"], "'1,'"), (["--high", "inf"], "'inf'"),
                              (["--low", "5", "--high", "2"], "the lower first")):
            self.fails(2, wanted, *DI, *words, "--out", "never")
        self.assertFalse(os.path.exists(self.path("never")))

    def test_words(self):
        self.fails(2, "wants ENV", "solve")
        self.fails(2, "did you mean '--grid'", *DI, "--gird", "5")
        self.fails(2, "did you mean '--discount'", *DI, "--discuont=.5")
        self.fails(2, "nowhere", "solve", "nowhere")
        self.fails(2, "cartpole", "solve", "cartpol")
        self.fails(2, "grid.discount", *DI, "--discount", "2")
        self.fails(2, "grid.threads", *DI, "--threads", "257")
        self.fails(2, "grid.controls", *DI, "--set", "grid.control=5")
        self.fails(2, "train.seed", *DI, "--set", "train.seed=5")

    def test_numbers_that_are_not_finite(self):
        self.fails(4, "'cartpole' is not finite at x = ", "solve", "cartpole", "--grid", "5", "--out", "nan", "--set",
                   "env.force=1000000", "--set", "env.substep=1", "--set", "env.substeps=1000", "--quiet")
        self.assertFalse(os.path.exists(self.path("nan")))

    def test_outputs_that_cannot_be_written(self):
        self.write("file", "")
        self.fails(1, "file", *DI, *ENDLESS, "--out", "file/run")  # ENDLESS: it must fail before solving
        self.fails(1, "file", *DI, *ENDLESS, "--out", "file")
        self.fails(1, "/proc/run", *DI, *ENDLESS, "--out", "/proc/run")

    def test_a_full_disk(self):
        def little_room():
            resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

        done = subprocess.run([DURO, *DI, *SMALL, "--out", "full", "--quiet"], cwd=self.folder, capture_output=True,
                              text=True, timeout=300, preexec_fn=little_room, restore_signals=False)
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(done.stderr, r"\Aduro: cannot write [^\n]*full/[^\n]*\n\Z")
        self.assertEqual([name for name in os.listdir(self.path("full")) if name != "config.yaml"], [])

    def test_resume(self):
        self.fails(1, "nothing to resume", *DI, "--resume", "--out", "absent")
        self.assertFalse(os.path.exists(self.path("absent")))
        self.duro(*DI, *SMALL, "--out", "done", "--quiet")
        for words in (["--grid", "43"], ["--discount", ".98"], ["--no-disturbance"], ["--set", "env.dt=.2"]):
            done = subprocess.run([DURO, *DI, *SMALL, "--out", "done", "--resume", "--quiet", *words], cwd=self.folder,
                                  capture_output=True, text=True, timeout=60)
            self.assertIn(done.returncode, (1, 2), words)
            self.assertRegex(done.stderr, r"\Aduro: [^\n]*state.safetensors[^\n]*\n\Z", words)
        with open(self.path("done/state.safetensors"), "r+b") as file:
            file.seek(-100, os.SEEK_END)
            byte = file.read(1)[0]
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte ^ 1]))
        self.fails(1, "state.safetensors", *DI, *SMALL, "--out", "done", "--resume", "--quiet")


class Stops(Solving):
    def start(self, *words):
        return subprocess.Popen([DURO, *words], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True)

    def stop(self, child, number, when):
        """Sends a signal once a line that matches has come."""
        text = ""
        for line in child.stdout:
            text += line
            if re.search(when, text):
                break
        time.sleep(.1)
        child.send_signal(number)
        rest, error = child.communicate(timeout=300)
        self.assertEqual((child.returncode, error), (130, ""))
        return text + rest

    def test_resumed_with_the_same_bits(self):
        long = [*DI, "--grid", "101", "--set", "grid.change=0", "--set", "grid.settled=false", "--set", "grid.sweeps=6000",
                "--no-pictures"]
        self.duro(*long, "--out", "whole", "--quiet")
        text = self.stop(self.start(*long, "--out", "parts"), signal.SIGINT, "safety: sweep ")
        self.assertRegex(text, r"stopped; state in parts/state\.safetensors; the same command with --resume goes on\nnext: duro solve [^\n]* --resume\n\Z")
        self.assertEqual(self.facts("parts")["verdict"]["result"], "unfinished")
        self.duro(*long, "--out", "parts", "--resume", "--quiet")
        self.assertEqual(self.facts("whole")["safety"]["sweeps"], 6000)
        self.assertEqual(self.facts("parts")["safety"]["sweeps"], 6000)
        self.same_fields("whole", "parts")

    def test_terminated(self):
        self.stop(self.start(*DI, *ENDLESS, "--out", "term"), signal.SIGTERM, "safety: sweep ")
        self.assertTrue(os.path.getsize(self.path("term/state.safetensors")))

    def test_stopped_while_the_task_is_solved(self):
        words = [*DI, "--grid", "101", "--discount", ".99", "--no-pictures", "--set", "grid.task_error=1e-9", "--set",
                 "grid.gamma=.995"]
        self.duro(*words, "--out", "task-whole", "--quiet")
        self.stop(self.start(*words, "--out", "task-parts"), signal.SIGINT, "task: sweep ")
        self.duro(*words, "--out", "task-parts", "--resume", "--quiet")
        self.same_fields("task-whole", "task-parts")

    def test_one_line_on_a_terminal(self):
        sent = []

        def interrupt(pid, terminal, text):
            if not sent and len(self.live_lines(text)) > 5:
                sent.append(os.write(terminal, b"\x03"))  # as the key does

        for columns in (80, 40, 24, 6):
            sent.clear()
            text = self.on_a_terminal([*DI, *ENDLESS, "--out", f"tty{columns}"], self.PLAIN, columns, 130, interrupt)
            live = self.live_lines(text)
            self.assertTrue(live)
            for line in live:
                self.assertLess(len(line), columns, line)
            if columns == 80:
                self.assertRegex(live[-1], r"^ *\d+%.*  sweep \d+  change \S+  \d+% active  set \d+\.\d+%")
            self.assertNotRegex(text, r"\033\[[0-9;]*m", "NO_COLOR is respected")
            screen = "".join(Screen(columns).feed(text.replace("^C", "")).rows)
            self.assertRegex(screen, "stopped; ?state in", columns)
            self.assertNotIn("active", screen, "nothing is left of the line")

    def test_a_second_interrupt_ends_at_once(self):
        child = self.start(*DI, *ENDLESS, "--out", "twice", "--set", "grid.threads=1")
        child.stdout.readline()
        child.send_signal(signal.SIGINT)
        child.send_signal(signal.SIGINT)
        time.sleep(.1)
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=300)
        self.assertIn(child.returncode, (130, -signal.SIGINT))


class Games(Case):
    # state 0: control 0 leads over 3 and 4 to a violation, for 1 a step; control 1 to the loop 0, 1, where the
    # disturbance chooses between the two rewards; state 2 is the violation
    GAME = {"states": 5, "controls": 2, "disturbances": 2, "h": [1, .5, -1, 1, 1],
            "successor": [[[3, 3], [1, 1]], [[0, 0], [0, 0]], [[2, 2], [2, 2]], [[4, 4], [4, 4]], [[2, 2], [2, 2]]],
            "reward": [[[1, 1], [0, 0]], [[.25, .5], [.25, .5]], [[0, 0], [0, 0]], [[1, 1], [1, 1]], [[1, 1], [1, 1]]]}

    def test_a_game(self):
        self.write("game.json", json.dumps(self.GAME))
        done = self.duro("solve", "game.json", "--set", "game.gamma=.9")
        self.assertIn("robust invariant set: 2 of 5 states, the maximal one", done.stdout)
        solution = json.loads(self.read("solutions/game/solution.json"))
        self.assertEqual([int(s) for s in solution["S"]], [1, 1, 0, 0, 0])
        # 0, .25, 0, .25, ... from state 0; .25, 0, .25, ... from state 1
        self.assertAlmostEqual(solution["V"][0], .9 * .25 / (1 - .81), 12)
        self.assertAlmostEqual(solution["V"][1], .25 / (1 - .81), 12)
        self.assertEqual(solution["V_h"], [.5, .5, -1, -1, -1])
        self.fails(1, "is there already", "solve", "game.json")
        self.duro("solve", "game.json", "--force", "--quiet")
        self.duro("solve", "game.json", "--out", "else", "--quiet")
        self.assertTrue(os.path.exists(self.path("else/solution.json")))

    def test_broken_games(self):
        self.fails(1, "absent.json", "solve", "absent.json")
        for name, text in (("cut", '{"states": 3'), ("empty", ""), ("list", "[]"), ("none", "{}"),
                           ("jump", json.dumps({**self.GAME, "successor": [[[9, 0], [0, 0]]] * 5}))):
            self.write(name + ".json", text)
            done = self.duro("solve", name + ".json", status=1) if name != "jump" else \
                subprocess.run([DURO, "solve", "jump.json"], cwd=self.folder, capture_output=True, text=True)
            self.assertIn(done.returncode, (1, 2))
            self.assertRegex(done.stderr, rf"\Aduro: [^\n]*{name}\.json[^\n]*\n\Z")
            self.assertFalse(os.path.exists(self.path("solutions", name)))

    def test_options_of_grids(self):
        self.write("options.json", json.dumps(self.GAME))
        for words in (["--grid", "5"], ["--resume"], ["--discount", ".9"], ["--no-disturbance"],
                      ["--config", "x"]):
            self.fails(2, f"{words[0]} is for environments", "solve", "options.json", *words)
        self.fails(2, "game.gamma", "solve", "options.json", "--set", "game.gama=.5")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
