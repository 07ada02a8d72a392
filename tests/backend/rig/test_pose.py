"""Similarities move points and come back from them."""

import numpy as np
import pytest

from backend.bench.rig_truths import random_placement
from backend.rig.pose import Similarity, fit_similarity


@pytest.mark.parametrize("seed", [0, 1])
def test_similarities_come_back_from_points(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, truth = rng.standard_normal((20, 3)), random_placement(rng)
    found = fit_similarity(points, truth.apply(points), rng.uniform(0.1, 1, 20))
    assert found.scale == pytest.approx(truth.scale)
    assert np.allclose(found.rotation, truth.rotation)
    assert np.allclose(found.inverse().apply(truth.apply(points)), points)


def test_no_similarity_mirrors() -> None:
    points = np.random.default_rng(0).standard_normal((20, 3))
    found = fit_similarity(points, points * [-1, 1, 1], np.ones(20))
    assert np.linalg.det(found.rotation) == pytest.approx(1.0)


def test_the_angle_between_two_poses_is_that_of_their_rotations() -> None:
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    first, second = (Similarity(3.0, r, np.zeros(3)) for r in (np.eye(3), turn))
    assert first.angle_to(second) == pytest.approx(np.pi / 2)
