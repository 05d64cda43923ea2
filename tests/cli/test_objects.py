# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""objects, against a flood fill written here."""
import json
import os
import subprocess

from common import PROGRAM, Tiff, main, run, run_json, write_stack, write_tiff

WIDTH, HEIGHT, DEPTH = 37, 29, 11


def make_stack(folder, name="classes.tif"):
    """Classes 0 to 3 in blocks and stripes; gives the pages, too."""
    pages = []
    for z in range(DEPTH):
        pages.append([(x // 5 + y // 4 + (x * y + z * 3) // 60) % 7 % 4
                      for y in range(HEIGHT) for x in range(WIDTH)])
    path = os.path.join(folder, name)
    write_stack(path, WIDTH, HEIGHT, pages)
    return path, pages


def flood(pages, wanted, neighbours, least):
    """Labels by the definition, and (class, voxels) of each object."""
    flat = [value for page in pages for value in page]
    labels, objects = [0] * len(flat), []
    steps = [(x, y, z) for z in (-1, 0, 1) for y in (-1, 0, 1)
             for x in (-1, 0, 1)
             if 0 < abs(x) + abs(y) + abs(z) <= {6: 1, 18: 2,
                                                 26: 3}[neighbours]]
    seen = [False] * len(flat)
    for start, value in enumerate(flat):
        if seen[start] or value not in wanted:
            continue
        found, seen[start] = [start], True
        for at in found:
            x, y, z = at % WIDTH, at // WIDTH % HEIGHT, at // WIDTH // HEIGHT
            for dx, dy, dz in steps:
                if (0 <= x + dx < WIDTH and 0 <= y + dy < HEIGHT
                        and 0 <= z + dz < DEPTH):
                    to = at + dx + WIDTH * (dy + HEIGHT * dz)
                    if not seen[to] and flat[to] == value:
                        seen[to] = True
                        found.append(to)
        if len(found) >= least.get(value, 1):
            objects.append((value, len(found)))
            for at in found:
                labels[at] = len(objects)
    return labels, objects


def read(path):
    return [value for page in Tiff(path).pages for value in page]


def check(folder, words, *truth):
    stack, pages = make_stack(folder)
    out, listed = (os.path.join(folder, name) for name in ("o.tif", "o.json"))
    found = run_json("objects", stack, "-o", out, "--list", listed,
                     "--force", *words)
    labels, objects = flood(pages, *truth)
    assert read(out) == labels, words
    assert found["objects"] == len(objects) > 3, found
    with open(listed) as file:
        rows = json.load(file)
    assert rows["next_id"] == len(objects) + 1, rows
    assert [(row["class"], row["voxels"]) for row in rows["objects"]] == \
        objects, rows
    assert [row["id"] for row in rows["objects"]] == \
        list(range(1, len(objects) + 1))


def neighbours(folder):
    for n in (6, 18, 26):
        check(folder, ["--neighbours", n], {1, 2, 3}, n, {})


def classes_and_sizes(folder):
    check(folder, ["--classes", "3,1"], {1, 3}, 6, {})
    check(folder, ["--classes", "0,2", "--min-size", "40"], {0, 2}, 6,
          {0: 40, 2: 40})
    check(folder, ["--min-size", "5,2=200"], {1, 2, 3}, 6,
          {1: 5, 2: 200, 3: 5})
    # 10 · 10 · 40 nm: 100 voxels are 400000 nm³.
    check(folder, ["-v", "10,10,40", "--min-volume", "3=400000"], {1, 2, 3}, 6,
          {3: 100})


def volumes(folder):
    """An object of just the least volume is one, also of voxels that have no
    whole number of nm³."""
    stack, out, listed = (os.path.join(folder, name)
                          for name in ("v.tif", "o.tif", "o.json"))
    write_stack(stack, 8, 2, [[1, 1, 1, 0, 1, 1, 0, 1,
                               0, 0, 0, 0, 0, 0, 0, 0]])
    for n in (1, 2, 3):
        run("objects", stack, "-o", out, "--list", listed, "--force",
            "-v", "3.3,3.3,3.5", "--min-volume", f"{n * 38.115:.3f}")
        with open(listed, encoding="utf-8") as file:
            found = [row["voxels"] for row in json.load(file)["objects"]]
        assert sorted(found) == list(range(n, 4)), (n, found)


def unknown(folder):
    """255 is what nothing is known of, unless it is named."""
    path, out = (os.path.join(folder, name) for name in ("u.tif", "o.tif"))
    write_stack(path, 4, 2, [[255, 255, 0, 1, 255, 0, 0, 1]])
    assert run_json("objects", path, "-o", out)["objects"] == 1
    assert read(out) == [0, 0, 0, 1, 0, 0, 0, 1]
    run("objects", path, "-o", out, "-f", "--classes", "255")
    assert read(out) == [1, 1, 0, 0, 1, 0, 0, 0]
    write_stack(path, 4, 2, [[255] * 8])
    assert "--classes" in run("objects", path, "-o", out, "-f")


def zarr(folder):
    """In bricks, out and in again."""
    stack, pages = make_stack(folder)
    store, out, back = (os.path.join(folder, name)
                        for name in ("c.zarr", "o.zarr", "o.tif"))
    run("convert", stack, store)
    run("objects", store, "-o", out)
    run("convert", out, back)
    assert read(back) == flood(pages, {1, 2, 3}, 6, {})[0]


def into_project(folder):
    """The list tells a project each label's class."""
    stack, pages = make_stack(folder)
    out, listed = (os.path.join(folder, name) for name in ("o.tif", "o.json"))
    project = os.path.join(folder, "p.lamella")
    run("objects", stack, "-o", out, "--list", listed)
    run("project", "create", stack, "-o", project, "-v", "10,10,40")
    found = run_json("labels", "import", project, out, "--objects", listed)
    objects = flood(pages, {1, 2, 3}, 6, {})[1]
    assert found["new_labels"] == len(objects), found
    back = os.path.join(folder, "back.tif")
    run("labels", "export", project, back, "--as", "classes")
    assert read(back) == [value for page in pages for value in page]


def split(folder):
    """Two balls of class 2 that touch, and two of class 3."""
    path, out = (os.path.join(folder, name) for name in ("b.tif", "o.tif"))
    balls = [(14, 14, 2), (26, 14, 2), (14, 42, 3), (26, 42, 3)]
    pages = [[next((kind for mx, my, kind in balls
                    if (x - mx) ** 2 + (y - my) ** 2 + (z - 10) ** 2 < 54), 0)
              for y in range(56) for x in range(40)] for z in range(20)]
    write_stack(path, 40, 56, pages)

    def found(*words):
        said = run_json("objects", path, "-o", out, "--force", "-v",
                        "20,20,20", *words)
        labels = read(out)
        flat = [value for page in pages for value in page]
        assert [value > 0 for value in labels] == [v > 0 for v in flat]
        return said["cut"], [row["objects"] for row in said["classes"]], labels

    assert found()[:2] == (0, [1, 1])
    assert found("--split", "2")[:2] == (1, [2, 1])
    cut, counts, labels = found("--split", "all")
    assert (cut, counts) == (2, [2, 2])
    for at, label in enumerate(labels):
        x, y = at % 40, at // 40 % 56
        if label and x != 20:
            assert label == 1 + (x > 20) + 2 * (y > 28), (x, y, label)
    assert found("--split", "all", "--relief", "80")[:2] == (0, [1, 1])
    assert found("--split", "all", "--distance", "300")[:2] == (0, [1, 1])
    assert found("--split", "all", "--min-size", "2000")[:2] == (0, [1, 1])
    # A wall through the middle of class 3 along y.
    walls = os.path.join(folder, "walls.tif")
    write_stack(walls, 40, 56, [[200 * (y == 42) for y in range(56)
                                 for x in range(40)]] * 20)
    cut, counts, labels = found("--split", "all", "--boundaries", walls)
    assert (cut, counts) == (1, [1, 2])
    assert len({label for at, label in enumerate(labels)
                if label and at // 40 % 56 in (40, 41)}) == 1
    run("objects", path, "-o", out, "-f", "--split", "2", code=2)
    text = run("objects", path, "-o", walls, "-f", "-v", "9,9,9", "--split",
               "all", "--boundaries", walls, code=1)
    assert "walls.tif" in text, text


def previous(folder):
    """Blocks come and go; what is found again keeps its id."""
    boxes = {"a": (2, 2, 2), "b": (12, 12, 2), "c": (24, 20, 3),
             "d": (24, 2, 3)}

    def stack(name, **grown):
        path = os.path.join(folder, name + ".tif")
        page = [0] * (40 * 30)
        for key, edge in grown.items():
            left, top, kind = boxes[key]
            for y in range(top, top + edge):
                for x in range(left, left + edge):
                    page[y * 40 + x] = kind
        write_stack(path, 40, 30, [page] * 3)
        return path

    def found(number, before, path, *words):
        out, listed = (os.path.join(folder, f"{number}.{end}")
                       for end in ("tif", "json"))
        if before:
            words += ("-p", os.path.join(folder, f"{before}.tif"),
                      "--previous-list", os.path.join(folder,
                                                      f"{before}.json"))
        said = run_json("objects", path, "-o", out, "-l", listed, *words)
        with open(listed) as file:
            rows = json.load(file)
        page = Tiff(out).pages[1]
        ids = {key: page[(top + 1) * 40 + left + 1]
               for key, (left, top, _) in boxes.items()}
        for row in rows["objects"]:
            assert row["voxels"] == read(out).count(row["id"]), row
        return ids, rows["next_id"], [said.get(key) for key in ("kept", "new",
                                                                "gone")]

    first = stack("one", a=5, b=5, c=5)
    assert found(1, None, first) == ({"a": 1, "b": 2, "c": 3, "d": 0}, 4,
                                     [None] * 3)
    # a is gone, d comes before what was there, b and c grow.
    second = stack("two", b=7, c=6, d=5)
    assert found(2, 1, second) == ({"a": 0, "b": 2, "c": 3, "d": 4}, 5,
                                   [2, 1, 1])
    # What was given to a is not given again.
    third = stack("three", a=5, b=5, c=6)
    assert found(3, 2, third) == ({"a": 5, "b": 2, "c": 3, "d": 0}, 6,
                                  [2, 1, 1])
    # Fixed ones stay, found or not, and grow by what overlaps them.
    ids, _, counts = found(4, 3, stack("four", b=8), "--fixed", "5,2")
    assert ids == {"a": 5, "b": 2, "c": 0, "d": 0}, ids
    assert counts == [1, 0, 1], counts
    assert read(os.path.join(folder, "4.tif")).count(5) == 75
    assert read(os.path.join(folder, "4.tif")).count(2) == 192
    out = os.path.join(folder, "no.tif")
    both = ["-p", os.path.join(folder, "3.tif"), "--previous-list"]
    text = run("objects", third, "-o", out, *both,
               os.path.join(folder, "4.json"), code=1)
    assert "3.tif" in text and "label 3" in text and "4.json" in text, text
    run("objects", third, "-o", out, *both[:2], code=2)
    text = run("objects", third, "-o", out, *both,
               os.path.join(folder, "3.json"), "--fixed", "77", code=1)
    assert "77" in text, text
    with open(os.path.join(folder, "bad.json"), "w") as file:
        file.write('{"objects": [{"id": 1, "class": 1}, {"id": 0}]}')
    text = run("objects", third, "-o", out, *both,
               os.path.join(folder, "bad.json"), code=1)
    assert "bad.json" in text and "2 of 2" in text, text
    assert not os.path.exists(out)


def memory(folder):
    """Three times as many sections take no more."""
    page = bytes((x >> 4 ^ y >> 4) % 3 for y in range(512)
                 for x in range(512))
    out, peaks = os.path.join(folder, "o.tif"), []
    # Sanitizers keep what was freed for a while: little of it here.
    options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
    for depth in (48, 144):
        path = os.path.join(folder, f"{depth}.tif")
        write_stack(path, 512, 512, [page] * depth)
        with subprocess.Popen([PROGRAM, "objects", path, "-o", out, "-f"],
                              stdout=subprocess.DEVNULL,
                              env={**os.environ,
                                   "ASAN_OPTIONS": options}) as done:
            _, status, usage = os.wait4(done.pid, 0)
            done.returncode = status
        assert status == 0
        peaks.append(usage.ru_maxrss)
    print(f"# peak memory {peaks[0] // 1024} and {peaks[1] // 1024} MB")
    assert peaks[1] - peaks[0] < 30 * 1024, peaks


def wrong(folder):
    stack, _ = make_stack(folder)
    out = os.path.join(folder, "o.tif")

    def refuse(*words, code=2):
        text = run("objects", *words, code=code)
        assert not os.path.exists(out), words
        return text

    assert "--output" in refuse(stack)
    assert "--classes" in refuse(stack, "-o", out, "-c", "256")
    assert "--min-size" in refuse(stack, "-o", out, "--min-size", "2=0")
    assert "--neighbours" in refuse(stack, "-o", out, "--neighbours", "8")
    assert "--voxel-size" in refuse(stack, "-o", out, "--min-volume", "9")
    assert "--split" in refuse(stack, "-o", out, "--relief", "9")
    assert "--distance" in refuse(stack, "-o", out, "--split", "1",
                                  "--distance", "5", "--boundaries", stack)
    assert "--relief" in refuse(stack, "-o", out, "--relief", "101", "--split",
                                "1", "-v", "9,9,9")
    other = os.path.join(folder, "other.tif")
    write_tiff(other, 4, 2, [0] * 8)
    text = refuse(stack, "-o", out, "--split", "1", "-v", "9,9,9",
                  "--boundaries", other, code=1)
    assert "other.tif" in text and "37" in text, text
    assert ".zarr" in refuse(stack, "-o", os.path.join(folder, "o.png"))
    again = os.path.join(folder, ".", "o.tif")
    for name in (out, again):
        assert "same file" in refuse(stack, "-o", out, "--list", name)
    assert "classes.tif" in run("objects", stack, "-o", stack, "--force",
                                code=1)
    for words in (["-o", stack + "x.tif", "--list", stack + ".json"],
                  ["-o", out, "--list", stack + ".json"]):
        with open(words[3] if words[1] == out else words[1], "w") as file:
            file.write("mine")
        assert "--force" in run("objects", stack, *words, code=1)
    many = os.path.join(folder, "many.tif")
    write_tiff(many, 4, 2, [1, 2, 3, 4, 5, 6, 700, 8], sample=2)
    text = refuse(many, "-o", out, code=1)
    assert "many.tif" in text and "700" in text and "2, 1, 0" in text, text


main([neighbours, classes_and_sizes, volumes, unknown, zarr, into_project,
      split, previous, memory, wrong])
