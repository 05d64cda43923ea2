# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""snapshot: pictures of panes, without a display."""
import json
import os
import struct
import zlib

from common import Skip, main, run, run_json
from threshold_network import make_network


def read_png(path):
    """Width, height and rows of (r, g, b) bytes."""
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, body = 8, b""
    while at < len(data):
        n, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack_from(
                ">IIBB", data, at + 8)
        elif kind == b"IDAT":
            body += data[at + 8:at + 8 + n]
        at += 12 + n
    assert depth == 8 and colour == 2, (depth, colour)
    raw, rows, before = zlib.decompress(body), [], bytes(3 * width)
    for y in range(height):
        start = y * (3 * width + 1)
        before = unfilter(raw[start], raw[start + 1:start + 1 + 3 * width],
                          before)
        rows.append(before)
    return width, height, rows


def paeth(a, b, c):
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def unfilter(kind, line, above):
    out = bytearray(line)
    for i in range(len(out)):
        a = out[i - 3] if i >= 3 else 0
        b, c = above[i], above[i - 3] if i >= 3 else 0
        add = (0, a, b, (a + b) // 2, paeth(a, b, c))[kind]
        out[i] = out[i] + add & 255
    return bytes(out)


def make(folder):
    out = os.path.join(folder, "s")
    run("synthesize", "-o", out, "--size", "120,100,30")
    image = os.path.join(out, "image.tif")
    return image, run("project", "create", image).strip()


def snap(path, folder, *options):
    """A picture without any EGL on the machine is skipped."""
    out = os.path.join(folder, "a.png")
    env = {k: v for k, v in os.environ.items()
           if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    try:
        run("snapshot", path, "-o", out, "--force", *options, env=env)
    except AssertionError as failed:
        if "EGL" in str(failed):
            raise Skip("no EGL here") from failed
        raise
    return read_png(out)


def at(rows, x, y):
    return tuple(rows[y][3 * x:3 * x + 3])


def every_plane(folder):
    image, project = make(folder)
    for plane in ("xy", "xz", "yz", "overview"):
        width, height, rows = snap(image, folder, "--plane", plane, "--size",
                                   "320x200")
        assert (width, height) == (320, 200)
        greys = {at(rows, x, y) for y in range(60, 140, 4)
                 for x in range(110, 210, 4)}
        assert len(greys) > 20, plane


def labels_are_over_the_image(folder):
    image, project = make(folder)
    line = {"tool": "brush", "class": 3, "plane": "xy", "slice": 15,
            "radius_nm": 200, "points": [[60.5, 50.5]]}
    run("paint", project, stdin=json.dumps(line) + "\n")
    view = ("--size", "240x200", "--zoom", "5", "--position", "60.5,50.5,15.5",
            "--no-scale-bar")
    plain = snap(project, folder, *view, "--no-labels")[2]
    shown = snap(project, folder, *view, "--opacity", "100",
                 "--by-class")[2]
    away = snap(project, folder, "--size", "240x200", "--zoom", "5",
                "--position", "60.5,50.5,16.5", "--no-scale-bar")[2]
    r, g, b = at(plain, 120, 100)
    assert r == g == b
    r, g, b = at(shown, 120, 100)
    assert (r, g, b) == (0x00, 0x9e, 0x73), (r, g, b)
    # 200 nm are 40 pixels here.
    assert at(shown, 120 + 36, 100) == (r, g, b)
    assert at(shown, 120 + 46, 100) == at(plain, 120 + 46, 100)
    r, g, b = at(away, 120, 100)
    assert r == g == b


def who_said_it(folder):
    """Painted voxels are blue and imported ones purple, whatever the label."""
    image, project = make(folder)
    line = {"tool": "brush", "class": 3, "plane": "xy", "slice": 15,
            "radius_nm": 100, "points": [[60.5, 50.5]]}
    run("paint", project, stdin=json.dumps(line) + "\n")
    view = ("--size", "240x200", "--zoom", "5", "--position", "60.5,50.5,15.5",
            "--no-scale-bar", "--opacity", "100")
    rows = snap(project, folder, *view, "--sources")[2]
    plain = snap(project, folder, *view, "--no-labels")[2]
    assert at(rows, 120, 100) == (0x0a, 0x6c, 0xff), at(rows, 120, 100)
    assert at(rows, 170, 100) == at(plain, 170, 100)
    labels = os.path.join(folder, "s", "labels.tif")
    run("labels", "import", project, labels)
    rows = snap(project, folder, *view, "--sources")[2]
    colours = {at(rows, x, y) for x in range(0, 240, 3)
               for y in range(0, 200, 3)}
    assert (0x7b, 0x3f, 0xa0) in colours
    run("snapshot", project, "-fo", os.path.join(folder, "a.png"), "--sources",
        "--by-class", code=2)


def how_unsure_the_network_is(folder):
    """A network that weighs a voxel's grey value: around the threshold it is
    even, far from it sure."""
    image, project = make(folder)
    network = make_network(folder, classes="background\ncell", grey="0,257")
    run("model", "activate", project,
        str(run_json("model", "add", project, network)["model"]))
    view = ("--size", "240x200", "--zoom", "5", "--no-scale-bar",
            "--opacity", "100")
    before = snap(project, folder, *view, "--uncertainty")[2]
    plain = snap(project, folder, *view, "--no-labels")[2]
    # Nobody has said anything: the image alone, but for the numbers' card.
    assert before[:140] == plain[:140]
    run("model", "run", project)
    rows = snap(project, folder, *view, "--uncertainty")[2]
    greys = snap(project, folder, *view, "--no-labels", "--window",
                 "0,65535")[2]
    sure, unsure = [], []
    for y in range(3, 140, 7):
        for x in range(3, 240, 7):
            grey, light = at(greys, x, y)[0], sum(at(rows, x, y))
            (unsure if 90 < grey < 110 else
             sure if grey > 180 or grey < 20 else []).append(light)
    assert len(sure) > 5 and len(unsure) > 5, (len(sure), len(unsure))
    assert min(unsure) > max(sure), (min(unsure), max(sure))
    run("snapshot", project, "-fo", os.path.join(folder, "a.png"), "--sources",
        "--uncertainty", code=2)


def a_scale_bar(folder):
    image, project = make(folder)
    view = ("--size", "300x240", "--zoom", "5")
    with_bar = snap(image, folder, *view)[2]
    without = snap(image, folder, *view, "--no-scale-bar")[2]
    changed = [y for y in range(240) if with_bar[y] != without[y]]
    assert changed and min(changed) > 180


def json_says_what_is_shown(folder):
    image, project = make(folder)
    out = os.path.join(folder, "a.png")
    said = run_json("snapshot", image, "-fo", out, "--plane", "xz", "--zoom",
                    "7", "--size", "90x80", "--position", "3,4,5")
    assert said == {"path": out, "plane": "xz", "width": 90, "height": 80,
                    "position": [3, 4, 5], "nm_per_px": 7}
    assert read_png(out)[:2] == (90, 80)


def wrong_calls(folder):
    image, project = make(folder)
    out = os.path.join(folder, "b.png")
    run("snapshot", image, code=2)
    for options in (["--plane", "xx"], ["--size", "5x5"], ["--size", "9"],
                    ["--zoom", "0"], ["--zoom", "big"], ["--window", "9,3"],
                    ["--position", "1,2"], ["--position", "500,1,1"]):
        run("snapshot", image, "-o", out, *options, code=2)
    os.remove(image)
    text = run("snapshot", project, "-o", out, code=1)
    assert "image.tif" in text, text
    assert not os.path.exists(out)


main([every_plane, labels_are_over_the_image, who_said_it,
      how_unsure_the_network_is, a_scale_bar, json_says_what_is_shown, wrong_calls])
