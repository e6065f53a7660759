#!/usr/bin/env python3
"""Drives commands that keep results: test_folders.py path/to/duro. What is taken over and what is done again when
program, policy, system or solution change; who may work in a folder; what --force takes away."""

import csv
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

from test_cli import CRUISE, DURO, ENDLESS, TINY, Case

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QUICK = ["--episodes", "20", "--quiet"]


class Folders(Case):
    def train(self, out, *words, env="double-integrator", algorithm="DRAC"):
        self.duro("train", env, "--algorithm", algorithm, "--out", out, *TINY, *words, "--quiet")
        return out

    def rows(self, *parts):
        with open(self.path(*parts), newline="") as file:
            return list(csv.DictReader(file))

    def inode(self, *parts):
        """Of a file that is replaced whenever it is written."""
        return os.stat(self.path(*parts)).st_ino

    def another_program(self):
        """A copy of the program that says of itself that its sources are others."""
        with open(DURO, "rb") as file:
            program = file.read()
        version = subprocess.run([DURO, "--version"], capture_output=True, text=True, check=True).stdout
        sources = re.search(r"sources ([0-9a-f]{16})", version).group(1).encode()
        self.assertIn(sources, program)
        path = self.path("another-duro")
        with open(path, "wb") as file:
            file.write(program.replace(sources, bytes(reversed(sources))))
        os.chmod(path, 0o755)
        return path


class Keys(Folders):
    def test_cells_of_another_program_are_played_again(self):
        run = self.train("program")
        words = ["attack", run, "--attackers", "none,constant", *QUICK]
        self.duro(*words)
        before, there = self.rows(run, "attack/matrix.csv"), self.inode(run, "attack/matrix.csv")
        self.duro(*words)
        self.assertEqual(self.inode(run, "attack/matrix.csv"), there, "nothing was played again")
        subprocess.run([self.another_program(), "attack", run, "--attackers", "none", *QUICK], cwd=self.folder, check=True)
        after = self.rows(run, "attack/matrix.csv")
        # the rows of the constant attack are of the other program: they are not kept beside the new ones
        self.assertEqual([row["attacker"] for row in before], ["none", "none", "constant", "constant"])
        self.assertEqual([row["attacker"] for row in after], ["none", "none"])
        self.assertFalse({row["key"] for row in before} & {row["key"] for row in after})
        self.duro(*words)
        drop = ("seconds",)
        again = [{k: v for k, v in row.items() if k not in drop} for row in self.rows(run, "attack/matrix.csv")]
        self.assertEqual(again, [{k: v for k, v in row.items() if k not in drop} for row in before])

    def test_a_solution_of_another_day_is_the_same(self):
        run = self.train("day")
        for name in ("monday", "tuesday"):
            self.duro("solve", "double-integrator", "--grid", "61", "--no-pictures", "--set", "grid.task=false", "--quiet",
                      "--out", name)
        words = ["attack", run, "--attackers", "grid", *QUICK]
        self.duro(*words, "--solution", "monday")
        there = self.inode(run, "attack/matrix.csv")
        self.duro(*words, "--solution", "tuesday", "--threads", "1")
        self.assertEqual(self.inode(run, "attack/matrix.csv"), there, "nothing was played again")
        self.duro("solve", "double-integrator", "--grid", "65", "--no-pictures", "--set", "grid.task=false", "--quiet",
                  "--out", "monday", "--force")
        self.duro(*words, "--solution", "monday")
        self.assertNotEqual(self.inode(run, "attack/matrix.csv"), there)

    def test_experiment_notices_a_new_program(self):
        self.write("tiny.yaml", "title: T\ndefaults:\n  seeds: 1\n  set: [train.steps=1600, learn.width=16, "
                   "learn.batch=32, train.warmup=640, train.envs=32, train.look_episodes=4]\ngroups:\n  - name: di\n"
                   "    environment: double-integrator\n    attackers: [none]\n    episodes: 10\n"
                   "    runs: [{algorithm: SAC}]\n")
        subprocess.run([DURO, "experiment", "tiny.yaml", "--quiet"], cwd=self.folder, timeout=300)  # 1 without gnuplot
        listed = self.duro("experiment", "tiny.yaml", "--dry-run").stdout
        self.assertIn("2 of 2 jobs are done", listed)
        done = subprocess.run([self.another_program(), "experiment", "tiny.yaml", "--dry-run"], cwd=self.folder,
                              capture_output=True, text=True, check=True)
        self.assertIn("0 of 2 jobs are done", done.stdout)
        # elsewhere, on another day, it is the same experiment
        os.makedirs(self.path("elsewhere"))
        shutil.copy(self.path("tiny.yaml"), self.path("elsewhere/tiny.yaml"))
        shutil.copytree(self.path("experiments"), self.path("elsewhere/experiments"))
        os.utime(self.path("elsewhere/tiny.yaml"), (1, 1))
        done = subprocess.run([DURO, "experiment", "tiny.yaml", "--dry-run"], cwd=self.path("elsewhere"),
                              capture_output=True, text=True, check=True)
        self.assertIn("2 of 2 jobs are done", done.stdout)


