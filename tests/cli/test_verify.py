#!/usr/bin/env python3
"""duro verify: test_verify.py path/to/duro. A training that is repeated is the same, and what was changed is named."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

DURO = os.path.abspath(sys.argv[1])
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SMALL = ["--steps", "25600", "--set", "learn.width=16", "--set", "learn.batch=48", "--set", "train.warmup=1600", "--set",
         "train.replay=9000", "--set", "train.report_every=50", "--set", "train.looks=4", "--set", "train.trial=1", "--set",
         "train.trial_episodes=4", "--set", "train.trial_search=0", "--set", "train.look_search=0", "--quiet"]


class Verify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-verify-test-")
        cls.train("pendulum", "DRAC", "one")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def duro(cls, *words, status=0):
        done = subprocess.run([DURO, *words], cwd=cls.folder, capture_output=True, text=True, timeout=600)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    @classmethod
    def train(cls, system, algorithm, out, *more):
        cls.duro("train", system, "--algorithm", algorithm, *SMALL, "--out", out, *more)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def read(self, *parts):
        with open(self.path(*parts)) as file:
            return file.read()

    def copy(self, name):
        shutil.copytree(self.path("one"), self.path(name))
        return name

    def test_same(self):
        out = self.duro("verify", "one", "--quiet")
        self.assertRegex(out, r"the same: 8 rows of train\.csv, \d snapshots, and the whole state of the newest checkpoint\n\Z")

    def test_a_part(self):
        out = self.duro("verify", "one", "--updates", "100", "--quiet")
        self.assertRegex(out, r"the same: 2 rows of train\.csv, \d snapshots, as far as it was repeated\n\Z")

    def test_a_file_of_ones_own(self):
        self.train(os.path.join(ROOT, "tests", "recipe", "tanks.c"), "SAC-RIS", "tanks", "--unchecked")
        self.assertIn("the same: ", self.duro("verify", "tanks", "--quiet"))

    def test_another_snapshot(self):
        self.train("pendulum", "DRAC", "other", "--seed", "2")
        name = sorted(n for n in os.listdir(self.path("other", "policies")) if n.startswith("step-"))[1]
        shutil.copy(self.path("other", "policies", name), self.path(self.copy("swapped"), "policies", name))
        self.assertIn(f'different: policies/{name}: "pi" has other parameters', self.duro("verify", "swapped", "--quiet", status=3))

    def test_another_row(self):
        path = self.path(self.copy("edited"), "train.csv")
        with open(path) as file:
            lines = file.read().splitlines()
        names, cells = lines[0].split(","), lines[3].split(",")
        at = names.index("loss_Qh")
        cells[at] = cells[at][:-1] + ("1" if cells[at][-1] != "1" else "2")
        lines[3] = ",".join(cells)
        with open(path, "w") as file:
            file.write("\n".join(lines) + "\n")
        self.assertRegex(self.duro("verify", "edited", "--quiet", status=3),
                         rf"different: train\.csv: loss_Qh is \S+ at step {cells[0]}; the repeated training has ")

    def test_another_checkpoint(self):
        """The rows and snapshots are those of the run; the checkpoint comes from one that followed a shorter plan first."""
        self.train("pendulum", "DRAC", "short", "--steps", "12800")
        self.duro("train", "--resume", "short", "--steps", "25600", "--quiet")
        self.copy("swapped-end")
        shutil.rmtree(self.path("swapped-end", "checkpoints"))
        shutil.copytree(self.path("short", "checkpoints"), self.path("swapped-end", "checkpoints"))
        out = self.duro("verify", "swapped-end", "--quiet", status=3)
        self.assertRegex(out, r"different: checkpoints: \"[^\"]+\" at step 25600 is not that of the repeated training")

    def test_killed(self):
        """Rows and looks behind the newest checkpoint are those that a resume makes again."""
        self.train("pendulum", "DRAC", "kept", "--set", "train.keep_checkpoints=true", "--set", "train.checkpoint_every=300")
        names = sorted((n for n in os.listdir(self.path("kept", "checkpoints")) if n.startswith("step-")),
                       key=lambda n: int(n[5:].split(".")[0]))
        with open(self.path("kept", "checkpoints", "latest"), "w") as file:
            file.write(names[0] + "\n")
        self.assertRegex(self.duro("verify", "kept", "--quiet"),
                         r"the same: 6 rows .* of the newest checkpoint; what came after it was not compared\n")

    def stop_early(self, name):
        """A training that a signal stopped at its first checkpoint; false: it was over before."""
        words = ["train", "pendulum", "--algorithm", "DRAC", *SMALL, "--set", "train.checkpoint_every=50", "--out", name]
        child = subprocess.Popen([DURO, *words], cwd=self.folder)
        deadline = time.monotonic() + 300
        while not os.path.exists(self.path(name, "checkpoints", "latest")) and time.monotonic() < deadline:
            time.sleep(.002)
        child.send_signal(signal.SIGTERM)
        return child.wait() != 0

    def test_resumed(self):
        if not self.stop_early("stopped"):
            self.skipTest("it was over before it could be stopped")
        self.assertRegex(self.duro("verify", "stopped", "--quiet"), r"the same: [1-7] rows")
        self.duro("train", "--resume", "stopped", "--quiet")
        self.assertIn("the same: 8 rows", self.duro("verify", "stopped", "--quiet"))

    def test_extended(self):
        """Trained further, and once more; and stopped, to go on with a longer plan."""
        self.copy("longer")
        for steps, rows in ("40000", 14), ("51200", 18):
            self.duro("train", "--resume", "longer", "--steps", steps, "--quiet")
            self.assertRegex(self.duro("verify", "longer", "--quiet"), rf"the same: {rows} rows of train\.csv, \d+ snapshots, and")
        self.assertEqual(self.read("longer", "plan.csv"), "step,steps,tried\n25600,40000,1\n40000,51200,1\n")
        os.remove(self.path("longer", "plan.csv"))
        self.assertIn("longer was trained for 51200 steps, and plan.csv does not say from where on it was",
                      self.duro("verify", "longer", "--quiet", status=1))
        if self.stop_early("replanned"):
            self.duro("train", "--resume", "replanned", "--steps", "40000", "--quiet")
            self.assertRegex(self.read("replanned", "plan.csv"), r"\Astep,steps,tried\n\d+,40000,0\n\Z")
            self.assertIn("the same: ", self.duro("verify", "replanned", "--quiet"))

    def test_fine_tuned(self):
        self.train("pendulum", "DRAC", "tuned", "--from", "one")
        self.assertIn("the same: 8 rows", self.duro("verify", "tuned", "--quiet"))
        os.remove(self.path("tuned", "start.safetensors"))
        self.assertIn("start.safetensors, with which it began, is not there; it cannot be repeated\n",
                      self.duro("verify", "tuned", "--quiet", status=1))

    def test_snapshot_is_gone(self):
        self.copy("without")
        name = sorted(n for n in os.listdir(self.path("without", "policies")) if n.startswith("step-"))[1]
        os.remove(self.path("without", "policies", name))
        self.assertIn(f"different: policies/{name} is missing\n", self.duro("verify", "without", "--quiet", status=3))

    def test_one_snapshot_more(self):
        self.copy("with")
        shutil.copy(self.path("with", "policies", self.chosen()), self.path("with", "policies", "step-7.safetensors"))
        self.assertIn("different: policies/step-7.safetensors is there; repeated there is none\n",
                      self.duro("verify", "with", "--quiet", status=3))

    def chosen(self):
        return self.read("one", "policies", "chosen").strip()

    def test_another_choice(self):
        self.copy("unchosen")
        os.remove(self.path("unchosen", "policies", "chosen"))
        self.assertIn(f"different: policies/chosen is none; repeated it is {self.chosen()}\n",
                      self.duro("verify", "unchosen", "--quiet", status=3))

    def test_another_margin(self):
        """The same networks with another filter."""
        self.train("pendulum", "DRAC", "margin", "--set", "learn.filter_margin=0.2")
        name = next(n for n in sorted(os.listdir(self.path("one", "policies"))) if n.startswith("step-") and n != self.chosen())
        shutil.copy(self.path("margin", "policies", name), self.path(self.copy("other-margin"), "policies", name))
        self.assertRegex(self.duro("verify", "other-margin", "--quiet", status=3),
                         rf'different: policies/{name}: the note "(margin|deployed|filter_greedy)" is \S+; repeated it is \S+\n')

    def test_another_look(self):
        for table, column in ("during.csv", "return"), ("verdicts.csv", "h_min"), ("trial.csv", "starts"):
            path = self.path(self.copy("look-" + table), "eval", table)
            with open(path) as file:
                lines = file.read().splitlines()
            cells = lines[2].split(",")
            cells[lines[0].split(",").index(column)] = "7.5"
            lines[2] = ",".join(cells)
            with open(path, "w") as file:
                file.write("\n".join(lines) + "\n")
            self.assertRegex(self.duro("verify", "look-" + table, "--quiet", status=3),
                             rf"different: eval/{table}: {column} is 7\.5 in row 2; repeated it is \S+\n")

    def test_flipped_bit(self):
        """Each file with a checksum, by its name, and nothing is said of what cannot be read."""
        blocks = [n for n in os.listdir(self.path("one", "checkpoints")) if n.startswith("replay-")]
        parts = [("checkpoints", self.read("one", "checkpoints", "latest").strip()), ("policies", self.chosen()),
                 ("checkpoints", blocks[-1])]
        for k, parts in enumerate(parts):
            path = self.path(self.copy(f"flipped-{k}"), *parts)
            with open(path, "r+b") as file:
                file.seek(os.path.getsize(path) // 2)
                byte = file.read(1)[0]
                file.seek(-1, os.SEEK_CUR)
                file.write(bytes([byte ^ 4]))
            said = self.duro("verify", f"flipped-{k}", "--quiet", status=1)
            self.assertIn(parts[-1], said)
            self.assertIn("checksum", said)

    def change_json(self, name, change):
        with open(self.path(name, "run.json")) as file:
            about = json.load(file)
        about.update(change)
        with open(self.path(name, "run.json"), "w") as file:
            json.dump(about, file)

    def test_another_version(self):
        self.change_json(self.copy("old"), {"sources": "0123456789abcdef"})
        said = self.duro("verify", "old", "--quiet")
        self.assertIn("duro: another version of the program trained old; its bits may differ\n", said)
        self.assertIn("the same: ", said)

    def test_another_mujoco(self):
        envs = self.duro("envs")
        if "cartpole-mujoco" not in envs:
            self.skipTest("without MuJoCo")
        self.train("cartpole-mujoco", "SAC", "mujoco", "--steps", "6400", "--set", "train.looks=1")
        self.assertNotIn("MuJoCo", self.duro("verify", "mujoco", "--quiet"))
        self.change_json("mujoco", {"mujoco": "2.9.9"})
        said = self.duro("verify", "mujoco", "--quiet")
        self.assertRegex(said, r"duro: MuJoCo 2\.9\.9 trained mujoco, and this is \S+; its bits may differ\n")
        self.assertIn("the same: ", said)

    def test_unreadable_origin(self):
        with open(self.path(self.copy("broken"), "run.json"), "w") as file:
            file.write("{")
        said = self.duro("verify", "broken", "--quiet", status=1)
        self.assertIn("run.json", said)
        self.assertNotIn("another version", said)

    def test_hash(self):
        self.train("pendulum", "DRAC", "threads", "--threads", "2")
        self.train("pendulum", "DRAC", "seed", "--seed", "3")
        one, threads, seed = (self.duro("verify", name, "--hash") for name in ("one", "threads", "seed"))
        self.assertRegex(one, r"\A[0-9a-f]{16}\n\Z")
        self.assertEqual(one, threads)
        self.assertNotEqual(one, seed)

    def test_hash_of_everything(self):
        """What is changed or missing shows in the hash, but for older checkpoints."""
        self.train(os.path.join(ROOT, "tests", "recipe", "tanks.c"), "SAC-RIS", "all", "--unchecked")
        one = self.duro("verify", "all", "--hash")
        kept = [("policies", "chosen"), ("eval", "during.csv"), ("eval", "verdicts.csv"), ("eval", "trial.csv"),
                ("policies", sorted(os.listdir(self.path("all", "policies")))[-1]), ("environment", "tanks.c")]
        for parts in kept:
            os.rename(self.path("all", *parts), self.path("aside"))
            self.assertNotEqual(self.duro("verify", "all", "--hash"), one, parts)
            os.rename(self.path("aside"), self.path("all", *parts))
        self.assertEqual(self.duro("verify", "all", "--hash"), one)
        block = next(n for n in os.listdir(self.path("all", "checkpoints")) if n.startswith("replay-"))
        os.remove(self.path("all", "checkpoints", block))
        self.assertRegex(self.duro("verify", "all", "--hash", status=1), r"no block of the replay with transition \d+\n")

    def test_no_run(self):
        os.mkdir(self.path("empty"))
        self.assertIn("config.yaml", self.duro("verify", "empty", status=1))


if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    unittest.main()
