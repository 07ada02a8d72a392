"""The decoder of planes that show a head from six sides: what the sides say, and a small correction.

The surface begins as the hull of the six depth maps; a network that sees only depths and the position corrects
it, so that looking for the surface needs two channels of each plane. Colours and labels come from the sides
that see a point best.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from .config import GeneratorConfig
from .decoder import (
    DEPTH_LIMIT,
    DEPTH_SHARPNESS,
    GEOMETRY_INPUT_COUNT,
    FieldSample,
    activate_hidden,
)
from .layers import FullyConnected, at_least_float32
from .planes import depth_differences

LOOK_CHANNELS = 10  # depths, colours and depth_errors; the label codes follow and may be left out
_DEPTH_ERRORS = 8  # the first of them


class SideDecoder(nn.Module):
    """Sampled planes -> raw sigma, rgb, label logits. Channels as in template.Template."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        decoder = config.decoder
        widths = [GEOMETRY_INPUT_COUNT, *[decoder.hidden] * decoder.hidden_layers, 1]
        self.layers = nn.ModuleList(FullyConnected(a, b) for a, b in pairwise(widths))
        self.hull_gain = nn.Parameter(torch.full([], 5.0))
        self.nearness = nn.Parameter(torch.full([], 20.0))
        self.caution = nn.Parameter(torch.full([], 5.0))
        code = (config.planes.channels - LOOK_CHANNELS) // 2
        self.label_codes = nn.Parameter(torch.zeros(len(decoder.label_names), code))
        self.label_gain = nn.Parameter(torch.full([], 8.0))

    def forward(self, sampled: Tensor, coordinates: Tensor) -> FieldSample:
        """Sampled plane features [B,3,N,C] at normalised coordinates [B,N,3] -> the field there."""
        differences = depth_differences(sampled, coordinates, self.config.planes.axes)
        scaled = differences * DEPTH_SHARPNESS
        limited = scaled.clamp(-DEPTH_LIMIT, DEPTH_LIMIT)
        hull = limited.amin(dim=-1, keepdim=True)
        x = torch.cat([coordinates.to(scaled.dtype), limited, hull], dim=-1)
        x = x.to(cast(FullyConnected, self.layers[0]).weight.dtype)
        for layer in self.layers[:-1]:
            x = activate_hidden(layer(x), self.config.decoder.activation)
        sigma = torch.tanh(at_least_float32(self.layers[-1](x))) + self.hull_gain * hull
        depth_errors = _by_side(sampled, _DEPTH_ERRORS, 1)[..., 0] * DEPTH_SHARPNESS
        weights = self.side_weights(limited, depth_errors)
        rgb = torch.einsum("bns,bnsc->bnc", weights, _by_side(sampled, 2, 3))
        if sampled.shape[-1] == LOOK_CHANNELS:
            return FieldSample(sigma, rgb, None)
        codes = _by_side(sampled, LOOK_CHANNELS, self.code_size)
        code = torch.einsum("bns,bnsc->bnc", weights, codes)
        return FieldSample(sigma, rgb, self.label_logits(code))

    @property
    def code_size(self) -> int:
        return self.label_codes.shape[1]

    def side_weights(self, limited: Tensor, depth_errors: Tensor) -> Tensor:
        """How much each side [...,6] counts at a point, by how near its surface is to it and how near that is to
        what the side sees: both in the network's units of depth."""
        return torch.softmax(
            -self.nearness * limited.abs() - self.caution * depth_errors.square(), dim=-1
        )

    def label_logits(self, code: Tensor) -> Tensor:
        """Label codes [...,D] -> logits [...,L] that are largest for the nearest label's code."""
        codes = self.label_codes.to(code.dtype)
        distance = 2 * code @ codes.t() - codes.square().sum(1)
        return self.label_gain * distance

    def effective_weights(self) -> list[tuple[Tensor, Tensor]]:
        """Weight [outputs,inputs] and bias [outputs] of every layer, with their gains applied."""
        layers = cast(list[FullyConnected], list(self.layers))
        return [
            (layer.weight * layer.weight_gain, layer.bias * layer.bias_gain) for layer in layers
        ]


def _by_side(sampled: Tensor, first: int, size: int) -> Tensor:
    """Channels of the sides [B,N,6,size]: near ones from `first` on, the far ones behind them."""
    near, far = sampled[..., first : first + size], sampled[..., first + size : first + 2 * size]
    return torch.stack([near, far], dim=2).flatten(1, 2).transpose(1, 2)
