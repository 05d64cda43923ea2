#!/usr/bin/python3
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""bench-fill.py BENCH_FILL [EDGE]: races the fill in space with
skimage.morphology.flood on an object of EDGE³ voxels (512), in turn, and prints
how many times faster it is; 2 is wanted. scikit-image gets the labels in
memory; the fill reads them from a project, and its whole act also writes the
result to the disk as one edit that can be undone. The voxels are compared. The
object: a ball with channels and holes in it. Medians of 3. Needs
scikit-image."""
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
from skimage.morphology import flood

WANTED = 2.0


def make(edge):
    z, y, x = numpy.ogrid[:edge, :edge, :edge]
    middle = (edge - 1) / 2
    inside = ((x - middle) ** 2 + (y - middle) ** 2 + (z - middle) ** 2
              < (0.99 * edge / 2) ** 2)
    channels = ((numpy.sin(x / 9) + numpy.sin(y / 11)) + numpy.sin(z / 13) > 1.9)
    return (inside & ~channels).astype(numpy.uint32)


def main():
    bench = sys.argv[1]
    edge = int(sys.argv[2]) if len(sys.argv) > 2 else 512
    labels = make(edge)
    middle = numpy.argwhere(labels[edge // 2, edge // 2])[0][0]
    seed = (edge // 2, edge // 2, int(middle))
    times = []
    for _ in range(3):
        start = time.perf_counter()
        theirs = flood(labels, seed, connectivity=1)
        times.append(1000 * (time.perf_counter() - start))
    with tempfile.TemporaryDirectory() as folder:
        raw, out = (os.path.join(folder, name) for name in ("raw", "out"))
        labels.tofile(raw)
        printed = subprocess.run(
            [bench, raw, str(edge), str(edge), str(edge),
             *map(str, reversed(seed)), folder, out],
            check=True, capture_output=True, text=True).stdout.split()
        ours = numpy.fromfile(out, numpy.uint8).reshape(labels.shape)
    assert (ours.astype(bool) == theirs).all(), "other voxels were filled"
    find, act = float(printed[0]), float(printed[1])
    peer = statistics.median(times)
    for name, ms in (("found", find), ("found, written and durable", act)):
        print(f"fill of {printed[2]} voxels, {name}: {ms:.0f} ms, "
              f"scikit-image {peer:.0f} ms: {peer / ms:.2f} times faster "
              f"({WANTED:.1f} wanted"
              f"{'' if peer / ms >= WANTED else ': NOT REACHED'})")


main()
