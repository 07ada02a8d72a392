"""Creases and bulges tell where on a surface a point lies."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.rig.face_fit import DENSITY, Relief, rigid_moves


def test_a_plane_has_no_relief() -> None:
    points = plane()
    relief = Relief(points).at(np.zeros((1, 3)), np.array([[0.0, 0, 1]]))
    assert relief == pytest.approx(0.0, abs=1e-9)


def test_a_furrow_is_positive_and_a_ridge_negative() -> None:
    """Along the y axis, one in two steep."""
    up = np.array([[0.0, 0, 1]])
    for sign in (1.0, -1.0):
        points = plane()
        points[:, 2] = sign * np.abs(points[:, 0])
        relief = Relief(points).at(np.zeros((1, 3)), up)
        assert (sign * relief > 0.2).all()


def test_small_moves_are_shifts_turns_and_growth() -> None:
    places = np.random.default_rng(0).standard_normal((5, 3))
    moves = rigid_moves(places)
    assert np.allclose(moves[0], [1.0, 0, 0])
    assert np.allclose(moves[5], np.cross([0, 0, 1.0], places))
    assert np.allclose(moves[6], places)


def plane() -> NDArray[np.floating[Any]]:
    """Points of the ground in random order, four centimetres aside, as dense as Relief expects."""
    rng = np.random.default_rng(0)
    points = rng.uniform(-0.04, 0.04, (int(DENSITY * 0.08**2), 3))
    points[:, 2] = 0.0
    return points
