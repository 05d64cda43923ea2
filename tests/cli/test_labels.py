# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""labels list and labels set: states, groups and verifying."""
import json
import os

from common import main, run, run_json, write_stack

SIZE, DEPTH = 80, 6


def stroke(x, label="new"):
    return json.dumps({"tool": "brush", "plane": "xy", "slice": 2,
                       "radius_nm": 40, "depth": 1, "points": [[x, 40.5]],
                       "class": 1, "label": label}) + "\n"


def make(folder):
    """Labels 1 and 2 of a person, and 3 and 4 of a file."""
    image = os.path.join(folder, "image.tif")
    stack = os.path.join(folder, "labels.tif")
    write_stack(image, SIZE, SIZE, [bytes(SIZE * SIZE)] * DEPTH)
    page = bytearray(SIZE * SIZE)
    page[0:3] = page[SIZE:SIZE + 3] = bytes([3, 3, 4])
    write_stack(stack, SIZE, SIZE, [bytes(page)] * DEPTH)
    project = run("project", "create", image, "--voxel-size",
                  "10,10,10").strip()
    run("paint", project, stdin=stroke(20.5) + stroke(60.5))
    run("labels", "import", project, stack, "--class", "1")
    return project


def field(project, name, *options):
    return {row["id"]: row[name]
            for row in run_json("labels", "list", project, *options)}


def states(folder):
    project = make(folder)
    assert field(project, "state") == {
        1: "in progress", 2: "in progress", 3: "not started",
        4: "not started"}
    run("labels", "set", project, "1,3", "--state", "flagged")
    assert list(field(project, "state", "--state", "flagged")) == [1, 3]
    # A stroke is the beginning of work, in the same edit.
    run("paint", project, stdin=stroke(40.5, 4))
    assert field(project, "state")[4] == "in progress"
    run("undo", project)
    assert field(project, "state")[4] == "not started"
    assert "flagged" in run("labels", "list", project)
    run("undo", project)
    assert field(project, "state")[3] == "not started"


def protected(folder):
    project = make(folder)
    run("labels", "set", project, "1", "--state", "completed")
    text = run("paint", project, stdin=stroke(50.5, 1), code=1)
    assert "completed" in text, text
    run("labels", "set", project, "1", "--state", "flagged")
    run("paint", project, stdin=stroke(50.5, 1))


def groups(folder):
    project = make(folder)
    run("labels", "set", project, "1,2", "--group", " cells / left ")
    run("labels", "set", project, "3", "--group", "cellsmore")
    assert field(project, "group") == {
        1: "cells/left", 2: "cells/left", 3: "cellsmore", 4: ""}
    assert list(field(project, "id", "--group", "cells")) == [1, 2]
    run("labels", "set", project, "1", "--group", "")
    assert field(project, "group")[1] == ""
    assert run("project", "check", project)


def verified(folder):
    project = make(folder)
    before = run_json("history", project)
    text = run("labels", "set", project, "3,1", "--verify")
    assert text.startswith(f"{4 * DEPTH} "), text
    now = field(project, "state")
    assert now[1] == now[3] == "completed" and now[4] == "not started"
    edits = run_json("history", project)
    assert len(edits) == len(before) + 1 and edits[0]["tool"] == "verify"
    # Again: nothing is left to do, and nothing is written.
    run("labels", "set", project, "3,1", "--verify")
    assert len(run_json("history", project)) == len(edits)
    run("project", "check", project)
    run("undo", project)
    assert field(project, "state")[3] == "not started"


def refused(folder):
    project = make(folder)
    for options in ([], ["--state", "done"],
                    ["--state", "completed", "--verify"]):
        run("labels", "set", project, "1", *options, code=2)
    run("labels", "set", project, "1,x", "--state", "flagged", code=2)
    text = run("labels", "set", project, "1,99", "--state", "flagged", code=1)
    assert "99" in text, text
    assert field(project, "state")[1] == "in progress"
    text = run("labels", "set", project, "1", "--group", "a\nb", code=1)
    assert "group" in text, text


main([states, protected, groups, verified, refused])