class Locks(Folders):
    def start(self, *words):
        return subprocess.Popen([DURO, *words], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def live(self, out):
        """A training that does not end, at work in its folder."""
        child = self.start("train", "double-integrator", "--algorithm", "DRAC", *ENDLESS, "--quiet", "--out", out)
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        self.wait_for(out, "eval", "during.csv")
        return child

    def test_a_live_run_is_left_alone(self):
        child = self.live("live")
        self.duro("solve", "double-integrator", "--grid", "21", "--no-pictures", "--set", "grid.task=false", "--quiet",
                  "--out", "grid")
        config = self.read("live", "config.yaml")
        busy = rf"live is in use by process {child.pid}; wait for its end"
        for words in (["train", "double-integrator", "--algorithm", "SAC", *TINY, "--out", "live", "--force"],
                      ["eval", "live"], ["attack", "live"], ["sets", "live"], ["report", "live"],
                      ["solve", "double-integrator", "--out", "live", "--force"]):
            self.fails(1, busy, *words)
        self.assertEqual(self.read("live", "config.yaml"), config)
        # who writes elsewhere may read it, once there is something to read
        self.assertEqual(child.poll(), None)
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=300)
        self.assertEqual(child.returncode, 130)
        self.assertFalse(os.path.exists(self.path("live", ".lock")))
        self.duro("eval", "live", "--episodes", "4")

    def test_a_killed_run_holds_nobody_up(self):
        child = self.live("killed")
        child.kill()
        child.wait()
        self.assertTrue(os.path.exists(self.path("killed", ".lock")))
        self.duro("train", "double-integrator", "--algorithm", "SAC", *TINY, "--out", "killed", "--quiet", "--force")
        self.assertFalse(os.path.exists(self.path("killed", ".lock")))
        self.assertIn("algorithm: \"SAC\"", self.read("killed", "config.yaml"))

    def test_three_at_once_let_one_in(self):
        for force in ([], ["--force"]):
            children = [self.start("train", "double-integrator", "--algorithm", "SAC", *ENDLESS, "--quiet", "--seed", str(seed),
                                   "--out", "three", *force) for seed in (1, 2, 3)]
            self.wait_until(lambda: sum(child.poll() is None for child in children) <= 1, "the end of the others")
            inside = [child for child in children if child.poll() is None]
            self.assertEqual(len(inside), 1)
            self.wait_for("three", "eval", "during.csv")
            inside[0].send_signal(signal.SIGTERM)
            for child in children:
                err = child.communicate(timeout=300)[1]
                if child not in inside:
                    self.assertEqual(child.returncode, 1)
                    self.assertRegex(err, r"\Aduro: three (is in use by|already holds files)[^\n]*\n\Z")
            seed = re.search(r"(?m)^ +seed: (\d+)", self.read("three", "config.yaml")).group(1)
            self.assertEqual(int(seed), 1 + children.index(inside[0]))
            shutil.rmtree(self.path("three"))

    def test_attacks_side_by_side(self):
        run = self.train("attacked")
        for _ in range(3):
            shutil.rmtree(self.path(run, "attack"), ignore_errors=True)
            children = [self.start("attack", run, "--attackers", names, *QUICK)
                        for names in ("none,constant,square", "random,safety")]
            ended = [(child.communicate(timeout=300), child.returncode) for child in children]
            done = [names for names, (_, status) in zip((3, 2), ended) if status == 0]
            self.assertEqual(len(self.rows(run, "attack/matrix.csv")), 2 * sum(done), ended)

    def test_lead_of_a_list_that_was_killed(self):
        """Killed after it had noted the end of a job and before it gave back the folder, it leaves the file of the lead."""
        words = ["train", "double-integrator", "--algorithm", "SAC", "--steps", "6400", "--set", "learn.width=16", "--set",
                 "train.warmup=640", "--set", "train.replay=2000", "--seeds", "2", "--quiet", "--out", "led"]
        self.assertEqual(self.start(*words).wait(timeout=300), 0)
        for name in (".lead", ".lock"):
            with open(self.path("led-1", name), "w") as file:
                file.write("999999\n")
        self.assertEqual(self.start(*words).wait(timeout=300), 0)
        self.assertFalse(os.path.exists(self.path("led-1", ".lead")))
        self.assertFalse(os.path.exists(self.path("led-1", ".lock")))

    def test_marker_that_a_killed_list_was_writing(self):
        words = ["train", "double-integrator", "--algorithm", "SAC", "--steps", "6400", "--set", "learn.width=16", "--set",
                 "train.warmup=640", "--set", "train.replay=2000", "--seeds", "1", "--quiet", "--out", "half"]
        os.mkdir(self.path("half-1"))
        for name in (".lead", ".train.job.0.tmp"):
            with open(self.path("half-1", name), "w") as file:
                file.write("999999\n")
        self.duro(*words)
        self.assertEqual([name for name in os.listdir(self.path("half-1")) if name.startswith(".")], [])

    def test_seeds_of_two_commands(self):
        words = ["train", "double-integrator", "--algorithm", "SAC", *ENDLESS, "--seeds", "2", "--jobs", "2", "--quiet",
                 "--out", "seed"]
        first = self.start(*words)
        self.wait_for("seed-2", "eval", "during.csv")
        log = self.inode("seed-1", "train.log")
        done = self.start(*words)
        err = done.communicate(timeout=300)[1]
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"seed-1 is in use by process {first.pid}", err)
        self.assertEqual(self.inode("seed-1", "train.log"), log)
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=300)
        self.assertEqual(first.returncode, 130)


    def test_a_killed_experiment_goes_on_at_once(self):
        """Children die with their parent, but perhaps not before the same command is there again."""
        self.write("killed.yaml", "title: T\ndefaults:\n  seeds: 2\n  set: [train.steps=400000000, learn.width=16, "
                   "learn.batch=32, train.warmup=640, train.envs=32, train.looks=2, train.look_episodes=4]\ngroups:\n"
                   "  - name: di\n    environment: double-integrator\n    runs: [{algorithm: SAC}]\n")
        first = self.start("experiment", "killed.yaml", "--quiet")
        self.wait_for("experiments/killed/runs/di/SAC-2/train.csv")
        first.kill()
        first.communicate()
        with open(self.path("experiments/killed/runs/di/SAC-2/.lock"), "r+") as held:
            fcntl.flock(held, fcntl.LOCK_EX)  # as the child does, until it has ended
            second = self.start("experiment", "killed.yaml", "--quiet")
            self.addCleanup(second.communicate)
            self.addCleanup(second.kill)
            time.sleep(1)
        time.sleep(1)
        self.assertEqual(second.poll(), None)
        second.send_signal(signal.SIGINT)
        self.assertNotIn("in use", second.communicate(timeout=300)[1])


