"""The dual discriminator: judges a super-resolved picture together with the raw one it was made from.

EG3D (Chan et al., CVPR 2022), section 4.4: both pictures as six channels, so that the fine one has to agree with
the coarse one, and a score that depends on the camera (Miyato and Koyama, ICLR 2018).
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...generator.layers import LEAKY_GAIN, LEAKY_SLOPE, FullyConnected, at_least_float32

CAMERA_NUMBERS = 25
_FEATURES = 128


class EqualizedConv(nn.Module):
    """A convolution whose stored weights have unit variance."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.gain = 1.0 / math.sqrt(inputs * kernel * kernel)

    def forward(self, x: Tensor) -> Tensor:
        """[B,inputs,H,W] -> [B,outputs,H,W]."""
        return F.conv2d(x, self.weight * self.gain, self.bias, padding=self.weight.shape[-1] // 2)


class Halving(nn.Module):
    """A residual block that halves the resolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = EqualizedConv(inputs, inputs, 3)
        self.second = EqualizedConv(inputs, outputs, 3)
        self.skip = EqualizedConv(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[B,inputs,H,W] -> [B,outputs,H/2,W/2]."""
        y = _activate(self.second(F.avg_pool2d(_activate(self.first(x)), 2)))
        return (y + self.skip(F.avg_pool2d(x, 2))) * math.sqrt(0.5)


class DualDiscriminator(nn.Module):
    """Pictures and cameras -> scores, high for true ones."""

    camera_mean: Tensor
    camera_deviation: Tensor

    def __init__(self, channels: tuple[int, ...]) -> None:
        """`channels` at half the resolution, a quarter of it, ... down to 4."""
        super().__init__()
        self.register_buffer("camera_mean", torch.zeros(CAMERA_NUMBERS))
        self.register_buffer("camera_deviation", torch.ones(CAMERA_NUMBERS))
        # Four pixels side by side as channels lose nothing, and layers at the full resolution cost most.
        self.enter = EqualizedConv(24, channels[0], 3)
        self.blocks = nn.Sequential(*(Halving(a, b) for a, b in pairwise(channels)))
        last = channels[-1]
        self.leave = EqualizedConv(last + 1, last, 3)
        self.features = FullyConnected(last * 16, _FEATURES)
        self.camera = nn.Sequential(
            FullyConnected(CAMERA_NUMBERS, _FEATURES),
            nn.LeakyReLU(LEAKY_SLOPE),
            FullyConnected(_FEATURES, _FEATURES),
        )

    def know_cameras(self, cameras: Tensor) -> None:
        """Take the mean and the spread of the camera labels [N,25] of the training."""
        self.camera_mean.copy_(cameras.mean(0))
        self.camera_deviation.copy_(cameras.std(0).clamp(min=1e-3))

    def forward(self, pictures: Tensor, cameras: Tensor) -> Tensor:
        """pictures [B,6,S,S] in [-1,1], the raw one last, and camera labels [B,25] -> scores [B]."""
        x = self.blocks(_activate(self.enter(F.pixel_unshuffle(pictures, 2))))
        # How much the batch varies, so that sameness shows (Karras et al., ICLR 2018).
        spread = at_least_float32(x).std(0, correction=0).mean().to(x.dtype).expand_as(x[:, :1])
        x = _activate(self.leave(torch.cat([x, spread], dim=1)))
        features = _activate(self.features(at_least_float32(x).flatten(1)))
        wanted = self.camera((cameras - self.camera_mean) / self.camera_deviation)
        return (features * wanted).sum(1) / math.sqrt(_FEATURES)


def _activate(x: Tensor) -> Tensor:
    return F.leaky_relu(x, LEAKY_SLOPE) * LEAKY_GAIN
