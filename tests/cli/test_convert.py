# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""info and convert: real stacks come through unchanged."""
import fcntl
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

from common import (PROGRAM, Skip, Tiff, data, main, run, run_json,
                    write_stack)


def assert_same_pixels(one, other):
    if not shutil.which("tiffcmp"):
        raise Skip("libtiff's tools are not here")
    # -t: ignore tags that say nothing about pixels.
    done = subprocess.run(["tiffcmp", "-t", one, other], capture_output=True,
                          text=True)
    wrong = [line for line in (done.stdout + done.stderr).splitlines()
             if "Scanline" in line or "ImageWidth" in line
             or "BitsPerSample" in line or "pages" in line]
    assert not wrong, wrong[:5]


def there_and_back(folder, path):
    zarr, tiff = os.path.join(folder, "a.zarr"), os.path.join(folder, "b.tif")
    before = run_json("info", path)
    run("convert", path, zarr)
    run("convert", zarr, tiff, "--deflate")
    middle, after = run_json("info", zarr), run_json("info", tiff)
    for key in ("size", "dtype"):
        assert before[key] == middle[key] == after[key], key
    assert middle["format"] == "ome-zarr"
    assert middle["file_bytes"] == sum(
        os.path.getsize(os.path.join(root, name))
        for root, _, names in os.walk(zarr) for name in names)
    assert_same_pixels(path, tiff)


def info_of_real_stacks(folder):
    path = data("lucchi", "train-image.tif")
    info = run_json("info", path)
    assert info["size"] == [1024, 768, 80] and info["dtype"] == "uint8"
    assert info["format"] == "tiff" and info["levels"] >= 1
    text = run("info", path)
    assert "1024 × 768 × 80" in text and "uint8" in text
    info = run_json("info", data("gala", "train-raw.tif"))
    assert len(info["size"]) == 3


def u8_there_and_back(folder):
    there_and_back(folder, data("isbi2012", "volume.tif"))


def labels_there_and_back(folder):
    there_and_back(folder, data("ac4", "neurons.tif"))


def u16_there_and_back(folder):
    there_and_back(folder, data("platelet-z0", "train-z0-image-u16.tif"))


def float_there_and_back(folder):
    there_and_back(folder, data("gala", "train-boundary-prob-f32.tif"))


def voxel_size_travels(folder):
    paths = [os.path.join(folder, name)
             for name in ("s", "a.zarr", "b.tif", "c.zarr")]
    run("synthesize", "-o", paths[0], "--size", "70,80,70",
        "--voxel-size", "8,8,33")
    image = os.path.join(paths[0], "image.tif")
    run("convert", image, paths[1])
    run("convert", paths[1], paths[2])
    for path in (image, paths[1], paths[2]):
        said = run_json("info", path)["voxel_size_nm"]
        assert all(abs(a - b) < 1e-3 for a, b in zip(said, (8, 8, 33))), said
    said = run_json("convert", image, paths[3], "--voxel-size", "5,6,7")
    assert run_json("info", paths[3])["voxel_size_nm"] == [5, 6, 7]
    assert said["size"] == [70, 80, 70]


def a_box(folder):
    out = os.path.join(folder, "s")
    part = os.path.join(folder, "part.tif")
    again = os.path.join(folder, "part.zarr")
    last = os.path.join(folder, "last.tif")
    run("synthesize", "-o", out, "--size", "90,80,70")
    image = os.path.join(out, "image.tif")
    run("convert", image, part, "--box", "10,20,3,75,70,69")
    run("convert", image, again, "--box", "10,20,3,75,70,69")
    run("convert", again, last)
    whole, cut = Tiff(image), Tiff(part)
    assert cut.size == [65, 50, 66]
    for z in (0, 30, 65):
        for y in (0, 49):
            start = (20 + y) * 90 + 10
            assert (whole.pages[3 + z][start:start + 65]
                    == cut.pages[z][y * 65:(y + 1) * 65])
    assert Tiff(last).pages == cut.pages
    run("convert", image, last, "--box", "0,0,0,91,1,1", code=2)
    run("convert", image, last, "--box", "5,0,0,5,1,1", code=2)


def zarr_is_as_its_format_says(folder):
    out, zarr = os.path.join(folder, "s"), os.path.join(folder, "a.ome.zarr")
    run("synthesize", "-o", out, "--size", "300,80,70")
    run("convert", os.path.join(out, "image.tif"), zarr)
    with open(os.path.join(zarr, ".zattrs")) as file:
        scales = json.load(file)["multiscales"][0]
    assert scales["version"] == "0.4"
    assert [axis["name"] for axis in scales["axes"]] == ["z", "y", "x"]
    first = scales["datasets"][0]
    scale = first["coordinateTransformations"][0]["scale"]
    assert scale == [40, 10, 10], scale
    for each in scales["datasets"]:
        with open(os.path.join(zarr, each["path"], ".zarray")) as file:
            assert json.load(file)["chunks"] == [64, 64, 64]
    assert len(scales["datasets"]) >= 2
    # It is there already: refused, and left as it is; unless that is wanted.
    small = [os.path.join(out, "image.tif"), zarr, "--box", "0,0,0,90,80,70"]
    assert "--force" in run("convert", *small, code=1)
    assert run_json("info", zarr)["size"] == [300, 80, 70]
    for name in ("notes.txt", "labels/0/.zarray"):
        more = os.path.join(zarr, name)
        os.makedirs(os.path.dirname(more), exist_ok=True)
        with open(more, "w"):
            pass
        text = run("convert", *small, "--force", code=1)
        assert "a.ome.zarr" in text and "not just an image" in text, text
        os.remove(more)
    shutil.rmtree(os.path.join(zarr, "labels"))
    assert run_json("info", zarr)["size"] == [300, 80, 70]
    run("convert", *small, "--force")
    assert run_json("info", zarr)["size"] == [90, 80, 70]
    assert sorted(os.listdir(folder)) == ["a.ome.zarr", "s"]
    link = os.path.join(folder, "link.zarr")
    os.symlink(zarr, link)
    run("convert", os.path.join(out, "image.tif"), link, "--force", code=1)
    assert run_json("info", zarr)["size"] == [90, 80, 70]


