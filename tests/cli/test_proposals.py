# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""proposals: what networks say that is not the labels, taken or dropped."""
import os

from common import main, run, run_json
from threshold_network import make_network

CLASSES = "background\nmitochondrion"


def make(folder, *options, box="0,0,0,90,60,20"):
    """A project in which a network has spoken of a box."""
    out = os.path.join(folder, "s")
    run("synthesize", "-o", out, "--size", "96,80,24")
    project = run("project", "create", os.path.join(out, "image.tif")).strip()
    network = make_network(folder, classes=CLASSES)
    run("model", "activate", project,
        str(run_json("model", "add", project, network)["model"]))
    run("model", "run", project, "--box", box, *options)
    return project


def voxels(project, *options):
    return {row["class"]: row["voxels"]
            for row in run_json("proposals", "list", project, *options)}


def accepting_and_undoing(folder):
    project = make(folder)
    # A network that writes its labels proposes nothing else.
    assert voxels(project) == {}, voxels(project)
    said = run("project", "content-hash", project)
    # Undone, it has said nothing.
    run("undo", project)
    assert voxels(project) == {}, voxels(project)
    nothing = run("project", "content-hash", project)
    run("model", "run", project, "--box", "0,0,0,90,60,20", "--only-propose")
    assert run("project", "content-hash", project) == nothing
    all_of_it = voxels(project)
    assert set(all_of_it) == {"mitochondrion"}, all_of_it
    half = voxels(project, "--box", "0,0,0,45,60,20")["mitochondrion"]
    assert 0 < half < all_of_it["mitochondrion"]
    took = run_json("proposals", "accept", project, "--box",
                    "0,0,0,45,60,20")["voxels"]
    assert took == half, (took, half)
    assert voxels(project)["mitochondrion"] == (
        all_of_it["mitochondrion"] - half)
    history = run_json("history", project)
    assert history[0]["tool"] == "accept" and history[0]["voxels"] == half
    run("undo", project)
    assert voxels(project) == all_of_it
    run("proposals", "accept", project)
    assert voxels(project) == {}
    # As the person's: the network does not write there again.
    counts = run_json("model", "run", project, "--box", "0,0,0,90,60,20")
    assert counts["protected"] == all_of_it["mitochondrion"], counts
    assert run("project", "content-hash", project) != said
    assert "sound" in run("project", "check", project)


def rejecting(folder):
    project = make(folder, "--only-propose")
    before = voxels(project)["mitochondrion"]
    gone = run_json("proposals", "reject", project, "--box",
                    "0,0,0,90,60,10")["voxels"]
    assert 0 < gone < before
    assert voxels(project)["mitochondrion"] == before - gone
    run("proposals", "reject", project)
    assert voxels(project) == {}
    text = run("proposals", "reject", project, code=1)
    assert "proposes" in text, text
    assert "No network" in run("proposals", "list", project)
    assert "sound" in run("project", "check", project)


def wrong_calls(folder):
    project = make(folder, box="0,0,0,20,20,4")
    image = os.path.join(folder, "s", "image.tif")
    before = run("project", "content-hash", project)
    run("proposals", "accept", project, "--second", code=2)
    run("proposals", "accept", project, "--plane", "xy", code=2)
    run("proposals", "accept", project, "--at", "1,1,1", "--box",
        "0,0,0,1,1,1", code=2)
    run("proposals", "accept", project, "--at", "1,1", code=2)
    run("proposals", "accept", project, "--at", "500,1,1", code=1)
    text = run("proposals", "accept", project, "--at", "50,50,20", "--second",
               code=1)
    assert "No network said this voxel" in text, text
    run("proposals", "list", os.path.join(folder, "none.lamella"), code=1)
    run("proposals", "list", image + ".not", code=1)
    assert run("project", "content-hash", project) == before


main([accepting_and_undoing, rejecting, wrong_calls])
