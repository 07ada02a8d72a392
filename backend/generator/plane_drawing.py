"""Drawing a head of meshes into a plane, from both of its sides: depths as a slab that carves, and looks.

The slabs of the three planes together are the head: a point is inside where all of them say so.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .side_rasteriser import Holes, Seen, barycentric, blend_corners, rasterise_plane
from .slab import carve_slab, depth_slack, find_nearest, hollow_below, stand_out
from .template_surface import DrawnHead

_NO_HOLLOW = 1e-6  # of half the box


@dataclass(frozen=True)
class Window:
    """The square that a plane shows, of the box or of a part of it."""

    axes: tuple[int, int, int]  # along the columns, along the rows, through the plane
    centre: tuple[float, float] = (0.0, 0.0)  # column and row, normalised
    half: float = 1.0  # of its side

    def place(self, corners: Tensor) -> Tensor:
        """Normalised corners [T,3,3] -> columns and rows in which the window is [-1,1]^2, and depths."""
        column, row, depth = corners[..., list(self.axes)].unbind(-1)
        (x, y), half = self.centre, self.half
        return torch.stack([(column - x) / half, (row - y) / half, depth], dim=-1)


def draw_plane(drawn: DrawnHead, window: Window, resolution: int) -> Tensor:
    """One plane [R,R,C] of a head, with the channels of `Template`."""
    axes, texel = window.axes, 2.0 * window.half / resolution
    corners = window.place(drawn.corners)
    sides = see_both_sides(drawn, corners, resolution)
    near, far = (
        look(drawn, corners, View(axes[2], toward, texel), side, resolution)
        for side, toward in zip(sides, (1.0, -1.0), strict=True)
    )
    covered, size = sides[0].texels.cpu(), (resolution, resolution)
    if len(covered) == 0:
        plane = near.new_zeros(*size, 10 + 2 * drawn.label_codes.shape[1])
        plane[..., 0], plane[..., 1] = -1.0, 1.0  # nothing lies between these depths
        return plane
    is_covered = torch.zeros(resolution * resolution, dtype=torch.bool)
    is_covered[covered] = True
    row = torch.zeros(resolution * resolution, dtype=torch.long)
    row[covered] = torch.arange(len(covered))
    # Every texel beside the head continues what the nearest texel on it shows.
    around = find_nearest(is_covered.view(size))
    source = row[around.nearest].to(near.device)
    depths = torch.stack([near[:, 0], far[:, 0]], dim=1)[source]  # [R*R,2]
    slack = torch.stack([near[:, 4], far[:, 4]], dim=1)[source]
    below = source
    if axes[2] == 1 and any(surface.config.is_hair for surface in drawn.surfaces):
        hollow = hollow_below(depths[:, 1].detach().view(size), is_covered.view(size))
        depths = torch.stack([depths[:, 0], depths[:, 1] - hollow.flatten()], dim=1)
        # The lid over a hollow looks like the rim that it hangs in, not like what it hides.
        rim = find_nearest(is_covered.view(size) & (hollow.cpu() < _NO_HOLLOW)).nearest
        below = row[rim].to(near.device)
    strands = [drawn.is_strand[side.triangles][source] for side in sides]
    hair = [drawn.is_hair[side.triangles][source] for side in sides]
    up, front = stand_out(depths[:, 0].view(size), slack[:, 0].view(size), strands[0], texel)
    down, back = stand_out(-depths[:, 1].view(size), slack[:, 1].view(size), strands[1], texel)
    shown = torch.stack([depths[front, 0], depths[back, 1]], dim=1)
    slack = slack + torch.stack([up, down], dim=1)
    near, far = (
        torch.cat([side[:, 1:4], side[:, 5:]], dim=1)[rows]
        for side, rows in ((near, source[front]), (far, below[back]))
    )
    slab = carve_slab(depths, slack, around.distance.to(slack), hair[0] | hair[1], texel)
    # Whoever carves less deep than what it shows has no say in what the surface looks like there.
    doubts = (slab - shown).abs()
    looks = [near[:, :3], far[:, :3], doubts, near[:, 3:], far[:, 3:]]
    return torch.cat([slab, *looks], dim=1).view(*size, -1)


def see_both_sides(drawn: DrawnHead, corners: Tensor, resolution: int) -> tuple[Seen, Seen]:
    """What the near and the far side see of a head whose corners [T,3,3] are columns, rows and depths."""

    def is_solid(triangles: Tensor, texels: Tensor) -> Tensor:
        weights = barycentric(corners, Seen(texels, triangles), resolution)
        return _has_no_hole(drawn, triangles, weights)

    return rasterise_plane(corners, resolution, Holes(drawn.may_have_holes, is_solid))


@dataclass(frozen=True)
class View:
    """From where a side looks, and how finely."""

    depth_axis: int  # of the normals
    toward: float  # sign of the direction along it from the head to the viewer
    texel: float  # side of one, normalised


def look(drawn: DrawnHead, corners: Tensor, view: View, seen: Seen, resolution: int) -> Tensor:
    """Depth, rgb, slack of the depth and label code [N,5+D] of the covered texels."""
    weights = barycentric(corners, seen, resolution)
    depth = blend_corners(corners[..., 2:][seen.triangles], weights)[:, 0]
    color = depth.new_zeros(len(depth), 3)
    labels = torch.zeros(len(depth), dtype=torch.long, device=depth.device)
    for index, (surface, texture) in enumerate(zip(drawn.surfaces, drawn.textures, strict=True)):
        mine = torch.nonzero(drawn.owned(index, seen.triangles))[:, 0]
        if len(mine) == 0:
            continue
        triangles = seen.triangles[mine] - drawn.first[index]
        uvs = surface.uvs(triangles, weights[mine])[None, None]
        looked_up = F.grid_sample(texture[None], uvs, padding_mode="border", align_corners=False)
        color = color.index_copy(0, mine, looked_up[0, :, 0].t())
        labels[mine] = surface.triangle_labels[triangles].long()
    normals = blend_corners(drawn.normals[seen.triangles], weights.detach())
    cosine = F.normalize(normals, dim=1)[:, view.depth_axis] * view.toward
    slack = depth_slack(cosine, drawn.may_have_holes[seen.triangles], view.texel)
    return torch.cat([depth[:, None], color, slack[:, None], drawn.label_codes[labels]], dim=1)


def _has_no_hole(drawn: DrawnHead, triangles: Tensor, weights: Tensor) -> Tensor:
    """[M] bool: where the textures with holes have none."""
    solid = torch.ones_like(triangles, dtype=torch.bool)
    for index, surface in enumerate(drawn.surfaces):
        if surface.config.alpha_cut > 0:
            mine = torch.nonzero(drawn.owned(index, triangles))[:, 0]
            uvs = surface.uvs(triangles[mine] - drawn.first[index], weights[mine])[None, None]
            alpha = F.grid_sample(surface.alpha[None, None], uvs, align_corners=False)[0, 0, 0]
            solid[mine] = alpha >= surface.config.alpha_cut
    return solid
