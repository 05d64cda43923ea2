# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""score, against scikit-image and SciPy where they are, and against what they
said elsewhere."""
import json
import os
import sqlite3
import subprocess
import sys

from common import PROGRAM, Skip, Tiff, main, run, run_json, write_stack

SIZE = WIDTH, HEIGHT, DEPTH = 45, 38, 14
NM = (6.0, 7.0, 30.0)
# Beside this file, score.json: what scikit-image 0.19.3 and SciPy 1.10.1 say of
# the volumes below, as plain() gives it.


def truth_at(x, y, z):
    """Labels in blocks that slant, some background."""
    label = 1 + (x + z) // 9 + 7 * ((y + 2 * z) // 11)
    return 0 if (x * 7 + y * 3 + z * 5) % 41 < 9 else label


def test_at(x, y, z):
    """Shifted and merged, with noise."""
    label = truth_at(min(x + 2, WIDTH - 1), max(y - 1, 0), z)
    if label in (3, 4, 11):
        label = 3
    return 77 if (x * 5 + y * 11 + z * 17) % 97 == 0 else label


def classes(label):
    return label % 5 if label != 77 else 6


def volume(at):
    return [[at(x, y, z) for y in range(HEIGHT) for x in range(WIDTH)]
            for z in range(DEPTH)]


def write_both(folder, make=lambda label: label, sample=2):
    paths = []
    for name, at in (("test", test_at), ("truth", truth_at)):
        path = os.path.join(folder, name + ".tif")
        write_stack(path, WIDTH, HEIGHT,
                    [list(map(make, page)) for page in volume(at)], sample)
        paths.append(path)
    return paths


def arrays(make=lambda label: label):
    """Debian's packages serve any Python of Debian's version."""
    if "/usr/lib/python3/dist-packages" not in sys.path \
            and sys.version_info[:2] == (3, 11):
        sys.path.append("/usr/lib/python3/dist-packages")
    try:
        import numpy
        import scipy.spatial
        import skimage.metrics
    except ImportError:
        return None
    return [numpy.array([list(map(make, page)) for page in volume(at)])
            .reshape(DEPTH, HEIGHT, WIDTH) for at in (test_at, truth_at)]


def near(found, wanted, what=""):
    if isinstance(wanted, dict):
        for key, value in wanted.items():
            near(found[key], value, f"{what}.{key}")
    elif isinstance(wanted, (list, tuple)):
        assert len(found) == len(wanted), what
        for i, value in enumerate(wanted):
            near(found[i], value, f"{what}[{i}]")
    else:
        assert abs(found - wanted) <= 1e-9 * max(1, abs(wanted)), \
            (what, found, wanted)


def surface(mask, other):
    """Voxels of the mask beside what is not of it."""
    import numpy
    out = numpy.zeros_like(mask)
    for axis in range(3):
        for step in (slice(1, None), slice(None, -1)):
            one = [slice(None)] * 3
            two = [slice(None)] * 3
            one[axis] = step
            two[axis] = slice(None, -1) if step.start else slice(1, None)
            out[tuple(one)] |= mask[tuple(one)] & other[tuple(two)]
    return out


def boundary(test, truth, index, ignored=None):
    import numpy
    from scipy.spatial import cKDTree
    from skimage.metrics import hausdorff_distance
    counts = numpy.ones_like(truth, bool) if ignored is None \
        else truth != ignored
    both = [surface((v == index) & counts, (v != index) & counts)
            for v in (test, truth)]
    scale = numpy.array(NM[::-1])
    points = [numpy.argwhere(mask) * scale for mask in both]
    far = numpy.concatenate([cKDTree(points[1]).query(points[0])[0],
                             cKDTree(points[0]).query(points[1])[0]])
    voxels = hausdorff_distance(*both)
    return {"mean_nm": far.mean(), "hausdorff95_nm":
            float(numpy.percentile(far, 95)), "hausdorff_nm": far.max(),
            "segmentation_voxels": int(both[0].sum()),
            "truth_voxels": int(both[1].sum())}, voxels


def objects_by_definition(test, truth, least):
    found = 0
    for label in set(truth.flat) - {0}:
        for other in set(test[truth == label].flat) - {0}:
            both = ((truth == label) & (test == other)).sum()
            either = ((truth == label) | (test == other)).sum()
            found += both >= least * either
    n = len(set(truth.flat) - {0}), len(set(test.flat) - {0})
    return {"truth": n[0], "segmentation": n[1], "matched": int(found),
            "f1": 2 * found / sum(n), "precision": found / n[1],
            "recall": found / n[0]}


def labels_by_others():
    from skimage import metrics
    test, truth = arrays()
    # In 0.19 they come in the other order than their names say.
    error, recall, precision = metrics.adapted_rand_error(truth, test)
    split, merge = metrics.variation_of_information(truth, test)
    split0, merge0 = metrics.variation_of_information(
        truth, test, ignore_labels=[0])
    return {
        "adapted_rand": {"error": error, "precision": precision,
                         "recall": recall},
        "variation_of_information": {"split_bits": split,
                                     "merge_bits": merge},
        "variation_of_information_foreground": {"split_bits": split0,
                                                "merge_bits": merge0},
        "objects": [objects_by_definition(test, truth, least)
                    for least in (0.5, 0.75)]}


def classes_by_others():
    import numpy
    test, truth = arrays(classes)
    rows = []
    for index in sorted(set(truth.flat) | set(test.flat)):
        one, other = test == index, truth == index
        row = {"class": int(index),
               "iou": (one & other).sum() / (one | other).sum(),
               "dice": 2 * (one & other).sum() / (one.sum() + other.sum())}
        if other.any():
            row["boundary"] = boundary(test, truth, index)[0]
        rows.append(row)
    mean = float(numpy.mean([row["iou"] for row in rows]))
    organelles = float(numpy.mean([row["iou"] for row in rows[1:]]))
    return {"mean_iou": mean, "mean_iou_organelles": organelles,
            "classes": rows}


def plain(value):
    """Without NumPy's numbers."""
    if isinstance(value, dict):
        return {key: plain(row) for key, row in value.items()}
    if isinstance(value, list):
        return [plain(row) for row in value]
    return value if isinstance(value, int) else float(value)


