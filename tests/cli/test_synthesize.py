# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""synthesize: stacks that agree with each other and with the list."""
import collections
import filecmp
import json
import os

from common import Tiff, main, run, run_json


def stacks_agree_with_the_list(folder):
    out = os.path.join(folder, "s")
    said = run_json("synthesize", "-o", out, "--size", "200,150,9",
                    "--seed", "5")
    image, labels, classes = (Tiff(os.path.join(out, name + ".tif"))
                              for name in ("image", "labels", "classes"))
    assert image.size == labels.size == classes.size == [200, 150, 9]
    assert image.tags[258][0] == 16 and labels.tags[258][0] == 32
    assert b"spacing=40" in image.tags[270]
    with open(os.path.join(out, "objects.json")) as file:
        truth = json.load(file)
    assert said["n_objects"] == len(truth["objects"]) > 5
    counts = collections.Counter()
    seen = {}
    for ids, kinds in zip(labels.pages, classes.pages):
        counts.update(ids)
        seen.update(zip(ids, kinds))
    for each in truth["objects"]:
        assert counts[each["id"]] == each["voxels"]
        assert seen[each["id"]] == each["class"]
    assert len(counts) - (0 in counts) == len(truth["objects"])
    ids = [each["id"] for each in truth["objects"]]
    assert ids == list(range(1, len(ids) + 1))
    class_of = {each["id"]: each["class"] for each in truth["objects"]}
    for each in truth["objects"]:
        around = {2: 1, 3: 1, 4: 1, 5: 1, 6: 5}.get(each["class"])
        assert class_of.get(each["parent"]) == around, each


def numbers_follow_the_voxels(folder):
    """A shallow volume is the beginning of a deep one, which other slabs and
    threads make; numbers rise in the order of the voxels."""
    for depth in ("5", "11"):
        run("synthesize", "--labels", os.path.join(folder, depth + ".tif"),
            "--size", "150,140," + depth)
    deep = Tiff(os.path.join(folder, "11.tif")).pages
    assert Tiff(os.path.join(folder, "5.tif")).pages == deep[:5]
    met = 0
    for page in deep:
        for number in page:
            assert number <= met + 1
            met = max(met, number)
    assert met > 5


def same_seed_same_bytes(folder):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        run("synthesize", "-o", os.path.join(folder, name), "--size",
            "100,90,5", "--seed", seed)
    for name in ("image.tif", "labels.tif", "classes.tif", "objects.json"):
        paths = [os.path.join(folder, run_, name) for run_ in "abc"]
        assert filecmp.cmp(paths[0], paths[1], shallow=False), name
        assert not filecmp.cmp(paths[0], paths[2], shallow=False), name


def chosen_names_and_classes(folder):
    path = os.path.join(folder, "only.tif")
    run("synthesize", "--class-map", path, "--size", "120,120,8",
        "--classes", "cell,canalicular-vessel")
    assert os.listdir(folder) == ["only.tif"]
    seen = set()
    for page in Tiff(path).pages:
        seen.update(page)
    assert seen <= {0, 1, 4} and 1 in seen


def nothing_is_left_after_a_failure(folder):
    out = os.path.join(folder, "not", "there")
    text = run("synthesize", "-o", out, code=1)
    assert out in text
    assert os.listdir(folder) == []


main([stacks_agree_with_the_list, numbers_follow_the_voxels, same_seed_same_bytes,
      chosen_names_and_classes, nothing_is_left_after_a_failure])
