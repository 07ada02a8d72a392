"""Seams are found, and only what differs across them counts."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.bench.seams import seam_edges, seam_error

# A tetrahedron whose faces are charts of their own, in the quarters of the texture.
FACES = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
TRIANGLE = np.array([[0.1, 0.1], [0.4, 0.1], [0.1, 0.4]])
CORNERS = np.array([[0, 0], [0.5, 0], [0, 0.5], [0.5, 0.5]])
UVS = (TRIANGLE + CORNERS[:, None]).astype(np.float32)


def quarters(*greys: int) -> NDArray[np.uint8]:
    """In the order of CORNERS."""
    texture = np.zeros((64, 64, 3), np.uint8)
    for grey, (u, v) in zip(greys, CORNERS, strict=True):
        row, column = int(32 - 64 * v), int(64 * u)
        texture[row : row + 32, column : column + 32] = grey
    return texture


def test_every_edge_of_four_charts_is_a_seam() -> None:
    one, other = seam_edges(FACES, UVS)
    assert len(one) == len(other) == 6


def test_one_colour_shows_no_seam() -> None:
    assert seam_error(FACES, UVS, quarters(90, 90, 90, 90)) == 0.0


def test_a_chart_of_another_colour_differs_at_its_three_edges() -> None:
    error = seam_error(FACES, UVS, quarters(51, 0, 0, 0))
    one, _ = seam_edges(FACES, UVS)
    length = np.linalg.norm(one[:, 1] - one[:, 0], axis=1)
    is_first = (one < 0.5).all(axis=(1, 2))
    assert is_first.sum() == 3
    assert error == pytest.approx(0.2 * length[is_first].sum() / length.sum(), rel=1e-5)


def test_both_sides_of_a_seam_are_read_at_the_same_places() -> None:
    one, other = seam_edges(FACES, UVS)
    position = np.array([[0.0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]])

    def at(ends: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
        flat = [np.flatnonzero((UVS.reshape(-1, 2) == uv).all(1))[0] for uv in ends.reshape(-1, 2)]
        return position[FACES.reshape(-1)[flat]]

    np.testing.assert_array_equal(at(one), at(other))
