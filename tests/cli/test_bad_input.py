# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Missing, empty, cut, foreign files, folders that cannot be written, full
disks: a message that names the file, status 1, and nothing left or lost."""
import json
import os
import random
import shutil
import subprocess

from common import (PROGRAM, Skip, Tiff, closed_folder, main, run, run_json,
                    small_disk, write_stack)

LINE = json.dumps({"tool": "brush", "class": 2, "plane": "xy", "slice": 1,
                   "radius_nm": 60, "points": [[20.5, 20.5]]}) + "\n"


def make(folder):
    out = os.path.join(folder, "s")
    run("synthesize", "-o", out, "--size", "90,80,12")
    image = os.path.join(out, "image.tif")
    return image, run("project", "create", image).strip()


def each_command(path, out):
    """Every command that reads `path`."""
    return [["info", path], ["convert", path, out],
            ["project", "create", path, "-o", out + ".lamella"],
            ["snapshot", path, "-o", out + ".png"]]


def each_project_command(path, out):
    return [["project", "info", path], ["project", "check", path],
            ["project", "content-hash", path], ["history", path],
            ["undo", path], ["redo", path], ["paint", path],
            ["labels", "export", path, out],
            ["labels", "import", path, out + ".none"]]


def assert_refused(calls, path, folder):
    before = sorted(os.listdir(folder))
    for call in calls:
        text = run(*call, code=1, stdin="")
        assert os.path.basename(path) in text, (call, text)
        assert "assert" not in text.lower()
        assert sorted(os.listdir(folder)) == before, call


def missing(folder):
    path = os.path.join(folder, "missing.tif")
    assert_refused(each_command(path, os.path.join(folder, "o.tif")), path,
                   folder)
    path = os.path.join(folder, "missing.lamella")
    assert_refused(each_project_command(path, os.path.join(folder, "o.tif")),
                   path, folder)


def empty_and_foreign(folder):
    for name, content in (("empty", b""), ("text", b"hello\n" * 500),
                          ("noise", random.Random(1).randbytes(5000))):
        for end, each in ((".tif", each_command),
                          (".lamella", each_project_command)):
            path = os.path.join(folder, name + end)
            with open(path, "wb") as file:
                file.write(content)
            assert_refused(each(path, os.path.join(folder, "o.tif")), path,
                           folder)


def cut_image(folder):
    image, project = make(folder)
    with open(image, "rb") as file:
        whole = file.read()
    out = os.path.join(folder, "o.tif")
    refused = 0
    for part in (0.02, 0.3, 0.7, 0.95, 0.999):
        path = os.path.join(folder, "cut.tif")
        with open(path, "wb") as file:
            file.write(whole[:int(len(whole) * part)])
        done = subprocess.run([PROGRAM, "convert", path, out],
                              capture_output=True, text=True)
        assert done.returncode in (0, 1), done
        if done.returncode == 1:
            refused += 1
            assert "cut.tif" in done.stderr and not os.path.exists(out)
        else:
            os.remove(out)
    assert refused >= 4, refused


def cut_and_flipped_project(folder):
    image, project = make(folder)
    run("paint", project, stdin=LINE * 5)
    with open(project, "rb") as file:
        whole = bytearray(file.read())
    # What is free in a page is zero, and damage to it is none.
    used = [place for place in range(100, len(whole)) if whole[place]]
    chance = random.Random(7)
    found = 0
    for turn in range(40):
        damaged = bytearray(whole)
        if turn % 4 == 0:
            damaged = damaged[:chance.randrange(len(damaged))]
        else:
            damaged[chance.choice(used)] ^= 1 << chance.randrange(8)
        path = os.path.join(folder, "damaged.lamella")
        with open(path, "wb") as file:
            file.write(damaged)
        done = subprocess.run([PROGRAM, "project", "check", path],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode in (0, 1), (turn, done)
        found += done.returncode
        for each in os.listdir(folder):
            if each.startswith("damaged"):
                os.remove(os.path.join(folder, each))
    assert found >= 30, found


def open_elsewhere(folder):
    image, project = make(folder)
    holder = subprocess.Popen([PROGRAM, "paint", project],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True)
    try:
        holder.stdin.write(LINE)
        holder.stdin.flush()
        assert holder.stdout.readline() == "ACK 1\n"
        text = run("paint", project, stdin=LINE, code=1)
        assert "image.lamella" in text
        run("undo", project, code=1)
        holder.stdin.write(LINE.replace("20.5", "40.5"))
        holder.stdin.flush()
        assert holder.stdout.readline() == "ACK 2\n"
    finally:
        holder.stdin.close()
        assert holder.wait(30) == 0
    assert len(run_json("history", project)) == 2
    assert run_json("project", "check", project)["clean"]


def deleted_while_open(folder):
    image, project = make(folder)
    holder = subprocess.Popen([PROGRAM, "paint", project],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    holder.stdin.write(LINE)
    holder.stdin.flush()
    assert holder.stdout.readline() == "ACK 1\n"
    os.remove(project)
    out, text = holder.communicate(LINE.replace("20.5", "40.5"), timeout=60)
    assert holder.returncode == 1 and "ACK" not in out, (out, text)
    assert "image.lamella" in text, text


def image_of_another_size(folder):
    image, project = make(folder)
    run("synthesize", "--image", image, "--size", "50,40,9")
    text = run("snapshot", project, "-o", os.path.join(folder, "a.png"),
               code=1)
    assert "50" in text and "90" in text, text
    # The labels can be worked on without the image, which stays what it is.
    assert run("paint", project, stdin=LINE) == "ACK 1\n"
    with open(image, "rb") as file:
        kept = file.read()
    text = run("labels", "export", project, image, "--force", code=1)
    assert "image.tif" in text, text
    with open(image, "rb") as file:
        assert file.read() == kept


def read_only_folder(folder):
    image, project = make(folder)
    with closed_folder(os.path.join(folder, "closed")) as closed:
        for call in (["synthesize", "-o", closed, "--size", "20,20,2"],
                     ["convert", image, closed + "/a.tif"],
                     ["convert", image, closed + "/a.zarr"],
                     ["project", "create", image, "-o", closed + "/a.lamella"],
                     ["labels", "export", project, closed + "/a.tif"],
                     ["snapshot", image, "-o", closed + "/a.png"]):
            assert "closed" in run(*call, code=1), call
        assert os.listdir(closed) == []


def a_project_that_can_only_be_read(folder):
    image, project = make(folder)
    run("paint", project, stdin=LINE)
    wanted = run("project", "content-hash", project)
    os.chmod(project, 0o444)
    os.chmod(os.path.dirname(project), 0o555)
    try:
        if os.access(project, os.W_OK):
            raise Skip("this user may write anywhere")
        assert run("project", "content-hash", project) == wanted
        assert len(run_json("history", project)) == 1
        text = run("paint", project, stdin=LINE, code=1)
        assert "image.lamella" in text
        assert run("project", "content-hash", project) == wanted
    finally:
        os.chmod(os.path.dirname(project), 0o755)


def full_disk(folder):
    image, project = make(folder)
    big = os.path.join(folder, "big.tif")
    write_stack(big, 300, 300, [os.urandom(90000) for _ in range(60)])
    with small_disk(os.path.join(folder, "small")) as small:
        for name in ("a.tif", "a.zarr"):
            text = run("convert", big, os.path.join(small, name), code=1)
            assert name in text or "space" in text, text
            assert os.listdir(small) == [], name
        run("synthesize", "-o", os.path.join(small, "s"), "--size",
            "500,500,16", code=1)
        assert os.listdir(small) == []
        run("labels", "export", project, os.path.join(small, "ok.tif"))
        assert Tiff(os.path.join(small, "ok.tif")).size == [90, 80, 12]


def full_disk_under_a_project(folder):
    image, _ = make(folder)
    with small_disk(os.path.join(folder, "small"), "600k") as small:
        project = os.path.join(small, "a.lamella")
        run("project", "create", image, "-o", project)
        assert run("paint", project, stdin=LINE) == "ACK 1\n"
        with open(os.path.join(small, "filler"), "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        done = subprocess.run([PROGRAM, "paint", project], text=True,
                              input="".join(
                                  LINE.replace("20.5", f"{20 + i}.5")
                                  for i in range(1, 60)),
                              capture_output=True, timeout=120)
        acks = done.stdout.count("ACK")
        assert done.returncode == 1 and acks < 59, done
        assert "lamella-cli: " in done.stderr, done.stderr
        os.remove(os.path.join(small, "filler"))
        assert len(run_json("history", project)) == 1 + acks
        assert run_json("project", "check", project)["clean"]
        assert run("paint", project, stdin=LINE.replace("20.5", "5.5"))


def hostile_strokes(folder):
    image, project = make(folder)
    for bad in ("[" * 1000000, '{"tool":' + "[" * 1000000,
                '{/* " */ "tool":' + "[" * 1000000, LINE.strip() + LINE,
                LINE.strip() + " []", "{", "[]", "null", '{"tool":NaN}'):
        text = run("paint", project, stdin=bad + "\n", code=1)
        assert text.startswith("lamella-cli: line 1: ") and len(text) < 500
    assert run_json("history", project) == []


def hostile_object_lists(folder):
    image, project = make(folder)
    labels = os.path.join(folder, "s", "labels.tif")
    path = os.path.join(folder, "objects.json")
    for bad in ("[" * 1000000, "[]", "{}", "{} {}", '{"objects": [3]}',
                '{"objects": [{"id": [], "class": {}}]}',
                '{"objects": [{"id": 4294967296, "class": 1}]}',
                '{"objects": [{"id": 1, "class": 200}]}'):
        with open(path, "w") as file:
            file.write(bad)
        text = run("labels", "import", project, labels, "--objects", path,
                   code=1)
        assert "objects.json" in text and len(text) < 500, text
    assert run_json("history", project) == []


def never_over_the_inputs(folder):
    """Not under another name either, and not over another project."""
    image, project = make(folder)
    run("paint", project, stdin=LINE)
    other = os.path.join(folder, "other.lamella")
    run("project", "create", image, "-o", other)
    plain = os.path.join(folder, "plain")
    os.link(project, plain)
    link = os.path.join(folder, "link.tif")
    os.link(image, link)
    way = os.path.join(folder, "way")
    os.symlink(os.path.dirname(image), way)
    round_about = os.path.join(way, "image.tif")
    kept = {path: open(path, "rb").read() for path in (image, project, other)}
    for path in (project, other, plain, image, link, round_about):
        text = run("labels", "export", project, path, "--force", code=1)
        assert os.path.basename(path) in text, text
        text = run("snapshot", project, "-fo", path, code=1)
        assert os.path.basename(path) in text, text
    # A project is one whatever it is called, open or not.
    odd = os.path.join(folder, "odd.tif")
    shutil.copy(other, odd)
    kept[odd] = kept[other]
    for words in (["convert", image, odd], ["labels", "export", project, odd],
                  ["snapshot", image, "-o", odd],
                  ["synthesize", "--size", "9,9,2", "--image", odd],
                  ["synthesize", "--size", "9,9,2", "--objects", odd]):
        more = [] if words[0] == "synthesize" else ["--force"]
        text = run(*words, *more, code=1)
        assert "odd.tif is a project" in text, text
    for path in (link, round_about, image):
        run("convert", image, path, "--force", "--box", "0,0,0,9,9,2", code=1)
        run("snapshot", image, "-fo", path, code=1)
    text = run("synthesize", "-o", os.path.dirname(image), "--size", "9,9,2",
               code=1)
    assert "image.tif" in text
    for path, bytes_ in kept.items():
        assert open(path, "rb").read() == bytes_, path
    assert run_json("project", "check", project)["clean"]


main([missing, empty_and_foreign, cut_image, cut_and_flipped_project,
      hostile_strokes, hostile_object_lists,
      never_over_the_inputs,
      open_elsewhere, deleted_while_open, image_of_another_size,
      read_only_folder, a_project_that_can_only_be_read, full_disk,
      full_disk_under_a_project])
