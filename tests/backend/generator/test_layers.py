"""The layers against their definitions, written out the slow way."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from backend.generator.config import Upsample
from backend.generator.layers import ModulatedConv, ToPlanes, smooth_transposed, upsample_skip

SLOPE, GAIN = 0.2, math.sqrt(2.0)


def stylegan_filter(dtype: torch.dtype = torch.float64) -> Tensor:
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=dtype) / 8
    return torch.outer(taps, taps)


def filter_each_channel(x: Tensor, kernel: Tensor, padding: tuple[int, int, int, int]) -> Tensor:
    channels = x.shape[1]
    return F.conv2d(F.pad(x, padding), kernel.expand(channels, 1, *kernel.shape), groups=channels)


def modulate_weights(layer: ModulatedConv, x: Tensor, w: Tensor) -> Tensor:
    """One convolution per sample with its own modulated and normalised weights."""
    pictures = []
    for sample, style in zip(x, layer.affine(w), strict=True):
        weight = layer.weight * style[None, :, None, None]
        weight = weight / (weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
        if layer.upsample == "transposed":
            large = F.conv_transpose2d(sample[None], weight.transpose(0, 1), stride=2)
            y = filter_each_channel(large, stylegan_filter() * 4, (1, 1, 1, 1))
        else:
            y = F.conv2d(sample[None], weight, padding=1)
        if layer.use_noise:
            y = y + layer.noise_const * layer.noise_strength
        y = y + layer.bias[None, :, None, None]
        pictures.append(F.leaky_relu(y, SLOPE) * GAIN)
    return torch.cat(pictures)


def random_layer(upsample: Upsample | None, use_noise: bool = True) -> ModulatedConv:
    torch.manual_seed(0)
    side = 6 if upsample is None else 12
    layer = ModulatedConv(5, 7, 4, side, upsample, use_noise).double()
    torch.nn.init.normal_(layer.bias)
    if use_noise:
        torch.nn.init.normal_(layer.noise_strength)
    return layer


@pytest.mark.parametrize("upsample", [None, "transposed"])
def test_scaling_activations_equals_modulating_weights_in_values_and_gradients(
    upsample: Upsample | None,
) -> None:
    layer = random_layer(upsample)
    x = torch.randn(3, 5, 6, 6, dtype=torch.float64, requires_grad=True)
    w = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    fast, slow = layer(x, w), modulate_weights(layer, x, w)
    torch.testing.assert_close(fast, slow)
    cotangent = torch.randn_like(fast)
    sources = (x, w, layer.weight, layer.bias, layer.noise_strength, layer.affine.weight)
    fast_gradients = torch.autograd.grad(fast, sources, cotangent)
    slow_gradients = torch.autograd.grad(slow, sources, cotangent)
    torch.testing.assert_close(fast_gradients, slow_gradients)


def test_interpolation_before_or_after_the_convolution_agrees_inside() -> None:
    layer = random_layer("interpolate", use_noise=False)
    with torch.no_grad():
        layer.bias.fill_(50.0)  # keeps every value on the straight side of the leaky ReLU
    ramp = torch.arange(8.0, dtype=torch.float64).expand(1, 5, 8, 8)
    y = layer(ramp, torch.randn(1, 4, dtype=torch.float64))
    assert y.shape == (1, 7, 16, 16)
    inside = y[0, :, 4:12, 4:12]
    # A ramp stays a ramp, of half the slope.
    torch.testing.assert_close(inside.diff(dim=2).diff(dim=2), torch.zeros(7, 8, 6).double())
    torch.testing.assert_close(inside.diff(dim=1), torch.zeros(7, 7, 8).double())


def test_the_transposed_filter_doubles_the_size_and_matches_the_definition() -> None:
    x = torch.randn(2, 3, 11, 15, dtype=torch.float64)
    y = smooth_transposed(x)
    assert y.shape == (2, 3, 10, 14)
    torch.testing.assert_close(y, filter_each_channel(x, stylegan_filter() * 4, (1, 1, 1, 1)))


def test_the_exact_skip_equals_zero_insertion_and_filtering() -> None:
    x = torch.randn(2, 3, 5, 4, dtype=torch.float64)
    spread = torch.zeros(2, 3, 10, 8, dtype=torch.float64)
    spread[:, :, ::2, ::2] = x
    expected = filter_each_channel(spread, stylegan_filter() * 4, (2, 1, 2, 1))
    torch.testing.assert_close(upsample_skip(x, exact=True), expected)


def test_the_cheap_skip_differs_from_the_exact_one_only_at_the_border() -> None:
    x = torch.randn(1, 2, 6, 6, dtype=torch.float64)
    exact, cheap = upsample_skip(x, exact=True), upsample_skip(x, exact=False)
    torch.testing.assert_close(exact[:, :, 1:-1, 1:-1], cheap[:, :, 1:-1, 1:-1])
    assert not torch.allclose(exact, cheap)


def test_to_planes_equals_a_modulated_convolution_without_demodulation() -> None:
    torch.manual_seed(0)
    layer = ToPlanes(5, 9, 4).double()
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(2, 5, 4, 3, dtype=torch.float64)
    w = torch.randn(2, 4, dtype=torch.float64)
    styles = layer.affine(w) / math.sqrt(5)
    expected = F.conv2d(x * styles[:, :, None, None], layer.weight, layer.bias)
    torch.testing.assert_close(layer(x, w), expected)


def test_random_noise_repeats_with_its_generator_and_none_is_silent() -> None:
    layer = random_layer(None)
    x, w = torch.randn(2, 5, 6, 6).double(), torch.randn(2, 4).double()
    first = layer(x, w, "random", torch.Generator().manual_seed(4))
    again = layer(x, w, "random", torch.Generator().manual_seed(4))
    other = layer(x, w, "random", torch.Generator().manual_seed(5))
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)
    silent = layer(x, w, "none")
    with torch.no_grad():
        layer.noise_strength.zero_()
    torch.testing.assert_close(silent, layer(x, w, "const"))


@pytest.mark.parametrize("upsample", [None, "transposed", "interpolate"])
def test_bfloat16_stays_near_float32(upsample: Upsample | None) -> None:
    layer = random_layer(upsample).float()
    x, w = torch.randn(2, 5, 6, 6), torch.randn(2, 4)
    reference = layer(x, w)
    with torch.autocast("cpu", torch.bfloat16):
        automatic = layer(x.bfloat16(), w)
    stored = layer.bfloat16()(x.bfloat16(), w.bfloat16())
    for low in (automatic, stored):
        assert low.dtype == torch.bfloat16
        assert (low.float() - reference).abs().max() / reference.std() < 0.05
