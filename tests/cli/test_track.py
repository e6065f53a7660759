#!/usr/bin/env python3
"""Drives commands on tracks of the user: test_track.py path/to/duro. Where the file of a track is looked for, that it goes with the
run, and that another one is told from it."""

import json
import math
import os
import re
import signal
import subprocess
import sys
import time
import unittest

from test_cli import DURO, Case

HERE = os.path.dirname(os.path.abspath(__file__))
TRACKS = os.path.join(HERE, "../../examples/tracks")
HEADER = "# x_m,y_m,w_tr_right_m,w_tr_left_m\n"
SHORT = ["--set", "train.steps=600", "--set", "train.warmup=200", "--set", "train.envs=8", "--set", "train.looks=2",
         "--set", "train.look_episodes=4", "--set", "train.look_search=0", "--set", "train.trial=0", "--set",
         "learn.width=32", "--quiet"]
CONFIG = "run: {environment: racing-car, algorithm: DRAC}\nenv: {track: round.csv, horizon: 40}\n"
TABLE = re.compile(r"^  \S.*\d.*$", re.M)


def circle(radius, points=100):
    return HEADER + "".join(f"{radius * math.cos(2 * math.pi * i / points):.9f},"
                            f"{radius * math.sin(2 * math.pi * i / points):.9f},0.185,0.185\n" for i in range(points))


