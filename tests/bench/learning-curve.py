#!/usr/bin/python3
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Whether we learn what PyTorch learns: the same network, the same first
weights and the same patches in the same order, here and there.

  learning-curve.py BENCH IMAGE LABELS [STEPS [EDGE]]

BENCH is the program bench-learning-curve, IMAGE and LABELS a stack and its
classes 0 and 1. PyTorch runs three seeds (other weights, other patches), which
says how far losses spread; our run is that of the first seed. Losses are means
over windows of steps. Prints "skipped" without PyTorch or ONNX."""
import os
import subprocess
import sys
import tempfile

SEEDS = (1, 2, 3)
BATCH = 2
WINDOW = 25


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


def train_peer(folder, rates, edge):
    import numpy
    import torch
    graph, weights = load(os.path.join(folder, "start.onnx"))
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


def compare(ours, peers):
    """Prints the curves; how many windows lie within the peers' spread."""
    inside = 0
    print("steps      ours     PyTorch, seed " + "       ".join(
        map(str, SEEDS)))
    for i, (mine, *theirs) in enumerate(zip(ours, *peers)):
        is_inside = min(theirs) <= mine <= max(theirs)
        inside += is_inside
        print(f"{i * WINDOW + 1:3}–{(i + 1) * WINDOW:3}  {mine:8.4f}  "
              f"{'  '.join(f'{one:8.4f}' for one in theirs)}"
              f"{'' if is_inside else '  outside'}")
    return inside


def main():
    try:
        import onnx  # noqa: F401
        import torch
    except ImportError as missing:
        print(f"skipped: {missing}")
        return
    bench, image, labels = sys.argv[1:4]
    steps = int(sys.argv[4]) if len(sys.argv) > 4 else 300
    edge = int(sys.argv[5]) if len(sys.argv) > 5 else 128
    torch.set_num_threads(1)
    ours, peers, first = None, [], None
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            rates, losses = run_ours(bench, image, labels, folder, steps,
                                     seed, edge)
            print(f"seed {seed}: ours is done", file=sys.stderr, flush=True)
            theirs = train_peer(folder, rates, edge)
            print(f"seed {seed}: PyTorch is done", file=sys.stderr, flush=True)
        if ours is None:
            ours, first = smooth(losses), (losses, theirs)
        peers.append(smooth(theirs))
    inside = compare(ours, peers)
    early = max(abs(a - b) / abs(b)
                for a, b in zip(first[0][:10], first[1][:10]))
    apart = sum(abs(a - b) for a, b in zip(ours, peers[0])) / len(ours)
    spread = sum(max(each) - min(each) for each in zip(*peers)) / len(ours)
    print(f"same seed: first 10 losses differ by {early:.1e} at most "
          f"(relative); all windows by {apart:.4f} on average, where PyTorch's "
          f"seeds spread over {spread:.4f}")
    print(f"{inside} of {len(ours)} windows within the spread of "
          f"{len(SEEDS)} PyTorch runs")


main()