class Force(Folders):
    """--force takes what was made, and nothing else."""

    FOREIGN = {"figures/thesis.png": "png", "figures/training.txt": "notes", "eval/measurements.csv": "1,2\n", "eval/mine.csv": "a,b\n",
               "report.html": "<html><body>mine</body></html>", "attack/matrix.txt": "x", "sets/map.dat": "1 2 3\n",
               "checkpoints/step-one.safetensors": "x", "policies/best.safetensors": "x", "notes.md": "x", "train.log": "x",
               "environment/own.c": "int main;", "attack/attackers/best.safetensors": "x", "figures/mine.gp": "plot sin(x)\n"}

    def tree(self, root):
        found = set()
        for folder, _, names in os.walk(self.path(root)):
            found |= {os.path.relpath(os.path.join(folder, name), self.path(root)) for name in names}
        return found

    def put(self, root, files):
        for name, text in files.items():
            os.makedirs(os.path.dirname(self.path(root, name)), exist_ok=True)
            self.write(os.path.join(root, name), text)

    def test_a_folder_of_somebody_else(self):
        self.put("desk", self.FOREIGN)
        self.train("desk", "--force")
        for name, text in self.FOREIGN.items():
            self.assertEqual(self.read("desk", name), text, name)
        # a page of somebody else is not replaced either
        self.fails(1, "desk/report.html is no page of duro", "report", "desk")
        self.fails(1, "own/report.html is no page of duro", "report", "desk", "--out", self.made_page("own"))
        self.fails(1, "own/report.html is no page of duro", "solve", "double-integrator", "--grid", "21", "--out", "own",
                   "--force")

    def made_page(self, name):
        self.put(name, {"report.html": "<p>mine"})
        return name

    def test_a_configuration_of_somebody_else(self):
        self.put("plain", {"config.yaml": "run:\n  algorithm: SAC\n"})
        self.fails(1, "plain/config.yaml is of no run", "train", "double-integrator", "--algorithm", "SAC", *TINY, "--out",
                   "plain", "--force")
        self.fails(1, "plain/config.yaml is of no solution", "solve", "double-integrator", "--grid", "21", "--out", "plain",
                   "--force")
        self.assertEqual(self.read("plain", "config.yaml"), "run:\n  algorithm: SAC\n")

    def test_everything_of_a_run_goes(self):
        run = self.train("whole", "--set", "env.start_reach=1.2", algorithm="DRAC")
        before = self.tree(run)
        self.duro("eval", run, "--episodes", "4", "--set", "env.control=.9")
        self.duro("attack", run, "--attackers", "none,best-safety", "--updates", "16", "--attacker-seeds", "1", *QUICK)
        self.duro("sets", run, "--points", "31", "--starts", "20")
        subprocess.run([DURO, "report", run], cwd=self.folder, stdout=subprocess.DEVNULL, timeout=100)  # 1 without gnuplot
        self.write(run + "/eval/.during.csv.0.tmp", "left by a killed writer")
        made = self.tree(run) - before
        for wanted in ("report.html", "eval/summary.csv", "attack/matrix.csv", "attack/attackers/attackers.csv",
                       "sets/summary.csv", "sets/set.gp", "figures/training.gp"):
            self.assertIn(wanted, made)
        self.put(run, {name: text for name, text in self.FOREIGN.items() if name != "report.html"})
        self.train(run, "--force", algorithm="SAC")
        after = self.tree(run)
        left = {name for name in made & after if name not in self.FOREIGN}
        self.assertEqual(left, set())
        for name in self.FOREIGN.keys() - {"report.html"}:
            self.assertIn(name, after)

    def test_everything_of_a_solution_goes(self):
        words = ["solve", "double-integrator", "--grid", "21", "--out", "solved"]
        subprocess.run([DURO, *words], cwd=self.folder, stdout=subprocess.DEVNULL, timeout=100)
        before = self.tree("solved")
        self.assertIn("report.html", before)
        self.put("solved", {name: text for name, text in self.FOREIGN.items() if name != "report.html"})
        self.duro(*words, "--force", "--no-pictures", "--set", "grid.task=false")
        after = self.tree("solved") - self.FOREIGN.keys()
        self.assertFalse({name for name in after if name.startswith("figures/") or "task" in name}, after)
        self.assertLess(after, before)
        for name in self.FOREIGN.keys() - {"report.html"}:
            self.assertIn(name, self.tree("solved"))

    def test_the_environment_of_a_run_goes(self):
        os.makedirs(self.path("source"))
        shutil.copy(CRUISE, self.path("source/system.c"))
        run = self.train("mine", env="source/system.c")
        self.assertEqual({name for name in self.tree(run) if name.startswith("environment/")},
                         {"environment/system.c"})
        # of a model with several files a list says which they are
        self.put(run, {"environment/hashes.txt": "0123456789abcdef parts/deep/link.stl\n0123456789abcdef ../notes.md\n",
                       "environment/parts/deep/link.stl": "of the run", "environment/parts/mesh.stl": "mine",
                       "environment/other.c": "mine", "notes.md": "mine"})
        self.train(run, "--force")
        self.assertEqual({name for name in self.tree(run) if name.startswith("environment/")},
                         {"environment/other.c", "environment/parts/mesh.stl"})
        self.assertFalse(os.path.exists(self.path(run, "environment/parts/deep")))
        self.assertEqual(self.read(run, "notes.md"), "mine")

    def test_play_replaces_no_data_of_somebody_else(self):
        run = self.train("played")
        self.put(".", {"film.csv": "my measurements\n"})
        self.fails(1, "film.csv was not made by duro play", "play", run, "--out", "film.gif", "--no-window", "--steps", "2")
        self.assertEqual(self.read("film.csv"), "my measurements\n")


