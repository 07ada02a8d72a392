"""Shapes come back on the topology, grow with the head, turn with it, and keep eyes round."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.rig.head_topology import Floats, HeadTopology
from backend.rig.lids import nearest_on_line, split_lid
from backend.rig.shape_transfer import LEAST_LOOK, transfer_shapes
from backend.wire.rig_names import (
    ARKIT_SHAPES,
)

BLINKS = [ARKIT_SHAPES.index(name) for name in ("eyeBlinkLeft", "eyeBlinkRight")]
OTHERS = [index for index in range(len(ARKIT_SHAPES)) if index not in BLINKS]
TURN = Rotation.from_euler("xyz", [0.2, -0.4, 0.3]).as_matrix()


@pytest.fixture(scope="module")
def at_rest(topology: HeadTopology) -> Floats:
    return transfer_shapes(topology, topology.vertices)


def test_the_topologies_own_shapes_come_back_on_its_skin(
    topology: HeadTopology, at_rest: Floats
) -> None:
    skin = topology.part("skin")
    away = np.abs(at_rest[OTHERS][:, skin] - topology.shape_offsets[OTHERS][:, skin])
    assert away.max() < 2e-5


def test_a_larger_head_moves_farther(topology: HeadTopology, at_rest: Floats) -> None:
    large = transfer_shapes(topology, 1.5 * topology.vertices)
    assert np.abs(large[:, :] - 1.5 * at_rest).max() < 2e-5


def test_a_turned_head_moves_in_its_own_directions(topology: HeadTopology, at_rest: Floats) -> None:
    skin = topology.part("skin")
    turned = transfer_shapes(topology, (topology.vertices @ TURN.T).astype(np.float32))
    expected = at_rest[OTHERS][:, skin] @ TURN.T
    assert np.abs(turned[OTHERS][:, skin] - expected).max() < 5e-5


def test_looks_turn_eyes_far_enough_without_changing_their_size(
    topology: HeadTopology, true_heads: Floats
) -> None:
    offsets = transfer_shapes(topology, true_heads[3])
    ball = topology.eyes[0]
    before = true_heads[3][ball] - true_heads[3][ball].mean(axis=0)
    for name in ("eyeLookUpLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft"):
        after = before + offsets[ARKIT_SHAPES.index(name), ball]
        turn = Rotation.align_vectors(after - after.mean(axis=0), before)[0].magnitude()
        assert turn > LEAST_LOOK - 1e-3
        sizes = [np.linalg.norm(x - x.mean(axis=0), axis=1).mean() for x in (before, after)]
        assert sizes[1] == pytest.approx(sizes[0], rel=1e-3)


def test_lids_of_other_heads_meet(topology: HeadTopology, true_heads: Floats) -> None:
    vertices = true_heads[7]
    offsets = transfer_shapes(topology, vertices)
    for blink, loop in zip(BLINKS, (topology.lid_left, topology.lid_right), strict=True):
        upper, lower = split_lid(topology, loop)
        closed = (vertices + offsets[blink]).astype(np.float64)
        gap = np.linalg.norm(nearest_on_line(closed[upper], closed[lower]) - closed[upper], axis=1)
        assert gap.max() < 0.001
