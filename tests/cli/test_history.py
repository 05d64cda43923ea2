# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""history with its filters, and restore: a part as it was."""
import datetime
import json
import os

from common import Tiff, main, run, run_json, write_stack

SIZE, DEPTH = 80, 6


def stroke(x, tool="brush"):
    line = {"tool": tool, "plane": "xy", "slice": 2, "radius_nm": 40,
            "depth": 1, "points": [[x, 40.5]]}
    if tool == "brush":
        line.update({"class": 1, "label": "new"})
    return json.dumps(line) + "\n"


def make(folder):
    image = os.path.join(folder, "image.tif")
    write_stack(image, SIZE, SIZE, [bytes(SIZE * SIZE)] * DEPTH)
    project = run("project", "create", image, "--voxel-size",
                  "10,10,10").strip()
    run("paint", project, stdin=stroke(20.5))
    run("paint", project, stdin=stroke(60.5))
    run("region", "add", project, "left", "--box",
        f"0,0,0,40,{SIZE},{DEPTH}")
    return project


def labels(project, folder):
    path = os.path.join(folder, "labels.tif")
    run("labels", "export", project, path, "--force")
    return Tiff(path).pages


def filters(folder):
    project = make(folder)
    edits = run_json("history", project)
    first, second = [edit for edit in reversed(edits)
                     if edit["tool"] == "brush"]
    assert run_json("history", project, "--tool", "region") == edits[:1]
    assert run_json("history", project, "--region", "left") == [first]
    assert run_json("history", project, "--box", "50,0,0,80,80,6") == [second]
    assert run_json("history", project, "--who", "Nobody At All") == []
    assert run_json("history", project, "--who", first["who"]) == edits
    assert run_json("history", project, "--until", second["time"],
                    "--tool", "brush") == [first]
    assert second in run_json("history", project, "--since", second["time"])
    # A day is all of it.
    assert run_json("history", project, "--since", "2020-01-01", "--until",
                    "2099-12-31") == edits
    today = datetime.date.today().isoformat()
    assert run_json("history", project, "--until", today) == edits
    assert run_json("history", project, "--until", "2026-01-01") == []
    text = run("history", project, "--region", "right", code=1)
    assert "right" in text, text
    text = run("history", project, "--since", "yesterday", code=2)
    assert "yesterday" in text, text
    run("history", project, "--region", "left", "--box", "0,0,0,1,1,1",
        code=2)


def restored(folder):
    project = make(folder)
    before = labels(project, folder)
    first = run_json("history", project, "--region", "left")[0]
    run("paint", project, stdin=stroke(20.5, "eraser")
        + stroke(60.5, "eraser"))
    erased = labels(project, folder)
    assert not any(map(any, erased))
    done = run_json("restore", project, "--region", "left", "--edit",
                    first["id"])
    assert done["voxels"] == first["voxels"], (done, first)
    now = labels(project, folder)
    for page, old in zip(now, before):
        for i, value in enumerate(page):
            assert value == (old[i] if i % SIZE < 40 else 0)
    newest = run_json("history", project)[0]
    assert newest["tool"] == "restore" and "left" in newest["detail"], newest
    run("undo", project)
    assert labels(project, folder) == erased
    run("restore", project, "--box", f"0,0,0,{SIZE},{SIZE},{DEPTH}",
        "--time", newest["time"])
    assert labels(project, folder) == now
    run("project", "check", project)


def leaves_alone(folder):
    """A verified region and a locked label stay, and it is said."""
    project = make(folder)
    run("paint", project, stdin=stroke(20.5, "eraser")
        + stroke(60.5, "eraser"))
    both = run_json("history", project, "--tool", "eraser")
    run("region", "add", project, "done", "--box",
        f"0,0,0,{SIZE},{SIZE},{DEPTH}", "--state", "verified")
    edit = both[-1]["id"] - 1
    text = run("restore", project, "--region", "left", "--edit", edit, code=1)
    assert "verified" in text, text
    run("region", "remove", project, "2")
    run("region", "add", project, "half", "--box",
        f"0,0,0,20,{SIZE},{DEPTH}", "--state", "verified")
    done = run_json("restore", project, "--region", "left", "--edit", edit)
    assert done["verified"] > 0 and done["locked"] == 0, done
    for page in labels(project, folder):
        assert not any(page[i] for i in range(len(page)) if i % SIZE < 20)
    assert any(map(any, labels(project, folder)))


def refused(folder):
    project = make(folder)
    run("restore", project, "--edit", "1", code=2)
    run("restore", project, "--region", "left", code=2)
    run("restore", project, "--region", "left", "--edit", "1", "--time",
        "2026-11-26T12:00:00Z", code=2)
    text = run("restore", project, "--region", "left", "--edit", "99", code=1)
    assert "99" in text, text
    text = run("restore", project, "--region", "left", "--edit", "2", code=1)
    assert "Nothing to restore" in text, text


main([filters, restored, leaves_alone, refused])