class Scores(Folders):
    """What tools/keep-results keeps of each seed is enough to make the numbers of the tables again."""

    def test_every_number_again(self):
        self.write("scored.yaml", "title: T\ndefaults:\n  seeds: 3\n  set: [train.steps=1600, learn.width=16, "
                   "learn.batch=32, train.warmup=640, train.envs=32, train.look_episodes=4]\ngroups:\n  - name: di\n"
                   "    environment: double-integrator\n    attackers: [none, constant]\n    episodes: 10\n"
                   "    sets: exact\n    runs: [{algorithm: SAC}, {name: R, algorithm: RIS}]\n")
        subprocess.run([DURO, "experiment", "scored.yaml", "--quiet"], cwd=self.folder, timeout=300)  # 1 without gnuplot
        # the tool works in its repository
        os.makedirs(self.path("repository/tools"))
        shutil.copy(os.path.join(ROOT, "tools/keep-results"), self.path("repository/tools"))
        subprocess.run([self.path("repository/tools/keep-results"), self.path("experiments/scored"), "di/R"], check=True,
                       stdout=subprocess.DEVNULL)
        kept = "repository/results/scored"
        self.assertEqual(len(self.rows(kept, "scores.csv")), 2 * 2 * 3)
        for row in self.rows("experiments/scored/tables/di-matrix.csv"):
            done = subprocess.run([os.path.join(ROOT, "tools/recompute-interval"), self.path(kept), f"run={row['run']}",
                                   f"acting={row['acting']}", f"attacker={row['attacker']}"],
                                  capture_output=True, text=True, check=True)
            found = re.fullmatch(r".*: 3 seeds; (\d+) of (\d+) violate.*, at most (\S+) %; smallest h (\S+); "
                                 r"return_mean (\S+) \[(\S+), (\S+)\]\n", done.stdout)
            self.assertTrue(found, done.stdout)
            self.assertEqual(found.group(1, 2), (row["violating"], row["episodes"]))
            for k, name in ((4, "h_min"), (5, "return_mean"), (6, "return_low"), (7, "return_high")):
                # printed with six and nine digits
                self.assertAlmostEqual(float(found.group(k)) / float(row[name]), 1, delta=1e-5 if k == 4 else 1e-8)
            self.assertAlmostEqual(float(found.group(3)), 100 * float(row["violation_bound"]), delta=1e-4)
        done = subprocess.run([os.path.join(ROOT, "tools/recompute-interval"), self.path(kept), "--sets", "column=iou"],
                              capture_output=True, text=True, check=True)
        self.assertIn("di, R, exact, ", done.stdout)
        self.assertTrue(os.path.exists(self.path(kept, "policies/R-1/config.yaml")))


