"""The slab between what both sides of a plane see: how deep each side carves, inside the outline and beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor

MIN_HALF_THICKNESS = 0.012  # of half the box: hair cards have no thickness of their own
# A side that sees a surface at a grazing angle knows its depth badly, and another side knows it better: so it
# carves this many texels times the slope less deep.
BIAS_TEXELS = 1.0
MAX_BIAS = 0.03
# A card that one side sees from ahead and another one from behind would be carved to nothing between them.
CARD_THICKNESS = 2 * MIN_HALF_THICKNESS
MAX_CARD_BIAS = 0.3  # along the depth, where a card stands on edge
_CLOSING_WINDOW = 0.22  # of the box; the widest gap between hair and neck
_BLUR = 1.2  # texels: an outline is jagged by one
_OUTSET = 1.0  # texels from there to where a slab ends
_RAMP = 90.0  # thickness of the slab per distance from the outline
_STEEP = 0.12  # of half the box: how negative the thickness becomes at once
_OUTSIDE_LIMIT = 0.4  # how negative the thickness beside the head becomes, of half the box


@dataclass(frozen=True)
class Surroundings:
    """Every texel's place relative to those that a mask covers."""

    distance: Tensor  # [R,R] in texels, 0 on the mask
    nearest: Tensor  # [R*R] texel of the mask


def find_nearest(is_covered: Tensor) -> Surroundings:
    """From a mask [R,R] on the CPU that covers something."""
    distance, (rows, columns) = ndimage.distance_transform_edt(
        ~is_covered.numpy(), return_indices=True
    )
    texels = rows.astype(np.int64) * len(rows) + columns
    return Surroundings(torch.from_numpy(distance).float(), torch.from_numpy(texels).flatten())


def slope_scaled_bias(cosine: Tensor, is_card: Tensor, texel: float) -> Tensor:
    """How much less deep a side carves [N] where surfaces face it with this cosine [N]; a texel has this side.

    Args:
        is_card: [N] bool: of a mesh without thickness, of which the negative cosines are the inner side.
    """
    facing = cosine.abs().clamp(min=1e-3)
    slope = (1 - facing.square()).clamp(min=0).sqrt() / facing
    bias = (slope * (BIAS_TEXELS * texel)).clamp(max=MAX_BIAS)
    thickness = (CARD_THICKNESS / facing).clamp(max=MAX_CARD_BIAS)
    return torch.where(is_card & (cosine < 0), torch.maximum(bias, thickness), bias)


def stand_out(depth: Tensor, bias: Tensor, texel: float) -> tuple[Tensor, Tensor]:
    """How far a depth map [R,R] steps up beside a texel [R*R], and the texel [R*R] at the top of the step.

    What is more than the slope explains counts; where there is no step, the top is the texel itself.
    """
    highest, top = F.max_pool2d(depth.detach()[None], 3, 1, 1, return_indices=True)
    step = (highest[0] - depth.detach()).flatten()
    is_wall = step > 2 * texel + 2 * bias.flatten().clamp(max=MAX_BIAS)
    top, itself = top.flatten(), torch.arange(len(step), device=step.device)
    return torch.where(is_wall, step, 0.0), torch.where(is_wall, top, itself)


def carve_slab(depths: Tensor, bias: Tensor, distance: Tensor, texel: float) -> Tensor:
    """Near and far depth [R*R,2] of a plane.

    Args:
        depths: [R*R,2] that the sides see.
        bias: [R*R,2] how much less deep they carve.
        distance: [R,R] of each texel from the head, in texels.
        texel: side of one, normalised.
    """
    middle = depths.mean(1)
    half = ((depths[:, 0] - depths[:, 1]) / 2).clamp(min=MIN_HALF_THICKNESS)
    # Outside the outline the slab gets negative thickness that grows with the distance: a signed field
    # without a jump carves the outline where it belongs.
    signed = signed_distance(distance).flatten()  # texels
    # Near an outline a side knows its depth badly: whichever side sees the surface there from ahead draws it.
    bias = torch.where(signed[:, None] < 0, bias.clamp(min=MAX_BIAS), bias)
    # Steep, so that the rim of a blunt end stays; straight across the outline, so that lookups between texels
    # find it where it is.
    inner = (signed + _OUTSET) * texel
    limit = (inner * _RAMP).clamp(min=-_STEEP) + inner.clamp(max=0)
    limit = limit.clamp(min=-_OUTSIDE_LIMIT)
    up, down = (torch.minimum(half + one, limit) for one in bias.t())
    return torch.stack([middle + up, middle - down], dim=1)


def signed_distance(distance: Tensor) -> Tensor:
    """Distance [R,R] in texels from a mask's smoothed outline, positive inside, from that of the mask's texels.

    Near a straight outline a blurred mask is the normal distribution's integral over the distance from it.
    """
    mask = (distance == 0).float().cpu().numpy()
    blurred = torch.from_numpy(ndimage.gaussian_filter(mask, _BLUR, mode="nearest", truncate=3.0))
    blurred = blurred.to(distance)
    # Far inside it is infinite.
    near = torch.special.ndtri(torch.where(blurred > 0.995, 1.0, blurred.clamp(min=1e-3))) * _BLUR
    return torch.where(distance > 2.5 * _BLUR, 0.5 - distance, near)


def underside_closing(far: Tensor, is_covered: Tensor) -> Tensor:
    """How far [R,R] a morphological closing lowers the underside of a head of hair, to the rim around it.

    A curtain of hair is thinner than what planes can hold, and between it and the neck there is nothing: seen
    from below, what a rim encloses counts as filled, so that the curtain cannot break.
    """
    window = max(3, round(_CLOSING_WINDOW * len(far)))
    # Without a margin the closing would erode what lies near the border.
    hanging = np.pad(
        np.where(is_covered.numpy(), -far.cpu().numpy(), -1.0), window, constant_values=-1.0
    )
    closed = ndimage.grey_closing(hanging, size=(window, window))
    raised = (closed - hanging)[window:-window, window:-window]
    return torch.from_numpy(np.where(is_covered.numpy(), raised, 0.0)).to(far)
