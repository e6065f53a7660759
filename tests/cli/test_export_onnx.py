#!/usr/bin/env python3
"""Holds the graphs of `duro export --to onnx` against ONNX Runtime: test_export_onnx.py SOURCE DURO EXPORT_COMPARE C-COMPILER BUILD.

onnx's own checker reads every graph, with its inference of shapes; ONNX Runtime computes it for thousands of observations, with NaN,
infinite and large ones among them, and what comes out is compared with the C export, which has the bits of the library
(tests/cli/test_export.py). Where this Python lacks onnx or onnxruntime, both are put into a virtual environment in the build
folder; where that fails, for want of a network for example, the test is skipped (exit status 77)."""

import ctypes
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED, COUNT, FAULTS = 77, 3000, 4
# sums of float in another order, where they are about as large as what comes out; weights that are three times as large in
# up to five layers make them up to 240 times as large
CLOSE, CLOSE_MADE = 1e-6, 2e-5
TRAINED = ["--quiet", "--set", "learn.width=32", "--set", "learn.batch=32", "--set", "train.envs=32", "--set", "train.warmup=640",
           "--set", "train.trial=0", "--set", "train.looks=1", "--set", "train.choose=false", "--steps", "6400"]


def can_import(python):
    return subprocess.run([python, "-c", "import onnx, onnxruntime"], capture_output=True, timeout=300).returncode == 0


def find_python(build):
    """A Python that has both packages, None where there is none to be had."""
    own = os.path.join(build, "onnx", "bin", "python")
    for python in (sys.executable, own):
        if os.path.exists(python) and can_import(python):
            return python
    try:
        subprocess.run([sys.executable, "-m", "venv", os.path.join(build, "onnx")], check=True, capture_output=True, timeout=120)
        subprocess.run([own, "-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "10", "onnx", "onnxruntime"],
                       check=True, capture_output=True, timeout=400)
    except (subprocess.SubprocessError, OSError) as error:
        print(error)
    return own if os.path.exists(own) and can_import(own) else None


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


class Compiled:
    """The C export in this process."""

    def __init__(self, folder, compiler):
        import numpy

        (source,) = glob.glob(os.path.join(folder, "*.c"))
        self.prefix = os.path.basename(source)[:-2]
        path = os.path.join(folder, "compiled.so")
        run(compiler, "-O2", "-fPIC", "-shared", source, "-o", path)
        library = ctypes.CDLL(path)
        pointer = numpy.ctypeslib.ndpointer(numpy.float32, flags="C")
        for name, inputs in (("act", 2), ("task", 2), ("safe", 2), ("safety_value", 1), ("action_value", 2)):
            function = getattr(library, f"{self.prefix}_{name}", None)
            if function:
                function.argtypes = [pointer] * inputs
                function.restype = ctypes.c_float if name.endswith("value") else ctypes.c_int
            setattr(self, name, function)


def observations(session, count, folder):
    """Random ones where the networks look, faults among them."""
    import numpy

    with open(os.path.join(folder, "ranges.h")) as file:
        ranges = {name: numpy.array([float(word.rstrip("f")) for word in values.split(", ")])
                  for name, values in re.findall(r"range_(\w+)\[\d+\] = \{(.*?)\}", file.read())}
    shape = (count, session.get_inputs()[0].shape[1])
    random = numpy.random.default_rng(1)
    obs = (ranges["centre"] + 2 * ranges["spread"] * random.uniform(-1, 1, shape)).astype(numpy.float32)
    for row, fault in enumerate((numpy.nan, numpy.inf, -numpy.inf, 3e38)):
        obs[row, random.integers(shape[1])] = fault
    return obs


def difference(compiled, row, u, what, got_u, got_what, notes):
    """By how much two values differ that a decision compares, where the two programs decided otherwise."""
    import numpy

    if what != got_what:  # the filter
        compiled.task(row, u)
        return compiled.action_value(row, u), float(notes["margin"])
    assert compiled.safe  # the safety policy, among pi_h and the corners
    return compiled.action_value(row, u), compiled.action_value(row, numpy.ascontiguousarray(got_u))


def compare(name, folder, compiler, close):
    import numpy
    import onnx
    import onnxruntime

    compiled = Compiled(folder, compiler)
    path = os.path.join(folder, compiled.prefix + ".onnx")
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert [entry.version for entry in model.opset_import] == [13] and model.ir_version == 7
    assert not [w for w in model.graph.initializer if not any(w.name in node.input for node in model.graph.node)], name
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options)
    notes = session.get_modelmeta().custom_metadata_map
    obs = observations(session, COUNT, folder)
    got = dict(zip([output.name for output in session.get_outputs()], session.run(None, {"obs": obs})))
    assert all(numpy.isfinite(values).all() for values in got.values()), name
    with open(os.path.join(folder, compiled.prefix + ".c")) as file:
        unit = float((re.findall(r"h_unit = ([\d.e+-]+)f", file.read()) or ["1"])[0])
    u, edges, worst, acted = numpy.zeros(got["u"].shape[1], numpy.float32), 0, 0.0, set()
    for i, row in enumerate(obs):
        what = compiled.act(row, u)
        acted.add(what)
        if i < FAULTS:
            assert what == got["what"][i, 0] == 2 and numpy.array_equal(u, got["u"][i]), (name, i)
            assert "value" not in got or got["value"][i, 0] == numpy.float32(compiled.safety_value(row))
            continue
        if "value" in got:
            wanted = compiled.safety_value(row)
            worst = max(worst, abs(wanted - got["value"][i, 0]) / max(unit, abs(wanted)))
        error = numpy.abs(u - got["u"][i]).max()
        if what == got["what"][i, 0] and error < close:
            worst = max(worst, error)
            continue
        edges += 1
        one, other = difference(compiled, row, u, what, got["u"][i], got["what"][i, 0], notes)
        assert abs(one - other) < 10 * close * max(unit, abs(one)), (name, i, one, other, error)
    assert worst < close and edges < COUNT / 50, (name, worst, edges)
    print(f"{name}: {COUNT} observations within {worst:.1e}, {edges} on the edge of a decision; who acts: {sorted(acted)}")
    return path


