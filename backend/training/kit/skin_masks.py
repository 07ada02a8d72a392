"""Masks of what lies on natural skin: freckles, moles, wrinkles, blush, beard shadow, make-up."""

from __future__ import annotations

import numpy as np

from .assets import Floats
from .canvas import EYE, MOUTH_Y, Canvas
from .noise import clouds, smooth_step, value_noise


def freckles(canvas: Canvas) -> Floats:
    """Small spots, dense on nose and cheeks, few elsewhere."""
    where = canvas.glow((0.30, 7.02, 1.35), (0.24, 0.14, 0.4)) + canvas.glow(
        (0.0, 7.05, 1.6), (0.16, 0.16, 0.3)
    )
    where = np.clip(where + 0.02 * canvas.face, 0, 1)
    large = canvas.spots(260, (0.012, 0.019), where, 11)
    small = canvas.spots(420, (0.007, 0.012), where, 12)
    return np.maximum(large, 0.7 * small)


def moles(canvas: Canvas) -> Floats:
    """A handful of dark spots."""
    return canvas.spots(14, (0.014, 0.026), canvas.space.outside * (canvas.z > 0.4), 21)


def blush(canvas: Canvas) -> Floats:
    """Rosy cheeks and nose."""
    cheeks = canvas.glow((0.42, 6.98, 1.3), (0.15, 0.12, 0.3))
    return np.clip(cheeks + 0.35 * canvas.glow((0.0, 6.93, 1.65), (0.1, 0.08, 0.15)), 0, 1)


def wrinkles(canvas: Canvas) -> Floats:
    """Lines of the forehead, between the brows, beside the eyes, under them, and from nose to chin."""
    wave = 0.05 * (clouds(canvas.mirrored, 5, 31) - 0.5)
    forehead = np.zeros_like(canvas.x)
    for height in (7.55, 7.63, 7.71, 7.79):
        forehead += np.exp(-(((canvas.y + wave - height) / 0.013) ** 2))
    broken = smooth_step(clouds(canvas.mirrored, 4, 32), 0.36, 0.52)
    forehead *= broken * smooth_step(canvas.angle, 0.55, 0.35) * canvas.face
    away = np.hypot(canvas.x - 0.45, canvas.y - 7.27)
    fan = np.arctan2(canvas.y - 7.27, canvas.x - 0.45)
    feet = smooth_step(np.cos(fan * 11 + 14 * wave), 0.55, 1.0) * smooth_step(
        np.abs(fan), 0.85, 0.6
    )
    feet *= smooth_step(away, 0.05, 0.09) * smooth_step(away, 0.26, 0.14) * canvas.face
    folds = canvas.line(((0.16, 6.93), (0.23, 6.80), (0.28, 6.66)), 0.018)
    mouth = 0.8 * canvas.line(((0.26, 6.55), (0.29, 6.42)), 0.016)
    frown = 0.8 * canvas.line(((0.05, 7.40), (0.06, 7.52)), 0.014)
    under = 0.8 * canvas.line(((0.16, 7.17), (0.26, 7.11), (0.40, 7.12)), 0.016)
    neck = np.zeros_like(canvas.x)
    for height in (6.02, 5.88):
        neck += np.exp(-(((canvas.y + wave - height) / 0.016) ** 2))
    neck *= 0.6 * smooth_step(canvas.angle, 1.4, 0.9) * (canvas.z < 1.05)
    lines = forehead + 0.9 * feet + folds + mouth + frown + under + neck
    creases = 0.5 * smooth_step(clouds(canvas.space.points, 14, 33), 0.60, 0.75) * canvas.face
    return np.clip(lines + 0.35 * creases, 0, 1) * canvas.space.outside


def _whiskers(canvas: Canvas) -> Floats:
    """Dots of short hair."""
    fine = value_noise(canvas.space.points, 55, 41) + value_noise(canvas.space.points, 90, 42)
    return np.clip(0.55 + 0.9 * (fine - 1.0), 0.15, 1)


def stubble(canvas: Canvas) -> Floats:
    """The shadow of a beard that was shaved some days ago."""
    return np.clip(canvas.beard_area + canvas.moustache_area, 0, 1) * _whiskers(canvas)


def beard(canvas: Canvas) -> Floats:
    """The skin under a beard."""
    return canvas.beard_area * np.clip(_whiskers(canvas) + 0.3, 0, 1)


def moustache(canvas: Canvas) -> Floats:
    """The skin under a moustache."""
    return canvas.moustache_area * np.clip(_whiskers(canvas) + 0.3, 0, 1)


def eyeshadow(canvas: Canvas) -> Floats:
    """The upper lids up to below the brows, drawn out at the outer corners."""
    away = canvas.around(EYE[0] + 0.02, EYE[1] + 0.06, (0.20, 0.085))
    lid = smooth_step(away, 1.15, 0.6) * smooth_step(canvas.y - 0.12 * (canvas.x - 0.3), 7.22, 7.29)
    return lid * canvas.face


def eyeliner(canvas: Canvas) -> Floats:
    """A line along the lids with a wing."""
    upper = smooth_step(canvas.y, 7.24, 7.30)
    width = 0.014 + 0.012 * upper
    lids = smooth_step(canvas.space.from_lids, 1.4 * width, 0.8 * width) * (0.55 + 0.45 * upper)
    wing = canvas.line(((0.44, 7.265), (0.52, 7.31)), 0.014)
    return np.clip(lids + wing, 0, 1) * canvas.space.outside


def lipstick(canvas: Canvas) -> Floats:
    """The lips."""
    return canvas.lips


def sunken(canvas: Canvas) -> Floats:
    """Dark rings around the eyes and hollow cheeks."""
    sockets = smooth_step(canvas.around(EYE[0], EYE[1] - 0.01, (0.25, 0.18)), 1.15, 0.35)
    cheeks = 0.7 * canvas.glow((0.52, 6.78, 1.1), (0.13, 0.12, 0.3))
    corners = 0.4 * canvas.glow((0.23, MOUTH_Y, 1.45), (0.05, 0.05, 0.2))
    return np.clip(sockets + cheeks + corners, 0, 1) * canvas.face
