"""Noise over points in space, so that patterns know no seams of the UV map."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from .assets import Floats

Threshold = float | NDArray[np.floating[Any]]
_PERIOD = 64  # lattice cells after which noise repeats


@cache
def _lattice(seed: int) -> Floats:
    return np.random.default_rng(seed).random((_PERIOD,) * 3, np.float32)


def value_noise(points: Floats, frequency: float, seed: int) -> Floats:
    """Smooth noise [N] in 0..1 at points [N,3]; `frequency` lattice cells a unit of length."""
    scaled = points.T * np.float32(frequency)
    cell = np.floor(scaled)
    share = scaled - cell
    places = cell + share * share * (3 - 2 * share)
    noise: Floats = map_coordinates(_lattice(seed), places, order=1, mode="grid-wrap")
    return noise


def clouds(points: Floats, frequency: float, seed: int, octaves: int = 4) -> Floats:
    """Fractal noise [N] in 0..1 around 0.5."""
    total, weight = np.zeros(len(points), np.float32), 0.0
    for octave in range(octaves):
        share = 0.5**octave
        total += share * value_noise(points, frequency * 2**octave, seed + octave)
        weight += share
    return total / np.float32(weight)


def veins(points: Floats, frequency: float, seed: int, width: float) -> Floats:
    """Thin branching lines [N] in 0..1: where fractal noise crosses its middle."""
    distance = np.abs(clouds(points, frequency, seed) - 0.5)
    return np.clip(1 - distance / width, 0, 1).astype(np.float32)


def smooth_step(values: Floats, low: Threshold, high: Threshold) -> Floats:
    """0 at `low`, 1 at `high`, smooth between; `low` may be the larger."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return (share * share * (3 - 2 * share)).astype(np.float32)


def bump(points: Floats, centre: tuple[float, float, float], radii: tuple[float, ...]) -> Floats:
    """A Gaussian bell [N] around a centre with one radius for each axis."""
    scaled = (points - np.array(centre, np.float32)) / np.array(radii, np.float32)
    return np.exp(-0.5 * (scaled**2).sum(1)).astype(np.float32)
