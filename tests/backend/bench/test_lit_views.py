"""Lit views darken what turns away from the camera, and nothing else."""

import math

import numpy as np
import pytest

from backend.bench.lit_views import draw_lit, light
from backend.views.cameras import look_at_camera
from backend.views.unlit import UnlitRenderer
from tests.backend.bench.balls import RADIUS, RedInFront, ball

SIZE, MIDDLE = 256, 128
DISTANCE, HEIGHT = 2.7, 0.98
FOV = math.degrees(2 * math.atan(HEIGHT / 2 / DISTANCE))
AMBIENT, BACKGROUND = 0.4, 0.5


def test_light_falls_off_with_the_cosine_and_leaves_the_background() -> None:
    coverage = np.zeros((SIZE, SIZE))
    coverage[:, :MIDDLE] = 1
    unlit = np.where(coverage[..., None] > 0, 0.8, BACKGROUND).repeat(3, axis=2)
    camera = look_at_camera(0.0, 0.0, DISTANCE, FOV)
    lit = light(unlit, coverage, ball(20_000), camera, AMBIENT, BACKGROUND) / 255
    assert np.abs(lit[:, MIDDLE:] - BACKGROUND).max() < 0.003
    # A ray of the left half meets the ball, DISTANCE from the camera, at this cosine.
    column = MIDDLE - 40
    aside = 40 / SIZE * HEIGHT / DISTANCE  # tangent of the ray's angle
    sine = DISTANCE * aside / np.hypot(1, aside) / RADIUS
    expected = 0.8 * (AMBIENT + (1 - AMBIENT) * np.sqrt(1 - sine**2))
    assert lit[MIDDLE, column] == pytest.approx(expected, abs=0.01)
    assert lit[MIDDLE, MIDDLE - 1] == pytest.approx(0.8, abs=0.01)


def test_shading_hardly_depends_on_how_many_points_it_is_made_from() -> None:
    renderer = UnlitRenderer(RedInFront())
    camera = look_at_camera(0.3, 0.1, DISTANCE, FOV)
    every = draw_lit(renderer, camera, SIZE, AMBIENT, BACKGROUND).astype(int)
    some = draw_lit(renderer, camera, SIZE, AMBIENT, BACKGROUND, points=2000).astype(int)
    inner = slice(MIDDLE - 45, MIDDLE + 45)
    assert np.abs(every - some)[inner, inner].max() < 8
