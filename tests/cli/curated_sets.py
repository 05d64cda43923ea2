# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""A small project with regions of each role, and how to read the training sets
that are made of it."""
import array
import atexit
import json
import os
import re
import shutil
import struct
import tempfile

from common import run, run_json, write_stack

SIZE = WIDTH, HEIGHT, DEPTH = 70, 40, 9
# name, box, role
REGIONS = [("A b/c", (0, 0, 0, 30, 40, 6), "train"),
           ("val", (33, 0, 0, 50, 20, 6), "validation"),
           ("ü", (56, 8, 0, 70, 40, 9), "test"),
           ("dirt", (2, 2, 0, 6, 7, 3), "ignore"),
           ("later", (0, 0, 7, 70, 40, 9), "work")]


def label_at(x, y, z):
    """Two objects in each place of a grid; and what is not labelled."""
    if (x + y) % 13 == 0:
        return 0
    return 0 if x % 10 < 3 or y % 9 < 2 else 1 + x // 10 + 7 * (y // 9)


made = {}


def make_project(folder, state="verified"):
    """Made once for each state; a copy has its image beside it."""
    if state not in made:
        first = tempfile.mkdtemp(prefix="lamella-")
        make_first_project(first, state)
        # Elsewhere, so that no copy finds the first one's image.
        made[state] = first + "-moved"
        os.rename(first, made[state])
        atexit.register(shutil.rmtree, made[state])
    shutil.copytree(made[state], folder, dirs_exist_ok=True)
    return os.path.join(folder, "p.lamella")


def make_first_project(folder, state):
    image, labels, project = (os.path.join(folder, name) for name in (
        "image.tif", "labels.tif", "p.lamella"))
    write_stack(image, WIDTH, HEIGHT, [
        [(x * 3 + y * 5 + z * 7) % 251 for y in range(HEIGHT)
         for x in range(WIDTH)] for z in range(DEPTH)])
    write_stack(labels, WIDTH, HEIGHT, [
        [label_at(x, y, z) for y in range(HEIGHT) for x in range(WIDTH)]
        for z in range(DEPTH)], 2)
    run("project", "create", image, "-o", project, "-v", "8,8,32")
    run("labels", "import", project, labels, "--class", "mitochondrion")
    for name, box, role in REGIONS:
        run("region", "add", project, name, "-b", ",".join(map(str, box)),
            "-r", role, "-s", state, "--note", f"about {name}")


def npy(path):
    """Shape and values; by the format's description."""
    with open(path, "rb") as file:
        assert file.read(8) == b"\x93NUMPY\1\0"
        n, = struct.unpack("<H", file.read(2))
        assert (n + 10) % 64 == 0
        head = file.read(n).decode()
        values = file.read()
    kind, shape = re.match(r"\{'descr': '[<|](..)', 'fortran_order': False, "
                           r"'shape': \((.*)\), \}", head).groups()
    code = {"u1": "B", "u2": "H", "u4": "I", "f4": "f"}[kind]
    return [int(x) for x in shape.split(",")], array.array(code, values)


def manifest(path):
    with open(os.path.join(path, "manifest.json")) as file:
        return json.load(file)


def export(project, out, *words, code=0):
    if code:
        return run("export-training", project, "-o", out, *words, code=code)
    words = words if {"-g", "--model"} & set(words) else \
        (*words, "-g", "2,5,5")
    return run_json("export-training", project, "-o", out, *words)
