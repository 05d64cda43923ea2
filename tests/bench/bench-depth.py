#!/usr/bin/python3
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""bench-depth.py BENCH_DEPTH [DATA]: races the depth inside of objects (exact
Euclidean distances) with scipy.ndimage.distance_transform_edt, on one thread
each, medians of 3, and compares every voxel. Rows: balls at random in cubes and
in thick sections, and where DATA holds them the mitochondria of lucchi. Needs
SciPy and Pillow."""
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
from PIL import Image, ImageSequence
from scipy import ndimage

RUNS = 3


def balls(shape, nm):
    random, mask = numpy.random.default_rng(3), numpy.zeros(shape, bool)
    z, y, x = (numpy.arange(n) * step for n, step in zip(shape, nm))
    for _ in range(40):
        mz, my, mx = (random.random() * n * step
                      for n, step in zip(shape, nm))
        far = ((z - mz) ** 2)[:, None, None] + ((y - my) ** 2)[:, None] \
            + (x - mx) ** 2
        mask |= far < random.uniform(100, 400) ** 2
    return mask


def rows(data):
    yield "balls, 10 × 10 × 10 nm", balls((128, 256, 256), (10, 10, 10)), \
        (10, 10, 10)
    yield "balls, 10 × 10 × 40 nm", balls((64, 320, 320), (40, 10, 10)), \
        (40, 10, 10)
    path = os.path.join(data, "lucchi", "train-mito.tif")
    if not data or not os.path.exists(path):
        print(f"depth: lucchi: skipped, {path} is not here")
        return
    with Image.open(path) as file:
        stack = numpy.stack([numpy.array(page)[:512, :512]
                             for page in ImageSequence.Iterator(file)])
    yield "lucchi", stack > 0, (5, 5, 5)


def race(bench, folder, name, mask, nm):
    raw, out = (os.path.join(folder, each) for each in ("raw", "out"))
    mask.tofile(raw)
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        truth = ndimage.distance_transform_edt(mask, nm)
        times.append(1000 * (time.perf_counter() - start))
    theirs = statistics.median(times)
    ours = float(subprocess.run(
        [bench, raw, *map(str, reversed(mask.shape)), *map(str, reversed(nm)),
         out], check=True, capture_output=True, text=True).stdout)
    found = numpy.sqrt(numpy.fromfile(out, numpy.float32)).reshape(mask.shape)
    worst = numpy.abs(found - truth).max() / truth.max()
    assert worst < 1e-5, worst
    print(f"depth: {name}: {mask.size / ours / 1000:.1f} Mvoxel/s, SciPy "
          f"{mask.size / theirs / 1000:.1f}: {theirs / ours:.2f} times faster, "
          f"{worst:.0e} apart", flush=True)


def main():
    data = sys.argv[2] if len(sys.argv) > 2 else ""
    with tempfile.TemporaryDirectory() as folder:
        for name, mask, nm in rows(data):
            race(sys.argv[1], folder, name, mask, nm)


main()
