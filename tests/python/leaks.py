"""Repeats every kind of call and says what each leaves behind: leaks.py [ROUNDS]. Exit status 1 where one leaks.

test_leaks.py runs it with this Python and, where there is one, with a debug build of it, which also counts references and
guards every block of memory. What a call leaves is counted in blocks of Python's allocator and in bytes that tracemalloc
sees, NumPy's among them; a reference that is kept shows in both, one that is given away too often ends a debug build."""
import gc
import os
import sys
import tempfile
import threading
import tracemalloc

import numpy as np

import duro

SMALL = {"train.envs": 32, "train.warmup": 320, "train.replay": 1000, "learn.width": 16, "train.report_every": 5,
         "train.threads": 1}
CALLS = 10  # of each kind a round; one object kept by each of them would be seen


class Line(duro.System):
    na, x_low, x_high, dt = 1, (-1, -1), (1, 1), 0.1
    broken = ""

    def step(self, x, u, a):
        if self.broken == "raise":
            raise KeyError("mine")
        return x + self.dt * np.stack([x[:, 1], u[:, 0] + 0.3 * a[:, 0]], axis=1)

    def h(self, x):
        return x if self.broken == "shape" else 1 - abs(x).max(axis=1)

    def reward(self, x, u, a, x2):
        return -abs(x2[:, 0])

    def reset(self, uniform, start):
        return uniform([-0.5, -0.5], [0.5, 0.5])


class Broken(Line):
    broken = "raise"


class Wide(Line):
    broken = "shape"


def refused(call, *given, **more):
    try:
        call(*given, **more)
    except (duro.Error, ValueError, TypeError, KeyError, OSError):
        return
    raise AssertionError(f"{call} was to be refused")


def stop(progress):
    return False


def fail(*given):
    raise KeyError("mine")


def fine(obs, x):
    return -x[:, :1]


