"""Every part has its own place in the texture, and eyes are mapped so that circles stay circles."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.rig.atlas_layout import (
    FRONT_SHARE,
    LASHES,
    LAYOUT,
    LEFT_EYE,
    LOWER_TEETH,
    RIGHT_EYE,
    SKIN,
    TONGUE,
    UPPER_TEETH,
    Cell,
    eye_disc,
    front_places,
    inset,
    inset_places,
    skin_places,
    skin_sources,
)

CELLS = (SKIN, LEFT_EYE, RIGHT_EYE, LASHES, TONGUE, UPPER_TEETH, LOWER_TEETH)


def directions(count: int) -> NDArray[np.float64]:
    points = np.random.default_rng(1).standard_normal((count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def test_cells_lie_in_the_texture_and_share_no_texel() -> None:
    for cell in CELLS:
        assert cell.column >= 0 and cell.column + cell.width <= LAYOUT
        assert cell.row >= 0 and cell.row + cell.height <= LAYOUT
    for a, b in combinations(CELLS, 2):
        beside = a.column + a.width <= b.column or b.column + b.width <= a.column
        above = a.row + a.height <= b.row or b.row + b.height <= a.row
        assert beside or above, (a, b)


def test_a_cell_s_uvs_are_its_texels() -> None:
    cell = Cell(256, 128, 512, 256)
    corners = cell.uvs(np.array([[0.0, 0.0], [1.0, 1.0]]))
    assert corners.tolist() == [[0.25, 1 - 0.375], [0.75, 1 - 0.125]]
    rows, columns = cell.texels(2048)
    assert (rows, columns) == (slice(256, 768), slice(512, 1536))


def test_circles_around_the_front_stay_circles() -> None:
    turn = np.linspace(0, 2 * np.pi, 17)
    for angle in (0.2, 0.8, 1.5, 2.6):
        ring = np.stack(
            [np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn), 0 * turn + np.cos(angle)],
            1,
        )
        away = np.linalg.norm(eye_disc(ring) - 0.5, axis=1)
        assert np.ptp(away) < 1e-12


def test_no_two_directions_share_a_place() -> None:
    towards = directions(400)
    places = eye_disc(towards)
    assert places.min() >= 0 and places.max() <= 1
    order = np.argsort(np.arccos(towards[:, 2]))
    assert (np.diff(np.linalg.norm(places - 0.5, axis=1)[order]) > 0).all()


def test_the_texels_of_a_front_see_the_direction_that_is_mapped_there() -> None:
    seen = front_places(400, 400)
    towards = directions(50)
    towards = towards[towards[:, 2] > 0.2]
    for direction, place in zip(towards, eye_disc(towards), strict=True):
        column, row = int(place[0] * 400), int((1 - place[1]) * 400)
        assert seen[row, column] == pytest.approx([direction[0], -direction[1]], abs=0.02)
    assert np.linalg.norm(seen, axis=2).max() <= 1.0
    assert 0.5 < FRONT_SHARE < 1.0


def test_a_part_s_picture_is_seen_where_its_uvs_lie() -> None:
    places = inset_places(100, 100)
    for share in (0.1, 0.5, 0.93):
        column = int(inset(np.array(share)) * 100)
        assert places[50, column, 0] == pytest.approx(2 * share - 1, abs=0.03)


def test_the_skins_places_are_found_again() -> None:
    places = np.random.default_rng(2).uniform((1, 1), (545, 1022), (500, 2))
    moved = skin_places(places)
    assert ((moved > 0) & (moved < (547, 1024))).all()
    assert skin_sources(moved) == pytest.approx(places, abs=0.01)


def test_skin_beside_the_head_stays_where_it_was() -> None:
    places = np.random.default_rng(3).uniform((548, 0), (640, 1024), (50, 2))
    assert np.array_equal(skin_places(places), places)
