# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""merge: two copies of a project, worked on apart."""
import contextlib
import fcntl
import hashlib
import json
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import time

from common import PROGRAM, Tiff, main, run, run_json, write_stack

WIDTH, HEIGHT, DEPTH = 160, 80, 4


def stroke(x, class_id, slice_=2, label="new"):
    return json.dumps({"tool": "brush", "class": class_id, "label": label,
                       "plane": "xy", "slice": slice_, "radius_nm": 60,
                       "depth": 1, "points": [[x, 40.5]]}) + "\n"


def paint(project, *lines):
    run("paint", project, stdin="".join(lines))


def make(folder):
    """Two copies that have one stroke in common."""
    image = os.path.join(folder, "image.tif")
    write_stack(image, WIDTH, HEIGHT, [bytes(WIDTH * HEIGHT)] * DEPTH)
    mine = run("project", "create", image, "--voxel-size", "10,10,10").strip()
    paint(mine, stroke(20.5, 1))
    theirs = os.path.join(folder, "theirs.lamella")
    shutil.copy(mine, theirs)
    return mine, theirs


def labels(project, folder):
    path = os.path.join(folder, "labels.tif")
    run("labels", "export", project, path, "--force")
    return Tiff(path).pages


def content(project):
    return run("project", "content-hash", project)


def merged(folder):
    mine, theirs = make(folder)
    paint(mine, stroke(60.5, 1))
    paint(theirs, stroke(66.5, 2), stroke(120.5, 1))
    run("region", "add", theirs, "right", "--box",
        f"80,0,0,{WIDTH},{HEIGHT},{DEPTH}", "--state", "verified")
    before, other = labels(mine, folder), labels(theirs, folder)
    said = run_json("merge", mine, theirs, "--dry-run")
    assert said["edit"] == 0 and labels(mine, folder) == before
    done = run_json("merge", mine, theirs)
    assert done["taken"] == said["taken"] > 0, done
    assert done["conflicts"] == said["conflicts"] > 0, done
    assert done["new_labels"] == 2 and done["new_regions"] == 1, done
    n_taken = n_kept = 0
    for now, old, new in zip(labels(mine, folder), before, other):
        for value, was, theirs_value in zip(now, old, new):
            assert bool(value) == bool(was or theirs_value)
            if was:
                assert value == was
                n_kept += bool(theirs_value) and was != 1
            else:
                n_taken += bool(value)
    assert (n_taken, n_kept) == (done["taken"], done["conflicts"])
    newest = run_json("history", mine)[0]
    assert newest["tool"] == "merge" and "theirs" in newest["detail"], newest
    assert [region["state"] for region in run_json("region", "list", mine)] \
        == ["verified"]
    run("project", "check", mine)
    # Once more is nothing; what comes later is taken, and nothing twice.
    assert run_json("merge", mine, theirs)["edit"] == 0
    paint(theirs, stroke(40.5, 2))
    later = run_json("merge", mine, theirs)
    assert later["edits"] == 1 and later["taken"] > 0, later
    assert later["conflicts"] == later["new_classes"] == 0, later
    run("undo", mine, "-n", "2")
    assert labels(mine, folder) == before


def into_a_new_file(folder):
    mine, theirs = make(folder)
    paint(theirs, stroke(120.5, 1))
    run("class", "set", theirs, "cell", "--organelle", "yes")
    run("class", "set", theirs, "cell", "--min-volume", "0.125")
    rule = run_json("class", "list", theirs)[1]
    assert rule["min_volume_nm3"] == 0.125, rule
    for bad in ("0", "-1", "1e13", "nan", "5,", ""):
        run("class", "set", theirs, "cell", "--min-volume", bad, code=2)
    run("class", "set", theirs, "cell", "--split", "yes", "--min-volume",
        "5000")
    rule = run_json("class", "list", theirs)[1]
    assert rule["split"] and rule["min_volume_nm3"] == 5000, rule
    assert rule["relief_percent"] == 35 and "min_size" not in rule, rule
    run("class", "set", theirs, "background", "--split", "yes", code=1)
    run("class", "set", theirs, "cell", "--relief", "101", code=2)
    before = content(mine)
    out = os.path.join(folder, "both.lamella")
    done = run_json("merge", mine, theirs, "-o", out)
    assert done["taken"] > 0 and content(mine) == before
    assert labels(out, folder) == labels(theirs, folder)
    assert [run_json("class", "list", each)[1]["organelle"]
            for each in (mine, out)] == ["name", "yes"]
    text = run("merge", mine, theirs, "-o", out, code=1)
    assert "exists already" in text, text
    run("merge", mine, theirs, "-o", "both.tif", code=2)


