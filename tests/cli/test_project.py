# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Projects, labels, painting and the history."""
import collections
import json
import os
import random
import subprocess
import time

from common import PROGRAM, Tiff, data, main, run, run_json, write_tiff


def stroke(**more):
    line = {"tool": "brush", "class": 2, "label": "new", "plane": "xy",
            "slice": 10, "radius_nm": 50, "depth": 1,
            "points": [[30.5, 40.5], [50.5, 40.5]]}
    line.update(more)
    return json.dumps({k: v for k, v in line.items() if v is not None}) + "\n"


def make(folder, size="100,90,20"):
    out = os.path.join(folder, "s")
    run("synthesize", "-o", out, "--size", size)
    project = run("project", "create", os.path.join(out, "image.tif")).strip()
    return out, project


def import_of_one_channel(folder):
    path = data("formats", "tiff", "shapes_lzw_tiled_planar.tif")
    project = os.path.join(folder, "c.lamella")
    run("project", "create", path, "-o", project, "--channel", "0")
    text = run("labels", "import", project, path, code=1)
    assert "channels" in text and "--channel" in text, text
    run("labels", "import", project, path, "--channel", "99", code=1)
    assert run_json("labels", "import", project, path,
                    "--channel", "1")["voxels"] > 0
    green = os.path.join(folder, "green.tif")
    run("convert", path, green, "--channel", "1")
    assert (exported(project, folder).pages == Tiff(green).pages)


def exported(project, folder, *options):
    path = os.path.join(folder, "export.tif")
    run("labels", "export", project, path, "--force", *options)
    return Tiff(path)


def paint(project, text, code=0):
    said = run("paint", project, stdin=text, code=code)
    return [int(line.split()[1]) for line in said.splitlines()
            if line.startswith("ACK ")]


def create_info_check(folder):
    out, project = make(folder)
    assert project == os.path.join(out, "image.lamella")
    info = run_json("project", "info", project)
    for table in ("volume", "class", "label", "brick", "edit", "edit_brick",
                  "setting"):
        assert isinstance(info[table], int), table
    assert info["class"] == 7 and info["label"] == info["edit"] == 0
    assert info["image"]["size"] == [100, 90, 20]
    assert info["image"]["voxel_size_nm"] == [10, 10, 40]
    assert run_json("project", "check", project) == {"clean": True,
                                                     "problems": []}
    before = open(project, "rb").read()
    text = run("project", "create", os.path.join(out, "image.tif"), code=1)
    assert project in text and open(project, "rb").read() == before
    other = os.path.join(folder, "other.lamella")
    run("project", "create", os.path.join(out, "image.tif"), "-o", other,
        "--preset", "empty", "--voxel-size", "1,2,3")
    info = run_json("project", "info", other)
    assert info["class"] == 1
    assert info["image"]["voxel_size_nm"] == [1, 2, 3]
    run("project", "create", os.path.join(out, "image.tif"), "-o",
        other + "2", "--preset", "frogs", code=2)


def an_image_that_moved(folder):
    out, project = make(folder)
    image, moved = (os.path.join(folder, *path)
                    for path in (("s", "image.tif"), ("moved.tif",)))
    assert paint(project, stroke()) == [1]
    os.rename(image, moved)
    text = run("snapshot", project, "-o", os.path.join(folder, "a.png"), code=1)
    assert "image.tif" in text, text
    # Another size, another type of voxel, both; nothing changes.
    other = os.path.join(folder, "other.tif")
    for size, what, said in (("40,30,5", "--image", "40 × 30 × 5"),
                             ("100,90,20", "--class-map", "uint8"),
                             ("40,30,5", "--class-map", "5 voxels of uint8")):
        run("synthesize", "--size", size, what, other)
        text = run("project", "locate", project, other, code=1)
        assert said in text and "uint16" in text and "100 × 90 × 20" in text, text
    assert run_json("project", "info", project)["image"]["path"] == image
    assert "no.tif" in run("project", "locate", project, "no.tif", code=1)
    text = run("project", "locate", moved, moved, code=1)
    assert "no project" in text, text
    found = run_json("project", "locate", project, moved)
    assert found == {"image": moved, "size": [100, 90, 20], "dtype": "uint16",
                     "channel": 0}, found
    image = run_json("project", "info", project)["image"]
    assert image["path"] == moved and image["voxel_size_nm"] == [10, 10, 40]
    assert run_json("undo", project) == {"undone": 1}


