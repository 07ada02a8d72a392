"""Planes as a field of features: projection of points onto them, and bilinear or trilinear lookup."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .config import PlaneAxes, PlaneInset, PlanesConfig

X, Y, Z = 0, 1, 2
INSET_MARGIN = 0.05  # of half its side: here the inset and the plane below it mix

# Of every plane: which coordinate runs along its columns, along its rows, and through it (its depth).
PLANE_AXES: dict[PlaneAxes, tuple[tuple[int, int, int], ...]] = {
    "eg3d": ((X, Y, Z), (X, Z, Y), (Z, X, Y)),  # no y-z plane: the released weights were trained so
    "orthogonal": ((X, Y, Z), (X, Z, Y), (Z, Y, X)),
    "next3d": ((X, Y, Z), (X, Z, Y), (Z, Y, X)),
    "panohead": ((X, Y, Z), (X, Z, Y), (Y, Z, X)),
}


def normalize_points(points: Tensor, box_warp: float) -> Tensor:
    """Points in field units -> coordinates in which the box is [-1,1]^3."""
    return points * (2.0 / box_warp)


def project_points(coordinates: Tensor, axes: PlaneAxes) -> Tensor:
    """Normalised coordinates [B,N,3] -> [B,3 planes,N,3]: column, row and depth on every plane."""
    order = [axis for plane in PLANE_AXES[axes] for axis in plane]
    picked = coordinates[..., order]  # [B,N,9]
    return picked.unflatten(-1, (3, 3)).transpose(1, 2)


def sample_planes(planes: Tensor, coordinates: Tensor, config: PlanesConfig) -> Tensor:
    """Features [B,3,N,C] of the planes [B,3,C*depth,H,W], or with an inset [B,4,C,H,W], at normalised
    coordinates [B,N,3].

    Convention: column coordinate -1 .. 1 spans the plane's texels from the left edge of the first to the
    right edge of the last (pixel centres at half texels), row coordinate -1 is the edge of row 0; outside
    the planes the features are zero.
    """
    if config.depth > 1:
        planes = planes.unflatten(2, (config.channels, config.depth))
    projected = project_points(coordinates, config.axes)[..., : planes.dim() - 3]
    # One plane at a time: all three together would need a copy of the planes for most memory layouts.
    sampled = [
        _look_up(plane, at)
        for plane, at in zip(planes[:, :3].unbind(1), projected.unbind(1), strict=True)
    ]
    if config.inset is not None:
        at, share = place_in_inset(projected[:, 0], config.inset)
        sampled[0] = torch.lerp(sampled[0], _look_up(planes[:, 3], at), share[:, None])
    return torch.stack(sampled, dim=1).transpose(2, 3)


def place_in_inset(at: Tensor, inset: PlaneInset) -> tuple[Tensor, Tensor]:
    """Columns and rows [...,2] of the first plane as those of its inset, and how much it counts there [...].

    Convention: 0 outside, growing to 1 over a narrow margin, so that nothing jumps at the inset's edges.
    """
    placed = (at - at.new_tensor([inset.column, inset.row])) / inset.half
    share = (1 - placed.abs().amax(-1)) / INSET_MARGIN
    return placed, share.clamp(0.0, 1.0)


def _look_up(plane: Tensor, at: Tensor) -> Tensor:
    """[B,C,H,W] at [B,N,2], or [B,C,D,H,W] at [B,N,3] -> [B,C,N]."""
    grid = at[:, None] if plane.dim() == 4 else at[:, None, None]
    return F.grid_sample(plane, grid, padding_mode="zeros", align_corners=False).flatten(2)


def aggregate_features(sampled: Tensor, config: PlanesConfig) -> Tensor:
    """[B,3,N,C] -> [B,N,C] (mean of the planes) or [B,N,3*C] (concatenation)."""
    if config.aggregation == "mean":
        return sampled.mean(dim=1)
    return torch.cat(sampled.unbind(1), dim=-1)


def depth_differences(sampled: Tensor, coordinates: Tensor, axes: PlaneAxes) -> Tensor:
    """How deep a point lies behind the near and before the far surface of every plane: [B,N,6].

    Channels 0 and 1 of every plane are the near depth (the surface seen from the + side of the plane's
    depth axis) and the far depth (seen from the - side), as normalised coordinates. All six are positive
    inside the visual hull of the six depth maps.
    """
    depth = project_points(coordinates, axes)[..., 2]  # [B,3,N]
    behind_near = sampled[..., 0] - depth
    before_far = depth - sampled[..., 1]
    return torch.stack([behind_near, before_far], dim=2).flatten(1, 2).transpose(1, 2)