def refused(folder):
    mine, theirs = make(folder)
    before = content(mine)
    other = os.path.join(folder, "other.lamella")
    run("project", "create", os.path.join(folder, "image.tif"), "-o", other)
    paint(other, stroke(20.5, 1))
    text = run("merge", mine, other, code=1)
    assert "did not grow from one" in text, text
    out = os.path.join(folder, "out.lamella")
    run("merge", mine, other, "-o", out, code=1)
    assert not os.path.exists(out)
    text = run("merge", mine, mine, code=1)
    assert "the project itself" in text, text
    run("merge", mine, os.path.join(folder, "image.tif"), code=1)
    run("merge", mine, os.path.join(folder, "none.lamella"), code=1)
    small = os.path.join(folder, "small.tif")
    write_stack(small, 40, 40, [bytes(1600)] * 2)
    project = run("project", "create", small).strip()
    text = run("merge", mine, project, "--base", project, code=1)
    assert "40 × 40 × 2" in text, text
    assert content(mine) == before
    # What has no history in common needs the project both began from.
    base = os.path.join(folder, "base.lamella")
    run("project", "create", os.path.join(folder, "image.tif"), "-o", base)
    done = run_json("merge", mine, other, "--base", base)
    assert done["base"] == -1 and done["edit"] > 0, done


SQL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                   "data", "sql")


def checksum(*columns):
    """Of a row: as the store counts it."""
    digest = hashlib.sha256()
    for value in columns:
        if isinstance(value, int):
            digest.update(b"\1" + struct.pack("<q", value))
        else:
            body = value.encode()
            digest.update(b"\3" + struct.pack("<Q", len(body)) + body)
    return struct.unpack(">q", digest.digest()[:8])[0]


def make_old(project, version):
    """The project as the program of that version would have made it: the
    volume, the classes and the settings."""
    tables = ("volume", "class", "setting")
    with sqlite3.connect(project) as now:
        rows = {name: now.execute(f"SELECT * FROM {name}").fetchall()
                for name in tables}
        # Their last column is of version 8.
        for row in rows["class"]:
            assert row[7] == checksum(*row[:7], row[8]), row
        rows["class"] = [(*row[:7], checksum(*row[:7]))
                         for row in rows["class"]]
        application = now.execute("PRAGMA application_id").fetchone()[0]
    os.remove(project)
    with sqlite3.connect(project) as old:
        # Named by what changes rows, of which there are none yet.
        old.create_function("lam_checksum", -1, lambda *columns: 0)
        for name in sorted(os.listdir(SQL))[:version]:
            with open(os.path.join(SQL, name)) as file:
                old.executescript(file.read())
        for name in tables:
            for row in rows[name]:
                marks = ",".join("?" * len(row))
                old.execute(f"INSERT INTO {name} VALUES ({marks})", row)
        old.execute(f"PRAGMA application_id={application}")
        old.execute(f"PRAGMA user_version={version}")


def only_read(folder):
    """A project of an older version is merged, and stays what it is."""
    image = os.path.join(folder, "image.tif")
    write_stack(image, WIDTH, HEIGHT, [bytes(WIDTH * HEIGHT)] * DEPTH)
    mine = run("project", "create", image, "--voxel-size", "10,10,10").strip()
    theirs = os.path.join(folder, "theirs.lamella")
    shutil.copy(mine, theirs)
    make_old(theirs, 3)
    with open(theirs, "rb") as file:
        before = file.read()
    paint(mine, stroke(60.5, 1))
    for words in (["merge", mine, theirs, "--dry-run"], ["merge", mine, theirs],
                  ["merge", mine, mine, "--base", theirs],
                  ["score", mine, theirs]):
        subprocess.run([PROGRAM, *words], check=False, capture_output=True)
        with open(theirs, "rb") as file:
            assert file.read() == before, words
        assert not os.path.exists(theirs + ".version-3"), words
    assert "nothing to merge" in run("merge", mine, theirs).lower()