class Tracks(Case):
    def write(self, place, text):
        path = self.path(place)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def run_in(self, folder, *words, wanted=0):
        done = subprocess.run([DURO, *words], cwd=folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, wanted, done.stderr)
        return done

    def refuses(self, message, *words, status=1):
        done = self.run_in(self.folder, *words, wanted=status)
        self.assertIn(message, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_a_run_keeps_its_track(self):
        track = self.write("kept/round.csv", circle(1))
        config = self.write("kept/car.yaml", CONFIG)
        run = self.path("kept-run")
        self.run_in(self.folder, "train", "--config", config, "--out", run, *SHORT)  # round.csv lies beside car.yaml
        text = self.read("kept-run/config.yaml")
        self.assertIn('environment: "environment/round.csv"', text)
        self.assertIn('track: ""', text)
        self.assertEqual(self.read("kept-run/environment/round.csv"), circle(1))
        before = self.run_in(self.folder, "eval", run, "--episodes", "4").stdout
        self.assertTrue(TABLE.findall(before))
        os.rename(track, self.path("kept/gone.csv"))
        moved = self.path("elsewhere/run")
        os.makedirs(os.path.dirname(moved))
        os.rename(run, moved)
        for folder in ("/", self.folder):
            after = self.run_in(folder, "eval", moved, "--episodes", "4").stdout
            self.assertEqual(TABLE.findall(after), TABLE.findall(before))
        self.run_in("/", "attack", moved, "--attackers", "none,random", "--episodes", "4", "--quiet")
        self.run_in("/", "export", moved, "--out", self.path("c"))
        self.run_in("/", "report", moved)
        self.run_in("/", "verify", moved)
        self.run_in("/", "train", "--resume", moved, "--steps", "900", "--quiet")
        # another track is another environment
        other = self.write("kept/other.csv", circle(1.1))
        self.refuses("environment.hash (of the file that it is made from) is", "train", "--resume", moved, "--steps", "1200", "--quiet",
                     "--set", f"env.track={other}", status=2)
        driven = self.run_in("/", "eval", moved, "--episodes", "4", "--set", f"env.track={other}").stdout
        self.assertNotEqual(TABLE.findall(driven), TABLE.findall(before))
        with open(os.path.join(moved, "environment/round.csv"), "a") as file:
            file.write("\n")
        self.refuses("environment/round.csv is not the file of this run any more", "eval", moved)

    def test_a_file_is_an_environment(self):
        track = self.write("word/round.csv", circle(1))
        words = ("train", "--algorithm", "DRAC", "--set", "env.horizon=40", *SHORT)
        self.run_in(self.folder, *words, track, "--unchecked", "--out", self.path("word/one"))
        self.run_in(self.folder, *words, "racing-car", "--set", f"env.track={track}", "--out", self.path("word/two"))
        hashes = [self.run_in(self.folder, "verify", self.path(f"word/{name}"), "--hash").stdout for name in ("one", "two")]
        self.assertEqual(hashes[0], hashes[1])

    def test_seeds_and_experiments_know_the_track(self):
        self.write("study/round.csv", circle(1))
        self.write("study/car.yaml", "run: {algorithm: DRAC}\n")
        study = self.write("study/study.yaml", "title: Tracks\ngroups:\n  - environment: racing-car\n    name: car\n"
                           "    episodes: 4\n    attackers: [none]\n    runs: [{algorithm: DRAC, config: car.yaml}]\n    set: ["
                           + ", ".join(["env.track=round.csv", *(w for w in SHORT if "=" in w)]) + "]\n")
        out = self.path("study/out")
        words = ("experiment", study, "--out", out, "--jobs", "1")
        self.run_in("/", *words)  # round.csv lies beside study.yaml
        self.assertEqual(self.read("study/out/runs/car/DRAC-1/environment/round.csv"), circle(1))
        first = self.read("study/out/runs/car/DRAC-1/run.json")
        for folder, file in (("/", study), (self.path("study"), "study.yaml")):
            self.run_in(folder, "experiment", file, *words[2:])
            self.assertEqual(self.read("study/out/runs/car/DRAC-1/run.json"), first)  # done before
        self.write("study/round.csv", circle(1.1))
        self.run_in("/", *words)
        self.assertEqual(self.read("study/out/runs/car/DRAC-1/environment/round.csv"), circle(1.1))
        self.write("study/round.csv", HEADER)
        done = self.run_in("/", *words, wanted=1)
        self.assertIn("run DRAC of group car:", done.stderr)
        self.assertIn("has 0 points; wanted 4 or more", done.stderr)

    def test_tune_knows_the_track(self):
        """Every training of a search drives the track that lies beside its file, from whatever folder it is called, and goes on from
        another one; another track in its place is another search."""
        self.write("search/round.csv", circle(1))
        words = [w for w in SHORT if "=" in w and not w.startswith(("train.steps", "train.trial="))]
        self.write("search/t.yaml", "title: Tracks\nenvironment: racing-car\nalgorithm: DRAC\nset: ["
                   + ", ".join(["env.track=round.csv", "env.horizon=40", "train.trial_episodes=4", "train.trial_search=4", *words])
                   + "]\nsettings: {learn.margin: {low: 0.05, high: 0.15}}\nconfigurations: 1\nsteps: 600\nrungs: [0.5, 1]\n"
                   "seeds: [1]\njudge_seeds: [101]\nattackers: [none]\nepisodes: 4\n")
        out, runs = self.path("search/out"), ("runs/0-1", "runs/1-1", "judged/default-101")
        self.run_in("/", "tune", self.path("search/t.yaml"), "--out", out, "--jobs", "1", "--quiet")
        for run in runs:
            self.assertEqual(self.read("search/out", run, "environment/round.csv"), circle(1))
        table = self.read("search/out/tune.csv")
        trained = [self.read("search/out", run, "run.json") for run in runs]
        self.run_in(self.path("search"), "tune", "t.yaml", "--out", "out", "--jobs", "1", "--quiet")
        self.assertEqual([self.read("search/out", run, "run.json") for run in runs], trained)  # done before
        # stopped, and gone on with from another folder
        begun = self.path("search/stopped/runs/0-1/train.csv")
        tune = subprocess.Popen([DURO, "tune", "t.yaml", "--out", "stopped", "--jobs", "1", "--quiet"], cwd=self.path("search"),
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while tune.poll() is None and not os.path.exists(begun):
            time.sleep(0.002)
        tune.send_signal(signal.SIGINT)
        tune.wait()
        self.run_in(self.folder, "tune", "search/t.yaml", "--out", "search/stopped", "--jobs", "1", "--quiet")
        self.assertEqual(self.read("search/stopped/tune.csv"), table)
        self.write("search/round.csv", circle(1.1))
        self.run_in("/", "tune", self.path("search/t.yaml"), "--out", out, "--jobs", "1", "--quiet")
        for run in runs:
            self.assertEqual(self.read("search/out", run, "environment/round.csv"), circle(1.1))
        self.write("search/round.csv", HEADER)
        done = self.run_in("/", "tune", self.path("search/t.yaml"), "--out", out, "--quiet", wanted=1)
        self.assertIn("train 0-1 rung 1 failed: ", done.stderr)
        self.assertIn("has 0 points; wanted 4 or more", done.stderr)

    def test_a_solution_keeps_its_track(self):
        """It is gone on with, exported and opened without the file, from another place; the copy goes with --force."""
        track = self.write("solved/round.csv", circle(1))
        small = ["--grid", "3", "--no-pictures", "--threads", "1"] + [w for word in (
            "grid.task=false", "grid.controls=2", "grid.sweeps=2", "env.horizon=3") for w in ("--set", word)]
        out = self.path("solved/s")
        self.run_in(self.path("solved"), "solve", "racing-car", *small, "--set", "env.track=round.csv", "--out", out)
        self.assertEqual(self.read("solved/s/environment/round.csv"), circle(1))
        self.assertIn('track: "environment/round.csv"', self.read("solved/s/config.yaml"))
        self.assertEqual(json.loads(self.read("solved/s/grid.json"))["environment_file"], "environment/round.csv")
        run = self.path("solved/run")
        self.run_in("/", "train", "racing-car", "--algorithm", "DRAC", "--set", f"env.track={track}", "--set", "env.horizon=3",
                    "--out", run, *SHORT)
        other = self.path("solved/other-run")
        self.run_in("/", "train", "racing-car", "--algorithm", "DRAC", "--set", "env.horizon=3", "--out", other, *SHORT)
        os.remove(track)
        moved = self.path("elsewhere/solution")
        os.makedirs(os.path.dirname(moved), exist_ok=True)
        os.rename(out, moved)
        self.run_in("/", "export", moved, "--out", self.path("solved/c"), "--accept-failed-solution")
        self.run_in("/", "attack", run, "--solution", moved, "--accept-failed-solution", "--attackers", "none", "--episodes", "2",
                    "--quiet")
        self.refuses("is the state of another grid or system (the file of the environment is another one)", "attack", other,
                     "--solution", moved, "--accept-failed-solution", "--attackers", "none", "--episodes", "2", "--quiet", status=2)
        value = os.path.join(moved, "safety_value.npy")
        with open(value, "rb") as file:
            before = file.read()
        os.remove(value)
        self.run_in("/", "solve", "racing-car", *small, "--out", moved, "--resume")
        with open(value, "rb") as file:
            self.assertEqual(file.read(), before)
        self.run_in("/", "solve", "racing-car", *small, "--out", moved, "--force")
        self.assertFalse(os.path.exists(os.path.join(moved, "environment")))
        self.assertIn('track: ""', self.read("elsewhere/solution/config.yaml"))

    def test_bad_tracks_are_one_line(self):
        self.refuses("no-such.csv", "check", "racing-car", "--set", "env.track=no-such.csv")
        bad = self.write("bad.csv", HEADER + "1,0,0.2,0.2\n0,one,0.2,0.2\n-1,0,0.2,0.2\n0,-1,0.2,0.2\n")
        self.refuses('bad.csv:3: y_m is "one"; wanted a number', "check", "racing-car", "--set", f"env.track={bad}")
        self.refuses('bad.csv:3: y_m is "one"; wanted a number', "check", bad)
        self.refuses("is too long for env.track", "check", "--config",
                     self.write("l" * 200 + "/car.yaml", CONFIG), status=2)

    def test_play_draws_the_track(self):
        """Nothing of the picture is farther out than the right edge: the radius of the circle and the width."""
        track = self.write("drawn/round.csv", circle(2))
        self.run_in(self.folder, "play", "racing-car", "--set", f"env.track={track}", "--steps", "3", "--out",
                    self.path("drawn/car.png"))
        points = [line.split(",")[:2] for line in self.read("drawn/car.scene").splitlines() if re.match(r"-?\d", line)]
        far = max(math.hypot(float(x), float(y)) for x, y in points)
        self.assertAlmostEqual(far, 2.185, places=3)

    def test_the_track_that_comes_along(self):
        """examples/tracks/l-shape.csv is what its script writes, and comes back to where it began."""
        radius = 4.5 / math.pi
        words = ["1", "4.5:180", "2.25:-90", "4.5:180", f"{2 * radius:.6f}", "2.25:90", f"{2 * radius - 1:.6f}"]
        made = subprocess.run([sys.executable, os.path.join(TRACKS, "segments.py"), "--width", "0.4", *words],
                              capture_output=True, text=True, check=True).stdout
        with open(os.path.join(TRACKS, "l-shape.csv")) as file:
            self.assertEqual(file.read(), made)
        open_course = subprocess.run([sys.executable, os.path.join(TRACKS, "segments.py"), "--width", "0.4", "1", "2:90"],
                                     capture_output=True, text=True)
        self.assertEqual(open_course.returncode, 1)
        self.assertIn("wanted it to end where the first one began", open_course.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
