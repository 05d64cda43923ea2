# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Two people: a blind copy and back, agreement, and deciding; of a merge, too."""
import contextlib
import json
import math
import os
import shutil
import sqlite3
import subprocess
import time

from common import PROGRAM, Tiff, main, run, run_json, write_stack

WIDTH, HEIGHT, DEPTH = 200, 80, 6
BOX = (50, 10, 1, 150, 70, 5)


def stroke(x, class_id, slice_=2, y=40.5, label="new"):
    return json.dumps({"tool": "brush", "class": class_id, "label": label,
                       "plane": "xy", "slice": slice_, "radius_nm": 80,
                       "depth": 1, "points": [[x, y]]}) + "\n"


def paint(project, *lines):
    run("paint", project, stdin="".join(lines))


def make(folder):
    """A project with a region, in which one person painted; and a blind copy
    in which another did, at nearly the same places."""
    image = os.path.join(folder, "image.tif")
    write_stack(image, WIDTH, HEIGHT, [bytes(WIDTH * HEIGHT)] * DEPTH)
    project = run("project", "create", image, "--voxel-size",
                  "10,10,10").strip()
    paint(project, stroke(70.5, 1), stroke(100.5, 2), stroke(20.5, 1))
    run("region", "add", project, "shared", "--box", ",".join(map(str, BOX)))
    copy = os.path.join(folder, "blind.lamella")
    run("region", "export-blind", project, "shared", "-o", copy)
    # The same cell, and another class where the first saw class 2.
    paint(copy, stroke(20.5, 1, 1, 30.5), stroke(50.5, 3, 1, 30.5),
          stroke(85.5, 1, 1, 30.5))
    return project, copy


def labels(project, folder):
    path = os.path.join(folder, "labels.tif")
    run("labels", "export", project, path, "--force")
    return Tiff(path).pages


def dissents(project):
    return [place for place in run_json("queue", "list", project)
            if place["kind"] == "dissent"]


def back_and_agreement(folder):
    project, copy = make(folder)
    before = labels(project, folder)
    run("region", "import-annotator", project, copy, "--as", "Berta")
    assert labels(project, folder) == before
    info = run_json("project", "info", project)
    assert info["voice"] == 1 and info["voice_label"] == 3, info
    # Once more takes the place of the first.
    run("region", "import-annotator", project, copy, "--as", "Berta")
    assert run_json("project", "info", project)["voice"] == 1
    score = run_json("region", "agreement", project, "shared")
    classes = {row["class"]: row for row in score["classes"]}
    assert classes[1]["iou"] == 0.5 and classes[2]["iou"] == 0, classes
    # Cells are no organelles.
    assert not classes[1]["is_organelle"], classes
    assert score["mean_iou_organelles"] == 0 < score["mean_iou"], score
    run("class", "set", project, "cell", "--organelle", "yes")
    score = run_json("region", "agreement", project, "shared")
    assert math.isclose(score["mean_iou_organelles"], 0.5 / 3), score
    # A copy that is made now says it, too.
    again = os.path.join(folder, "again.lamella")
    run("region", "export-blind", project, "shared", "-o", again)
    assert run_json("class", "list", again)[1]["is_organelle"]
    # The same figures from files: class by class of what Berta said.
    run("region", "import-annotator", project, copy, "--as", "Carl")
    text = run("region", "agreement", project, "shared", code=1)
    assert "Berta" in text and "Carl" in text, text
    assert run_json("region", "agreement", project, "shared", "--with",
                    "Carl")["classes"] == score["classes"]
    run("project", "check", project)


def agreement_counts_all(folder):
    """What only one of both painted counts on either side."""
    project, copy = make(folder)
    run("region", "import-annotator", project, copy, "--as", "Berta")
    paint(project, stroke(120.5, 1))
    score = run_json("region", "agreement", project, "shared")
    size = math.prod(BOX[i + 3] - BOX[i] for i in range(3))
    assert score["voxels"] == size, score
    assert score.get("ignored_voxels", 0) == 0, score
    iou = {row["class"]: row["iou"] for row in score["classes"]}[1]
    # One of three cells is the same.
    assert math.isclose(iou, 1 / 3, abs_tol=0.01), score


def removed(folder):
    project, copy = make(folder)
    run("region", "import-annotator", project, copy, "--as", "Berta")
    before = labels(project, folder)
    text = run("region", "remove-annotator", project, "shared", "Carl",
               "--force", code=1)
    assert "import-annotator" in text, text
    text = run("region", "remove-annotator", project, "shared", "Berta", code=1)
    assert "--force" in text and len(dissents(project)) == 2, text
    run("region", "remove-annotator", project, "shared", "Berta", "--force")
    info = run_json("project", "info", project)
    assert info["voice"] == info["voice_label"] == info["voice_brick"] == 0
    assert dissents(project) == [] and labels(project, folder) == before
    run("project", "check", project)