def labels_in_and_out(folder):
    out, project = make(folder)
    labels = os.path.join(out, "labels.tif")
    said = run_json("labels", "import", project, labels, "--objects",
                    os.path.join(out, "objects.json"))
    want, classes = Tiff(labels), Tiff(os.path.join(out, "classes.tif"))
    assert said["voxels"] == sum(len(page) - page.count(0)
                                 for page in want.pages)
    assert exported(project, folder).pages == want.pages
    assert exported(project, folder, "--as", "classes").pages == classes.pages
    sources = exported(project, folder, "--as", "sources")
    for page, source in zip(want.pages, sources.pages):
        assert all(s == (1 if v else 0) for v, s in zip(page, source))
    part = exported(project, folder, "--box", "10,20,5,60,70,9")
    assert part.size == [50, 50, 4]
    assert part.pages[0][:50] == want.pages[5][20 * 100 + 10:20 * 100 + 60]
    if any(max(page) > 255 for page in want.pages):
        run("labels", "export", project, os.path.join(folder, "no.tif"),
            "--dtype", "uint8", code=1)
        assert not os.path.exists(os.path.join(folder, "no.tif"))
    run("labels", "export", project, os.path.join(folder, "no.tif"), "--box",
        "0,0,0,101,9,9", code=2)
    assert run_json("undo", project)["undone"] == 1
    assert not any(any(page) for page in exported(project, folder).pages)


def classes_into_a_box(folder):
    out, project = make(folder)
    stack = os.path.join(folder, "small.tif")
    write_tiff(stack, 4, 3, [0, 1, 2, 3, 4, 5, 6, 0, 1, 1, 2, 2])
    run("labels", "import", project, stack, "--as", "classes", "--offset",
        "90,80,19")
    found = exported(project, folder, "--as", "classes", "--box",
                     "90,80,19,94,83,20")
    assert list(found.pages[0]) == [0, 1, 2, 3, 4, 5, 6, 0, 1, 1, 2, 2]
    text = run("labels", "import", project, stack, "--as", "classes",
               "--offset", "97,80,19", code=1)
    assert "100" in text and "4" in text
    write_tiff(stack, 2, 1, [1, 77])
    text = run("labels", "import", project, stack, "--as", "classes", code=1)
    assert "77" in text
    assert len(run_json("history", project)) == 1
    run("labels", "import", project, stack, "--as", "classes", "--map",
        "77=alpha granule,1=2", "--offset", "5,6,7")
    found = exported(project, folder, "--as", "classes", "--box",
                     "5,6,7,7,7,8")
    assert list(found.pages[0]) == [2, 3]
    for wrong in ("77", "x=2", "77=hammer"):
        run("labels", "import", project, stack, "--as", "classes", "--map",
            wrong, code=1)


def a_stroke_is_where_it_was_painted(folder):
    out, project = make(folder)
    assert paint(project, stroke()) == [1]
    stack = exported(project, folder)
    assert [any(page) for page in stack.pages].index(True) == 10
    page = stack.pages[10]
    for y in range(90):
        for x in range(100):
            nearest = min(max(x, 30), 50)
            inside = (x - nearest) ** 2 + (y - 40) ** 2 <= 25
            edge = 23 < (x - nearest) ** 2 + (y - 40) ** 2 < 27
            assert edge or bool(page[y * 100 + x]) == inside, (x, y)
    assert sum(1 for each in stack.pages if any(each)) == 1
    sources = exported(project, folder, "--as", "sources")
    assert sources.pages[10][40 * 100 + 40] == 2
    kinds = exported(project, folder, "--as", "classes")
    assert kinds.pages[10][40 * 100 + 40] == 2


def all_that_a_stroke_can_say(folder):
    out, project = make(folder)
    ids = paint(project, stroke() + "\n" + stroke(
        **{"class": "cell", "plane": "xz", "slice": 60,
           "points": [[20.5, 5.5, 0.5], [30.5, 6.5, 1]]}) + stroke(
        label=1, depth=3, points=[[70.5, 40.5]]) + stroke(
        tool="eraser", label=None, radius_nm=20,
        points=[[40.5, 40.5]], **{"class": None}) + stroke(
        plane="yz", slice=3, shape="ellipsoid", radius_nm=120,
        points=[[10.5, 70.5]]) + stroke(
        overwrite="unlabelled", points=[[30.5, 40.5], [50.5, 40.5]]))
    assert ids[:5] == [1, 2, 3, 4, 5] and len(ids) == 6
    counts = collections.Counter()
    for page in exported(project, folder).pages:
        counts.update(page)
    assert counts[1] and counts[2] and counts[3]
    history = run_json("history", project)
    assert [row["tool"] for row in history][::-1][:5] == [
        "brush", "brush", "brush", "eraser", "brush"]
    assert run_json("project", "check", project)["clean"]


