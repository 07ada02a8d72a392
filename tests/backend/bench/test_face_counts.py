"""Heads are seen lit, from ahead and from behind, whether a field or the kit drew them, and faces are counted."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor

from backend.bench.face_counts import (
    FaceCounts,
    FrontAndBack,
    count_faces,
    frozen_views,
    grown_views,
    light,
)
from backend.training.frozen_heads import (
    GREY,
    VIEW_SIZE,
    FrozenHead,
    SurfacePoints,
    frozen_cameras,
)

RADIUS = 0.3
MIDDLE = VIEW_SIZE // 2
RED, WHITE = [255, 0, 0], [255, 255, 255]


class RedInFront:
    """A white ball whose front is red."""

    box_half = 0.5

    def sigma(self, points: Tensor) -> Tensor:
        return RADIUS - points.norm(dim=1)

    def rgb(self, points: Tensor) -> Tensor:
        is_behind = (points[:, 2:] <= 0).float()
        return torch.cat([torch.ones_like(is_behind), is_behind, is_behind], dim=1)

    def labels(self, points: Tensor) -> Tensor:
        return torch.zeros(len(points), 2)


def ball(count: int = 6000) -> SurfacePoints:
    normals = np.random.default_rng(1).standard_normal((count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return SurfacePoints((RADIUS * normals).astype(np.float32), normals.astype(np.float32))


def frozen_ball() -> FrozenHead:
    """The same white ball with a red front as a frozen head, seen by the first and the last camera."""
    rows, columns = np.mgrid[:VIEW_SIZE, :VIEW_SIZE] - MIDDLE
    inside = np.hypot(rows, columns) < 0.3 / 0.98 * VIEW_SIZE
    views = np.full((8, VIEW_SIZE, VIEW_SIZE, 3), 128, np.uint8)
    views[:, inside] = WHITE
    views[0][inside] = RED
    return FrozenHead(
        z=np.zeros(3, np.float32),
        male=0,
        age_years=30,
        skin_tone=0,
        views=views,
        coverage=np.broadcast_to(inside * np.uint8(255), (8, VIEW_SIZE, VIEW_SIZE)),
        labels=np.zeros((8, VIEW_SIZE, VIEW_SIZE), np.uint8),
        surface=ball(),
        skin=np.zeros((4, 4, 3), np.uint8),
    )


@pytest.mark.parametrize(
    "views", [grown_views(RedInFront()), frozen_views(frozen_ball())], ids=["grown", "frozen"]
)
def test_a_head_is_seen_from_ahead_and_from_behind(views: FrontAndBack) -> None:
    assert views.front.shape == views.back.shape == (VIEW_SIZE, VIEW_SIZE, 3)
    assert np.abs(views.front[MIDDLE, MIDDLE].astype(int) - RED).max() < 3
    assert np.abs(views.back[MIDDLE, MIDDLE].astype(int) - WHITE).max() < 3


def test_the_kit_and_the_generator_are_lit_alike() -> None:
    grown, frozen = grown_views(RedInFront()), frozen_views(frozen_ball())
    row = [view.front[MIDDLE, MIDDLE : MIDDLE + 70, 0].astype(int) for view in (grown, frozen)]
    assert np.abs(row[0] - row[1]).max() < 12


def test_light_falls_off_with_the_cosine_and_leaves_the_background() -> None:
    coverage = np.zeros((VIEW_SIZE, VIEW_SIZE))
    coverage[:, :MIDDLE] = 1
    unlit = np.where(coverage[..., None] > 0, 0.8, GREY).repeat(3, axis=2)
    camera = frozen_cameras()[0]
    lit = light(unlit, coverage, ball(20_000), camera) / 255
    assert np.abs(lit[:, MIDDLE:] - GREY).max() < 0.003
    # A ray of the left half meets the ball, 2.7 from the camera, at this cosine.
    column = MIDDLE - 40
    aside = 40 / VIEW_SIZE * 0.98 / 2.7  # tangent of the ray's angle
    sine = 2.7 * aside / np.hypot(1, aside) / RADIUS
    expected = 0.8 * (0.4 + 0.6 * np.sqrt(1 - sine**2))
    assert lit[MIDDLE, column] == pytest.approx(expected, abs=0.01)
    assert lit[MIDDLE, MIDDLE - 1] == pytest.approx(0.8, abs=0.01)


def test_faces_are_counted_in_front_and_behind() -> None:
    class SeesRed:
        def finds_face(self, picture: np.ndarray) -> bool:
            return bool((picture == RED).all())

    red, white = (np.full((4, 4, 3), color, np.uint8) for color in (RED, WHITE))
    head = FrontAndBack(red, white)
    heads = [head, dataclasses.replace(head, back=red), FrontAndBack(white, white)]
    assert count_faces(SeesRed(), heads) == FaceCounts(2, 1)
