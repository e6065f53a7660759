#!/usr/bin/env python3
"""Drives commands on MuJoCo models: test_mjcf.py path/to/duro. Models of several files and runs of them, a figure of seventeen
motors through every command, what is said of MuJoCo's version and of its full buffers."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from test_cli import DURO, Case

HERE = os.path.dirname(os.path.abspath(__file__))
FIGURE = os.path.join(HERE, "../data/humanoid.xml")
VERSION = re.search(r"MuJoCo (\d+\.\d+\.\d+)\)", subprocess.run([DURO, "--version"], capture_output=True, text=True).stdout)
with open(DURO, "rb") as program:
    SANITIZED = b"__asan_init" in program.read()

SCENE = """<mujoco model="scene"><compiler meshdir="../meshes" autolimits="true"/><include file="part.xml"/>
<asset><mesh name="wedge" file="wedge.obj"/></asset>
<actuator><motor name="m" joint="slide" ctrlrange="-5 5"/></actuator></mujoco>"""
PART = """<mujoco><worldbody><body name="ball"><joint name="slide" type="slide" axis="1 0 0"/>
<geom type="sphere" size="0.1" mass="1"/><geom type="mesh" mesh="wedge" mass="0.5"/></body></worldbody></mujoco>"""
WEDGE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"
TASK = ["--algorithm", "DRAC", "--set", "env.force_ball_x=1", "--set", "env.min_slide=-2", "--set", "env.max_slide=2",
        "--set", "env.horizon=40"]
SHORT = ["--set", "train.steps=600", "--set", "train.warmup=200", "--set", "train.envs=8", "--set", "train.looks=2",
         "--set", "train.look_episodes=4", "--set", "learn.width=32", "--quiet"]


@unittest.skipUnless(VERSION, "this build is without MuJoCo")
class Files(Case):
    def model(self, name):
        """A model of three files; its path."""
        for place, text in (("xml/scene.xml", SCENE), ("xml/part.xml", PART), ("meshes/wedge.obj", WEDGE)):
            path = self.path(name, place)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
        return self.path(name, "xml/scene.xml")

    def run_in(self, folder, *words, wanted=0):
        done = subprocess.run([DURO, *words], cwd=folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, wanted, done.stderr)
        return done

    def test_a_run_keeps_its_files(self):
        model = self.model("kept")
        folder = os.path.dirname(model)
        os.makedirs(self.path("kept/other"))
        with open(self.path("kept/other/part.xml"), "w") as file:
            file.write("<mujoco/>")  # of the current folder, and none of the model's
        run = self.path("kept/run")
        self.run_in(self.path("kept/other"), "train", "../xml/scene.xml", "--out", run, *TASK, *SHORT)
        kept = sorted(os.path.relpath(os.path.join(at, name), run) for at, _, names in os.walk(run + "/environment")
                      for name in names)
        self.assertEqual(kept, ["environment/hashes.txt", "environment/meshes/wedge.obj", "environment/xml/part.xml",
                                "environment/xml/scene.xml"])
        self.assertIn('environment: "environment/xml/scene.xml"', self.read("kept/run/config.yaml"))
        before = self.run_in(folder, "eval", run, "--episodes", "4").stdout
        # the model goes on; the run goes with its copies, from any folder and after it was moved
        with open(os.path.join(folder, "part.xml"), "w") as file:
            file.write(PART.replace('mass="1"', 'mass="0.01"'))
        table = re.compile(r"^  \S.*\d.*$", re.M)
        self.assertTrue(table.findall(before))
        for place in (folder, "/", self.folder):
            after = self.run_in(place, "eval", run, "--episodes", "4").stdout
            self.assertEqual(table.findall(after), table.findall(before))
        shutil.move(run, self.path("moved"))
        self.assertEqual(table.findall(self.run_in("/", "eval", self.path("moved"), "--episodes", "4").stdout),
                         table.findall(before))

    def test_a_changed_file_is_named(self):
        run = self.path("changed/run")
        self.run_in(self.folder, "train", self.model("changed"), "--out", run, *TASK, *SHORT)
        part = os.path.join(run, "environment/xml/part.xml")
        text = self.read(part)
        for path, other, words in ((part, text.replace('mass="1"', 'mass="2"'), "xml/part.xml is not the file of this run"),
                                   (part, None, "xml/part.xml, which scene.xml names, is not there"),
                                   (os.path.join(run, "environment/meshes/wedge.obj"), WEDGE.replace("1 0 0", "2 0 0"),
                                    "meshes/wedge.obj is not the file of this run")):
            with open(part, "w") as file:
                file.write(text)
            if other is None:
                os.remove(path)
            else:
                with open(path, "w") as file:
                    file.write(other)
            said = self.run_in(self.folder, "eval", run, "--episodes", "4", wanted=1).stderr
            self.assertIn(words, said)
            self.assertEqual(said.count("\n"), 1, said)

    def test_force_removes_all_of_them(self):
        run = self.path("forced/run")
        self.run_in(self.folder, "train", self.model("forced"), "--out", run, *TASK, *SHORT)
        with open(os.path.join(run, "environment/xml/notes.txt"), "w") as file:
            file.write("mine")
        self.run_in(self.folder, "train", "double-integrator", "--algorithm", "SAC", "--out", run, "--force", *SHORT)
        left = sorted(name for _, _, names in os.walk(run + "/environment") for name in names)
        self.assertEqual(left, ["notes.txt"])


@unittest.skipUnless(VERSION, "this build is without MuJoCo")
class Model(Case):
    def test_a_figure_through_every_command(self):
        task = ["--set", "env.min_torso_height=0.6", "--set", "env.force_torso_x=20", "--set",
                "env.keyframe=crouch", "--set", "env.horizon=20", "--set", "env.spread_waist_y=0.05", "--set",
                "env.observe_head_height=true"]
        self.duro("train", FIGURE, "--algorithm", "DRAC", *task, *SHORT, "--set", "train.steps=2000", "--out", "figure")
        about = json.loads(self.read("figure/run.json"))
        self.assertEqual(about["mujoco"], VERSION.group(1))
        self.assertIn("safety", self.duro("eval", "figure", "--episodes", "4").stdout)
        self.duro("attack", "figure", "--attackers", "none,constant,safety,search", "--episodes", "4", "--quiet")
        self.duro("report", "figure", "--out", "figure-report")
        self.assertTrue(os.path.exists(self.path("figure-report/report.html")))
        self.duro("check", FIGURE, *task, "--samples", "20")
        self.assertIn("depends on 47 states", self.duro("solve", FIGURE, *task, "--out", "no", status=2).stderr)

    def test_full_buffers_stop_training(self):
        old = VERSION.group(1).startswith("2.2.")
        size = '<size nconmax="1" njmax="9"/>' if old else '<size memory="2K"/>'
        with open(self.path("full.xml"), "w") as file:
            file.write(f'<mujoco>{size}<worldbody><geom type="plane" size="5 5 .1"/><body name="ball" pos="0 0 .0999">'
                       '<joint name="slide" type="slide" axis="1 0 0"/><joint name="up" type="slide" axis="0 0 1"/>'
                       '<geom type="box" size=".1 .1 .1" mass="1"/></body></worldbody>'
                       '<actuator><motor name="m" joint="slide"/></actuator></mujoco>')
        said = self.duro("train", "full.xml", "--out", "full", *TASK, *SHORT, status=1).stderr
        self.assertIn(f"MuJoCo {VERSION.group(1)}", said)
        self.assertIn("full", said.replace("full.xml", "").replace("(full)", ""))
        self.assertIn("<size", said)

    def test_the_version_stands_in_errors(self):
        with open(self.path("wrong.xml"), "w") as file:
            file.write("<mujoco><nonsense/></mujoco>")
        said = self.duro("settings", "wrong.xml", status=1).stderr
        self.assertRegex(said, rf"wrong\.xml: MuJoCo {VERSION.group(1)} cannot load wrong\.xml: .*nonsense")
        self.assertEqual(said.count("\n"), 1, said)

    @unittest.skipUnless(shutil.which("cc"), "no compiler")
    @unittest.skipIf(SANITIZED, "the runtime of a sanitizer must be loaded before any other library")
    def test_a_faulty_or_another_library_is_said(self):
        with tempfile.TemporaryDirectory() as folder:
            source, library = os.path.join(folder, "v.c"), os.path.join(folder, "v.so")
            with open(source, "w") as file:
                file.write("int mj_version(void) { return 4000000; }\n")
            subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
            other = {**os.environ, "LD_PRELOAD": library}
            done = subprocess.run([DURO, "--version"], env=other, capture_output=True, text=True, check=True)
            if "AddressSanitizer" in done.stderr:
                self.skipTest("preloading does not go with this build")
            self.assertIn("factorises sparse matrices wrongly", done.stderr)
            done = subprocess.run([DURO, "check", "cartpole-mujoco"], env=other, capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("but the library was compiled for", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
