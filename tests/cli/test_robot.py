#!/usr/bin/env python3
"""The page "From training to a robot": test_robot.py SOURCE path/to/duro BUILD. Its commands are run in their order, the
training shortened; what they print is held against the library and against the same closed loop computed here. What needs a
compiler for boards and QEMU is left out where these are missing, which is said; then the exit status is 77."""

import ctypes
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

SOURCE, DURO, BUILD = (os.path.abspath(path) for path in sys.argv[1:4])
SHORT = {  # of duro, by the first word; a setting that comes later wins
    "train": "--steps 3200 --set learn.width=16 --set learn.batch=32 --set train.warmup=640 --set train.envs=32 "
             "--set train.replay=5000 --set train.looks=2 --set train.look_episodes=4",
    "attack": "--episodes 4 --updates 8 --attacker-seeds 1",
}
BOARD = ("arm-none-eabi-gcc", "qemu-system-arm")
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Werror"]
missing = [word for word in BOARD if not shutil.which(word)]


def commands():
    with open(os.path.join(SOURCE, "docs/robot.md"), encoding="utf-8") as file:
        return [line for line in re.findall(r"^    (\S.*)$", file.read(), flags=re.M) if not line.startswith("apt ")]


class Robot(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-robot-")
        for name in ("examples", "include"):
            os.symlink(os.path.join(SOURCE, name), os.path.join(cls.folder, name))
        os.mkdir(os.path.join(cls.folder, "build"))
        os.symlink(BUILD, os.path.join(cls.folder, "build", "release"))
        os.mkdir(os.path.join(cls.folder, "bin"))
        script = os.path.join(cls.folder, "bin", "duro")
        with open(script, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\ncase $1 in\n")
            file.writelines(f"{word}) exec '{DURO}' \"$@\" {options} ;;\n" for word, options in SHORT.items())
            file.write(f"*) exec '{DURO}' \"$@\" ;;\nesac\n")
        os.chmod(script, os.stat(script).st_mode | stat.S_IXUSR)
        cls.printed = {}
        cls.left_out = []
        for line in commands():
            if missing and any(word in line for word in BOARD):
                cls.left_out.append(line)
                print(f"left out, {' and '.join(missing)} not found: {line}", flush=True)
                continue
            cls.printed[line] = cls.run_line(line)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def run_line(cls, line, status=0):
        env = {**os.environ, "PATH": os.path.join(cls.folder, "bin") + ":" + os.environ["PATH"]}
        done = subprocess.run(["sh", "-ec", line], cwd=cls.folder, capture_output=True, text=True, timeout=300, env=env,
                              stdin=subprocess.DEVNULL)
        assert done.returncode == status, f"{line}\n{done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def said(self, start):
        return [text for line, text in self.printed.items() if line.startswith(start)]

    def test_the_board_drives_like_the_library(self):
        loops = self.said("./in_the_loop")
        self.assertEqual(len(loops), 1 if missing else 2)
        for text in loops:
            self.assertEqual(text.count("the bits of the library"), 5, text)
        self.assertEqual(len(set(loops)), 1)
        if missing:
            self.skipTest(f"{' and '.join(missing)} not found, so that no board was emulated")

    def test_the_card_is_the_same(self):
        self.assertIn("the same: all ", self.said("duro verify")[0])

    def test_other_weights_are_found(self):
        """A controller of another policy passes its own self-test and not the comparison; a damaged one not even that."""
        self.run_line("duro train double-integrator --algorithm DRAC --seed 2 --out runs/second")
        self.run_line("duro export runs/second --to c --prefix robot --out second")
        self.run_line("cc -std=c99 -Isecond examples/robot/firmware.c second/robot.c -o second/controller")
        self.assertIn("differ from the library", self.run_line("./in_the_loop runs/cart second/controller", status=3))
        with open(os.path.join(self.folder, "second", "robot.c"), encoding="utf-8") as file:
            source = file.read()
        weight = re.search(r"pi_w1\[\d+\] = \{\n  (\S+)f,", source)
        with open(os.path.join(self.folder, "second", "robot.c"), "w", encoding="utf-8") as file:
            file.write(source[:weight.start(1)] + "0.125" + source[weight.end(1):])
        self.run_line("cc -std=c99 -Isecond examples/robot/firmware.c second/robot.c -o second/controller")
        self.assertIn("self-test failed", self.run_line("./in_the_loop runs/cart second/controller", status=1))
        self.assertIn("does not answer", self.run_line("./in_the_loop runs/cart true", status=1))

    def test_strict(self):
        """No warning, as C99 and as C++17."""
        for line in ("cc -std=c99 -c {} -Ifirmware examples/robot/firmware.c -o strict.o",
                     "cc -c {} -Iinclude examples/robot/in_the_loop.c -o strict.o",
                     "c++ -std=c++17 -c {} -Iexamples/ros2/stub -Ifirmware examples/ros2/src/policy_node.cpp -o strict.o",
                     "c++ -std=c++17 -c {} -Iexamples/ros2/stub examples/ros2/src/plant_node.cpp -o strict.o"):
            self.run_line(line.format(" ".join(STRICT)))

    def test_the_firmware_answers_wrong_lines(self):
        done = subprocess.run(["firmware/controller"], input="00000000\n\n00000000 7fc00000\n00000000 00000000 00000000\n",
                              cwd=self.folder, capture_output=True, text=True, timeout=60)
        lines = done.stdout.split("\n")
        self.assertEqual(lines[0], "ready")
        self.assertEqual([lines[i] for i in (1, 2, 4)], ["wrong number of observations"] * 3)
        self.assertRegex(lines[3], r"\A[0-9a-f]{8} 2\Z")  # NaN: the fallback

    def test_the_node_drives_the_cart(self):
        """The closed loop of the node again: the policy from a shared library, the cart in Python."""
        (text,) = self.said("./node")
        self.assertEqual(text.count("no usable state: the fallback acts"), 1)
        self.run_line("cc -std=c99 -O2 -shared -fPIC firmware/robot.c -o firmware/robot.so")
        robot = ctypes.CDLL(os.path.join(self.folder, "firmware", "robot.so"))
        x, v, worst, acted, faults = 3.0, 0.0, 5.0, 0, 0
        u = (ctypes.c_float * 1)()
        for step in range(400):
            seen = float("nan") if step == 50 else x
            what = robot.robot_act((ctypes.c_float * 2)(seen, v), u)
            acted += what == 1
            faults += what == 2
            push = 1 if step // 20 % 2 == 0 else -1
            speed = v + 0.1 * (u[0] + 0.5 * push)
            x, v = x + 0.1 * v, speed
            worst = min(worst, 5 - abs(x), 5 - abs(v))
        numbers = [float(word) for word in re.search(r"at (\S+) m, (\S+) m/s; least h (\S+);", text).groups()]
        self.assertEqual(numbers, [x, v, worst])
        self.assertIn(f"the safety policy acted in {acted} steps, {faults} faults", text)


if __name__ == "__main__":
    result = unittest.main(argv=sys.argv[:1], exit=False).result
    sys.exit(1 if not result.wasSuccessful() else 77 if missing else 0)
