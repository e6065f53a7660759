#!/usr/bin/env python3
"""duro certify: test_certify_run.py path/to/duro path/to/duro-recheck. The shares are counted again here, for a controller
and a system whose certified set is known in closed form; the certificate is proved again by duro-recheck."""

import json
import math
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

DURO, RECHECK = (os.path.abspath(path) for path in sys.argv[1:3])
TINY = ["--steps", "1600", "--threads", "1", "--quiet", "--set", "learn.width=16", "--set", "learn.batch=32",
        "--set", "train.warmup=640", "--set", "train.envs=32", "--set", "train.replay=5000"]
HOLDS = "void control(double *u, const double *x, double *m) { (void)m; u[0] = x[0] + 3 * x[1] > 0 ? -1 : 1; }\n"
FLEES = "void control(double *u, const double *x, double *m) { (void)m; u[0] = x[0] < 0 ? -1 : 1; }\n"
CONES = ["--set", "certificate.method=cones"]


def covers(interval, k, n):
    """Clopper-Pearson by its definition: at either end the binomial tail is 2.5 %."""
    def tail(p, counts):
        return math.fsum(math.exp(math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(p) +
                                  (n - i) * math.log1p(-p)) for i in counts)
    low, high = interval
    fits = low == 0 if k == 0 else abs(tail(low, range(k, n + 1)) - .025) < 1e-6
    return fits and (high == 1 if k == n else abs(tail(high, range(k + 1)) - .025) < 1e-6)


def polytope(path):
    """Centre and rows of a certificate made of cones, as docs/certificates.md says the file is."""
    with open(path, "rb") as file:
        data = file.read()
    at = re.search(rb"\ncones (\d+) (\d+) (\d+)\n", data)
    rows = int(at[3])
    numbers = struct.unpack_from(f"<{3 + 2 * rows}d", data, at.end())
    return numbers[:2], [numbers[3 + 2 * r:5 + 2 * r] for r in range(rows)]


def step(x, u, a):
    """double-integrator: 0.1 s of u + a / 2"""
    return x[0] + 0.1 * x[1], x[1] + 0.1 * (u + 0.5 * a)


