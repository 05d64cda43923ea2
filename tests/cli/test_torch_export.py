# Copyright The Lamella authors
# SPDX-License-Identifier: Apache-2.0
"""Small networks of the kinds that people train elsewhere, exported by PyTorch
for several operator sets: the same numbers come out here, also after the
network was written again, and ONNX's checker accepts what was written."""
import io
import json
import os
import subprocess
import sys
import warnings

from common import PROGRAM, Skip, main

try:
    import onnx
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError:
    # Packages of Debian are seen by Debian's interpreter alone.
    debian = "/usr/bin/python3"
    if os.path.exists(debian) and "LAM_PYTHON_CHOSEN" not in os.environ:
        os.environ["LAM_PYTHON_CHOSEN"] = "1"
        os.execv(debian, [debian, *sys.argv])
    torch = None


def layer(kind, axes):
    return getattr(nn, f"{kind}{axes}d")


if torch:
    class PlainUNet(nn.Module):
        """As nnU-Net's: strided convolutions down, instance norm, leaky ReLU,
        transposed convolutions up."""

        def __init__(self, axes):
            super().__init__()

            def block(a, b, stride=1):
                return nn.Sequential(
                    layer("Conv", axes)(a, b, 3, stride, 1),
                    layer("InstanceNorm", axes)(b, affine=True),
                    nn.LeakyReLU(0.01))
            self.first, self.down = block(1, 8), block(8, 16, 2)
            self.up = layer("ConvTranspose", axes)(16, 8, 2, 2)
            self.last = block(16, 8)
            self.head = layer("Conv", axes)(8, 3, 1)

        def forward(self, x):
            skip = self.first(x)
            return self.head(self.last(torch.cat(
                [self.up(self.down(skip)), skip], 1)))

    class ResidualUnit(nn.Module):
        """As MONAI's: two convolutions with PReLU beside one of size 1."""

        def __init__(self, axes, a, b, stride):
            super().__init__()
            conv, norm = layer("Conv", axes), layer("InstanceNorm", axes)
            self.body = nn.Sequential(
                conv(a, b, 3, stride, 1), norm(b), nn.PReLU(), nn.Dropout(0.1),
                conv(b, b, 3, 1, 1), norm(b), nn.PReLU(b))
            self.side = conv(a, b, 3, stride, 1) if stride > 1 else conv(a, b, 1)

        def forward(self, x):
            return self.body(x) + self.side(x)

    class MonaiLike(nn.Module):
        def __init__(self, axes):
            super().__init__()
            self.down = ResidualUnit(axes, 1, 8, 2)
            self.deep = ResidualUnit(axes, 8, 8, 1)
            self.up = layer("ConvTranspose", axes)(16, 4, 3, 2, 1,
                                                   output_padding=1)

        def forward(self, x):
            skip = self.down(x)
            return torch.softmax(self.up(torch.cat([skip, self.deep(skip)],
                                                   1)), 1)

    class ResNetUNet(nn.Module):
        """As segmentation_models': residual encoder with batch norm, nearest
        upsampling to the size of the skip."""

        def __init__(self, axes=2):
            super().__init__()
            conv, norm = layer("Conv", axes), layer("BatchNorm", axes)
            self.stem = nn.Sequential(conv(1, 8, 7, 2, 3, bias=False), norm(8),
                                      nn.ReLU())
            self.pool = layer("MaxPool", axes)(3, 2, 1)
            self.body = nn.Sequential(conv(8, 8, 3, 1, 1, bias=False), norm(8),
                                      nn.ReLU(), conv(8, 8, 3, 1, 1), norm(8))
            self.merge = nn.Sequential(conv(16, 8, 3, 1, 1), norm(8), nn.ReLU())
            self.head = conv(8, 2, 3, 1, 1)

        def forward(self, x):
            skip = self.stem(x)
            y = self.pool(skip)
            y = torch.relu(y + self.body(y))
            y = F.interpolate(y, scale_factor=2, mode="nearest")
            y = self.merge(torch.cat([y, skip], 1))
            return torch.sigmoid(self.head(
                F.interpolate(y, size=x.shape[2:], mode="nearest")))

    class SqueezeExcite(nn.Module):
        """As EfficientNet's blocks: depthwise, SiLU, channel weights."""

        def __init__(self, act):
            super().__init__()
            self.wide = nn.Conv2d(1, 16, 1)
            self.depth = nn.Conv2d(16, 16, 5, 1, 2, groups=16)
            self.norm = nn.BatchNorm2d(16)
            self.act = act()
            self.squeeze = nn.Conv2d(16, 4, 1)
            self.excite = nn.Conv2d(4, 16, 1)
            self.head = nn.Conv2d(16, 2, 1)

        def forward(self, x):
            x = self.act(self.wide(x))
            y = self.act(self.norm(self.depth(x)))
            s = F.adaptive_avg_pool2d(y, 1)
            s = torch.sigmoid(self.excite(self.act(self.squeeze(s))))
            return self.head(x + y * s)

    class CellposeLike(nn.Module):
        """A residual encoder whose pooled style steers the decoder."""

        def __init__(self):
            super().__init__()
            self.first = nn.Sequential(nn.BatchNorm2d(1),
                                       nn.Conv2d(1, 8, 3, 1, 1))
            self.second = nn.Sequential(nn.BatchNorm2d(8), nn.ReLU(),
                                        nn.Conv2d(8, 8, 3, 1, 1))
            self.full = nn.Linear(8, 8)
            self.last = nn.Sequential(nn.BatchNorm2d(8), nn.ReLU(),
                                      nn.Conv2d(8, 3, 1))

        def forward(self, x):
            y = self.first(x)
            z = self.second(F.max_pool2d(y, 2, 2))
            style = torch.flatten(F.adaptive_avg_pool2d(z, 1), 1)
            style = style / torch.sum(style ** 2, axis=1, keepdim=True) ** 0.5
            z = F.interpolate(z, scale_factor=2, mode="nearest")
            z = z + self.full(style).unsqueeze(-1).unsqueeze(-1)
            return self.last(z + y), style

    class ConvNext(nn.Module):
        """Depthwise 7×7, layer norm over the channels, GELU."""

        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(1, 8, 4, 4)
            self.depth = nn.Conv2d(8, 8, 7, 1, 3, groups=8)
            self.norm = nn.LayerNorm(8)
            self.wide, self.narrow = nn.Linear(8, 32), nn.Linear(32, 8)
            self.gain = nn.Parameter(torch.full((8,), 0.5))
            self.head = nn.Conv2d(8, 16 * 2, 1)

        def forward(self, x):
            x = self.stem(x)
            y = self.norm(self.depth(x).permute(0, 2, 3, 1))
            y = self.gain * self.narrow(F.gelu(self.wide(y)))
            return F.pixel_shuffle(self.head(x + y.permute(0, 3, 1, 2)), 4)

    class GroupUNet(nn.Module):
        """Group norm, ELU, linear upsampling, mirror padding, crops."""

        def __init__(self, axes, align):
            super().__init__()
            self.axes, self.align = axes, align
            self.first = layer("Conv", axes)(1, 8, 3)
            self.norm = nn.GroupNorm(4, 8)
            self.second = layer("Conv", axes)(8, 8, 3, 1, 1)
            self.head = layer("Conv", axes)(16, 2, 1)

        def forward(self, x):
            mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[self.axes]
            pad = "reflect" if self.axes < 3 else "constant"
            y = F.elu(self.norm(self.first(F.pad(x, (1, 1) * self.axes, pad))))
            z = F.selu(self.second(layer("AvgPool", self.axes)(2)(y)))
            z = F.interpolate(z, scale_factor=2, mode=mode,
                              align_corners=self.align)
            y = torch.cat([y, z], 1)
            return torch.log_softmax(self.head(y), 1)[..., 1:-1]

    class Attention(nn.Module):
        """A transformer's block over the pixels, as UNETR's."""

        def __init__(self):
            super().__init__()
            self.patch = nn.Conv2d(1, 16, 4, 4)
            self.norm = nn.LayerNorm(16)
            self.qkv = nn.Linear(16, 48)
            self.out = nn.Linear(16, 16)
            self.up = nn.ConvTranspose2d(16, 2, 4, 4)

        def forward(self, x):
            x = self.patch(x)
            n, c, h, w = x.shape
            t = x.flatten(2).transpose(1, 2)
            q, k, v = self.qkv(self.norm(t)).reshape(
                n, h * w, 3, 4, 4).permute(2, 0, 3, 1, 4).unbind(0)
            a = (q @ k.transpose(-2, -1) * 0.5).softmax(-1)
            t = t + self.out((a @ v).transpose(1, 2).reshape(n, h * w, c))
            return self.up(t.transpose(1, 2).reshape(n, c, h, w))

    NETS = {
        "nnunet-1d": (lambda: PlainUNet(1), (1, 1, 32), (9, 17)),
        "nnunet-2d": (lambda: PlainUNet(2), (2, 1, 24, 32), (9, 11, 13, 17)),
        "nnunet-3d": (lambda: PlainUNet(3), (1, 1, 8, 12, 16), (11, 13, 17)),
        "monai-2d": (lambda: MonaiLike(2), (1, 1, 20, 24), (9, 13, 16)),
        "monai-3d": (lambda: MonaiLike(3), (1, 1, 8, 12, 10), (11, 17)),
        "resnet": (ResNetUNet, (1, 1, 32, 48), (11, 13, 14, 17)),
        "resnet-3d": (lambda: ResNetUNet(3), (1, 1, 16, 16, 24), (13,)),
        "se-silu": (lambda: SqueezeExcite(nn.SiLU), (1, 1, 20, 24), (9, 13)),
        "se-hardswish": (lambda: SqueezeExcite(nn.Hardswish), (1, 1, 20, 24),
                         (11, 14, 17)),
        "se-mish": (lambda: SqueezeExcite(nn.Mish), (1, 1, 20, 24), (12, 17)),
        "cellpose": (CellposeLike, (1, 1, 24, 16), (11, 13, 17)),
        "convnext": (ConvNext, (1, 1, 32, 24), (11, 13, 17)),
        "group-1d": (lambda: GroupUNet(1, False), (1, 1, 24), (11, 17)),
        "group-2d": (lambda: GroupUNet(2, True), (1, 1, 20, 24), (11, 13, 17)),
        "group-3d": (lambda: GroupUNet(3, False), (1, 1, 8, 12, 16), (11, 17)),
        "attention": (Attention, (1, 1, 24, 16), (11, 13, 17)),
    }


