"""The topology that ships is whole: symmetric, unwrapped without overlap, with weights, loops and all shapes."""

import numpy as np
import pytest

from backend.rig.head_topology import HeadTopology
from backend.wire.rig_names import (
    ARKIT_SHAPES,
    MATERIALS,
)

from .uv_coverage import coverage


def test_mirror_is_an_involution(topology: HeadTopology) -> None:
    assert (topology.mirror[topology.mirror] == np.arange(len(topology.vertices))).all()


def test_mirrored_vertices_lie_opposite(topology: HeadTopology) -> None:
    skin = topology.part("skin")
    opposite = topology.vertices[topology.mirror[skin]] * [-1, 1, 1]
    assert np.abs(opposite - topology.vertices[skin]).max() < 0.002


def test_bone_weights_sum_to_one(topology: HeadTopology) -> None:
    assert (topology.bone_weights >= 0).all()
    assert topology.bone_weights.sum(axis=1) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("name", ["lid_left", "lid_right", "lip", "neck_ring"])
def test_loops_follow_edges(topology: HeadTopology, name: str) -> None:
    loop = getattr(topology, name)
    assert len(np.unique(loop)) == len(loop)
    joined = np.asarray(topology.adjacency[loop, np.roll(loop, -1)]).ravel()
    assert (joined == 1).all()


def test_the_neck_is_the_only_long_open_edge_of_the_skin(topology: HeadTopology) -> None:
    quads = topology.quads[topology.face_materials == MATERIALS.index("skin")]
    edges = np.sort(np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    found, counts = np.unique(edges, axis=0, return_counts=True)
    assert counts.max() == 2
    assert set(topology.neck_ring) <= set(found[counts == 1].ravel())


def test_joints_of_the_rest_head_lie_inside_it(topology: HeadTopology) -> None:
    heads, tails = topology.joints(topology.vertices)
    low, high = topology.vertices.min(axis=0) - 0.05, topology.vertices.max(axis=0) + 0.05
    for places in (heads, tails):
        assert ((places > low) & (places < high)).all()


def test_uvs_lie_in_the_unit_square(topology: HeadTopology) -> None:
    assert topology.corner_uvs.min() >= 0.0
    assert topology.corner_uvs.max() <= 1.0


def test_no_two_quads_share_a_place_in_the_texture(topology: HeadTopology) -> None:
    """But those of the backs of eyeballs, which nobody sees."""
    is_behind = topology.vertices[topology.triangles, 2].mean(axis=1) < -0.012
    is_behind &= np.repeat(topology.face_materials, 2) == MATERIALS.index("eyes")
    assert coverage(topology.triangle_uvs[~is_behind]).max() == 1


@pytest.mark.parametrize("index", range(len(ARKIT_SHAPES)), ids=ARKIT_SHAPES)
def test_every_shape_moves_something(topology: HeadTopology, index: int) -> None:
    assert np.linalg.norm(topology.shape_offsets[index], axis=1).max() > 0.001
