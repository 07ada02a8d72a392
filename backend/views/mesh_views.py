"""True views of a template's head: its meshes drawn in perspective, as a camera of ours sees them.

They need no head kit, and show exactly what the planes of the same head should give when volume-rendered.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..generator.plane_drawing import View, look, see_both_sides
from ..generator.template_surface import DrawnHead


@dataclass(frozen=True)
class TrueView:
    """What a camera sees. Row 0 is the top of the picture."""

    color: Tensor  # [S,S,3] unlit sRGB in [0,1] times coverage
    coverage: Tensor  # [S,S] 0..1
    labels: Tensor  # [S,S] uint8 part label in the middle of each pixel, 0 beside the head


def draw_view(
    drawn: DrawnHead, box_warp: float, camera: Tensor, size: int, supersamples: int = 1
) -> TrueView:
    """The view of a camera label [25]; `supersamples` (an odd number) to a side of each pixel."""
    side = size * supersamples
    corners = _project(drawn.corners * (box_warp / 2), camera)
    near, _ = see_both_sides(drawn, corners, side)
    seen = look(drawn, corners, View(2, 1.0, 2.0 / side), near, side)
    picture = seen.new_zeros(side * side, 4)
    picture[near.texels, :3] = seen[:, 1:4]
    picture[near.texels, 3] = 1.0
    blocks = picture.view(size, supersamples, size, supersamples, 4).mean(dim=(1, 3))
    labels = torch.zeros(side * side, dtype=torch.uint8)
    labels[near.texels] = (seen[:, 5:] @ drawn.label_codes.t()).argmax(1).to(torch.uint8)
    middle = labels.view(side, side)[
        supersamples // 2 :: supersamples, supersamples // 2 :: supersamples
    ]
    return TrueView(blocks[..., :3], blocks[..., 3], middle.contiguous())


def _project(points: Tensor, camera: Tensor) -> Tensor:
    """Points [...,3] in field units -> column and row in [-1,1], and nearness, as the camera label [25] sees them.

    Nearness is one over the distance along the camera's axis: it is linear in the picture, and largest in front.
    Colours are taken as linear in the picture too; within triangles of a few millimetres nobody sees that.
    """
    cam2world, intrinsics = camera[:16].view(4, 4), camera[16:].view(3, 3)
    inside = (points - cam2world[:3, 3]) @ cam2world[:3, :3]
    place = inside / inside[..., 2:] @ intrinsics.t()
    return torch.cat([2 * place[..., :2] - 1, 1 / inside[..., 2:]], dim=-1)
