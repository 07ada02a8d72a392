"""The mapping network: from a latent, and perhaps a camera, to the ws that steer the synthesis."""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import GeneratorConfig, LatentBlock, MappingGroup
from .layers import LEAKY_GAIN, LEAKY_SLOPE, FullyConnected

_OUTER_KNOT = 3.0  # standard deviations of z


class Mapping(nn.Module):
    """z and the camera label -> one w for every layer of the synthesis."""

    w_avg: Tensor

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        mapping, w_dim = config.mapping, config.w_dim
        inputs = config.z_dim
        if config.c_dim:
            self.embed = FullyConnected(config.c_dim, w_dim)
            inputs += w_dim
        self.groups = nn.ModuleList(GroupMapping(config, group) for group in mapping.groups)
        for i in range(0 if mapping.groups else mapping.layers):
            layer = FullyConnected(inputs if i == 0 else w_dim, w_dim, mapping.lr_multiplier)
            self.add_module(f"fc{i}", layer)
        self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(
        self,
        z: Tensor,
        camera_label: Tensor | None = None,
        truncation: float = 1.0,
        truncation_cutoff: int | None = None,
    ) -> Tensor:
        """ws [B,num_ws,w_dim] of z [B,z_dim] and camera_label [B,c_dim].

        Truncation moves the first `truncation_cutoff` ws (all when None) towards the average w.
        """
        w = self._inputs(z, camera_label)
        if self.groups:
            w = torch.cat([group(w) for group in self.groups], dim=1)
        else:
            for i in range(self.config.mapping.layers):
                w = F.leaky_relu(self.get_submodule(f"fc{i}")(w), LEAKY_SLOPE) * LEAKY_GAIN
        ws = w.unsqueeze(1).repeat(1, self.config.num_ws, 1)
        if truncation == 1.0:
            return ws
        cutoff = self.config.num_ws if truncation_cutoff is None else truncation_cutoff
        truncated = torch.lerp(self.w_avg.to(ws.dtype), ws[:, :cutoff], truncation)
        return torch.cat([truncated, ws[:, cutoff:]], dim=1)

    def _inputs(self, z: Tensor, camera_label: Tensor | None) -> Tensor:
        mapping = self.config.mapping
        x = apply_latent_blocks(z.to(self.w_avg.dtype), mapping.latent_blocks)
        if mapping.normalize_z:
            x = normalize_second_moment(x)
        if not self.config.c_dim:
            return x
        if camera_label is None:
            raise ValueError(
                f"The generator {self.config.name!r} is conditioned on a camera; give its label [B,25]."
            )
        embedded = self.embed(camera_label.to(x.dtype) * mapping.c_scale)
        return torch.cat([x, normalize_second_moment(embedded)], dim=1)


class GroupMapping(nn.Module):
    """The network of one part of w: it reads its own latent blocks and nothing else.

    So an edit of one block leaves the rest of w as it is, whatever the network has learned. Much of what a
    latent means is a piecewise linear function of single numbers (nothing below a threshold, nothing more
    beyond another) and products of such; hinges at learned knots give the first, so that the hidden layers
    are left with the products.
    """

    def __init__(self, config: GeneratorConfig, group: MappingGroup) -> None:
        super().__init__()
        places = [config.latent_slice(name) for name in group.blocks]
        self._columns = [i for place in places for i in range(place.start, place.stop)]
        hidden, inputs = group.hidden, len(self._columns) * (1 + group.knots)
        self._has_knots = group.knots > 0
        if self._has_knots:
            spread = torch.linspace(-_OUTER_KNOT, _OUTER_KNOT, group.knots)
            self.knots = nn.Parameter(torch.zeros(len(self._columns), group.knots).copy_(spread))
        self.first = FullyConnected(inputs, hidden)
        self.second = FullyConnected(hidden, hidden)
        self.last = FullyConnected(hidden, group.outputs)

    def forward(self, z: Tensor) -> Tensor:
        """All of z [B,z_dim], after its blocks were applied -> this part of w [B,outputs]."""
        x = z[:, self._columns]
        if self._has_knots:
            x = torch.cat([x, F.relu(x[..., None] - self.knots).flatten(1)], dim=1)
        x = F.leaky_relu(self.first(x), LEAKY_SLOPE) * LEAKY_GAIN
        x = F.leaky_relu(self.second(x), LEAKY_SLOPE) * LEAKY_GAIN
        return cast(Tensor, self.last(x))


def apply_latent_blocks(z: Tensor, blocks: tuple[LatentBlock, ...]) -> Tensor:
    """z [B,z_dim] with its categorical blocks turned into soft choices of unit mean square at the corners."""
    if not any(block.kind == "categorical" for block in blocks):
        return z
    parts = []
    for part, block in zip(z.split([block.size for block in blocks], dim=1), blocks, strict=True):
        if block.kind == "categorical":
            part = torch.softmax(part * block.sharpness, dim=1) * block.size**0.5
        parts.append(part)
    return torch.cat(parts, dim=1)


def normalize_second_moment(x: Tensor) -> Tensor:
    """x [B,D] divided by the root of its mean square."""
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)