class Configurations(Folders):
    """What a run keeps of itself: found again from anywhere, and not taken for whole when it is not."""

    def test_the_adversary_is_found_from_any_folder(self):
        self.train("a/runs/drac")
        os.makedirs(self.path("a/b"), exist_ok=True)
        sac = ["train", "double-integrator", "--algorithm", "SAC", *TINY, "--quiet"]
        done = subprocess.run([DURO, *sac, "--adversary", "../runs/drac", "--out", "../runs/sac"], cwd=self.path("a/b"))
        self.assertEqual(done.returncode, 0)
        config = self.read("a/runs/sac/config.yaml")
        self.assertIn('adversary: "../drac"', config)
        self.assertRegex(config, r'adversary_hash: "[0-9a-f]{16}"')
        looks = self.read("a/runs/sac/eval/during.csv")
        self.assertIn("mu_h of drac", looks)
        # from another folder, and when all of it lies elsewhere
        self.duro("train", "--config", "a/runs/sac/config.yaml", "--out", "again", "--quiet")
        self.assertEqual(self.read("again/eval/during.csv"), looks)
        self.assertIn('adversary: "../a/runs/drac"', self.read("again/config.yaml"))
        os.rename(self.path("a"), self.path("moved"))
        self.duro("train", "--config", "moved/runs/sac/config.yaml", "--out", "once-more", "--quiet")
        self.assertEqual(self.read("once-more/eval/during.csv"), looks)
        # another run of that name is another run
        shutil.rmtree(self.path("moved/runs/drac"))
        self.train("moved/runs/drac", "--seed", "7")
        self.fails(1, r"moved/runs/sac/\.\./drac is not the adversary of this run any more", "train", "--config",
                   "moved/runs/sac/config.yaml", "--out", "never", "--quiet")
        self.assertFalse(os.path.exists(self.path("never")))
        self.duro("train", "--config", "moved/runs/sac/config.yaml", "--adversary", "moved/runs/drac", "--out", "wanted",
                  "--quiet")
        self.assertNotEqual(self.read("wanted/eval/during.csv"), looks)
        shutil.rmtree(self.path("moved/runs/drac"))
        self.fails(1, "moved/runs/sac/../drac does not exist", "train", "--config", "moved/runs/sac/config.yaml", "--out",
                   "never", "--quiet")

    def test_a_configuration_cut_off(self):
        run = self.train("cut", "--set", "env.control=.7")
        whole = self.read(run, "config.yaml")
        lines = whole.splitlines(keepends=True)
        self.assertEqual(lines[-1], "# end\n")
        cut = ["".join(lines[:lines.index("env:\n")]), "".join(lines[:-3]), whole[:whole.rindex(":") + 3]]
        for text in cut:
            self.write(run + "/config.yaml", text)
            for words in (["eval", run], ["attack", run], ["sets", run], ["report", run], ["play", run, "--no-window"],
                          ["train", "--resume", run], ["train", "--config", run + "/config.yaml", "--out", "from-cut"]):
                self.fails(1, "config.yaml was cut off", *words)
        self.write(run + "/config.yaml", whole[:-len("# end\n")])  # as an earlier version wrote it
        self.duro("eval", run, "--episodes", "4")

    def test_the_configuration_of_a_solution_cut_off(self):
        run = self.train("solver")
        self.duro("solve", "double-integrator", "--grid", "21", "--no-pictures", "--set", "grid.task=false", "--quiet",
                  "--out", "solution")
        whole = self.read("solution/config.yaml")
        self.write("solution/config.yaml", whole[:whole.index("env:")])
        self.fails(1, "config.yaml was cut off", "attack", run, "--attackers", "grid", "--solution", "solution", *QUICK)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
