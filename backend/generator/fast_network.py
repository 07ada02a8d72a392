"""The field of a generator with an EG3D-like decoder network, evaluated chunk by chunk without gradients.

Everything is kept feature-major ([features, points]): that is how bilinear lookup delivers it, and the rows
of depths can then be read without a copy. The planes stay texel-major in memory, so that one lookup touches
few cache lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .config import GeneratorConfig, HiddenActivation
from .decoder import DEPTH_LIMIT, DEPTH_SHARPNESS, GEOMETRY_INPUT_COUNT, Decoder
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


class NetworkField:
    """Outputs of the decoder network at normalised coordinates."""

    def __init__(self, config: GeneratorConfig, decoder: Decoder, planes: Tensor) -> None:
        """planes [3,C*depth,H,W] of one head."""
        self._config = config
        if config.planes.depth == 1:
            self._planes = planes.contiguous(memory_format=torch.channels_last)
        else:
            volume = planes.unflatten(1, (config.planes.channels, config.planes.depth))
            self._planes = volume.contiguous(memory_format=torch.channels_last_3d)
        axes = torch.tensor(PLANE_AXES[config.planes.axes], device=planes.device)  # [3 planes,3]
        self._grid_axes = axes if config.planes.depth > 1 else axes[:, :2]
        self._depth_axes = axes[:, 2]
        # The bias is one more column, to be multiplied by the row of ones.
        self._layers = [
            torch.cat([weight, bias[:, None]], dim=1).detach().float()
            for weight, bias in decoder.effective_weights()
        ]
        self._hull_gain = float(decoder.hull_gain.detach()) if decoder.has_geometry else None

    def outputs(self, coordinates: Tensor, first: int, last: int) -> Tensor:
        """Outputs first..last of the decoder's final layer at coordinates [3,N], as [last-first,N]."""
        outputs = coordinates.new_empty(last - first, coordinates.shape[1])
        size = min(coordinates.shape[1], CHUNK * torch.get_num_threads())
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
            _write_geometry(extras, coordinates, sampled, self._depth_axes)
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
                activate_in_place(out, config.decoder.activation)
            x = buffer
        if self._hull_gain is not None and first == 0:
            target[0].add_(extras[GEOMETRY_INPUT_COUNT - 1], alpha=self._hull_gain)

    def _look_up(self, coordinates: Tensor) -> Tensor:
        """Features [3,C,N] at normalised coordinates [3,N]."""
        grid = coordinates[self._grid_axes].transpose(1, 2)  # [3 planes,N,2 or 3]
        grid = grid[:, None] if self._planes.dim() == 4 else grid[:, None, None]
        sampled = F.grid_sample(self._planes, grid, padding_mode="zeros", align_corners=False)
        return sampled.flatten(2)


def activate_in_place(x: Tensor, activation: HiddenActivation) -> None:
    """As `decoder.activate_hidden`."""
    if activation == "softplus":
        x.copy_(F.softplus(x))
    elif activation == "silu":
        F.silu(x, inplace=True)
    else:
        x.relu_()


def _write_geometry(extras: Tensor, rows: Tensor, sampled: Tensor, depth_axes: Tensor) -> None:
    """Position, six depth differences and hull into extras [11,N]; see `decoder.append_geometry`."""
    extras[:3] = rows
    depth = rows[depth_axes]
    differences, hull = extras[3:9], extras[9]
    torch.sub(sampled[:, 0], depth, out=differences[0::2])
    torch.sub(depth, sampled[:, 1], out=differences[1::2])
    differences.mul_(DEPTH_SHARPNESS)
    differences.clamp_(-DEPTH_LIMIT, DEPTH_LIMIT)
    torch.amin(differences, dim=0, out=hull)
