#!/usr/bin/env python3
"""Writes the reference motions that the environment tests compare with: SciPy's DOP853 at tolerance 1e-13.

    python3 tests/data/make_env_oracle.py            write the files beside this script
    python3 tests/data/make_env_oracle.py --check    compare what would be written with what is there

The files are described in README.md. This program shares no code with the library: the equations are written
down again, in other coordinates where that is possible.
"""

import argparse
import os
import sys

import numpy as np
from scipy.integrate import solve_ivp

from make_nn_oracle import Lcg, text

HERE = os.path.dirname(os.path.abspath(__file__))


def flow(rhs, start, seconds):
    """State after `seconds`; a second method must agree."""
    ends = []
    for method, tolerance in (("DOP853", 1e-13), ("RK45", 1e-11)):
        done = solve_ivp(rhs, (0.0, seconds), start, method=method, rtol=tolerance, atol=tolerance)
        assert done.success, done.message
        ends.append(done.y[:, -1])
    scale = np.maximum(1.0, np.abs(ends[0]))
    flow.worst = max(flow.worst, np.max(np.abs(ends[0] - ends[1]) / scale))
    return ends[0]


flow.worst = 0.0


def draw(lcg, low, high):
    return np.array([lo + (hi - lo) * 0.5 * (lcg.draw(1.0) + 1.0) for lo, hi in zip(low, high)])


# --- the systems: each gives rhs(t, x) for held u and a ------------------------------------------------

def pendulum(u, a):
    """A uniform rod of 1 kg and 1 m about its lower end, theta from upright; moments about the hinge."""
    inertia = 1.0 * 1.0**2 / 3
    return lambda t, x: [x[1], (1.0 * 10.0 * 0.5 * np.sin(x[0]) + 2.0 * u[0] + 0.5 * a[0]) / inertia]


def cartpole(u, a):
    cart, pole, about_centre = 10.471975511965978, 5.01859164136331, 0.188749766873089

    def rhs(t, x):
        place = x[1]
        ahead = 0.0005 * np.cos(place) + 0.3 * np.sin(place)
        above = -0.0005 * np.sin(place) + 0.3 * np.cos(place)
        matrix = np.array([[cart + pole, pole * above], [pole * above, about_centre + pole * (0.0005**2 + 0.3**2)]])
        load = [300 * u[0] + 60 * a[0] - x[2] + pole * ahead * x[3]**2, pole * 9.81 * ahead - x[3]]
        return [x[2], x[3], *np.linalg.solve(matrix, load)]

    return rhs


def quadrotor(u, a):
    thrust = np.clip(0.1323 * (1 + u) + 0.01323 * a, 0.05632337, 0.29668289)
    pitch = 0.02807214 * (thrust[1] - thrust[0]) / 1.4e-5

    def rhs(t, x):
        lift = thrust.sum() / 0.027
        return [x[1], lift * np.sin(x[4]), x[3], lift * np.cos(x[4]) - 9.8, x[5], pitch]

    return rhs


def vehicles(u, a):
    """Both vehicles in the plane: (x, y, heading) of the evader, then of the pursuer."""
    return lambda t, z: [5 * np.cos(z[2]), 5 * np.sin(z[2]), u[0], 5 * np.cos(z[5]), 5 * np.sin(z[5]), a[0]]


def car(u, a):
    """In the plane: X, Y, heading, vx, vy, r; the road comes in afterwards."""
    mass, inertia, lf, lr = 0.041, 27.8e-6, 0.029, 0.033
    delta, duty = 0.35 * u[0], 0.45 + 0.55 * u[1]
    gust = 0.03 * a

    def rhs(t, z):
        _, _, heading, vx, vy, r = z
        front = 0.192 * np.sin(1.2 * np.arctan(2.579 * (delta - np.arctan2(vy + lf * r, vx))))
        rear = 0.1737 * np.sin(1.2691 * np.arctan(3.3852 * -np.arctan2(vy - lr * r, vx)))
        drive = (0.287 - 0.0545 * vx) * duty - 0.0518 - 0.00035 * vx**2
        force = np.array([drive - front * np.sin(delta), rear + front * np.cos(delta) + gust.sum()])
        moment = lf * (front * np.cos(delta) + gust[0]) - lr * (rear + gust[1])
        return [vx * np.cos(heading) - vy * np.sin(heading), vx * np.sin(heading) + vy * np.cos(heading), r,
                force[0] / mass + vy * r, force[1] / mass - vx * r, moment / inertia]

    return rhs


# --- cases ----------------------------------------------------------------------------------------------

