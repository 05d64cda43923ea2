#!/usr/bin/python3
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""bench-components.py BENCH_COMPONENTS LAMELLA_CLI [DATA]: races connected
components with scipy.ndimage.label, which knows one thread, in turn, and prints
for each row how many times faster they are with all processors, as the program
uses them, of which 2 is wanted; and with one thread.

Rows: binary masks of a phantom, of lumps at random, and where DATA holds them
the mitochondria of lucchi and the classes of vnc, with 6 and 26 neighbours.
"bricks" is the same in bricks of 64 voxels, each scanned twice by one thread,
as it is done where the memory holds no more; else it is slabs of 4 Mvoxel,
scanned once. Both write labels into memory that was written before; medians of
5. The labels are compared voxel by voxel. A row of several classes
calls SciPy once a class, for it knows no classes. Needs SciPy and Pillow."""
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
from PIL import Image, ImageSequence
from scipy import ndimage

RUNS, WANTED = 5, 2.0


def read_stack(path):
    with Image.open(path) as file:
        return numpy.stack([numpy.array(page, dtype=numpy.uint8)
                            for page in ImageSequence.Iterator(file)])


def phantom(cli, folder):
    subprocess.run([cli, "synthesize", "--size", "512,512,128", "--seed", "7",
                    "-o", os.path.join(folder, "phantom")], check=True,
                   stdout=subprocess.DEVNULL)
    return read_stack(os.path.join(folder, "phantom", "classes.tif"))


def lumps():
    """Half of all voxels, in lumps of about 4 voxels: many small objects."""
    noise = numpy.random.default_rng(1).random((128, 384, 384))
    smooth = ndimage.gaussian_filter(noise, 1.5)
    return (smooth > numpy.quantile(smooth, 0.7)).astype(numpy.uint8)


def rows(cli, folder, data):
    classes = phantom(cli, folder)
    yield "phantom, granules", (classes == 3).astype(numpy.uint8)
    yield "phantom, cells", (classes > 0).astype(numpy.uint8)
    yield "phantom, 6 classes", classes
    yield "lumps", lumps()
    for name, path in (("lucchi", "lucchi/train-mito.tif"),
                       ("vnc, mitochondria", "vnc/classes.tif")):
        path = os.path.join(data, path)
        if not data or not os.path.exists(path):
            print(f"components: {name}: skipped, {path} is not here")
            continue
        stack = read_stack(path)
        yield name, ((stack == 4) if name[0] == "v" else stack > 0).astype(
            numpy.uint8)


def label(classes, neighbours):
    """Milliseconds, and the labels of each class alone."""
    structure = ndimage.generate_binary_structure(3, 1 if neighbours == 6
                                                  else 3)
    kinds = [kind for kind in numpy.unique(classes) if kind]
    times = []
    found = [numpy.ones(classes.shape, numpy.int32) for _ in kinds]
    for _ in range(RUNS):
        start = time.perf_counter()
        for kind, labels in zip(kinds, found):
            mask = classes if len(kinds) == 1 else classes == kind
            ndimage.label(mask, structure, labels)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times), found


def compare(classes, ours, theirs, n):
    """Whether both cut the voxels into the same sets."""
    assert ((ours > 0) == (classes > 0)).all()
    total = 0
    for labels in theirs:
        inside = labels > 0
        pairs = numpy.unique(ours[inside].astype(numpy.uint64) << 32
                             | labels[inside].astype(numpy.uint64))
        assert len(pairs) == labels.max() == len(numpy.unique(pairs >> 32))
        total += len(pairs)
    assert total == n, (total, n)


def race(bench, folder, name, classes, neighbours):
    raw, labels = (os.path.join(folder, each) for each in ("raw", "labels"))
    classes = numpy.ascontiguousarray(classes)
    classes.tofile(raw)
    theirs, found = label(classes, neighbours)
    printed = subprocess.run(
        [bench, raw, *map(str, reversed(classes.shape)), str(neighbours),
         labels], check=True, capture_output=True, text=True).stdout.split()
    n, (one, ours, bricks) = int(printed[0]), map(float, printed[1:4])
    compare(classes, numpy.fromfile(labels, numpy.uint32).reshape(
        classes.shape), found, n)
    speed = classes.size / 1000
    print(f"components: {name}, {neighbours} neighbours: {n} objects, "
          f"{speed / ours:.0f} Mvoxel/s, SciPy {speed / theirs:.0f}: "
          f"{theirs / ours:.2f} times faster ({WANTED:.1f} wanted"
          f"{'' if theirs / ours >= WANTED else ': NOT REACHED'}), "
          f"one thread {theirs / one:.2f}, bricks {theirs / bricks:.2f}", flush=True)


def main():
    bench, cli = sys.argv[1:3]
    data = sys.argv[3] if len(sys.argv) > 3 else ""
    with tempfile.TemporaryDirectory() as folder:
        for name, classes in rows(cli, folder, data):
            for neighbours in (6, 26):
                race(bench, folder, name, classes, neighbours)


main()
