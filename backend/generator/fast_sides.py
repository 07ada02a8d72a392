"""The field of a generator whose planes show six sides, evaluated chunk by chunk without gradients.

`SideDecoder` is the reference. Looking for the surface reads two channels of each plane only.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .config import GeneratorConfig
from .decoder import DEPTH_LIMIT, DEPTH_SHARPNESS
from .fast_network import activate_in_place
from .planes import PLANE_AXES, place_in_inset
from .side_decoder import SideDecoder

CHUNK = 16384  # points at a time for every thread: their features stay in its second-level cache


class SideField:
    """Sigma, rgb and label logits at normalised coordinates."""

    def __init__(self, config: GeneratorConfig, decoder: SideDecoder, planes: Tensor) -> None:
        """planes [3,C,H,W] of one head, or [4,C,H,W] with an inset."""
        layout = torch.channels_last
        self._depths = planes[:, :2].contiguous(memory_format=layout)
        self._looks = planes[:, 2:].contiguous(memory_format=layout)
        axes = torch.tensor(PLANE_AXES[config.planes.axes], device=planes.device)
        self._grid_axes, self._depth_axes = axes[:, :2], axes[:, 2]
        self._inset = config.planes.inset
        self._decoder = decoder
        self._activation = config.decoder.activation
        # The bias is one more column, to be multiplied by the row of ones.
        self._layers = [
            torch.cat([weight, bias[:, None]], dim=1).detach().float()
            for weight, bias in decoder.effective_weights()
        ]

    def outputs(self, coordinates: Tensor, first: int, last: int) -> Tensor:
        """Rows first..last of (sigma, rgb, label logits) at coordinates [3,N], as [last-first,N]."""
        outputs = coordinates.new_empty(last - first, coordinates.shape[1])
        size = CHUNK * torch.get_num_threads()
        for source, target in zip(
            coordinates.split(size, dim=1), outputs.split(size, dim=1), strict=True
        ):
            self._decode(source, target, first)
        return outputs

    def _decode(self, coordinates: Tensor, target: Tensor, first: int) -> None:
        grid = coordinates[self._grid_axes].transpose(1, 2)  # [3 planes,N,2]
        differences = self._differences(self._look_up(self._depths, grid), coordinates)
        last = first + len(target)
        if first == 0:
            target[0] = self._sigma(coordinates, differences)
        if last > 1:
            looks = self._look_up(self._looks, grid)  # [3,C-2,N]
            depth_errors = looks[:, 6:8].flatten(0, 1) * DEPTH_SHARPNESS  # [6,N]
            weights = self._decoder.side_weights(differences.t(), depth_errors.t()).t()
            if first <= 1 and last >= 4:
                target[1 - first : 4 - first] = _blend(weights, looks[:, :6])
            if last > 4:
                code = _blend(weights, looks[:, 8:])
                logits = self._decoder.label_logits(code.t()).t()
                target[max(4 - first, 0) :] = logits[max(first - 4, 0) : last - 4]

    def _look_up(self, planes: Tensor, grid: Tensor) -> Tensor:
        """Planes [3,C,H,W] at [3,N,2], or [4,C,H,W] with an inset in the first -> [3,C,N]."""
        sampled = _bilinear(planes[:3], grid)
        if self._inset is not None:
            at, share = place_in_inset(grid[0], self._inset)
            within = torch.nonzero(share)[:, 0]
            finer = _bilinear(planes[3:], at[None, within])[0]
            coarse = sampled[0, :, within]
            sampled[0, :, within] = torch.lerp(coarse, finer, share[within])
        return sampled

    def _differences(self, sampled: Tensor, coordinates: Tensor) -> Tensor:
        """Scaled and limited depth differences [6,N] of depths [3,2,N]."""
        depth = coordinates[self._depth_axes]
        differences = coordinates.new_empty(6, coordinates.shape[1])
        torch.sub(sampled[:, 0], depth, out=differences[0::2])
        torch.sub(depth, sampled[:, 1], out=differences[1::2])
        return differences.mul_(DEPTH_SHARPNESS).clamp_(-DEPTH_LIMIT, DEPTH_LIMIT)

    def _sigma(self, coordinates: Tensor, differences: Tensor) -> Tensor:
        hull = differences.amin(dim=0, keepdim=True)
        ones = torch.ones_like(hull)
        x = torch.cat([coordinates, differences, hull, ones])
        final = len(self._layers) - 1
        for index, layer in enumerate(self._layers):
            x = torch.mm(layer, x)
            if index < final:
                activate_in_place(x, self._activation)
                x = torch.cat([x, ones])
        return x[0].tanh_().add_(hull[0], alpha=float(self._decoder.hull_gain))


def _bilinear(planes: Tensor, grid: Tensor) -> Tensor:
    """[P,C,H,W] at [P,N,2] -> [P,C,N]."""
    looked_up = F.grid_sample(planes, grid[:, None], padding_mode="zeros", align_corners=False)
    return looked_up.flatten(2)


def _blend(weights: Tensor, looks: Tensor) -> Tensor:
    """Near and far channels [3,2*K,N] of the planes, weighted by side [6,N] -> [K,N]."""
    near, far = looks.chunk(2, dim=1)
    return torch.einsum("pn,pcn->cn", weights[0::2], near) + torch.einsum(
        "pn,pcn->cn", weights[1::2], far
    )
