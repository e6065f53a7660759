#!/usr/bin/env python3
"""Writes walker2d.txt: what MuJoCo compiles from Gymnasium's walker2d_v5.xml, and how that model moves.

Needs Gymnasium with MuJoCo (pip install "gymnasium[mujoco]"). README.md says what the blocks are.

    make_walker_oracle.py            write the file beside this script
    make_walker_oracle.py --check    make it and compare with the stored one to 1e-9"""

import os
import sys

import gymnasium
import mujoco
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS = 4  # mj_step in a step of the environment
CASES = 80
TRAJECTORY = 40


def blocks():
    path = os.path.join(os.path.dirname(gymnasium.__file__), "envs", "mujoco", "assets", "walker2d_v5.xml")
    model = mujoco.MjModel.from_xml_path(path)
    data = mujoco.MjData(model)
    for field in ("body_mass", "body_inertia", "jnt_range", "jnt_axis", "dof_damping", "dof_armature", "geom_size",
                  "geom_friction"):
        yield field, getattr(model, field)
    yield "actuator_gear", model.actuator_gear[:, 0]
    mujoco.mj_forward(model, data)
    yield "geom_xpos", data.geom_xpos
    yield "xipos", data.xipos
    yield from motion(model, data)


def step(model, data, q, v, u, force):
    """One step of the environment as a function of (q, v, u): no warm start from before."""
    mujoco.mj_resetData(model, data)
    data.qpos[:], data.qvel[:], data.ctrl[:] = q, v, u
    data.xfrc_applied[1, 0], data.xfrc_applied[1, 2] = force
    touches = False
    for _ in range(STEPS):
        mujoco.mj_step(model, data)
        touches = touches or data.ncon > 0
    return np.concatenate((data.qpos, data.qvel)), touches


def motion(model, data):
    """Single steps from random states, in the air and on the floor, and a fall from standing."""
    random = np.random.default_rng(20240229)
    rows = []
    for _ in range(CASES):
        q = random.uniform(-.4, .4, 9)
        q[1] += random.choice([1.25, 2.0])
        v, u, force = random.uniform(-3, 3, 9), random.uniform(-1, 1, 6), random.uniform(-5, 5, 2)
        after, touches = step(model, data, q, v, u, force)
        rows.append(np.concatenate((q, v, u, force, after, [touches])))
    yield "steps", np.array(rows)
    rows, x = [], np.zeros(18)
    x[1] = 1.25
    for t in range(TRAJECTORY):
        u = np.sin(.3 * t + np.arange(6))
        x, _ = step(model, data, x[:9], x[9:], u, (2, -1))
        rows.append(np.concatenate((u, x)))
    yield "trajectory", np.array(rows)


def text(pairs):
    lines = []
    for name, values in pairs:
        values = np.atleast_2d(np.asarray(values, dtype=float))
        lines.append(f"{name} {values.shape[0]} {values.shape[1]}")
        lines += [" ".join(f"{number:.17g}" for number in row) for row in values]
    return "\n".join(lines) + "\n"


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read().split()


def same(one, two):
    try:
        return abs(float(one) - float(two)) <= 1e-9
    except ValueError:
        return one == two


def main():
    path, made = os.path.join(HERE, "walker2d.txt"), text(blocks())
    if sys.argv[1:] == ["--check"]:
        stored = read(path)
        new = made.split()
        wrong = len(stored) != len(new) or not all(map(same, stored, new))
        print(f"MuJoCo {mujoco.__version__}: walker2d.txt is {'different' if wrong else 'the same'}")
        return int(wrong)
    with open(path, "w", encoding="ascii") as file:
        file.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