def deciding(folder):
    project, copy = make(folder)
    run("region", "import-annotator", project, copy, "--as", "Berta")
    found = dissents(project)
    # The cell at 70 is the same; class 3 over 2; a cell I have not.
    assert len(found) == 2, found
    middle = [place for place in found if place["box"][0] < 100.5
              < place["box"][3]][0]
    right = [place for place in found if place is not middle][0]
    assert middle["label"] != 0 and right["label"] == 0, found
    at = ",".join(map(str, right["centre"]))
    run("queue", "take", project, "--at", at)
    assert [place["box"] for place in dissents(project)] == [middle["box"]]
    newest = run_json("history", project)[0]
    assert newest["tool"] == "take-voice" and "Berta" in newest["detail"]
    assert newest["voxels"] == right["voxels"], (newest, right)
    run("queue", "verify", project, "--at",
        ",".join(map(str, middle["centre"])))
    assert dissents(project) == []
    said = [row["verdict"] for row in run_json("queue", "verdicts", project)]
    assert said == ["corrected", "verified"], said
    run("queue", "take", project, code=1)
    run("undo", project)
    # What was decided is undone, so it is to be decided again.
    assert [row["box"] for row in dissents(project)] == [right["box"]]
    run("project", "check", project)


def by_object(folder):
    """One cell that the other drew further to the right, and a piece of it."""
    project, copy = make(folder)
    paint(project, stroke(120.5, 1, y=20.5))
    paint(copy, stroke(76.5, 1, 1, 10.5), stroke(76.5, 1, 1, 52.5, 4))
    run("region", "import-annotator", project, copy, "--as", "Berta")
    before, found = labels(project, folder), dissents(project)
    ours = [place for place in found if place["label"] == 0
            and (place["box"][4] < 30 or place["box"][1] > 50)]
    others = [place["box"] for place in found if place not in ours]
    assert len(others) == 2 and len(ours) == 2, found
    at = ",".join(map(str, ours[0]["centre"]))
    run("queue", "take", project, "--at", at, "--object", "--note", "hers")
    assert [place["box"] for place in dissents(project)] == others
    said = run_json("queue", "verdicts", project)
    assert [(row["verdict"], row["note"]) for row in said] == (
        [("corrected", "hers")] * len(ours)), said
    newest = run_json("history", project)[0]
    assert newest["tool"] == "take-object", newest
    assert newest["voxels"] == sum(row["voxels"] for row in ours), newest
    assert labels(project, folder) != before
    run("undo", project)
    assert labels(project, folder) == before
    assert dissents(project) == found
    run("queue", "verify", project, "--at", at, "--object")
    assert [place["box"] for place in dissents(project)] == others
    assert labels(project, folder) == before
    text = run("queue", "verify", project, "--at", at, "--object", code=1)
    assert "has the voxel" in text, text
    run("project", "check", project)


def lock(project, table, id_, locked):
    with contextlib.closing(sqlite3.connect(project)) as file, file:
        file.execute(f"UPDATE {table} SET locked = ? WHERE id = ?",
                     (locked, id_))


def protected(folder):
    """What is locked or verified is as safe from another's word as from a
    tool: before, after, and the class of a label that is not there yet."""
    project, copy = make(folder)
    run("region", "import-annotator", project, copy, "--as", "Berta")
    middle, right = sorted(dissents(project), key=lambda place: place["box"])
    if not middle["label"]:
        middle, right = right, middle
    at, new = (",".join(map(str, place["centre"])) for place in (middle, right))
    before = labels(project, folder)
    for table, id_, place in (("label", middle["label"], at),
                              ("class", 2, at), ("class", 1, new)):
        lock(project, table, id_, 1)
        text = run("queue", "take", project, "--at", place, code=1)
        assert "locked" in text and labels(project, folder) == before, text
        lock(project, table, id_, 0)
    x0, y0, z0, x1, y1, z1 = middle["box"]
    half = (x0 + x1) // 2
    run("region", "add", project, "done", "--box",
        f"{x0},{y0},{z0},{half},{y1},{z1}", "--state", "verified")
    run("queue", "take", project, "--at", at)
    after = labels(project, folder)
    changed = [i % WIDTH for was, now in zip(before, after)
               for i, pair in enumerate(zip(was, now)) if pair[0] != pair[1]]
    assert changed and min(changed) == half, (half, changed)
    rest = [place for place in dissents(project) if place["label"]][0]
    text = run("queue", "take", project, "--at",
               ",".join(map(str, rest["centre"])), code=1)
    assert "verified" in text and labels(project, folder) == after, text
    run("project", "check", project)


def line(points, slice_=2, label="new", radius_nm=80, class_id=1):
    return json.dumps({"tool": "brush", "class": class_id, "label": label,
                       "plane": "xy", "slice": slice_, "radius_nm": radius_nm,
                       "depth": 2, "points": points}) + "\n"


