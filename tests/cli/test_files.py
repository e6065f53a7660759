#!/usr/bin/env python3
"""Reads what `duro train` writes with NumPy and the package safetensors alone: test_files.py path/to/duro build/folder.

Nothing of duro takes part in the reading, so that docs/files.md is checked by what it promises to others. Where this
Python lacks one of the two, both are put into a virtual environment in the build folder; where that fails, for want of
a network for example, the test is skipped (exit status 77)."""

import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

SKIPPED = 77
ENVS, WIDTH, LAYERS, REPLAY, STEPS = 32, 16, 2, 3000, 12800
SIZES = {"envs": ENVS, "replay": REPLAY, "warmup": 640, "looks": 1}


def can_import(python):
    return subprocess.run([python, "-c", "import safetensors.numpy"], capture_output=True, timeout=300).returncode == 0


def find_python(build):
    """A Python that has both packages, None where there is none to be had."""
    own = os.path.join(build, "safetensors", "bin", "python")
    for python in (sys.executable, own):
        if os.path.exists(python) and can_import(python):
            return python
    try:
        subprocess.run([sys.executable, "-m", "venv", os.path.join(build, "safetensors")], check=True,
                       capture_output=True, timeout=120)
        subprocess.run([own, "-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "10", "numpy",
                        "safetensors"], check=True, capture_output=True, timeout=240)
    except (subprocess.SubprocessError, OSError) as error:
        print(error)
    return own if os.path.exists(own) and can_import(own) else None


def read(path):
    """(tensors, notes) of a file."""
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}


def check_checksum(path, tensors):
    """It is the end of the file, and eight bytes."""
    with open(path, "rb") as file:
        bytes_ = file.read()
    assert tensors["__xxh3__"].tobytes() == bytes_[-8:], path
    length = struct.unpack("<Q", bytes_[:8])[0]
    assert json.loads(bytes_[8:8 + length])["__xxh3__"]["data_offsets"][1] == len(bytes_) - 8 - length, path


def layers(params, inputs, outputs):
    """[(weights, biases), ...] of one network, as the page describes its numbers; their paddings are zero."""
    import numpy

    at, result, before = 0, [], inputs
    for size in [WIDTH] * LAYERS + [outputs]:
        row, end = -(-before // 16) * 16, -(-size // 16) * 16
        weights = params[at:at + size * row].reshape(size, row)
        biases = params[at + size * row:at + size * row + end]
        assert not numpy.any(weights[:, before:]) and not numpy.any(biases[size:])
        assert numpy.all(numpy.any(weights[:, :before], axis=1))
        result.append((weights[:, :before], biases[:size]))
        at, before = at + size * row + end, size
    assert at == params.size, (at, params.size)
    return result


def check_networks(run, checkpoint):
    """The snapshot holds the networks of the checkpoint of its step, of the shapes that its notes give."""
    import numpy

    snapshot, notes = read(os.path.join(run, "policies", f"step-{STEPS}.safetensors"))
    assert notes["algorithm"] == "DRAC" and notes["environment"] == "cartpole", notes
    assert (int(notes["width"]), int(notes["layers"]), int(notes["step"])) == (WIDTH, LAYERS, STEPS), notes
    names = sorted(set(snapshot) - {"__xxh3__"})
    assert names == ["Qh", "lambda", "mu", "mu_h", "obs_scale", "obs_shift", "pi", "pi_h"], names
    for name in names:
        if name.startswith("obs_"):  # how observations are scaled, a number for each
            assert snapshot[name].shape == (4,), name
            continue
        outputs = 2 if name == "pi" else 1  # pi is a Gaussian: mean and log std
        layers(snapshot[name], int(notes[name + ".inputs"]), outputs)
        assert numpy.array_equal(snapshot[name], checkpoint[name]), name
    return len(names)


def replay(run, checkpoint):
    """The newest transitions, oldest first: the blocks, then what the checkpoint holds itself."""
    import numpy

    folder = os.path.join(run, "checkpoints")
    firsts = sorted(int(name[len("replay-"):-len(".safetensors")]) for name in os.listdir(folder)
                    if name.startswith("replay-"))
    blocks = []
    for first in firsts:
        path = os.path.join(folder, f"replay-{first}.safetensors")
        tensors, _ = read(path)
        check_checksum(path, tensors)
        blocks.append(tensors["replay"])
    assert all(first + len(block) == after for first, block, after in zip(firsts, blocks, firsts[1:]))
    rows = numpy.concatenate(blocks + [checkpoint["replay.tail"]])
    assert firsts[0] + len(rows) == STEPS, (firsts, len(rows))
    return rows[-REPLAY:]


def check_replay(rows, checkpoint):
    """Each environment goes on where it was, unless its episode ended; the last states are those of the checkpoint."""
    import numpy

    x, u, a, after, h2, failed = (rows[:, :4], rows[:, 4], rows[:, 5], rows[:, 8:12], rows[:, 12], rows[:, 13])
    assert numpy.all(numpy.abs(u) <= 1) and numpy.all(numpy.abs(a) <= 1)
    assert set(numpy.unique(failed)) <= {0, 1} and numpy.all(h2[failed == 1] < 0)
    goes_on = numpy.all(x[ENVS:] == after[:-ENVS], axis=1)
    assert not numpy.any(goes_on & (failed[:-ENVS] == 1))
    # the rest reached the horizon of 250 steps, which these rows are too few for to see twice in one environment
    assert len(rows) < 250 * ENVS and numpy.sum(~goes_on & (failed[:-ENVS] == 0)) <= ENVS
    last, now = after[-ENVS:], checkpoint["env.x"].astype(numpy.float32)
    same = numpy.all(last == now, axis=1)
    assert numpy.array_equal(same, checkpoint["env.t"] > 0), same  # the others have begun anew
    return len(rows)


def main(duro, build):
    if len(sys.argv) < 4:
        python = find_python(build)
        if not python:
            print("skipped: this Python lacks NumPy or safetensors, and they could not be installed into", build)
            return SKIPPED
        if python != sys.executable:
            return subprocess.run([python, __file__, duro, build, "found"]).returncode
    folder = tempfile.mkdtemp(prefix="duro-files-")
    try:
        run = os.path.join(folder, "run")
        settings = [f"train.{name}={value}" for name, value in SIZES.items()]
        settings += [f"learn.width={WIDTH}", f"learn.layers={LAYERS}", "learn.batch=32"]
        subprocess.run([duro, "train", "cartpole", "--algorithm", "DRAC", "--out", run, "--quiet", "--steps", str(STEPS),
                        *(word for setting in settings for word in ("--set", setting))], check=True, timeout=300)
        with open(os.path.join(run, "checkpoints", "latest")) as latest:
            path = os.path.join(run, "checkpoints", latest.read().strip())
        checkpoint, _ = read(path)
        check_checksum(path, checkpoint)
        print(check_networks(run, checkpoint), "networks,", check_replay(replay(run, checkpoint), checkpoint),
              "transitions are as docs/files.md has them")
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])))
