# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""model …: networks kept in a project, with one whose result is known."""
import fcntl
import json
import os
import re

from common import Tiff, main, run, run_json, write_stack
from threshold_network import THRESHOLD, make_network

WIDTH, HEIGHT, DEPTH = 100, 90, 3
CELLS = "background\nCell"


def make_project(folder):
    pages = [[(x * 7 + y * 13 + z * 31 + (x * y >> 5)) % 200
              for y in range(HEIGHT) for x in range(WIDTH)]
             for z in range(DEPTH)]
    image = os.path.join(folder, "image.tif")
    write_stack(image, WIDTH, HEIGHT, pages)
    project = os.path.join(folder, "p.lamella")
    run("project", "create", image, "-o", project, "-v", "10,10,40")
    return project, pages


def add(folder, project, **how):
    path = make_network(folder, **how)
    return run_json("model", "add", project, path)["model"]


def read(project, folder, what):
    out = os.path.join(folder, what + ".tif")
    run("labels", "export", project, out, "--as", what, "--force")
    return [list(page) for page in Tiff(out).pages]


def paint(project, slice_number=1):
    stroke = {"tool": "brush", "class": "mitochondrion", "plane": "xy",
              "slice": slice_number, "radius_nm": 90,
              "points": [[40, 40], [60, 50]]}
    return int(run("paint", project,
                   stdin=json.dumps(stroke) + "\n").split()[1])


def keep(folder):
    project, _ = make_project(folder)
    assert run_json("model", "list", project) == []
    one = add(folder, project, name="eins.onnx", classes=CELLS)
    path = make_network(folder, name="zwei.onnx", classes=CELLS)
    two = run_json("model", "add", project, path, "--name", "Zwei ü")["model"]
    found = run_json("model", "list", project)
    assert [row["id"] for row in found] == [one, two]
    assert [row["name"] for row in found] == ["eins", "Zwei ü"]
    assert found[1]["bytes"] == os.path.getsize(path)
    run("model", "activate", project, two)
    assert [row["active"] for row in run_json("model", "list", project)] == [
        False, True]
    assert "*    2" in run("model", "list", project)
    run("model", "remove", project, two)
    found = run_json("model", "list", project)
    assert [(row["id"], row["active"]) for row in found] == [(one, False)]
    # Its number is not given again.
    assert add(folder, project, classes=CELLS) == 3
    run("project", "check", project)


def never_over_a_person(folder):
    project, pages = make_project(folder)
    add(folder, project, classes=CELLS, name="net.onnx")
    run("model", "activate", project, 1)
    edit = paint(project)
    before = read(project, folder, "sources")
    found = run_json("model", "run", project)
    n_human = sum(page.count(2) for page in before)
    assert n_human > 100
    assert found == {"written": WIDTH * HEIGHT * DEPTH - n_human, "same": 0,
                     "protected": n_human, "stale": 0}, found
    classes = read(project, folder, "classes")
    sources = read(project, folder, "sources")
    n_cell = n_left_out = 0
    for z in range(DEPTH):
        for i, value in enumerate(pages[z]):
            if before[z][i] == 2:
                assert (classes[z][i], sources[z][i]) == (2, 2)
                continue
            assert sources[z][i] == 17
            assert classes[z][i] in (0, int(value > THRESHOLD)), (z, i)
            n_cell += classes[z][i]
            n_left_out += classes[z][i] < int(value > THRESHOLD)
    # Objects of a few voxels only.
    assert n_cell > 5000 and n_left_out < n_cell / 20, (n_cell, n_left_out)
    row = run_json("history", project)[0]
    assert (row["who"], row["tool"]) == ("net", "model"), row
    assert row["box"] == [0, 0, 0, WIDTH, HEIGHT, DEPTH]
    # Again, it changes nothing and makes no edit.
    found = run_json("model", "run", project)
    assert found["written"] == 0 and found["protected"] == n_human, found
    assert len(run_json("history", project)) == 2
    run("undo", project)
    assert read(project, folder, "sources") == before
    assert run_json("history", project)[1]["id"] == edit
    run("project", "check", project)