def a_bad_line_stops_with_its_number(folder):
    out, project = make(folder)
    bad = ["nonsense", "[]", "{}", '{"tool": "brush"', stroke(tool="hammer"),
           stroke(plane="zx"), stroke(slice=20), stroke(slice=-1),
           stroke(slice=1.5), stroke(radius_nm=0), stroke(radius_nm="5"),
           stroke(radius_nm=1e300), stroke(depth=0), stroke(points=[]),
           stroke(points=[[1]]), stroke(points=[[1, None]]),
           stroke(points=[[1, 2, 3]]), stroke(points="x"),
           stroke(label=77), stroke(label=0), stroke(label=-1),
           stroke(label="old"), stroke(colour=3), stroke(**{"class": 99}),
           stroke(**{"class": "frog"}), stroke(**{"class": None}),
           stroke(overwrite="all"), stroke(shape="star"), "\xff\ud7ff"]
    for number, line in enumerate(bad):
        line = line.encode("utf-8", "replace").decode("utf-8")
        text = run("paint", project, stdin=stroke() + "\n" + line + "\n"
                   + stroke(), code=1)
        assert "line 3: " in text, (line, text)
    history = run_json("history", project)
    assert len(history) == len(bad), (len(history), len(bad))
    assert run_json("project", "check", project)["clean"]


def undo_redo_history(folder):
    out, project = make(folder)
    empty = run("project", "content-hash", project)
    paint(project, "".join(stroke(slice=z) for z in range(5)))
    full = run("project", "content-hash", project)
    assert full != empty and len(full.strip()) == 64
    history = run_json("history", project)
    assert [row["id"] for row in history] == [5, 4, 3, 2, 1]
    for row in history:
        assert row["who"] and row["tool"] == "brush"
        assert row["time"].endswith("Z") and not row["undone"]
        assert row["box"][2] == row["id"] - 1
        assert row["box"][5] == row["id"]
        assert row["box"][0] <= 25 and row["box"][3] >= 55
    assert run_json("undo", project, "--count", 2)["undone"] == 2
    undone = {row["id"] for row in run_json("history", project)
              if row["undone"]}
    assert undone == {4, 5}
    assert run_json("redo", project)["redone"] == 1
    assert run_json("redo", project, "--count", 9)["redone"] == 1
    assert run("project", "content-hash", project) == full
    assert run_json("undo", project, "-n", 99)["undone"] == 5
    assert run("project", "content-hash", project) == empty
    assert run_json("undo", project)["undone"] == 0
    assert "nothing" in run("undo", project)
    run("redo", project)
    paint(project, stroke(slice=9))
    assert run_json("redo", project)["redone"] == 0
    assert len(run_json("history", project, "--limit", 2)) == 2
    assert len(run_json("history", project, "--all")) > 6
    assert run_json("project", "check", project)["clean"]


def the_same_content_has_the_same_hash(folder):
    out, project = make(folder)
    other = os.path.join(folder, "other.lamella")
    run("project", "create", os.path.join(out, "image.tif"), "-o", other)
    paint(project, stroke() + stroke(slice=3))
    paint(other, stroke(slice=1))
    assert (run("project", "content-hash", project)
            != run("project", "content-hash", other))
    run("undo", other)
    paint(other, stroke())
    paint(other, stroke(slice=3))
    one, two = (exported(path, folder).pages for path in (project, other))
    assert [[bool(v) for v in page] for page in one] == [
        [bool(v) for v in page] for page in two]


def killed_in_the_making(folder):
    """What a program that was killed leaves beside a project is removed by the
    next that makes it."""
    out, other = make(folder)
    image = os.path.join(out, "image.tif")
    project = os.path.join(folder, "new.lamella")
    chance = random.Random(4)
    for _ in range(12):
        child = subprocess.Popen(
            [PROGRAM, "project", "create", image, "-o", project],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, 0.06))
        child.kill()
        child.wait()
        if os.path.exists(project):
            assert run_json("project", "check", project)["clean"]
            os.remove(project)
    left = project + ".0123abcd.part"
    os.makedirs(left, exist_ok=True)
    for name in ("project", "project-journal"):
        with open(os.path.join(left, name), "w") as file:
            file.write("half of it")
    run("project", "create", image, "-o", project)
    assert not [name for name in os.listdir(folder) if ".part" in name]
    assert run_json("project", "check", project)["clean"]


main([create_info_check, import_of_one_channel, killed_in_the_making,
      an_image_that_moved, labels_in_and_out,
      classes_into_a_box,
      a_stroke_is_where_it_was_painted, all_that_a_stroke_can_say,
      a_bad_line_stops_with_its_number, undo_redo_history,
      the_same_content_has_the_same_hash])
