#!/usr/bin/python3
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Whether we learn what PyTorch learns: the same network, the same first
weights and the same patches in the same order, here and there.

  learning-curve.py BENCH IMAGE LABELS [STEPS [EDGE]]

BENCH is the program bench-learning-curve, IMAGE and LABELS a stack and its
classes 0 and 1. Each of three seeds has weights and patches of its own. Losses
are means over windows of steps. Prints "skipped" without PyTorch or ONNX.

Training magnifies the last bit: PyTorch itself leaves its own curve when each
first weight is moved to the float next to it. So PyTorch runs three times a
seed, twice from such neighbours, which measures how far runs of the same
training come apart. Whether one more run is like three others is then a
question of Student's: it lies within T · s · √(1 + 1/3) of their mean in 95 of
100 cases, where s is the deviation of runs of one seed, over all seeds."""
import concurrent.futures
import math
import os
import statistics
import subprocess
import sys
import tempfile

SEEDS = (1, 2, 3)
RUNS = 3
BATCH = 2
WINDOW = 25
# Student's, two-sided, 5 in 100, for len(SEEDS) * (RUNS - 1) = 6 degrees.
T = 2.447


def load(path):
    """The network as a function of its weights: a list of nodes, and the
    weights by name."""
    import onnx
    import torch
    from onnx import numpy_helper
    graph = onnx.load(path).graph
    weights = {one.name: torch.tensor(numpy_helper.to_array(one).copy(),
                                      requires_grad=True)
               for one in graph.initializer}
    return graph, weights


def attributes(node):
    import onnx
    return {one.name: onnx.helper.get_attribute_value(one)
            for one in node.attribute}


def run_node(node, values):
    import torch
    from torch.nn import functional as F
    x = [values[name] for name in node.input]
    more = attributes(node)
    bias = x[2] if len(x) > 2 else None
    if node.op_type == "Conv":
        pads = more["pads"]
        assert pads[:3] == pads[3:]
        return F.conv3d(x[0], x[1], bias, padding=pads[:3])
    if node.op_type == "ConvTranspose":
        return F.conv_transpose3d(x[0], x[1], bias, stride=more["strides"])
    if node.op_type == "InstanceNormalization":
        return F.instance_norm(x[0], weight=x[1], bias=x[2],
                               eps=more["epsilon"])
    if node.op_type == "LeakyRelu":
        return F.leaky_relu(x[0], more["alpha"])
    if node.op_type == "MaxPool":
        return F.max_pool3d(x[0], more["kernel_shape"], more["strides"])
    if node.op_type == "Concat":
        return torch.cat(x, more["axis"])
    raise AssertionError(node.op_type)


def forward(graph, weights, image):
    values = dict(weights)
    values[graph.input[0].name] = image
    for node in graph.node:
        values[node.output[0]] = run_node(node, values)
    return values[graph.output[0].name]


def loss_of(logits, classes):
    """Cross-entropy and soft Dice; class 255 does not count."""
    import torch
    from torch.nn import functional as F
    counts = (classes != 255).float()
    truth = torch.where(classes == 255, torch.zeros_like(classes), classes)
    entropy = F.cross_entropy(logits, truth, reduction="none")
    entropy = (entropy * counts).sum() / counts.sum()
    shares = logits.softmax(1) * counts[:, None]
    wanted = F.one_hot(truth, logits.shape[1]).movedim(-1, 1) * counts[:, None]
    axes = (0, 2, 3, 4)
    dice = (2 * (shares * wanted).sum(axes) + 1e-5) / (
        shares.sum(axes) + wanted.sum(axes) + 1e-5)
    return entropy + 1 - dice.mean()


def move(weights, run):
    """Each to the float above or below."""
    import torch
    chance = torch.Generator().manual_seed(run)
    for weight in weights.values():
        up = torch.rand(weight.shape, generator=chance) < 0.5
        aim = torch.where(up, math.inf, -math.inf)
        weight.data = torch.nextafter(weight.data, aim)


def train_peer(folder, rates, edge, run):
    import numpy
    import torch
    graph, weights = load(os.path.join(folder, "start.onnx"))
    if run > 0:
        move(weights, run)
    shape = (len(rates), BATCH, 1, 1, edge, edge)
    images = numpy.fromfile(os.path.join(folder, "images.f32"),
                            "<f4").reshape(shape)
    classes = numpy.fromfile(os.path.join(folder, "classes.u8"),
                             "u1").reshape(shape)[:, :, 0]
    adam = torch.optim.AdamW(list(weights.values()), weight_decay=1e-4)
    losses = []
    for step, rate in enumerate(rates):
        adam.param_groups[0]["lr"] = rate
        adam.zero_grad()
        loss = loss_of(
            forward(graph, weights, torch.from_numpy(images[step])),
            torch.from_numpy(classes[step].astype("int64")))
        loss.backward()
        adam.step()
        losses.append(loss.item())
    return losses


def smooth(losses):
    return [sum(losses[i:i + WINDOW]) / WINDOW
            for i in range(0, len(losses) - WINDOW + 1, WINDOW)]


def run_ours(bench, image, labels, folder, steps, seed, edge):
    subprocess.run(
        [bench, image, labels, folder, str(steps), str(seed),
         f"tile={edge},{edge},1", f"batch={BATCH}", "weight-decay=0.0001",
         "optimizer=adamw", "loss=cross-entropy+dice", "clip=0",
         "smoothing=0"], check=True)
    with open(os.path.join(folder, "losses.csv")) as file:
        rows = [line.split(",") for line in file]
    return [float(row[1]) for row in rows], [float(row[2]) for row in rows]


def get_deviation(peers):
    """The deviation of runs of one seed; `peers` is numbers by seed and run."""
    return math.sqrt(statistics.mean(map(statistics.variance, peers)))


def say(is_inside):
    return "within" if is_inside else "OUTSIDE"


def compare_windows(ours, peers):
    """`ours` is curves by seed, `peers` by seed and run."""
    inside, between, n = 0, 0, len(ours[0])
    print("seed  steps       ours     PyTorch, from the same weights and two "
          "neighbours")
    for seed, mine, theirs in zip(SEEDS, ours, peers):
        for i in range(n):
            runs = [run[i] for run in theirs]
            limit = T * math.sqrt(1 + 1 / RUNS) * get_deviation(
                [[run[i] for run in each] for each in peers])
            apart = mine[i] - statistics.mean(runs)
            inside += abs(apart) <= limit
            between += min(runs) <= mine[i] <= max(runs)
            print(f"{seed:4}  {i * WINDOW + 1:3}–{(i + 1) * WINDOW:3}  "
                  f"{mine[i]:8.4f}  {'  '.join(f'{x:8.4f}' for x in runs)}"
                  f"   {apart:+.4f} of ±{limit:.4f} "
                  f"{say(abs(apart) <= limit)}")
    print(f"{inside} of {len(SEEDS) * n} windows where 95 in 100 runs of "
          f"PyTorch would be; {between} between the lowest and the highest of "
          f"the {RUNS} runs, where one more run of PyTorch would be in "
          f"{len(SEEDS) * n * (RUNS - 1) / (RUNS + 1):.0f}")


def compare_means(ours, peers):
    """Of all seeds; a spread of seeds is that of other weights and patches."""
    inside, n = 0, len(ours[0])
    print("steps       ours  PyTorch, means of all seeds; their spread")
    for i in range(n):
        mine = statistics.mean(curve[i] for curve in ours)
        theirs = [statistics.mean(run[i] for run in runs) for runs in peers]
        is_inside = min(theirs) <= mine <= max(theirs)
        inside += is_inside
        print(f"{i * WINDOW + 1:3}–{(i + 1) * WINDOW:3}  {mine:8.4f}  "
              f"{statistics.mean(theirs):8.4f}  {min(theirs):.4f} to "
              f"{max(theirs):.4f} {say(is_inside)}")
    print(f"{inside} of {n} windows within the spread of {len(SEEDS)} seeds")


def compare_whole(ours, peers):
    """Whether we are above or below throughout."""
    means = [[statistics.mean(run) for run in runs] for runs in peers]
    apart = statistics.mean(statistics.mean(curve) - statistics.mean(runs)
                            for curve, runs in zip(ours, means))
    limit = T * get_deviation(means) * math.sqrt((1 + 1 / RUNS) / len(SEEDS))
    print(f"over all steps and seeds ours is {apart:+.4f} from PyTorch, where "
          f"95 in 100 runs of PyTorch would be within ±{limit:.4f}: "
          f"{say(abs(apart) <= limit)}")


def run_seed(words, seed):
    """In a process of its own: the losses here, and there by run."""
    import torch
    bench, image, labels, steps, edge = words
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        rates, ours = run_ours(bench, image, labels, folder, steps, seed, edge)
        return ours, [train_peer(folder, rates, edge, run)
                      for run in range(RUNS)]


def print_start(seed, ours, theirs):
    early = [max(abs(a - b) / abs(b) for a, b in zip(run[:10], theirs[0]))
             for run in (ours, theirs[1])]
    print(f"seed {seed}: the first 10 losses differ from PyTorch's by "
          f"{early[0]:.1e} at most (relative), PyTorch's own, moved, by "
          f"{early[1]:.1e}")


def main():
    try:
        import onnx  # noqa: F401
        import torch  # noqa: F401
    except ImportError as missing:
        print(f"skipped: {missing}")
        return
    steps = int(sys.argv[4]) if len(sys.argv) > 4 else 300
    edge = int(sys.argv[5]) if len(sys.argv) > 5 else 128
    words = [*sys.argv[1:4], steps, edge]
    with concurrent.futures.ProcessPoolExecutor(len(SEEDS)) as workers:
        results = list(workers.map(run_seed, [words] * len(SEEDS), SEEDS))
    for seed, (ours, theirs) in zip(SEEDS, results):
        print_start(seed, ours, theirs)
    ours = [smooth(mine) for mine, _ in results]
    peers = [[smooth(run) for run in theirs] for _, theirs in results]
    compare_windows(ours, peers)
    compare_means(ours, peers)
    compare_whole(ours, peers)


if __name__ == "__main__":
    main()
