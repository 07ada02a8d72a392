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
    `reach` (field units). Points nearer than twice that to the faces of the box stay: the surface there may
    be the box's.
    """
    is_free = np.abs(points).max(axis=1, initial=0.0) < field.box_half - 2.0 * reach
    projected = points.copy()
    projected[is_free] = _project_freely(field, points[is_free], normals[is_free], reach)
    return projected


def _project_freely(field: Field, points: Floats, normals: Floats, reach: float) -> Floats:
    offsets = np.zeros(len(points))  # along the normals
    values = evaluate_sigma(field, points)
    for _ in range(STEPS):
        ahead = offsets + SLOPE_SHARE * reach
        slopes = evaluate_sigma(field, points + normals * ahead[:, None]) - values
        falls = slopes < 0.0
        steps = np.where(falls, -values / np.where(falls, slopes, -1.0), 0.0)
        moved = (offsets + steps * SLOPE_SHARE * reach).clip(-reach, reach)
        moved_values = evaluate_sigma(field, points + normals * moved[:, None])
        is_better = np.abs(moved_values) < np.abs(values)
        offsets = np.where(is_better, moved, offsets)
        values = np.where(is_better, moved_values, values)
    return np.asarray(points + normals * offsets[:, None])


def evaluate_sigma(field: Field, points: Floats) -> Floats:
    """The field's sigma [N] at points [N,3] in field units."""
    if not len(points):
        return np.zeros(0)
    with torch.inference_mode():
        sigma = field.sigma(torch.from_numpy(points.astype(np.float32)))
    values = sigma.double().cpu().numpy()
    if not np.isfinite(values).all():
        raise broken_field_error()
    return np.asarray(values)
