"""Drawing a head of meshes into a plane, from both of its sides: depths as a slab that carves, and looks.

The slabs of the three planes together are the head: a point is inside where all of them say so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor

from .side_rasteriser import Holes, Seen, barycentric, rasterise_plane
from .template_surface import DrawnHead

MIN_HALF_THICKNESS = 0.012  # of half the box: hair cards have no thickness of their own
# A side that sees a surface at a grazing angle knows its depth badly, and another side knows it better: so it
# carves this many texels times the slope less deep.
SLACK = 1.0
MAX_SLACK = 0.03
_WIDEST_HOLLOW = 0.22  # of the box, between hair and neck
_OUTSIDE_LIMIT = 0.3  # how negative the thickness beside the head becomes, of half the box


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
    near, far = (look(drawn, corners, axes[2], side, resolution, texel) for side in sides)
    covered = sides[0].texels
    size = (resolution, resolution)
    if len(covered) == 0:
        plane = near.new_zeros(*size, 10 + 2 * drawn.label_codes.shape[1])
        plane[..., 0], plane[..., 1] = -1.0, 1.0  # nothing lies between these depths
        return plane
    is_solid = torch.zeros(resolution * resolution, dtype=torch.bool)
    is_solid[covered.cpu()] = True
    distance, (rows, columns) = ndimage.distance_transform_edt(
        ~is_solid.view(size).numpy(), return_indices=True
    )
    # Every texel beside the head continues what the nearest texel on it shows.
    nearest = torch.from_numpy(rows.astype("int64") * resolution + columns).flatten()
    place = torch.zeros(resolution * resolution, dtype=torch.long)
    place[covered.cpu()] = torch.arange(len(covered))
    source = place[nearest].to(near.device)
    near, far = near[source], far[source]  # [R*R,5+D]
    seen = torch.stack([near[:, 0], far[:, 0]], dim=1)
    if axes[2] == 1 and any(surface.config.is_hair for surface in drawn.surfaces):
        hollow = _hollow_below(far[:, 0].detach().view(size), is_solid.view(size))
        far = torch.cat([far[:, :1] - hollow.view(-1, 1), far[:, 1:]], dim=1)
    depths = _slab(near, far, torch.from_numpy(distance).to(near), texel)
    # Whoever carves less deep than it sees has no say in what the surface looks like there.
    doubts = (depths - seen).abs()
    looks = [near[:, 1:4], far[:, 1:4], doubts, near[:, 5:], far[:, 5:]]
    return torch.cat([depths, *looks], dim=1).view(*size, -1)


def _slab(near: Tensor, far: Tensor, distance: Tensor, texel: float) -> Tensor:
    """Near and far depth [R*R,2] of a plane, from what its sides see [R*R,5+D] and the distance [R,R] in texels
    of each texel from the head; `texel` is the side of one, normalised."""
    size = distance.shape
    slack = torch.stack(
        [
            near[:, 4] + _step_slack(near[:, 0].view(size), near[:, 4].view(size), texel),
            far[:, 4] + _step_slack(-far[:, 0].view(size), far[:, 4].view(size), texel),
        ]
    )
    middle = (near[:, 0] + far[:, 0]) / 2
    half = ((near[:, 0] - far[:, 0]) / 2).clamp(min=MIN_HALF_THICKNESS)
    # Outside the outline the slab gets negative thickness that grows with the distance: a signed field
    # without a jump carves the outline where it belongs.
    beside = distance.flatten() * texel
    outside = (texel - beside).clamp(min=-_OUTSIDE_LIMIT)
    # An outline is jagged by a texel, so the first texels beside it still belong to the slab: whichever
    # side sees the surface there from ahead draws it smoothly.
    slack = torch.where(beside > 0, MAX_SLACK, slack)
    up, down = (torch.where(beside > 1.5 * texel, outside, half + one) for one in slack)
    return torch.stack([middle + up, middle - down], dim=1)


def see_both_sides(drawn: DrawnHead, corners: Tensor, resolution: int) -> tuple[Seen, Seen]:
    """What the near and the far side see of a head whose corners [T,3,3] are columns, rows and depths."""

    def is_solid(triangles: Tensor, texels: Tensor) -> Tensor:
        weights = barycentric(corners, Seen(texels, triangles), resolution)
        return _has_no_hole(drawn, triangles, weights)

    return rasterise_plane(corners, resolution, Holes(drawn.may_have_holes, is_solid))


def look(
    drawn: DrawnHead,
    corners: Tensor,
    depth_axis: int,
    seen: Seen,
    resolution: int,
    texel: float,
) -> Tensor:
    """Depth, rgb, slack of the depth and label code [N,5+D] of the covered texels, whose sides are `texel`."""
    weights = barycentric(corners, seen, resolution)
    depth = (corners[seen.triangles][..., 2] * weights).sum(1)
    color = depth.new_zeros(len(depth), 3)
    labels = torch.zeros(len(depth), dtype=torch.long, device=depth.device)
    for index, (surface, texture) in enumerate(zip(drawn.surfaces, drawn.textures, strict=True)):
        mine = torch.nonzero(drawn.owned(index, seen.triangles))[:, 0]
        triangles = seen.triangles[mine] - drawn.first[index]
        uvs = surface.uvs(triangles, weights[mine])[None, None]
        looked_up = F.grid_sample(texture[None], uvs, padding_mode="border", align_corners=False)
        color = color.index_copy(0, mine, looked_up[0, :, 0].t())
        labels[mine] = surface.triangle_labels[triangles].long()
    normals = (drawn.normals[seen.triangles] * weights.detach()[..., None]).sum(1)
    facing = F.normalize(normals, dim=1)[:, depth_axis].abs()
    slope = (1 - facing.square()).clamp(min=0).sqrt() / facing.clamp(min=1e-3)
    slack = (slope * (SLACK * texel)).clamp(max=MAX_SLACK)
    return torch.cat([depth[:, None], color, slack[:, None], drawn.label_codes[labels]], dim=1)


def _hollow_below(far: Tensor, is_covered: Tensor) -> Tensor:
    """How far [R,R] the underside of a head of hair lies above the rim around it.

    A curtain of hair is thinner than what planes can hold, and between it and the neck there is nothing: seen
    from below, what a rim encloses counts as filled, so that the curtain cannot break. Morphological closing.
    """
    hanging = np.where(is_covered.numpy(), -far.cpu().numpy(), -1.0)
    window = max(3, round(_WIDEST_HOLLOW * len(far)))
    closed = ndimage.grey_closing(hanging, size=(window, window), mode="constant", cval=-1.0)
    return torch.from_numpy(np.where(is_covered.numpy(), closed - hanging, 0.0)).to(far)


def _step_slack(depth: Tensor, slack: Tensor, texel: float) -> Tensor:
    """How much less deep to carve [R*R] where a depth map [R,R] steps up beside a texel.

    The wall of such a step is jagged by a texel, as an outline is; what is more than the slope explains counts.
    """
    step = F.max_pool2d(depth.detach()[None, None], 3, 1, 1)[0, 0] - depth.detach()
    return torch.where(step > 2 * texel + 2 * slack, step, 0.0).flatten()


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
