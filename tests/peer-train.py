#!/usr/bin/python3
# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Trains a small U-Net with PyTorch and writes what test-nn-training needs to
do the same: peer-train.py DIR. Ends with 77 where PyTorch or its ONNX export
is missing. tests/golden/training is one such folder."""
import os
import sys

try:
    import numpy as np
    import onnx  # noqa: F401, the export needs it
    import torch
    from torch import nn
except ImportError as error:
    print(error)
    sys.exit(77)

STEPS, BATCH, SIZE, CLASSES = 5, 2, 16, 3


class Block(nn.Sequential):
    def __init__(self, cin, cout):
        super().__init__(nn.Conv2d(cin, cout, 3, padding=1, bias=False),
                         nn.BatchNorm2d(cout), nn.ReLU())


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fine, self.coarse = Block(1, 4), Block(4, 8)
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ConvTranspose2d(8, 4, 2, 2)
        self.merge = Block(8, 4)
        self.head = nn.Conv2d(4, CLASSES, 1)

    def forward(self, x):
        fine = self.fine(x)
        up = self.up(self.coarse(self.pool(fine)))
        return self.head(self.merge(torch.cat([up, fine], 1)))


def make_data():
    random = np.random.default_rng(3)
    images = random.normal(size=(STEPS, BATCH, 1, SIZE, SIZE))
    labels = (images[:, :, 0] > 0.3).astype(np.int64)
    labels[:, :, ::3] = 2
    return images.astype(np.float32), labels


def list_state(model):
    return {name: value.detach().numpy().ravel()
            for name, value in sorted(model.state_dict().items())
            if "num_batches" not in name}


def train(model, optimizer, images, labels):
    losses = []
    weights = torch.tensor([1.0, 2.0, 0.5])
    model.train()
    for image, label in zip(images, labels):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(
            model(torch.from_numpy(image)), torch.from_numpy(label),
            weight=weights, label_smoothing=0.1)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def main(folder):
    torch.set_num_threads(1)
    images, labels = make_data()
    optimizers = {
        "adam": lambda p: torch.optim.Adam(p, 1e-2),
        "adamw": lambda p: torch.optim.AdamW(p, 1e-2, weight_decay=0.1),
        "sgd": lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, nesterov=True,
                                         weight_decay=0.01)}
    for name, make in optimizers.items():
        torch.manual_seed(5)
        model = UNet().eval()
        if name == "adam":
            torch.onnx.export(
                model, torch.from_numpy(images[0]),
                os.path.join(folder, "net.onnx"), opset_version=13,
                training=torch.onnx.TrainingMode.PRESERVE,
                do_constant_folding=False, keep_initializers_as_inputs=False)
        losses = train(model, make(model.parameters()), images, labels)
        state = list_state(model)
        np.save(os.path.join(folder, f"{name}-losses.npy"),
                np.array(losses, np.float32))
        np.save(os.path.join(folder, f"{name}-state.npy"),
                np.concatenate(list(state.values())))
    np.save(os.path.join(folder, "images.npy"), images)
    np.save(os.path.join(folder, "labels.npy"), labels)
    with open(os.path.join(folder, "names"), "w") as file:
        file.write("\n".join(state) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
