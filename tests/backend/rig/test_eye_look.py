"""Eyes take the colours that a head shows between its lids, and the usual ones where it shows none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.rig.eye_look import EyeColors, draw_eye, is_within, read_eyes
from backend.rig.head_topology import HeadTopology
from backend.rig.seen_colors import ColorSource, SeenColors

SKIN, WHITE, BLUE = (0.7, 0.5, 0.4), (0.92, 0.9, 0.9), (0.1, 0.25, 0.7)
USUAL = (0.30, 0.20, 0.13)


def painted(topology: HeadTopology, sides: str, white: object = WHITE) -> ColorSource:
    """Skin, and on the given sides ("left", "right") eyeballs in white with a blue iris."""

    def colors(points: NDArray[np.float64], _normals: NDArray[np.float64]) -> SeenColors:
        rgb = np.tile(np.array(SKIN, np.float32), (len(points), 1))
        for name, ball in zip(("left", "right"), topology.eyes, strict=True):
            corners = topology.vertices[ball]
            middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
            offset = (points - middle) / np.linalg.norm(corners - middle, axis=1).mean()
            is_eye = (np.linalg.norm(offset, axis=1) < 1.001) & (name in sides)
            rgb[is_eye] = white
            rgb[is_eye & (np.hypot(offset[:, 0], offset[:, 1]) < 0.46)] = BLUE
        return SeenColors(rgb, np.ones(len(points), np.float32))

    return colors


def plain(color: object) -> ColorSource:
    def colors(points: NDArray[np.float64], _normals: NDArray[np.float64]) -> SeenColors:
        rgb = np.tile(np.array(color, np.float32), (len(points), 1))
        return SeenColors(rgb, np.ones(len(points), np.float32))

    return colors


def read(topology: HeadTopology, source: ColorSource) -> EyeColors:
    return read_eyes(topology, topology.vertices, source)


def test_painted_eyes_give_their_colours(topology: HeadTopology) -> None:
    eyes = read(topology, painted(topology, "left right"))
    assert eyes.iris == pytest.approx(BLUE, abs=0.01)
    assert eyes.sclera == pytest.approx(WHITE, abs=0.01)
    assert eyes.skin == pytest.approx(SKIN, abs=0.01)


@pytest.mark.parametrize("side", ["left", "right"])
def test_one_painted_eye_gives_the_colours_of_both(topology: HeadTopology, side: str) -> None:
    assert read(topology, painted(topology, side)).iris == pytest.approx(BLUE, abs=0.01)


@pytest.mark.parametrize("color", [(0.5, 0.5, 0.5), (1.0, 1.0, 1.0), SKIN, (0.2, 0.12, 0.09)])
def test_a_head_of_one_colour_gets_plain_irises_and_whites(
    topology: HeadTopology, color: tuple[float, float, float]
) -> None:
    eyes = read(topology, plain(color))
    assert eyes.iris == pytest.approx(USUAL)
    assert eyes.sclera.min() > 0.8


def test_whites_stay_white_where_the_source_shows_brown(topology: HeadTopology) -> None:
    eyes = read(topology, painted(topology, "left right", (0.5, 0.35, 0.2)))
    assert eyes.sclera.min() > 0.8


def test_an_eye_has_a_black_pupil_its_iris_and_its_sclera() -> None:
    eye = draw_eye(np.array([0.2, 0.4, 0.7]), np.array([0.9, 0.88, 0.86]), 2048)
    middle = len(eye) // 2
    assert eye[middle, middle].max() < 0.05
    iris = eye[middle, middle + round(0.32 * 0.78 * middle)]
    assert iris[2] > iris[1] > iris[0]
    assert eye[middle, middle + round(0.6 * 0.78 * middle)].min() > 0.75


def test_the_edge_of_an_iris_is_as_sharp_as_the_texture_allows() -> None:
    for side in (1024, 4096):
        eye = draw_eye(np.array([0.1, 0.1, 0.1]), np.array([0.9, 0.9, 0.9]), side)
        middle = len(eye) // 2
        row = eye[middle, middle:, 0]
        blurred = ((row > 0.2) & (row < 0.7)).sum()
        assert blurred <= max(4, 0.012 * len(eye))


def test_points_lie_within_an_outline_or_not() -> None:
    outline = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [1.0, 0.5], [0.0, 2.0]])
    points = np.array([[0.2, 0.2], [1.0, 1.0], [1.9, 1.5], [3.0, 0.3], [-1.0, 0.3]])
    assert is_within(outline, points).tolist() == [True, False, True, False, False]
