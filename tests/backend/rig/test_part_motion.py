"""A beard moves with the skin below it."""

from __future__ import annotations

import numpy as np
import pytest

from backend.rig.head_topology import load_topology
from backend.rig.part_motion import follow_skin
from backend.rig.rig_head import RigHead
from backend.wire.rig_names import (
    ARKIT_SHAPES,
    BONES,
)


def head() -> RigHead:
    topology = load_topology()
    centers = np.stack([topology.vertices[ball].mean(axis=0) for ball in topology.eyes])
    return RigHead(
        topology,
        topology.vertices,
        topology.shape_offsets,
        centers,
        np.array([0.014, 0.014], np.float32),
    )


def test_a_point_on_the_chin_opens_with_the_jaw() -> None:
    topology, jaw = load_topology(), ARKIT_SHAPES.index("jawOpen")
    chin = int(np.linalg.norm(topology.shape_offsets[jaw], axis=1).argmax())
    point = topology.vertices[chin] + np.array([0, 0, 0.004], np.float32)
    motion = follow_skin(head(), point[None])
    wanted = topology.shape_offsets[jaw, chin]
    assert motion.shape_offsets[jaw, 0] == pytest.approx(
        wanted, abs=0.25 * float(np.linalg.norm(wanted))
    )
    assert motion.bone_weights[0, BONES.index("jaw")] > 0.5


def test_a_point_on_the_crown_stays_with_the_head() -> None:
    topology = load_topology()
    crown = topology.vertices[topology.vertices[:, 1].argmax()] + np.array([0, 0.01, 0], np.float32)
    motion = follow_skin(head(), crown[None])
    assert np.abs(motion.shape_offsets).max() < 1e-5
    assert motion.bone_weights[0, BONES.index("head")] == pytest.approx(1.0, abs=1e-4)


def test_weights_sum_to_one() -> None:
    points = load_topology().vertices[::97] + np.float32(0.003)
    assert follow_skin(head(), points).bone_weights.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
