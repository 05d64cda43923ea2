# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Notes from the command line: written, listed, exported, removed, undone,
merged, and not told to a second annotator."""
import csv
import json
import os
import shutil

from common import main, run, run_json, write_stack

WIDTH, HEIGHT, DEPTH = 60, 40, 8


def make(folder):
    image = os.path.join(folder, "image.tif")
    write_stack(image, WIDTH, HEIGHT, [bytes(WIDTH * HEIGHT)] * DEPTH)
    return run("project", "create", image, "--voxel-size", "10,10,40").strip()


def add(project, kind, text, *places):
    return int(run("notes", "add", project, *places, "--kind", kind, "--text",
                   text))


def write_and_list(folder):
    project = make(folder)
    assert add(project, "synapse", "T-bar", "10.5,20.5,3.5") == 1
    assert add(project, "distance", "", "0,0,2.5", "30,0,2.5", "30,40,2.5") == 2
    assert add(project, "angle", "tip", "0,0,2", "10,0,2", "10,10,2") == 3
    assert add(project, "area", "", "0,0,2", "10,0,2", "10,10,2") == 4
    assert int(run("notes", "add", project, "--nm", "100,100,100")) == 5
    notes = run_json("notes", "list", project)
    assert [note["id"] for note in notes] == [1, 2, 3, 4, 5]
    assert notes[0]["position_voxels"] == [10.5, 20.5, 3.5], notes[0]
    assert notes[0]["position_nm"] == [105, 205, 140], notes[0]
    assert notes[0]["author"] and notes[0]["time"].endswith("Z")
    assert "length_nm" not in notes[0]
    assert abs(notes[1]["length_nm"] - 700) < 1e-9
    assert abs(notes[2]["angle_degrees"] - 90) < 1e-9
    assert abs(notes[3]["area_nm2"] - 5000) < 1e-6
    assert notes[4]["kind"] == "comment"
    assert notes[4]["position_voxels"] == [10, 10, 2.5], notes[4]
    text = run("notes", "list", project)
    assert "700 nm" in text and "90.0°" in text and "T-bar" in text, text
    assert [note["id"] for note in
            run_json("notes", "list", project, "--kind", "angle")] == [3]
    assert [note["id"] for note in
            run_json("notes", "list", project, "--text", "bar")] == [1]
    run("project", "check", project)
    assert run_json("project", "info", project)["annotation"] == 5


def remove_and_undo(folder):
    project = make(folder)
    empty = run("project", "content-hash", project)
    for x in range(4):
        add(project, "vesicle", str(x), f"{x},1,1")
    full = run("project", "content-hash", project)
    assert full != empty
    run("notes", "remove", project, "2", "4", "2")
    assert [note["text"] for note in run_json("notes", "list", project)] == \
        ["0", "2"]
    history = run_json("history", project)
    assert history[0]["tool"] == "note" and "2 notes" in history[0]["detail"]
    assert history[-1]["box"] == [0, 1, 1, 1, 2, 2], history[-1]
    run("undo", project)
    assert run("project", "content-hash", project) == full
    for _ in range(4):
        run("undo", project)
    assert run("project", "content-hash", project) == empty
    assert run_json("notes", "list", project) == []


def export(folder):
    project = make(folder)
    add(project, "question", 'a "quoted", text', "1.5,2.5,3.5")
    add(project, "distance", "", "0,0,0", "3,4,0")
    path = os.path.join(folder, "notes.csv")
    run("notes", "export", project, path)
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2
    assert rows[0]["text"] == 'a "quoted", text'
    assert (rows[0]["z_voxels"], rows[0]["z_nm"]) == ("3.5", "140")
    assert (rows[1]["value"], rows[1]["unit"]) == ("50", "nm")
    # Nothing is replaced unasked, and no project.
    assert "notes.csv" in run("notes", "export", project, path, code=1)
    run("notes", "export", project, path, "--force", "--kind", "question")
    with open(path, newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 1
    as_json = os.path.join(folder, "notes.json")
    run("notes", "export", project, as_json)
    with open(as_json, encoding="utf-8") as file:
        assert json.load(file) == run_json("notes", "list", project)
    run("notes", "export", project, os.path.join(folder, "a.txt"), code=2)
    run("notes", "export", project, project, "--force", code=1)


def without_a_voxel_size(folder):
    image = os.path.join(folder, "image.tif")
    write_stack(image, WIDTH, HEIGHT, [bytes(WIDTH * HEIGHT)] * DEPTH)
    project = run("project", "create", image).strip()
    add(project, "distance", "", "0,0,0", "3,4,0")
    add(project, "synapse", "", "1,1,1")
    assert "nm" in run("notes", "add", project, "--nm", "1,1,1", code=2)
    notes = run_json("notes", "list", project)
    assert len(notes) == 2 and notes[0]["length_voxels"] == 5, notes
    assert not [name for name in notes[0] if name.endswith("nm")], notes
    text = run("notes", "list", project)
    assert "5 voxels" in text and "nm" not in text, text
    path = os.path.join(folder, "notes.csv")
    run("notes", "export", project, path)
    with open(path, newline="", encoding="utf-8") as file:
        row = next(csv.DictReader(file))
    assert (row["x_nm"], row["value"], row["unit"]) == ("", "5", "voxels"), row


def refused(folder):
    project = make(folder)
    for places, kind in ((["100,0,0"], "synapse"), (["-1,0,0"], "synapse"),
                         (["0,0,0"], "distance"), (["0,0,0"] * 2, "angle"),
                         (["0,0,0"] * 2, "synapse"), (["0,0,0"], "")):
        run("notes", "add", project, "--kind", kind, "--", *places, code=1)
    for place in ("0,0", "x,0,0", "nan,0,0"):
        run("notes", "add", project, place, code=2)
    assert "7" in run("notes", "remove", project, "7", code=1)
    run("notes", "remove", project, "0", code=2)
    assert run_json("notes", "list", project) == []
    run("project", "check", project)


def merged(folder):
    project = make(folder)
    add(project, "synapse", "common", "1,1,1")
    copy = os.path.join(folder, "copy.lamella")
    shutil.copy(project, copy)
    add(project, "synapse", "mine", "2,2,2")
    add(copy, "synapse", "theirs", "3,3,3")
    report = run_json("merge", project, copy)
    assert report["new_notes"] == 1, report
    notes = run_json("notes", "list", project)
    assert sorted(note["text"] for note in notes) == ["common", "mine",
                                                      "theirs"]
    assert sorted(note["id"] for note in notes) == [1, 2, 3]
    run("project", "check", project)


def of_regions(folder):
    """A region's note: written with it, changed, taken back."""
    project = make(folder)
    run("region", "add", project, "a", "--note", "dark,\ntorn")
    assert "  a: dark, torn\n" in run("region", "list", project)
    run("region", "set", project, "a", "--role", "train", "--name", "b")
    row, = run_json("region", "list", project)
    assert (row["name"], row["role"], row["state"], row["note"]) == (
        "b", "train", "not started", "dark,\ntorn"), row
    assert row["box"] == [0, 0, 0, WIDTH, HEIGHT, DEPTH], row
    run("region", "set", project, "1", "--note", "", "--state", "flagged",
        "--box", "0,0,0,9,9,4")
    row, = run_json("region", "list", project)
    assert (row["state"], row["note"]) == ("flagged", ""), row
    assert row["box"] == [0, 0, 0, 9, 9, 4], row
    run("undo", project)
    assert run_json("region", "list", project)[0]["note"] == "dark,\ntorn"
    assert "region list" in run("region", "set", project, "none", code=1)
    run("region", "set", project, "b", "--role", "king", code=2)
    run("region", "set", project, "b", "--box", "0,0,0,999,9,4", code=1)
    assert "16384" in run(
        "region", "set", project, "b", "--note", "a" * 20000, code=1)
    assert run_json("region", "list", project)[0]["role"] == "train"
    run("project", "check", project)


def not_told(folder):
    """A second annotator does not learn what the first noted."""
    project = make(folder)
    run("region", "add", project, "shared", "--box", "0,0,0,40,30,4",
        "--note", "in the region it is dark")
    add(project, "synapse", "in the region", "5,5,2")
    copy = os.path.join(folder, "blind.lamella")
    run("region", "export-blind", project, "shared", "-o", copy)
    assert run_json("notes", "list", copy) == []
    with open(copy, "rb") as file:
        assert b"in the region" not in file.read()


main([write_and_list, remove_and_undo, export, without_a_voxel_size, refused,
      merged, of_regions, not_told])
