"""The field of one head, evaluated as fast as a CPU can: for extracting surfaces and baking textures.

`Generator.sample_field` is the reference, and tests hold both together. This path has no gradients.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .decoder import (
    DEPTH_LIMIT,
    DEPTH_SHARPNESS,
    GEOMETRY_INPUT_COUNT,
    FieldSample,
    activate_color,
    activate_hidden,
)
from .model import Generator
from .planes import PLANE_AXES

CHUNK = 8192  # points at a time for every thread: their features stay in its second-level cache


@dataclass(frozen=True)
class _Layer:
    weight: Tensor  # [outputs, inputs]
    bias: Tensor  # [outputs, 1]


class FastField:
    """The field of one head at any points.

    Everything is kept feature-major ([features, points]): that is how bilinear lookup delivers it, and the
    rows of depths can then be read without a copy. The planes stay texel-major in memory, so that one
    lookup touches few cache lines.

    Convention: points are in field units in the field frame; the box is centred on the origin.
    """

    def __init__(self, generator: Generator, planes: Tensor) -> None:
        """planes [1,3,C*depth,H,W] of the head."""
        if planes.shape[0] != 1:
            raise ValueError(
                f"A FastField holds one head, but {planes.shape[0]} were given; pass planes[i : i + 1]."
            )
        config = generator.config
        self._config = config
        picture = planes[0].detach().float()  # [3,C*depth,H,W]
        if config.planes.depth == 1:
            self._planes = picture.contiguous(memory_format=torch.channels_last)
        else:
            volume = picture.unflatten(1, (config.planes.channels, config.planes.depth))
            self._planes = volume.contiguous(memory_format=torch.channels_last_3d)
        axes = torch.tensor(PLANE_AXES[config.planes.axes], device=planes.device)  # [3 planes,3]
        self._grid_axes = axes if config.planes.depth > 1 else axes[:, :2]
        self._depth_axes = axes[:, 2]
        decoder = generator.decoder
        self._layers = [
            _Layer(weight.detach().float(), bias.detach().float()[:, None])
            for weight, bias in decoder.effective_weights()
        ]
        self._hull_gain = float(decoder.hull_gain.detach()) if decoder.has_geometry else None

    @property
    def box_half(self) -> float:
        """Half the side of the box in field units."""
        return self._config.box_warp / 2.0

    def sigma(self, points: Tensor) -> Tensor:
        """points [N,3] -> [N]: raw sigma less the level of the surface, so positive inside."""
        level = self._config.surface_sigma
        return self._in_chunks(points, lambda chunk: self._outputs(chunk, 0, 1).sub_(level))[0]

    def rgb(self, points: Tensor) -> Tensor:
        """points [N,3] -> [N,3] unlit sRGB colour in [0,1]."""
        activation = self._config.decoder.color_activation
        color = self._in_chunks(points, lambda chunk: self._outputs(chunk, 1, 4))
        return activate_color(color, activation).clamp(0.0, 1.0).t().contiguous()

    def labels(self, points: Tensor) -> Tensor:
        """points [N,3] -> [N,L] logits of the part labels."""
        first = 1 + self._config.decoder.color_channels
        last = first + len(self._config.decoder.label_names)
        return (
            self._in_chunks(points, lambda chunk: self._outputs(chunk, first, last))
            .t()
            .contiguous()
        )

    def sample(self, points: Tensor) -> FieldSample:
        """points [N,3] -> what `Generator.sample_field` gives for one head, with a batch axis of 1."""
        decoder = self._config.decoder
        counts = [1, decoder.color_channels, len(decoder.label_names)]
        everything = self._in_chunks(points, lambda chunk: self._outputs(chunk, 0, sum(counts)))
        sigma, color, labels = everything.t()[None].split(counts, dim=-1)
        rgb = activate_color(color, decoder.color_activation)
        return FieldSample(sigma, rgb, labels if decoder.label_names else None)

    def _in_chunks(self, points: Tensor, evaluate: Callable[[Tensor], Tensor]) -> Tensor:
        with torch.no_grad():
            chunks = points.detach().float().split(CHUNK * torch.get_num_threads())
            return torch.cat([evaluate(chunk) for chunk in chunks], dim=1)

    def _outputs(self, points: Tensor, first: int, last: int) -> Tensor:
        """Outputs first..last of the decoder's final layer at points [N,3], as [last-first,N]."""
        config = self._config
        coordinates = points * (2.0 / config.box_warp)
        sampled = self._lookup(coordinates)  # [3,C,N]
        mean = config.planes.aggregation == "mean"
        features = sampled.mean(0) if mean else sampled.flatten(0, 1)
        layer = self._layers[0]
        hull: Tensor | None = None
        if self._hull_gain is None:
            x = torch.addmm(layer.bias, layer.weight, features)
        else:
            geometry, hull = self._geometry(coordinates, sampled)
            count = features.shape[0]
            x = torch.addmm(layer.bias, layer.weight[:, :count], features)
            x.addmm_(layer.weight[:, count:], geometry)
        for layer in self._layers[1:-1]:
            x = torch.addmm(layer.bias, layer.weight, self._activate(x))
        layer = self._layers[-1]
        x = torch.addmm(layer.bias[first:last], layer.weight[first:last], self._activate(x))
        if hull is not None and self._hull_gain is not None and first == 0:
            x[0].add_(hull, alpha=self._hull_gain)
        return x

    def _activate(self, x: Tensor) -> Tensor:
        return activate_hidden(x, self._config.decoder.activation, in_place=True)

    def _lookup(self, coordinates: Tensor) -> Tensor:
        """Features [3,C,N] at normalised coordinates [N,3]."""
        grid = coordinates[:, self._grid_axes].transpose(0, 1)  # [3,N,2 or 3]
        grid = grid[:, None] if self._planes.dim() == 4 else grid[:, None, None]
        sampled = F.grid_sample(self._planes, grid, padding_mode="zeros", align_corners=False)
        return sampled.flatten(2)

    def _geometry(self, coordinates: Tensor, sampled: Tensor) -> tuple[Tensor, Tensor]:
        """The decoder's geometric inputs [10,N] and the hull term [N]."""
        rows = coordinates.t()
        geometry = torch.empty(GEOMETRY_INPUT_COUNT, coordinates.shape[0], device=rows.device)
        geometry[:3] = rows
        depth = rows[self._depth_axes]
        differences = geometry[3:9]
        torch.sub(sampled[:, 0], depth, out=differences[0::2])
        torch.sub(depth, sampled[:, 1], out=differences[1::2])
        differences.mul_(DEPTH_SHARPNESS)
        hull = geometry[9]
        torch.amin(differences, dim=0, out=hull)
        geometry[3:].clamp_(-DEPTH_LIMIT, DEPTH_LIMIT)
        return geometry, hull