def box(folder):
    project, pages = make_project(folder)
    add(folder, project, classes=CELLS)
    run("model", "activate", project, 1)
    text = run("model", "run", project, "--box", "10,20,1,30,60,2")
    assert text.startswith("800 voxels written"), text
    sources = read(project, folder, "sources")
    for z in range(DEPTH):
        for i in range(WIDTH * HEIGHT):
            inside = (z == 1 and 10 <= i % WIDTH < 30
                      and 20 <= i // WIDTH < 60)
            assert sources[z][i] == (17 if inside else 0), (z, i)


def objects(folder):
    """Bars of one class become objects, whatever the boxes cut."""
    pages = [[150 if y % 30 < 12 else 20 for y in range(HEIGHT)
              for _ in range(WIDTH)] for _ in range(DEPTH)]
    image = os.path.join(folder, "image.tif")
    write_stack(image, WIDTH, HEIGHT, pages)
    project = os.path.join(folder, "p.lamella")
    run("project", "create", image, "-o", project, "-v", "10,10,40")
    add(folder, project, classes="background\nmitochondrion")
    run("model", "activate", project, 1)
    stroke = {"tool": "brush", "class": "mitochondrion", "plane": "xy",
              "slice": 1, "radius_nm": 55, "points": [[70, 36]]}
    run("paint", project, stdin=json.dumps(stroke) + "\n")
    person = max(map(max, read(project, folder, "labels")))
    run("model", "run", project, "--box", "0,0,0,50,90,3")
    run("model", "run", project, "--box", "50,0,0,100,90,2")
    run("model", "run", project, "--box", "50,0,2,100,90,3")
    labels = read(project, folder, "labels")

    def found(bar, left):
        return {page[y * WIDTH + x] for page in labels
                for y in range(30 * bar, 30 * bar + 12)
                for x in (range(50) if left else range(50, WIDTH))}
    bars = [found(bar, True) for bar in range(3)]
    assert all(len(bar) == 1 for bar in bars), bars
    assert len(set.union(*bars)) == 3, bars
    # Across the border too; the middle one is the person's on one side, and
    # was another on the other before the two met.
    for bar in (0, 2):
        assert found(bar, False) == bars[bar], (bar, found(bar, False))
    assert found(1, False) == {person}, (person, found(1, False))
    assert not any(page[y * WIDTH + x] for page in labels
                   for y in range(HEIGHT) if y % 30 >= 12
                   for x in range(WIDTH))
    # Objects that are found again keep their numbers.
    run("model", "run", project)
    again = read(project, folder, "labels")
    for bar in (0, 2):
        y = 30 * bar + 5
        assert again[1][y * WIDTH + 5] == min(bars[bar])
    y = 35
    assert {page[y * WIDTH + x] for page in again
            for x in range(WIDTH)} == {person}
    run("project", "check", project)


def bad_input(folder):
    project, _ = make_project(folder)
    text = run("model", "run", project, code=1)
    assert "no active model" in text, text
    add(folder, project)  # dark, bright
    text = run("model", "activate", project, 1, code=1)
    assert "dark, bright" in text and "background, cell" in text, text
    text = run("model", "activate", project, 7, code=1)
    assert "no model 7" in text, text
    run("model", "activate", project, "x", code=2)
    text = run("model", "remove", project, 7, code=1)
    assert "no model 7" in text, text
    image = os.path.join(folder, "image.tif")
    text = run("model", "add", project, image, code=1)
    assert text.startswith(f"lamella-cli: {image} is not an ONNX"), text
    run("model", "add", project, folder, code=1)
    text = run("model", "add", project, os.path.join(folder, "none"), code=1)
    assert "none" in text, text
    add(folder, project, classes=CELLS)
    run("model", "activate", project, 2)
    text = run("model", "run", project, "--box", "0,0,0,101,9,1", code=1)
    assert "100 × 90 × 3" in text, text
    os.rename(image, image + ".gone")
    text = run("model", "run", project, code=1)
    assert "image.tif" in text, text
    run("project", "check", project)


def memory(folder):
    """Too little: says how much, and which tiles would do; they are kept."""
    image = os.path.join(folder, "large.tif")
    run("synthesize", "--size", "320,256,4", "--image", image)
    project = os.path.join(folder, "large.lamella")
    run("project", "create", image, "-o", project)
    run("model", "add", project, "--shipped", "platelets")
    run("model", "activate", project, 1)
    text = run("model", "run", project, "--memory", 25, code=1)
    assert "MB of memory" in text, text
    tile = re.search(r"--tile (\d+,\d+,\d+)", text)
    assert tile, text
    run("model", "run", project, "--memory", 25, "--tile", tile[1])
    run("model", "run", project, "--memory", 25)
    run("model", "run", project, "--tile", "0,1,1", code=2)


def iou(truth, guess, number):
    pairs = [(a == number, b == number)
             for one, other in zip(truth, guess) for a, b in zip(one, other)]
    return (sum(a and b for a, b in pairs)
            / max(1, sum(a or b for a, b in pairs)))


def shipped(folder):
    """The network that comes with the program knows made-up platelets that it
    was not trained on, darker ones too."""
    run("synthesize", "-o", folder, "--size", "256,224,4", "--seed", "771")
    image = os.path.join(folder, "image.tif")
    dark = os.path.join(folder, "dark.tif")
    write_stack(dark, 256, 224, [[value // 256 // 2 for value in page]
                                 for page in Tiff(image).pages])
    truth = Tiff(os.path.join(folder, "classes.tif")).pages
    for path, limit in ((image, 0.8), (dark, 0.7)):
        project = path[:-3] + "lamella"
        run("project", "create", path, "-o", project, "-v", "10,10,40")
        number = run_json("model", "add", project, "--shipped",
                          "platelets")["model"]
        run("model", "activate", project, number)
        run("model", "run", project)
        guess = read(project, folder, "classes")
        assert iou(truth, guess, 1) > 0.9, iou(truth, guess, 1)
        assert iou(truth, guess, 3) > limit, iou(truth, guess, 3)
    text = run("model", "add", project, "--shipped", "platypus", code=1)
    assert "platypus" in text and "platelets" in text, text
    text = run("model", "add", project, code=2)
    assert "--shipped" in text, text
    run("model", "add", project, image, "--shipped", "platelets", code=2)
    run("model", "add", project, "-s", "platelets", "-n", "x", code=2)


def together(folder):
    """Two thresholds, 20 to both sides of the one that the mean of their
    probabilities has; looked at four ways."""
    project, pages = make_project(folder)
    for number in (20, -20, 0):
        add(folder, project, classes=CELLS if number else "background\nmito",
            name=f"n{number}.onnx", threshold=THRESHOLD + number)

    def expect(threshold):
        run("model", "run", project)
        for page, grey in zip(read(project, folder, "classes"), pages):
            assert all((found == 1) == (value > threshold)
                       for found, value in zip(page, grey)
                       if value != threshold)

    run("model", "activate", project, "1", "--with", "2", "--looks", "4")
    expect(THRESHOLD)
    rows = run_json("model", "list", project)
    assert [row["asked_too"] for row in rows] == [False, True, False], rows
    assert "+    2" in run("model", "list", project)
    # Another one alone, with what was said of others.
    run("model", "activate", project, "2", "--with", "0", "--looks", "1")
    expect(THRESHOLD - 20)
    # Who knows other classes cannot decide with them.
    text = run("model", "activate", project, "1", "--with", "3", code=1)
    assert "mito" in text and "cannot decide together" in text, text
    rows = run_json("model", "list", project)
    assert [row["active"] for row in rows] == [False, True, False], rows
    assert not any(row["asked_too"] for row in rows), rows
    run("model", "activate", project, "1", "--looks", "3", code=2)
    run("model", "activate", project, "1", "--with", "9", code=1)


def foreign(folder):
    """Names of its own: which is which is said once, and kept."""
    project, _ = make_project(folder)
    path = make_network(folder, name="far.onnx", classes="void\nMi=to")
    model = run_json("model", "add", project, path)["model"]
    text = run("model", "activate", project, model, code=1)
    assert "void" in text and "model map" in text, text
    assert run_json("model", "map", project, model, "--list") == [
        {"network": "void"}, {"network": "Mi=to"}]
    run("model", "map", project, model, "void", code=2)
    run("model", "map", project, model, code=2)
    text = run("model", "map", project, model, "Void=background", code=1)
    assert "Void" in text and "Mi=to" in text, text
    text = run("model", "map", project, model, "void=nix", code=1)
    assert "nix" in text and "mitochondrion" in text, text
    run("model", "map", project, 9, "void=background", code=1)
    text = run("model", "map", project, model, "void=-", "Mi=to=-", code=1)
    assert "at least one" in text, text
    text = run("model", "map", project, model, "void=background", "Mi=to=2")
    assert text.splitlines() == ["void = background",
                                 "Mi=to = mitochondrion"], text
    # The rest stays as it was.
    run("model", "map", project, model, "void=-")
    assert run_json("model", "map", project, model, "--list") == [
        {"network": "void"}, {"network": "Mi=to", "project": "mitochondrion"}]
    run("model", "activate", project, model)
    out = os.path.join(folder, "out.onnx")
    run("model", "export", project, model, out)
    with open(path, "rb") as one, open(out, "rb") as other:
        assert one.read() == other.read()
    text = run("model", "export", project, model, out, code=1)
    assert "out.onnx" in text, text
    # Also while somebody has the project open.
    with open(project + ".lock", "w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        text = run("model", "activate", project, model, code=1)
        assert "cannot be changed" in text, text
        run("model", "export", project, model, out, "--force")
    run("model", "export", project, model, out, "--force")
    run("model", "export", project, 9, out, "--force", code=1)
    run("model", "export", project, model, project, "--force", code=1)


main([keep, together, foreign, shipped, never_over_a_person, box, objects,
      memory, bad_input])
