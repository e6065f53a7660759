#!/usr/bin/env python3
"""Memory is said before it is taken, and what cannot fit is refused: test_room.py path/to/duro."""

import os
import re
import resource
import subprocess
import sys
import unittest

from test_cli import DURO, NO_DISPLAY, TINY, Case

TRAIN = ["train", "double-integrator", "--algorithm", "DRAC", *TINY, "--steps", "960"]


def of_system(name):
    with open("/proc/meminfo") as file:
        return int(re.search(name + r":\s+(\d+) kB", file.read())[1]) * 1024


class Room(Case):
    def run_in(self, *words, addresses=None):
        limit = addresses and (lambda: resource.setrlimit(resource.RLIMIT_AS, (addresses, addresses)))
        return subprocess.run([DURO, *words], cwd=self.folder, text=True, capture_output=True, timeout=120,
                              env=NO_DISPLAY, preexec_fn=limit)

    def bytes_of_a_sample(self):
        """By what two sizes of the replay are said to need."""
        said = []
        for samples in (10**6, 3 * 10**6):
            name = f"said-{samples}"
            out = self.run_in(*TRAIN, "--set", f"train.replay={samples}", "--out", name).stdout
            said.append(float(re.search(r"\nmemory: \S+ MB, of them (\S+) MB of the replay\n", out)[1]) * 1e6)
        # x, x', u, a, reward, h and the end: at least as many floats
        self.assertGreater(said[0], 10**6 * 4 * (2 * 2 + 1 + 1 + 3))
        self.assertLess(abs(said[1] - 3 * said[0]), .02 * said[1])
        return said[0] / 10**6

    def refused(self, done, folder):
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(done.stderr, r"\Aduro: [^\n]* and \S+ GB are available; wanted [^\n]*\n\Z")
        self.assertEqual(done.stdout, "")
        self.assertFalse(os.path.exists(self.path(folder)))

    def test_replay(self):
        large = int(.995 * of_system("MemTotal") / self.bytes_of_a_sample())
        if large > 10**9:
            self.skipTest("more memory than train.replay can ask for")
        huge = [*TRAIN, "--set", f"train.replay={large}", "--out", "huge"]
        self.refused(self.run_in(*huge), "huge")
        self.refused(self.run_in(*huge, "--seeds", "2", "--jobs", "2"), "huge-1")
        done = self.run_in(*huge, "--beyond-memory")  # so short a run fills little of it
        self.assertIn(done.returncode, (0, 1))
        if done.returncode:  # a system that promises no more than it has
            self.assertIn("out of memory", done.stderr)

    def test_limit_of_addresses(self):
        limit = 3 * 10**9
        self.refused(self.run_in(*TRAIN, "--set", "train.replay=100000000", "--out", "limited", addresses=limit), "limited")
        self.assertEqual(self.run_in(*TRAIN, "--threads", "1", "--out", "fits", addresses=limit).returncode, 0)

    def test_grid(self):
        grid = ["solve", "cartpole", "--grid", "170", "--set", "grid.memory=1e6", "--out", "grid"]
        self.refused(self.run_in(*grid, addresses=3 * 10**9), "grid")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
