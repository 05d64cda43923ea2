# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""A network written byte by byte, whose result is known everywhere: two scores
for a voxel of grey value x, 0 and (x - threshold) / 10."""
import os
import struct

from onnx_file import field, node, value_info

THRESHOLD = 100


def make_network(folder, name="net.onnx", metadata=True, kernel=1, grey="0,1",
                 threshold=THRESHOLD, classes="dark\nbright", channels=1,
                 slope=0.1, operator="Conv", tail=None):
    """By a convolution that looks at the middle of its kernel only. `tail`: an
    operator that its result goes through."""
    taps = kernel * kernel
    weights = [0.0] * (2 * taps * channels)
    weights[taps * channels + taps // 2] = slope
    pads = field(1, "pads") + field(20, 7) + b"".join(
        field(8, kernel // 2) for _ in range(4))

    def tensor(title, dims, values):
        return field(5, b"".join(field(1, dim) for dim in dims) + field(2, 1)
                     + field(8, title)
                     + field(9, struct.pack(f"<{len(values)}f", *values)))

    axis = field(5, field(1, "axis") + field(20, 2) + field(3, 1))
    last = node(tail, ["sum"], "logits", axis) if tail == "Softmax" else (
        node(tail, ["sum"], "logits") if tail else b"")
    graph = (node(operator, ["image", "w", "b"], "sum" if tail else "logits",
                  field(5, pads)) + last
             + tensor("w", (2, channels, kernel, kernel), weights)
             + tensor("b", (2,), [0.0, -threshold * 0.1])
             + field(11, value_info("image", ["n", channels, "h", "w"]))
             + field(12, value_info("logits", ["n", 2, "h", "w"])))
    body = field(1, 7) + field(7, graph) + field(8, field(2, 13))
    if metadata:
        for key, value in (("lamella.classes", classes),
                           ("lamella.normalisation", grey)):
            body += field(14, field(1, key) + field(2, value))
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(body)
    return path
