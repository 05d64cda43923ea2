# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""export-training and check-training: each voxel by its definition, the same
bytes twice, loaded as the README says, and every damage found."""
import json
import math
import os
import re
import shutil
import signal
import subprocess
import time

from common import Skip, Tiff, main, run, run_json, write_stack
from curated_sets import (REGIONS, export, label_at, make_project, manifest,
                          npy)
from threshold_network import make_network

def files(path):
    found = {}
    for folder, _, names in os.walk(path):
        for name in names:
            whole = os.path.join(folder, name)
            with open(whole, "rb") as file:
                found[os.path.relpath(whole, path)] = file.read()
    return found


def weight(x, y, box, class_weight, w0, sigma):
    """The U-Net paper's, over the item's section, by trying all."""
    best = {}
    for v in range(box[1], box[4]):
        for u in range(box[0], box[3]):
            label = counted_label(u, v, 4)
            if label:
                far = math.hypot(u - x, v - y)
                best[label] = min(best.get(label, far), far)
    two = sorted(best.values())[:2]
    if len(two) < 2:
        return class_weight
    return class_weight + w0 * math.exp(-sum(two) ** 2 / (2 * sigma ** 2))


def counted_label(x, y, z):
    dirt = REGIONS[3][1]
    inside = all(dirt[i] <= (x, y, z)[i] < dirt[i + 3] for i in range(3))
    return 0 if inside else label_at(x, y, z)


def voxels(folder):
    """Every voxel of every array."""
    project, out = make_project(folder), os.path.join(folder, "set")
    said = export(project, out, "--format", "npy", "--no-fill")
    assert said["regions"] == said["items"] == 3
    # The guard band: 5 voxels beside val, at the cost of training.
    assert any("A b/c" in text for text in said["warnings"]), said
    data = manifest(out)
    rows = {row["id"]: row for row in data["regions"]}
    assert rows[1]["note"] == "about " + rows[1]["name"], rows
    assert rows[1]["path"] == "train/001-A-b-c" and rows[3]["path"] == "test/003"
    assert rows[1]["size"] == [6, 40, 28] and rows[2]["size"] == [6, 20, 17]
    assert rows[1]["size_before_guard"] == [6, 40, 30]
    assert len(data["distances"]) == 3
    assert all(row["is_apart"] for row in data["distances"])
    classes = {row["name"]: row for row in data["classes"]}
    mito = classes["mitochondrion"]
    for row in data["regions"]:
        (z0, y0, x0), (d, h, w) = row["offset"], row["size"]
        arrays = {}
        for name in ("raw", "labels", "instances", "mask", "source",
                     "weights"):
            shape, arrays[name] = npy(
                os.path.join(out, row["path"], name + ".npy"))
            assert shape == row["size"], (name, shape)
        counted = imported = 0
        for i in range(d * h * w):
            x, y, z = x0 + i % w, y0 + i // w % h, z0 + i // w // h
            label = counted_label(x, y, z)
            assert arrays["raw"][i] == (x * 3 + y * 5 + z * 7) % 251
            assert arrays["instances"][i] == label
            assert arrays["labels"][i] == (mito["id"] if label else 0)
            assert arrays["mask"][i] == (label > 0)
            assert arrays["source"][i] == (label_at(x, y, z) > 0)
            counted += label > 0
            imported += label_at(x, y, z) > 0
            assert (arrays["weights"][i] > 0) == (label > 0)
        assert row["counted_voxels"] == counted
        assert row["voxels_by_source"]["imported"] == imported
        box = (x0, y0, 0, x0 + w, y0 + h, 0)
        for i in range(4 * w * h, 4 * w * h + 3 * w):
            x, y = x0 + i % w, y0 + i // w % h
            if arrays["weights"][i]:
                wanted = weight(x, y, box, mito["weight"], 10, 5)
                assert abs(arrays["weights"][i] - wanted) < 1e-5 * wanted
    run("check-training", out)


def fill(folder):
    """What nobody labelled is background; weights by inverse frequency."""
    project, out = make_project(folder), os.path.join(folder, "set")
    export(project, out, "--format", "npy", "--border-weight", "0")
    data = manifest(out)
    both = [row for row in data["classes"] if row["voxels"]]
    total = sum(row["voxels"] for row in both)
    train = data["regions"][0]
    assert len(both) == 2 and total == train["counted_voxels"]
    for row in both:
        assert abs(row["weight"] - total / 2 / row["voxels"]) < 1e-9
    weights = npy(os.path.join(out, train["path"], "weights.npy"))[1]
    assert abs(sum(weights) / total - 1) < 1e-5
    run("check-training", out)


def every_format_twice(folder):
    project = make_project(folder)
    for name in ("tiff", "zarr", "hdf5", "npy"):
        outs = [os.path.join(folder, name + end) for end in ("1", "2")]
        for out in outs:
            export(project, out, "--format", name)
            run("check-training", out)
        one, other = map(files, outs)
        assert one == other and len(one) > 4, name
    assert not [name for name in os.listdir(folder) if "part" in name]
    stack = Tiff(os.path.join(folder, "tiff1", "test", "003", "labels.tif"))
    assert stack.size == [14, 32, 9]
    one = npy(os.path.join(folder, "npy1", "test", "003", "labels.npy"))[1]
    assert [v for page in stack.pages for v in page] == list(one)


def patches(folder):
    project, out = make_project(folder), os.path.join(folder, "set")
    said = export(project, out, "--format", "npy", "--patch", "4,16,12",
                  "--overlap", "1,4,2")
    data = manifest(out)
    mine = [row for row in data["items"] if row["region"] == 1]
    # 6 planes by 3, 40 rows by 12, 28 columns by 10; the last ends at the end.
    assert sorted({tuple(row["offset"]) for row in mine}) == [
        (z, y, x) for z in (0, 2) for y in (0, 12, 24) for x in (0, 10, 16)]
    assert said["items"] == len(data["items"])
    for row in data["items"]:
        assert row["size"] == [4, 16, 12]
        assert npy(os.path.join(out, row["path"], "raw.npy"))[0] == row["size"]
    run("check-training", out)
    text = export(project, out + "2", "--patch", "4,30,12", "-g", "2,5,5",
                  code=1)
    assert "“val” has 20 voxels along y" in text, text
    assert not os.path.exists(out + "2")


def states(folder):
    """What is not verified is refused, or only what people said counts."""
    project, out = make_project(folder, "in progress"), \
        os.path.join(folder, "set")
    text = export(project, out, "-g", "2,5,5", code=1)
    assert "not verified" in text and "A b/c" in text, text
    said = export(project, out, "--warn")
    assert len([t for t in said["warnings"] if "not verified" in t]) == 3
    # Nobody has looked at what is not labelled there.
    for row in manifest(out)["regions"][1:]:
        imported = row["voxels_by_source"]["imported"]
        assert row["counted_voxels"] == imported > 0, row
    run("check-training", out)
    # Background that a person painted is said, whatever the state.
    run("paint", project, stdin=json.dumps({
        "tool": "eraser", "plane": "xy", "slice": 4, "radius_nm": 24,
        "depth": 1, "points": [[20.5, 20.5]]}) + "\n")
    for words in ([], ["--no-fill"]):
        shutil.rmtree(out)
        export(project, out, "--warn", *words)
        background = manifest(out)["classes"][0]["voxels"]
        row = manifest(out)["regions"][0]
        assert background == row["voxels_by_source"]["human"] > 0, row
        run("check-training", out)


def guard(folder):
    project, out = make_project(folder), os.path.join(folder, "set")
    text = export(project, out, code=2)
    assert "--guard" in text, text
    text = export(project, out, "-g", "9,40,70", code=1)
    assert "Nothing of the region" in text, text
    # 3 voxels along x are enough already.
    said = export(project, out, "-g", "9,40,3")
    assert said["warnings"] == []


def damaged(folder):
    project, out = make_project(folder), os.path.join(folder, "set")
    bad, item = os.path.join(folder, "bad"), "train/001-A-b-c/"
    export(project, out, "--format", "npy")

    def check(change, *words):
        shutil.rmtree(bad, ignore_errors=True)
        shutil.copytree(out, bad)
        change()
        done = subprocess.run([os.environ.get("LAMELLA_CLI", "lamella-cli"),
                               "check-training", bad], capture_output=True,
                              text=True)
        assert done.returncode == 1, done
        for word in words:
            assert word in done.stdout + done.stderr, (word, done)

    def poke(name, at, value):
        with open(os.path.join(bad, item + name), "r+b") as file:
            file.seek(at, 0 if at >= 0 else 2)
            file.write(value)

    def edit(old, new):
        path = os.path.join(bad, "manifest.json")
        with open(path) as file:
            text = file.read()
        assert old in text
        with open(path, "w") as file:
            file.write(text.replace(old, new, 1))

    check(lambda: poke("raw.npy", -1, b"\xff"), "raw.npy was changed")
    check(lambda: poke("labels.npy", 128 + 28 * 9 + 24, b"\x77"), "labels.npy",
          "class is not in the table")
    check(lambda: poke("mask.npy", -1, b"\x02"), "neither 0 nor 1")
    check(lambda: poke("weights.npy", 128, b"\0\0\xc0\x7f"), "weight")
    check(lambda: os.unlink(os.path.join(bad, item + "mask.npy")), "mask.npy")
    check(lambda: os.truncate(os.path.join(bad, item + "source.npy"), 999),
          "source.npy has 999 bytes", "cut off")
    check(lambda: open(os.path.join(bad, "more"), "w").close(),
          "more is not in the manifest")
    data = manifest(out)
    size = json.dumps(data["options"]["guard"])
    assert size == "[2, 5, 5]"
    pretty = '"guard" : [\n      2,\n      5,\n      5'
    check(lambda: edit(pretty, pretty.replace("5", "50").replace("2,", "9,")),
          "train/001-A-b-c and validation/002-val are 5, ")
    check(lambda: edit('"verified"', '"flagged"'), "not verified")
    check(lambda: edit('"role" : "test"', '"role" : "train"'))
    check(lambda: edit('"path" : "README.md"', '"path" : "../README.md"'),
          "none in the folder")
    check(lambda: edit('"dtype" : "uint32"', '"dtype" : "float32"'),
          "instances of train/001-A-b-c is of uint32")
    check(lambda: edit("Lamella training set", "x"), "not that of a training")
    check(lambda: edit("{", "["), "cannot be read as JSON")
    check(lambda: os.unlink(os.path.join(bad, "manifest.json")),
          "manifest.json")
    # Others' formats, cut off.
    for name, path in (("hdf5", "test/003.h5"),
                       ("tiff", "test/003/mask.tif")):
        made = os.path.join(folder, name)
        export(project, made, "--format", name)
        os.truncate(os.path.join(made, path), 600)
        assert "problem" in run("check-training", made, code=1)


def programs(out):
    with open(os.path.join(out, "README.md")) as file:
        blocks = re.findall(r"```python\n(.*?)```", file.read(), re.S)
    assert len(blocks) == 2
    assert all(len(block.splitlines()) <= 10 for block in blocks)
    return blocks


def python(*words):
    """Debian's, which has Debian's packages."""
    done = subprocess.run(["/usr/bin/python3", *words], capture_output=True,
                          text=True, timeout=200)
    return done


def load(folder, which, uses, formats):
    if python("-c", "import importlib.util as u, sys\n"
              f"sys.exit(not u.find_spec('{which}'))").returncode:
        raise Skip(which + " is not here")
    project, lines = make_project(folder), []
    for name, module in formats:
        out = os.path.join(folder, name)
        export(project, out, "--format", name)
        block = programs(out)[0 if which == "torch" else 1]
        lines.append(f"try:\n    import {module}\nexcept ImportError:\n"
                     f"    print('no {module}')\nelse:\n"
                     + "".join("    " + line + "\n"
                               for line in block.splitlines())
                     + f"    check({uses}({out!r}, 'train'))\n")
    path = os.path.join(folder, "load.py")
    with open(path, "w") as file:
        file.write("def check(rows):\n"
                   "    rows = [[a.numpy() for a in row] for row in rows]\n"
                   "    (raw, labels, weights), = rows\n"
                   "    assert raw.shape == labels.shape == weights.shape == "
                   "(6, 40, 28)\n"
                   "    assert raw[2, 3, 5] == 15 + 15 + 14\n"
                   "    assert str(labels.dtype) == 'int64'\n"
                   "    assert ((weights > 0) >= (labels > 0)).all()\n"
                   + ("    print('good')\n") + "".join(lines))
    done = python(path)
    assert done.returncode == 0, done.stderr
    print("# " + done.stdout.replace("\n", " "))
    assert "good" in done.stdout, done.stdout


FORMATS = [("tiff", "tifffile"), ("zarr", "zarr"), ("hdf5", "h5py"),
           ("npy", "numpy")]


def pytorch(folder):
    load(folder, "torch", "TrainingSet", FORMATS)


def tensorflow(folder):
    load(folder, "tensorflow", "training_set", FORMATS)


def hdf5_by_others(folder):
    out = os.path.join(folder, "set")
    if python("-c", "import h5py").returncode:
        raise Skip("h5py is not here")
    export(make_project(folder), out, "--format", "hdf5")
    done = python("-c", "import h5py, sys\n"
                  "f = h5py.File(sys.argv[1], 'r')\n"
                  "d = f['labels']\n"
                  "print(sorted(f), d.shape, d.dtype, list(d.attrs['offset']),"
                  " list(d.attrs['resolution']), d[3, 7, 9])",
                  os.path.join(out, "test", "003.h5"))
    assert done.stdout.strip() == (
        "['instances', 'labels', 'mask', 'raw', 'source', 'weights'] "
        "(9, 32, 14) uint8 [0, 8, 56] [32.0, 8.0, 8.0] 2"), done


def without_hdf5(folder):
    """Its library is loaded for its files alone, and missed by name."""
    project = make_project(folder)
    libraries = os.path.join(folder, "libraries")
    os.mkdir(libraries)
    with open(os.path.join(libraries, "libhdf5_serial.so.103"), "w") as file:
        file.write("no library")
    env = dict(os.environ, LD_LIBRARY_PATH=libraries)
    command = ["export-training", project, "-g", "2,5,5", "-o"]
    run(*command, os.path.join(folder, "a"), "--format", "npy", env=env)
    text = run(*command, os.path.join(folder, "b"), "--format", "hdf5",
               env=env, code=1)
    assert "HDF5" in text and "libhdf5_serial" in text, text
    assert not os.path.exists(os.path.join(folder, "b")), os.listdir(folder)


def interrupted(folder):
    """Ctrl+C leaves nothing behind."""
    image, project, out = (os.path.join(folder, name) for name in (
        "big.tif", "big.lamella", "set"))
    write_stack(image, 512, 512, [os.urandom(512 * 512)] * 40)
    run("project", "create", image)
    run("region", "add", project, "all", "-r", "train", "-s", "verified")
    with subprocess.Popen(
            [os.environ.get("LAMELLA_CLI", "lamella-cli"), "export-training",
             project, "-o", out, "-g", "1,1,1", "--fill"],
            stderr=subprocess.PIPE, text=True) as child:
        while not any(".part" in name for name in os.listdir(folder)):
            assert child.poll() is None, "it was too fast"
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        text = child.stderr.read()
    assert child.returncode == 1 and "interrupted" in text, text
    assert sorted(n for n in os.listdir(folder) if "set" in n) == []


def network(folder):
    """The guard band is what a network sees."""
    project, out = make_project(folder), os.path.join(folder, "set")
    net = make_network(folder, kernel=5)
    run_json("export-training", project, "-o", out, "-m", net)
    assert manifest(out)["options"]["guard"] == [1, 5, 5]


def wrong(folder):
    project, out = make_project(folder), os.path.join(folder, "set")
    for words in ([], ["-o", out, "--format", "mat"],
                  ["-o", out, "--guard", "1,2"], ["-o", out, "-p", "0,1,1"],
                  ["-o", out, "--overlap", "1,1,1"],
                  ["-o", out, "--warn", "--only-verified"],
                  ["-o", out, "-g", "1,1,1", "-m", "x.onnx"],
                  ["-o", out, "--border-weight", "-1"]):
        run("export-training", project, *words, code=2)
    text = export(project, out, "-p", "4,8,8", "--overlap", "1,1,8", "-g",
                  "2,5,5", code=1)
    assert "cannot overlap by 8" in text, text
    os.mkdir(out)
    assert "there already" in export(project, out, "-g", "2,5,5", code=1)
    os.rmdir(out)
    image = os.path.join(folder, "image.tif")
    os.rename(image, image + "x")
    text = export(project, out, "-g", "2,5,5", code=1)
    assert "image.tif" in text, text
    assert not os.path.exists(out)
    assert "manifest" in run("check-training", folder, code=1)
    for i in range(1, 6):
        run("region", "remove", project, i)
    os.rename(image + "x", image)
    assert "no region" in export(project, out, "-g", "2,5,5", code=1)
    # One role alone needs no guard band.
    run("region", "add", project, "alone", "-r", "test", "-s", "verified")
    run("export-training", project, "-o", out)
    os.rename(out, out + "x")
    assert [row["name"] for row in run_json("region", "list", project)] == \
        ["alone"]


main([voxels, fill, every_format_twice, patches, states, guard, damaged,
      interrupted, network, pytorch, tensorflow, hdf5_by_others,
      without_hdf5, wrong])
