# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""check-training: each value of a manifest changed alone is told, by its name
where it can be computed again; and weights of classes that training lacks."""
import hashlib
import json
import os
import shutil
import struct
import subprocess

from common import main, run, run_json, write_stack
from curated_sets import (DEPTH, HEIGHT, REGIONS, WIDTH, export, label_at,
                          make_project, manifest, npy)

# What nothing but the manifest says, or no array need show.
ONLY_SAID = {
    "program", "project.name", "project.last_edit", "project.last_edit_time",
    "project.last_edit_by", "volume.name", "volume.channel", "arrays[].what",
    "volume.size[]", "options.guard[]", "classes[].name",
    "classes[].colour", "classes[].has_instances",
    "regions[].note", "regions[].people[]", "options.only_verified",
    "options.unlabelled_is_background"}
# Ends it, with words of its own.
NO_SET = {"what", "version", "options.format"}


def leaves(node, path=()):
    """Paths to all that is no object and no array."""
    if isinstance(node, (dict, list)):
        for key, each in (node.items() if isinstance(node, dict)
                          else enumerate(node)):
            yield from leaves(each, (*path, key))
    else:
        yield path


def name(path):
    return "".join("[]" if isinstance(key, int) else "." + key
                   for key in path).lstrip(".")


def word_of(path):
    """What names it; some are seen by what does not fit them any more."""
    near = {"regions[].id": "regions[", "regions[].name": "path",
            "items[].region": "region", "arrays[].dtype": " is of "}
    return near.get(name(path), [key for key in path
                                 if isinstance(key, str)][-1])


def changed(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return value[:-1] + ("x" if value[-1:] != "x" else "y")
    return 1 if value is None else value + 1 if isinstance(value, int) \
        else value * 1.01 + 0.001


def check(out, *codes):
    done = subprocess.run([os.environ.get("LAMELLA_CLI", "lamella-cli"),
                           "check-training", out], capture_output=True,
                          text=True)
    assert done.returncode in codes, done
    return done.stdout + done.stderr


def write_manifest(out, data):
    with open(os.path.join(out, "manifest.json"), "w") as file:
        json.dump(data, file)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def write_sums(out):
    """As one would who wants to hide a change."""
    names = [row["path"] for row in manifest(out)["files"]]
    with open(os.path.join(out, "SHA256SUMS"), "w") as file:
        for each in (*names, "manifest.json"):
            file.write(f"{sha256(os.path.join(out, each))}  {each}\n")


def change(out, path, value=None):
    data = manifest(out)
    node = data
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = changed(node[path[-1]]) if value is None else value
    write_manifest(out, data)


def each_change(out, bad, rehash):
    """Yields a path and what is said when its value alone was changed: the
    first two rows of each table, all of the rest. What lies in the set beside
    the manifest and the sums stays as it is."""
    shutil.rmtree(bad, ignore_errors=True)
    shutil.copytree(out, bad)
    for path in leaves(manifest(out)):
        if any(isinstance(key, int) and key > 1 for key in path) and not (
                path[0] in ("options", "volume")):
            continue
        if rehash and (name(path) in ONLY_SAID or path[0] == "files"):
            continue
        change(bad, path)
        if rehash and path[0] != "files":
            write_sums(bad)
        yield path, check(bad, 1, 0 if rehash else 1)
        for each in ("manifest.json", "SHA256SUMS"):
            shutil.copyfile(os.path.join(out, each), os.path.join(bad, each))
    check(bad, 0)


def make_rich_set(folder, *words):
    out = os.path.join(folder, "set")
    export(make_project(folder), out, *words)
    return out, os.path.join(folder, "bad")


def every_value(folder):
    """A value of the manifest, changed alone."""
    out, bad = make_rich_set(folder, "--format", "tiff")
    seen = set()
    for path, text in each_change(out, bad, False):
        seen.add(name(path))
        if name(path) not in NO_SET:
            assert "manifest.json was changed" in text, (path, text)
            assert word_of(path) in text or \
                path[0] in ("files", "project"), (path, text)
    assert ONLY_SAID - {"regions[].people[]"} < seen, ONLY_SAID - seen
    assert len(seen) > 60, len(seen)


def every_value_rehashed(folder):
    """The same with hashes that fit: what can be computed again is found, by
    its name, in a set of patches too."""
    for words in (["--format", "tiff"],
                  ["--format", "npy", "-p", "4,20,14", "--overlap", "1,4,2"]):
        out, bad = make_rich_set(folder, *words)
        missed = []
        for path, text in each_change(out, bad, True):
            # Its files have none, and weights are of sections.
            if path == ("volume", "voxel_size_nm", 0) and "npy" in words:
                continue
            word = "items" if "overlap" in path and "npy" in words else \
                word_of(path)
            if "is sound" in text or (
                    name(path) not in NO_SET and word not in text):
                missed.append((path, text))
        assert not missed, missed
        shutil.rmtree(out)


def voxel_size(folder):
    """By each format that has one; alone, and unknown."""
    project = make_project(folder)
    for kind in ("tiff", "zarr", "hdf5"):
        out = os.path.join(folder, kind)
        export(project, out, "--format", kind)
        run("check-training", out)
        for value in ([32.0, 8.0, 8.01], [32.1, 8.0, 8.0], None):
            data = manifest(out)
            data["volume"]["voxel_size_nm"] = value
            write_manifest(out, data)
            write_sums(out)
            text = check(out, 1)
            assert "volume.voxel_size_nm" in text and "8, 8, 32" in text, text


def one_weight(folder):
    """A voxel's weight, with all hashes written anew."""
    out, bad = make_rich_set(folder, "--format", "npy")
    path = os.path.join(out, "test", "003", "weights.npy")
    weights = npy(path)[1]
    at = next(i for i, value in enumerate(weights) if value > 0)
    for factor in (1.001, 2, 0):
        with open(path, "r+b") as file:
            file.seek(128 + 4 * at)
            file.write(struct.pack("<f", weights[at] * factor))
        data = manifest(out)
        for row in data["files"]:
            row["sha256"] = sha256(os.path.join(out, row["path"]))
        write_manifest(out, data)
        # The manifest and the array alone are at odds with SHA256SUMS.
        text = check(out, 1)
        assert "weights.npy was changed" in text and "manifest.json was" in \
            text, text
        write_sums(out)
        text = check(out, 1)
        assert "test/003, at " in text and "the weight is" in text and \
            "border_w0 10" in text and "1 problem" in text, text


