"""Faces are found from any side, at any size."""

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.bench.rig_truths import random_placement
from backend.rig.face_search import find_faces
from backend.rig.head_topology import HeadTopology
from backend.rig.target_mesh import sample_surface


@pytest.mark.parametrize("seed", [4, 5])
def test_a_turned_head_is_found(
    topology: HeadTopology, true_heads: NDArray[np.float32], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    put = random_placement(rng)
    triangles = topology.part_triangles("skin")
    cloud = sample_surface(put.apply(true_heads[seed].astype(float)), triangles, 30_000, rng).seen()
    (found,) = find_faces(topology, cloud, 1)
    turn = found.pose.rotation.T @ put.rotation
    assert np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))) < 8.0
    assert found.pose.scale == pytest.approx(put.scale, rel=0.35)


def test_guesses_differ_from_each_other(topology: HeadTopology) -> None:
    rng = np.random.default_rng(0)
    cloud = sample_surface(topology.vertices, topology.part_triangles("skin"), 30_000, rng).seen()
    guesses = find_faces(topology, cloud, 3)
    assert [guess.score for guess in guesses] == sorted(guess.score for guess in guesses)
    for index, guess in enumerate(guesses):
        assert all(guess.pose.angle_to(other.pose) > 0.2 for other in guesses[:index])