def kinds(folder):
    """{name: a call}"""
    cartpole, line, broken, wide = duro.make("cartpole"), duro.make(Line()), duro.make(Broken()), duro.make(Wide())
    training = duro.train(line, "DRAC", steps=640, **SMALL)
    policy, path = training.policy, os.path.join(folder, "policy.safetensors")
    training.save_policy(path)
    solution = duro.solve(line, 9)
    certificate = duro.certify("double-integrator", method="cones", cut=0.1, piece=0.5)
    learned, solved = duro.Filter(policy, margin=0.3), duro.Filter(solution, hysteresis=0.1)
    proved, home = duro.Filter(certificate, remedy="box"), os.path.join(folder, "set.certificate")
    certificate.save(home)
    x, obs = line.reset(30), line.observe(line.reset(30))
    u, a, zero = np.zeros((30, 1)), np.zeros((30, 1)), np.zeros(2)
    batch = duro._duro.create_batch(line._core, 8, 1, 5, False)
    run = duro.train("double-integrator", "DRAC", steps=640, out=os.path.join(folder, "run"), **{"train.looks": 1, "train.choose": False, **SMALL})
    card = duro.card(run)
    return {
        "make": lambda: (duro.make("cartpole", force=8), duro.make(Line()), repr(line.settings), line.hash),
        "make, refused": lambda: (refused(duro.make, "cartpol"), refused(duro.make, "cartpole", forse=8)),
        "step": lambda: (line.step(x, u, a), cartpole.step(cartpole.reset(1)[0], [0.0]), line.observe(x), line.h(x)),
        "step, refused": lambda: (refused(line.step, zero[:1], u, a), refused(broken.step, x, u, a),
                                  refused(wide.step, x, u, a), refused(line.step, "x", u, a)),
        "policy": lambda: (policy.act(obs, "filtered"), policy.predict(obs[0]), policy.disturb(obs), policy.disturb(obs, u=u),
                           policy.safety_value(obs), policy.nets, duro.load(path)),
        "policy, refused": lambda: (refused(policy.act, obs[:, :1]), refused(duro.load, folder), refused(policy.act, "no")),
        "train": lambda: duro.train(line, "SAC", steps=640, callback=stop, **SMALL).policy,
        "train, refused": lambda: (refused(duro.train, line, steps=640, callback=fail, **SMALL),
                                   refused(duro.train, broken, steps=640, **SMALL),
                                   refused(duro.train, line, "DRAK"), refused(duro.train, line, widht=3)),
        "eval": lambda: (duro.eval(policy, line, episodes=3, horizon=5, threads=1, callback=lambda *now: True),
                         duro.eval(lambda obs, x: -x[:, :1], line, episodes=3, horizon=5, starts=x[:3], threads=1),
                         duro.rollout(certificate, "double-integrator", horizon=3), duro.rollout([0.0], line, horizon=3)),
        "eval, refused": lambda: (refused(duro.eval, fail, line, episodes=3, threads=1), refused(duro.eval, [0.0, 1.0], line),
                                  refused(duro.eval, policy, "quadrotor")),
        "solve": lambda: (duro.solve(line, 9, threads=1, callback=lambda now: None).task_policy, solution.safety_at(x),
                          solution.control(x), solution.disturbance(x, u), solution.settings, solution.state()),
        "solve, refused": lambda: (refused(duro.solve, line, 9, threads=1, callback=fail), refused(duro.solve, broken, 9, threads=1),
                                   refused(duro.solve, line, [9, 9, 9]), refused(duro.solve, wide, 9, threads=1)),
        "sets": lambda: (duro.sets(policy, line, solution, starts=3, points=9, threads=1),
                         duro._duro.truth_at(line._core, solution._core, x)),
        "certificate": lambda: (certificate.control(x), certificate.value(x), certificate.share(solution),
                                refused(duro.certify, line), refused(duro.certify, "pendulum", 5, callback=stop, **{"grid.threads": 1, "threads": 1})),
        "filter": lambda: (learned(obs, u), learned(obs[0], [0.0]), solved(x, u, np.ones(30, bool)), proved(x, u), learned.counts,
                           duro.Filter(policy).hash, duro.Filter(home, "double-integrator", remedy="fallback").around(policy),
                           duro.eval(fine, line, filter=solved, episodes=3, horizon=5, threads=1),
                           duro.eval(policy, line, filter=learned, adversaries="best-safety", updates=2, attacker_seeds=1,
                                     episodes=3, horizon=5, threads=1)),
        "filter, refused": lambda: (refused(duro.Filter, policy, remedy="no"), refused(duro.Filter, 3), refused(learned, obs, "u"),
                                    refused(learned, obs[:, :1], u), refused(learned, obs, u, [True]), refused(duro.Filter, folder),
                                    refused(duro.Solution.load, folder), refused(duro.Certificate.load, path, "double-integrator"),
                                    refused(duro.eval, fail, line, filter=solved, episodes=3, threads=1),
                                    refused(solved, x[:, :1], u), refused(duro.eval, policy, line, filter=solved, remedy="box")),
        "batch": lambda: (batch.reset(np.arange(8), None, None), batch.step(np.zeros((8, 1)), None), batch.states(),
                          refused(batch.step, np.zeros((3, 1)), None), batch.observations()),
        "tables": lambda: (duro.settings(), duro.settings("grid"), duro.settings("certificate"), duro.envs(), duro.algorithms()),
        "card": lambda: (duro.card(run), duro.verify(card, lines="policy"), duro.verify(card, lines="verdict", callback=lambda line: True),
                         duro.certify_run(run, certificate=home, states=3, threads=1)),
        "card, refused": lambda: (refused(duro.card, folder), refused(duro.verify, card, callback=fail),
                                  refused(duro.certify_run, run, cutt=1), refused(duro.certify_run, run, grid=5, callback=stop)),
        "export": lambda: (policy.export(folder, env=line, fallback=[0.0]), certificate.export(folder), refused(certificate.export, folder, prefix="1"),
                           solution.export(folder)),
    }


def collect():
    """Frees what nobody has; names of attributes that the interpreter remembers are its own matter."""
    clear = getattr(sys, "_clear_internal_caches", None) or getattr(sys, "_clear_type_cache", None)
    if clear:
        clear()
    gc.collect()


def left_by(call):
    """(blocks, bytes) that CALLS calls leave, the least of three rounds: caches fill once, a leak grows each time."""
    least = (10**9, 10**9)
    for _ in range(3):
        collect()
        before = sys.getallocatedblocks(), tracemalloc.get_traced_memory()[0]
        for _ in range(CALLS):
            call()
        collect()
        now = sys.getallocatedblocks(), tracemalloc.get_traced_memory()[0]
        least = min(least, (now[0] - before[0], now[1] - before[1]))
    return least


def in_threads(call):
    """The same from four threads at once."""
    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main():
    tracemalloc.start()
    leaking = 0
    with tempfile.TemporaryDirectory() as folder:
        calls = kinds(folder)
        calls["policy in threads"] = lambda: in_threads(calls["policy"])
        calls["step in threads"] = lambda: in_threads(calls["step"])
        for name, call in calls.items():
            call()
            blocks, size = left_by(call)
            leaks = blocks >= CALLS or size >= 100 * CALLS  # threads keep some hundred bytes at will
            leaking += leaks
            print(f"{'LEAKS' if leaks else 'fine':<6}{name:<20}{blocks:>6} blocks {size:>8} bytes")
    debug = "a debug build" if hasattr(sys, "gettotalrefcount") else "a release build"
    print(f"{len(calls)} kinds of calls, {CALLS} times three each, {leaking} leak; Python {sys.version.split()[0]}, {debug}")
    return 1 if leaking else 0


if __name__ == "__main__":
    sys.exit(main())
