#!/usr/bin/env python3
"""Files that earlier versions wrote are read by this one: test_fixtures.py path/to/duro path/to/duro-recheck SOURCE.

tests/fixtures/VERSION is kept as that version left it and is never made anew. A run is evaluated, with the numbers of that
version; its config.yaml trains the same networks again; it goes on from its checkpoint; a certificate is proved again. 0.1.0 is from before files said their format, format-1 says 1. Files of a
later format are refused by what they say of themselves."""

import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def tensors(*path):
    """{name: (type, shape, bytes)} without the checksum."""
    content = read(*path)
    start = 8 + struct.unpack("<Q", content[:8])[0]
    return {name: (about["dtype"], about["shape"], content[start:][slice(*about["data_offsets"])])
            for name, about in json.loads(content[8:start]).items() if not name.startswith("__")}


def call(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, (words, done.returncode, done.stderr)
    return done.stdout


def refuse(said, *words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and said in done.stderr and done.stderr.count("\n") == 1, (words, done.returncode, done.stderr)


def check_first(duro, recheck, kept, folder):
    """0.1.0"""
    run, again = os.path.join(folder, "run"), os.path.join(folder, "again")
    shutil.copytree(os.path.join(kept, "run"), run)
    call(duro, "eval", run, "--out", os.path.join(folder, "eval"), "--episodes", "4")
    assert read(folder, "eval", "run", "summary.csv") == read(kept, "summary.csv")
    call(duro, "train", "--config", os.path.join(run, "config.yaml"), "--out", again, "--quiet")
    for name in ("step-312.safetensors", "step-640.safetensors"):
        old, new = tensors(run, "policies", name), tensors(again, "policies", name)
        assert len(old) == 6, sorted(old)
        for network, content in old.items():  # a later version may have more in the file
            assert new.get(network) == content, (name, network)
    # its checkpoint goes on; settings that came later are those of the plain algorithms
    call(duro, "train", "--resume", run, "--steps", "960", "--quiet")
    assert os.path.exists(os.path.join(run, "checkpoints", "step-960.safetensors")), os.listdir(os.path.join(run, "checkpoints"))
    assert "PROVED" in call(recheck, os.path.join(kept, "solution", "set.certificate"))


def set_format(path, value):
    with open(path) as file:
        about = json.load(file)
    assert about["format"] == 1, path
    with open(path, "w") as file:
        json.dump({**about, "format": value}, file)


def check_format_1(duro, recheck, kept, folder):
    run, solution = os.path.join(folder, "run"), os.path.join(folder, "solution")
    shutil.copytree(os.path.join(kept, "run"), run)
    shutil.copytree(os.path.join(kept, "solution"), solution)
    call(duro, "eval", run, "--out", os.path.join(folder, "eval"), "--episodes", "4")
    assert read(folder, "eval", "run", "summary.csv") == read(kept, "summary.csv")
    assert "PROVED" in call(recheck, os.path.join(solution, "set.certificate"))
    # its state is one of the program that solved it, and another one says so
    done = subprocess.run([duro, "sets", run, "--solution", solution, "--points", "11", "--starts", "4"], capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 0 or (done.returncode == 2 and "(the program is another one)\n" in done.stderr), done
    # trained, chosen and tried; the checkpoint and the blocks of its replay go on
    before = tensors(run, "policies", "step-1280.safetensors")
    call(duro, "train", "--resume", run, "--steps", "1600", "--quiet")
    assert read(run, "plan.csv").decode().splitlines()[1].startswith("1280,1600,"), read(run, "plan.csv")
    assert tensors(run, "policies", "step-1280.safetensors") == before
    later = ": of a later version of duro: its format is 2, and this version reads formats up to 1"
    set_format(os.path.join(solution, "grid.json"), 2)
    refuse("grid.json" + later, duro, "sets", run, "--solution", solution, "--points", "11", "--starts", "4")
    set_format(os.path.join(run, "run.json"), 2)
    refuse("run.json" + later, duro, "verify", run, "--quiet")


def main(duro, recheck, source):
    for version, check in ("0.1.0", check_first), ("format-1", check_format_1):
        folder = tempfile.mkdtemp(prefix="duro-fixtures-")
        try:
            check(duro, recheck, os.path.join(source, "tests", "fixtures", version), folder)
        finally:
            shutil.rmtree(folder)
    print("runs, their settings, solutions and certificates of earlier versions are read")
    return 0


if __name__ == "__main__":
    sys.exit(main(*(os.path.abspath(word) for word in sys.argv[1:4])))