def replaces_only_when_told(folder):
    image, out = (os.path.join(folder, name) for name in ("a.tif", "out.tif"))
    run("synthesize", "--image", image, "--size", "40,30,5")
    with open(out, "w") as file:
        file.write("somebody's")
    text = run("convert", image, out, code=1)
    assert out in text and "--force" in text, text
    with open(out) as file:
        assert file.read() == "somebody's"
    run("convert", image, out, "--force")
    assert Tiff(out).size == [40, 30, 5]
    # Never what is read, and no folder.
    assert image in run("convert", image, image, "--force", code=1)
    os.mkdir(os.path.join(folder, "f.tif"))
    text = run("convert", image, os.path.join(folder, "f.tif"), "--force",
               code=1)
    assert "f.tif" in text and "folder" in text, text


def channels_must_be_chosen(folder):
    path = data("formats", "tiff", "shapes_lzw_tiled_planar.tif")
    out = os.path.join(folder, "a.tif")
    text = run("convert", path, out, code=1)
    assert re.search(r"channels.*--channel", text, re.S), text
    run("convert", path, out, "--channel", "1")
    assert len(run_json("info", out)["size"]) == 3
    run("info", path, "--channel", "99", code=1)


def make_noise(path, side, n_pages):
    """A stack that is quicker made than by the program: noise, on all pages
    the same."""
    page = random.Random(side).randbytes(side * side)
    write_stack(path, side, side, [page] * n_pages)


def stop_while_it_writes(words, folder, how):
    """Ends the program when it has begun what it then leaves behind. Returns
    the program, ended, and what it said."""
    before = set(os.listdir(folder))
    child = subprocess.Popen([PROGRAM, *words], stderr=subprocess.PIPE,
                             text=True)
    while set(os.listdir(folder)) == before and child.poll() is None:
        time.sleep(0.001)
    child.send_signal(how)
    text = child.communicate()[1]
    return child.returncode, text


def interrupted_leaves_nothing(folder):
    source = os.path.join(folder, "s.tif")
    make_noise(source, 400, 200)
    for name in ("a.tif", "a.zarr"):
        out = os.path.join(folder, "out")
        os.mkdir(out)
        code, text = stop_while_it_writes(
            ["convert", source, os.path.join(out, name), "--deflate"], out,
            signal.SIGINT)
        assert code == 1, (code, text)
        assert "interrupted" in text, text
        assert os.listdir(out) == [], os.listdir(out)
        os.rmdir(out)


def killed_leaves_what_the_next_removes(folder):
    """But for what somebody is at work on."""
    source = os.path.join(folder, "s.tif")
    make_noise(source, 300, 64)
    for name in ("a.tif", "a.zarr"):
        out = os.path.join(folder, name)
        words = ["convert", source, out, "--deflate"]
        before = set(os.listdir(folder))
        stop_while_it_writes(words, folder, signal.SIGKILL)
        left = sorted(set(os.listdir(folder)) - before)
        assert len(left) == 1 and re.fullmatch(
            re.escape(name) + r"\.[0-9a-f]{8}\.part(ial\.zarr)?",
            left[0]), left
        left = os.path.join(folder, left[0])
        at_work = os.open(left, os.O_RDONLY)
        fcntl.flock(at_work, fcntl.LOCK_EX)
        run(*words)
        assert os.path.exists(left)
        os.close(at_work)
        run(*words, "--force")
        assert not os.path.exists(left)
    assert sorted(os.listdir(folder)) == ["a.tif", "a.zarr", "s.tif"]


def onto_itself_is_refused(folder):
    path = os.path.join(folder, "a.tif")
    run("synthesize", "--image", path, "--size", "20,20,2")
    run("convert", path, os.path.join(folder, ".", "a.tif"), code=1)
    assert Tiff(path).size == [20, 20, 2]


main([info_of_real_stacks, u8_there_and_back, labels_there_and_back,
      u16_there_and_back, float_there_and_back, voxel_size_travels, a_box,
      zarr_is_as_its_format_says, replaces_only_when_told,
      channels_must_be_chosen,
      interrupted_leaves_nothing, killed_leaves_what_the_next_removes,
      onto_itself_is_refused])