def get_stored(name):
    path = os.path.join(os.path.dirname(__file__), "score.json")
    with open(path) as file:
        return json.load(file)[name]


def labels(folder):
    found = run_json("score", *write_both(folder), "-v", "6,7,30")
    assert found["as"] == "labels" and found["voxels"] == 45 * 38 * 14
    assert found["mean_iou"] is None
    near(found, get_stored("labels"))


def class_scores(folder):
    found = run_json("score", *write_both(folder, classes, 1), "-v", "6,7,30")
    assert found["as"] == "classes"
    near(found, get_stored("classes"))
    last = found["classes"][-1]
    assert last["class"] == 6 and last["iou"] == 0
    assert last["boundary"]["mean_nm"] is None


def against_scikit_image(folder):
    if arrays() is None:
        raise Skip("scikit-image is not here")
    near(run_json("score", *write_both(folder), "-v", "6,7,30"),
         labels_by_others())
    near(get_stored("labels"), labels_by_others())
    near(run_json("score", *write_both(folder, classes, 1), "-v", "6,7,30"),
         classes_by_others())
    near(get_stored("classes"), classes_by_others())
    # The largest distance in voxels is skimage's Hausdorff distance.
    found = run_json("score", *write_both(folder, classes, 1), "-v", "1,1,1")
    test, truth = arrays(classes)
    for row in found["classes"][:-1]:
        near(row["boundary"]["hausdorff_nm"],
             boundary(test, truth, row["class"])[1])


def ignored(folder):
    """As if the voxels were not there: no surface, either."""
    if arrays() is None:
        raise Skip("scikit-image is not here")
    from skimage import metrics
    found = run_json("score", *write_both(folder, classes, 1), "-v", "6,7,30",
                     "--ignore", "2")
    test, truth = arrays(classes)
    counts = truth != 2
    near(found["variation_of_information"]["split_bits"],
         metrics.variation_of_information(truth, test, ignore_labels=[2])[0])
    assert found["ignored_voxels"] == int((~counts).sum())
    for row in found["classes"]:
        index = row["class"]
        one, other = (test == index) & counts, (truth == index) & counts
        near(row["iou"], (one & other).sum() / (one | other).sum())
        if other.any():
            near(row["boundary"], boundary(test, truth, index, 2)[0])