def plain(system, low, high, n_u, seconds, count, seed):
    """Start, u, a, end of a system in its own coordinates; players mostly at their limits."""
    lcg = Lcg(seed)
    blocks = {name: [] for name in ("start", "u", "a", "end")}
    for _ in range(count):
        start = draw(lcg, low, high)
        u, a = (np.clip(1.5 * lcg.array(1, n_u, 1.0)[0], -1, 1) for _ in range(2))
        for name, row in zip(blocks, (start, u, a, flow(system(u, a), start, seconds))):
            blocks[name].append(row)
    return list(blocks.items())


def air3d(seconds, count, seed):
    lcg = Lcg(seed)
    blocks = {name: [] for name in ("start", "u", "a", "end")}
    for i in range(count):
        start = draw(lcg, [-6, -10, 0], [20, 10, 6.28])
        u, a = (np.clip(1.5 * lcg.array(1, 1, 1.0)[0], -1, 1) for _ in range(2))
        if i % 8 == 0:
            u[0] = 0.0
        if i % 8 == 1:
            a[0] = 0.0
        z = flow(vehicles(u, a), [0, 0, 0, *start], seconds)
        turned = np.exp(-1j * z[2]) * ((z[3] - z[0]) + 1j * (z[4] - z[1]))
        end = [turned.real, turned.imag, np.mod(z[5] - z[2], 2 * np.pi)]
        for name, row in zip(blocks, (start, u, a, end)):
            blocks[name].append(row)
    return list(blocks.items())


def racing_car(seconds, count, seed):
    """Cases on one straight or in one bend from start to end, placed on the road by its geometry."""
    lcg = Lcg(seed)
    straight, radius = 1.5, 0.6
    blocks = {name: [] for name in ("start", "u", "a", "end")}
    while len(blocks["start"]) < count:
        on_bend = len(blocks["start"]) % 2
        length = np.pi * radius if on_bend else straight
        s, ey, epsi, vx, vy, r = draw(lcg, [0, -0.14, -0.4, 0.4, -0.3, -4], [length, 0.14, 0.4, 2.5, 0.3, 4])
        u, a = (np.clip(1.5 * lcg.array(1, 2, 1.0)[0], -1, 1) for _ in range(2))
        if on_bend:  # about the bend's centre at the origin, from angle 0, to the left
            at = (radius - ey) * np.exp(1j * s / radius)
            z = flow(car(u, a), [at.real, at.imag, s / radius + np.pi / 2 + epsi, vx, vy, r], seconds)
            angle = np.angle(z[0] + 1j * z[1])
            place = [radius * angle, radius - np.hypot(z[0], z[1]), z[2] - angle - np.pi / 2]
        else:
            z = flow(car(u, a), [s, ey, epsi, vx, vy, r], seconds)
            place = [z[0], z[1], z[2]]
        if not (0.1 < s < length - 0.1 and 0 < place[0] < length):
            continue
        offset = straight if on_bend else 0.0
        blocks["start"].append([s + offset, ey, epsi, vx, vy, r])
        blocks["u"].append(u)
        blocks["a"].append(a)
        blocks["end"].append([place[0] + offset, *place[1:], *z[3:]])
    return list(blocks.items())


FILES = {
    "env_pendulum.txt": lambda: plain(pendulum, [-0.9, -4], [0.9, 4], 1, 0.05, 60, 11),
    "env_cartpole.txt": lambda: plain(cartpole, [-0.9, -0.3, -3, -4], [0.9, 0.3, 3, 4], 1, 0.04, 60, 12),
    "env_quadrotor.txt": lambda: plain(quadrotor, [-2, -2, 0, -2, -1, -10], [2, 2, 2, 2, 1, 10], 2, 1 / 60, 60, 13),
    "env_air3d.txt": lambda: air3d(0.05, 80, 14),
    "env_racing_car.txt": lambda: racing_car(0.02, 80, 15),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a stored number differs")
    options = parser.parse_args()
    failed = False
    for name, make in FILES.items():
        path = os.path.join(HERE, name)
        flow.worst = 0.0
        blocks = make()
        print(f"{name}: the two methods differ by {flow.worst:.1e} at most")
        if options.check:
            with open(path, encoding="ascii") as file:
                stored = [float(w) for w in file.read().split() if not w[0].isalpha()]
            made = [float(w) for w in text(blocks).split() if not w[0].isalpha()]
            same = len(stored) == len(made) and np.allclose(stored, made, rtol=1e-11, atol=1e-11)
            print(f"{name}: {'as stored' if same else 'DIFFERS'}")
            failed |= not same
        else:
            with open(path, "w", encoding="ascii") as file:
                file.write(text(blocks))
            print(f"wrote {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
