# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""predict, with a network whose result is known everywhere."""
import json
import os
import struct
import subprocess

from common import PROGRAM, Tiff, main, run, run_json, write_tiff
from threshold_network import THRESHOLD, make_network


def make_image(folder, width=150, height=90):
    values = [(x * 7 + y * 13 + (x * y >> 5)) % 200
              for y in range(height) for x in range(width)]
    path = os.path.join(folder, "image.tif")
    write_tiff(path, width, height, values)
    return path, values


def expect(values):
    return [int(value > THRESHOLD) for value in values]


def classes(folder):
    image, values = make_image(folder)
    model = make_network(folder, kernel=3)
    out = os.path.join(folder, "out.tif")
    for words in ([], ["--tile", "32,40,1"], ["--tile", "64,64,1", "--overlap",
                                              "50", "--threads", "1"]):
        found = run_json("predict", image, "-m", model, "-o", out, *words)
        assert found["classes"] == ["dark", "bright"], found
        assert found["files"] == [out], found
        assert list(Tiff(out).pages[0]) == expect(values), words
        os.remove(out)


def fast(folder):
    """The network has too few channels for 16 bits: the same result. Where
    the processor cannot, that is said."""
    image, values = make_image(folder)
    model, out = make_network(folder, kernel=3), os.path.join(folder, "f.tif")
    words = ["predict", image, "-m", model, "-o", out, "--fast", "--json"]
    for isa in (None, "plain"):
        env = dict(os.environ)
        if isa:
            env["LAM_ISA"] = isa
        done = subprocess.run([PROGRAM, *words], capture_output=True,
                              text=True, env=env, check=True)
        is_fast = json.loads(done.stdout)["fast"]
        assert is_fast != ("float32" in done.stderr), done
        assert not (isa and is_fast), done
        assert list(Tiff(out).pages[0]) == expect(values), isa
        os.remove(out)
    # -f replaces a file, as everywhere, and is not a way to be less exact.
    for words in ([], ["-f"]):
        found = run_json("predict", image, "-m", model, "-o", out, *words)
        assert not found["fast"], words


def box(folder):
    image, values = make_image(folder)
    model, out = make_network(folder), os.path.join(folder, "out.tif")
    run("predict", image, "-m", model, "-o", out, "--box", "10,20,0,60,50,1")
    part = [values[y * 150 + x] for y in range(20, 50) for x in range(10, 60)]
    assert list(Tiff(out).pages[0]) == expect(part)
    text = run("predict", image, "-m", model, "-o", out, "--box",
               "0,0,0,151,9,1", code=2)
    assert "--box" in text and "150" in text, text


def probabilities(folder):
    image, values = make_image(folder)
    model, out = make_network(folder), os.path.join(folder, "out.tif")
    found = run_json("predict", image, "-m", model, "-o", out,
                     "--probabilities")
    paths = [os.path.join(folder, f"out-{name}.tif")
             for name in ("dark", "bright")]
    assert found["files"] == paths, found
    dark, bright = (list(Tiff(path).pages[0]) for path in paths)
    for i, value in enumerate(values):
        assert abs(dark[i] + bright[i] - 255) <= 1, (dark[i], bright[i])
        assert (bright[i] > dark[i]) == (value > THRESHOLD) or value == 100
    assert not os.path.exists(out)


def zarr(folder):
    image, values = make_image(folder)
    model = make_network(folder)
    out, back = (os.path.join(folder, name) for name in ("o.zarr", "o.tif"))
    run("predict", image, "-m", model, "-o", out)
    assert run_json("info", out)["size"] == [150, 90, 1]
    run("convert", out, back)
    assert list(Tiff(back).pages[0]) == expect(values)
    # It is there already.
    assert "o.zarr" in run("predict", image, "-m", model, "-o", out, code=1)