def zarr_and_box(folder):
    """In bricks of another shape; a cut-out against the whole."""
    test, truth = write_both(folder, classes, 1)
    store = os.path.join(folder, "truth.zarr")
    run("convert", truth, store)
    words = ["-v", "6,7,30"]
    one = run_json("score", test, truth, *words)
    other = run_json("score", test, store, *words)
    del one["truth"], other["truth"]
    assert one == other
    box = ["--box", "3,4,2,40,30,11"]
    part = os.path.join(folder, "part.tif")
    run("convert", test, part, *box)
    one = run_json("score", test, truth, *words, *box)
    other = run_json("score", part, truth, *words, *box)
    del one["segmentation"], other["segmentation"]
    assert one == other and one["size"] == [37, 26, 9]


def far_apart(folder):
    """The nearest surface is many parts away: 70 · 40 nm."""
    paths = []
    for name, where in (("a", 3), ("b", 73)):
        path = os.path.join(folder, name + ".tif")
        page = [0] * (300 * 300)
        spot = list(page)
        spot[300 * 150 + 150] = 1
        write_stack(path, 300, 300,
                    [spot if z == where else page for z in range(80)])
        paths.append(path)
    found = run_json("score", *paths, "-v", "5,5,40")
    row = found["classes"][1]["boundary"]
    near([row["mean_nm"], row["hausdorff_nm"]], [2800, 2800])


def projects(folder):
    """Labels with classes; what truth leaves unlabelled does not count."""
    test, truth = write_both(folder)
    names = []
    for path in (test, truth):
        image = os.path.join(folder, "image.tif")
        if not names:
            write_stack(image, WIDTH, HEIGHT, [[1] * (WIDTH * HEIGHT)] * DEPTH)
        name = path.replace(".tif", ".lamella")
        run("project", "create", image, "-o", name, "-v", "6,7,30")
        run("labels", "import", name, path, "--class", "mitochondrion")
        names.append(name)
    found = run_json("score", *names)
    pages = volume(truth_at)
    zeros = sum(page.count(0) for page in pages)
    assert found["as"] == "labels" and found["ignored_voxels"] == zeros
    rows = {row["name"]: row for row in found["classes"]}
    assert 0 < rows["mitochondrion"]["iou"] < 1
    assert found["objects"][0]["truth"] == \
        len({label for page in pages for label in page}) - 1
    plain_files = run_json("score", test, truth, "-v", "6,7,30", "--ignore",
                           "0")
    near(found["adapted_rand"], plain_files["adapted_rand"])
    near(found["variation_of_information"],
         plain_files["variation_of_information"])
    text = run("score", *names)
    assert "mitochondrion" in text and "Adapted Rand error" in text, text
    assert "no region" in run("score", *names, "-r", "R", code=1)
    # The same as classes: pieces are counted, not labels.
    as_classes = run_json("score", *names, "--as", "classes")
    near(as_classes["mean_iou"], found["mean_iou"])
    assert as_classes["classes"][0]["name"] == "background"


THEIRS = {0: 10, 1: 700, 2: 20, 3: 30, 4: 40, 5: 70000, 6: 60}


def told(*words):
    """What is said beside the result."""
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True,
                          check=True)
    return done.stderr


