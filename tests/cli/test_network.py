# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""network info, check and benchmark, on an ONNX file written here byte by
byte: y = ReLU (conv (x, w)), w all ones."""
import os
import struct

from common import main, run, run_json
from onnx_file import field, node, value_info


def make_network(folder, kind="Relu", value=1.0, filters=1):
    """2-D, one channel to `filters`, kernel 3×3, padding 1."""
    pads = field(1, "pads") + field(20, 7) + b"".join(
        field(8, 1) for _ in range(4))
    weights = (b"".join(field(1, dim) for dim in (filters, 1, 3, 3)) + field(2, 1)
               + field(8, "w") + field(9, struct.pack(f"<{9 * filters}f", *[value] * 9 * filters)))
    graph = (node("Conv", ["x", "w"], "c", field(5, pads))
             + node(kind, ["c"], "y") + field(5, weights)
             + field(11, value_info("x", ["n", 1, "h", "w"]))
             + field(12, value_info("y", ["n", filters, "h", "w"])))
    path = os.path.join(folder, "net.onnx")
    with open(path, "wb") as file:
        file.write(field(1, 7) + field(7, graph) + field(8, field(2, 13)))
    return path


def write_npy(path, shape, values):
    head = str({"descr": "<f4", "fortran_order": False, "shape": shape})
    head = head.ljust(117) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head))
                   + head.encode() + struct.pack(f"<{len(values)}f", *values))
    return path


def info(folder):
    found = run_json("network", "info", make_network(folder))
    assert found["parameters"] == 9, found
    assert found["nodes"] == 1, "the ReLU is not fused"
    assert found["inputs"] == [{"name": "x", "shape": [-1, 1, -1, -1]}], found
    assert found["outputs"] == ["y"], found


def check(folder):
    path = make_network(folder)
    image = write_npy(os.path.join(folder, "a.npy"), (1, 1, 2, 3),
                      [1, 2, 3, 4, 5, -99])
    right = [12, max(0, 15 - 99), 0] * 2
    same = write_npy(os.path.join(folder, "b.npy"), (1, 1, 2, 3), right)
    found = run_json("network", "check", path, "--input", image,
                     "--expect", same)
    assert found["ok"] and found["max_abs_error"] < 1e-4, found
    right[0] = 13
    other = write_npy(os.path.join(folder, "c.npy"), (1, 1, 2, 3), right)
    text = run("network", "check", path, "-i", image, "-e", other, code=1)
    assert "c.npy" in text, text
    small = write_npy(os.path.join(folder, "d.npy"), (1, 1, 1, 1), [1])
    text = run("network", "check", path, "-i", image, "-e", small, code=1)
    assert "1×1×1×1" in text and "1×1×2×3" in text, text


def benchmark(folder):
    path = make_network(folder)
    for threads in (1, 2):
        found = run_json("network", "benchmark", path, "--size", "1,40,50",
                         "--threads", threads, "--runs", 3)
        assert found["runs"] == 3 and found["threads"] == threads, found
        assert found["flops"] == 2 * 9 * 40 * 50, found
        assert found["arena_bytes"] >= 2 * 4 * 40 * 50, found
        assert found["peak_bytes"] > found["arena_bytes"], found
        assert found["seconds"] > 0, found


def benchmark_fast(folder):
    """As fast as the processor can; where it cannot, that is said."""
    path = make_network(folder)
    words = ["network", "benchmark", path, "--size", "1,40,50", "--runs", 2,
             "--fast"]
    found = run_json(*words)
    if found["fast"]:
        assert found["float_seconds"] > 0, found
        assert 0 <= found["max_rel_error"] < 1e-2, found
    os.environ["LAM_ISA"] = "plain"
    try:
        found = run_json(*words)
        text = run(*words)
    finally:
        del os.environ["LAM_ISA"]
    assert found["fast"] is False and "max_rel_error" not in found, found
    assert "agreement" not in text, text
    text = run("network", "benchmark", path, "--fast", "--train", code=2)
    assert "--fast" in text, text


def benchmark_training(folder):
    path = make_network(folder, filters=3)
    found = run_json("network", "benchmark", path, "--train", "--size",
                     "1,40,50", "--threads", 2, "--runs", 2)
    assert found["runs"] == 2 and found["threads"] == 2, found
    assert found["flops"] == 3 * 2 * 9 * 40 * 50, found
    # The image, logits and their gradient.
    assert found["arena_bytes"] >= 7 * 4 * 40 * 50, found
    assert found["peak_bytes"] > found["arena_bytes"], found
    assert found["seconds"] > 0, found
    text = run("network", "benchmark", make_network(folder), "--train", code=1)
    assert "1×1×64×64" in text and "2 to 65535 classes" in text, text
    text = run("network", "benchmark", path, "--train", "-i", "x.npy", code=2)
    assert "--train" in text, text


def convert(folder):
    path = make_network(folder)
    out = os.path.join(folder, "out.onnx")
    run("network", "convert", path, out, "--opset", "17",
        "--set", "lamella.classes=cell,blood vessel", "--set", "mine=1=2")
    found = run_json("network", "info", out)
    assert found["opset"] == 17 and found["parameters"] == 9, found
    assert found["inputs"] == [{"name": "x", "shape": [-1, 1, -1, -1]}], found
    assert found["metadata"] == {"lamella.classes": "cell\nblood vessel",
                                 "mine": "1=2"}, found
    assert "cell, blood vessel" in run("network", "info", out)
    assert "--force" in run("network", "convert", path, out, code=1)
    run("network", "convert", out, out, "--force", "--unset", "mine")
    found = run_json("network", "info", out)
    assert list(found["metadata"]) == ["lamella.classes"], found
    image = write_npy(os.path.join(folder, "a.npy"), (1, 1, 1, 2), [1, 2])
    same = write_npy(os.path.join(folder, "b.npy"), (1, 1, 1, 2), [3, 3])
    run("network", "check", out, "-i", image, "-e", same)
    missing = os.path.join(folder, "no", "out.onnx")
    assert missing in run("network", "convert", path, missing, code=1)
    for words in (["--opset", "12"], ["--opset", "19"], ["--set", "x"]):
        text = run("network", "convert", path, out, *words, code=2)
        assert words[0] in text, text
    text = run("network", "convert", path, out, "--set",
               "lamella.tile_zyx=1,2", code=1)
    assert "lamella.tile_zyx" in text and "1,2" in text, text
    text = run("network", "convert", out, out, "--force", "--opset", "13",
               code=1)
    assert "17" in text and "13" in text, text


def bad_files(folder):
    text = run("network", "info", make_network(folder, "Flash"), code=1)
    assert "my Flash" in text and "net.onnx" in text, text
    text = run("network", "info", make_network(folder, "Relu", float("nan")),
               code=1)
    assert "“w”" in text, text
    path = make_network(folder)
    with open(path, "r+b") as file:
        file.truncate(60)
    assert "net.onnx" in run("network", "info", path, code=1)
    assert "no-such" in run("network", "info", "no-such", code=1)
    assert folder in run("network", "info", folder, code=1)


def bad_calls(folder):
    path = make_network(folder)
    for words in (["--size", "0,1,1"], ["--size", "5,9,9"], ["--threads", "0"],
                  ["--expect", "b.npy"], ["--runs", "0"]):
        text = run("network", "benchmark", path, *words, code=2)
        assert words[0] in text, text
    text = run("network", "check", path, "-i", path, code=1)
    assert ".npy" in text, text
    text = run("network", "check", path, "--size", "1,2000000,2000000", code=1)
    assert "net.onnx" in text, text


main([info, check, benchmark, benchmark_fast, benchmark_training, convert,
      bad_files, bad_calls])