class Certify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-certify-")
        cls.duro("train", "double-integrator", "--algorithm", "DRAC", *TINY, "--out", "one")
        cls.duro("train", "double-integrator", "--algorithm", "DRAC", *TINY, "--set", "env.disturbance=0.4", "--out", "weak")
        for name, text in (("holds", HOLDS), ("flees", FLEES)):
            with open(cls.path(name + ".c"), "w", encoding="utf-8") as file:
                file.write(text)
        cls.said = cls.duro("certify", "one", *CONES, "--states", "500")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def path(cls, *parts):
        return os.path.join(cls.folder, *parts)

    @classmethod
    def duro(cls, *words, status=0, program=DURO):
        done = subprocess.run([program, *words], cwd=cls.folder, capture_output=True, text=True, timeout=600)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def fails(self, status, pattern, *words):
        said = self.duro(*words, status=status)
        self.assertRegex(said, r"\Aduro: [^\n]+\n\Z", words)
        self.assertRegex(said, pattern, words)

    def read(self, run):
        with open(self.path(run, "certified", "certified.json"), encoding="utf-8") as file:
            return json.load(file)

    def test_what_is_said(self):
        found = self.read("one")
        self.assertEqual(found["states"], 500)
        self.assertEqual(sum(found[key] for key in ("own", "nearest", "fallback", "none")), 500)
        self.assertEqual(found["none"], 0)
        self.assertTrue(covers(found["own_interval"], found["own"], 500))
        self.assertTrue(covers(found["kept_interval"], 500 - found["none"], 500))
        self.assertIn(f"{100 * found['own'] / 500:.2f} %", self.said)
        checked = self.duro("one/certified/set.certificate", program=RECHECK)
        self.assertIn("PROVED", checked)
        volume = float(re.search(r"volume of the set: (\S+)", checked)[1])
        self.assertAlmostEqual(volume, found["volume"], delta=1e-8 * volume)
        # the viability kernel against |a| <= 0.5 with |u| <= 1, brakes of 0.5 m/s^2: |x1| < 5, no more than 10 x 10
        self.assertTrue(20 < volume < 100)

    def test_same_bits(self):
        first = self.read("one")
        for threads in ("1", "3"):
            shutil.rmtree(self.path("again"), ignore_errors=True)
            shutil.copytree(self.path("one"), self.path("again"))
            self.duro("certify", "again", *CONES, "--states", "500", "--threads", threads)
            self.assertEqual(self.read("again"), first)
        self.duro("certify", "again", "--certificate", "one/certified/set.certificate", "--states", "500")
        taken = self.read("again")
        self.assertAlmostEqual(taken.pop("volume"), first["volume"], delta=1e-8 * first["volume"])  # nine digits in a file
        self.assertEqual(taken, {**{key: first[key] for key in taken}, "made": False})
        self.duro("certify", "again", *CONES, "--states", "500", "--seed", "2")
        self.assertNotEqual(self.read("again")["own"], first["own"])
        self.assertEqual(json.loads(self.duro("certify", "again", *CONES, "--states", "500", "--json")), first)

    def test_controllers(self):
        """The share of a polytope from which a controller's control keeps every successor in it, counted here for states of
        another generator: a half-space holds all of them when it holds those of a = -1 and 1."""
        shares = {}
        for name, control in (("holds", lambda x: -1 if x[0] + 3 * x[1] > 0 else 1), ("flees", lambda x: -1 if x[0] < 0 else 1)):
            self.duro("certify", name + ".c", "--environment", "double-integrator", *CONES, "--states", "2000")
            found = shares[name] = self.read("runs/" + name)
            self.assertEqual(found["none"], 0)
            centre, rows = polytope(self.path("runs", name, "certified", "set.certificate"))
            def inside(x):
                return all(r[0] * (x[0] - centre[0]) + r[1] * (x[1] - centre[1]) <= 1 for r in rows)
            draw, states, own = random.Random(1), 0, 0
            while states < 2000:
                x = draw.uniform(-6, 6), draw.uniform(-6, 6)
                if not inside(x):
                    continue
                states += 1
                own += all(inside(step(x, control(x), a)) for a in (-1, 1))
            low, high = found["own_interval"]
            self.assertTrue(low - (high - low) < own / states < high + (high - low), (name, own, found))
        self.assertGreater(shares["holds"]["own"], shares["flees"]["own"] + 20)
        self.duro("certify", "flees.c", "--environment", "double-integrator", *CONES, "--states", "400", "--set",
                  "env.disturbance=0.3")
        self.assertGreater(self.read("runs/flees")["volume"], shares["flees"]["volume"])

    def test_card_and_report(self):
        shutil.rmtree(self.path("shown"), ignore_errors=True)
        shutil.copytree(self.path("one"), self.path("shown"))
        self.duro("card", "shown", "--quiet")
        with open(self.path("shown", "card.json"), encoding="utf-8") as file:
            card = json.load(file)
        line = next(line for line in card["lines"] if line["line"] == "certified")
        found = self.read("shown")
        for key in ("volume", "sha256", "states", "own", "nearest", "fallback", "none", "own_interval"):
            self.assertEqual(line["says"][key], found[key], key)
        self.assertIn("same       certified", self.duro("verify", "shown/card.json", "--lines", "certified"))
        for key, value in (("own", found["own"] + 1), ("volume", found["volume"] * 1.001), ("proved", False)):
            line["says"], kept = {**line["says"], key: value}, line["says"]
            with open(self.path("changed.json"), "w", encoding="utf-8") as file:
                json.dump(card, file)
            said = self.duro("verify", "changed.json", "--run", "shown", "--lines", "certified", status=3)
            self.assertRegex(said, rf"different  certified: {key} is")
            line["says"] = kept
        self.duro("report", "shown", "--threads", "1")
        with open(self.path("shown", "report.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertIn("Certified set of shown", page)
        self.assertIn(f"{100 * found['own'] / 500:.2f}&nbsp;%", page)
        # of another policy nothing is shown
        found["parameters"] = "0" * 16
        with open(self.path("shown", "certified", "certified.json"), "w", encoding="utf-8") as file:
            file.write(json.dumps(found, indent=1))
        self.duro("card", "shown", "--quiet")
        with open(self.path("shown", "card.json"), encoding="utf-8") as file:
            self.assertNotIn('"certified"', file.read())

    def test_a_damaged_certificate_is_no_proof(self):
        shutil.rmtree(self.path("damaged"), ignore_errors=True)
        shutil.copytree(self.path("one"), self.path("damaged"))
        self.duro("card", "damaged", "--quiet")
        with open(self.path("damaged", "certified", "set.certificate"), "r+b") as file:
            file.seek(-40, os.SEEK_END)
            file.write(b"!")
        self.duro("verify", "damaged/card.json", "--lines", "certified", status=1)
        self.fails(1, "damaged", "certify", "damaged", "--certificate", "damaged/certified/set.certificate")

    def test_filter(self):
        done = self.duro("eval", "one", "--filter", "one/certified", "--episodes", "5")
        self.assertIn("filtered-by-certified", done)

    def test_refusals(self):
        self.fails(2, "weak.* is of other numbers|of other numbers of double-integrator than weak", "certify", "weak",
                   "--certificate", "one/certified/set.certificate")
        self.fails(2, "the environment is that of the run", "certify", "one", "--set", "env.dt=0.2")
        self.fails(2, "wanted one of them", "certify", "one", "--certificate", "a", "--solution", "b")
        self.fails(2, "wanted one of them", "certify", "one", "--certificate", "a", "--grid", "11")
        self.fails(1, "nowhere", "certify", "nowhere")
        self.fails(1, "set.certificate", "certify", "one", "--solution", "weak")
        self.fails(2, "--environment", "certify", "holds.c")
        os.makedirs(self.path("mine", "certified"))
        shutil.copytree(self.path("one"), self.path("mine"), dirs_exist_ok=True)
        with open(self.path("mine", "certified", "certified.json"), "w", encoding="utf-8") as file:
            file.write("{}\n")
        self.fails(1, "would be replaced", "certify", "mine", *CONES)

    def test_force_removes_it(self):
        shutil.copytree(self.path("one"), self.path("old"))
        self.duro("train", "double-integrator", "--algorithm", "DRAC", *TINY, "--out", "old", "--force")
        self.assertEqual(os.listdir(self.path("old", "certified")) if os.path.isdir(self.path("old", "certified")) else [],
                         [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
