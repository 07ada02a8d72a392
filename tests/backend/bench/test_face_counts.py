"""Heads are seen lit, from ahead and from behind, whether a field or the kit drew them, and faces are counted."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.bench.face_counts import (
    FaceCounts,
    FrontAndBack,
    count_faces,
    frozen_views,
    grown_views,
)
from backend.training.truth.frozen_heads import VIEW_SIZE, FrozenHead
from tests.backend.bench.balls import RedInFront, ball

MIDDLE = VIEW_SIZE // 2
RED, WHITE = [255, 0, 0], [255, 255, 255]


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


def test_faces_are_counted_in_front_and_behind() -> None:
    class SeesRed:
        def finds_face(self, picture: NDArray[np.uint8]) -> bool:
            return bool((picture == RED).all())

    red, white = (np.full((4, 4, 3), color, np.uint8) for color in (RED, WHITE))
    head = FrontAndBack(red, white)
    heads = [head, dataclasses.replace(head, back=red), FrontAndBack(white, white)]
    assert count_faces(SeesRed(), heads) == FaceCounts(2, 1)
