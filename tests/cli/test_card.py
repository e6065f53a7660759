#!/usr/bin/env python3
"""duro card and duro verify CARD: test_card.py path/to/duro. What a card says is what the run's files say, computed here
again; a card that was not touched is found the same from another folder, and every value that was changed is named."""

import copy
import csv
import hashlib
import html.parser
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

DURO = os.path.abspath(sys.argv[1])
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TINY = ["--steps", "3200", "--quiet", "--set", "learn.width=16", "--set", "learn.batch=32", "--set", "train.warmup=640",
        "--set", "train.envs=32", "--set", "train.replay=5000", "--set", "train.looks=2", "--set", "train.look_episodes=4"]
QUICK = ["--quiet", "--episodes", "12", "--searches", "1", "--updates", "16", "--attacker-seeds", "1"]


class Text(html.parser.HTMLParser):
    """The text of a page, and whether every tag is closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.words = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "rect", "path", "polyline", "text") or tag == "text":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.words.append(data)


class Card(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-card-test-")
        cls.duro("solve", "double-integrator", "--grid", "61", "--out", "grid", "--no-pictures", "--quiet", "--set",
                 "grid.task=false", "--certify")
        cls.duro("train", "double-integrator", "--algorithm", "DRAC", *TINY, "--out", "one")
        cls.duro("train", "double-integrator", "--algorithm", "DRAC", *TINY, "--seed", "2", "--out", "other")
        cls.duro("attack", "one", *QUICK, "--attackers", "all,starts")
        cls.duro("attack", "one", *QUICK, "--attackers", "constant", "--amplitude", "0,0.5,1.5", "--filter", "off")
        cls.duro("attack", "one", *QUICK, "--attackers", "none", "--noise", "0.1", "--set", "env.control=0.8,0.9")
        cls.duro("card", "one", "--quiet")
        cls.card = cls.read_card("one")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def run_duro(cls, *words):
        return subprocess.run([DURO, *words], cwd=cls.folder, capture_output=True, text=True, timeout=600)

    @classmethod
    def duro(cls, *words, status=0):
        done = cls.run_duro(*words)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    @classmethod
    def path(cls, *parts):
        return os.path.join(cls.folder, *parts)

    @classmethod
    def read_card(cls, *parts):
        with open(cls.path(*parts, "card.json"), encoding="utf-8") as file:
            return json.load(file)

    def says(self, name, card=None):
        return next(line["says"] for line in (card or self.card)["lines"] if line["line"] == name)

    def lines(self, kind):
        return [line for line in self.card["lines"] if line["line"].split("/")[0] == kind]

    def write(self, card):
        with open(self.path("changed.json"), "w", encoding="utf-8") as file:
            json.dump(card, file)

    def verify_changed(self, change, status, wanted, *words):
        """Checks a card after `change`."""
        card = copy.deepcopy(self.card)
        change(card)
        self.write(card)
        self.assertRegex(self.duro("verify", "changed.json", "--run", "one", "--quiet", *words, status=status), wanted)

    def test_same_elsewhere(self):
        """Another folder of another name, without the attacks, and nothing is written into it."""
        shutil.copytree(self.path("one"), self.path("moved", "away"), ignore=shutil.ignore_patterns("attack", ".lock"))
        before = sorted(os.listdir(self.path("moved", "away")))
        said = self.duro("verify", "moved/away/card.json")
        self.assertEqual(said.count("same       "), len(self.card["lines"]))
        self.assertIn(f"the same: all {len(self.card['lines'])} of them\n", said)
        self.assertEqual(sorted(os.listdir(self.path("moved", "away"))), before)

    def test_rows_are_those_of_the_matrix(self):
        with open(self.path("one", "attack", "matrix.csv"), newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        attacks = self.lines("attack")
        self.assertEqual(len(attacks), len(rows))
        self.assertEqual(self.says("attacks"), {"cells": len(rows)})
        for line, row in zip(attacks, rows):
            says = line["says"]
            for key in ("attacker", "acting", "changes", "starts", "note"):
                self.assertEqual(says[key], row[key])
            for key in ("amplitude", "noise", "seed", "episodes", "violating", "cut_off", "return_mean", "h_min"):
                self.assertEqual(float(says[key]), float(row[key]))
            if row["attacker"] == "starts":
                self.assertIsNone(says["interval"])
                continue
            self.assertTrue(self.covers(says["interval"], int(row["violating"]), int(row["episodes"])), line["line"])

    def covers(self, interval, k, n):
        """Clopper-Pearson by its definition: at either end the binomial tail is 2.5 %."""
        def tail(p, counts):
            total, term = 0.0, (1 - p) ** n
            for i in range(n + 1):
                total += term if i in counts else 0
                term *= (n - i) / (i + 1) * p / (1 - p) if p < 1 else 0
            return total
        low, high = interval
        fits_low = low == 0 if k == 0 else abs(tail(low, range(k, n + 1)) - .025) < 1e-6
        return fits_low and (high == 1 if k == n else abs(tail(high, range(k + 1)) - .025) < 1e-6)

    def test_hashes(self):
        policy = self.says("policy")
        with open(self.path("one", policy["file"]), "rb") as file:
            self.assertEqual(hashlib.sha256(file.read()).hexdigest(), policy["sha256"])
        self.assertEqual(self.duro("verify", "one", "--hash").strip(), self.says("run")["hash"])
        self.duro("export", "one", "--to", "c", "--out", "firmware")
        for entry in self.says("export")["files"]:
            with open(self.path("firmware", entry["file"]), "rb") as file:
                self.assertEqual(hashlib.sha256(file.read()).hexdigest(), entry["sha256"])

    def test_a_policy_that_was_kept_alone(self):
        """Without the tables of its training there is no hash of the run; all else is said, and found again."""
        shutil.copytree(self.path("one"), self.path("kept"))
        for name in ("train.csv", "plan.csv", "checkpoints", "card.json", "card.html"):
            gone = self.path("kept", name)
            shutil.rmtree(gone) if os.path.isdir(gone) else os.path.exists(gone) and os.remove(gone)
        self.duro("card", "kept", "--quiet")
        with open(self.path("kept", "card.json"), encoding="utf-8") as file:
            says = {line["line"]: line["says"] for line in json.load(file)["lines"]}
        self.assertIsNone(says["run"]["hash"])
        self.assertEqual(says["policy"]["sha256"], self.says("policy")["sha256"])
        self.duro("verify", "kept/card.json", "--run", "kept", "--lines", "run")
        with open(self.path("kept", "card.html"), encoding="utf-8") as file:
            self.assertNotIn("hash of the run", file.read())

    def test_system_in_words(self):
        system = self.says("system")
        for words in ("x1 (m)", "x2 (m/s)", "h(x) >= 0", "every 0.1 s", "m/s^2", "|x1| <= 5 m"):
            self.assertIn(words, system["words"])
        control = next(s for s in system["settings"] if s["name"] == "control")
        self.assertEqual((control["value"], control["unit"]), ("1", "m/s^2"))

    def test_curve(self):
        (curve,) = self.lines("curve")
        self.assertEqual(curve["line"], "curve/constant-pi")
        self.assertEqual([p["amplitude"] for p in curve["says"]["points"]], [0, 0.5, 1, 1.5])
        held = [p["amplitude"] for p in curve["says"]["points"] if not p["violating"]]
        self.assertIn(curve["says"]["held_up_to"], [*held, None])

    def test_each_changed_value_is_found(self):
        """A value of each kind, in each line that is not an attack; numbers of attacks are another test."""
        for name in ("system", "run", "policy", "curve/constant-pi", self.lines("verdict")[0]["line"], "attacks"):
            for key, value in self.says(name).items():
                other = value + 1 if isinstance(value, (int, float)) else "x" if isinstance(value, str) else [1]
                def change(card, name=name, key=key, other=other):
                    self.says(name, card)[key] = other
                self.verify_changed(change, 3, rf"\Adifferent  {name}: {key} is ", "--lines", name)

    def test_each_changed_number_of_an_attack_is_found(self):
        name = "attack/constant-filtered"
        for key in ("violating", "episodes", "interval", "violation_bound", "return_mean", "return_std", "h_min", "filtered_share"):
            def change(card, key=key):
                says = self.says(name, card)
                says[key] = [0, .5] if key == "interval" else (says[key] or 0) + 1
            self.verify_changed(change, 3, f"different  {name}: ", "--lines", name)

    def test_claims_of_other_conditions(self):
        """Numbers that were played otherwise than the line says."""
        names = {line["line"] for line in self.lines("attack")}
        for name, key, value in (("attack/random-pi", "seed", 7), ("attack/constant-pi-x1.5", "amplitude", 2),
                                 ("attack/none-pi-noise0.1-env.control=0.8", "changes", "env.control=1"),
                                 ("attack/none-pi-noise0.1-env.control=0.8", "noise", 0.4),
                                 ("attack/safety-pi", "attacker", "random")):
            self.assertIn(name, names)
            def change(card, name=name, key=key, value=value):
                self.says(name, card)[key] = value
            self.verify_changed(change, 3, f"different  {name}: ", "--lines", name)

    def test_a_better_attacker_budget(self):
        """A trained attacker that is claimed to have had more updates."""
        name = next(line["line"] for line in self.lines("attack") if line["line"].startswith("attack/best-performance"))
        def change(card):
            next(line for line in card["lines"] if line["line"] == name)["with"]["updates"] = 64
        self.verify_changed(change, 3, f"different  {name}: ", "--lines", name)

    def test_lines_left_out(self):
        def without_worst(card):
            card["lines"] = [line for line in card["lines"] if line["line"] != "attack/search-filtered"]
        self.verify_changed(without_worst, 3, "different  attacks: cells is ", "--lines", "attacks")
        def and_counted(card):
            without_worst(card)
            self.says("attacks", card)["cells"] -= 1
        self.verify_changed(and_counted, 3, "different  attacks: cells is ", "--lines", "attacks")
        def without_run(card):
            card["lines"] = [line for line in card["lines"] if line["line"] in ("program", "system", "attacks")]
        self.verify_changed(without_run, 3, "different  run: the card lacks this line")

    def test_another_run(self):
        self.duro("card", "one", "--out", "cards", "--quiet")
        said = self.duro("verify", "cards/card.json", "--run", "other", "--quiet", status=3)
        for kind in ("run: hash", "policy: ", "export: ", "attack/"):
            self.assertIn(f"different  {kind}", said)

    def test_another_program(self):
        """Its numbers may be the same; that it was this one is not."""
        def change(card):
            self.says("program", card)["sources"] = "0123456789abcdef"
        self.verify_changed(change, 1, r"unknown    program: sources is \"0123456789abcdef\"", "--lines", "program")

    def test_what_is_missing_is_unknown(self):
        self.duro("attack", "other", *QUICK, "--attackers", "grid,safety", "--solution", "grid", "--starts", "inside", "--adversary",
                  "one")
        self.duro("sets", "other", "--solution", "grid")
        self.duro("card", "other", "--solution", "grid", "--adversary", "one", "--quiet")
        given = ["--solution", "grid", "--adversary", "one"]
        self.assertIn("the same: ", self.duro("verify", "other/card.json", "--quiet", *given))
        said = self.duro("verify", "other/card.json", "--quiet", status=1)
        self.assertIn("unknown    attack/grid-pi-inside: it needs the solution of the system; it is given by --solution DIR", said)
        self.assertIn("unknown    sets: it needs the solution", said)
        self.assertIn("unknown    certificate: it needs a solution", said)
        self.check_certificate(given)
        self.duro("card", "other", "--quiet")
        said = self.duro("verify", "other/card.json", "--quiet", status=1)
        self.assertIn("unknown    attack/grid-pi: the card does not know how it was played", said)

    def check_certificate(self, given):
        """A volume that was not proved, and a certificate that was damaged."""
        card = self.read_card("other")
        self.says("certificate", card)["volume"] *= 1.01
        self.write(card)
        words = ["verify", "changed.json", "--run", "other", "--lines", "certificate", "--quiet", *given]
        self.assertIn("different  certificate: volume is ", self.duro(*words, status=3))
        shutil.copytree(self.path("grid"), self.path("damaged"))
        with open(self.path("damaged", "set.certificate"), "r+b") as file:
            file.truncate(os.path.getsize(self.path("damaged", "set.certificate")) // 2)
        words[-3] = "damaged"
        self.assertIn("different  certificate: proved is true; found is false", self.duro(*words, status=3))

    def test_page(self):
        with open(self.path("one", "card.html"), encoding="utf-8") as file:
            page = file.read()
        text = Text(page)
        self.assertEqual(text.open, [])
        words = "".join(text.words)
        self.assertIn(self.lines("verdict")[0]["says"]["sentence"].replace("pi alone", "\u03c0 alone"), words)
        for line in self.card["lines"]:
            self.assertIn(line["line"], words)
        for wanted in (self.says("run")["hash"], self.says("policy")["sha256"], "x1 (m)", "duro verify one/card.json --run one"):
            self.assertIn(wanted, words)
        self.assertNotIn("<script", page)
        self.assertNotIn("src=", page)

    def test_hostile_names(self):
        with open(os.path.join(ROOT, "tests", "recipe", "tanks.c"), encoding="utf-8") as file:
            source = file.read()
        with open(self.path("odd.c"), "w", encoding="utf-8") as file:
            file.write(source.replace('"level 1"', '"<b>&x</b>"', 1))
        self.duro("train", "odd.c", "--algorithm", "DRAC", "--unchecked", *TINY, "--out", "<i>")
        self.duro("attack", "<i>", *QUICK, "--attackers", "none,constant")
        self.duro("card", "<i>", "--quiet")
        with open(self.path("<i>", "card.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertNotIn("<b>&x", page)
        self.assertNotIn("<i>/", page)
        self.assertEqual(Text(page).open, [])
        self.assertIn("the same: ", self.duro("verify", "<i>/card.json", "--quiet"))

    def test_not_attacked_yet(self):
        self.duro("train", "pendulum", "--algorithm", "SAC", "--preset", "paper", *TINY[:-4], "--out", "new")
        self.duro("card", "new", "--quiet")
        self.assertIn("the same: ", self.duro("verify", "new/card.json", "--quiet"))
        self.assertEqual(self.read_card("new")["lines"][-1]["says"]["result"], "untried")

    def test_files_of_others_stay(self):
        os.mkdir(self.path("mine"))
        for name in ("card.json", "card.html"):
            with open(self.path("mine", name), "w", encoding="utf-8") as file:
                file.write("{}")
            self.assertIn(f"mine/{name} is no ", self.duro("card", "one", "--out", "mine", status=1))
            os.remove(self.path("mine", name))
        self.duro("card", "one", "--out", "mine")
        self.duro("card", "one", "--out", "mine")

    def test_what_is_no_card(self):
        for bytes_, wanted in (("{", "no.json:1"), ("[]", "is no card"), ('{"duro_card": 1}', "is no card"), ('{"duro_card": 99, "lines": []}', "99"),
                               ('{"duro_card": 1, "lines": [3, {}, {"line": "attack/x"}, {"line": "verdict"}]}', "unknown")):
            with open(self.path("no.json"), "w", encoding="utf-8") as file:
                file.write(bytes_)
            done = self.run_duro("verify", "no.json", "--run", "one", "--quiet")
            self.assertIn(done.returncode, (1, 3))
            self.assertIn(wanted, done.stdout + done.stderr)
        self.assertIn("has no line 'nobody'", self.duro("verify", "one/card.json", "--lines", "nobody", status=1))
        self.assertIn("nowhere", self.duro("verify", "nowhere", status=1))

    def test_force_takes_the_card_away(self):
        shutil.copytree(self.path("other"), self.path("again"))
        self.duro("card", "again", "--quiet")
        self.duro("train", "double-integrator", "--algorithm", "DRAC", *TINY, "--seed", "3", "--out", "again", "--force")
        self.assertFalse(os.path.exists(self.path("again", "card.json")) or os.path.exists(self.path("again", "card.html")))


if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    unittest.main()
