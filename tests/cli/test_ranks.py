#!/usr/bin/env python3
"""Drives duro solve and duro train on several ranks of MPI: test_ranks.py path/to/duro path/to/examples. The results
are those of one process, byte for byte but for times, for every number of ranks and threads; a solution, or a training,
that was stopped on some ranks, or lost one, goes on on others; what fails on one rank ends all of them with one line."""

import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

DURO, EXAMPLES = (os.path.abspath(word) for word in sys.argv[1:3])
MPIRUN = shutil.which("mpirun.openmpi") or shutil.which("mpirun")
MODULE = os.path.join(os.path.dirname(DURO), "duro-mpi.so")
ROOT = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]  # root tests here, on few processors
ALONE = {name: value for name, value in os.environ.items() if not name.startswith(("OMPI_", "PMI"))}
PATIENCE = 300  # s, to what always comes


def without_times(value):
    """grid.json without what no two solutions have in common."""
    if isinstance(value, dict):
        return {key: without_times(v) for key, v in value.items() if key not in ("seconds", "written", "command", "threads")}
    return value


@unittest.skipUnless(MPIRUN and os.path.exists(MODULE), "no mpirun, or no module for it")
class Ranks(unittest.TestCase):
    command = "solve"
    always = ["--no-pictures"]

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="duro-ranks-")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def start(self, ranks, *words, program=DURO, mpirun=MPIRUN, options=None):
        given = [mpirun, *(ROOT if options is None else options), "-n", str(ranks)] if ranks else []
        return subprocess.Popen([*given, program, self.command, *words, *self.always], cwd=self.folder, env=ALONE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self, process):
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out, err

    def ranks_of(self, process, count):
        """Process numbers of the ranks."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = []
            for path in glob.glob("/proc/[0-9]*/stat"):
                try:
                    with open(path, encoding="utf-8") as file:
                        name, rest = file.read().rsplit(")", 1)
                except OSError:
                    continue
                if name.endswith("(duro") and int(rest.split()[1]) == process.pid:
                    found.append(int(name.split()[0]))
            if len(found) == count:
                return sorted(found)
            time.sleep(.05)
        raise AssertionError(f"mpirun did not start {count} ranks")

    def refuse(self, ranks, *words, said, status, **how):
        code, out, err = self.end(self.start(ranks, *words, "--out", "refused", **how))
        lines = [line for line in err.splitlines() if line.startswith("duro: ")]
        self.assertEqual((code, len(lines)), (status, 1), out + err)
        self.assertIn(said, lines[0])
        self.assertFalse(os.path.exists(self.path("refused")))


class Solve(Ranks):
    def solve(self, ranks, *words):
        status, out, err = self.end(self.start(ranks, *words))
        self.assertEqual((status, err), (0, ""), out)
        return out

    def read(self, folder):
        """The files of a solution: names and bytes, or what grid.json says."""
        found = {}
        for path in sorted(glob.glob(self.path(folder, "*"))):
            name = os.path.basename(path)
            if name == "grid.json":
                with open(path, encoding="utf-8") as file:
                    found[name] = without_times(json.load(file))
            elif name.endswith(".npy") or name == "report.html":
                with open(path, "rb") as file:
                    found[name] = file.read() if name.endswith(".npy") else True
        self.assertIn("safety_value.npy", found)
        return found

    def check(self, name, *words, ranks):
        """One process, and then so many ranks with so many threads each."""
        common = [name, *words, "--set", "grid.task=false", "--quiet"]
        self.solve(0, *common, "--threads", "1", "--out", "alone")
        wanted = self.read("alone")
        for count, threads in ranks:
            self.solve(count, *common, "--threads", str(threads), "--out", "ranks", "--force")
            got = self.read("ranks")
            self.assertEqual(got.keys(), wanted.keys())
            for file, content in wanted.items():
                self.assertTrue(got[file] == content, f"{name}: {file} of {count} ranks of {threads} threads differs")
        shutil.rmtree(self.path("alone"))
        shutil.rmtree(self.path("ranks"))

    def test_same_files(self):
        self.check("double-integrator", "--grid", "31", "--discount", "0.95", ranks=[(1, 2), (2, 1), (3, 2), (4, 1)])
        self.check("cartpole", "--grid", "9x11x10x9", "--discount", "0.8", ranks=[(2, 2), (4, 1)])
        self.check("air3d", "--grid", "11x10x9", ranks=[(3, 1)])
        self.check(os.path.join(EXAMPLES, "adaptive_cruise_control.c"), "--grid", "11", "--discount", "0.9",
                   ranks=[(3, 1)])

    def interrupt(self, ranks, *words, how, expected):
        """Starts, waits for the first sweeps, and does `how` to the ranks."""
        process = self.start(ranks, *words)
        for line in process.stdout:
            if line.startswith("safety: sweep"):
                break
        how(process, self.ranks_of(process, ranks))
        status, out, err = self.end(process)
        self.assertEqual(status, expected, out + err)
        return out, err

    def test_goes_on_elsewhere(self):
        # two seconds of sweeps on an idle processor: enough to be interrupted three times
        words = ["cartpole", "--grid", "21x23x21x21", "--set", "grid.task=false", "--discount", "0.999", "--threads", "1"]
        self.solve(0, *words, "--quiet", "--out", "alone")
        wanted = self.read("alone")
        out, err = self.interrupt(3, *words, "--out", "ranks", expected=130,
                                  how=lambda mpirun, ranks: mpirun.send_signal(signal.SIGUSR1))
        self.assertIn("--resume goes on", out)
        self.assertNotIn("duro: ", err)
        with open(self.path("ranks", "grid.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["verdict"]["result"], "unfinished")
        self.interrupt(2, *words, "--out", "ranks", "--resume", expected=130,
                       how=lambda mpirun, ranks: os.kill(ranks[-1], signal.SIGTERM))  # one rank alone hears it
        self.interrupt(4, *words, "--out", "ranks", "--resume", expected=128 + signal.SIGKILL,
                       how=lambda mpirun, ranks: os.kill(ranks[1], signal.SIGKILL))
        shutil.copytree(self.path("ranks"), self.path("half"))
        self.solve(3, *words, "--quiet", "--out", "ranks", "--resume")
        self.assertEqual(self.read("ranks"), wanted)
        self.solve(0, *words, "--quiet", "--out", "half", "--resume")
        self.assertEqual(self.read("half"), wanted)

    def test_refused(self):
        task = ["--set", "grid.task=false"]
        self.refuse(2, "double-integrator", "--grid", "9", said="over 2 ranks wanted false", status=2)
        self.refuse(2, "pendulum", "--grid", "9", *task, "--set", "grid.method=hj", said="over 2 ranks wanted steps",
                    status=2)
        self.refuse(4, "double-integrator", "--grid", "3", *task, said="there are 4 ranks", status=2)
        self.refuse(2, "no-such", said="no environment is called 'no-such'", status=2)
        self.refuse(2, "pendulum", "--no-such", said="'--no-such' is unknown", status=2)
        self.refuse(2, os.path.join(EXAMPLES, "corridor.json"), said="a finite game is solved by one process", status=2)

    def test_full_disk(self):
        """The first rank writes, and what it cannot write ends all."""
        code, out, err = self.end(self.start(2, "double-integrator", "--grid", "9", "--set", "grid.task=false", "--out",
                                             "/proc/no-such"))
        self.assertEqual((code, err.count("duro: ")), (1, 1), out + err)

    def test_without_module(self):
        shutil.copy(DURO, self.path("duro"))
        self.refuse(2, "double-integrator", said="built without MPI (DURO_MPI)", status=1, program=self.path("duro"))
        self.assertEqual(self.end(self.start(1, "double-integrator", "--grid", "9", "--quiet", "--out", "one",
                                             program=self.path("duro")))[0], 0)  # one process needs none

    @unittest.skipUnless(shutil.which("mpirun.mpich") and shutil.which("mpirun.openmpi"), "one MPI")
    def test_other_mpi(self):
        self.refuse(2, "double-integrator", said="another MPI", status=2, mpirun="mpirun.mpich", options=[])


class Train(Ranks):
    command = "train"
    always = []
    # all that a training does: looks, a trial, checkpoints, steps of all players
    small = ["cartpole", "--algorithm", "DRAC", "--steps", "4800", "--set", "train.warmup=1600", "--set", "train.looks=2",
             "--set", "train.look_episodes=2", "--set", "train.look_search=4", "--set", "train.trial=2",
             "--set", "train.trial_episodes=4", "--set", "train.trial_search=4", "--set", "learn.width=32",
             "--set", "learn.batch=112", "--set", "train.report_every=10", "--set", "train.checkpoint_every=20"]

    def train(self, ranks, *words):
        status, out, err = self.end(self.start(ranks, *words, "--quiet"))
        self.assertEqual((status, out, err), (0, "", ""))

    def hash(self, folder):
        """Of all that came out of a training but times: duro_run_hash."""
        return subprocess.run([DURO, "verify", self.path(folder), "--hash"], check=True, capture_output=True, text=True).stdout

    def check(self, *words, ranks):
        self.train(0, *words, "--threads", "1", "--out", "alone", "--force")
        for count, threads in ranks:
            self.train(count, *words, "--threads", str(threads), "--out", "ranks", "--force")
            self.assertEqual(self.hash("ranks"), self.hash("alone"), f"{count} ranks of {threads} threads, {words}")

    def test_same_bits(self):
        self.check(*self.small, ranks=[(2, 2), (4, 1)])  # 7 panels of 16 samples
        self.check(*self.small, "--set", "learn.levels=3", "--set", "learn.player_every=2", ranks=[(3, 1)])
        self.check(*self.small, "--algorithm", "SAC-Lag", "--set", "train.updates=2", ranks=[(2, 1)])

    def test_fine_tuning(self):
        self.train(2, *self.small, "--out", "first")
        self.check(*self.small, "--from", "first", "--seed", "2", ranks=[(2, 1)])

    def interrupt(self, ranks, *words, how, expected):
        """Starts, waits for a new checkpoint, and does `how` to the ranks."""
        newest = self.path("ranks", "checkpoints", "latest")

        def said():
            try:
                with open(newest, encoding="utf-8") as file:
                    return file.read()
            except OSError:
                return ""
        before = said()
        process = self.start(ranks, *words)
        while said() == before and process.poll() is None:
            time.sleep(.01)
        how(process, self.ranks_of(process, ranks))
        status, out, err = self.end(process)
        self.assertEqual(status, expected, out + err)
        return out, err

    def test_goes_on_elsewhere(self):
        # a second of updates on an idle processor
        words = ["cartpole", "--algorithm", "SAC-RIS", "--steps", "131072", "--set", "train.envs=16", "--set",
                 "train.warmup=1600", "--set", "train.looks=1", "--set", "train.look_episodes=1", "--set",
                 "train.choose=false", "--set", "learn.width=64", "--set", "learn.batch=96", "--set",
                 "train.checkpoint_every=500", "--threads", "1"]
        self.train(0, *words, "--out", "alone")
        out, err = self.interrupt(3, *words, "--out", "ranks", expected=130,
                                  how=lambda mpirun, ranks: mpirun.send_signal(signal.SIGUSR1))
        self.assertIn("next: duro train --resume", out)
        self.assertNotIn("duro: ", err)
        self.interrupt(2, "--resume", "ranks", expected=130,
                       how=lambda mpirun, ranks: os.kill(ranks[-1], signal.SIGTERM))  # one rank alone hears it
        self.interrupt(4, *words, "--out", "ranks", "--go-on", expected=128 + signal.SIGKILL,
                       how=lambda mpirun, ranks: os.kill(ranks[1], signal.SIGKILL))
        shutil.copytree(self.path("ranks"), self.path("half"))
        self.train(3, "--resume", "ranks")
        self.train(0, "--resume", "half")
        self.assertEqual(self.hash("ranks"), self.hash("alone"))
        self.assertEqual(self.hash("half"), self.hash("alone"))

    def test_refused(self):
        self.refuse(2, *self.small, "--set", "learn.critic=normed", said="over 2 ranks wanted plain", status=2)
        self.refuse(3, *self.small, "--set", "learn.batch=32", said="learn.batch is 32; over 3 ranks wanted", status=2)
        self.refuse(2, *self.small, "--seeds", "2", said="--seeds trains each seed in one process, not in 2", status=2)
        self.refuse(2, *self.small, "--no-such", said="'--no-such' is unknown", status=2)
        self.refuse(2, *self.small, "--set", "learn.batch=17", said="learn.batch is 17", status=2)
        both = [*self.small, "--out", "refused", ":", "-n", "1", DURO, "train", *self.small, "--set", "learn.gamma=0.9"]
        self.refuse(1, *both, said="rank 1 has another program, system or settings than rank 0", status=2)

    def test_not_finite(self):
        # a cart pushed this hard, in steps this long, leaves the numbers
        code, out, err = self.end(self.start(2, *self.small, "--out", "ranks", "--quiet", "--set", "env.force=1000000",
                                             "--set", "env.substep=1", "--set", "env.substeps=1000"))
        self.assertEqual((code, err.count("duro: ")), (4, 1), out + err)
        self.assertIn("is not finite", err)

    def test_full_disk(self):
        code, out, err = self.end(self.start(2, *self.small, "--out", "/proc/no-such"))
        self.assertEqual((code, err.count("duro: ")), (1, 1), out + err)

    def test_without_module(self):
        shutil.copy(DURO, self.path("duro"))
        self.refuse(2, *self.small, said="processes that are to train together, and this program was built without MPI",
                    status=1, program=self.path("duro"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
