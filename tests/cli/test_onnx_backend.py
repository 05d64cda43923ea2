# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""ONNX's own conformance models, as Debian's python3-onnx makes them: each is
either computed as the standard says, or refused when it is opened, with a
message that names the file and what is not understood. Never wrong, never a
crash. Integer inputs are made constants, which is how exporters write them;
where that is not enough, all inputs but the first are."""
import concurrent.futures
import json
import os
import re
import subprocess
import sys

from common import PROGRAM, Skip, main

# What was reached; fewer is a step back.
LEAST_EQUAL = 450


def load_cases():
    try:
        import numpy
        # This version of onnx still uses names that numpy has dropped.
        for name, kind in (("float", float), ("int", int), ("bool", bool),
                           ("object", object)):
            if name not in numpy.__dict__:
                setattr(numpy, name, kind)
        import onnx.backend.test.case.model as model
        import onnx.backend.test.case.node as node
    except ImportError:
        raise Skip("python3-onnx is not here") from None
    cases = [*node.collect_testcases(None), *model.collect_testcases()]
    return list({case.name: case for case in cases
                 if case.model and case.data_sets}.values())


def as_array(value):
    """What .npy can say and the program reads; None for anything else."""
    import numpy
    if not isinstance(value, numpy.ndarray) and not numpy.isscalar(value):
        return None
    value = numpy.asarray(value)
    if value.dtype.kind == "f":
        return numpy.ascontiguousarray(value, "<f4").reshape(value.shape)
    if value.dtype.kind in "iu":
        return numpy.ascontiguousarray(value, "<i8").reshape(value.shape)
    return value if value.dtype.kind == "b" else None


def make_constant(model, inputs, keep):
    """A copy in which all inputs but those in `keep` are constants."""
    import onnx
    import onnx.numpy_helper
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for i in reversed(range(len(copy.graph.input))):
        if i not in keep:
            name = copy.graph.input[i].name
            del copy.graph.input[i]
            copy.graph.initializer.append(
                onnx.numpy_helper.from_array(inputs[i], name))
    return copy


def judge(message, is_half):
    """Half precision is computed in single: a few units of its last place."""
    found = re.search(r"by ([0-9.e+-]+); up to ([0-9.e+-]+) is", message)
    if is_half and found and float(found[1]) <= 10 * float(found[2]):
        return "equal"
    return f"wrong: {message}"


def try_model(folder, model, inputs, outputs, is_half=False):
    """"equal", "wrong", "crash" or the message of a refusal."""
    import numpy
    path = os.path.join(folder, "model.onnx")
    with open(path, "wb") as file:
        file.write(model.SerializeToString())
    words = []
    for option, arrays in (("--input", inputs), ("--expect", outputs)):
        for i, array in enumerate(arrays):
            name = os.path.join(folder, f"{option[2:]}{i}.npy")
            numpy.save(name, array)
            words += [option, name]
    done = subprocess.run([PROGRAM, "network", "check", path, "--threads", "1",
                           "--json", *words], capture_output=True, text=True,
                          timeout=60, env={**os.environ,
                                           "OPENBLAS_NUM_THREADS": "1"})
    if done.returncode == 0:
        return "equal" if json.loads(done.stdout)["ok"] else "wrong"
    if done.returncode != 1:
        return f"crash: {done.returncode} {done.stderr}"
    if "result differs" in done.stderr or "network makes" in done.stderr:
        return judge(done.stderr, is_half)
    if folder not in done.stderr or done.stderr.count("\n") != 1:
        return f"crash: an unclear message: {done.stderr}"
    return done.stderr


def try_case(folder, case):
    inputs, outputs = case.data_sets[0]
    raw = [as_array(value) for value in inputs]
    wanted = [as_array(value) for value in outputs]
    folder = os.path.join(folder, case.name)
    os.mkdir(folder)
    if (any(value is None for value in raw + wanted)
            or len(raw) != len(case.model.graph.input)
            or not any(value.dtype.kind == "f" for value in raw)):
        return try_model(folder, case.model, [], [])
    is_half = any(getattr(value, "dtype", None) == "float16"
                  for value in [*inputs, *outputs])
    reals = [i for i, value in enumerate(raw) if value.dtype.kind == "f"]
    result = "refused"
    for keep in (reals, reals[:1]):
        model = make_constant(case.model, inputs, keep)
        result = try_model(folder, model, [raw[i] for i in keep], wanted,
                           is_half)
        if "depends on the image" not in result or len(keep) < 2:
            break
    return result


def conformance(folder):
    cases = load_cases()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda case: try_case(folder, case), cases))
    bad = [f"{case.name}: {result}" for case, result in zip(cases, results)
           if result.startswith(("wrong", "crash"))]
    n_equal = results.count("equal")
    print(f"# {len(cases)} models: {n_equal} equal, "
          f"{len(cases) - n_equal - len(bad)} refused, {len(bad)} bad")
    if os.environ.get("LAM_VERBOSE"):
        for case, result in zip(cases, results):
            print(f"# {case.name}: {result.strip()}")
    assert not bad, "\n".join(bad)
    assert n_equal >= LEAST_EQUAL, f"only {n_equal} are equal"


def use_debians():
    """Packages of Debian are seen by Debian's interpreter alone."""
    try:
        import onnx  # noqa: F401
    except ImportError:
        debian = "/usr/bin/python3"
        if os.path.exists(debian) and "LAM_PYTHON_CHOSEN" not in os.environ:
            os.environ["LAM_PYTHON_CHOSEN"] = "1"
            os.execv(debian, [debian, *sys.argv])


use_debians()
main([conformance])
