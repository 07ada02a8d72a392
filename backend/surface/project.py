"""Moves points onto the surface of a field."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from .field import Field, broken_field_error

Floats = NDArray[np.float64]

STEPS = 4  # of the secants
CLOSE_SHARE = 2e-3  # of the reach: a smaller step is not worth another look
FIRST_SHARE = 0.5  # of the reach: the first look at the other side


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
    """By secants, kept around the zero once they are (Illinois): beside the surface the slope may change at once."""
    last, last_value = np.zeros(len(points)), evaluate_sigma(field, points)
    here = np.where(last_value > 0.0, FIRST_SHARE, -FIRST_SHARE) * reach
    value = evaluate_sigma(field, points + normals * here[:, None])
    best, best_value = _nearer(last, last_value, here, value)
    moving = np.arange(len(points))
    for _ in range(STEPS):
        rise = value - last_value
        falls = rise * (here - last) < 0.0  # sigma is less outside
        step = np.where(falls, -value * (here - last) / np.where(falls, rise, 1.0), 0.0)
        ahead = (here + step).clip(-reach, reach)
        kept = np.flatnonzero(np.abs(ahead - best[moving]) > CLOSE_SHARE * reach)
        moving, ahead = moving[kept], ahead[kept]
        last, last_value, here, value = last[kept], last_value[kept], here[kept], value[kept]
        ahead_value = evaluate_sigma(field, points[moving] + normals[moving] * ahead[:, None])
        best[moving], best_value[moving] = _nearer(
            best[moving], best_value[moving], ahead, ahead_value
        )
        is_around = (value > 0.0) != (last_value > 0.0)
        stays = is_around & ((ahead_value > 0.0) == (value > 0.0))
        last, last_value = np.where(stays, last, here), np.where(stays, last_value / 2, value)
        here, value = ahead, ahead_value
    return np.asarray(points + normals * best[:, None])


def _nearer(
    one: Floats, value: Floats, other: Floats, other_value: Floats
) -> tuple[Floats, Floats]:
    """Of two offsets [N] with their sigmas [N] the one where sigma is closer to 0."""
    is_other = np.abs(other_value) < np.abs(value)
    return np.where(is_other, other, one), np.where(is_other, other_value, value)


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