def main(source, duro, tool, compiler, build):
    python = sys.executable if "found" in sys.argv else find_python(build)
    if not python:
        print("skipped: this Python lacks onnx or onnxruntime, and they could not be installed into", build)
        return SKIPPED
    if python != sys.executable:
        return subprocess.run([python, *sys.argv, "found"]).returncode
    folder = tempfile.mkdtemp(prefix="duro-onnx-")
    try:
        for number in range(9):
            out = os.path.join(folder, str(number))
            os.mkdir(out)
            for what in ("make", "onnx", "ranges"):
                run(tool, what, str(number), out)
            compare(f"random weights {number}", out, compiler, CLOSE_MADE)
        tanks = os.path.join(source, "tests/recipe/tanks.c")
        for name, environment, words in (("drac", "cartpole", TRAINED), ("litres", tanks, TRAINED),
                                         ("greedy", "cartpole", TRAINED + ["--set", "learn.filter_greedy=true"])):
            trained, out = os.path.join(folder, "runs", name), os.path.join(folder, name)
            run(duro, "train", environment, "--algorithm", "DRAC", "--out", trained, *words)
            for form in ("c", "onnx"):
                run(duro, "export", trained, "--to", form, "--out", out)
            run(tool, "ranges", trained, out)
            path = compare(name, out, compiler, CLOSE)
        print(run(python, os.path.join(source, "examples/export/act.py"), path, "0.1", "0", "-0.5", "0"), end="")
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(*[os.path.abspath(word) for word in sys.argv[1:4]], sys.argv[4], os.path.abspath(sys.argv[5])))
