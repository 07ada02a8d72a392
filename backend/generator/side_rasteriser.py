"""Drawing triangles orthographically into the planes: which triangle each texel sees from both of its sides.

Triangles are cut into runs of texels, row by row, so that only texels inside them are ever looked at. One pass
gives the near and the far side of a plane: they have the same fragments and differ in which one is in front.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

_SLACK = 1e-3  # of a texel, so that none falls between two triangles


@dataclass(frozen=True)
class Seen:
    """What one side of a plane sees: a triangle for each covered texel. Texels ascend."""

    texels: Tensor  # [N] row * resolution + column
    triangles: Tensor  # [N]


@dataclass(frozen=True)
class Holes:
    """Textures with holes."""

    is_candidate: Tensor  # [T] bool: triangles that may have holes
    is_solid: Callable[[Tensor, Tensor], Tensor]  # (triangles [M], texels [M]) -> [M] bool


@dataclass(frozen=True)
class _Runs:
    """Texels first .. first + count - 1 of a triangle in one row."""

    triangles: Tensor  # [K]
    first: Tensor  # [K] texel
    counts: Tensor  # [K]
    depth: Tensor  # [K] at the first texel
    slope: Tensor  # [K] of the depth, per texel


def rasterise_plane(corners: Tensor, resolution: int, holes: Holes) -> tuple[Seen, Seen]:
    """The near side (seen from + infinity) and the far side of a plane; not differentiable.

    Args:
        corners: [T,3,3] corners of the triangles: column, row and depth, normalised to [-1,1].
    """
    triangles, texels, depth = _fragments(corners, resolution, holes)
    count = resolution * resolution
    return _front(triangles, texels, depth, count), _front(triangles, texels, -depth, count)


def rasterise_near(corners: Tensor, resolution: int, holes: Holes) -> Seen:
    """The near side alone."""
    return _front(*_fragments(corners, resolution, holes), resolution * resolution)


def _fragments(corners: Tensor, resolution: int, holes: Holes) -> tuple[Tensor, Tensor, Tensor]:
    """Triangle, texel and depth [M] of everything solid."""
    with torch.no_grad():
        runs = _runs(corners.detach().float(), resolution)
        device = corners.device
        owner = torch.repeat_interleave(runs.counts)
        start = torch.cumsum(runs.counts, 0) - runs.counts
        along = torch.arange(len(owner), device=device) - start[owner]
        texels = runs.first[owner] + along
        depth = runs.depth[owner] + runs.slope[owner] * along
        triangles = runs.triangles[owner]
        unsure = torch.nonzero(holes.is_candidate.to(device)[triangles])[:, 0]
        if len(unsure):
            solid = holes.is_solid(triangles[unsure], texels[unsure])
            depth[unsure[~solid]] = torch.nan
            kept = torch.nonzero(~depth.isnan())[:, 0]
            triangles, texels, depth = triangles[kept], texels[kept], depth[kept]
        return triangles, texels, depth


def barycentric(corners: Tensor, seen: Seen, resolution: int) -> Tensor:
    """Weights [N,3] of the seen texels' centres in their triangles; differentiable in the corners."""
    rows = torch.div(seen.texels, resolution, rounding_mode="floor")
    columns = seen.texels - rows * resolution
    a, b, c = corners[seen.triangles][..., :2].unbind(1)
    ab, ac = b - a, c - a
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    area = torch.where(area.abs() < 1e-12, 1e-12, area)
    x = (columns + 0.5) * (2 / resolution) - 1 - a[:, 0]
    y = (rows + 0.5) * (2 / resolution) - 1 - a[:, 1]
    second = (x * ac[:, 1] - y * ac[:, 0]) / area
    third = (ab[:, 0] * y - ab[:, 1] * x) / area
    return torch.stack([1 - second - third, second, third], dim=1)


def blend_corners(values: Tensor, weights: Tensor) -> Tensor:
    """Values [N,3,K] of the corners of triangles at barycentric weights [N,3] -> [N,K]."""
    first, second, third = values.unbind(1)
    blended = torch.addcmul(first * weights[:, :1], second, weights[:, 1:2])
    return torch.addcmul(blended, third, weights[:, 2:])


