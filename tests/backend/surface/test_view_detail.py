"""What pictures add to a ball whose field is known: where it appears, how sharp, and where not at all."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from backend.generator.renderer import camera_rays
from backend.surface.bake import SurfaceColors, bake_albedo
from backend.surface.texels import UvMesh
from backend.surface.view_detail import GRAZING, DetailView, ViewDetail
from backend.views.cameras import Camera, look_at_camera
from tests.backend.surface.fields import RADIUS, KnownField, gradient, sphere
from tests.backend.surface.test_bake import located, octant

SIZE, DISTANCE, FOV = 256, 2.0, 24.0
SHIFT = 0.1
WAVES = 60.0  # radians to a field unit


def depths_of(camera: Camera) -> Tensor:
    """Depths [S,S] of the ball; 0 beside it."""
    rays = camera_rays(camera.label()[None], SIZE)
    along = -(rays.origins[0] * rays.directions[0]).sum(dim=1)
    half = RADIUS**2 - rays.origins[0].square().sum(dim=1) + along.square()
    depth = torch.where(half > 0, along - half.clamp(min=0).sqrt(), 0.0)
    return depth.view(SIZE, SIZE)


def view(yaw: float, paint: str = "shift") -> DetailView:
    """A picture that adds a constant, or waves along y that are fixed in space."""
    camera = look_at_camera(yaw, 0.0, DISTANCE, FOV)
    depth = depths_of(camera)
    rays = camera_rays(camera.label()[None], SIZE)
    heights = (rays.origins[0] + depth.view(-1, 1) * rays.directions[0])[:, 1].view(SIZE, SIZE)
    detail = torch.full((SIZE, SIZE), SHIFT) if paint == "shift" else wave(heights)
    return DetailView(camera, detail.expand(3, -1, -1), (depth > 0).float(), depth)


def wave(heights: Tensor) -> Tensor:
    return SHIFT * torch.sin(WAVES * heights)


def ring(
    count: int = 361, height: float = 0.0
) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    """Turns in radians, points and normals around the ball at a share of its radius above its middle."""
    turns = np.linspace(-math.pi, math.pi, count)
    across = math.sqrt(1 - height**2)
    normals = np.stack(
        [across * np.sin(turns), np.full(count, height), across * np.cos(turns)], axis=1
    )
    return turns, RADIUS * normals, normals


def test_pictures_that_add_nothing_leave_the_fields_texture_as_it_is() -> None:
    field, mesh = KnownField(sphere, gradient), UvMesh(*octant())
    seen = view(0.0)
    nothing = DetailView(seen.camera, torch.zeros_like(seen.detail), seen.trust, seen.depth)
    plain = bake_albedo(SurfaceColors(field), mesh, located(field))
    detail = ViewDetail((nothing,), 0.01)
    assert (bake_albedo(SurfaceColors(field, detail), mesh, located(field)) == plain).all()


def test_what_faces_the_camera_takes_the_detail_and_the_rest_nothing() -> None:
    turns, points, normals = ring()
    added = ViewDetail((view(0.0),), 0.01).at(points, normals)[:, 0]
    assert added[np.abs(turns) < 0.8] == pytest.approx(SHIFT, abs=1e-4)
    limit = math.acos(GRAZING)
    assert (added[np.abs(turns) > limit] == 0).all()
    # It fades in between, and evenly.
    right = added[turns >= 0]
    assert (np.diff(right) <= 1e-6).all()
    assert np.abs(np.diff(right)).max() < 0.1 * SHIFT


def test_a_pattern_in_the_scene_appears_in_its_place_and_as_sharp() -> None:
    waves = ViewDetail((view(0.0, "waves"), view(0.9, "waves")), 0.01)
    for height in (-0.5, 0.03, 0.11, 0.4):
        turns, points, normals = ring(height=height)
        added = waves.at(points, normals)[:, 1]
        is_seen = (turns > -0.5) & (turns < 1.4)
        expected = SHIFT * math.sin(WAVES * RADIUS * height)
        assert added[is_seen] == pytest.approx(expected, abs=0.02 * SHIFT)


def test_the_view_that_sees_best_decides_nearly_alone() -> None:
    first, second = view(0.0), view(1.2)
    dark = DetailView(second.camera, -second.detail, second.trust, second.depth)
    turns, points, normals = ring()
    added = ViewDetail((first, dark), 0.01).at(points, normals)[:, 0]
    assert added[np.abs(turns - 0.2) < 0.02] == pytest.approx(SHIFT, abs=0.02 * SHIFT)
    assert added[np.abs(turns - 1.0) < 0.02] == pytest.approx(-SHIFT, abs=0.02 * SHIFT)


def test_what_something_hides_takes_nothing() -> None:
    seen = view(0.0)
    covered = seen.depth.clone()
    covered[:, : SIZE // 2] -= 0.1  # something stands before the left half
    detail = ViewDetail((DetailView(seen.camera, seen.detail, seen.trust, covered),), 0.01)
    turns, points, normals = ring()
    added = detail.at(points, normals)[:, 0]
    assert (added[(turns < -0.1) & (turns > -1.0)] == 0).all()
    assert added[(turns > 0.1) & (turns < 0.8)] == pytest.approx(SHIFT, abs=1e-4)


def test_what_lies_behind_a_camera_is_not_seen_by_it() -> None:
    added = ViewDetail((view(0.0),), 0.01).at(
        np.array([[0.0, 0.0, 2 * DISTANCE]]), np.array([[0.0, 0.0, -1.0]])
    )
    assert (added == 0).all()