def normalisation(folder):
    """A model that does not say must be told."""
    image, values = make_image(folder)
    model = make_network(folder, metadata=False)
    out = os.path.join(folder, "out.tif")
    text = run("predict", image, "-m", model, "-o", out, code=2)
    assert "--normalisation" in text and "net.onnx" in text, text
    run("predict", image, "-m", model, "-o", out, "--normalisation", "0,1")
    assert list(Tiff(out).pages[0]) == expect(values)
    # Twice as bright for the network: half the threshold.
    assert "--force" in run("predict", image, "-m", model, "-o", out,
                            "--normalisation", "0,0.5", code=1)
    run("predict", image, "-m", model, "-fo", out, "--normalisation", "0,0.5")
    assert list(Tiff(out).pages[0]) == [int(v > 50) for v in values]
    text = run("predict", image, "-m", model, "-fo", out, "--normalisation",
               "5", code=2)
    assert "--normalisation" in text, text
    for grey in ("0,0", "0", "0,nan", "dark"):
        model = make_network(folder, grey=grey)
        assert "net.onnx" in run("predict", image, "-m", model, "-o", out,
                                 code=1)


def peak_kb(words):
    done = subprocess.Popen([PROGRAM, *words], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(done.pid, 0)
    assert status == 0, words
    return usage.ru_maxrss


def write_stack(path, edge, n_pages):
    """Uncompressed pages that all look the same."""
    page = bytes(range(256)) * (edge * edge // 256)
    with open(path, "wb") as file:
        file.write(b"II*\0" + struct.pack("<I", 8 + len(page)) + page)
        for i in range(n_pages):
            tags = [(256, 4, edge), (257, 4, edge), (258, 3, 8), (259, 3, 1),
                    (262, 3, 1), (273, 4, file.tell() + 114),
                    (277, 3, 1), (278, 4, edge), (279, 4, len(page))]
            file.write(struct.pack("<H", len(tags)))
            for tag, kind, value in tags:
                file.write(struct.pack("<HHII", tag, kind, 1, value))
            after = file.tell() + 4 + len(page)
            file.write(struct.pack("<I", after if i + 1 < n_pages else 0))
            file.write(page)


def memory(folder):
    """Many times the volume takes hardly more memory."""
    model, peaks = make_network(folder), []
    out = os.path.join(folder, "out.tif")
    for depth in (4, 110):
        image = os.path.join(folder, f"{depth}.tif")
        write_stack(image, 1024, depth)
        assert run_json("info", image)["size"] == [1024, 1024, depth]
        peaks.append(peak_kb(["predict", image, "-m", model, "-fo", out]))
    print(f"# peak memory {peaks[0] // 1024} and {peaks[1] // 1024} MB")
    # The cache of 64 MB, but neither image (110 MB) nor result.
    assert peaks[1] - peaks[0] < 90 * 1024, peaks


def bad_calls(folder):
    image, _ = make_image(folder)
    model = make_network(folder)
    out = os.path.join(folder, "out.tif")
    for words, name in ((["-m", model], "--output"), (["-o", out], "--model"),
                        (["-m", model, "-o", "out.png"], "out.png"),
                        (["-m", model, "-o", out, "--tile", "0,1,1"],
                         "--tile"),
                        (["-m", model, "-o", out, "--overlap", "95"],
                         "--overlap"),
                        (["-m", model, "-o", out, "--classes", "--float"],
                         "--classes")):
        text = run("predict", image, *words, code=2)
        assert name in text, text
    assert "no-such" in run("predict", "no-such.tif", "-m", model, "-o", out,
                            code=1)
    assert "image.tif" in run("predict", image, "-m", image, "-o", out, code=1)
    missing = os.path.join(folder, "no", "out.tif")
    assert folder in run("predict", image, "-m", model, "-o", missing, code=1)
    assert sorted(os.listdir(folder)) == ["image.tif", "net.onnx"]


main([classes, fast, box, probabilities, zarr, normalisation, memory, bad_calls])