def shake(model):
    """Statistics of batch norms as if they had been trained."""
    for module in model.modules():
        if hasattr(module, "running_mean") and module.running_mean is not None:
            module.running_mean.normal_(0, 0.5)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 2)
    return model.eval()


def call(*words):
    done = subprocess.run([PROGRAM, "network", *words], text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def compare(path, files):
    found = json.loads(call("check", path, "--json", "--threads", "1", *files))
    assert found["ok"], f"{path}: {found}"
    return found["max_abs_error"] / found["max_abs_expected"]


def export(folder, name, opset, worst):
    import numpy
    make, shape, _ = NETS[name]
    torch.manual_seed(1)
    model, x = shake(make()), torch.randn(shape)
    with torch.no_grad():
        results = model(x)
    results = results if isinstance(results, tuple) else (results,)
    files = ["--input", os.path.join(folder, "x.npy")]
    numpy.save(files[1], x.numpy())
    for i, result in enumerate(results):
        files += ["--expect", os.path.join(folder, f"y{i}.npy")]
        numpy.save(files[-1], result.numpy())
    path = os.path.join(folder, f"{name}-{opset}.onnx")
    written = os.path.join(folder, "written.onnx")
    # Sizes are left open where the network lets them; both kinds are common.
    for is_open in (True, False):
        torch.onnx.export(
            model, x, path, opset_version=opset, input_names=["image"],
            do_constant_folding=is_open, training=torch.onnx.TrainingMode.EVAL
            if is_open else torch.onnx.TrainingMode.PRESERVE,
            dynamic_axes={"image": {i: f"d{i}" for i in range(2, x.ndim)}}
            if is_open else {})
        worst.append(compare(path, files))
        call("convert", "--force", path, written)
        onnx.checker.check_model(onnx.load(written), full_check=True)
        worst.append(compare(written, files))


def exports(folder):
    if not torch:
        raise Skip("python3-torch and python3-onnx are not here")
    torch.set_num_threads(1)
    failed, worst = [], []
    for name, (_, _, opsets) in NETS.items():
        for opset in opsets:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    export(folder, name, opset, worst)
            except Exception as error:
                text = str(error).strip().splitlines()
                failed.append(f"{name}, opset {opset}: "
                              f"{type(error).__name__}: {text[-1:]}")
    print(f"# {len(worst)} runs, largest relative error {max(worst):.2g}")
    assert not failed, "\n".join(failed)


if torch:
    # The exporter talks to standard output, which is TAP.
    sys.stderr = io.StringIO()
main([exports])
