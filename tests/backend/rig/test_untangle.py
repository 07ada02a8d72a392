"""Skin that crosses itself is smoothed until it does not; other skin stays."""

import numpy as np

from backend.rig.crossings import crossing_pairs
from backend.rig.head_topology import Floats, HeadTopology
from backend.rig.untangle import turned_quads, untangle


def test_heads_whose_lips_press_through_each_other_come_apart(
    topology: HeadTopology, true_heads: Floats
) -> None:
    skin = topology.part_triangles("skin")
    for truth in true_heads[[5, 15]]:
        assert len(crossing_pairs(truth, skin)) > 20
        smooth = untangle(topology, truth)
        assert not len(crossing_pairs(smooth, skin))
        away = np.linalg.norm(smooth - truth, axis=1)
        assert away.max() < 0.003 and (away > 0.0).mean() < 0.1


def test_a_sound_head_and_the_neck_s_ring_stay(topology: HeadTopology, true_heads: Floats) -> None:
    assert np.array_equal(untangle(topology, true_heads[0]), true_heads[0])
    ring = topology.neck_ring
    assert np.array_equal(untangle(topology, true_heads[5])[ring], true_heads[5][ring])


def test_a_quad_against_its_neighbours_is_turned(topology: HeadTopology) -> None:
    quad = topology.quads[np.flatnonzero(topology.face_materials == 0)[500]]
    moved = topology.vertices.copy()
    moved[quad] = moved[quad[[2, 3, 0, 1]]]
    before, after = (turned_quads(topology, v) for v in (topology.vertices, moved))
    assert after.sum() > before.sum()
    assert turned_quads(topology, untangle(topology, moved)).sum() <= before.sum()