def mapped(folder):
    """A truth that numbers its classes otherwise scores as one that does not,
    and what is not told is told about, not guessed."""
    test, truth = write_both(folder, classes, 1)
    theirs = os.path.join(folder, "theirs.tif")
    pages = volume(lambda *at: THEIRS[classes(truth_at(*at))])
    write_stack(theirs, WIDTH, HEIGHT, pages, 4)
    there = sorted({number for page in pages for number in page})
    words = ["-v", "6,7,30"]
    pairs = ",".join(f"{THEIRS[i]}={i}" for i in THEIRS
                     if THEIRS[i] in there)
    one = run_json("score", test, truth, *words)
    other = run_json("score", test, theirs, *words, "--map", pairs)
    assert other["unmapped"] == []
    del one["truth"], other["truth"]
    assert one == other
    # Several to one; --ignore is about the truth's own numbers.
    merged = os.path.join(folder, "merged.tif")
    write_stack(merged, WIDTH, HEIGHT, volume(
        lambda *at: min(classes(truth_at(*at)), 1)))
    one = run_json("score", test, merged, *words)
    other = run_json("score", test, theirs, *words, "--map", ",".join(
        f"{n}={int(n != 10)}" for n in there))
    near(other["mean_iou"], one["mean_iou"])
    one = run_json("score", test, truth, *words, "--ignore", "2")
    other = run_json("score", test, theirs, *words, "--map", pairs,
                     "--ignore", "20")
    assert other["ignored_voxels"] == one["ignored_voxels"] > 0
    near(other["mean_iou"], one["mean_iou"])
    # What is not told does not count.
    short = run_json("score", test, theirs, *words, "--map", "10=0,700=1")
    rest = [n for n in there if n not in (10, 700)]
    assert short["unmapped"] == rest
    assert short["ignored_voxels"] == sum(
        n not in (10, 700) for page in pages for n in page)
    text = told("score", test, theirs, *words, "--map", "10=0,700=1,9=1")
    assert ", ".join(map(str, rest)) in text, text
    assert "--map: 9 does not occur" in text, text
    for wrong_map in ("", "1", "a=1", "1=255", "1=", "1=1,1=2", "1=cell"):
        assert "--map" in run(
            "score", test, theirs, "--map", wrong_map, code=2), wrong_map
    run("score", test, theirs, "--map", "1=1", "--as", "labels", code=2)
    minus = os.path.join(folder, "nothing.tif")
    text = run("score", test, minus, "--map", "1=1", code=1)
    assert "nothing.tif" in text


def by_name(folder):
    """Two projects that number their classes otherwise."""
    names = []
    image = os.path.join(folder, "image.tif")
    write_stack(image, WIDTH, HEIGHT, [[1] * (WIDTH * HEIGHT)] * DEPTH)
    for path in write_both(folder, classes, 1):
        name = path.replace(".tif", ".lamella")
        run("project", "create", image, "-o", name, "-v", "6,7,30")
        run("labels", "import", name, path, "--as", "classes", "--map",
            "3=1,4=2,6=2")
        names.append(name)
    one = run_json("score", *names, "--as", "classes")
    assert one["unmapped"] == []
    # The other way round in the truth's table, and in its labels.
    def change(*statements):
        with sqlite3.connect(names[1]) as db:
            for statement in statements:
                db.execute(statement)
        db.close()

    change("UPDATE class SET name = CASE id WHEN 1 THEN 'mitochondrion' "
           "ELSE 'cell' END WHERE id IN (1, 2)",
           "UPDATE label SET class = 3 - class WHERE class IN (1, 2)")
    other = run_json("score", *names, "--as", "classes")
    assert other["unmapped"] == []
    del one["box"], other["box"]
    assert one == other
    change("UPDATE class SET name = 'bouton' WHERE id = 1")
    words = ["score", *names, "--as", "classes"]
    assert run_json(*words)["unmapped"] == [1]
    assert "1 “bouton”" in told(*words)
    back = run_json("score", *names, "-m", "1=mitochondrion")
    near(back["mean_iou"], one["mean_iou"])


