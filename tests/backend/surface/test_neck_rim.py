"""The rim of a neck loses its notches; everything else stays where it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from backend.surface.extract import extract_surface
from backend.surface.neck_rim import smooth_neck
from backend.surface.part_maps import PartLabels
from tests.backend.surface.fields import KnownField

NAMES = ("background", "skin", "neck")


def notched(points: torch.Tensor) -> torch.Tensor:
    """A pillar whose lower rim has teeth all around."""
    angle = torch.atan2(points[:, 0], points[:, 2])
    floor = -0.3 + 0.006 * torch.sign(torch.sin(70 * angle))
    wall = 0.2 - torch.hypot(points[:, 0], points[:, 2])
    return torch.minimum(torch.minimum(wall, points[:, 1] - floor), 0.4 - points[:, 1])


def logits(points: torch.Tensor) -> torch.Tensor:
    low = -points[:, 1]
    return torch.stack([torch.full_like(low, -9.0), -low, low], dim=1)


def roughness(vertices: NDArray[np.floating[Any]]) -> float:
    """How unevenly the lower side runs near its rim: the spread of heights."""
    radius = np.hypot(vertices[:, 0], vertices[:, 2])
    return float(vertices[(radius > 0.12) & (radius < 0.16) & (vertices[:, 1] < -0.25), 1].std())


def test_a_notched_rim_becomes_even_and_the_rest_stays() -> None:
    vertices, faces = extract_surface(KnownField(notched), 128)
    moved, is_moved = smooth_neck(vertices, faces, PartLabels(NAMES, logits), 256)
    assert roughness(moved) < 0.5 * roughness(vertices)
    assert (moved[~is_moved] == vertices[~is_moved]).all()
    assert (vertices[is_moved, 1] < 0.05).all()
    assert np.linalg.norm(moved - vertices, axis=1).max() < 0.02


def test_without_a_neck_nothing_moves() -> None:
    vertices, faces = extract_surface(KnownField(notched), 32)
    for labels in (None, PartLabels(("background", "skin"), lambda p: logits(p)[:, :2])):
        moved, is_moved = smooth_neck(vertices, faces, labels, 32)
        assert (moved == vertices).all() and not is_moved.any()
