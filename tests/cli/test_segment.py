# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""segment, with networks whose result is known everywhere: classes, runner-ups
and uncertainties, several networks, going on after a kill to the same bytes,
projects, and what is refused."""
import array
import fcntl
import hashlib
import json
import math
import os
import signal
import struct
import subprocess
import time

from common import (PROGRAM, Tiff, closed_folder, main, run, run_json,
                    write_stack as write_pages, write_tiff)
from threshold_network import THRESHOLD, make_network

WIDTH, HEIGHT, DEPTH = 70, 50, 6


def grey(x, y, z):
    return (x * 7 + y * 13 + z * 29 + (x * y >> 5)) % 200


def write_stack(path, width, height, depth, kind="B"):
    """Uncompressed pages of bytes, or of floats, of which one is none."""
    body, sample = {"B": 1, "f": 3}[kind], {"B": 8, "f": 32}[kind]
    with open(path, "wb") as file:
        file.write(b"II*\0\0\0\0\0")
        link = 4
        for z in range(depth):
            page = array.array(kind, (grey(x, y, z) for y in range(height)
                                      for x in range(width)))
            if kind == "f":
                page[5] = math.nan
            at = file.tell()
            file.write(page.tobytes())
            tags = [(256, 4, width), (257, 4, height), (258, 3, sample),
                    (259, 3, 1), (262, 3, 1), (273, 4, at), (277, 3, 1),
                    (278, 4, height), (279, 4, len(page) * sample // 8),
                    (339, 3, body)]
            start = file.tell()
            file.write(struct.pack("<H", len(tags)))
            for tag, form, value in tags:
                file.write(struct.pack("<HHII", tag, form, 1, value))
            file.write(struct.pack("<I", 0))
            file.seek(link)
            file.write(struct.pack("<I", start))
            file.seek(0, os.SEEK_END)
            link = start + 2 + 12 * len(tags)
    return path


def make_image(folder, depth=DEPTH, **more):
    return write_stack(os.path.join(folder, "image.tif"), WIDTH, HEIGHT, depth,
                       **more)


def voxels(path):
    return [value for page in Tiff(path).pages for value in page]


def everywhere(function, depth=DEPTH):
    return [function(grey(x, y, z)) for z in range(depth)
            for y in range(HEIGHT) for x in range(WIDTH)]


def digest(*paths):
    return [hashlib.sha256(open(path, "rb").read()).hexdigest()
            for path in paths]


def entropy(probabilities):
    return -sum(p * math.log(p) for p in probabilities if p > 0)


def bright(value, threshold=THRESHOLD):
    return 1 / (1 + math.exp((threshold - value) / 10))


def classes(folder):
    """Whatever the tiles and threads."""
    image, model = make_image(folder), make_network(folder, kernel=5)
    out, unsure, second = (os.path.join(folder, name + ".tif")
                           for name in ("out", "unsure", "second"))
    first = None
    for words in ([], ["--tile", "16,20,1"], ["--threads", "1"],
                  ["--tile", "9,64,1", "--threads", "3"],
                  ["--tile", "32,32,1", "--blend"]):
        found = run_json("segment", image, "-m", model, "-o", out,
                         "--uncertainty", unsure, "--runner-up", second,
                         "--force", *words)
        assert found["files"] == {"classes": out, "runner_ups": second,
                                  "uncertainties": unsure}, found
        assert found["classes"] == {"dark": 0, "bright": 1}, found
        assert found["unknown_voxels"] == 0, found
        assert voxels(out) == everywhere(lambda v: int(v > THRESHOLD)), words
        assert voxels(second) == everywhere(lambda v: int(v <= THRESHOLD))
        for value, is_there in zip(everywhere(lambda v: v), voxels(unsure)):
            p = bright(value)
            want = 255 * entropy([p, 1 - p]) / math.log(2)
            assert abs(want - is_there) <= 1, (value, want, is_there)
        said = [voxels(path) for path in (out, unsure, second)]
        first = first or said
        assert said == first, words
        assert not os.path.exists(out + ".parts")


def box(folder):
    image, model = make_image(folder), make_network(folder, kernel=3)
    out = os.path.join(folder, "out.tif")
    found = run_json("segment", image, "-m", model, "-o", out, "--box",
                     "10,20,1,60,50,4")
    assert found["box"] == [10, 20, 1, 60, 50, 4], found
    assert voxels(out) == [int(grey(x, y, z) > THRESHOLD) for z in range(1, 4)
                           for y in range(20, 50) for x in range(10, 60)]
    text = run("segment", image, "-m", model, "-o", out + ".tif", "--box",
               "0,0,0,71,9,1", code=2)
    assert "--box" in text and "70" in text, text


def near_level(nats, level, value):
    assert abs(255 * nats / math.log(2) - level) <= 1, (value, level)


def ensemble(folder):
    """Two thresholds: between them the networks disagree, and at each one of
    them is unsure."""
    image = make_image(folder)
    low = make_network(folder, "low.onnx", threshold=60)
    high = make_network(folder, "high.onnx", threshold=140)
    out, unsure = (os.path.join(folder, name) for name in ("o.tif", "u.tif"))
    both = []
    for words in (["-m", f"{low},{high}"], ["-m", low, "-m", high]):
        run("segment", image, *words, "-o", out, "-u", unsure, "--force")
        both.append(digest(out, unsure))
        for value, label, level in zip(everywhere(lambda v: v), voxels(out),
                                       voxels(unsure)):
            p, q = bright(value, 60), bright(value, 140)
            mean = (p + q) / 2
            if abs(mean - 0.5) > 1e-4:
                assert label == int(mean > 0.5), (value, label)
            near_level(entropy([mean, 1 - mean]), level, value)
    assert both[0] == both[1]
    # What looks at single voxels sees the same in mirrored images.
    run("segment", image, "-m", low, "-o", out, "-u", unsure, "--turns",
        "--force")
    assert voxels(out) == everywhere(lambda v: int(v > 60))
    for value, level in zip(everywhere(lambda v: v), voxels(unsure)):
        p = bright(value, 60)
        near_level(entropy([p, 1 - p]), level, value)


def unknown(folder):
    """No number in the image: no class, and as unsure as can be."""
    image = make_image(folder, kind="f")
    model = make_network(folder)
    out, unsure = (os.path.join(folder, name) for name in ("o.tif", "u.tif"))
    found = run_json("segment", image, "-m", model, "-o", out, "-u", unsure)
    assert found["unknown_voxels"] == DEPTH, found
    for page, level in zip(Tiff(out).pages, Tiff(unsure).pages):
        assert page[5] == 255 and level[5] == 255
        assert max(page[:5]) <= 1 and max(page[6:]) <= 1
    # Out of the network: infinitely large scores.
    model = make_network(folder, "steep.onnx", slope=3e38)
    found = run_json("segment", image, "-m", model, "-o", out, "-u", unsure,
                     "--force")
    assert found["unknown_voxels"] > DEPTH, found
    assert set(voxels(out)) <= {0, 1, 255}


def scored(folder):
    """What it wrote, in both formats, against itself and another."""
    image = make_image(folder)
    made = []
    for name, threshold in (("a.zarr", 90), ("b.zarr", 110), ("a.tif", 90)):
        model = make_network(folder, threshold=threshold)
        made.append(os.path.join(folder, name))
        run("segment", image, "-m", model, "-o", made[-1])
    same, of_zarr, of_tif = (
        run_json("score", test, truth, "--voxel-size", "8,8,30")["classes"][1]
        for test, truth in ((made[0], made[2]), (made[0], made[1]),
                            (made[2], made[1])))
    assert same["dice"] == 1 and 0.5 < of_zarr["dice"] < 1, (same, of_zarr)
    assert of_zarr == of_tif, (of_zarr, of_tif)


def zarr(folder):
    image, model = make_image(folder), make_network(folder, kernel=3)
    out, tif = (os.path.join(folder, name) for name in ("o.zarr", "o.tif"))
    run("segment", image, "-m", model, "-o", out)
    run("convert", out, tif)
    assert voxels(tif) == everywhere(lambda v: int(v > THRESHOLD))
    # It is there already: said before anything is computed.
    text = run("segment", image, "-m", model, "-o", tif, code=1)
    assert tif in text and "there already" in text, text
    assert not os.path.exists(tif + ".parts")


def stamps(*paths):
    return [(os.stat(path).st_ino, os.stat(path).st_mtime_ns)
            for path in paths]


def complete(folder):
    """The same command again does nothing, another does not replace it."""
    image, model = make_image(folder), make_network(folder)
    other = make_network(folder, "other.onnx", threshold=60)
    for name in ("o.tif", "o.zarr"):
        out, unsure, labels, listed = (
            os.path.join(folder, kind + name) for kind in ("", "u", "l", "j"))
        words = ["segment", image, "-m", model, "-o", out, "-u", unsure]
        more = ["-l", labels, "--instances", "bright", "--list", listed]
        found = run_json(*words, *more)
        assert "parts" in found and "complete_already" not in found, found
        files = [out, unsure, labels, listed]
        before = stamps(*files)
        for again in (words + more, words):
            assert "complete already" in run(*again), again
            found = run_json(*again)
            assert found["complete_already"] == out, found
        assert stamps(*files) == before
        for changed in (words[:3] + [other] + words[4:], words + ["--flips"],
                        words + ["--box", "0,0,0,50,40,4"],
                        words + more[:3] + ["dark"] + more[4:],
                        words + more + ["--min-size", "5"]):
            text = run(*changed, code=1)
            assert "another plan" in text and "--force" in text, text
            assert not os.path.exists(out + ".parts")
        # More is wanted than there is, or all anew.
        text = run(*words, "--runner-up", out + ".tif", code=1)
        assert out in text and "there already" in text, text
        assert stamps(*files) == before
        assert "parts" in run_json(*words, *more, "--force")
        assert stamps(out) != before[:1]
        # What somebody else put there.
        run("convert", image, labels, "--force")
        text = run(*words, *more, code=1)
        assert labels in text and "there already" in text, text


def complete_of_same_image(folder):
    """Not when a chunk of it was written again in its place. A link to nowhere
    beside the chunks is looked at as what it is."""
    image, model = make_image(folder), make_network(folder)
    zarr_image, out = (os.path.join(folder, n) for n in ("i.zarr", "o.tif"))
    run("convert", image, zarr_image)
    os.symlink("nowhere", os.path.join(zarr_image, "left"))
    words = ["segment", zarr_image, "-m", model, "-o", out]
    run(*words)
    assert "complete already" in run(*words)
    chunk = next(os.path.join(top, name)
                 for top, _, names in os.walk(os.path.join(zarr_image, "0"))
                 for name in names if not name.startswith("."))
    with open(chunk, "rb") as file:
        data = file.read()
    before = os.stat(zarr_image)
    with open(chunk, "r+b") as file:
        file.write(data)
    assert os.stat(zarr_image).st_mtime_ns == before.st_mtime_ns
    text = run(*words, code=1)
    assert out in text and "another plan" in text, text


def complete_of_same_voxel_size(folder):
    """What is cut depends on it, and the files say it."""
    image = make_image(folder)
    model = make_network(folder, classes="background\nmitochondrion")
    out, labels = (os.path.join(folder, name) for name in ("o.tif", "l.tif"))
    for size in ("9,9,30", "40,40,30"):
        project = os.path.join(folder, "p.lamella")
        if os.path.exists(project):
            os.remove(project)
        run("project", "create", image, "-o", project, "--voxel-size", size)
        words = ["segment", project, "-m", model, "-o", out, "-l", labels,
                 "--split"]
        if size == "9,9,30":
            run(*words)
            assert "complete already" in run(*words)
        else:
            text = run(*words, code=1)
            assert out in text and "voxel size" in text, text


def complete_with_list(folder):
    """A list of somebody else does not count, and is not replaced."""
    image, model = make_image(folder), make_network(folder)
    out, labels, listed = (os.path.join(folder, name)
                           for name in ("o.tif", "l.tif", "l.json"))
    words = ["segment", image, "-m", model, "-o", out, "-l", labels,
             "--instances", "bright", "--list", listed]
    run(*words)
    with open(listed) as file:
        found = json.load(file)
    assert "complete already" in run(*words)
    other = dict(found, note="another")
    for text, said in (("nonsense\n", "there already"),
                       (json.dumps({"objects": []}), "there already"),
                       (json.dumps(other), "another plan")):
        with open(listed, "w") as file:
            file.write(text)
        words_said = run(*words, code=1)
        assert listed in words_said and said in words_said, words_said
        with open(listed) as file:
            assert file.read() == text
    run(*words, "--force")
    with open(listed) as file:
        assert json.load(file) == found


def words_of_long_run(folder, depth=60):
    image = make_image(folder, depth)
    model = make_network(folder, kernel=9)
    return ["segment", image, "-m", model, "--tile", "20,20,1"]


def count_parts(folder):
    try:
        return sum(name.endswith(".part") for name in os.listdir(folder))
    except FileNotFoundError:
        return 0


def wait_for_parts(folder, n, child):
    end = time.monotonic() + 60
    while count_parts(folder) < n and child.poll() is None:
        assert time.monotonic() < end, "no part was finished"
        time.sleep(0.002)


def start(words, out, unsure):
    return subprocess.Popen([PROGRAM, *words, "-o", out, "-u", unsure],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            text=True)


def goes_on_after_kills(folder):
    words = words_of_long_run(folder)
    whole = [os.path.join(folder, name) for name in ("w.tif", "wu.tif")]
    ours = [os.path.join(folder, name) for name in ("o.tif", "ou.tif")]
    n_parts = run_json(*words, "-o", whole[0], "-u", whole[1])["parts"]
    assert n_parts > 12, n_parts
    parts, kills = ours[0] + ".parts", 0
    for n in (2, 5, 9):
        child = start(words, *ours)
        wait_for_parts(parts, n, child)
        child.kill()
        child.communicate()
        kills += child.returncode == -signal.SIGKILL
        assert not os.path.exists(ours[0]) or child.returncode == 0
    # Ended within a part, it keeps the tiles of it that are done.
    for n in range(9, n_parts - 2):
        child = start(words, *ours)
        wait_for_parts(parts, n, child)
        child.send_signal(signal.SIGINT)
        child.communicate()
        if any(name.endswith(".begun") for name in os.listdir(parts)):
            break
    assert any(name.endswith(".begun") for name in os.listdir(parts))
    # And when the first file is there, but not the second.
    child = start(words, *ours)
    while not os.path.exists(ours[0]) and child.poll() is None:
        time.sleep(0.001)
    child.kill()
    child.communicate()
    kills += child.returncode == -signal.SIGKILL
    assert os.path.exists(parts) or child.returncode == 0
    assert kills, "never killed"
    if not os.path.exists(parts):  # too late for a kill
        os.remove(ours[0])
        os.remove(ours[1])
    found = run_json(*words, "-o", ours[0], "-u", ours[1])
    print(f"# {kills} kills, {found['parts_found']} of {n_parts} parts found")
    assert found["parts"] == n_parts, found
    assert digest(*ours) == digest(*whole)
    assert not os.path.exists(parts)


def killed_at_the_end(folder):
    """Once the classes are written: the same command ends well, unless it has
    said already that all is there."""
    words = ["segment", make_image(folder), "-m", make_network(folder),
             "--instances", "1"]
    whole, ours = ([os.path.join(folder, kind + name) for name in
                    ("o.tif", "l.tif", "l.json")] for kind in "wk")

    def with_names(names):
        return words + ["-o", names[0], "-l", names[1], "--list", names[2]]

    run(*with_names(whole))
    kills = 0
    for wait in (0, 1, 2, 3, 5, 8, 12, 20):
        child = subprocess.Popen([PROGRAM, *with_names(ours)],
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True)
        while not os.path.exists(ours[0]) and child.poll() is None:
            time.sleep(0.0005)
        time.sleep(wait / 1000)
        child.kill()
        said = child.communicate()[0]
        kills += child.returncode == -signal.SIGKILL
        if os.path.exists(ours[0] + ".parts"):
            run(*with_names(ours))
        else:
            assert "objects" in said, (wait, said)
        assert digest(*ours) == digest(*whole), wait
        assert not os.path.exists(ours[0] + ".parts")
        for path in ours:
            os.remove(path)
    assert kills > 2, kills


def interrupted(folder):
    words = words_of_long_run(folder)
    ours = [os.path.join(folder, name) for name in ("o.tif", "u.tif")]
    parts = ours[0] + ".parts"
    child = start(words, *ours)
    wait_for_parts(parts, 3, child)
    child.send_signal(signal.SIGINT)
    said = child.communicate()[1]
    assert child.returncode == 1 and "interrupted" in said, said
    assert "o.tif.parts" in said, said
    # Another setting is another run; a damaged part is computed again.
    assert "copies: 4" in run(*words, "-o", ours[0], "--flips", code=1)
    n = count_parts(parts)
    name = next(name for name in os.listdir(parts) if name.endswith(".part"))
    with open(os.path.join(parts, name), "r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)[0]
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))
    with open(os.path.join(parts, "plan")) as plan:
        fcntl.flock(plan, fcntl.LOCK_EX)
        text = run(*words, "-o", ours[0], code=1)
        assert "in use" in text and "o.tif.parts" in text, text
    assert run_json(*words, "-o", ours[0])["parts_found"] == n - 1
    assert voxels(ours[0]) == everywhere(lambda v: int(v > THRESHOLD), 60)


def foreign_folder(folder):
    """What is not ours stays."""
    image, model = make_image(folder), make_network(folder)
    out = os.path.join(folder, "o.tif")
    os.makedirs(out + ".parts")
    note = os.path.join(out + ".parts", "note")
    with open(note, "w"):
        pass
    text = run("segment", image, "-m", model, "-o", out, code=1)
    assert "o.tif.parts" in text and os.path.exists(note), text


def project(folder):
    image, model = make_image(folder), make_network(folder)
    project = run("project", "create", image, "--voxel-size", "9,9,30").strip()
    out = os.path.join(folder, "o.tif")
    text = run("segment", project, "-m", model, "-o", out, code=1)
    assert "dark" in text and "mitochondrion" in text, text
    assert "--map" in text and "net.onnx" in text, text
    text = run("segment", project, "-m", model, "-o", out, "--map",
               "dark=background,bright=nothing", code=1)
    assert "nothing" in text, text
    for bad in ("dark", "grey=background"):
        text = run("segment", project, "-m", model, "-o", out, "--map", bad,
                   code=2)
        assert "--map" in text, text
    found = run_json("segment", project, "-m", model, "-o", out, "--map",
                     "dark=background,bright=mitochondrion")
    assert found["classes"] == {"dark": 0, "bright": 2}, found
    assert set(voxels(out)) == {0, 2}
    assert run_json("info", out)["voxel_size_nm"] == [9, 9, 30]
    run("labels", "import", project, out, "--as", "classes")
    back = os.path.join(folder, "back.tif")
    run("labels", "export", project, back, "--as", "classes")
    assert voxels(back) == voxels(out)
    # The image is the project's, though the call does not name it.
    before = digest(image)
    for words in (["-o", image], ["-o", out + ".tif", "-l", image],
                  ["-o", out + ".tif", "--runner-up", image]):
        text = run("segment", project, "-m", model, "--force", *words, "--map",
                   "dark=background,bright=mitochondrion", code=1)
        assert "would write over" in text and "image.tif" in text, text
    assert digest(image) == before
    # Names that are the project's need no map.
    model = make_network(folder, classes="background\nmitochondrion")
    found = run_json("segment", project, "-m", model, "-o", out, "--force")
    assert found["classes"] == {"background": 0, "mitochondrion": 2}, found
    assert "--map" in run("segment", image, "-m", model, "-o", out, "--force",
                          "--map", "a=b", code=2)


def instances(folder):
    """The same objects as the command "objects" makes of the classes."""
    image, model = make_image(folder), make_network(folder, kernel=3)
    out, labels, listed, truth = (
        os.path.join(folder, name)
        for name in ("o.tif", "l.tif", "l.json", "t.tif"))
    to_labels = ["segment", image, "-m", model, "-o", out, "--labels", labels]
    for name in ("bright", "1"):
        found = run_json(*to_labels, "--instances", name, "--min-size", "6",
                         "--list", listed, "--force")
        run("objects", out, "-o", truth, "--classes", "1", "--min-size", "6",
            "--force")
        assert voxels(labels) == voxels(truth)
        with open(listed) as file:
            rows = json.load(file)["objects"]
        assert found["objects"] == len(rows) == max(voxels(labels)) > 3, found
        assert {row["class"] for row in rows} == {1}
    # A project says which classes have instances, and the size of a voxel.
    model = make_network(folder, classes="background\nmitochondrion")
    project = run("project", "create", image, "--voxel-size", "9,9,30").strip()
    found = run_json("segment", project, "-m", model, "-o", out, "--labels",
                     labels, "--split", "--force")
    run("objects", out, "-o", truth, "--classes", "2", "--split", "2",
        "--force")
    assert voxels(labels) == voxels(truth)
    assert "cut" in found and found["objects"] > 3, found
    model = make_network(folder)
    os.remove(labels)
    for words, said in ((["--instances", "dim"], "0 dark, 1 bright"),
                        ([], "--instances"),
                        (["--instances", "1", "--split"], "voxel size"),
                        (["--instances", "1", "--min-size", "0"],
                         "--min-size"),
                        (["--instances", "1", "--list", labels], "l.tif")):
        text = run(*to_labels, *words, "--force", code=2)
        assert said in text and not os.path.exists(labels), (words, text)
        assert "takes about" not in text, text
    assert "--labels" in run("segment", image, "-m", model, "-o", out,
                             "--instances", "1", "--force", code=2)
    assert "image.tif" in run(*to_labels[:-1], image, "--instances", "1",
                              "--force", code=1)


def memory(folder):
    """Too little is said before, with tiles that do; and more sections take no
    more."""
    image, model = make_image(folder), make_network(folder, kernel=9)
    out = os.path.join(folder, "o.tif")
    wide = os.path.join(folder, "wide.tif")
    ramp = bytes(range(256))
    write_tiff(wide, 3000, 3000, (ramp * 35157)[:9000000])
    done = subprocess.run([PROGRAM, "segment", image, "-m", model, "-o", out],
                          capture_output=True, text=True, check=True)
    takes = done.stderr.split("takes about ")[1].split(" of memory")[0]
    megabytes, unit = takes.split()
    assert unit == "MB", done.stderr
    os.remove(out)
    enough = math.ceil(float(megabytes))
    run("segment", image, "-m", model, "-o", out, "--memory", enough)
    os.remove(out)
    text = run("segment", image, "-m", model, "-o", out, "--memory",
               enough - 1, code=1)
    assert f"need {takes}" in text and "takes about" not in text, text
    text = run("segment", wide, "-m", model, "-o", out, "--memory", "250",
               "--tile", "3008,3008,1", code=1)
    assert "250.0" in text and "; tiles of " in text, text
    tile = text.split("; tiles of ")[1].split(" ")[0]
    assert text.rstrip().endswith(f"--tile {tile}"), text
    run("segment", wide, "-m", model, "-o", out, "--memory", "250", "--tile",
        tile, "--box", "0,0,0,3000,3000,1")
    # They are the largest: an eighth more along each axis is too much.
    more = ",".join(str(int(n) + int(n) // 8) for n in tile.split(","))
    text = run("segment", wide, "-m", model, "-o", out, "--memory", "250",
               "--force", "--tile", more, code=1)
    assert "would do" in text, text
    text = run("segment", wide, "-m", model, "-o", out, "--memory", "1",
               "--force", code=1)
    assert "do not help" in text, text
    peaks = []
    # Sanitizers keep what was freed for a while: little of it here.
    options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
    for depth in (4, 160):
        deep = os.path.join(folder, f"{depth}.tif")
        write_pages(deep, 256, 256, [ramp * 256] * depth)
        done = subprocess.Popen(
            [PROGRAM, "segment", deep, "-m", model, "-o", out, "--force"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "ASAN_OPTIONS": options})
        _, status, usage = os.wait4(done.pid, 0)
        assert status == 0
        peaks.append(usage.ru_maxrss)
    print(f"# peak memory {peaks[0] // 1024} and {peaks[1] // 1024} MB")
    assert peaks[1] - peaks[0] < 60 * 1024, peaks


def bad_networks(folder):
    image, good = make_image(folder), make_network(folder)
    out = os.path.join(folder, "o.tif")
    half = os.path.join(folder, "half.onnx")
    with open(good, "rb") as whole, open(half, "wb") as file:
        file.write(whole.read()[:60])
    cases = [
        (image, ["image.tif"]),
        (half, ["half.onnx"]),
        (os.path.join(folder, "no.onnx"), ["no.onnx"]),
        (make_network(folder, "rgb.onnx", channels=3), ["rgb.onnx", "channel"]),
        (make_network(folder, "nan.onnx", slope=math.nan), ["nan.onnx", "nan"]),
        (make_network(folder, "odd.onnx", operator="Convoluted"),
         ["odd.onnx", "Convoluted"]),
        (good + "," + make_network(folder, "other.onnx", classes="a\nb"),
         ["other.onnx", "dark", "a, b"]),
        (make_network(folder, "names.onnx", classes="a\nb\nc"),
         ["names.onnx", "3"]),
    ]
    before = sorted(os.listdir(folder))
    for model, words in cases:
        text = run("segment", image, "-m", model, "-o", out, code=1)
        for word in words:
            assert word in text.lower() or word in text, (word, text)
    quiet = make_network(folder, "quiet.onnx", metadata=False)
    text = run("segment", image, "-m", quiet, "-o", out, code=2)
    assert "--normalisation" in text and "quiet.onnx" in text, text
    os.remove(quiet)
    assert sorted(os.listdir(folder)) == before


def bad_calls(folder):
    image, model = make_image(folder), make_network(folder, kernel=9)
    out = os.path.join(folder, "o.tif")
    again = os.path.join(folder, ".", "o.tif.tif")
    for words, name in ((["-m", model], "--output"), (["-o", out], "--model"),
                        (["-m", "", "-o", out], "--model"),
                        (["-m", model, "-o", "out.png"], "out.png"),
                        (["-m", model, "-o", out, "-u", out], "o.tif"),
                        (["-m", model, "-o", out, "-u", "u.jpg"], "u.jpg"),
                        *((["-m", model, "-o", out, "--normalisation", bad],
                           bad) for bad in ("nan,1", "1,inf", ",5", "1,0",
                                            "1,", "1,2,3")),
                        (["-m", model, "-o", out, "-l", again, "-i", "1",
                          "--list", out + ".tif"], "o.tif.tif"),
                        (["-m", model, "-o", out, "--tile", "0,1,1"],
                         "--tile"),
                        (["-m", model, "-o", out, "--memory", "none"],
                         "--memory"),
                        (["-m", model, "-o", out, "--threads", "0"],
                         "--threads")):
        text = run("segment", image, *words, code=2)
        assert name in text, text
    # Smaller than what the network sees.
    text = run("segment", image, "-m", model, "-o", out, "--tile", "8,32,1",
               code=1)
    assert "at least 9" in text, text
    assert "image.tif" in run("segment", image, "-m", model, "-o", image,
                              code=1)
    assert "no-such" in run("segment", "no-such.tif", "-m", model, "-o", out,
                            code=1)
    missing = os.path.join(folder, "no", "out.tif")
    assert folder in run("segment", image, "-m", model, "-o", missing, code=1)
    with closed_folder(os.path.join(folder, "closed")) as closed:
        text = run("segment", image, "-m", model, "-o",
                   os.path.join(closed, "o.tif"), code=1)
        assert "closed" in text, text
    assert not os.path.exists(out)


main([classes, box, ensemble, unknown, scored, zarr, complete,
      complete_of_same_image, complete_of_same_voxel_size, complete_with_list,
      goes_on_after_kills, killed_at_the_end, interrupted, foreign_folder,
      project, instances, memory, bad_networks, bad_calls])
