"""Shapes, errors, callbacks, interruption, threads and references."""
import gc
import os
import pathlib
import pickle
import signal
import sys
import tempfile
import threading
import time
import unittest
import weakref

import numpy as np
from common import SMALL, STEPS, trained

import duro


class Environments(unittest.TestCase):
    def test_shapes(self):
        env = duro.make("cartpole")
        x = env.reset(7)
        self.assertEqual((x.shape, x.dtype), ((7, 4), np.float64))
        x2, r, h, end = env.step(x, np.zeros((7, 1)))
        self.assertEqual((x2.shape, r.shape, h.shape, end.shape), ((7, 4), (7,), (7,), (7,)))
        one, *_ = env.step(x[2], [0.0])
        np.testing.assert_array_equal(one, x2[2])
        np.testing.assert_array_equal(env.h(x2), h)
        self.assertEqual(env.observe(x).shape, (7, 4))
        self.assertEqual(env.observe(x[0]).shape, (4,))

    def test_settings(self):
        self.assertEqual(duro.make("cartpole", force=8).settings["env.force"], 8.0)
        self.assertNotEqual(duro.make("cartpole", force=8).hash, duro.make("cartpole").hash)
        with self.assertRaisesRegex(duro.ArgumentError, 'did you mean "env.force"'):
            duro.make("cartpole", forse=8)
        with self.assertRaisesRegex(ValueError, "did you mean 'cartpole'"):
            duro.make("cartpol")

    def test_wrong_shapes(self):
        env = duro.make("cartpole")
        with self.assertRaisesRegex(duro.ArgumentError, r"x has the shape \(2, 3\); wanted \(4,\) or \(n, 4\)"):
            env.step(np.zeros((2, 3)), np.zeros((2, 1)))
        with self.assertRaisesRegex(duro.ArgumentError, "u has the shape"):
            env.step(np.zeros((2, 4)), np.zeros((3, 1)))
        with self.assertRaises((TypeError, ValueError)):
            env.step("no state", [0.0])

    def test_starts_are_those_of_eval(self):
        env = duro.make("cartpole")
        scenario = duro.eval([0.0], env, adversaries="none", episodes=5, seed=9)[0]
        np.testing.assert_array_equal(scenario.starts, env.reset(5, seed=9))

    def test_file(self):
        env = duro.make(os.path.join(os.environ["DURO_SOURCE"], "examples", "adaptive_cruise_control.c"), brake=5)
        self.assertEqual((env.name, env.settings["env.brake"]), ("adaptive-cruise-control", 5.0))

    def test_track(self):
        """A file among the settings: it is the one that was read, also for a run from the environment."""
        with tempfile.TemporaryDirectory() as folder:
            track = os.path.join(folder, "round.csv")
            angles = 2 * np.pi * np.arange(100) / 100
            np.savetxt(track, np.column_stack([np.cos(angles), np.sin(angles), *2 * [np.full(100, 0.185)]]), delimiter=",",
                       header="x_m,y_m,w_tr_right_m,w_tr_left_m")
            env = duro.make("racing-car", track=pathlib.Path(track), horizon=40)
            self.assertEqual(env.settings["env.track"], track)
            self.assertEqual(duro.make("racing-car").settings["env.track"], "")
            kappa = env.observe(np.array([[0.3, 0, 0, 1, 0, 0]]))[0, 5:]
            np.testing.assert_allclose(kappa, 1, atol=(2 * np.pi / 100)**2 / 4)  # see tests/env/test_racing_track.c
            out = os.path.join(folder, "run")
            duro.train(env, "DRAC", steps=640, out=out, progress=False, preset="paper", **SMALL)
            os.remove(track)
            again = duro.make(out)
            self.assertEqual(again.hash, env.hash)
            self.assertEqual(again.settings["env.track"], os.path.join(out, "environment", "round.csv"))

    def test_check(self):
        findings = duro.check("double-integrator", quick=True)
        self.assertTrue(findings.sound, findings)
        self.assertEqual(findings["pure step"].verdict, "ok")


class Policies(unittest.TestCase):
    def test_predict(self):
        policy, env = trained().policy, duro.make("cartpole")
        obs = env.observe(env.reset(100))
        u, state = policy.predict(obs, state="kept", act="pi")
        self.assertEqual((u.shape, u.dtype, state), ((100, 1), np.float32, "kept"))
        np.testing.assert_array_equal(policy.predict(obs[3], act="pi")[0], u[3])
        filtered, replaced = policy.act(obs, "filtered")
        safe, _ = policy.act(obs, "pi_h")
        np.testing.assert_array_equal(filtered, np.where(replaced[:, None], safe, u))
        self.assertEqual(policy.disturb(obs).shape, (100, 1))
        self.assertEqual(policy.safety_value(obs).shape, (100,))

    def test_tensors(self):
        """Tensors of another library go in without a copy, and its tensors come back."""
        import array_api_strict as other

        policy, env = trained().policy, duro.make("cartpole")
        obs = env.observe(env.reset(50))
        tensor = other.asarray(obs)
        for mine, its in ((policy.predict(obs)[0], policy.predict(tensor)[0]), (policy.disturb(obs), policy.disturb(tensor)),
                          (policy.safety_value(obs), policy.safety_value(tensor)), (policy.act(obs)[1], policy.act(tensor)[1]),
                          (policy.disturb(obs, u=obs[:, :1]), policy.disturb(tensor, u=other.asarray(obs[:, :1])))):
            self.assertIsInstance(its, type(tensor))
            np.testing.assert_array_equal(mine, np.from_dlpack(its))
        u, _ = policy.predict(obs)
        back = np.from_dlpack(u)  # and ours is one as well
        self.assertTrue(np.shares_memory(u, back))

    def test_tensor_elsewhere(self):
        class OnAnotherDevice:
            device = "cuda:0"

            def __dlpack_device__(self):
                return 2, 0

            def __dlpack__(self):
                raise AssertionError("not to be asked")

        with self.assertRaisesRegex(duro.ArgumentError, "the array lies on cuda:0; wanted one in the memory of the CPU"):
            trained().policy.predict(OnAnotherDevice())

    def test_data_only(self):
        with self.assertRaisesRegex(TypeError, "not pickled"):
            pickle.dumps(trained().policy)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "policy.safetensors")
            trained().save_policy(path)
            self.assertEqual(duro.load(path).hash, trained().policy.hash)
            with open(path, "r+b") as file:
                file.seek(2000)
                file.write(b"xxxx")
            with self.assertRaises(duro.FormatError):
                duro.load(path)
        with self.assertRaises(OSError):
            duro.load("/nowhere")

    def test_missing_networks(self):
        sac = trained(algorithm="SAC").policy
        with self.assertRaisesRegex(duro.ArgumentError, "lacks the networks"):
            sac.predict(np.zeros(4), act="filtered")
        with self.assertRaisesRegex(duro.ArgumentError, "no network Qh"):
            sac.safety_value(np.zeros(4))