def sums(folder):
    """sha256sum agrees; a list that lacks a file, or is none, is told."""
    out, _ = make_rich_set(folder, "--format", "npy")
    path = os.path.join(out, "SHA256SUMS")
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet",
                    "SHA256SUMS"], cwd=out, check=True)
    with open(path) as file:
        lines = file.readlines()
    assert len(lines) == len(manifest(out)["files"]) + 1
    for bad, word in ((lines[1:], "is not in SHA256SUMS"),
                      ([*lines, "x\n"], f"line {len(lines) + 1}"),
                      ([*lines, lines[0]], "listed twice"),
                      ([*lines, "0" * 64 + "  more\n"], "lists more"),
                      (["0" * 64 + lines[0][64:], *lines[1:]],
                       "was changed")):
        with open(path, "w") as file:
            file.writelines(bad)
        text = check(out, 1)
        assert word in text and "1 problem" in text, text
    os.unlink(path)
    assert "SHA256SUMS is missing" in check(out, 1)


def earlier_version(folder):
    """A set of version 1 is checked, and said to have no such hash; what can
    be computed is told all the same."""
    out, _ = make_rich_set(folder, "--format", "npy")
    os.unlink(os.path.join(out, "SHA256SUMS"))
    data = manifest(out)
    data["version"] = 1
    for row in data["classes"]:
        row["weight"] = row["weight"] if row["voxels"] else 0.0
    write_manifest(out, data)
    text = check(out, 0)
    assert "is sound" in text and "earlier version" in text and \
        "has no SHA256SUMS" in text, text
    said = run_json("check-training", out)
    assert said["problems"] == [] and len(said["remarks"]) == 1, said
    change(out, ("regions", 0, "counted_voxels"))
    text = check(out, 1)
    assert "regions[0].counted_voxels" in text and "earlier" in text, text


def missing_class(folder):
    """A class that is in validation alone weighs 1 there, with a warning."""
    image, labels, others, project, out = (os.path.join(folder, each) for each
                                           in ("image.tif", "labels.tif",
                                               "others.tif", "p.lamella",
                                               "set"))
    box = REGIONS[1][1]

    def is_other(x, y, z):
        return box[0] <= x < box[3] and 9 <= y < 11 and z == 2

    def stack(value):
        return [[value(x, y, z) for y in range(HEIGHT) for x in range(WIDTH)]
                for z in range(DEPTH)]

    write_stack(image, WIDTH, HEIGHT, stack(lambda x, y, z: x + y))
    write_stack(labels, WIDTH, HEIGHT, stack(
        lambda x, y, z: 0 if is_other(x, y, z) else label_at(x, y, z)), 2)
    write_stack(others, WIDTH, HEIGHT, stack(
        lambda x, y, z: 900 if is_other(x, y, z) else 0), 2)
    run("project", "create", image, "-o", project, "-v", "8,8,32")
    run("labels", "import", project, labels, "--class", "mitochondrion")
    run("labels", "import", project, others, "--class", "cell")
    for each, (x0, y0, z0, x1, y1, z1), role in REGIONS[:3]:
        run("region", "add", project, each, "-b",
            f"{x0},{y0},{z0},{x1},{y1},{z1}", "-r", role, "-s", "verified")
    said = export(project, out, "--format", "npy", "--border-weight", "0")
    text, = [each for each in said["warnings"] if "no voxel in training" in
             each]
    n = (box[3] - box[0]) * 2
    assert "“cell”" in text and f"{n} in validation" in text, text
    data = manifest(out)
    cell, = [row for row in data["classes"] if row["name"] == "cell"]
    assert cell["weight"] == 1 and cell["voxels"] == 0, cell
    path = os.path.join(out, data["regions"][1]["path"])
    found = npy(os.path.join(path, "labels.npy"))[1]
    weights = npy(os.path.join(path, "weights.npy"))[1]
    mask = npy(os.path.join(path, "mask.npy"))[1]
    assert list(found).count(cell["id"]) == n
    assert all(w == 1 for w, c in zip(weights, found) if c == cell["id"])
    assert all((w > 0) == (m == 1) for w, m in zip(weights, mask))
    with open(os.path.join(out, "README.md")) as file:
        assert "1 for a class that training does not have" in file.read()
    run("check-training", out)


main([every_value, every_value_rehashed, voxel_size, one_weight, sums,
      earlier_version, missing_class])
