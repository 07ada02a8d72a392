"""Which of a head's surface belongs to a part."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.rig.part_surface import HeadSurface
from tests.backend.rig.balls import BALL_RADIUS, sphere_mesh

POLE = np.array([0.0, BALL_RADIUS, 0.0])


def surface() -> HeadSurface:
    vertices, faces = sphere_mesh(BALL_RADIUS)
    return HeadSurface(vertices, faces, np.zeros(len(vertices), np.int64))


def around(
    found: HeadSurface, center: NDArray[np.floating[Any]], radius: float
) -> NDArray[np.bool_]:
    return np.linalg.norm(found.vertices - center, axis=1) < radius


def test_the_areas_around_the_vertices_sum_to_that_of_the_surface() -> None:
    np.testing.assert_allclose(surface().areas.sum(), 4 * np.pi * BALL_RADIUS**2, rtol=0.01)


def test_specks_go_and_specks_of_holes_are_filled() -> None:
    ball = surface()
    cap = around(ball, POLE, 0.15)
    speck, hole = around(ball, -POLE, 0.02), around(ball, POLE, 0.02)
    found = ball.without_specks((cap & ~hole) | speck, smallest=0.005, smallest_share=0.0)
    np.testing.assert_array_equal(found, cap)


def test_large_separate_pieces_and_large_holes_stay() -> None:
    ball = surface()
    ring = around(ball, POLE, 0.2) & ~around(ball, POLE, 0.1)
    both = ring | around(ball, -POLE, 0.1)
    np.testing.assert_array_equal(ball.without_specks(both, 0.005, 0.005), both)


def test_pieces_that_are_small_beside_the_largest_go() -> None:
    ball = surface()
    cap = around(ball, POLE, 0.25)
    found = ball.without_specks(cap | around(ball, -POLE, 0.06), 0.0001, 0.1)
    np.testing.assert_array_equal(found, cap)


def test_shares_fall_evenly_across_the_border_and_keep_its_place() -> None:
    ball = surface()
    shares = ball.shares(ball.vertices[:, 1] > 0)
    assert (shares[ball.vertices[:, 1] > 0.03] > 0.999).all()
    assert (shares[ball.vertices[:, 1] < -0.03] < -0.999).all()
    is_between = np.abs(shares) < 0.2
    assert is_between.sum() > 50
    assert np.abs(ball.vertices[is_between, 1]).max() < 0.006