def borders(folder):
    """A border drawn a voxel beside, across bricks, is one place on each side
    and not one a voxel; what is more than that is one of its own, though it
    lies in the same box."""
    image = os.path.join(folder, "image.tif")
    write_stack(image, WIDTH, HEIGHT, [bytes(WIDTH * HEIGHT)] * DEPTH)
    project = run("project", "create", image, "--voxel-size",
                  "10,10,10").strip()
    run("region", "add", project, "shared", "--box",
        f"0,0,0,{WIDTH},{HEIGHT},{DEPTH}")
    copy = os.path.join(folder, "blind.lamella")
    run("region", "export-blind", project, "shared", "-o", copy)
    paint(project, line([[30.5, 12.5], [150.5, 65.5]]))
    paint(copy, line([[0, 40.5], [WIDTH, 40.5]], radius_nm=1000, class_id=0),
          line([[31.5, 12.5], [151.5, 65.5]]))
    paint(copy, line([[130.5, 20.5]], label=2, radius_nm=40))
    mine, theirs = labels(project, folder), labels(copy, folder)
    run("region", "import-annotator", project, copy, "--as", "Berta")

    def differs(a, b):
        return sum(x == a and y == b for left, right in zip(mine, theirs)
                   for x, y in zip(left, right))

    found = dissents(project)
    assert len(found) == 3, found
    blob = [row for row in found if row["box"][0] >= 120
            and row["box"][4] <= 30][0]
    more = [row for row in found if row["label"] == 0 and row is not blob][0]
    less = [row for row in found if row["label"] != 0][0]
    assert more["voxels"] + blob["voxels"] == differs(0, 2), found
    # Their 1 is the background.
    assert less["voxels"] == differs(1, 1) and less["voxels"] > 20, found
    assert more["box"][0] < 64 < more["box"][3], more
    run("queue", "take", project, "--at", ",".join(map(str, more["centre"])))
    assert run_json("history", project)[0]["voxels"] == more["voxels"]
    now = labels(project, folder)
    at = blob["centre"]
    assert now[at[2]][at[1] * WIDTH + at[0]] == 0, "the other place is not taken"
    left = dissents(project)
    assert sorted(row["box"] for row in left) == sorted(
        [blob["box"], less["box"]]), left
    run("undo", project)
    assert labels(project, folder) == mine
    # Deciding on one side says nothing of the other.
    run("queue", "verify", project, "--at", ",".join(map(str, less["centre"])))
    assert sorted(row["box"] for row in dissents(project)) == sorted(
        [blob["box"], more["box"]])


def of_a_merge(folder):
    project, _ = make(folder)
    theirs = os.path.join(folder, "theirs.lamella")
    shutil.copy(project, theirs)
    paint(project, stroke(170.5, 1))
    paint(theirs, stroke(170.5, 2, 2, 44.5))
    done = run_json("merge", project, theirs)
    found = dissents(project)
    assert len(found) == 1 and found[0]["voxels"] == done["conflicts"], found
    run("queue", "take", project)
    assert dissents(project) == []
    run("undo", project, "-n", "2")
    assert dissents(project) == []
    run("project", "check", project)


def refused(folder):
    project, copy = make(folder)
    text = run("region", "agreement", project, "shared", code=1)
    assert "import-annotator" in text, text
    run("region", "import-annotator", project, copy, code=2)
    # No blind copy at all, and with a region of another size.
    text = run("region", "import-annotator", project, project, "--as", "B",
               code=1)
    plain = os.path.join(folder, "plain.lamella")
    run("project", "create", os.path.join(folder, "image.tif"), "-o", plain)
    text = run("region", "import-annotator", project, plain, "--as", "B",
               code=1)
    assert "no blind copy" in text, text
    text = run("region", "import-annotator", project, plain, "--as", "B",
               "--region", "shared", code=1)
    assert "200 × 80 × 6" in text and "100 × 60 × 4" in text, text
    # Of another project.
    run("region", "add", plain, "shared", "--box", ",".join(map(str, BOX)))
    other = os.path.join(folder, "other.lamella")
    run("region", "export-blind", plain, "shared", "-o", other)
    text = run("region", "import-annotator", project, other, "--as", "B",
               code=1)
    assert "another project" in text, text
    # Of a region that is gone.
    run("region", "remove", project, "1")
    text = run("region", "import-annotator", project, copy, "--as", "B",
               code=1)
    assert "not there any more" in text, text
    assert run_json("project", "info", project)["voice"] == 0


def without_identity(folder):
    """A project from before projects had one, which somebody else has open: a
    copy could never be known as its."""
    project, _ = make(folder)
    with contextlib.closing(sqlite3.connect(project)) as file:
        file.execute("DELETE FROM setting WHERE name = 'project'")
        file.commit()
    copy = os.path.join(folder, "again.lamella")
    words = ["region", "export-blind", project, "shared", "-o", copy]
    with subprocess.Popen([PROGRAM, "paint", project], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as other:
        while not os.path.exists(project + ".lock"):
            time.sleep(0.01)
        text = run(*words, code=1)
        assert "open elsewhere" in text and not os.path.exists(copy), text
        other.communicate()
    run(*words)
    run("region", "import-annotator", project, copy, "--as", "Berta")


main([back_and_agreement, agreement_counts_all, removed, deciding,
      by_object, protected,
      borders, of_a_merge, refused, without_identity])
