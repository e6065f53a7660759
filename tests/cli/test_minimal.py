#!/usr/bin/env python3
"""Drives a program that was built without MuJoCo and libpng: test_minimal.py path/to/duro. It says in one line what is
missing when it is asked for it, does the rest, and loses nothing."""

import os
import re
import shutil
import subprocess
import sys
import unittest

from test_cli import CRUISE, DURO, PENDULUM, TINY, Case

NO_PROGRAMS = {"PATH": "/nowhere"}


class Minimal(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        done = subprocess.run([DURO, "train", "cartpole", "--algorithm", "DRAC", "--out", "run", "--quiet", *TINY],
                              cwd=cls.folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0 and not done.stdout + done.stderr, done

    def files(self, folder):
        return sorted(os.listdir(self.path(folder)))

    @unittest.skipUnless(shutil.which("objdump"), "no objdump")
    def test_what_it_is_linked_with(self):
        needed = re.findall(r"NEEDED +(\S+?)\.so", subprocess.run(["objdump", "-p", DURO], capture_output=True,
                                                                  text=True, check=True).stdout)
        self.assertLessEqual(set(needed), {"libyaml-0", "libjansson", "libxxhash", "libm", "libc", "ld-linux-x86-64"})

    def test_without_mujoco(self):
        before = self.files(".")
        listed = self.duro("envs").stdout
        for name in ("cartpole-mujoco", "walker2d"):
            self.assertNotIn(name, listed)
            for words in (["train", name, "--algorithm", "DRAC"], ["check", name], ["solve", name], ["play", name],
                          ["settings", name]):
                self.fails(1, f"'{name}' needs MuJoCo, which this build lacks", *words)
        self.fails(1, r"pendulum\.xml needs MuJoCo", "train", *PENDULUM, "--algorithm", "SAC")
        self.fails(1, r"pendulum\.xml needs MuJoCo", "check", *PENDULUM)
        self.assertEqual(self.files("."), before, "a refused command leaves nothing")

    def test_without_films(self):
        for words, out in ((["play", "run"], "run/play/safety"), (["play", "pendulum", "--out", "sheet.png"], "sheet")):
            for env in (None, NO_PROGRAMS):
                self.fails(1, rf"built without libpng.* beside {out}\.", *words, "--steps", "2", env=env)
            self.assertTrue(self.read(out + ".csv") and self.read(out + ".scene"))
            if shutil.which("gnuplot"):  # the frames can still be drawn
                subprocess.run(["gnuplot", os.path.basename(out) + ".gp"], cwd=self.path(os.path.dirname(out)), check=True)
                self.assertTrue(os.path.getsize(self.path(out + "-0000.png")))
        self.assertFalse(os.path.exists(self.path("sheet.png")))

    def test_a_report_without_films(self):
        if not shutil.which("gnuplot"):
            self.skipTest("no gnuplot")
        done = self.duro("report", "run", "--out", "page")
        self.assertRegex(done.stdout, r"no films: .*built without libpng; .*page/figures\n")
        self.assertLessEqual({"film-1.gp", "film-1.csv", "training.png"}, set(self.files("page/figures")))
        page = self.read("page/report.html")
        self.assertEqual(page.count("not drawn when this page was made: this program was built without libpng"), 1)
        self.assertEqual(len(re.findall("not drawn", page)), 1)

    def test_without_gnuplot(self):
        self.fails(1, "gnuplot was not found", "report", "run", "--out", "bare", env=NO_PROGRAMS)
        self.assertIn("gnuplot was not found", self.read("bare/report.html"))
        self.assertIn("training.gp", self.files("bare/figures"))
        self.fails(1, "gnuplot was not found", "solve", "double-integrator", "--grid", "15", "--out", "set",
                   env=NO_PROGRAMS)
        self.assertLessEqual({"grid.json", "report.html"}, set(self.files("set")))

    def test_the_rest(self):
        self.duro("eval", "run", "--episodes", "2")
        self.duro("check", CRUISE, "--samples", "10")
        self.duro("solve", "double-integrator", "--grid", "15", "--certify", "--no-pictures", "--out", "proved")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