class Training(unittest.TestCase):
    def test_settings_are_checked(self):
        for given, sentence in (({"learn": {"widht": 3}}, 'did you mean "learn.width"'),
                                ({"learn.width": 3}, "width"), ({"steps": -1}, "steps")):
            with self.assertRaisesRegex(duro.ArgumentError, sentence):
                duro.train("cartpole", **given)
        with self.assertRaisesRegex(duro.ArgumentError, "did you mean"):
            duro.train("cartpole", "DRAK")
        names = {row.name for row in duro.settings()}
        self.assertTrue({"train.steps", "learn.width"} <= names)

    def test_callback(self):
        seen = []

        def stop_at_the_third(p):
            seen.append(p.step)
            p.training.policy.predict(np.zeros(4))  # may be asked meanwhile
            return len(seen) < 3

        training = duro.train("cartpole", steps=STEPS, seed=3, callback=stop_at_the_third, **SMALL)
        self.assertEqual((len(seen), training.finished), (3, False))
        self.assertEqual(len(training.rows), 3)

    def test_exception_in_callback(self):
        def fail(p):
            raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            duro.train("cartpole", steps=STEPS, callback=fail, **SMALL)

    def test_interrupt(self):
        previous = signal.getsignal(signal.SIGINT)
        for every in (50, 10**8):  # with reports, and in a stretch without one
            timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()
            with self.assertRaises(KeyboardInterrupt):
                duro.train("cartpole", steps=10**8, **{**SMALL, "train.report_every": every})
            timer.join()
        self.assertIs(signal.getsignal(signal.SIGINT), previous)

    def test_resume(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "half.safetensors")
            half = duro.train("cartpole", steps=STEPS, seed=3, callback=lambda p: p.step < STEPS // 2, **SMALL)
            half.save(path)
            whole = duro.train("cartpole", steps=STEPS, seed=3, resume=path, **SMALL)
            self.assertEqual(whole.hash, trained().hash)
            self.assertEqual(whole.policy.hash, trained().policy.hash)

    def test_threads(self):
        """Trainings side by side, and one that is asked from another thread."""
        hashes = []

        def work():
            hashes.append(duro.train("cartpole", steps=STEPS, seed=3, threads=1, **SMALL).hash)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(hashes, [trained().hash] * 3)

    def test_in_use(self):
        """A training is one thread's at a time, but for stop."""
        training = duro.train("cartpole", steps=STEPS, seed=3, callback=lambda p: False, **SMALL)
        core = duro._duro.create_trainer(duro.make("cartpole")._core, "DRAC", "recipe", [("train.steps", "100000000")])
        thread = threading.Thread(target=core.run, args=(None, False))
        thread.start()
        time.sleep(0.3)
        with self.assertRaisesRegex(RuntimeError, "in use"):
            core.hash()
        core.stop()
        thread.join()
        self.assertNotEqual(core.hash(), training.hash)


class References(unittest.TestCase):
    def test_nothing_is_kept(self):
        class Line(duro.System):
            x_low, x_high, dt = (-1, -1), (1, 1), 0.1

            def step(self, x, u, a):
                return x + self.dt * np.stack([x[:, 1], u[:, 0]], axis=1)

            def h(self, x):
                return 1 - abs(x).max(axis=1)

            def reward(self, x, u, a, x2):
                return -abs(x2[:, 0])

        line = Line()
        gone = weakref.ref(line)
        env = duro.make(line)
        for _ in range(100):
            x = env.reset(3)
            arguments = [x, np.zeros((3, 1)), np.zeros((3, 0))]
            counts = [sys.getrefcount(a) for a in arguments]
            for value in env.step(*arguments):
                self.assertEqual(sys.getrefcount(value), 3)
            self.assertEqual([sys.getrefcount(a) for a in arguments], counts)
        duro.train(env, "SAC", steps=1280, **SMALL)
        del env, line
        gc.collect()
        self.assertIsNone(gone())

    def test_memory_stays(self):
        import resource

        env, policy = duro.make("cartpole"), trained().policy
        obs, x = env.observe(env.reset(1000)), env.reset(1000)
        for repeat in range(3):
            for _ in range(300):
                policy.act(obs), policy.disturb(obs), env.step(x, np.zeros((1000, 1))), env.reset(50)
            now = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            if repeat == 0:
                before = now
        self.assertLess(now - before, 4000)  # KB


if __name__ == "__main__":
    unittest.main()
