"""Poses are found from any side, at any scale."""

import numpy as np
import pytest

from backend.bench.rig_truths import random_placement
from backend.rig.head_template import HeadTemplate
from backend.rig.mesh_fit import _seen_triangles
from backend.rig.pose import find_poses, fit_similarity
from backend.rig.target_mesh import sample_surface


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


@pytest.mark.parametrize("seed", [4])
def test_a_turned_head_is_found(template: HeadTemplate, true_heads: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    triangles = template.triangles[_seen_triangles(template)]
    put = random_placement(rng)
    model = sample_surface(template.vertices, triangles, 4000, rng)
    target = sample_surface(put.apply(true_heads[seed]), triangles, 3000, rng)
    turns = [pose.rotation.T @ put.rotation for pose in find_poses(model, target, 4)]
    angles = [np.degrees(np.arccos(np.clip((np.trace(t) - 1) / 2, -1, 1))) for t in turns]
    assert min(angles) < 8.0