def second_person(folder):
    """A region, blind; what the two say of it is compared class by class."""
    _, truth = write_both(folder)
    image = os.path.join(folder, "image.tif")
    first, second = (os.path.join(folder, name + ".lamella")
                     for name in ("first", "second"))
    write_stack(image, WIDTH, HEIGHT,
                [[(x * 5 + y * 3 + z) % 256 for y in range(HEIGHT)
                  for x in range(WIDTH)] for z in range(DEPTH)])
    run("project", "create", image, "-o", first, "-v", "6,7,30")
    run("labels", "import", first, truth, "--class", "mitochondrion")
    box = "5,6,2,40,30,9"
    run("region", "add", first, "both", "-b", box)
    run("region", "export-blind", first, "both", "-o", second)
    assert Tiff(os.path.join(folder, "second.tif")).pages[3][2 * 35 + 4] == \
        (9 * 5 + 8 * 3 + 5) % 256
    found = run_json("score", second, first, "-r", "both")
    # Nothing is said of it yet.
    assert [row["iou"] for row in found["classes"]] == [0, 0], found
    part = os.path.join(folder, "part.tif")
    run("convert", truth, part, "-b", box)
    run("labels", "import", second, part, "--class", "mitochondrion")
    found = run_json("score", second, first, "-r", "both")
    assert found["size"] == [35, 24, 7] and found["mean_iou"] == 1, found
    assert found["voxel_size_nm"] == [6, 7, 30]
    assert "there already" in run("region", "export-blind", first, "1", "-o",
                                  second, code=1)
    assert "no region" in run("region", "export-blind", first, "x", "-o",
                              second + "2.lamella", code=1)


def names_given(folder):
    paths = write_both(folder, classes, 1)
    found = run_json("score", *paths, "--no-boundaries", "--no-objects", "-c",
                     "ground,a,b,c,d,e,f")
    assert [row["name"] for row in found["classes"]] == \
        ["ground", "a", "b", "c", "d", "f"]
    # Without pieces a class is an object.
    assert found["objects"][0]["truth"] == 4


def write_twenty(folder):
    """By hand: IoU 6/9, 3/8, 4/7, 1/2 and Dice 12/15, 6/11, 8/11, 2/3."""
    paths = []
    for name, values in (
            ("test", [0] * 6 + [1] * 2 + [1] * 3 + [2] * 3 + [2] * 4 + [3, 0]),
            ("truth", [0] * 8 + [1] * 6 + [2] * 4 + [3] * 2)):
        paths.append(os.path.join(folder, name + "20.tif"))
        write_stack(paths[-1], 20, 1, [values])
    return paths


def organelles(folder):
    """The mean is of what is said, and the text says of what."""
    names = "background,cell,mitochondrion,alpha granule"
    for words, iou, dice, which, text in (
            ([], (3 / 8 + 4 / 7 + 1 / 2) / 3, (6 / 11 + 8 / 11 + 2 / 3) / 3,
             [1, 2, 3], "all but the background"),
            (["-c", names], (4 / 7 + 1 / 2) / 2, (8 / 11 + 2 / 3) / 2, [2, 3],
             "mitochondrion, alpha granule"),
            (["-c", "mitochondrion,membrane,plasma membrane,Cells"], None,
             None, [], "none is here"),
            (["--organelles", "3"], 1 / 2, 2 / 3, [3], "class 3"),
            (["-c", names, "--organelles", "cell, 3"], (3 / 8 + 1 / 2) / 2,
             (6 / 11 + 2 / 3) / 2, [1, 3], "cell, alpha granule")):
        paths = write_twenty(folder)
        found = run_json("score", *paths, *words)
        near(found["mean_iou"], (6 / 9 + 3 / 8 + 4 / 7 + 1 / 2) / 4)
        for name, value in (("iou", iou), ("dice", dice)):
            got = found["mean_" + name + "_organelles"]
            if value is None:
                assert got is None, found
            else:
                near(got, value)
        assert [row["class"] for row in found["classes"]
                if row["is_organelle"]] == which, (words, found)
        said = run("score", *paths, *words)
        shown = "–" if iou is None else f"{iou:.4f}"
        assert f"of organelles ({text}) {shown}" in said, (words, said)
    # A project says it of its classes.
    test, truth = write_twenty(folder)
    project = os.path.join(folder, "twenty.lamella")
    run("project", "create", truth, "-o", project, "-v", "6,7,30")
    run("labels", "import", project, truth, "--as", "classes")
    for pair in ((project, test), (test, project), (project, project)):
        found = run_json("score", *pair)
        rows = {row["name"]: row for row in found["classes"]}
        assert rows["mitochondrion"]["is_organelle"], found
        assert not rows["cell"]["is_organelle"], found
    near(run_json("score", test, project)["mean_iou_organelles"],
         (4 / 7 + 1 / 2) / 2)
    assert "of organelles (mitochondrion, alpha granule) 0.5357" in \
        run("score", test, project)
    # A person says otherwise: the mean is of cells, too.
    run("class", "set", project, "cell", "--organelle", "yes")
    run("class", "set", project, "3", "--organelle", "no")
    near(run_json("score", test, project)["mean_iou_organelles"],
         (3 / 6 + 4 / 7) / 2)
    assert "of organelles (cell, mitochondrion) 0.5357" in \
        run("score", test, project)
    assert [row["organelle"] for row in run_json("class", "list", project)] \
        == ["name", "yes", "name", "no", "name", "name", "name"]
    assert "   1  cell, single objects, organelle\n" in \
        run("class", "list", project)
    run("undo", project)
    rows = run_json("class", "list", project)
    assert [row["is_organelle"] for row in rows] == [False] + [True] * 6, rows
    run("class", "set", project, "cell", "--organelle", "name")
    assert not run_json("class", "list", project)[1]["is_organelle"]
    assert "yes" in run("class", "set", project, "cell", "--organelle", "x",
                        code=2)
    assert "--organelle" in run("class", "set", project, "cell", code=2)
    assert "no class “axon”" in run("class", "set", project, "axon",
                                    "--organelle", "yes", code=1)
    run("project", "check", project)
    said = subprocess.run([PROGRAM, "score", test, truth, "--organelles",
                           "3,7"], capture_output=True, text=True, check=True)
    assert "no voxel that counts is of class 7" in said.stderr, said
    assert "has a class “axon”" in \
        run("score", *paths, "--organelles", "axon", code=2)
    assert "--as classes" in run("score", *write_both(folder), "--organelles",
                                 "1", code=2)


