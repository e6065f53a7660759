#!/usr/bin/env python3
"""The program and the system around it: test_process.py path/to/duro. Signals, standard descriptors."""

import contextlib
import os
import re
import resource
import signal
import subprocess
import sys
import time
import unittest

from test_cli import DURO, ENDLESS, NO_DISPLAY, TINY, Case
from test_experiment import EXPERIMENT

GRID = ["solve", "double-integrator", "--no-pictures"]


class Process(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        words = ["train", "double-integrator", "--algorithm", "DRAC", "--out", "run", "--quiet", *TINY]
        subprocess.run([DURO, *words], cwd=cls.folder, check=True, timeout=300)

    def start(self, *words, **how):
        return subprocess.Popen([DURO, *words], cwd=self.folder, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=NO_DISPLAY, **how)


class Signals(Process):
    """Each long command ends well: status 130 and one line that says what is left."""

    # words, the file whose appearance says that it is at work, the last line
    COMMANDS = {
        "train": (["train", "cartpole", "--algorithm", "DRAC", "--out", "NAME", *ENDLESS], "NAME/eval/during.csv",
                  r"next: duro train --resume NAME"),
        "seeds": (["train", "cartpole", "--algorithm", "DRAC", "--out", "NAME", "--seeds", "2", *ENDLESS],
                  "NAME-2/eval/during.csv", r"stopped; 0 of 2 jobs are done; the same command goes on\nnext: duro train cartpole [^\n]*--seeds 2 [^\n]*"),
        "solve": ([*GRID, "--grid", "101", "--set", "grid.change=0", "--set", "grid.sweeps=1000000000", "--out",
                   "NAME"], "NAME", r"stopped; state in NAME/state.safetensors; [^\n]*--resume goes on\n"
                  r"next: duro solve double-integrator [^\n]*NAME --resume"),
        "eval": (["eval", "run", "--episodes", "10000000", "--out", "NAME"], "NAME", r"stopped; .*summary.csv.*"),
        "attack": (["attack", "run", "--attackers", "none,best-safety", "--episodes", "10", "--updates", "100000000"],
                   "run/attack/matrix.csv", r"stopped; the same command goes on"),
        "sets": (["sets", "run", "--points", "1201", "--starts", "1000000000"], "run/sets",
                 r"stopped; the same command goes on"),
        "play": (["play", "double-integrator", "--steps", "4000", "--no-window", "--out", "NAME.gif"], "NAME.gp",
                 r"stopped; nothing was drawn"),
        "report": (["report", "run"], "run/figures", r"stopped; no page was made"),
        "experiment": (["experiment", "NAME.yaml"], "experiments/NAME/runs/di/DRAC-1/train.csv",
                       r"stopped; 0 of \d+ jobs are done; the same command goes on\nnext: duro experiment NAME\.yaml"),
    }

    def stop(self, command, number):
        name = f"{command}-{int(number)}"
        words, sign, line = self.COMMANDS[command]
        words = [word.replace("NAME", name) for word in words]
        if command == "experiment":
            self.write(f"{name}.yaml", EXPERIMENT.replace("train.steps=3200", "train.steps=100000000"))
        child = self.start(*words)
        try:
            self.wait_for(*sign.replace("NAME", name).split("/"))
            time.sleep(.3)
            child.send_signal(number)
            out, err = child.communicate(timeout=300)
        finally:
            child.kill()
        self.assertEqual((child.returncode, err), (130, ""), (words, out))
        self.assertRegex(out, r"(\A|\n)" + line.replace("NAME", name) + r"\n\Z")
        return name

    def test_hangup(self):
        for command in self.COMMANDS:
            with self.subTest(command):
                self.stop(command, signal.SIGHUP)

    def test_warnings(self):
        """What batch systems and limits send before an end."""
        for command, number in (("train", signal.SIGUSR1), ("seeds", signal.SIGUSR2), ("solve", signal.SIGXCPU),
                                ("experiment", signal.SIGUSR1), ("attack", signal.SIGUSR2)):
            with self.subTest(f"{command} {number}"):
                self.stop(command, number)
        for name in (f"train-{int(signal.SIGUSR1)}", f"seeds-{int(signal.SIGUSR2)}-1", f"seeds-{int(signal.SIGUSR2)}-2"):
            self.assertTrue(os.path.exists(self.path(name, "checkpoints", "latest")), name)

    def test_warnings_never_end_it(self):
        """SIGXCPU comes every second, and a SIGTERM of the batch system after its warning."""
        child = self.start("train", "cartpole", "--algorithm", "DRAC", "--out", "warned", *ENDLESS)
        try:
            self.wait_for("warned", "eval", "during.csv")
            for number in (signal.SIGXCPU, signal.SIGXCPU, signal.SIGUSR1, signal.SIGTERM, signal.SIGXCPU):
                child.send_signal(number)
            out, err = child.communicate(timeout=300)
        finally:
            child.kill()
        self.assertEqual((child.returncode, err), (130, ""), out)
        self.assertEqual(out.splitlines()[-1], "next: duro train --resume warned")
        self.assertEqual([name for name in os.listdir(self.path("warned")) if name.startswith(".")], [])

    def test_warnings_while_it_says_its_last_lines(self):
        """Its output goes into a full pipe, so it is in the middle of its end when the others come."""
        out, into = os.pipe()
        os.set_blocking(into, False)
        child = subprocess.Popen([DURO, "train", "cartpole", "--algorithm", "DRAC", "--out", "last", *ENDLESS],
                                 cwd=self.folder, stdout=into, stderr=subprocess.PIPE, env=NO_DISPLAY)
        try:
            self.wait_for("last", "eval", "during.csv")
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(into, b"x")
            os.set_blocking(into, True)  # for the child as well: the two share it
            os.close(into)
            child.send_signal(signal.SIGXCPU)
            self.wait_until(lambda: self.writes_to(child.pid, 1), "its last lines")
            for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGUSR2, signal.SIGXCPU):
                child.send_signal(number)
            time.sleep(.1)
            self.assertIsNone(child.poll(), "the pipe is full")
            with os.fdopen(out) as file:
                text = file.read()
            child.wait(timeout=300)
        finally:
            child.kill()
            child.communicate()
        self.assertEqual(child.returncode, 130)
        self.assertEqual(text.splitlines()[-1], "next: duro train --resume last")

    @staticmethod
    def writes_to(process, descriptor):
        """Whether it waits in a system call whose first argument is this one."""
        with open(f"/proc/{process}/syscall") as file:
            words = file.read().split()
        return len(words) > 1 and int(words[0]) > 0 and int(words[1], 16) == descriptor

    def test_limit_of_processor_time(self):
        words = ["--set", "train.checkpoint_every=100000"]  # waiting for a disk takes no processor time
        done = subprocess.run([DURO, "train", "cartpole", "--algorithm", "DRAC", "--out", "cpu", *ENDLESS, *words],
                              cwd=self.folder, text=True, capture_output=True, timeout=300, env=NO_DISPLAY,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (3, 60)))
        self.assertEqual((done.returncode, done.stderr), (130, ""), done.stdout)
        self.assertEqual(done.stdout.splitlines()[-1], "next: duro train --resume cpu")

    def test_ignored_warnings_are_ignored(self):
        child = self.start("train", "cartpole", "--algorithm", "DRAC", "--out", "ignoring", *ENDLESS,
                           preexec_fn=lambda: signal.signal(signal.SIGUSR1, signal.SIG_IGN))
        try:
            self.wait_for("ignoring", "eval", "during.csv")
            child.send_signal(signal.SIGUSR1)
            time.sleep(.5)
            self.assertIsNone(child.poll())
            child.send_signal(signal.SIGUSR2)
            child.communicate(timeout=300)
        finally:
            child.kill()
        self.assertEqual(child.returncode, 130)

    def test_others(self):
        for command in ("eval", "sets", "play"):
            for number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(f"{command} {number}"):
                    self.stop(command, number)

    def test_eval_keeps_what_it_played(self):
        words = ["eval", "run", "--episodes", "30000", "--out", "kept", "--threads", "1"]
        child = self.start(*words)
        try:
            self.wait_for("kept", "run", "none.csv")
            child.send_signal(signal.SIGTERM)
            child.communicate(timeout=300)
        finally:
            child.kill()
        self.assertEqual(child.returncode, 130)
        self.assertIn("\nnone.csv,none,", self.read("kept", "run", "summary.csv"))

    def test_nohup_keeps_its_meaning(self):
        child = self.start("train", "cartpole", "--algorithm", "DRAC", "--out", "nohup", *ENDLESS,
                           preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        try:
            self.wait_for("nohup", "eval", "during.csv")
            child.send_signal(signal.SIGHUP)
            time.sleep(.5)
            self.assertIsNone(child.poll())
            child.send_signal(signal.SIGTERM)
            out, _ = child.communicate(timeout=300)
        finally:
            child.kill()
        self.assertEqual(child.returncode, 130)
        self.assertIn("stopped at step", out)


class Files(Process):
    def test_too_large_a_file(self):
        """SIGXFSZ: the write fails, and the command says so; what was there stays."""
        words = ["train", "cartpole", "--algorithm", "DRAC", *TINY]
        self.duro(*words, "--out", "large")
        newest = self.read("large", "checkpoints", "latest").strip()
        size = os.path.getsize(self.path("large", "checkpoints", newest))
        for limit in (size - 1, 4096):
            done = subprocess.run([DURO, *words, "--out", f"limit-{limit}"], cwd=self.folder, text=True,
                                  capture_output=True, timeout=300, preexec_fn=lambda: resource.setrlimit(
                                      resource.RLIMIT_FSIZE, (limit, limit)))
            self.assertEqual(done.returncode, 1, done)
            self.assertRegex(done.stderr, r"\Aduro: [^\n]*File too large[^\n]*newest good checkpoint[^\n]*\n\Z")
        for words in (["attack", "run", "--attackers", "none", "--episodes", "100"], ["eval", "run"],
                      [*GRID, "--grid", "51", "--out", "limited"]):
            done = subprocess.run([DURO, *words], cwd=self.folder, text=True, capture_output=True, timeout=300,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512)))
            self.assertEqual(done.returncode, 1, (words, done))
            self.assertRegex(done.stderr, r"\Aduro: [^\n]*File too large[^\n]*\n\Z")

    def test_nobody_reads_on(self):
        """SIGPIPE: training goes on to its end, and the lost output is an error."""
        ours, theirs = os.pipe()
        child = subprocess.Popen([DURO, "train", "cartpole", "--algorithm", "DRAC", "--out", "pipe", *TINY],
                                 cwd=self.folder, text=True, stdout=theirs, stderr=subprocess.PIPE)
        os.close(theirs)
        os.close(ours)
        _, err = child.communicate(timeout=300)
        self.assertEqual((child.returncode, err), (1, "duro: standard output cannot be written: Broken pipe\n"))
        self.assertEqual(self.read("pipe", "checkpoints", "latest"), "step-3200.safetensors\n")

    def test_full_standard_output(self):
        for words in (["--version"], ["--help"], ["help"], ["help", "--man"], ["help", "--completion", "bash"],
                      ["envs"], ["algorithms"], ["settings"], ["settings", "pendulum"], ["train", "--help"],
                      ["eval", "run", "--episodes", "2"], ["sets", "run", "--points", "11", "--starts", "10"],
                      ["attack", "run", "--attackers", "none", "--episodes", "3"], ["report", "run"],
                      ["check", "pendulum"], [*GRID, "--grid", "21", "--out", "full"]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([DURO, *words], cwd=self.folder, text=True, stdout=full, stderr=subprocess.PIPE,
                                      timeout=300, env=NO_DISPLAY)
            with self.subTest(" ".join(words)):
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, r"\Aduro: standard output cannot be written: (No space left on device|"
                                 r"an earlier write failed)\n\Z")

    def test_closed_descriptors(self):
        """No file of the run takes the number of a closed descriptor: what is printed lies in none of them."""
        words = ["train", "cartpole", "--algorithm", "DRAC", *TINY, "--out"]
        for closed in ([1], [0], [2], [1, 2], [0, 1, 2], [0, 2]):
            name = "closed-" + "".join(map(str, closed))

            def close():
                for descriptor in closed:
                    os.close(descriptor)

            done = subprocess.run([DURO, *words, name], cwd=self.folder, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=300, preexec_fn=close)
            self.assertEqual(done.returncode, 0, closed)
            for folder, _, files in os.walk(self.path(name)):
                for file in files:
                    with open(os.path.join(folder, file), "rb") as opened:
                        self.assertIsNone(re.search(rb"DRAC on cartpole|step 3200/3200|trained; ", opened.read()),
                                          (closed, file))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
