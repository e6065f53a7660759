#!/usr/bin/env python3
"""Plays an exported policy without duro: pip install numpy onnxruntime; python act.py cartpole_policy.onnx 0.1 0 -0.5 0

The words after the file are an observation, in the units of the environment."""

import sys

import numpy
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1])
about = session.get_modelmeta().custom_metadata_map
obs = numpy.array([[float(word) for word in sys.argv[2:]]], dtype=numpy.float32)  # a row for each observation
u, what, *value = session.run(None, {"obs": obs})
print(f"{about['algorithm']} on {about['environment']}, hash {about['hash']}")
print("control", *u[0], "by", ("pi", "the safety policy", "the fallback")[what[0, 0]])
if value:
    print("safety value", value[0][0, 0])
