# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments of painting: every stroke that was acknowledged is
there afterwards, whole, and the project is sound."""
import collections
import json
import os
import random
import subprocess
import time

from common import PROGRAM, Tiff, main, run, run_json

KILLS = 300
SECONDS = 30  # fewer kills where the machine is slow, but no less than:
LEAST_KILLS = 60
SIDE, DEPTH, PITCH = 448, 40, 10


def spots():
    """Where strokes go: no two touch; many cross the border of a brick."""
    for z in range(DEPTH):
        for y in range(8, SIDE - 10, PITCH):
            for x in range(8, SIDE - 10, PITCH):
                yield x, y, z


def stroke(spot):
    x, y, z = spot
    return json.dumps({"tool": "brush", "class": 2, "label": "new",
                       "plane": "xy", "slice": z, "radius_nm": 30,
                       "points": [[x + 0.5, y + 0.5], [x + 2.5, y + 1.5]]})


def paint_and_kill(project, lines, wait, folder):
    """The ids that were acknowledged before the program was killed."""
    said = os.path.join(folder, "said")
    with open(said, "w+") as out, open(os.path.join(folder, "in"), "w+") as to:
        to.write(lines)
        to.flush()
        to.seek(0)
        child = subprocess.Popen([PROGRAM, "paint", project], stdin=to,
                                 stdout=out, stderr=subprocess.PIPE)
        time.sleep(wait)
        child.kill()
        problem = child.communicate()[1]
        assert child.returncode in (-9, 0), problem
        out.seek(0)
        return [int(line.split()[1]) for line in out
                if line.startswith("ACK ") and line.endswith("\n")]


def check_all(project, acknowledged, folder):
    history = run_json("history", project)
    ids = {row["id"] for row in history}
    lost = [each for each in acknowledged if each not in ids]
    assert not lost, f"acknowledged but lost: {lost[:9]}"
    assert run_json("project", "check", project)["clean"]
    path = os.path.join(folder, "labels.tif")
    run("labels", "export", project, path)
    counts = collections.Counter()
    for page in Tiff(path).pages:
        counts.update(page)
    del counts[0]
    assert len(counts) == len(ids), (len(counts), len(ids))
    assert len(set(counts.values())) == 1, "half a stroke"
    os.remove(path)


def kill_at_random_moments(folder):
    image = os.path.join(folder, "image.tif")
    run("synthesize", "--image", image, "--size", f"{SIDE},{SIDE},{DEPTH}",
        "--classes", "cell", "--voxel-size", "10,10,40")
    project = run("project", "create", image).strip()
    chance = random.Random(2)
    places = spots()
    acknowledged, kills, end = [], 0, time.monotonic() + SECONDS
    # How long it takes until the first stroke is painted.
    start = time.monotonic()
    run("paint", project, stdin=stroke(next(places)) + "\n")
    acknowledged.append(1)
    ready = time.monotonic() - start
    while kills < KILLS and (time.monotonic() < end or kills < LEAST_KILLS):
        lines = "".join(stroke(next(places)) + "\n" for _ in range(40))
        wait = chance.uniform(0.3, 1.6) * ready
        acknowledged += paint_and_kill(project, lines, wait, folder)
        kills += 1
        if len(acknowledged) < kills / 2:
            ready *= 1.1  # A computer that is busier than it was
        if kills % 60 == 0:
            check_all(project, acknowledged, folder)
    check_all(project, acknowledged, folder)
    assert len(acknowledged) > kills / 4, "killed too early to say anything"
    print(f"# {kills} kills, {len(acknowledged)} strokes acknowledged")


main([kill_at_random_moments])