def _runs(corners: Tensor, resolution: int) -> _Runs:
    """Cut every triangle into runs of texels whose centres lie inside it."""
    place = (corners[..., :2] + 1) * (resolution / 2) - 0.5  # texel i has its centre at i
    x, y = place[..., 0], place[..., 1]  # [T,3]
    next_x, next_y = x.roll(-1, 1), y.roll(-1, 1)
    # From differences: thin triangles seen edge-on would lose their winding in the rounding of the places.
    along_x, along_y = x[:, 1:] - x[:, :1], y[:, 1:] - y[:, :1]
    area = along_x[:, :1] * along_y[:, 1:] - along_x[:, 1:] * along_y[:, :1]
    down = next_y - y
    inwards = -down * area.sign()  # positive: the triangle lies at larger columns than this edge
    # Both triangles at an edge measure from the same end of it, so that they cross a row at the same place.
    is_start = y < next_y
    from_x, from_y = torch.where(is_start, x, next_x), torch.where(is_start, y, next_y)
    across = (next_x - x) / torch.where(down == 0, 1.0, down)  # columns per row
    low = (y.amin(1) - _SLACK).ceil().clamp(min=0).long()
    high = (y.amax(1) + _SLACK).floor().clamp(max=resolution - 1).long()
    rows_of = torch.where(area[:, 0].abs() > 1e-9, (high - low + 1).clamp(min=0), 0)
    triangles = torch.repeat_interleave(rows_of)
    start = torch.cumsum(rows_of, 0) - rows_of
    row = low[triangles] + torch.arange(len(triangles), device=x.device) - start[triangles]
    crossing = from_x[triangles] + (row[:, None] - from_y[triangles]) * across[triangles]
    # Level edges bound rows, not columns.
    side = inwards[triangles]
    left = torch.where(side > 0, crossing, -torch.inf).amax(1)
    right = torch.where(side < 0, crossing, torch.inf).amin(1)
    first = (left - _SLACK).ceil().clamp(min=0).nan_to_num(posinf=resolution).long()
    last = (right + _SLACK).floor().clamp(max=resolution - 1).nan_to_num(neginf=-1).long()
    counts = (last - first + 1).clamp(min=0)
    kept = torch.nonzero(counts)[:, 0]
    triangles, row, first = triangles[kept], row[kept], first[kept]
    depth, slope = _depth_along(corners[..., 2], x, y, area[:, 0], triangles, row, first)
    return _Runs(triangles, row * resolution + first, counts[kept], depth, slope)


def _depth_along(
    z: Tensor, x: Tensor, y: Tensor, area: Tensor, triangles: Tensor, row: Tensor, first: Tensor
) -> tuple[Tensor, Tensor]:
    """Depth [K] at the first texel of each run, and its slope [K] along the row."""
    safe = torch.where(area.abs() < 1e-9, 1e-9, area)
    dz1, dz2 = z[:, 1] - z[:, 0], z[:, 2] - z[:, 0]
    slope = (dz1 * (y[:, 2] - y[:, 0]) - dz2 * (y[:, 1] - y[:, 0])) / safe
    slope_down = (dz2 * (x[:, 1] - x[:, 0]) - dz1 * (x[:, 2] - x[:, 0])) / safe
    # Needle-shaped triangles have no reliable slope; no depth beyond their corners' is believed.
    across = slope[triangles]
    depth = z[triangles, 0] + across * (first - x[triangles, 0])
    depth = depth + slope_down[triangles] * (row - y[triangles, 0])
    low, high = z.amin(1)[triangles], z.amax(1)[triangles]
    return torch.minimum(torch.maximum(depth, low), high), across


def _front(triangles: Tensor, texels: Tensor, depth: Tensor, count: int) -> Seen:
    """The fragments with the largest depth in each of `count` texels; the first one where several are."""
    bits = (depth + 0.0).view(torch.int32)  # -0.0 and 0.0 are one depth
    ordered = bits ^ ((bits >> 31) & 0x7FFFFFFF)  # as whole numbers in the order of the depths
    last = len(depth) - 1
    keys = (ordered.long() << 32) | torch.arange(last, -1, -1, device=depth.device)
    largest = texels.new_full((count,), torch.iinfo(torch.int64).min)
    largest.scatter_reduce_(0, texels, keys, "amax")
    covered = torch.nonzero(largest > torch.iinfo(torch.int64).min)[:, 0]
    winners = last - (largest[covered] & 0xFFFFFFFF)
    return Seen(covered, triangles[winners])