def memory(folder):
    """Twice as many sections take no more: 64 of them would be 130 MB."""
    page = bytes((x >> 4 ^ y >> 4) % 3 for y in range(512)
                 for x in range(512))
    peaks = []
    options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
    for depth in (64, 128):
        path = os.path.join(folder, f"{depth}.tif")
        write_stack(path, 512, 512, [page] * depth)
        with subprocess.Popen([PROGRAM, "score", path, path, "--no-objects"],
                              stdout=subprocess.DEVNULL,
                              env={**os.environ,
                                   "ASAN_OPTIONS": options}) as done:
            _, status, usage = os.wait4(done.pid, 0)
            done.returncode = status
        assert status == 0
        peaks.append(usage.ru_maxrss)
    print(f"# peak memory {peaks[0] // 1024} and {peaks[1] // 1024} MB")
    assert peaks[1] - peaks[0] < 60 * 1024, peaks


def wrong(folder):
    test, truth = write_both(folder)
    other = os.path.join(folder, "other.tif")
    write_stack(other, 4, 2, [[0] * 8] * 3)
    text = run("score", test, other, code=1)
    assert "45 × 38 × 14" in text and "4 × 2 × 3" in text, text
    text = run("score", test, os.path.join(folder, "none.tif"), code=1)
    assert "none.tif" in text, text
    write_stack(other, 4, 2, [[0] * 7 + [300]], 2)
    text = run("score", other, other, "--as", "classes", code=1)
    assert "other.tif holds 300 at the voxel 3, 1, 0" in text, text
    write_stack(other, 4, 2, [[0] * 7 + [0xffffffff]], 4)
    text = run("score", other, other, code=1)
    assert "4294967295" in text and "4294967294" in text, text
    for words in (["--as", "x"], ["--ignore", "a"], ["--box", "1,2"],
                  ["--region", "R"], ["-v", "0,1,1"], ["-c", "a,b"]):
        run("score", test, truth, *words, code=2)
    assert "beyond" in run("score", test, truth, "--box", "0,0,0,99,1,1",
                           code=1)
    run("score", test, code=2)


if __name__ == "__main__":
    main([labels, class_scores, against_scikit_image, ignored, zarr_and_box,
          far_apart, projects, mapped, by_name, second_person, names_given, organelles,
          memory, wrong])
