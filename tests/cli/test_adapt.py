# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""model adapt: a small network learns from strokes, by its last layers and as
a whole; states in the project, scores, going back."""
import json
import os

from common import main, run, run_json, write_stack
from threshold_network import make_network

WIDTH, HEIGHT, DEPTH = 128, 96, 3
NETWORK = """title = Small
[network]
norm = none
[layers]
a = block image 6
logits = conv a classes@1x1x1
[training]
tile = 64 64 1
steps = 3
"""


def is_cell(x, y):
    return (x // 16 + y // 16) % 2


def make_project(folder):
    pages = [[70 + 60 * is_cell(x, y) + (x * 31 + y * 17 + z) % 23
              for y in range(HEIGHT) for x in range(WIDTH)]
             for z in range(DEPTH)]
    truth = [[is_cell(x, y) for y in range(HEIGHT) for x in range(WIDTH)]
             for z in range(DEPTH)]
    image, labels, network, model, project = (
        os.path.join(folder, name) for name in (
            "image.tif", "labels.tif", "small.network", "net.onnx",
            "p.lamella"))
    write_stack(image, WIDTH, HEIGHT, pages)
    write_stack(labels, WIDTH, HEIGHT, truth)
    with open(network, "w", encoding="utf-8") as file:
        file.write(NETWORK)
    run("train", "-i", image, "-l", labels, "--classes", "background,cell",
        "--preset", network, "--steps", "2", "--seed", "1", "-o", model)
    run("project", "create", image, "-o", project, "-v", "10,10,40")
    run_json("model", "add", project, model)
    run("model", "activate", project, "1")
    return project


def paint(project):
    """In the middle of squares, the opposite of what the network was made
    with."""
    strokes = [{"tool": "brush" if not is_cell(x, y) else "eraser",
                "class": "cell", "plane": "xy", "slice": 1, "radius_nm": 60,
                "points": [[x, y]]}
               for x in range(8, WIDTH, 16) for y in range(8, HEIGHT, 16)]
    run("paint", project, stdin="".join(
        json.dumps(stroke) + "\n" for stroke in strokes))


def models(project):
    return run_json("model", "list", project)


def last_layers(folder):
    project = make_project(folder)
    found = run_json("model", "adapt", project)
    assert found["outcome"] == "nothing" and found["model"] == 1, found
    assert "Nothing was painted" in run("model", "adapt", project)
    paint(project)
    found = run_json("model", "adapt", project, "--steps", "60")
    assert found["outcome"] == "kept" and found["model"] == 2, found
    assert found["learned_from"] > 1000 and found["judged_by"] == "nothing"
    rows = models(project)
    assert [row["active"] for row in rows] == [False, True]
    assert rows[0]["kind"] == "added" and rows[1]["kind"] == "last-layers"
    assert rows[1]["parent"] == 1
    assert rows[1]["learned_from"] == found["learned_from"]
    # The same again, to the byte, with other threads.
    run("model", "activate", project, "1")
    run_json("model", "adapt", project, "--steps", "60", "--threads", "1")
    assert models(project)[2]["hash"] == rows[1]["hash"]
    # The seed is the one that is said to be usual; another gives another.
    for seed in ("1", "2"):
        run("model", "activate", project, "1")
        run_json("model", "adapt", project, "--steps", "60", "--seed", seed)
    hashes = [row["hash"] for row in models(project)]
    assert hashes[3] == hashes[1], hashes
    assert hashes[4] != hashes[1], hashes
    # Back to where it began.
    run("model", "activate", project, "1")
    assert [row["active"] for row in models(project)] == [True] + 4 * [False]
    run("project", "check", project)


def whole(folder):
    project = make_project(folder)
    error = run("model", "adapt", project, "--whole", code=1)
    assert "Nothing was painted" in error, error
    paint(project)
    found = run_json("model", "adapt", project, "--whole", "--steps", "60",
                     "--rate", "0.01")
    assert found["outcome"] == "kept", found
    assert found["judged_by"] == "part" and found["judged_by_voxels"] > 100
    assert found["iou_after"] > found["iou_before"], found
    state = models(project)[1]
    assert state["kind"] == "whole" and state["active"]
    assert abs(state["iou_after"] - found["iou_after"]) < 1e-5
    assert state["judged_by"] == "part"


def not_judged(folder):
    """By places that were settled, none of which lies where they judge: nothing
    is said of how good it would be."""
    project = make_project(folder)
    paint(project)
    run("model", "run", project)
    x, y, z = next(place["centre"] for place in run_json("queue", "list",
                                                         project)
                   if place["box"][0] >= 64)
    run("queue", "verify", project, "--at", f"{x},{y},{z}")
    found = run_json("model", "adapt", project, "--steps", "60")
    assert found["outcome"] == "worse" and found["model"] == 1, found
    assert found["judged_by"] == "nothing" and "iou_after" not in found, found
    text = run("model", "adapt", project, "--steps", "60")
    assert "Not kept yet" in text and "worse" not in text, text


def held_out(folder):
    """By regions that were held out, with which the worker begins to read at
    once: what it says is about what was asked for."""
    project = make_project(folder)
    paint(project)
    for name, role, first in (("learned", "train", 0), ("held", "test", 2)):
        run("region", "add", project, name, "-r", role, "-s", "verified",
            "-b", f"0,0,{first},{WIDTH},{HEIGHT},{first + 1}")
    known = WIDTH * HEIGHT
    found = run_json("model", "adapt", project, "--steps", "60")
    assert found["outcome"] in ("kept", "worse"), found
    assert found["judged_by"] == "regions", found
    assert found["judged_by_voxels"] > 100, found
    assert found["learned_from"] > known, found
    found = run_json("model", "adapt", project, "--whole", "--steps", "2")
    assert found["judged_by"] == "regions", found
    assert found["judged_by_voxels"] == known, found


def in_use(folder):
    """What the last layers learned is not left for what does worse than that,
    though better than where it began."""
    project = make_project(folder)
    for name, role, first in (("learned", "train", 0), ("held", "test", 2)):
        run("region", "add", project, name, "-r", role, "-s", "verified",
            "-b", f"0,0,{first},{WIDTH},{HEIGHT},{first + 1}")
    last = run_json("model", "adapt", project, "--steps", "60")
    assert last["outcome"] == "kept", last
    hasty = ["model", "adapt", project, "--whole", "--steps", "1",
             "--rate", "0.0000001"]
    found = run_json(*hasty)
    assert found["iou_before"] <= found["iou_after"], found
    assert found["iou_after"] < found["iou_in_use"], found
    assert found["outcome"] == "worse", found
    assert found["model"] == last["model"], found
    assert "last layers learned does better" in run(*hasty)
    # Where it begins with what is in use, that is not judged twice.
    run("model", "activate", project, "1")
    found = run_json(*hasty)
    assert found["outcome"] == "kept" and "iou_in_use" not in found, found


def cannot_be_taught(folder):
    """What it says is of the network, by its name, and of no file that nobody
    has ever seen."""
    project = make_project(folder)
    paint(project)
    network = make_network(folder, "stiff.onnx", classes="background\ncell",
                           tail="Softmax")
    number = run_json("model", "add", project, network)["model"]
    run("model", "activate", project, str(number))
    for more, why in ((["--whole"], "as a whole"),):
        error = run("model", "adapt", project, *more, code=1)
        assert "Model “stiff” cannot be trained " + why in error, error
        assert "/tmp" not in error and folder not in error, error
    network = make_network(folder, "stiffer.onnx", classes="background\ncell",
                           tail="Erf")
    number = run_json("model", "add", project, network)["model"]
    run("model", "activate", project, str(number))
    error = run("model", "adapt", project, code=1)
    assert "Model “stiffer” has no last layer" in error, error
    assert "/tmp" not in error and folder not in error, error


def refuses(folder):
    project = make_project(folder)
    for bad in (["--steps", "0"], ["--rate", "x"], ["--rate", "-1"],
                ["--threads", "none"], ["--seed", "0"]):
        run("model", "adapt", project, *bad, code=2)
    run("model", "activate", project, "0")
    for more in ([], ["--whole"]):
        error = run("model", "adapt", project, *more, code=1)
        assert "no active model" in error, error


main([last_layers, whole, not_judged, held_out, in_use, cannot_be_taught,
      refuses])
