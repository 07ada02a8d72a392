"""The template's own shapes hold; empty, exchanged and misplaced ones do not."""

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.bench.rig_shapes import ShapeScore, score_shapes
from backend.rig.head_template import Floats, HeadTemplate, load_template
from backend.rig.shape_transfer import transfer_shapes
from backend.wire.rig_names import (
    ARKIT_SHAPES,
)


@pytest.fixture(scope="module")
def template() -> HeadTemplate:
    return load_template()


@pytest.fixture(scope="module")
def offsets(template: HeadTemplate) -> Floats:
    return transfer_shapes(template, template.vertices)


def holding(template: HeadTemplate, offsets: Floats) -> NDArray[np.float32]:
    """[52] which shapes are good."""
    wrong = score_shapes(template, template.vertices, offsets).wrong
    return np.array([name not in wrong for name in ARKIT_SHAPES])


def test_all_shapes_of_the_template_hold(template: HeadTemplate, offsets: Floats) -> None:
    assert holding(template, offsets).all()


def test_no_empty_shape_holds(template: HeadTemplate, offsets: Floats) -> None:
    assert not holding(template, np.zeros_like(offsets)).any()


def test_no_shape_of_the_other_side_holds(template: HeadTemplate, offsets: Floats) -> None:
    def twin(name: str) -> str:
        if name.endswith("Left"):
            return name.removesuffix("Left") + "Right"
        return name.removesuffix("Right") + "Left" if name.endswith("Right") else name

    exchanged = offsets[[ARKIT_SHAPES.index(twin(name)) for name in ARKIT_SHAPES]]
    hold = holding(template, exchanged)
    assert not hold[[name.endswith(("Left", "Right")) for name in ARKIT_SHAPES]].any()


def test_half_a_jaw_is_not_open(template: HeadTemplate, offsets: Floats) -> None:
    hold = holding(template, 0.3 * offsets)
    assert not hold[ARKIT_SHAPES.index("jawOpen")]
    assert not hold[ARKIT_SHAPES.index("eyeLookInLeft")]


def test_brows_in_place_of_cheeks_do_not_hold(template: HeadTemplate, offsets: Floats) -> None:
    moved = offsets.copy()
    moved[ARKIT_SHAPES.index("cheekPuff")] = offsets[ARKIT_SHAPES.index("browInnerUp")]
    hold = holding(template, moved)
    assert not hold[ARKIT_SHAPES.index("cheekPuff")]


def test_open_eyes_leave_a_gap(template: HeadTemplate, offsets: Floats) -> None:
    gaps = [
        score_shapes(template, template.vertices, moves).blink_gap_mm
        for moves in (offsets, np.zeros_like(offsets))
    ]
    assert gaps[0] < 0.5 and gaps[1] > 4.0


def test_the_worse_of_two_heads_has_the_faults_of_both() -> None:
    first, second = ShapeScore(51, 0.2, ("jawOpen",)), ShapeScore(50, 0.1, ("jawOpen", "tongueOut"))
    assert ShapeScore.worse(first, second) == ShapeScore(50, 0.2, ("jawOpen", "tongueOut"))
