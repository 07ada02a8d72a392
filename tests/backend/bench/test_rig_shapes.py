"""The topology's own shapes hold; empty, exchanged and misplaced ones do not."""

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.bench.rig_shapes import ShapeScore, score_shapes
from backend.rig.head_topology import Floats, HeadTopology, load_topology
from backend.rig.shape_transfer import transfer_shapes
from backend.wire.rig_names import (
    ARKIT_SHAPES,
)


@pytest.fixture(scope="module")
def topology() -> HeadTopology:
    return load_topology()


@pytest.fixture(scope="module")
def offsets(topology: HeadTopology) -> Floats:
    return transfer_shapes(topology, topology.vertices)


def holding(topology: HeadTopology, offsets: Floats) -> NDArray[np.float32]:
    """[52] which shapes are good."""
    wrong = score_shapes(topology, topology.vertices, offsets).wrong
    return np.array([name not in wrong for name in ARKIT_SHAPES])


def test_all_shapes_of_the_topology_hold(topology: HeadTopology, offsets: Floats) -> None:
    assert holding(topology, offsets).all()


def test_no_empty_shape_holds(topology: HeadTopology, offsets: Floats) -> None:
    assert not holding(topology, np.zeros_like(offsets)).any()


def test_no_shape_of_the_other_side_holds(topology: HeadTopology, offsets: Floats) -> None:
    def twin(name: str) -> str:
        if name.endswith("Left"):
            return name.removesuffix("Left") + "Right"
        return name.removesuffix("Right") + "Left" if name.endswith("Right") else name

    exchanged = offsets[[ARKIT_SHAPES.index(twin(name)) for name in ARKIT_SHAPES]]
    hold = holding(topology, exchanged)
    assert not hold[[name.endswith(("Left", "Right")) for name in ARKIT_SHAPES]].any()


def test_half_a_jaw_is_not_open(topology: HeadTopology, offsets: Floats) -> None:
    hold = holding(topology, 0.3 * offsets)
    assert not hold[ARKIT_SHAPES.index("jawOpen")]
    assert not hold[ARKIT_SHAPES.index("eyeLookInLeft")]


def test_brows_in_place_of_cheeks_do_not_hold(topology: HeadTopology, offsets: Floats) -> None:
    moved = offsets.copy()
    moved[ARKIT_SHAPES.index("cheekPuff")] = offsets[ARKIT_SHAPES.index("browInnerUp")]
    hold = holding(topology, moved)
    assert not hold[ARKIT_SHAPES.index("cheekPuff")]


def test_open_eyes_leave_a_gap(topology: HeadTopology, offsets: Floats) -> None:
    gaps = [
        score_shapes(topology, topology.vertices, moves).blink_gap_mm
        for moves in (offsets, np.zeros_like(offsets))
    ]
    assert gaps[0] < 0.5 and gaps[1] > 4.0


def test_the_worse_of_two_heads_has_the_faults_of_both() -> None:
    first, second = ShapeScore(51, 0.2, ("jawOpen",)), ShapeScore(50, 0.1, ("jawOpen", "tongueOut"))
    assert ShapeScore.worse(first, second) == ShapeScore(50, 0.2, ("jawOpen", "tongueOut"))
