"""Moves points onto the surface of a field."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from .field import Field, broken_field_error

Floats = NDArray[np.float64]

STEPS = 2
SLOPE_SHARE = 0.5  # of the reach, over which the slope is measured


def project_to_surface(field: Field, points: Floats, normals: Floats, reach: float) -> Floats:
    """Move points [N,3] along their outward unit normals [N,3] to where the field is 0.

    A point stays where it is unless the field is closer to 0 at its new place, and never goes further than
    `reach` (field units). Points so near to the faces of the box stay where they are: the surface there is
    the box's.
    """
    start = points
    is_free = np.abs(points).max(axis=1, initial=0.0) < field.box_half - reach
    values = evaluate_sigma(field, points)
    for _ in range(STEPS):
        ahead = evaluate_sigma(field, points + normals * (SLOPE_SHARE * reach))
        slope = (ahead - values) / (SLOPE_SHARE * reach)
        falls = slope < 0.0
        step = np.where(falls, -values / np.where(falls, slope, -1.0), 0.0)
        distance = ((points - start) * normals).sum(axis=1)
        step = (distance + step).clip(-reach, reach) - distance
        moved = points + normals * step[:, None]
        moved_values = evaluate_sigma(field, moved)
        is_better = is_free & (np.abs(moved_values) < np.abs(values))
        points = np.where(is_better[:, None], moved, points)
        values = np.where(is_better, moved_values, values)
    return points


def evaluate_sigma(field: Field, points: Floats) -> Floats:
    """The field's sigma [N] at points [N,3] in field units."""
    with torch.inference_mode():
        sigma = field.sigma(torch.from_numpy(points.astype(np.float32)))
    values = sigma.double().cpu().numpy()
    if not np.isfinite(values).all():
        raise broken_field_error()
    return np.asarray(values)
