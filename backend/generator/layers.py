"""The layers of StyleGAN2: fully connected with equalised learning rate, modulated convolution, filters.

Karras et al., "Analyzing and Improving the Image Quality of StyleGAN" (2020), section 2.2 and appendix B.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import Upsample

NoiseMode = Literal["const", "random", "none"]

LEAKY_SLOPE = 0.2
LEAKY_GAIN = math.sqrt(2.0)


class FullyConnected(nn.Module):
    """A linear layer whose stored weights have unit variance: the factor lr / sqrt(inputs) is applied here."""

    def __init__(
        self, inputs: int, outputs: int, lr_multiplier: float = 1.0, bias_init: float = 0.0
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / lr_multiplier)
        self.bias = nn.Parameter(torch.full([outputs], bias_init / lr_multiplier))
        self.weight_gain = lr_multiplier / math.sqrt(inputs)
        self.bias_gain = lr_multiplier

    def forward(self, x: Tensor) -> Tensor:
        """[..., inputs] -> [..., outputs]."""
        return F.linear(x, self.weight * self.weight_gain, self.bias * self.bias_gain)


class ModulatedConv(nn.Module):
    """Convolution modulated by w, then noise, bias and leaky ReLU (a "synthesis layer").

    The modulation is applied to the activations instead of to the weights: inputs are scaled by the styles,
    convolved with weights shared by the whole batch, and scaled back by the demodulation factor. That is
    the same function, and much faster to train on a CPU than one group of weights per sample.
    """

    noise_const: Tensor

    def __init__(
        self,
        inputs: int,
        outputs: int,
        w_dim: int,
        resolution: int,
        upsample: Upsample | None,
        use_noise: bool,
    ) -> None:
        super().__init__()
        self.upsample = upsample
        self.affine = FullyConnected(w_dim, inputs, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.use_noise = use_noise
        if use_noise:
            self.register_buffer("noise_const", torch.randn(resolution, resolution))
            self.noise_strength = nn.Parameter(torch.zeros([]))

    def forward(
        self,
        x: Tensor,
        w: Tensor,
        noise_mode: NoiseMode = "const",
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """x [B,inputs,H,W], w [B,w_dim] -> [B,outputs,H,W], or twice the side when upsampling."""
        styles = self.affine(w)
        gain = _demodulation(self.weight, styles).to(x.dtype) * LEAKY_GAIN
        x = self._convolve(x * styles.to(x.dtype)[:, :, None, None])
        # Leaky ReLU is positively homogeneous: its gain moves into the scale and the bias, which
        # saves one pass over the activations.
        bias = (self.bias * LEAKY_GAIN).to(x.dtype)[None, :, None, None]
        if self.use_noise and noise_mode != "none":
            bias = bias + (self._noise(x, noise_mode, generator) * LEAKY_GAIN).to(x.dtype)
        return F.leaky_relu_(torch.addcmul(bias, x, gain[:, :, None, None]), LEAKY_SLOPE)

    def _convolve(self, x: Tensor) -> Tensor:
        if self.upsample is None:
            return F.conv2d(x, self.weight, padding=1)
        if self.upsample == "transposed":
            x = F.conv_transpose2d(x, self.weight.transpose(0, 1), stride=2)
            return smooth_transposed(x)
        # The filter and the convolution commute up to the border; the small picture is four times cheaper.
        return F.interpolate(F.conv2d(x, self.weight, padding=1), scale_factor=2, mode="bilinear")

    def _noise(self, x: Tensor, mode: NoiseMode, generator: torch.Generator | None) -> Tensor:
        if mode == "const":
            return self.noise_const * self.noise_strength
        shape = (x.shape[0], 1, x.shape[2], x.shape[3])
        noise = torch.randn(shape, generator=generator, device=x.device)
        return noise * self.noise_strength


class ToPlanes(nn.Module):
    """The 1 x 1 modulated convolution without demodulation that adds to the output ("torgb")."""

    def __init__(self, inputs: int, outputs: int, w_dim: int) -> None:
        super().__init__()
        self.affine = FullyConnected(w_dim, inputs, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.style_gain = 1.0 / math.sqrt(inputs)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """x [B,inputs,H,W], w [B,w_dim] -> [B,outputs,H,W]."""
        styles = self.affine(w) * self.style_gain
        # A 1 x 1 kernel is so small that modulating it, instead of the activations, costs nothing.
        weight = self.weight[:, :, 0, 0] * styles[:, None, :]  # [B,outputs,inputs]
        rows = x.permute(0, 2, 3, 1).flatten(1, 2)
        y = torch.baddbmm(self.bias, rows, weight.transpose(1, 2).to(rows.dtype))
        return y.unflatten(1, x.shape[2:]).permute(0, 3, 1, 2)


def _demodulation(weight: Tensor, styles: Tensor) -> Tensor:
    """[B,O] factors that bring each output channel back to unit variance."""
    with torch.autocast(styles.device.type, enabled=False):
        power = at_least_float32(weight).square().sum(dim=(2, 3))
        return torch.rsqrt(at_least_float32(styles).square() @ power.t() + 1e-8)


def at_least_float32(x: Tensor) -> Tensor:
    """x in float32 if it is in a 16-bit format, else as it is."""
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x


def smooth_transposed(x: Tensor) -> Tensor:
    """[B,C,2H+1,2W+1] of a transposed convolution -> [B,C,2H,2W], filtered by 4 * [1,3,3,1] / 8 each way."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=x.dtype, device=x.device) / 4
    channels = x.shape[1]
    across = taps.view(1, 1, 1, 4).expand(channels, 1, 1, 4)
    x = F.conv2d(x, across, padding=(0, 1), groups=channels)
    return F.conv2d(x, across.transpose(2, 3), padding=(1, 0), groups=channels)


def upsample_skip(x: Tensor, exact: bool) -> Tensor:
    """[B,C,H,W] -> [B,C,2H,2W] bilinear; `exact` counts the outside as zero, as StyleGAN2 does."""
    if not exact:
        return F.interpolate(x, scale_factor=2, mode="bilinear")
    return F.interpolate(F.pad(x, (1, 1, 1, 1)), scale_factor=2, mode="bilinear")[:, :, 2:-2, 2:-2]
