#!/usr/bin/env python3
"""Drives the built program: test_cli.py path/to/duro. Help texts, every error, one whole run from training to report.

Every mistake must give exactly one line on stderr that starts with "duro: ", and the exit status 2 when the words on
the command line are wrong, 1 when the world is."""

import base64
import csv
import ctypes
import fcntl
import json
import os
import pty
import re
import resource
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest
import zlib

DURO = os.path.abspath(sys.argv[1])
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# small and short: a few seconds of training in a debug build
TINY = ["--steps", "3200", "--set", "learn.width=16", "--set", "learn.batch=32", "--set", "train.warmup=640",
        "--set", "train.envs=32", "--set", "train.report_every=10", "--set", "train.checkpoint_every=30",
        "--set", "train.replay=5000", "--preset", "paper"]
NO_DISPLAY = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
ENDLESS = ["--steps", "100000000"] + TINY[2:]


def sdl_is_there():
    try:
        return bool(ctypes.CDLL("libSDL2-2.0.so.0"))
    except OSError:
        return False


class Screen:
    """What a terminal of this width shows; knows the few sequences that duro prints, and raises on any other."""

    SEQUENCE = re.compile(r"\033\[(\??[0-9;]*)([A-Za-z])")

    def __init__(self, columns):
        self.columns, self.rows, self.row, self.column, self.wraps = columns, [""], 0, 0, True

    def feed(self, text):
        at = 0
        while at < len(text):
            sequence = self.SEQUENCE.match(text, at)
            if sequence:
                self.obey(*sequence.groups())
                at = sequence.end()
                continue
            self.put(text[at])
            at += 1
        return self

    def obey(self, words, name):
        if (words, name) == ("", "J"):
            self.rows[self.row] = self.rows[self.row][:self.column]
            del self.rows[self.row + 1:]
        elif words == "?7":
            self.wraps = name == "h"
        elif name != "m":
            raise ValueError(f"unknown sequence: {words}{name}")

    def put(self, letter):
        if letter == "\r":
            self.column = 0
        elif letter == "\n":
            self.row += 1
            self.rows += [""] * (self.row + 1 - len(self.rows))
        elif letter < " ":
            raise ValueError(f"unexpected character {letter!r}")
        else:
            self.put_letter(letter)

    def put_letter(self, letter):
        if self.column == self.columns and not self.wraps:
            self.column -= 1
        if self.column == self.columns:
            self.put("\n")
            self.column = 0
        line = self.rows[self.row].ljust(self.column)
        self.rows[self.row] = line[:self.column] + letter + line[self.column + 1:]
        self.column += 1

    def lines(self):
        return [row.rstrip() for row in self.rows if row.strip()]


def unpack(data, depth):
    """The pixels of one image of a GIF: LZW, as Appendix F of GIF89a tells it."""
    clear, out = 1 << depth, bytearray()
    width, table, before, bits, held = depth + 1, [], None, 0, 0
    for byte in data:
        bits |= byte << held
        held += 8
        while held >= width:
            code = bits & ((1 << width) - 1)
            bits >>= width
            held -= width
            if code == clear:
                table, width, before = [bytes([i]) for i in range(clear)] + [b"", b""], depth + 1, None
            elif code == clear + 1:
                return bytes(out)
            else:
                entry = table[code] if code < len(table) else before + before[:1]
                out += entry
                if before is not None and len(table) < 4096:
                    table.append(before + entry[:1])
                before = entry
                width += len(table) == 1 << width and width < 12
    raise ValueError("an image without an end")


def read_gif(path):
    """Size and frames of a GIF: (delay in hundredths, rectangle, pixels as colours; None where nothing changes)."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:6] != b"GIF89a" or data[-1:] != b";":
        raise ValueError("not a whole GIF89a")
    width, height, flags = struct.unpack("<HHB", data[6:11])
    at, frames, delay, hole = 13 + (3 << ((flags & 7) + 1) if flags & 128 else 0), [], None, None
    while data[at] != 0x3B:
        if data[at] == 0x21:
            if data[at + 1] == 0xF9:
                delay, hole = struct.unpack("<HB", data[at + 4:at + 7])
            at += 2
            while data[at]:
                at += data[at] + 1
            at += 1
            continue
        assert data[at] == 0x2C, data[at]
        *box, local = struct.unpack("<HHHHB", data[at + 1:at + 10])
        assert local & 128, "a palette of its own"
        colours = 1 << ((local & 7) + 1)
        palette = [data[at + 10 + 3 * i:at + 13 + 3 * i] for i in range(colours)]
        at += 10 + 3 * colours
        depth, packed = data[at], bytearray()
        at += 1
        while data[at]:
            packed += data[at + 1:at + 1 + data[at]]
            at += data[at] + 1
        at += 1
        pixels = unpack(packed, depth)
        assert len(pixels) == box[2] * box[3], (len(pixels), box)
        assert box[0] + box[2] <= width and box[1] + box[3] <= height, box
        frames.append((delay, box, [None if i == hole else palette[i] for i in pixels]))
    return (width, height), frames


def read_png(path):
    """Width and rows (bytes, three a pixel) of an 8-bit PNG without interlacing."""
    with open(path, "rb") as file:
        data = file.read()
    width, _, bits, kind = struct.unpack(">IIBB", data[16:26])
    assert (bits, kind) in ((8, 2), (8, 6)), (bits, kind)
    at, packed, size = 8, b"", 3 if kind == 2 else 4
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        packed += data[at + 8:at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    raw, rows, above = zlib.decompress(packed), [], bytearray(width * size)
    for y in range(0, len(raw), width * size + 1):
        row = bytearray(raw[y + 1:y + 1 + width * size])
        for i in range(len(row)):
            left, up = row[i - size] if i >= size else 0, above[i]
            corner = above[i - size] if i >= size else 0
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda v: abs(guess - v))
            row[i] = (row[i] + (0, left, up, (left + up) // 2, paeth)[raw[y]]) & 255
        rows.append(bytes(v for i, v in enumerate(row) if i % size < 3))
        above = row
    return width, rows


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="duro-cli-")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def duro(self, *words, status=0, env=None):
        done = subprocess.run([DURO, *words], cwd=self.folder, capture_output=True, text=True, timeout=300,
                              env={**NO_DISPLAY, **(env or {})})
        self.assertEqual(done.returncode, status, f"{words}: {done.stdout}{done.stderr}")
        return done

    def fails(self, status, pattern, *words, env=None):
        done = self.duro(*words, status=status, env=env)
        self.assertRegex(done.stderr, r"\Aduro: [^\n]+\n\Z", words)
        self.assertRegex(done.stderr, pattern, words)
        return done

    def wait_until(self, happens, what="what was awaited"):
        """On a busy machine, under a sanitizer, a program may take long; one that is right keeps nobody waiting."""
        end = time.monotonic() + 300
        while not happens():
            self.assertLess(time.monotonic(), end, f"{what} did not come")
            time.sleep(.02)

    def wait_for(self, *parts):
        self.wait_until(lambda: os.path.exists(self.path(*parts)), parts)

    def read(self, *parts):
        with open(self.path(*parts)) as file:
            return file.read()

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return name

    PLAIN = {"TERM": "xterm", "NO_COLOR": "1"}

    def on_a_terminal(self, words, env, columns=80, status=0, during=None):
        """What the program prints on a terminal; during(pid, terminal, text) is called as it comes."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            os.execve(DURO, [DURO, *words], {**os.environ, **env})
        data = b""
        while select.select([terminal], [], [], 120)[0]:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # the child closed its end
                break
            if not piece:
                break
            data += piece
            if during:
                during(pid, terminal, data.decode())
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), status, data)
        return data.decode()

    def live_lines(self, text):
        """The states of the line that is rewritten in place."""
        pieces = [re.sub(Screen.SEQUENCE, "", piece) for piece in text.split("\r")]
        return [piece for piece in pieces if re.match(r" *\d+%", piece)]


