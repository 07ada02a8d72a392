"""Drawing a head of meshes into a plane, from both of its sides: depths as a slab that carves, and looks.

The slabs of the three planes together are the head: a point is inside where all of them say so.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .side_rasteriser import (
    Holes,
    Seen,
    barycentric,
    blend_corners,
    rasterise_near,
    rasterise_plane,
)
from .slab import (
    Surroundings,
    carve_slab,
    find_nearest,
    slope_scaled_bias,
    stand_out,
    underside_closing,
)
from .template_surface import DrawnHead

_NOT_CLOSED = 1e-6  # of half the box
_CELLS = (
    4,
    16,
    64,
)  # texels: what is shown around a triangle is looked up in the smallest that fit
_WELL_BEHIND = 0.04  # of half the box
_DEEP_WALL, _ACCESSORY_WALL = (
    0.8,
    0.5,
)  # of a step: how far the walls of cavities and of lashes and frames move


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


@dataclass(frozen=True)
class Side:
    """What one side of a plane shows, texel by texel; beside the head it continues what is nearest."""

    depth: Tensor  # [R*R] of what is seen
    bias: Tensor  # [R*R] how much less deep to carve
    shown: Tensor  # [R*R] depth of what the look is of
    look: Tensor  # [R*R,3+D] rgb and label code


def draw_plane(drawn: DrawnHead, window: Window, resolution: int) -> Tensor:
    """One plane [R,R,C] of a head, with the channels of `Template`."""
    texel = 2.0 * window.half / resolution
    corners = window.place(drawn.corners)
    seen = see_both_sides(drawn, corners, resolution)
    if len(seen[0].texels) == 0:
        return _empty_plane(drawn, resolution)
    coverage = Coverage.of(seen[0].texels, resolution)
    near = _side(drawn, corners, View(window.axes[2], 1.0, texel), seen[0], coverage)
    far = _side(drawn, corners, View(window.axes[2], -1.0, texel), seen[1], coverage)
    depths = torch.stack([near.depth, far.depth], dim=1)
    bias = torch.stack([near.bias, far.bias], dim=1)
    distance = coverage.around.distance.to(bias)
    slab = carve_slab(depths, bias, distance, texel)
    # Whoever carves less deep than what it shows has no say in what the surface looks like there.
    depth_errors = (slab - torch.stack([near.shown, far.shown], dim=1)).abs()
    looks = [near.look[:, :3], far.look[:, :3], depth_errors, near.look[:, 3:], far.look[:, 3:]]
    return torch.cat([slab, *looks], dim=1).view(resolution, resolution, -1)


def draw_inset(drawn: DrawnHead, window: Window, base: Tensor) -> Tensor:
    """The plane [R,R,C] of a square of a plane `base` [R,R,C]: its near side with finer texels.

    The far side is that of `base`: what needs finer texels is the face.
    """
    resolution, texel = len(base), 2.0 * window.half / len(base)
    below = _cut_out(base, window)
    corners = window.place(drawn.corners)
    # Far outside, what is hidden costs nothing.
    corners = torch.where(_is_hidden(drawn, base, window)[:, None, None], 9.0, corners)
    seen = rasterise_near(corners, resolution, _holes(drawn, corners, resolution))
    if len(seen.texels) == 0:
        return below
    coverage = Coverage.of(seen.texels, resolution)
    near = _side(drawn, corners, View(window.axes[2], 1.0, texel), seen, coverage)
    flat = below.flatten(0, 1)
    depths = torch.stack([near.depth, flat[:, 1]], dim=1)
    bias = torch.stack([near.bias, torch.zeros_like(near.bias)], dim=1)
    slab = carve_slab(depths, bias, coverage.around.distance.to(bias), texel)[:, :1]
    depth_error = (slab - near.shown[:, None]).abs()
    code = near.look.shape[1] - 3
    parts = [slab, flat[:, 1:2], near.look[:, :3], flat[:, 5:8], depth_error, flat[:, 9:10]]
    looks = [near.look[:, 3:], flat[:, 10 + code :]]
    return torch.cat([*parts, *looks], dim=1).view_as(base)


def _empty_plane(drawn: DrawnHead, resolution: int) -> Tensor:
    channels = 10 + 2 * drawn.label_codes.shape[1]
    plane = drawn.corners.new_zeros(resolution, resolution, channels)
    plane[..., 0], plane[..., 1] = -1.0, 1.0  # nothing lies between these depths
    return plane


def _cut_out(base: Tensor, window: Window) -> Tensor:
    """A plane [R,R,C] resampled to the texels of a window of it."""
    step = (torch.arange(len(base)).to(base) + 0.5) * (2 / len(base)) - 1
    (x, y), half = window.centre, window.half
    grid = torch.stack(
        torch.meshgrid(y + step * half, x + step * half, indexing="ij")[::-1], dim=-1
    )
    picture = base.permute(2, 0, 1)[None]
    looked_up = F.grid_sample(picture, grid[None], padding_mode="border", align_corners=False)
    return looked_up[0].permute(1, 2, 0)


def _is_hidden(drawn: DrawnHead, base: Tensor, window: Window) -> Tensor:
    """[T] bool: triangles that lie well behind all that the near side of a plane shows around them."""
    place = drawn.corners.detach()[..., list(window.axes)]
    low, high = place.amin(1), place.amax(1)
    reach = (high - low)[:, :2].amax(1) * (len(base) / 4)  # texels from its middle
    middle = ((low + high)[:, :2] / 2 + 1) * (len(base) / 2)
    front = base[None, ..., 0].detach()
    deepest = torch.full_like(reach, -torch.inf)
    for cell in _CELLS[::-1]:
        deep = -F.max_pool2d(F.max_pool2d(-front, cell, ceil_mode=True), 3, 1, 1)[0]
        column, row = (middle / cell).long().clamp(0, len(deep) - 1).unbind(1)
        deepest = torch.where(reach < cell, deep[row, column], deepest)
    return high[:, 2] < deepest - _WELL_BEHIND


@dataclass(frozen=True)
class Coverage:
    """Which texels show the head, and for each the row of what is known of the covered ones."""

    size: tuple[int, int]
    is_covered: Tensor  # [R,R] bool, on the CPU
    around: Surroundings
    row: Tensor  # [R*R]

    @classmethod
    def of(cls, texels: Tensor, resolution: int) -> Coverage:
        """From the covered texels [N], which ascend."""
        covered, size = texels.cpu(), (resolution, resolution)
        is_covered = torch.zeros(resolution * resolution, dtype=torch.bool)
        is_covered[covered] = True
        row = torch.zeros(resolution * resolution, dtype=torch.long)
        row[covered] = torch.arange(len(covered))
        return cls(size, is_covered.view(size), find_nearest(is_covered.view(size)), row)


def _side(drawn: DrawnHead, corners: Tensor, view: View, seen: Seen, coverage: Coverage) -> Side:
    looks = look(drawn, corners, view, seen, coverage.size[0])
    # Every texel beside the head continues what the nearest texel on it shows.
    source = coverage.row[coverage.around.nearest].to(looks.device)
    depth, bias, shown_rows = looks[:, 0][source], looks[:, 4][source], source
    if view.depth_axis == 1 and view.toward < 0 and bool(drawn.is_hair.any()):
        closing = underside_closing(depth.detach().view(coverage.size), coverage.is_covered)
        depth = depth - closing.flatten()
        # What closes a gap looks like the rim that it hangs in, not like what it hides.
        rim = find_nearest(coverage.is_covered & (closing.cpu() < _NOT_CLOSED)).nearest
        shown_rows = coverage.row[rim].to(looks.device)
    toward_viewer = (depth * view.toward).view(coverage.size)
    step, top = stand_out(toward_viewer, bias.view(coverage.size), view.texel)
    # A wall is jagged by a texel, as an outline is: it moves out by one, and looks like what stands at its top.
    # But lashes and frames would be too bold, and whoever looks past a lip sees the mouth behind it, and not the
    # lip's inner side: such walls move less, and look like what is below them.
    is_deep = drawn.is_in_cavity[seen.triangles][source]
    is_low = is_deep | drawn.is_accessory[seen.triangles][source][top]
    step = step * torch.where(is_deep, _DEEP_WALL, torch.where(is_low, _ACCESSORY_WALL, 1.0))
    top = torch.where(is_low, torch.arange(len(top)).to(top), top)
    shown_rows = shown_rows[top]
    look_of = torch.cat([looks[:, 1:4], looks[:, 5:]], dim=1)[shown_rows]
    # Nothing else knows what the wall of a cavity looks like.
    shown = torch.where(is_deep, depth + view.toward * step, depth[top])
    return Side(depth, bias + step, shown, look_of)


def see_both_sides(drawn: DrawnHead, corners: Tensor, resolution: int) -> tuple[Seen, Seen]:
    """What the near and the far side see of a head whose corners [T,3,3] are columns, rows and depths."""
    return rasterise_plane(corners, resolution, _holes(drawn, corners, resolution))


def _holes(drawn: DrawnHead, corners: Tensor, resolution: int) -> Holes:
    def is_solid(triangles: Tensor, texels: Tensor) -> Tensor:
        weights = barycentric(corners, Seen(texels, triangles), resolution)
        return _has_no_hole(drawn, triangles, weights)

    return Holes(drawn.may_have_holes, is_solid)


@dataclass(frozen=True)
class View:
    """From where a side looks, and how finely."""

    depth_axis: int  # of the normals
    toward: float  # sign of the direction along it from the head to the viewer
    texel: float  # side of one, normalised


def look(drawn: DrawnHead, corners: Tensor, view: View, seen: Seen, resolution: int) -> Tensor:
    """Depth, rgb, bias of the depth and label code [N,5+D] of the covered texels."""
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
    bias = slope_scaled_bias(cosine, drawn.may_have_holes[seen.triangles], view.texel)
    return torch.cat([depth[:, None], color, bias[:, None], drawn.label_codes[labels]], dim=1)


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
