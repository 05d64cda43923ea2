#!/usr/bin/python3
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""bench-networks.py LAMELLA_CLI PYTORCH_NETS.py [ROW...]: times networks here
and in PyTorch, in turn, with the same weights and input, and prints for each
row how many times faster, in how much of the memory, and how near.

PYTORCH_NETS.py is a module whose `net(name)` makes the peers unet2d, hybrid and
unet3d, and whose `CLASSES` says for how many classes. The small network is made
here. Needs PyTorch; medians of 3 forward passes or 3 steps of training, after
one that is not counted; 2 threads. The row "opening" has no peer but a bound;
"fast" is left out where the program has no such mode."""
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

THREADS, RUNS = 2, 3
# Row: network, size in z, y, x, times faster than PyTorch that is wanted.
FORWARD = {
    "hybrid": ("hybrid", (5, 256, 256), 3.3),
    "unet2d": ("unet2d", (1, 512, 512), 4.0),
    "unet3d": ("unet3d", (32, 128, 128), 2.5),
}
TRAINING = {
    "train-hybrid": ("hybrid", (5, 128, 128), 2.0),
    "train-small": ("unet-small", (1, 400, 400), 2.0),
}
MEMORY, FAST, NEAR, OPENING, DISTURBED = 0.8, 1.8, 1e-4, 1.0, 0.05
ROWS = [*FORWARD, *TRAINING, "fast", "opening"]


def load_peers(path):
    spec = importlib.util.spec_from_file_location("peers", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_small(classes):
    """The preset unet-small: flat, five scales, a norm after each convolution,
    leaky ReLU."""
    import torch
    from torch import nn

    def block(cin, width):
        layers = []
        for a in (cin, width):
            layers += [nn.Conv3d(a, width, (1, 3, 3), padding=(0, 1, 1)),
                       nn.InstanceNorm3d(width, affine=True),
                       nn.LeakyReLU(0.01)]
        return nn.Sequential(*layers)

    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            widths = [16, 32, 64, 128, 256]
            self.down = nn.ModuleList(
                block(a, b) for a, b in zip([1] + widths, widths))
            self.pool = nn.MaxPool3d((1, 2, 2))
            self.up = nn.ModuleList(
                nn.ConvTranspose3d(2 * w, w, (1, 2, 2), (1, 2, 2))
                for w in widths[:-1])
            self.merge = nn.ModuleList(block(2 * w, w) for w in widths[:-1])
            self.head = nn.Conv3d(16, classes, 1)

        def forward(self, x):
            skips = []
            for i, part in enumerate(self.down):
                x = part(self.pool(x) if i else x)
                skips.append(x)
            for i in reversed(range(4)):
                x = self.merge[i](torch.cat([self.up[i](x), skips[i]], 1))
            return self.head(x)

    torch.manual_seed(1)
    return Small()


def median(run):
    """Of runs after one that has warmed up."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def get_peak_bytes():
    with open("/proc/self/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    return 0


def export_peer(model, path):
    """For any size: what is traced may be small."""
    import torch
    axes = {i: f"d{i}" for i in (2, 3, 4)}
    torch.onnx.export(model, torch.randn(1, 1, 16, 32, 32), path,
                      opset_version=13, input_names=["image"],
                      output_names=["logits"],
                      dynamic_axes={"image": axes, "logits": axes})


def run_peer(what, module, name, *rest):
    """In a process of its own, so that its memory is its own."""
    import numpy
    import torch
    torch.set_num_threads(THREADS)
    peers = load_peers(module)
    model = (make_small(peers.CLASSES) if name == "unet-small"
             else peers.net(name))
    folder, *size = rest
    if what == "export":
        export_peer(model.eval(), f"{folder}/{name}.onnx")
        print("{}")
        return
    x = torch.randn(1, 1, *map(int, size))
    if what == "time":
        model.eval()
        with torch.no_grad():
            numpy.save(f"{folder}/y.npy", model(x).numpy())
            seconds = median(lambda: model(x))
        numpy.save(f"{folder}/x.npy", x.numpy())
    else:
        model.train()
        adam = torch.optim.Adam(model.parameters(), 1e-3)
        y = torch.randint(0, peers.CLASSES, (1, *x.shape[2:]))

        def step():
            adam.zero_grad()
            torch.nn.functional.cross_entropy(model(x), y).backward()
            adam.step()
        step()
        seconds = median(step)
    print(json.dumps({"seconds": seconds, "peak_bytes": get_peak_bytes()}))


def get_others_seconds():
    """Of all processors; counted from anywhere, so only differences mean
    something."""
    with open("/proc/stat", encoding="ascii") as file:
        ticks = list(map(int, file.readline().split()[1:9]))
    busy = (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    return busy - own.ru_utime - own.ru_stime


def call(words):
    """What it says, and which share of the processors others had meanwhile."""
    start, others = time.perf_counter(), get_others_seconds()
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{words}:\n{done.stderr}")
    said = json.loads(done.stdout.splitlines()[-1])
    said["others"] = (get_others_seconds() - others) / os.cpu_count() / (
        time.perf_counter() - start)
    return said


class Bench:
    def __init__(self, program, module, folder):
        self.program, self.module, self.folder = program, module, folder
        self.help = subprocess.run(
            [program, "network", "benchmark", "--help"], capture_output=True,
            text=True).stdout

    def peer(self, what, name, *rest):
        return call([sys.executable, __file__, "--peer", what, self.module,
                     name, self.folder, *rest])

    def export(self, name):
        path = os.path.join(self.folder, f"{name}.onnx")
        self.peer("export", name)
        return path

    def ours(self, path, *words):
        return call([self.program, "network", "benchmark", path, "--json",
                     "--threads", THREADS, *words])

    def has(self, option, row):
        if option in self.help:
            return True
        print(f"{row:13} not there: this program has no {option}")
        return False

    def compare(self, row, ours, theirs, bar):
        times = theirs["seconds"] / ours["seconds"]
        memory = ours["peak_bytes"] / theirs["peak_bytes"]
        print(f"{row:13} PyTorch {theirs['seconds']:8.3f} s, here "
              f"{ours['seconds']:8.3f} s: {times:5.2f} times faster, wanted "
              f"{bar}: {say(times >= bar)}")
        print(f"{'':13} PyTorch {theirs['peak_bytes'] / 1e6:6.0f} MB, here "
              f"{ours['peak_bytes'] / 1e6:8.0f} MB: {memory:5.2f} of the "
              f"memory, wanted {MEMORY}: {say(memory <= MEMORY)}")
        others = max(theirs["others"], ours["others"])
        if others > DISTURBED:
            print(f"{'':13} disturbed: others had {others:.0%} of the "
                  f"processors, so repeat this")
        sys.stdout.flush()

    def forward(self, row):
        name, size, bar = FORWARD[row]
        path = self.export(name)
        files = [os.path.join(self.folder, f) for f in ("x.npy", "y.npy")]
        theirs = self.peer("time", name, *size)
        ours = self.ours(path, "--runs", RUNS, "--input", files[0], "--expect",
                         files[1])
        self.compare(row, ours, theirs, bar)
        error = ours["max_abs_error"] / ours["max_abs_expected"]
        print(f"{'':13} relative error {error:.1e}, wanted {NEAR:.0e}: "
              f"{say(error <= NEAR)}")

    def training(self, row):
        name, size, bar = TRAINING[row]
        if not self.has("--train", row):
            return
        path = self.export(name)
        theirs = self.peer("train", name, *size)
        ours = self.ours(path, "--train", "--runs", RUNS, "--size",
                         ",".join(map(str, size)))
        self.compare(row, ours, theirs, bar)

    def fast(self):
        if not self.has("--fast", "fast"):
            return
        for name, size, _ in FORWARD.values():
            path = self.export(name)
            fast = self.ours(path, "--fast", "--runs", RUNS, "--size",
                             ",".join(map(str, size)))
            if not fast["fast"]:
                print(f"{'fast':13} not on this processor")
                return
            times = fast["float_seconds"] / fast["seconds"]
            print(f"{'fast':13} {name}: {fast['float_seconds']:.3f} s, fast "
                  f"{fast['seconds']:.3f} s: {times:.2f} times faster, wanted "
                  f"{FAST}: {say(times >= FAST)}")
            print(f"{'':13} relative error {fast['max_rel_error']:.1e}, argmax "
                  f"agreement {fast['argmax_agreement']:.4f} with float32")

    def opening(self):
        path = self.export("hybrid")
        times = [self.ours(path, "--size", "1,16,16", "--runs", 1)
                 ["open_seconds"] for _ in range(5)]
        seconds = statistics.median(times)
        print(f"{'opening':13} {os.path.getsize(path) / 1e6:.0f} MB in "
              f"{seconds:.3f} s, wanted {OPENING}: {say(seconds <= OPENING)}")

    def run(self, row):
        if row in FORWARD:
            self.forward(row)
        elif row in TRAINING:
            self.training(row)
        else:
            getattr(self, row)()


def say(is_reached):
    return "reached" if is_reached else "MISSED"


def main():
    if len(sys.argv) > 2 and sys.argv[1] == "--peer":
        return run_peer(*sys.argv[2:])
    unknown = [row for row in sys.argv[3:] if row not in ROWS]
    if len(sys.argv) < 3 or unknown:
        raise SystemExit(f"{__doc__}\n\nRows: {', '.join(ROWS)}")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(sys.argv[1], sys.argv[2], folder)
        for row in sys.argv[3:] or ROWS:
            bench.run(row)


if __name__ == "__main__":
    main()