class Help(Case):
    COMMANDS = ["train", "eval", "solve", "experiment", "play", "report", "check", "envs", "algorithms", "settings"]

    def narrow(self, text):
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_help_fits_80_columns(self):
        text = self.duro("--help").stdout
        self.narrow(text)
        for name in self.COMMANDS:
            self.assertIn(name, text)
            own = self.duro(name, "--help")
            self.assertEqual(own.stderr, "")
            self.assertTrue(own.stdout.startswith(f"usage: duro {name}"))
            self.narrow(own.stdout)

    def test_help_wins_over_mistakes(self):
        self.assertIn("usage:", self.duro("train", "nowhere", "--help").stdout)

    def test_lists(self):
        for words in (["envs"], ["algorithms"], ["settings"], ["settings", "cartpole"]):
            self.narrow(self.duro(*words).stdout)
        self.assertIn("cartpole", self.duro("envs").stdout)
        self.assertIn("DRAC", self.duro("algorithms").stdout)
        self.assertIn("train.seed", self.duro("settings").stdout)
        self.assertIn("grid.discount", self.duro("settings").stdout)
        self.assertIn("env.disturbance", self.duro("settings", "cartpole").stdout)
        self.assertIn("| `train.seed` |", self.duro("settings", "--markdown").stdout)

    def test_json(self):
        """--json prints what the tables hold, and nothing else."""
        self.duro("train", "pendulum", "--algorithm", "DRAC", *TINY, "--quiet", "--out", "json")
        for words, table in ((["eval", "json", "--episodes", "4"], "json/eval/summary.csv"),
                             (["attack", "json", "--episodes", "4", "--attackers", "none,square"], "json/attack/matrix.csv")):
            run = json.loads(self.duro(*words, "--json").stdout)["runs"][0]
            with open(self.path(table), newline="") as file:
                rows = list(csv.DictReader(file))
            self.assertEqual([row["h_min"] for row in run["rows"]], [float(row["h_min"]) for row in rows])
            self.assertEqual([row["violating"] for row in run["rows"]], [int(row["violating"]) for row in rows])
            self.assertIn("search", run["verdicts"][0]["not_tried"])
        facts = json.loads(self.duro("solve", "pendulum", "--grid", "11", "--no-pictures", "--json", "--out", "js").stdout)
        self.assertEqual(facts["environment"], "pendulum")
        self.fails(1, "nowhere", "eval", "nowhere", "--json")

    def test_report_over_amplitudes(self):
        self.duro("train", "pendulum", "--algorithm", "DRAC", *TINY, "--quiet", "--out", "swept")
        self.duro("attack", "swept", "--attackers", "constant", "--amplitude", "0,1,2", "--episodes", "4", "--quiet")
        self.duro("report", "swept")
        with open(self.path("swept/attack/matrix.csv"), newline="") as file:
            wanted = sorted((float(row["amplitude"]), 25 * float(row["violating"])) for row in csv.DictReader(file)
                            if row["acting"] == "pi")
        with open(self.path("swept/figures/amplitude-1.dat"), encoding="utf-8") as file:
            curve = next(block for block in file.read().split("\n\n\n") if "constant pi:" in block)
        got = sorted(tuple(map(float, line.split()[:2])) for line in curve.splitlines() if line[:1] not in ("#", ""))
        self.assertEqual(got, wanted)
        with open(self.path("swept/report.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertIn("figures/amplitude-1.png", page)
        self.assertIn('class="verdict', page)

    def test_schema(self):
        """Every configuration of the repository keeps to the schema of its environment."""
        types = {"integer": r"-?\d+", "number": r"[-+.\deE]+", "boolean": "true|false", "string": ".*"}
        configs = os.path.join(ROOT, "configs")
        for name in sorted(name for name in os.listdir(configs) if name.endswith(".yaml")):
            with open(os.path.join(configs, name), encoding="utf-8") as file:
                lines = [line.split("#")[0].rstrip() for line in file]
            environment = re.match(r"(.*?)-(drac|rsac|sac-lag|sac-ris|sac|rac|ris)\.yaml", name).group(1)
            schema = json.loads(self.duro("settings", environment, "--schema").stdout)
            group = None
            for line in filter(None, lines):
                key, _, value = line.partition(":")
                if not line.startswith(" "):
                    group = schema["properties"][key]["properties"]
                    continue
                rule, value = group[key.strip()], value.strip().strip("\"")
                self.assertRegex(value, f"^({types[rule['type']]})$", f"{name}: {line}")
                if "minimum" in rule:
                    self.assertTrue(rule["minimum"] <= float(value) <= rule["maximum"], f"{name}: {line}")
                if "enum" in rule:
                    self.assertIn(value, rule["enum"], f"{name}: {line}")

    def test_version(self):
        self.assertRegex(self.duro("--version").stdout, r"^duro \d+\.\d+\.\d+ ")


class Mistakes(Case):
    def test_commands_and_options(self):
        self.fails(2, "no command")
        self.fails(2, "'trian' is unknown; did you mean 'train'", "trian")
        self.fails(2, "'--algoritm' is unknown; did you mean '--algorithm'", "train", "cartpole", "--algoritm", "DRAC")
        self.fails(2, "'--algoritm' is unknown", "train", "cartpole", "--algoritm=DRAC")
        self.fails(2, "wants a value", "train", "cartpole", "--algorithm")
        self.fails(2, "takes no value", "train", "cartpole", "--quiet=yes")
        self.fails(2, "one word too many", "train", "cartpole", "pendulum")
        self.fails(2, "wants RUN", "eval")
        self.fails(2, "wants RUN", "report")
        self.fails(2, "whole number", "eval", "x", "--episodes", "ten")
        self.fails(2, "from 1 to", "eval", "x", "--episodes", "0")
        self.fails(2, "whole number", "eval", "x", "--seed", "99999999999999999999999")

    def test_names(self):
        self.fails(2, "cartpole", "train", "cartpol", "--algorithm", "DRAC")
        self.fails(2, "DRAC", "train", "cartpole", "--algorithm", "DRACC")
        self.fails(2, "no algorithm", "train", "cartpole")
        self.fails(2, "no environment", "train", "--algorithm", "DRAC")
        self.fails(2, "cartpole", "settings", "cartpol")

    def test_settings(self):
        start = ["train", "cartpole", "--algorithm", "DRAC", "--out", "never"]
        self.fails(2, "train.steps", *start, "--set", "train.stepz=5")
        self.fails(2, "learn.batch", *start, "--set", "learn.batch=-1")
        self.fails(2, "learn.batch", *start, "--set", "learn.batch=many")
        self.fails(2, "env.disturbance", *start, "--set", "env.disturbanc=5")
        self.fails(2, ".", *start, "--set", "train.steps")
        self.fails(2, ".", *start, "--set", "nothing.at.all=5")
        self.fails(2, "train.seed", *start, "--seed", "-1")
        self.fails(2, "train.steps", *start, "--steps", "1e")
        self.fails(2, "train.threads", *start, "--threads", "-1")
        self.fails(2, "learn.width", *start, "--set", "learn.width=17")
        self.assertFalse(os.path.exists(self.path("never")), "a refused run must leave no folder")

    def test_configuration_files(self):
        start = ["train", "cartpole", "--algorithm", "DRAC", "--out", "never", "--config"]
        self.fails(1, "absent.yaml", *start, "absent.yaml")
        broken = self.write("broken.yaml", "train:\n  seed: [1\nlearn: 5\n")
        done = self.duro(*start, broken, status=self.status_of(*start, broken))
        self.assertRegex(done.stderr, r"\Aduro: [^\n]*broken\.yaml[^\n]*\d[^\n]*\n\Z")
        for name, text, wanted in (("key.yaml", "train:\n  sed: 1\n", "seed"),
                                   ("range.yaml", "learn:\n  batch: 1\n", "batch"),
                                   ("twice.yaml", "train:\n  seed: 1\n  seed: 2\n", "seed"),
                                   ("group.yaml", "trains:\n  seed: 1\n", "train")):
            self.write(name, text)
            done = self.duro(*start, name, status=self.status_of(*start, name))
            self.assertRegex(done.stderr, r"\Aduro: [^\n]*" + name + r"[^\n]*" + wanted + r"[^\n]*\n\Z")
        self.assertFalse(os.path.exists(self.path("never")))

    def status_of(self, *words):
        status = subprocess.run([DURO, *words], cwd=self.folder, capture_output=True, timeout=60).returncode
        self.assertIn(status, (1, 2))
        return status

    def test_outputs_that_cannot_be_written(self):
        self.write("file", "")
        start = ["train", "cartpole", "--algorithm", "DRAC", *ENDLESS, "--out"]
        self.fails(1, "file", *start, "file/run")  # ENDLESS: it must fail before training
        self.fails(1, "file", *start, "file")
        self.fails(1, "/proc/run", *start, "/proc/run")

    def test_run_folders(self):
        os.makedirs(self.path("empty"), exist_ok=True)
        for command in ("eval", "report"):
            self.fails(1, "does not exist", command, "absent")
            self.fails(1, "config.yaml", command, "empty")
        self.fails(1, "does not exist", "train", "cartpole", "--algorithm", "DRAC", "--adversary", "absent")
        self.write("plain", "")
        self.fails(1, "not a run folder", "eval", "plain")

    def test_numbers_that_are_not_finite_end_training(self):
        # a cart pushed this hard, in steps this long, leaves the numbers
        self.fails(4, "not finite .* checkpoint", "train", "cartpole", "--algorithm", "SAC", "--out", "nan", *TINY,
                   "--quiet", "--set", "env.force=1000000", "--set", "env.substep=1", "--set", "env.substeps=1000")

    def test_mujoco_is_named_where_it_is_missing(self):
        if "cartpole-mujoco" in self.duro("envs").stdout:
            self.skipTest("this build has MuJoCo")
        self.fails(1, "MuJoCo", "train", "cartpole-mujoco", "--algorithm", "DRAC")


class Run(Case):
    """One small run, used by all tests of the class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        done = subprocess.run([DURO, "train", "cartpole", "--algorithm", "drac", "--out", "runs/a", *TINY],
                              cwd=cls.folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        cls.output = done.stdout

    def rows(self, *parts):
        with open(self.path(*parts), newline="") as file:
            return list(csv.DictReader(file))

    def test_plain_lines_when_not_a_terminal(self):
        self.assertNotIn("\r", self.output)
        self.assertNotIn("\033", self.output)
        self.assertRegex(self.output, r"step \d+/3200 \(\d+ %\) .* viol \d+/32\n")

    def test_what_a_run_folder_holds(self):
        for name in ("config.yaml", "run.json", "train.csv", "eval/during.csv"):
            self.assertTrue(os.path.getsize(self.path("runs/a", name)), name)
        latest = self.read("runs/a/checkpoints/latest").strip()
        kept = sorted(name for name in os.listdir(self.path("runs/a/checkpoints")) if name != "latest")
        self.assertIn(latest, kept)
        self.assertEqual(len(kept), 2, "the last two checkpoints are kept")
        during = self.rows("runs/a/eval/during.csv")
        self.assertEqual(list(during[0]), ["step", "scenario", "acting", "adversary", "return", "violating",
                                           "episodes", "h_min"])
        self.assertEqual({(row["scenario"], row["adversary"]) for row in during}, {("safety", "own mu_h")})
        self.assertGreaterEqual(len(during), 5)

    def test_every_checkpoint_is_kept_if_asked(self):
        self.duro("train", "cartpole", "--algorithm", "SAC", "--out", "runs/all", *TINY, "--quiet",
                  "--set", "train.keep_checkpoints=true")
        kept = [name for name in os.listdir(self.path("runs/all/checkpoints")) if name != "latest"]
        updates = 3200 // 32 - (640 // 32 - 1)
        self.assertEqual(len(kept), -(-updates // 30), "one every 30 updates, and the last")

    def test_snapshots_are_judged_and_the_best_is_deployed(self):
        done = self.duro("train", "cartpole", "--algorithm", "DRAC", "--out", "runs/chosen", *TINY,
                         "--set", "train.choose=true", "--set", "train.looks=5", "--set", "train.look_episodes=8",
                         "--set", "train.look_search=32")
        verdicts = self.rows("runs/chosen/eval/verdicts.csv")
        during = self.rows("runs/chosen/eval/during.csv")
        for row in verdicts:
            look = [r for r in during if r["step"] == row["step"]]
            self.assertEqual({(r["scenario"], r["acting"]) for r in look},
                             {("performance", "pi"), ("none", "pi"), ("random", "pi"),
                              *((scenario, acting) for scenario in ("constant", "square", "safety", "search")
                                for acting in ("pi", "filtered"))})
            self.assertEqual(int(row["violating"]), sum(int(r["violating"]) for r in look))
            self.assertEqual(float(row["h_min"]), min(float(r["h_min"]) for r in look))
            self.assertTrue(os.path.exists(self.path("runs/chosen/policies", f"step-{row['step']}.safetensors")))
        # so short a training is never safe: fewest violations, then the largest h, the later of equals
        best = min(verdicts, key=lambda r: (int(r["violating"]), -float(r["h_min"]), -int(r["step"])))["step"]
        self.assertEqual(self.read("runs/chosen/policies/chosen"), f"step-{best}.safetensors\n")
        self.assertIn(f"chosen: step {best}, ", done.stdout)
        self.assertIn(f"step {best},", self.duro("eval", "runs/chosen", "--episodes", "4").stdout)

    def test_repeats_from_its_configuration_alone(self):
        self.duro("train", "--config", "runs/a/config.yaml", "--out", "runs/again", "--quiet")
        latest = self.read("runs/a/checkpoints/latest").strip()
        for name in ("config.yaml", "eval/during.csv", "checkpoints/" + latest):
            with open(self.path("runs/a", name), "rb") as first, open(self.path("runs/again", name), "rb") as second:
                self.assertEqual(first.read(), second.read(), name)

    def test_an_existing_run_is_not_overwritten(self):
        before = self.read("runs/a/run.json")
        self.fails(1, "--force", "train", "cartpole", "--algorithm", "SAC", "--out", "runs/a", *TINY)
        self.assertEqual(before, self.read("runs/a/run.json"))
        shutil.copytree(self.path("runs/a"), self.path("runs/forced"))
        self.write("runs/forced/notes.txt", "mine")
        done = self.duro("train", "cartpole", "--algorithm", "SAC", "--out", "runs/forced", "--force", *TINY,
                         "--quiet")
        self.assertEqual(done.stdout + done.stderr, "")
        self.assertTrue(os.path.exists(self.path("runs/forced/notes.txt")), "files that are not ours stay")
        self.assertEqual({row["scenario"] for row in self.rows("runs/forced/eval/during.csv")}, {"random"})

    def test_default_folder(self):
        self.duro("train", "cartpole", "--algorithm", "sac", "--seed", "7", *TINY, "--quiet")
        self.assertTrue(os.path.exists(self.path("runs/cartpole-SAC-7/config.yaml")))

    def test_a_foreign_adversary(self):
        self.duro("train", "cartpole", "--algorithm", "SAC", "--out", "runs/prey", "--adversary", "runs/a", *TINY,
                  "--quiet")
        self.assertEqual({row["adversary"] for row in self.rows("runs/prey/eval/during.csv")}, {"mu_h of a"})
        self.fails(2, "mu_h", "train", "cartpole", "--algorithm", "SAC", "--out", "runs/x", "--adversary",
                   "runs/prey")
        self.fails(2, "cannot", "train", "double-integrator", "--algorithm", "SAC", "--out", "runs/x", "--adversary",
                   "runs/a")
        self.duro("eval", "runs/prey", "--adversary", "runs/a", "--episodes", "4")
        files = {row["file"]: row for row in self.rows("runs/prey/eval/summary.csv")}
        self.assertEqual(files["safety-by-a.csv"]["adversary"], "runs/a")

    def test_eval(self):
        done = self.duro("eval", "runs/a", "--episodes", "10", "--threads", "1", "--out", "out1")
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), 80, line)
        for scenario in ("none", "random", "constant", "safety", "performance"):
            self.assertRegex(done.stdout, rf"  {scenario} .*\d+/10 ")
            self.assertRegex(done.stdout, rf"  {scenario}, filtered .*\d+/10 ")
        again = self.duro("eval", "runs/a", "--episodes", "10", "--threads", "2", "--out", "out2")
        self.assertEqual(done.stdout, again.stdout, "threads must not matter")
        rows = self.rows("out1/a/safety.csv")
        self.assertEqual(len(rows), 10)
        summary = {row["file"]: row for row in self.rows("out1/a/summary.csv")}
        violating = sum(float(row["violating_steps"]) > 0 or row["end"] == "1" for row in rows)
        self.assertEqual(int(summary["safety.csv"]["violating"]), violating)
        self.assertFalse(os.path.exists(self.path("runs/a/eval/safety.csv")))

    def test_eval_keeps_what_it_does_not_replace(self):
        shutil.copytree(self.path("runs/a"), self.path("runs/kept"))
        self.fails(2, "filter: maybe does not exist; wanted off, on, both, or a run, solution or certificate", "eval", "runs/kept",
                   "--filter", "maybe")
        self.duro("eval", "runs/kept", "--episodes", "3", "--filter", "off")
        self.duro("eval", "runs/kept", "--episodes", "5", "--filter", "on", "--set", "env.disturbance=0")
        rows = self.rows("runs/kept/eval/summary.csv")
        self.assertEqual([row["episodes"] for row in rows], ["3"] * 5 + ["5"] * 5)
        self.assertEqual(rows[-1]["changes"], "env.disturbance=0")
        self.fails(2, "env.name", "eval", "runs/kept", "--set", "train.seed=5")
        self.fails(2, "env.disturbance", "eval", "runs/kept", "--set", "env.disturbanc=5")

    def test_broken_runs(self):
        latest = self.read("runs/a/checkpoints/latest").strip()

        def spoiled(name, spoil):
            shutil.copytree(self.path("runs/a"), self.path("runs", name))
            spoil(self.path("runs", name))
            for command in ("eval", "report"):
                self.fails(1, name, command, f"runs/{name}")

        def flip(folder):
            with open(os.path.join(folder, "checkpoints", latest), "r+b") as file:
                file.seek(-1000, os.SEEK_END)
                byte = file.read(1)[0]
                file.seek(-1, os.SEEK_CUR)
                file.write(bytes([byte ^ 1]))

        spoiled("flipped", flip)
        spoiled("cut", lambda folder: os.truncate(os.path.join(folder, "checkpoints", latest), 5000))
        spoiled("gone", lambda folder: os.unlink(os.path.join(folder, "checkpoints", latest)))
        spoiled("nameless", lambda folder: os.unlink(os.path.join(folder, "checkpoints", "latest")))
        spoiled("lost", lambda folder: os.unlink(os.path.join(folder, "config.yaml")))

    def test_interrupted(self):
        for number, name in ((signal.SIGINT, "int"), (signal.SIGTERM, "term")):
            child = subprocess.Popen([DURO, "train", "cartpole", "--algorithm", "DRAC", "--out", f"runs/{name}",
                                      *ENDLESS], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.wait_for("runs", name, "eval/during.csv")
            time.sleep(1)
            child.send_signal(number)
            out, err = child.communicate(timeout=300)
            self.assertEqual((child.returncode, err), (130, b""))
            self.assertIn(b"stopped", out)
            self.duro("eval", f"runs/{name}", "--episodes", "2")

    TRAIN = ["train", "cartpole", "--algorithm", "DRAC", "--out"]

    def test_one_line_on_a_terminal(self):
        text = self.on_a_terminal([*self.TRAIN, "runs/tty", *TINY], self.PLAIN)
        live = self.live_lines(text)
        self.assertTrue(live)
        for line in live:
            self.assertLessEqual(len(line), 79, line)
            self.assertNotIn("\n", line)
        self.assertRegex(live[-1], r"^100% \[=+\]  3\.2k/3\.2k  \S+/s  0:00 left  return \S+  viol \d+/32$")
        self.assertNotRegex(text, r"\033\[[0-9;]*m", "NO_COLOR is respected")
        coloured = self.on_a_terminal([*self.TRAIN, "runs/tty2", *TINY], {"TERM": "xterm", "NO_COLOR": ""})
        self.assertRegex(coloured, r"\033\[3[12]mviol \d+/32\033\[0m")

    def test_nothing_is_left_of_the_line(self):
        name = "runs/" + "a-long-name-" * 10
        for columns in (80, 40, 24, 12, 6, 1):
            text = self.on_a_terminal([*self.TRAIN, name + str(columns), *TINY], self.PLAIN, columns)
            for line in self.live_lines(text):
                self.assertLess(len(line), columns, line)
            screen = "".join(Screen(columns).feed(text).rows)
            self.assertNotIn("%", screen)
            self.assertRegex(screen, r"^DRAC on cartpole, seed .*trained; checkpoint .*next: duro eval", columns)
        self.assertRegex(self.live_lines(self.on_a_terminal([*self.TRAIN, "runs/forty", *TINY], self.PLAIN, 40))[-1],
                         r"left .*viol \d+/32$")

    def test_a_terminal_that_becomes_narrow(self):
        cut = []

        def narrow(pid, terminal, text):
            if not cut and "viol" in text:
                fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
                cut.append(len(text) + 600)  # some lines may be on their way
            elif cut and len(text) > cut[0] + 200 and len(cut) == 1:
                cut.append(0)
                os.kill(pid, signal.SIGINT)

        text = self.on_a_terminal([*self.TRAIN, "runs/narrow", *ENDLESS], self.PLAIN, 80, 130, narrow)
        later = self.live_lines(text[cut[0]:])[1:]
        self.assertTrue(later)
        for line in later:
            self.assertLessEqual(len(line), 39, line)

    def test_a_dumb_terminal_gets_plain_lines(self):
        text = self.on_a_terminal([*self.TRAIN, "runs/dumb", *TINY], {"TERM": "dumb"})
        self.assertNotIn("\033", text)
        self.assertNotIn("\r", text.replace("\r\n", "\n"))
        self.assertRegex(text, r"step \d+/3200 \(\d+ %\) .* viol \d+/32\r\n")

    def test_a_message_stands_alone(self):
        text = self.on_a_terminal(["train", "cartpole", "--algorithm", "SAC", "--out", "runs/nan", *TINY, "--set",
                                   "env.force=1000000", "--set", "env.substep=1", "--set", "env.substeps=1000"],
                                  self.PLAIN, 400, 4)
        lines = Screen(400).feed(text).lines()
        self.assertEqual(len(lines), 3, lines)
        self.assertRegex(lines[1], "^memory: ")
        self.assertRegex(lines[2], "^duro: .*not finite")

    def test_interrupted_on_a_terminal(self):
        sent = []

        def interrupt(pid, terminal, text):
            if not sent and "viol" in text:
                sent.append(os.write(terminal, b"\x03"))  # as the key does

        text = self.on_a_terminal([*self.TRAIN, "runs/key", *ENDLESS], self.PLAIN, 80, 130, interrupt)
        lines = Screen(80).feed(text.replace("^C", "")).lines()
        self.assertEqual(len(lines), 4, lines)
        self.assertRegex(lines[2], r"^stopped at step \d+ of 100000000; checkpoint step-\d+\.safetensors in runs/key$")
        self.assertEqual(lines[3], "next: duro train --resume runs/key")
        self.duro("eval", "runs/key", "--episodes", "2")

    def test_a_second_interrupt_ends_at_once(self):
        sent = []

        def interrupt(pid, terminal, text):
            if not sent and "DRAC on" in text:
                time.sleep(.5)
                sent.append(os.kill(pid, signal.SIGINT))
            elif len(sent) == 1 and "stopping" in text:
                sent.append(os.kill(pid, signal.SIGINT))

        # updates that take many seconds after each step
        words = [*self.TRAIN, "runs/twice", *ENDLESS, "--set", "train.updates=64", "--set", "learn.width=512", "--set",
                 "learn.batch=4096"]
        text = self.on_a_terminal(words, self.PLAIN, 80, -signal.SIGINT, interrupt)
        self.assertIn("stopping; Ctrl-C again ends at once", text)
        self.assertEqual(len(Screen(80).feed(text).lines()), 2, "the line is cleared")

    def event_files(self, folder):
        return [name for name in os.listdir(self.path(folder)) if name.startswith("events.out.tfevents.")]

    def test_event_files(self):
        self.assertEqual(len(self.event_files("runs/a")), 1)
        for force in ([], ["--force"]):
            self.duro("train", "cartpole", "--algorithm", "SAC", "--out", "runs/events", *TINY, "--quiet", *force)
            self.assertEqual(len(self.event_files("runs/events")), 1, "that of an earlier run is gone")

    def test_a_full_disk_ends_training(self):
        def little_room():
            resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

        # the first snapshot of the networks needs more
        done = subprocess.run([DURO, *self.TRAIN, "runs/full", *TINY, "--quiet", "--set", "train.report_every=2",
                               "--set", "train.checkpoint_every=1000"], cwd=self.folder, capture_output=True, text=True,
                              timeout=300, preexec_fn=little_room, restore_signals=False)
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(done.stderr, r"\Aduro: cannot write [^\n]*runs/full/policies/step-[^\n]* checkpoint[^\n]*\n\Z")

    def test_report(self):
        shutil.copytree(self.path("runs/a"), self.path("runs/shown"))
        self.duro("eval", "runs/shown", "--episodes", "4")
        if not shutil.which("gnuplot"):
            self.skipTest("no gnuplot")
        self.duro("report", "runs/shown")
        page = self.read("runs/shown/report.html")
        pictures = re.findall(r'src="(figures/[^"]+\.png)"', page)
        self.assertEqual(len(pictures), 4)
        self.assertEqual(re.findall(r'src="(figures/[^"]+\.gif)"', page), ["figures/film-1.gif"])
        self.assertGreater(len(read_gif(self.path("runs/shown/figures/film-1.gif"))[1]), 1)
        for picture in pictures:
            with open(self.path("runs/shown", picture), "rb") as file:
                self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")
        self.assertIn("duro report runs/shown", page)
        self.assertRegex(page, r">\d+ / 4<")
        self.assertNotIn("<script", page)
        self.assertIn("force on the cart, up to 300 N either way", page)
        self.assertIn("|\u03b8| &lt;= 0.2 rad", page)
        for told in re.findall(r'alt="([^"]*)"', page):
            self.assertRegex(told, r"^[^<>]{20,}$")  # a sentence, not the name of a file
        # each picture can be made again from its own folder
        os.unlink(self.path("runs/shown/figures/training.png"))
        subprocess.run(["gnuplot", "training.gp"], cwd=self.path("runs/shown/figures"), check=True)
        self.assertTrue(os.path.getsize(self.path("runs/shown/figures/training.png")))
        self.duro("report", "runs/shown", "--one-file")
        page = self.read("runs/shown/report.html")
        self.assertNotRegex(page, r'(src|href)="figures/')
        kinds = re.findall(r'src="data:image/(png|gif);base64,([^"]*)"', page)
        self.assertEqual(sorted(kind for kind, _ in kinds), ["gif"] + 4 * ["png"])
        with open(self.path("runs/shown/figures/training.png"), "rb") as file:
            self.assertIn(file.read(), [base64.b64decode(picture) for _, picture in kinds])

    def test_play_a_run(self):
        if not shutil.which("gnuplot"):
            self.skipTest("no gnuplot")
        done = self.duro("play", "runs/a", "--steps", "3")
        self.assertIn("runs/a/play/safety.gif", done.stdout)
        self.assertEqual(len(read_gif(self.path("runs/a/play/safety.gif"))[1]), 4)
        self.duro("play", "runs/a", "--steps", "2", "--attack", "performance", "--filter", "on")
        read_gif(self.path("runs/a/play/performance-filtered.gif"))
        # the run's own networks, or those of another run
        self.fails(2, "networks; wanted a run", "play", "cartpole", "--attack", "safety")
        self.duro("play", "cartpole", "--attack", "safety", "--adversary", "runs/a", "--steps", "1", "--out", "by.gif")
        self.fails(2, "a control is for an environment", "play", "runs/a", "--control", "zero")
        self.duro("train", "cartpole", "--algorithm", "SAC", "--out", "runs/alone", *TINY, "--quiet", "--force")
        self.fails(2, "no network mu_h for the safety attack", "play", "runs/alone", "--attack", "safety")
        self.fails(2, "no safety filter", "play", "runs/alone", "--filter", "on")

    def test_play_every_attack(self):
        if not shutil.which("gnuplot"):
            self.skipTest("no gnuplot")
        for name in ("square", "search"):
            self.duro("play", "runs/a", "--steps", "2", "--attack", name)
            read_gif(self.path("runs/a/play", name + ".gif"))
        self.fails(2, "needs a run to attack", "play", "cartpole", "--attack", "search")
        self.fails(2, "--solution DIR", "play", "runs/a", "--attack", "grid")
        self.fails(2, "--adversary FILE", "play", "runs/a", "--attack", "learned")
        # cartpole has as many controls as disturbances, so that a policy of it may stand for an attacker
        checkpoint = "runs/a/checkpoints/" + self.read("runs/a/checkpoints/latest").strip()
        self.duro("play", "cartpole", "--steps", "2", "--adversary", checkpoint, "--out", "learned.gif")
        self.duro("solve", "double-integrator", "--grid", "21", "--out", "solved", "--quiet")
        self.duro("play", "double-integrator", "--steps", "2", "--solution", "solved", "--out", "grid.gif")
        # from its start at rest or in motion the grid pushes as hard as it may
        with open(self.path("grid.csv"), encoding="utf-8") as file:
            for row in csv.DictReader(file):
                self.assertEqual(abs(float(row["a0"])), 1)

    def test_a_method_has_one_colour(self):
        """Wherever its run stands on the page, and of two runs of a method they are told apart."""
        self.duro("train", "cartpole", "--algorithm", "SAC", "--out", "runs/plain", *TINY, "--quiet", "--force")
        for runs in (["runs/a", "runs/plain"], ["runs/plain", "runs/a"], ["runs/a", "runs/a", "runs/plain"]):
            self.duro("report", *runs, "--out", "coloured")
            script = self.read("coloured/figures/metrics.gp")
            colours = re.findall(r"NaN with lines lw 4 lc rgb '(#\w+)' title", script)
            self.assertEqual(len(set(colours)), len(runs))
            self.assertEqual(colours[runs.index("runs/a")], "#0072B2")
            self.assertEqual(colours[runs.index("runs/plain")], "#D55E00")

    def test_report_of_many_runs_and_without_gnuplot(self):
        self.fails(2, "--out", "report", "runs/a", "runs/a")
        self.fails(1, "gnuplot was not found", "report", "runs/a", "--out", "bare", env={"PATH": "/nowhere"})
        self.assertTrue(os.path.exists(self.path("bare/figures/training.gp")))
        self.assertTrue(os.path.exists(self.path("bare/figures/training-1.csv")))
        page = self.read("bare/report.html")
        self.assertIn("not drawn", page)
        self.assertIn("not evaluated yet", page)
        self.write("blocked", "")
        self.fails(1, "blocked", "report", "runs/a", "--out", "blocked")


@unittest.skipUnless(shutil.which("gnuplot"), "no gnuplot")
class Play(Case):
    def shown(self, path):
        """The colours of every pixel once all frames have been laid over each other."""
        (width, height), frames = read_gif(path)
        picture = [None] * (width * height)
        for _, (left, top, wide, _), pixels in frames:
            for i, colour in enumerate(pixels):
                if colour is not None:
                    picture[(top + i // wide) * width + left + i % wide] = colour
        return width, picture

    def test_a_film_shows_what_gnuplot_draws(self):
        self.duro("play", "double-integrator", "--steps", "5", "--attack", "constant", "--out", "films/a.gif")
        size, frames = read_gif(self.path("films/a.gif"))
        self.assertEqual(len(frames), 6)
        # .1 s a step; the last frame stays
        self.assertEqual([frame[0] for frame in frames[:-1]], [10] * 5)
        width, picture = self.shown(self.path("films/a.gif"))
        # the script makes the frames again; the film leaves out differences of up to 8, and bits of rare colours
        subprocess.run(["gnuplot", "a.gp"], cwd=self.path("films"), check=True)
        wide, rows = read_png(self.path("films", "a-0005.png"))
        self.assertEqual(size, (wide, len(rows)))
        far = 0
        for i, colour in enumerate(picture):
            drawn = rows[i // width][3 * (i % width):3 * (i % width) + 3]
            far += any(abs(x - y) > 16 for x, y in zip(drawn, colour))
        self.assertEqual(far, 0)
        rows = list(csv.DictReader(self.read("films/a.csv").splitlines()))
        self.assertEqual(len(rows), 6)
        # x1' = x1 + dt x2 with Euler's rule, u = 0, a = -1 of .5 m/s^2, and h the distance to the box
        for before, after in zip(rows, rows[1:]):
            self.assertAlmostEqual(float(after["x1"]), float(before["x1"]) + .1 * float(before["x2"]), places=7)
            self.assertEqual((float(before["u0"]), float(before["a0"])), (0, -1))
            self.assertAlmostEqual(float(after["x2"]), float(before["x2"]) - .1 * .5, places=7)
            self.assertAlmostEqual(float(after["h"]), 5 - max(abs(float(after["x1"])), abs(float(after["x2"]))), places=7)

    def test_odd_names(self):
        self.duro("play", "pendulum", "--steps", "1", "--out", "an odd one's/it's.gif")
        read_gif(self.path("an odd one's/it's.gif"))

    def test_a_failure_keeps_the_older_film(self):
        self.duro("play", "pendulum", "--steps", "1", "--out", "kept.gif")
        self.fails(1, "gnuplot was not found", "play", "pendulum", "--out", "kept.gif", env={"PATH": "/nowhere"})
        read_gif(self.path("kept.gif"))

    def test_speed_and_frames(self):
        self.duro("play", "pendulum", "--steps", "8", "--speed", "400", "--out", "fast.gif")
        _, frames = read_gif(self.path("fast.gif"))
        # .05 s at four times the speed is 12.5 ms a step: every fourth is shown, 50 ms each
        self.assertEqual([frame[0] for frame in frames[:-1]], [5] * (len(frames) - 1))

    def test_every_environment(self):
        for line in self.duro("envs").stdout.splitlines():
            name = line.split()[0] if line.strip() and not line.startswith(" " * 8) else ""
            if not re.fullmatch(r"[a-z0-9-]+", name):
                continue
            with self.subTest(name):
                self.duro("play", name, "--steps", "2", "--attack", "random", "--control", "random", "--out", "e.gif")
                width, picture = self.shown(self.path("e.gif"))
                # something stands where the scene is, left of the traces, below the title
                rows = range(60, len(picture) // width - 140)
                inked = sum(picture[y * width + x] != b"\xff\xff\xff" for y in rows for x in range(70, 400))
                self.assertGreater(inked, 100)

    def test_files_and_states(self):
        self.duro("play", CRUISE, "--steps", "3", "--out", "cruise.gif")
        self.assertIn("gap (m)", self.read("cruise.gp"))
        if "cartpole-mujoco" in self.duro("envs").stdout:
            self.duro("play", *PENDULUM, "--steps", "3", "--out", "model.gif")
            self.assertTrue(read_gif(self.path("model.gif"))[1])

    def test_without_a_renderer_the_geometry_is_drawn(self):
        if "cartpole-mujoco" not in self.duro("envs").stdout:
            self.skipTest("no MuJoCo")
        # libglvnd then finds no driver
        none = {"__EGL_VENDOR_LIBRARY_FILENAMES": "/nowhere", "__EGL_VENDOR_LIBRARY_DIRS": "/nowhere"}
        done = self.duro("play", "cartpole-mujoco", "--steps", "2", "--out", "plain.gif", env=none)
        self.assertRegex(done.stdout, "MuJoCo cannot draw on this machine: .*\n.*drawn from its geometry")
        self.assertTrue(os.path.exists(self.path("plain.scene")))
        done = self.duro("play", "walker2d", "--steps", "2", "--out", "plain2.gif", env=none)
        self.assertIn("the scene is its states", done.stdout)

    def test_a_sheet(self):
        self.duro("play", "quadrotor", "--steps", "9", "--out", "sheet.png")
        with open(self.path("sheet.png"), "rb") as file:
            head = file.read(24)
        self.assertEqual(head[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(struct.unpack(">II", head[16:24])[0], 2 * 720)

    def test_mp4_goes_through_ffmpeg(self):
        os.makedirs(self.path("bin"), exist_ok=True)
        self.write("bin/ffmpeg", "#!/bin/sh\nfor last; do :; done\ncat > \"$last\"\n")
        os.chmod(self.path("bin/ffmpeg"), 0o755)
        path = {"PATH": self.path("bin") + ":" + os.environ["PATH"]}
        self.duro("play", "air3d", "--steps", "3", "--out", "raw.mp4", env=path)
        self.assertEqual(os.path.getsize(self.path("raw.mp4")), 4 * 3 * 720 * 432)  # every frame, raw
        self.write("bin/ffmpeg", "#!/bin/sh\nexit 3\n")
        self.fails(1, "ffmpeg failed with status 3", "play", "air3d", "--steps", "3", "--out", "no.mp4", env=path)
        self.assertFalse(os.path.exists(self.path("no.mp4")))

    def test_a_window_where_there_is_a_display(self):
        os.makedirs(self.path("desk"), exist_ok=True)
        self.write("desk/xdg-open", f"#!/bin/sh\necho \"$1\" > {self.path('opened.part')}\n"
                                    f"mv {self.path('opened.part')} {self.path('opened')}\n")
        os.chmod(self.path("desk/xdg-open"), 0o755)
        desk = {"PATH": self.path("desk") + ":" + os.environ["PATH"], "DISPLAY": ":77"}
        self.duro("play", "pendulum", "--steps", "1", "--out", "w.gif", "--no-window", env=desk)
        self.assertFalse(os.path.exists(self.path("opened")))
        self.duro("play", "pendulum", "--steps", "1", "--out", "w.gif", env=desk)
        self.wait_for("opened")
        self.assertEqual(self.read("opened").strip(), "w.gif")

    @unittest.skipUnless(shutil.which("Xvfb") and shutil.which("xdotool") and sdl_is_there(), "no Xvfb, xdotool or SDL")
    def test_a_window_of_our_own(self):
        """Seen through the memory of a display that no one looks at."""
        read, write = os.pipe()
        screen = self.path("screen")
        os.makedirs(screen)
        server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "900x600x24", "-fbdir", screen,
                                   "-nolisten", "tcp"], pass_fds=[write], stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (server.terminate(), server.wait()))
        os.close(write)
        with os.fdopen(read) as number:
            desk = {**NO_DISPLAY, "DISPLAY": ":" + number.readline().strip()}

        def pixels():
            with open(os.path.join(screen, "Xvfb_screen0"), "rb") as file:
                return file.read()

        def press(key):
            subprocess.run(["xdotool", "key", key], env=desk, check=True)

        empty = pixels()
        words = [DURO, "play", "double-integrator", "--steps", "40", "--control", "random", "--out", "seen.gif"]
        player = subprocess.Popen(words, cwd=self.folder, env=desk, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(player.kill)
        self.wait_until(lambda: pixels() != empty)
        self.assertTrue(os.path.exists(self.path("seen.gif")), "the file is there before the window")
        white = pixels().count(b"\xff\xff\xff\0") + pixels().count(b"\xff\xff\xff\xff")
        self.assertGreater(white, 720 * 432 / 2, "a picture of duro is mostly white")
        first = pixels()
        self.wait_until(lambda: pixels() != first)  # it moves
        press("space")
        time.sleep(.5)
        held = pixels()
        time.sleep(.5)  # five frames
        self.assertEqual(pixels(), held, "it stands")
        press("Right")
        self.wait_until(lambda: pixels() != held)
        press("Left")
        self.wait_until(lambda: pixels() == held)
        press("q")
        self.assertEqual(player.wait(300), 0)
        self.assertEqual(player.communicate()[1], b"")
        # no display behind the name: one line, and the film is there
        done = self.duro("play", "pendulum", "--steps", "1", "--out", "blind.gif", env={"DISPLAY": ":9999"})
        self.assertRegex(done.stderr, r"\Aduro: no window: [^\n]+\n\Z")
        self.assertTrue(os.path.exists(self.path("blind.gif")))

    def test_mistakes(self):
        self.fails(2, "'savety' is unknown; did you mean 'safety'", "play", "cartpole", "--attack", "savety")
        self.fails(2, "did you mean 'cartpole'", "play", "cartpol")
        self.fails(2, "ends in .gif, .png", "play", "cartpole", "--out", "film.avi")
        self.fails(2, "a safety filter needs a run", "play", "cartpole", "--filter", "on")
        self.fails(2, "wants RUN|ENV", "play")
        self.fails(1, "config.yaml", "play", ".")
        self.fails(2, "env.disturbance", "play", "cartpole", "--set", "env.disturbanc=1")
        self.write("plain", "")
        self.fails(1, "plain", "play", "cartpole", "--out", "plain/film.gif")
        self.fails(1, "/proc/none", "play", "cartpole", "--out", "/proc/none/film.gif")
        self.fails(1, "gnuplot was not found", "play", "cartpole", "--steps", "2", "--out", "bare.gif",
                   env={"PATH": "/nowhere"})
        self.assertTrue(os.path.exists(self.path("bare.gp")))
        self.fails(1, "needs ffmpeg", "play", "cartpole", "--out", "film.mp4", env={"PATH": "/nowhere"})

    def test_a_full_disk(self):
        def little_room():
            resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))

        done = subprocess.run([DURO, "play", "pendulum", "--steps", "2", "--out", "full.gif"], cwd=self.folder,
                              capture_output=True, text=True, timeout=300, preexec_fn=little_room, restore_signals=False)
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(done.stderr, r"\Aduro: [^\n]*\n\Z")
        self.assertFalse(os.path.exists(self.path("full.gif")))


EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples")
CRUISE = os.path.join(EXAMPLES, "adaptive_cruise_control.c")
PENDULUM = [os.path.join(EXAMPLES, "pendulum.xml"), "--config", os.path.join(EXAMPLES, "pendulum.yaml")]

# a sound system whose lines a test replaces
SYSTEM = """#include <duro/plugin.h>
#include <math.h>
static void step(double *x2, const double *x, const double *u, const double *a, const void *s) {
  (void)s;
  x2[0] = x[0] + .1 * x[1];
  x2[1] = x[1] + .1 * (u[0] + .5 * a[0]);
}
static double h(const double *x, const void *s) { (void)s; return fmin(5 - fabs(x[0]), 5 - fabs(x[1])); }
static double reward(const double *x2, const double *x, const double *u, const double *a, const void *s) {
  (void)x2, (void)x, (void)u, (void)a, (void)s;
  return 1;
}
DURO_PLUGIN(.nx = 2, .nu = 1, .na = 1, .dt = .1, .x_low = {-5, -5}, .x_high = {5, 5}, .h_scale = 5, .horizon = 50,
            .step = step, .h = h, .reward = reward
);
"""


class Configurations(Case):
    """configs/: one file per training, ENVIRONMENT-ALGORITHM.yaml."""

    def test_each_trains(self):
        known = self.duro("envs").stdout
        algorithms = "|".join(re.findall(r"(?m)^([A-Z][\w-]+)  ", self.duro("algorithms").stdout)).lower()
        names = sorted(name for name in os.listdir(os.path.join(EXAMPLES, "..", "configs")) if name.endswith(".yaml"))
        self.assertGreaterEqual(len(names), 8)
        for name in names:
            environment, algorithm = re.fullmatch(rf"(.*?)-({algorithms})\.yaml", name).groups()
            if not re.search(rf"^{environment} ", known, re.M):
                continue  # a build without MuJoCo
            self.duro("train", environment, "--algorithm", algorithm.upper(), "--config",
                      os.path.join(EXAMPLES, "..", "configs", name), *TINY, "--out", "runs/" + name, "--quiet")


    def test_another_environment(self):
        name = os.path.join(EXAMPLES, "..", "configs", "quadrotor-drac.yaml")
        self.fails(2, "quadrotor-drac.yaml is for the environment quadrotor, not for cartpole", "train", "cartpole",
                   "--algorithm", "DRAC", "--config", name)
        self.duro("train", "--config", name, *TINY, "--out", "runs/named", "--quiet")  # it says what it is for
        with open(self.path("runs/named/config.yaml"), encoding="utf-8") as file:
            self.assertRegex(file.read(), r'environment: "?quadrotor"?\n')


class OwnEnvironments(Case):
    """C files and MuJoCo models instead of names."""

    def system(self, *changes, name="system.c"):
        text = SYSTEM
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        return self.write(name, text)

    def train(self, *words):
        return self.duro("train", *words, "--algorithm", "DRAC", *TINY, "--quiet")

    def test_a_c_file_is_an_environment(self):
        self.train(CRUISE, "--out", "runs/cruise")
        name = "environment/adaptive_cruise_control.c"
        self.assertEqual(self.read("runs/cruise", name), self.read(CRUISE))
        config = self.read("runs/cruise/config.yaml")
        self.assertIn(f'environment: "{name}"', config)
        self.assertIn("lead: 3", config)
        self.assertIn("adaptive-cruise-control", self.read("runs/cruise/run.json"))
        done = self.duro("eval", "runs/cruise", "--episodes", "3", "--set", "env.lead=2")
        self.assertIn("on adaptive-cruise-control", done.stdout)
        self.fails(2, "env.lead", "eval", "runs/cruise", "--set", "env.leda=2")
        self.train("--config", "runs/cruise/config.yaml", "--out", "runs/cruise-again")
        for part in ("config.yaml", "eval/during.csv", name):
            self.assertEqual(self.read("runs/cruise", part), self.read("runs/cruise-again", part))
        self.train("cartpole", "--out", "runs/cruise", "--force")
        self.assertFalse(os.path.exists(self.path("runs/cruise", name)), "what an earlier run kept is gone")

    def test_a_run_keeps_its_file(self):
        self.system(name="mine.c")
        self.train("mine.c")
        self.assertTrue(os.path.exists(self.path("runs/mine-DRAC-1/environment/mine.c")))
        self.write("mine.c", "broken")
        self.duro("eval", "runs/mine-DRAC-1", "--episodes", "2")
        with open(self.path("runs/mine-DRAC-1/environment/mine.c"), "a") as file:
            file.write("// changed")
        self.fails(1, "not the file of this run any more", "eval", "runs/mine-DRAC-1")
        os.unlink(self.path("runs/mine-DRAC-1/environment/mine.c"))
        self.fails(1, "mine.c", "eval", "runs/mine-DRAC-1")

    def test_a_configuration_names_a_file_beside_it(self):
        os.makedirs(self.path("beside"), exist_ok=True)
        self.system(name="beside/system.c")
        self.write("beside/task.yaml", "run:\n  environment: system.c\n  algorithm: SAC\n")
        self.duro("train", "--config", "beside/task.yaml", "--out", "runs/beside", *TINY, "--quiet")

    def test_mistakes_in_files(self):
        self.fails(1, "absent.c", "train", "absent.c", "--algorithm", "SAC")
        self.fails(1, "bad.c:3:.*error", "train", self.system(("(void)s;", "(void)s"), ("static void step", "static viod step"),
                                                            name="bad.c"), "--algorithm", "SAC", "--out", "never")
        self.fails(1, r"crashed in .*Segmentation fault", "check",
                   self.system(("x2[0] = x[0]", "x2[0] = *(volatile double *)8"), name="crash.c"))
        self.fails(1, "did not come back", "check", self.system(("x2[0] = x[0]", "for (;;) x2[0] = x[0]"), name="loop.c"))
        self.fails(1, "'no-compiler' cannot be run", "settings", self.system(), env={"CC": "no-compiler"})
        self.fails(1, "/nowhere", "settings", "system.c", env={"TMPDIR": "/nowhere"})
        self.fails(2, "no environment", "check")
        self.fails(2, "cartpole", "check", "cartpol")
        self.assertFalse(os.path.exists(self.path("never")))

    def test_the_page_about_them(self):
        with open(os.path.join(EXAMPLES, "..", "docs", "own-environment.md")) as page:
            code = re.findall(r"^```c\n(.*?)^```", page.read(), re.M | re.S)
        self.assertEqual(len(code), 1)
        self.write("mysystem.c", code[0])
        self.assertIn("mysystem\n", self.duro("check", "mysystem.c").stdout)
        self.train("mysystem.c")
        self.duro("eval", "runs/mysystem-DRAC-1", "--episodes", "2")

    def test_a_model_is_an_environment(self):
        if "cartpole-mujoco" not in self.duro("envs").stdout:
            self.fails(1, "MuJoCo", "check", *PENDULUM)
            self.skipTest("this build lacks MuJoCo")
        self.duro("check", *PENDULUM)
        self.assertIn("env.min_tip_height", self.duro("settings", PENDULUM[0]).stdout)
        self.fails(2, "no constraint; wanted env.min_theta", "train", PENDULUM[0], "--algorithm", "SAC")
        self.write("task.yaml", "env:\n  min_tip_hight: 0.8\n")
        self.fails(1, r"task.yaml:2:3: .*env.min_tip_height", "train", PENDULUM[0], "--algorithm", "SAC", "--config", "task.yaml")
        self.train(*PENDULUM, "--out", "runs/pendulum")
        self.assertEqual(self.read("runs/pendulum/environment/pendulum.xml"), self.read(PENDULUM[0]))
        self.duro("eval", "runs/pendulum", "--episodes", "2", "--set", "env.force_bob_x=9")
        self.write("wrong.xml", "<mujoco><nonsense/></mujoco>")
        self.fails(1, "wrong.xml: .*nonsense", "check", "wrong.xml")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
