#!/usr/bin/env python3
"""Lets TensorBoard itself read what `duro train` writes: test_tensorboard.py path/to/duro build/folder.

The event file of a short run is read with tensorboard's own reader and compared with train.csv and eval/during.csv, value
for value. Where this Python has no tensorboard, one is put into a virtual environment in the build folder; where that
fails, for want of a network for example, the test is skipped (exit status 77)."""

import csv
import math
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
TINY = ["--preset", "paper", "--steps", "3200", "--set", "learn.width=16", "--set", "learn.batch=32", "--set", "train.warmup=640",
        "--set", "train.envs=32", "--set", "train.report_every=5", "--set", "train.replay=5000"]


def can_import(python):
    done = subprocess.run([python, "-c", "import tensorboard.backend.event_processing.event_accumulator"],
                          capture_output=True, timeout=300)
    return done.returncode == 0


def find_python(build):
    """A Python that has tensorboard, None where there is none to be had."""
    own = os.path.join(build, "tensorboard", "bin", "python")
    for python in (sys.executable, own):
        if os.path.exists(python) and can_import(python):
            return python
    try:
        subprocess.run([sys.executable, "-m", "venv", os.path.join(build, "tensorboard")], check=True,
                       capture_output=True, timeout=120)
        subprocess.run([own, "-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "10", "tensorboard"],
                       check=True, capture_output=True, timeout=240)
    except (subprocess.SubprocessError, OSError) as error:
        print(error)
    return own if os.path.exists(own) and can_import(own) else None


def single(value):
    """The number as the float that an event holds."""
    return struct.unpack("f", struct.pack("f", value))[0]


def wanted_scalars(folder):
    """{tag: [(step, value), ...]} from the CSV files."""
    scalars = {}
    for file, group, columns in (("train.csv", "train", None), ("eval/during.csv", "eval", ["return", "violating"])):
        with open(os.path.join(folder, file), newline="") as table:
            for row in csv.DictReader(table):
                for name in columns or row:
                    if name != "step" and row[name]:
                        scalars.setdefault(f"{group}/{name}", []).append((int(row["step"]), single(float(row[name]))))
    return scalars


def compare(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(folder, size_guidance={"scalars": 0}).Reload()
    wanted = wanted_scalars(folder)
    tags = set(events.Tags()["scalars"])
    assert tags == set(wanted), tags ^ set(wanted)
    for tag, values in wanted.items():
        got = [(event.step, event.value) for event in events.Scalars(tag)]
        assert got == values, (tag, got, values)
        times = [event.wall_time for event in events.Scalars(tag)]
        assert times == sorted(times) and all(math.isfinite(time) and time > 1.6e9 for time in times), tag
    assert "train/return" in tags and len(wanted["train/alpha"]) >= 5 and wanted["eval/violating"]
    return len(wanted), sum(len(values) for values in wanted.values())


def check_events(folder):
    """Framing and checksums, by the reader that tensorboard has for them, and the version of the format."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    files = [name for name in os.listdir(folder) if name.startswith("events.out.tfevents.")]
    assert len(files) == 1, files
    events = list(EventFileLoader(os.path.join(folder, files[0])).Load())
    assert events[0].file_version == "brain.Event:2", events[0]
    with open(os.path.join(folder, "train.csv")) as train, open(os.path.join(folder, "eval/during.csv")) as during:
        rows = len(train.readlines()) + len(during.readlines()) - 2
    assert len(events) == 1 + rows, (len(events), rows)


def follow(duro, folder):
    """TensorBoard sees more and more of a run that goes on, and all of it when it has ended."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    child = subprocess.Popen([duro, "train", "cartpole", "--algorithm", "SAC", "--out", folder, "--quiet", *TINY,
                              "--steps", "100000000", "--set", "train.report_every=2000"])
    seen = [0]
    try:
        events, end = EventAccumulator(folder, size_guidance={"scalars": 0}), time.monotonic() + 300
        while len(seen) < 4:
            assert child.poll() is None and time.monotonic() < end, seen
            time.sleep(.2)
            if os.path.isdir(folder):
                events.Reload()
            if "train/alpha" in events.Tags()["scalars"]:
                count = len(events.Scalars("train/alpha"))
                seen += [count] * (count > seen[-1])
    finally:
        child.send_signal(signal.SIGINT)
        status = child.wait(timeout=300)
    assert status == 130, status
    compare(folder)
    return seen[1:]


def main(duro, build):
    if len(sys.argv) < 4:
        python = find_python(build)
        if not python:
            print("skipped: this Python has no tensorboard, and it could not be installed into", build)
            return SKIPPED
        if python != sys.executable:
            return subprocess.run([python, __file__, duro, build, "found"]).returncode
    folder = tempfile.mkdtemp(prefix="duro-tensorboard-")
    try:
        for algorithm in ("DRAC", "SAC"):
            run = os.path.join(folder, algorithm)
            subprocess.run([duro, "train", "cartpole", "--algorithm", algorithm, "--out", run, "--quiet", *TINY],
                           check=True, timeout=300)
            check_events(run)
            print("%s: %d tags, %d values are those of the CSV files" % (algorithm, *compare(run)))
        print("rows seen while a run went on:", *follow(duro, os.path.join(folder, "live")))
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])))
