#!/usr/bin/env python3
"""Hostile and damaged files in run folders: test_hostile.py path/to/duro. Whatever names, notes and cells hold, no command
runs through gnuplot, no code reaches a terminal or a page, and rows that cannot be read are not dropped."""

import csv
import ctypes
import glob
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

DURO = os.path.abspath(sys.argv[1])
TRAIN = ["--algorithm", "DRAC", "--steps", "1600", "--threads", "1", "--quiet", "--set", "learn.width=16", "--set",
         "learn.batch=32", "--set", "train.warmup=640", "--set", "train.envs=32", "--set", "train.replay=5000", "--set",
         "train.looks=2", "--set", "train.look_episodes=4"]
COMMAND = "x\nsystem \"touch PWNED\"\n#"
MARKUP = "'.system('touch PWNED').'<img src=x onerror=alert(1)>`touch PWNED`$(touch PWNED)@evil \" %s"


def rewrite_notes(path, **notes):
    """A checkpoint with other notes and the checksum that belongs to them."""
    xxhash = ctypes.CDLL("libxxhash.so.0")
    xxhash.XXH3_64bits.restype = ctypes.c_uint64
    xxhash.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    with open(path, "rb") as file:
        old = file.read()
    length = struct.unpack("<Q", old[:8])[0]
    header = json.loads(old[8:8 + length])
    header["__metadata__"].update(notes)
    text = json.dumps(header, separators=(",", ":")).encode()
    size = (8 + len(text) + 63) // 64 * 64 - 8
    new = struct.pack("<Q", size) + text.ljust(size) + old[8 + length:-8]
    with open(path, "wb") as file:
        file.write(new + struct.pack("<Q", xxhash.XXH3_64bits(new, len(new))))


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-hostile-")
        subprocess.run([DURO, "train", "double-integrator", *TRAIN, "--out", "run"], cwd=cls.folder, check=True, timeout=300)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def fresh(self, name=None):
        name = name or self.id().split(".")[-1]
        shutil.rmtree(self.path(name), ignore_errors=True)
        shutil.copytree(self.path("run"), self.path(name))
        return name

    def duro(self, *words):
        return subprocess.run([DURO, *words], cwd=self.folder, capture_output=True, timeout=300, check=False)

    def assert_harmless(self, done):
        """No command ran, and nothing but text was printed."""
        found = [os.path.join(where, name) for where, _, names in os.walk(self.folder) for name in names if name == "PWNED"]
        self.assertEqual(found, [])
        self.assertIn(done.returncode, (0, 1, 2), done.stderr)
        for text in (done.stdout.decode(), done.stderr.decode()):  # which holds that it is UTF-8
            self.assertEqual([c for c in text if (ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160], [])

    def assert_page(self, *parts):
        with open(self.path(*parts), encoding="utf-8") as file:
            page = file.read()
        self.assertNotIn("<img src=x", page)
        self.assertEqual([c for c in page if (ord(c) < 32 and c not in "\n\t\r") or 127 <= ord(c) < 160], [])

    def notes(self, run, **notes):
        for path in glob.glob(self.path(run, "*", "step*.safetensors")):
            rewrite_notes(path, **notes)

    def test_codes_in_notes_are_refused(self):
        for evil in (COMMAND, "\x1b]0;owned\x07", "\x9b2J", "a\x7f"):
            for key in ("algorithm", "environment"):
                run = self.fresh()
                self.notes(run, **{key: evil})
                for command in ("report", "eval", "attack"):
                    done = self.duro(command, run)
                    self.assert_harmless(done)
                    self.assertNotEqual(done.returncode, 0)

    def test_markup_in_notes(self):
        run = self.fresh()
        self.notes(run, algorithm=MARKUP)
        done = self.duro("report", run)
        self.assert_harmless(done)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_page(run, "report.html")

    def test_cells(self):
        for evil in (COMMAND, MARKUP, "\x1b[2J\x9b", "'; system('touch PWNED') #"):
            run = self.fresh()
            path = self.path(run, "eval", "during.csv")
            with open(path, newline="", encoding="utf-8") as file:
                rows = list(csv.reader(file))
            for row in rows[1:]:
                row[1] = row[2] = row[3] = evil
            with open(path, "w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
            done = self.duro("report", run)
            self.assert_harmless(done)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assert_page(run, "report.html")

    def test_names_of_folders(self):
        for evil in ("x\nsystem \"touch PWNED\"\n#", "'.system('touch PWNED').'", "< touch PWNED", "\x1b[2J"):
            run = self.fresh(evil)
            for words in (("report", run), ("eval", run, "--episodes", "4"), ("play", run, "--out", run + "/x.png"),
                          ("attack", run, "--episodes", "4", "--attackers", "none")):
                self.assert_harmless(self.duro(*words))
            self.assert_page(run, "report.html")
            shutil.rmtree(self.path(run))

    def test_carriage_returns(self):
        run = self.fresh()
        with open(self.path(run, "eval", "during.csv"), "wb") as file:
            file.write(b"step\r" + b"".join(b"%d\r" % i for i in range(20000)))
        done = self.duro("report", run)
        self.assert_harmless(done)

    def damage(self, path):
        """Each way in which a table cannot be read, with a function that says that it is as it was."""
        good = bytes_of(path)
        for bad in (good[:-1] + b",1\n", good + b'"', good.replace(b",", b"\0", 1), good[len(good.split(b"\n")[0]):]):
            with open(path, "wb") as file:
                file.write(bad)
            yield lambda bad=bad: bytes_of(path) == bad
        os.unlink(path)
        os.mkdir(path)  # cannot be read, whoever asks
        yield lambda: os.path.isdir(path)
        os.rmdir(path)
        with open(path, "wb") as file:
            file.write(good)

    def test_rows_are_not_dropped(self):
        run = self.fresh()
        quick = ("--episodes", "4", "--updates", "2", "--attacker-seeds", "1", "--threads", "1")
        attack = ("attack", run, "--attackers", "none,best-safety", *quick)
        evaluate = ("eval", run, "--episodes", "4")
        sets = ("sets", run, "--points", "11", "--starts", "4")
        for words, table in ((attack, "attack/matrix.csv"), (attack, "attack/attackers/attackers.csv"),
                             (evaluate, "eval/summary.csv"), (sets, "sets/summary.csv")):
            path = self.path(run, table)
            done = self.duro(*words)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(os.path.exists(path), table)
            for as_it_was in self.damage(path):
                if table.startswith("attack/attackers"):  # asked for by cells that are not known
                    os.unlink(self.path(run, "attack/matrix.csv"))
                done = self.duro(*words)
                self.assertEqual(done.returncode, 1, (table, done.stdout, done.stderr))
                self.assertIn(os.path.basename(table).encode(), done.stderr)
                self.assertTrue(as_it_was(), table)
            self.assertEqual(self.duro(*words).returncode, 0)

    def test_report_of_unreadable_tables(self):
        run = self.fresh()
        for table in ("eval/during.csv", "train.csv"):
            for _ in self.damage(self.path(run, table)):
                done = self.duro("report", run)
                self.assertEqual(done.returncode, 1, table)
                self.assertIn(os.path.basename(table).encode(), done.stderr)

    def with_gnuplot(self, script):
        """The environment of a process whose gnuplot is this shell script."""
        where = self.path("bin")
        os.makedirs(where, exist_ok=True)
        with open(os.path.join(where, "gnuplot"), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(os.path.join(where, "gnuplot"), 0o755)
        return {**os.environ, "PATH": where + ":" + os.environ["PATH"]}

    @unittest.skipUnless(shutil.which("gnuplot"), "no gnuplot")
    def test_torn_pictures(self):
        run, real = self.fresh(), shutil.which("gnuplot")
        tear = f'{real} "$@" || exit 1\nfor f in .*.png.*; do [ -f "$f" ] && head -c 3000 "$f" > t && mv t "$f"; done\nexit 0\n'
        for script in (tear, 'for w in "$@"; do :; done; exit 0\n', f'{real} "$@"; exit 3\n'):
            env = self.with_gnuplot('[ "$1" = --version ] && exit 0\n' + script)
            done = subprocess.run([DURO, "report", run], cwd=self.folder, capture_output=True, timeout=300, env=env,
                                  check=False)
            self.assertEqual(done.returncode, 1, script)
            self.assertIn(b"gnuplot failed", done.stderr)
            self.assertEqual(glob.glob(self.path(run, "figures", "*.png")), [])
            self.assertEqual(glob.glob(self.path(run, "figures", ".*.tmp")), [])
        self.assertEqual(self.duro("report", run).returncode, 0)
        self.assertTrue(glob.glob(self.path(run, "figures", "*.png")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
