# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""queue: where labels are likely wrong, and what a person says of it."""
import os
import sqlite3

from common import main, run, run_json, write_stack
from threshold_network import make_network

CLASSES = "background\nmitochondrion"
WIDTH, HEIGHT, DEPTH = 96, 80, 8


def grey(x, y, z):
    """Two small bright blocks, and one that a network is less sure of."""
    for at, size, value in ((10, 5, 150), (30, 4, 150), (50, 6, 103)):
        if at <= x < at + size and 20 <= y < 20 + size and 2 <= z < 4:
            return value
    return 30


def make(folder):
    image = os.path.join(folder, "image.tif")
    write_stack(image, WIDTH, HEIGHT,
                [bytes(grey(x, y, z) for y in range(HEIGHT)
                       for x in range(WIDTH)) for z in range(DEPTH)])
    project = run("project", "create", image).strip()
    speak(folder, project, "first.onnx", threshold=100)
    return project


def speak(folder, project, name, **what):
    network = make_network(folder, name=name, classes=CLASSES, **what)
    run("model", "activate", project,
        str(run_json("model", "add", project, network)["model"]))
    run("model", "run", project, "--box", f"0,0,0,{WIDTH},{HEIGHT},{DEPTH}")


def places(project, *options):
    return run_json("queue", "list", project, *options)


def brief(project):
    return [(place["kind"], place["box"][0], place["voxels"])
            for place in places(project)]


UNSURE, BIG, SMALL, BLOCK = (("unsure", 50, 72), ("tiny", 10, 50),
                             ("tiny", 30, 32), ("tiny", 50, 72))


def listing(folder):
    project = make(folder)
    found = brief(project)
    assert sorted(found) == sorted([UNSURE, BIG, SMALL, BLOCK]), found
    scores = [place["score"] for place in places(project)]
    assert scores == sorted(scores, reverse=True)
    assert places(project) == places(project)
    assert run_json("queue", "next", project) == places(project)[:1]
    assert places(project, "--limit", "2") == places(project)[:2]
    tiny = places(project)[-1]
    assert tiny["box"] == [30, 20, 2, 34, 24, 4], tiny
    assert "32 voxels" in tiny["reason"]
    assert tiny["reason"] in run("queue", "list", project)


def saying(folder):
    project = make(folder)
    hash_before = run("project", "content-hash", project)
    # Both kinds of the same box: a person who looked saw both.
    said = run_json("queue", "verify", project)
    assert len(said) == 1 and said[0]["box"][0] == 50, said
    assert brief(project) == [BIG, SMALL], brief(project)
    before = places(project)[0]["score"]
    run("queue", "unsure", project, "--at", "11,21,2")
    assert brief(project) == [SMALL, BIG], brief(project)
    verdicts = run_json("queue", "verdicts", project)
    assert [(v["verdict"], v["kind"], v["box"][0]) for v in verdicts] == [
        ("verified", said[0]["kind"], 50), ("unsure", "tiny", 10)], verdicts
    assert "unsure     tiny    10,20,2,15,25,4" in run(
        "queue", "verdicts", project)
    assert abs(places(project)[1]["score"] - before / 4) < 1e-6
    run("queue", "verify", project)
    run("queue", "verify", project)
    assert places(project) == []
    assert "No place" in run("queue", "next", project)
    assert "no place is left" in run("queue", "verify", project, code=1)
    assert run("project", "content-hash", project) == hash_before
    assert "sound" in run("project", "check", project)


def writing(folder):
    """What is said of a place can be said in words."""
    project = make(folder)
    run("queue", "unsure", project, "--at", "11,21,2", "--note", "ER,\nor not")
    run("queue", "verify", project)
    first, second = run_json("queue", "verdicts", project)
    assert first["note"] == "ER,\nor not" and second["note"] == "", first
    assert "10,20,2,15,25,4  ER, or not\n" in run("queue", "verdicts", project)
    run("queue", "note", project, "2", "Golgi")
    run("queue", "note", project, "1")
    assert [row["note"] for row in run_json("queue", "verdicts", project)] == [
        "", "Golgi"]
    assert "verdict 9" in run("queue", "note", project, "9", "x", code=1)
    run("queue", "note", project, "x", "y", code=2)
    assert "16384" in run("queue", "note", project, "1", "a" * 20000, code=1)
    assert "sound" in run("project", "check", project)


def contradicting(folder):
    project = make(folder)
    for _ in range(3):
        run("queue", "verify", project)
    assert places(project) == []
    # The same again changes nothing; another network that says the same
    # neither.
    run("model", "run", project, "--box", f"0,0,0,{WIDTH},{HEIGHT},{DEPTH}")
    speak(folder, project, "same.onnx", threshold=100, slope=0.1001)
    assert places(project) == [], brief(project)
    # One that is much less sure of the small blocks, whose labels stay. One
    # look shows both.
    speak(folder, project, "dim.onnx", threshold=1450, slope=0.97)
    back = brief(project)
    assert ("unsure", 10, 82) in back and BIG in back, back


def damage(folder):
    project = make(folder)
    run("queue", "verify", project)
    with sqlite3.connect(project) as db:
        assert db.execute("SELECT count(*) FROM queue").fetchone() == (1,)
        db.execute("UPDATE queue SET kind = 9")
    db.close()
    assert "verdict 1" in run("queue", "list", project, code=1)
    run("project", "check", project, code=1)


def wrong_calls(folder):
    project = make(folder)
    run("queue", "list", os.path.join(folder, "none.lamella"), code=1)
    run("queue", "list", os.path.join(folder, "image.tif"), code=1)
    run("queue", "list", project, "--limit", "0", code=2)
    run("queue", "verify", project, "--at", "1,1", code=2)
    text = run("queue", "verify", project, "--at", "1,1,1", code=1)
    assert "1,1,1" in text, text
    assert len(places(project)) == 4


main([listing, saying, writing, contradicting, damage, wrong_calls])