@contextlib.contextmanager
def held(project):
    """As long as another program has it open."""
    with open(project + ".lock", "w+") as lock:
        fcntl.fcntl(lock, 37, struct.pack(  # F_OFD_SETLK, of all of it
            "hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        lock.write("ann\nlabhost\n4711\n")
        lock.flush()
        yield
    os.unlink(project + ".lock")


def read_while_open(folder):
    """A project of an older version that an older program has open can be
    read, and stays what it is; who would change it is told who has it."""
    image = os.path.join(folder, "image.tif")
    write_stack(image, WIDTH, HEIGHT, [bytes(WIDTH * HEIGHT)] * DEPTH)
    project = run("project", "create", image, "--voxel-size",
                  "10,10,10").strip()
    make_old(project, 5)
    with open(project, "rb") as file:
        before = file.read()
    with held(project):
        assert run_json("project", "info", project)["read_only"]
        assert run_json("region", "list", project) == []
        for words in (["history"], ["queue", "list"], ["queue", "verdicts"],
                      ["labels", "list"], ["notes", "list"],
                      ["project", "check"], ["project", "content-hash"]):
            run(*words, project)
        run("labels", "export", project, os.path.join(folder, "out.tif"))
        for words in (["region", "add", project, "a"],
                      ["notes", "add", project, "5,5,2", "-k", "comment"],
                      ["queue", "note", project, "1", "x"]):
            text = run(*words, code=1)
            assert "ann on labhost (process 4711)" in text, (words, text)
    with open(project, "rb") as file:
        assert file.read() == before
    assert not os.path.exists(project + ".version-5")
    run("region", "add", project, "a")
    assert os.path.exists(project + ".version-5")


def killed(folder):
    """Killed at any moment, it is done or it is not."""
    mine, theirs = make(folder)
    paint(theirs, *[stroke(x + 0.5, 1 + x % 3, z) for z in range(DEPTH)
                    for x in range(40, 150, 10)])
    before = content(mine)
    done = os.path.join(folder, "done.lamella")
    run("merge", mine, theirs, "-o", done)
    after = content(done)
    random.seed(4)
    for _ in range(8):
        copy = os.path.join(folder, "copy.lamella")
        shutil.copy(mine, copy)
        process = subprocess.Popen(
            [PROGRAM, "merge", copy, theirs], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0.01, 0.15))
        process.kill()
        process.wait()
        assert content(copy) in (before, after)
        run("project", "check", copy)
        assert content(theirs)


def damaged(folder):
    """Nothing is merged, and it says what is damaged and how to see it all."""
    mine, theirs = make(folder)
    paint(theirs, stroke(120.5, 1))
    with contextlib.closing(sqlite3.connect(theirs)) as file:
        file.execute("update brick set checksum = checksum + 1 where key = 1")
        file.commit()
    before = content(mine)
    said = run("merge", mine, theirs, code=1)
    assert "theirs.lamella: brick 1, 0, 0 is damaged" in said, said
    assert "Nothing was merged" in said and "project check" in said, said
    assert "--skip-damaged" in said, said
    assert content(mine) == before
    assert "is damaged" in run("project", "check", theirs, code=1)
    # What is damaged in one's own is not left out.
    os.remove(theirs)
    os.remove(mine)
    mine, theirs = make(folder)
    paint(mine, stroke(120.5, 1))
    paint(theirs, stroke(120.5, 2))
    with contextlib.closing(sqlite3.connect(mine)) as file:
        file.execute("update brick set checksum = checksum + 1 where key = 1")
        file.commit()
    said = run("merge", mine, theirs, code=1)
    assert "image.lamella: brick 1, 0, 0 is damaged" in said, said
    assert "Nothing was merged" in said and "project check" in said, said
    assert "--skip-damaged" not in said, said


def damaged_in_part(folder):
    """All but the damaged brick is merged, mine stays there, and it is said."""
    mine, theirs = make(folder)
    paint(mine, stroke(90.5, 2))
    paint(theirs, stroke(20.5, 1), stroke(120.5, 1))
    kept = labels(mine, folder)
    whole = os.path.join(folder, "whole.lamella")
    run("merge", mine, theirs, "-o", whole)
    with contextlib.closing(sqlite3.connect(theirs)) as file:
        file.execute("update brick set checksum = checksum + 1 where key = 1")
        file.commit()
    tried = run_json("merge", mine, theirs, "--skip-damaged", "--dry-run")
    assert labels(mine, folder) == kept
    said = run_json("merge", mine, theirs, "--skip-damaged")
    assert said["left_out"] == tried["left_out"], (said, tried)
    assert len(said["left_out"]) == 1, said
    assert "from 64, 0, 0 to 127, 63, 63" in said["left_out"][0], said
    assert said["taken"] == tried["taken"] > 0, said
    now, all_of_it = labels(mine, folder), labels(whole, folder)
    for page, old, other in zip(now, kept, all_of_it):
        for i, value in enumerate(page):
            left_out = i % WIDTH in range(64, 128) and i // WIDTH < 64
            assert value == (old[i] if left_out else other[i]), i
    assert "1 damaged brick left out" in run_json(
        "history", mine)[0]["detail"]
    run("project", "check", mine)


main([merged, into_a_new_file, refused, only_read, read_while_open, killed,
      damaged, damaged_in_part])
