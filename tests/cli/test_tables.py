#!/usr/bin/env python3
"""Walks through the program's own tables: test_tables.py path/to/duro. Every command and option as `duro --help` and
`duro COMMAND --help` list them, every setting as `duro settings --markdown` lists it. tests/rl/test_tables.c and
tests/game/test_solver_tables.c walk through values and files of the same settings; tests/package through the manual
page and the completions."""

import os
import re
import sys
import unittest

from test_cli import EXAMPLES, TINY, Case


class Options(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commands = {name: cls.options(name) for name in re.findall(r"(?m)^  (\w+)  ", cls.say("--help"))}
        assert len(cls.commands) >= 10, cls.commands

    @classmethod
    def say(cls, *words):
        return cls.duro(cls(), *words).stdout

    @classmethod
    def options(cls, command):
        """{name: (placeholder or None, help)} of a command."""
        rows = re.findall(r"(?m)^  --([\w-]+)(?: (\S+))?(?:  +|\n +)(.*(?:\n {22}.*)*)", cls.say(command, "--help"))
        return {name: (value or None, re.sub(r"\s+", " ", text)) for name, value, text in rows}

    def words(self, command):
        """What stands before options, so that only they are at fault."""
        placeholder = re.match(rf"usage: duro {command} (\S+) \[options\]", self.say(command, "--help"))
        return [command] + (["pendulum"] if placeholder else [])

    def each(self):
        return [(command, name, value, text) for command, options in self.commands.items()
                for name, (value, text) in options.items()]

    def test_help(self):
        for _, name, value, text in self.each():
            self.assertRegex(text, r".[.)]$", f"--{name}")
            if value:
                self.assertNotRegex(value, "[a-z]")

    def test_a_letter_too_much(self):
        for command, name, _, _ in self.each():
            self.fails(2, rf"'--q{name}' is unknown; did you mean '--{name}'\?", *self.words(command), f"--q{name}=1")

    def test_values(self):
        for command, name, value, _ in self.each():
            if value:
                self.fails(2, rf"--{name} wants a value: --{name} {re.escape(value)}", *self.words(command), f"--{name}")
            elif name != "help":
                self.fails(2, f"--{name} takes no value", *self.words(command), f"--{name}=yes")

    def test_choices(self):
        seen = 0
        for command, name, value, text in self.each():
            choices = re.search(r" \(([\w-]+(\|[\w-]+)+)\)$", text)
            if value and choices:
                self.fails(2, rf"--{name} is 'nothing'; wanted one of {re.escape(choices[1])}", *self.words(command),
                           f"--{name}", "nothing")
                seen += 1
        self.assertGreater(seen, 1)

    def test_numbers(self):
        """A number that is none: the message names the option, or the setting that it is short for, and the value."""
        seen = 0
        for command, name, value, text in self.each():
            if value not in ("N", "G", "K", "PERCENT", "NUMBERS", "SHAPE"):
                continue
            setting = re.search(r"Short for --set ([\w.]+)=", text)
            named = re.escape(setting[1]) if setting else f"--{name}"
            words = ["train", "pendulum", "--algorithm", "SAC"] if command == "train" else self.words(command)
            done = self.fails(2, rf"{named}\b.*ten|ten.*{named}\b", *words, f"--{name}", "ten")
            self.assertRegex(done.stderr, "wanted")
            seen += 1
        self.assertGreater(seen, 8)

    def test_assignments(self):
        for command, name, value, _ in self.each():
            if not value or "=V" not in value or command == "eval":  # whose runs come first
                continue
            words = ["train", "pendulum", "--algorithm", "SAC"] if command == "train" else self.words(command)
            self.fails(2, "wanted|unknown|env.name=value", *words, f"--{name}", "nonsense")
            if command == "attack":  # which name the environment does not have is known when the run is open
                continue
            self.fails(2, r"env\.nonsense.*|unknown", *words, f"--{name}", "env.nonsense=1")


class Settings(Case):
    ROW = r"(?m)^\| `(\w+)\.(\w+)` \| (.*?) \| (.*?) \| ((?:\\\||[^|])*?) \| (.*) \|$"

    def rows(self, *words):
        return [(group, name, initial, span.replace("\\|", "|"))
                for group, name, initial, _, span, _ in re.findall(self.ROW, self.duro("settings", "--markdown",
                                                                                       *words).stdout)]

    def command(self, group, environment):
        if group == "game":
            return ["solve", os.path.join(EXAMPLES, "corridor.json"), "--out", "never"]
        if group in ("grid", "certificate"):
            return ["solve", "double-integrator", "--out", "never", "--no-pictures"]
        return ["train", environment, "--algorithm", "SAC", "--out", "never"]

    def wrong(self, span):
        """Values that the row must refuse."""
        numbers = re.fullmatch(r"(\S+) to (\S+)", span)
        if numbers:
            low, high = float(numbers[1]), float(numbers[2])
            below, above = [f"{low - 1:.0f}"], [f"{2 * high + 1:.0f}"]
            return ["many"] + (below if abs(low) < 1e9 else []) + (above if high < 1e15 else [])
        return [] if span in ("text", "a file") else ["nothing"]

    def walk(self, rows, environment):
        for group, name, _, span in rows:
            for value in self.wrong(span):
                with self.subTest(f"{environment}: {group}.{name}={value}"):
                    self.fails(2, rf'{group}\.{name} is "{re.escape(value)}"; wanted ', *self.command(group, environment),
                               "--set", f"{group}.{name}={value}")
            with self.subTest(f"{environment}: {group}.q{name}"):
                self.fails(2, rf'unknown setting "{group}\.q{name}"; did you mean "{group}\.{name}"\?',
                           *self.command(group, environment), "--set", f"{group}.q{name}=1")

    def test_what_is_refused(self):
        """By --set; a refused command leaves nothing."""
        every = self.rows("double-integrator")
        self.assertGreater(len(every), 60)
        self.walk(every, "double-integrator")
        for environment in re.findall(r"^[a-z]\S*", self.duro("envs").stdout, re.M):
            own = [row for row in self.rows(environment) if row[0] == "env"]
            self.assertTrue(own, environment)
            if environment != "double-integrator":
                self.walk(own, environment)
        self.assertFalse(os.path.exists(self.path("never")))

    def test_a_run_writes_every_one(self):
        """config.yaml holds each row of the table, at what was set, else at its default, and makes itself again."""
        rows = self.rows("cartpole")
        given = dict(word.split("=") for word in TINY if "=" in word)
        given.update({"train.steps": "960", "run.environment": "cartpole", "run.algorithm": "DRAC"})
        self.duro("train", "cartpole", "--algorithm", "DRAC", "--out", "run", "--quiet", "--steps", "960",
                  *[word for word in TINY[2:] if word not in ("--preset", "paper")])
        self.duro("train", "--config", "run/config.yaml", "--out", "again", "--quiet")
        text = self.read("run", "config.yaml")
        self.assertEqual(text, self.read("again", "config.yaml"))
        group, written = None, {}
        self.assertEqual(text.splitlines()[-1], "# end")
        for line in text.splitlines()[:-1]:
            if line.endswith(":") and not line.startswith(" "):
                group = line[:-1]
                continue
            name, value = line.strip().split(": ", 1)
            written[f"{group}.{name}"] = value.split(" #")[0].strip('"')
        wanted = {f"{group}.{name}": given.get(f"{group}.{name}", initial) for group, name, initial, _ in rows
                  if group in ("run", "train", "learn", "env")}
        self.assertEqual(written, wanted)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
