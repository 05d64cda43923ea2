# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""train, on a phantom and a network of a few thousand weights: that it learns,
that it goes on after an interruption to the same bits, and what it refuses."""
import csv
import math
import os
import signal
import subprocess
import time

from common import (PROGRAM, Tiff, main, run, run_json, write_stack,
                    write_tiff)

PRESET = """title = tiny
[network]
norm = each
activation = leaky 0.01
[layers]
a = block image 8 8
b = pool a
c = block b 16 16
d = up c 8
e = block d a 8
logits = conv e classes@1x1x1
[training]
tile = 64 64 1
batch = 2
optimizer = adamw
learning-rate = 0.01
schedule = cosine
loss = cross-entropy+dice
validate-every = 10
checkpoint-every = 5
[augmentation]
flip = 0.5
rotate = 0.5
elastic = 0.3
noise = 0.2
"""
CLASSES = "medium,cell"


def make_data(folder, size="128,128,12"):
    run("synthesize", "-o", folder, "--size", size, "--voxel-size",
        "40,40,40", "--classes", "cell")
    preset = os.path.join(folder, "tiny.network")
    with open(preset, "w") as file:
        file.write(PRESET)
    return [os.path.join(folder, name) for name in
            ("image.tif", "classes.tif", "tiny.network")]


def words(folder, name, steps, data=None):
    image, labels, preset = data or make_data(folder)
    return ["train", "--image", image, "--labels", labels, "--preset", preset,
            "--classes", CLASSES, "--train-slices", "0-7",
            "--validation-slices", "8-11", "--steps", str(steps),
            "--threads", "2", "-o", os.path.join(folder, name)]


def read_csv(path):
    with open(path) as file:
        return list(csv.DictReader(file))


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def learn(folder):
    """Loss falls, validation is better than guessing, and predict agrees."""
    command = words(folder, "m.onnx", 60)
    found = run_json(*command)
    assert found["steps"] == 60 and found["best_step"] > 0, found
    rows = read_csv(os.path.join(folder, "m.csv"))
    assert [int(row["step"]) for row in rows] == list(range(1, 61))
    losses = [float(row["loss"]) for row in rows]
    assert sum(losses[-10:]) < 0.5 * sum(losses[:10]), losses
    best = rows[found["best_step"] - 1]
    judged = [row for row in rows if row["validation_loss"]]
    assert len(judged) == 6 and all(row["best"] in "01" for row in judged)
    assert best is max(judged, key=lambda row: float(row["mean_iou"]))
    assert best is [row for row in judged if row["best"] == "1"][-1]
    assert math.isclose(float(best["mean_iou"]), found["best_mean_iou"],
                        rel_tol=1e-6), (best, found)
    assert float(best["iou cell"]) > 0.8, best
    assert math.isclose(float(best["iou cell"]), found["iou"]["cell"],
                        rel_tol=1e-6), (best, found)
    model = os.path.join(folder, "m.onnx")
    text = run("network", "info", model)
    for part in ("cell", "1,64,64", "lamella"):
        assert part in text, text
    kept = run_json("network", "info", model)["metadata"]
    assert kept["lamella.kept_by"] == "iou", kept
    step, loss, iou = map(float, kept["lamella.validation"].split(","))
    assert step == found["best_step"] and math.isclose(
        iou, found["best_mean_iou"], rel_tol=1e-6), (kept, found)
    assert math.isclose(loss, found["best_validation_loss"], rel_tol=1e-6)
    out = os.path.join(folder, "out.tif")
    assert run_json("predict", os.path.join(folder, "image.tif"), "-m", model,
                    "-o", out)["classes"] == ["medium", "cell"]
    truth = Tiff(os.path.join(folder, "classes.tif")).pages[8:]
    guess = Tiff(out).pages[8:]
    both = any_of = 0
    for a, b in zip(truth, guess):
        both += sum(p == 1 and q == 1 for p, q in zip(a, b))
        any_of += sum(p == 1 or q == 1 for p, q in zip(a, b))
    assert both / any_of > 0.8, both / any_of
    assert not os.path.exists(os.path.join(folder, "m.checkpoint"))
    # What was used can be used again: the same model, bit by bit, with
    # another number of threads.
    image, labels = command[2], command[4]
    run(*words(folder, "n.onnx", 60, (image, labels,
                                      os.path.join(folder, "m.network"))),
        "--threads", "1")
    assert read_bytes(model) == read_bytes(os.path.join(folder, "n.onnx"))


def grey_of_each(folder):
    """Images of other brightness are learnt from and segmented alike."""
    image, labels, preset = make_data(folder, "64,64,4")
    model = os.path.join(folder, "m.onnx")
    run("train", "-i", image, "-l", labels, "--classes", CLASSES, "-p", preset,
        "--steps", "3", "-s", "grey=each", "-o", model)
    text = run("network", "info", model)
    assert "grey values of" in text and "mean, spread" not in text, text
    classes = []
    for name, change in (("dark", lambda value: value // 4 + 7),
                         ("bright", lambda value: value // 4 * 4)):
        path = os.path.join(folder, name + ".tif")
        write_stack(path, 64, 64, [[change(value) for value in page]
                                   for page in Tiff(image).pages], 2)
        out = os.path.join(folder, name + "-classes.tif")
        run("predict", path, "-m", model, "-o", out)
        classes.append(Tiff(out).pages)
    same = sum(a == b for one, other in zip(*classes)
               for a, b in zip(one, other))
    assert same > 0.999 * 64 * 64 * 4, same


def harms_no_file(folder):
    """Neither a model that is there nor what is learnt from."""
    command = words(folder, "m.onnx", 1)
    with open(os.path.join(folder, "m.onnx"), "w") as file:
        file.write("somebody's")
    text = run(*command, code=1)
    assert "m.onnx" in text and "--force" in text, text
    assert read_bytes(os.path.join(folder, "m.onnx")) == b"somebody's"
    run(*command, "--force")
    run("network", "info", os.path.join(folder, "m.onnx"))
    image = command[2]
    before = read_bytes(image)
    # Nor what lies beside the model.
    for ending in (".csv", ".network"):
        beside = os.path.join(folder, "n" + ending)
        with open(beside, "w") as file:
            file.write("somebody's")
        text = run(*words(folder, "n.onnx", 1, command[2:5:2] + [
            os.path.join(folder, "tiny.network")]), code=1)
        assert "n" + ending in text and "--force" in text, text
        assert read_bytes(beside) == b"somebody's"
        os.remove(beside)
        os.link(image, beside)
        text = run(*words(folder, "n.onnx", 1, command[2:5:2] + [
            os.path.join(folder, "tiny.network")]), "--force", code=1)
        assert "n" + ending in text and image in text, text
        os.remove(beside)
    os.link(image, os.path.join(folder, "link.onnx"))
    data = [image, command[4], os.path.join(folder, "tiny.network")]
    text = run(*words(folder, "link.onnx", 1, data), "--force", code=1)
    assert "link.onnx" in text and image in text, text
    assert read_bytes(image) == before


def resume(folder):
    data = make_data(folder)
    run(*words(folder, "whole.onnx", 40, data))
    command = words(folder, "parts.onnx", 40, data)
    log = os.path.join(folder, "parts.csv")
    process = subprocess.Popen([PROGRAM, *command], stderr=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, text=True)
    until = time.monotonic() + 100
    while not (os.path.exists(log) and len(read_csv(log)) >= 7):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    text = process.communicate(timeout=100)[1]
    if process.returncode == 0:
        raise AssertionError("it was done before it could be interrupted")
    assert process.returncode == 1 and "--resume" in text, text
    assert os.path.exists(os.path.join(folder, "parts.checkpoint"))
    # A model is there as well; but a new training does not wipe the old one.
    run("network", "info", os.path.join(folder, "parts.onnx"))
    assert "--resume" in run(*command, code=1)
    text = run(*command, "--resume")
    assert "parts.network" in text.splitlines()[0], text
    assert [int(row["step"]) for row in read_csv(log)] == list(range(1, 41))
    losses = [[row["loss"] for row in read_csv(os.path.join(folder, name))]
              for name in ("whole.csv", "parts.csv")]
    assert losses[0] == losses[1]
    assert read_bytes(os.path.join(folder, "whole.onnx")) == read_bytes(
        os.path.join(folder, "parts.onnx"))


def goes_on_longer(folder):
    """What is done goes on with its moments, not from the weights alone."""
    data = make_data(folder)
    constant = ["-s", "schedule=constant", "-s", "warm-up=0"]
    run(*words(folder, "whole.onnx", 16, data), *constant)
    command = words(folder, "parts.onnx", 10, data) + constant
    run(*command)
    assert not os.path.exists(os.path.join(folder, "parts.checkpoint"))
    assert "--more" in run(*command, "--resume", code=1)
    run(*command, "--more", "6", code=2)
    # What comes to nothing leaves all as it was.
    before = read_bytes(os.path.join(folder, "parts.network"))
    text = run(*command, "--resume", "--more", "1000000000", code=1)
    assert "1000000000 at most" in text, text
    assert not os.path.exists(os.path.join(folder, "parts.checkpoint"))
    assert read_bytes(os.path.join(folder, "parts.network")) == before
    run(*command, "--resume", "--more", "6")
    losses = [[row["loss"] for row in read_csv(os.path.join(folder, name))
               if row["loss"]] for name in ("whole.csv", "parts.csv")]
    assert len(losses[1]) == 16, losses
    assert losses[0] == losses[1], losses
    expect_own(folder, command)


def expect_own(folder, command):
    """Killed before its first checkpoint, it is not mistaken for the one that
    was there before."""
    log = os.path.join(folder, "parts.csv")
    os.remove(log)
    process = subprocess.Popen(
        [PROGRAM, *command, "--force", "--steps", "100000", "-s",
         "checkpoint-every=100000"], stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL)
    until = time.monotonic() + 100
    while not (os.path.exists(log) and read_csv(log)):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert "parts.checkpoint" in run(
        *command, "--resume", "--more", "6", code=1)


def diverge(folder):
    """A loss that is no number stops it; what was good is kept."""
    command = words(folder, "m.onnx", 200) + [
        "-s", "learning-rate=10", "-s", "optimizer=sgd", "-s", "schedule="
        "constant", "-s", "momentum=0.999", "-s", "loss=cross-entropy"]
    preset = os.path.join(folder, "tiny.network")
    with open(preset, "w") as file:
        file.write(PRESET.replace("norm = each", "norm = none"))
    text = run(*command, code=1)
    assert "step" in text and "m.onnx" in text, text
    rows = read_csv(os.path.join(folder, "m.csv"))
    assert all(math.isfinite(float(row["loss"])) for row in rows), rows
    run("network", "info", os.path.join(folder, "m.onnx"))


def other_image(folder):
    """Judged by another image; labels by name and number, some unlabelled."""
    image, labels, preset = make_data(folder, "64,64,4")
    other = os.path.join(folder, "other")
    run("synthesize", "-o", other, "--size", "96,80,3", "--seed", "2",
        "--voxel-size", "40,40,40", "--classes", "cell", "--deflate")
    marks = os.path.join(folder, "marks.tif")
    write_tiff(marks, 96, 80, [(0, 7, 255)[x // 32] for _ in range(80)
                               for x in range(96)])
    one = os.path.join(folder, "one.tif")
    run("convert", os.path.join(other, "image.tif"), one, "--box",
        "0,0,1,96,80,2")
    run_json("train", "-i", one, "-l", marks, "--ignore", "0", "--classes",
             "a=7,b=255", "-p", preset, "--steps", "4", "-s",
             "validate-every=2", "--keep", "loss", "--validation-image", one,
             "--validation-labels", marks, "-o",
             os.path.join(folder, "m.onnx"))
    kept = run("network", "info", os.path.join(folder, "m.onnx"))
    assert any("kept by" in line and line.endswith("loss")
               for line in kept.splitlines()), kept
    rows = read_csv(os.path.join(folder, "m.csv"))
    assert rows[0]["iou a"] == "" and 0 <= float(rows[1]["iou b"]) <= 1, rows
    text = run("train", "-i", image, "-l", labels, "--classes", CLASSES, "-p",
               preset, "--validation-image", one, "--validation-labels",
               labels, "-o", os.path.join(folder, "n.onnx"), code=1)
    assert "one.tif" in text and "96 × 80 × 1" in text, text


def weights(folder):
    """What is labelled wrongly does no harm where it weighs nothing, and a
    class that weighs more is found more often."""
    image, labels, preset = make_data(folder)
    swapped = os.path.join(folder, "swapped.tif")
    marks = os.path.join(folder, "weights.tif")
    pages = Tiff(labels).pages
    write_stack(swapped, 128, 128, [
        [value if i % 128 < 64 or z > 7 else 1 - value
         for i, value in enumerate(page)] for z, page in enumerate(pages)])
    write_stack(marks, 128, 128, [[int(i % 128 < 64) for i in range(128 * 128)]
                                  for _ in pages])
    command = words(folder, "m.onnx", 60, (image, swapped, preset))
    found = run_json(*command, "--weights", marks)
    assert found["iou"]["cell"] > 0.75, found
    text = run("network", "info", os.path.join(folder, "m.onnx"))
    assert "weights.tif" in text, text
    assert run_json(*command[:-1], os.path.join(folder, "n.onnx"))["iou"][
        "cell"] < found["iou"]["cell"] - 0.1
    # Nor does it where it is judged: the same model, the same judgement.
    spoiled = os.path.join(folder, "spoiled.tif")
    write_stack(spoiled, 128, 128, [
        [value if i % 128 < 64 else 1 - value for i, value in enumerate(page)]
        for page in pages])
    ious = []
    for name, told in (("q", ["--validation-weights", marks]), ("r", [])):
        found = run_json(*words(folder, name + ".onnx", 12,
                                (image, spoiled, preset)),
                         "--weights", marks, *told)
        ious.append(found["iou"]["cell"])
    assert ious[0] > ious[1] + 0.05, ious
    text = run("network", "info", os.path.join(folder, "q.onnx"))
    assert "validation-weights" in text, text
    shares = []
    for name, each in (("o", "20,1"), ("p", "1,20")):
        model = os.path.join(folder, name + ".onnx")
        run(*words(folder, name + ".onnx", 12, (image, labels, preset)),
            "--class-weights", each, "-s", "loss=cross-entropy")
        run("predict", image, "-m", model, "-o", model + ".tif")
        shares.append(sum(map(sum, Tiff(model + ".tif").pages)))
    assert shares[0] < shares[1], shares


def early_stop(folder):
    command = words(folder, "m.onnx", 60) + ["-s", "patience=1", "-s",
                                             "validate-every=1"]
    text = run(*command).splitlines()
    assert text[-1].endswith("m.onnx") and "stopped after" in text[-2], text
    found = run_json(*command, "--force")
    assert found["stopped_early"] and found["steps"] < 60, found
    assert found["best_step"] == found["steps"] - 1, found


def boxes(folder):
    """Only the voxels of a box are learnt from, and judged by."""
    image, labels, preset = make_data(folder, "128,128,4")
    wrong = os.path.join(folder, "wrong.tif")
    write_stack(wrong, 128, 128, [
        [value if i % 128 < 96 else 7 for i, value in enumerate(page)]
        for page in Tiff(labels).pages])
    command = ["train", "-i", image, "-l", wrong, "--classes", CLASSES, "-p",
               preset, "--steps", "10", "-o", os.path.join(folder, "m.onnx")]
    text = run(*command, "--train-box", "0,0,0,97,64,4", code=1)
    assert "wrong.tif" in text and "7" in text, text
    found = run_json(*command, "--train-box", "0,0,0,96,64,4",
                     "--validation-box", "0,64,0,96,128,4")
    assert found["best_step"] == 10, found


def short_time(folder):
    data = make_data(folder)
    command = words(folder, "m.onnx", 1, data)
    at = command.index("--steps")
    command[at:at + 2] = ["--time", "3s"]
    start = time.monotonic()
    found = run_json(*command)
    assert found["steps"] > 3, found
    assert time.monotonic() - start < 60


def mistakes(folder):
    image, labels, preset = data = make_data(folder, "64,64,4")
    small = os.path.join(folder, "small.tif")
    write_tiff(small, 64, 60, [0] * 64 * 60)
    empty = os.path.join(folder, "empty.tif")
    write_stack(empty, 64, 64, 4 * [[0] * 64 * 64])
    good = ["train", "-i", image, "-l", labels, "-p", preset, "--classes",
            CLASSES, "-o", os.path.join(folder, "m.onnx")]

    def change(option, value):
        at = good.index(option) + 1
        return good[:at] + [value] + good[at + 1:]

    for command, code, parts in (
            (change("-l", small), 1, ("small.tif", "64 × 64 × 4",
                                      "64 × 60 × 1")),
            (change("--classes", "a=5,b=6"), 1, ("classes.tif", "number")),
            (change("--classes", "a"), 2, ("--classes",)),
            (change("--classes", "a,a"), 2, ("--classes", "“a”")),
            (change("-p", "unet9"), 1, ("unet9", "unet-small")),
            (change("-p", "./no.network"), 1, ("no.network",)),
            (change("-o", "m.pt"), 2, (".onnx", "m.pt")),
            (change("-i", "no.tif"), 1, ("no.tif",)),
            (good + ["-i", image], 2, ("--image", "--labels")),
            (good + ["--keep", "luck"], 1, ("luck", "loss, iou")),
            (good + ["-s", "speed=9"], 1, ("speed", "learning-rate")),
            (good + ["-s", "elastic=9"], 1, ("elastic", "0 to 1")),
            (good + ["-s", "tile=60,61,1"], 1, ("tiny.network",)),
            (good + ["--steps", "0"], 2, ("--steps",)),
            (good + ["--time", "soon"], 2, ("--time", "soon")),
            (good + ["--train-slices", "0-4"], 1, ("image.tif", "4")),
            (good + ["--train-slices", "3"], 2, ("--train-slices",)),
            (good + ["--train-slices", "0-2", "--validation-slices", "2-3"],
             2, ("--validation-slices",)),
            (good + ["--train-slices", "0-2", "--validation-box",
                     "0,0,2,9,9,3"], 2, ("--validation-box",)),
            (good + ["--train-slices", "0-2", "--train-box", "0,0,0,9,9,9"],
             2, ("--train-box",)),
            (good + ["--train-box", "0,0,0,64,65,4"], 1,
             ("image.tif", "64", "y")),
            (good + ["--train-box", "0,0,0"], 2, ("--train-box",)),
            (good + ["--class-weights", "1"], 2, ("--class-weights", "2")),
            (good + ["--class-weights", "1,0"], 2, ("--class-weights",)),
            (good + ["--weights", small], 1, (
                "weights", "small.tif", "64 × 64 × 4", "64 × 60 × 1")),
            (good + ["--weights", empty], 1, ("empty.tif", "above 0")),
            (good + ["--weights", small, "--weights", small], 2,
             ("--weights", "--image")),
            (good + ["--validation-weights", image], 2,
             ("--validation-weights", "--validation-slices")),
            (good + ["--train-slices", "0-1", "--validation-slices", "2-3",
                     "--validation-weights", small], 1,
             ("weights", "small.tif", "64 × 64 × 4", "64 × 60 × 1")),
            (good + ["--train-slices", "0-1", "--validation-slices", "2-3",
                     "--validation-weights", image, "--validation-weights",
                     image], 2, ("--validation-weights", "--image")),
            (good + ["--resume"], 1, ("m.network",))):
        text = run(*command, code=code)
        assert all(part in text for part in parts), (command, text)
    left = sorted(os.listdir(folder))
    assert not any(name.startswith("m.onnx") for name in left), left
    # Voxels that nobody labelled can be all there is.
    text = run(*change("--classes", "a=2,b=3"), "--ignore", "1", code=1)
    assert "classes.tif" in text, text


main([learn, grey_of_each, harms_no_file, resume, goes_on_longer, diverge,
      other_image,
      weights, early_stop, boxes, short_time, mistakes])
