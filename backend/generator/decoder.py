"""The small network that turns features of the planes at a point into density, colour and labels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import ColorActivation, GeneratorConfig, HiddenActivation
from .layers import FullyConnected, at_least_float32
from .planes import aggregate_features, depth_differences

DEPTH_SHARPNESS = 8.0  # scale of normalised depth differences before they reach the network
DEPTH_LIMIT = 4.0
GEOMETRY_INPUT_COUNT = 10  # position 3, depth differences 6, hull 1


@dataclass(frozen=True)
class FieldSample:
    """The field at points."""

    sigma: Tensor  # [B,N,1] raw, before the density activation
    rgb: Tensor  # [B,N,K] colour features; the first three are sRGB in [0,1] where activated
    labels: Tensor | None  # [B,N,L] logits of the part labels


class Decoder(nn.Module):
    """Features (and perhaps position and depth differences) -> raw sigma, colours and label logits."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        decoder, planes = config.decoder, config.planes
        inputs = planes.channels * (3 if planes.aggregation == "concat" else 1)
        self.has_geometry = decoder.geometry_inputs == "position_and_depth"
        if self.has_geometry:
            inputs += GEOMETRY_INPUT_COUNT
            self.hull_gain = nn.Parameter(torch.ones([]))
        outputs = 1 + decoder.color_channels + len(decoder.label_names)
        widths = [inputs, *[decoder.hidden] * decoder.hidden_layers, outputs]
        self.layers = nn.ModuleList(
            FullyConnected(a, b, decoder.lr_multiplier) for a, b in pairwise(widths)
        )

    def forward(self, sampled: Tensor, coordinates: Tensor) -> FieldSample:
        """Sampled plane features [B,3,N,C] at normalised coordinates [B,N,3] -> the field there."""
        x = aggregate_features(sampled, self.config.planes)
        hull: Tensor | None = None
        if self.has_geometry:
            x, hull = append_geometry(x, sampled, coordinates, self.config)
        x = x.to(self.hidden_dtype)
        for layer in self.layers[:-1]:
            x = activate_hidden(layer(x), self.config.decoder.activation)
        x = at_least_float32(self.layers[-1](x))
        return self.split(x, hull)

    @property
    def hidden_dtype(self) -> torch.dtype:
        """Number format of the weights."""
        return cast(FullyConnected, self.layers[0]).weight.dtype

    def effective_weights(self) -> list[tuple[Tensor, Tensor]]:
        """Weight [outputs,inputs] and bias [outputs] of every layer, with their gains applied."""
        layers = cast(list[FullyConnected], list(self.layers))
        return [
            (layer.weight * layer.weight_gain, layer.bias * layer.bias_gain) for layer in layers
        ]

    def split(self, x: Tensor, hull: Tensor | None) -> FieldSample:
        """Name the outputs x [B,N,1+K+L]; `hull` [B,N,1] joins the sigma."""
        decoder = self.config.decoder
        counts = [1, decoder.color_channels, len(decoder.label_names)]
        sigma, color, labels = x.split(counts, dim=-1)
        if hull is not None:
            sigma = sigma + self.hull_gain * hull
        rgb = activate_color(color, decoder.color_activation)
        return FieldSample(sigma, rgb, labels if decoder.label_names else None)


def append_geometry(
    x: Tensor,
    sampled: Tensor,
    coordinates: Tensor,
    config: GeneratorConfig,
) -> tuple[Tensor, Tensor]:
    """Features with position, six depth differences and hull appended, and the hull term [B,N,1]."""
    differences = depth_differences(sampled, coordinates, config.planes.axes) * DEPTH_SHARPNESS
    limited = differences.clamp(-DEPTH_LIMIT, DEPTH_LIMIT)
    hull = limited.amin(dim=-1, keepdim=True)
    return torch.cat([x, coordinates.to(x.dtype), limited.to(x.dtype), hull.to(x.dtype)], -1), hull


def activate_hidden(x: Tensor, activation: HiddenActivation) -> Tensor:
    """The nonlinearity between the decoder's layers."""
    if activation == "softplus":
        return F.softplus(x)
    return F.silu(x) if activation == "silu" else F.relu(x)


def activate_color(x: Tensor, activation: ColorActivation) -> Tensor:
    """Raw colour channels -> colours; "eg3d" stretches the sigmoid by 0.001 on both sides."""
    if activation == "none":
        return x
    if activation == "sigmoid":
        return torch.sigmoid(x)
    return torch.sigmoid(x) * 1.002 - 0.001
