"""The field of one head, evaluated as fast as a CPU can: for extracting surfaces and baking textures.

`Generator.sample_field` is the reference, and tests hold both together. This path has no gradients.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .config import HiddenActivation
from .decoder import (
    DEPTH_LIMIT,
    DEPTH_SHARPNESS,
    GEOMETRY_INPUT_COUNT,
    FieldSample,
    activate_color,
)
from .model import Generator
from .planes import PLANE_AXES

CHUNK = 8192  # points at a time for every thread: their features stay in its second-level cache


@dataclass(frozen=True)
class _Workspace:
    """Memory that one call reuses for all its chunks: asking the system for it again costs more than the
    arithmetic."""

    extras: Tensor  # [geometry inputs + 1, points], the last row is one and carries the bias
    hidden: tuple[
        Tensor, Tensor
    ]  # two of [hidden + 1, points], likewise; one is read, the other written


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
        # The bias is one more column, to be multiplied by the row of ones.
        self._layers = [
            torch.cat([weight, bias[:, None]], dim=1).detach().float()
            for weight, bias in decoder.effective_weights()
        ]
        self._hull_gain = float(decoder.hull_gain.detach()) if decoder.has_geometry else None
        reads_sides = config.decoder.reads_sides
        self._blend_sharpness = float(decoder.blend_sharpness.detach()) if reads_sides else None
        self._blend_penalty = (
            decoder.blend_penalty.detach().float()[:, None] if reads_sides else None
        )
        self._slack = decoder.side_slack.detach().float()[:, None] if reads_sides else None

    @property
    def box_half(self) -> float:
        """Half the side of the box in field units."""
        return self._config.box_warp / 2.0

    def sigma(self, points: Tensor) -> Tensor:
        """points [N,3] -> [N]: raw sigma less the level of the surface, so positive inside."""
        level = self._config.surface_sigma
        return self._outputs(points, 0, 1)[0] - level

    def rgb(self, points: Tensor) -> Tensor:
        """points [N,3] -> [N,3] unlit sRGB colour in [0,1]."""
        activation = self._config.decoder.color_activation
        color = activate_color(self._outputs(points, 1, 4), activation)
        return color.clamp(0.0, 1.0).t().contiguous()

    def labels(self, points: Tensor) -> Tensor:
        """points [N,3] -> [N,L] logits of the part labels."""
        first = 1 + self._config.decoder.color_channels
        last = first + len(self._config.decoder.label_names)
        return self._outputs(points, first, last).t().contiguous()

    def sample(self, points: Tensor) -> FieldSample:
        """points [N,3] -> what `Generator.sample_field` gives for one head, with a batch axis of 1."""
        decoder = self._config.decoder
        counts = [1, decoder.color_channels, len(decoder.label_names)]
        everything = self._outputs(points, 0, sum(counts))
        sigma, color, labels = everything.t()[None].split(counts, dim=-1)
        rgb = activate_color(color, decoder.color_activation)
        return FieldSample(sigma, rgb, labels if decoder.label_names else None)

    def _outputs(self, points: Tensor, first: int, last: int) -> Tensor:
        """Outputs first..last of the decoder's final layer at points [N,3], as [last-first,N]."""
        with torch.no_grad():
            coordinates = (points.detach().float() * (2.0 / self._config.box_warp)).t().contiguous()
            outputs = coordinates.new_empty(last - first, len(points))
            size = min(len(points), CHUNK * torch.get_num_threads())
            if size == 0:
                return outputs
            workspace = self._new_workspace(size)
            for source, target in zip(
                coordinates.split(size, dim=1), outputs.split(size, dim=1), strict=True
            ):
                self._decode(source, target, first, workspace)
            return outputs

    def _new_workspace(self, size: int) -> _Workspace:
        hidden, device = self._config.decoder.hidden, self._planes.device
        inputs = 0 if self._hull_gain is None else GEOMETRY_INPUT_COUNT
        return _Workspace(
            torch.ones(inputs + 1, size, device=device),
            (
                torch.ones(hidden + 1, size, device=device),
                torch.ones(hidden + 1, size, device=device),
            ),
        )

    def _decode(
        self, coordinates: Tensor, target: Tensor, first: int, workspace: _Workspace
    ) -> None:
        """Write the outputs from `first` on into target [outputs,N], at normalised coordinates [3,N]."""
        config, count = self._config, coordinates.shape[1]
        sampled = self._look_up(coordinates)  # [3,C,N]
        mean = config.planes.aggregation == "mean"
        features = sampled.mean(0) if mean else sampled.flatten(0, 1)
        extras = workspace.extras[:, :count]
        if self._hull_gain is not None:
            _write_geometry(extras, coordinates, sampled, self._depth_axes, self._slack)
        x, final = features, len(self._layers) - 1
        for index, layer in enumerate(self._layers):
            if index == final:
                layer = layer[first : first + len(target)]
            buffer = workspace.hidden[index % 2][:, :count]
            out = target if index == final else buffer[:-1]
            torch.mm(layer[:, : len(x)], x, out=out)
            if index == 0:
                out.addmm_(layer[:, len(x) :], extras)
            if index < final:
                _activate(out, config.decoder.activation)
            x = buffer
        if self._blend_sharpness is not None:
            if first == 0:
                target[0].tanh_()
            if first <= 1 and first + len(target) >= 4:
                target[1 - first : 4 - first].add_(self._blend(sampled, extras[3:9]))
        if self._hull_gain is not None and first == 0:
            target[0].add_(extras[GEOMETRY_INPUT_COUNT - 1], alpha=self._hull_gain)

    def _blend(self, sampled: Tensor, differences: Tensor) -> Tensor:
        """Colours [3,N] of the six sides, weighted by nearness; see `Decoder.forward`."""
        assert self._blend_sharpness is not None and self._blend_penalty is not None
        distances = differences.abs() + self._blend_penalty
        weights = torch.softmax(distances.mul_(-self._blend_sharpness), dim=0)
        near = torch.einsum("pn,pcn->cn", weights[0::2], sampled[:, 2:5])
        return near + torch.einsum("pn,pcn->cn", weights[1::2], sampled[:, 5:8])

    def _look_up(self, coordinates: Tensor) -> Tensor:
        """Features [3,C,N] at normalised coordinates [3,N]."""
        grid = coordinates[self._grid_axes].transpose(1, 2)  # [3 planes,N,2 or 3]
        grid = grid[:, None] if self._planes.dim() == 4 else grid[:, None, None]
        sampled = F.grid_sample(self._planes, grid, padding_mode="zeros", align_corners=False)
        return sampled.flatten(2)


def _activate(x: Tensor, activation: HiddenActivation) -> None:
    if activation == "softplus":
        x.copy_(F.softplus(x))
    elif activation == "silu":
        F.silu(x, inplace=True)
    else:
        x.relu_()


def _write_geometry(
    extras: Tensor, rows: Tensor, sampled: Tensor, depth_axes: Tensor, slack: Tensor | None
) -> None:
    """Position, six depth differences and hull into extras [11,N]; see `decoder.append_geometry`."""
    extras[:3] = rows
    depth = rows[depth_axes]
    differences, hull = extras[3:9], extras[9]
    torch.sub(sampled[:, 0], depth, out=differences[0::2])
    torch.sub(depth, sampled[:, 1], out=differences[1::2])
    differences.mul_(DEPTH_SHARPNESS)
    loosened = differences if slack is None else differences + slack * DEPTH_SHARPNESS
    torch.amin(loosened, dim=0, out=hull)
    extras[3:10].clamp_(-DEPTH_LIMIT, DEPTH_LIMIT)
