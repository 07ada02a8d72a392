"""Heads of morph space come back from meshes of them, wherever those are; what is seen, and which pairs count."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from backend.errors import JobCancelledError
from backend.rig.head_topology import PART_LABELS, Floats, HeadTopology
from backend.rig.morph_space import shape_of
from backend.rig.pose import Similarity
from backend.rig.shape_fit import Shaped, aligned, fit_shapes, seen_triangles, trust
from backend.rig.target_mesh import PointCloud, sample_surface

Wide = NDArray[np.float64]

HERE = Similarity(1.0, np.eye(3), np.zeros(3))
PLACE = Similarity(
    100.0, Rotation.from_euler("xyz", [0.6, 2.5, -1.0]).as_matrix(), np.array([5.0, -3, 7])
)
# A first guess that is off by 6 degrees, 4 mm and 4 %.
ROUGH = Similarity(1.04, Rotation.from_euler("xy", [0.08, 0.06]).as_matrix(), np.array([0.003, 0.002, -0.002]))  # fmt: skip


def test_pairs_lose_trust_with_distance_and_count_for_nothing_if_they_face_elsewhere() -> None:
    facing = np.array([1.0, 0.31, 1.0, 1.0, 0.29, -1.0])
    away = np.array([0.0, 0.0, 0.003, 0.03, 0.0, 0.0])
    found = trust(facing, away, 0.001)
    assert found == pytest.approx([1.0, 1.0, 0.25, 1 / 101**2, 0.0, 0.0], abs=1e-8)
    assert (found > 0.0).all()  # a fit to nothing must still be solvable
    far = np.array([0.0, 0.0, 0.015, 0.15, 0.0, 0.0])
    assert trust(facing, far, 0.005) == pytest.approx(found)


def test_a_perfect_fit_does_not_make_every_other_pair_worthless() -> None:
    assert trust(np.ones(1), np.array([1e-4]), 0.0)[0] == pytest.approx((1 / (1 + 1 / 9)) ** 2)


def test_what_is_seen_is_outer_skin_and_the_eyes_fronts(topology: HeadTopology) -> None:
    seen = topology.triangles[seen_triangles(topology)]
    outer = topology.is_outer_skin[seen].all(axis=1)
    assert outer.sum() == topology.is_outer_skin[topology.triangles].all(axis=1).sum()
    for ball in topology.eyes:
        middle = topology.vertices[ball].mean(axis=0)
        front = np.isin(seen, ball).all(axis=1)
        assert 0 < front.sum() < 0.5 * np.isin(topology.triangles, ball).all(axis=1).sum()
        assert (topology.vertices[seen[front], 2] > middle[2]).all()
    inside = [
        PART_LABELS.index(name) for name in PART_LABELS if "mouth" in name or "socket" in name
    ]
    assert not np.isin(topology.labels[seen[outer]], inside).any()


def test_it_is_seen_alike_on_both_sides(topology: HeadTopology) -> None:
    seen = np.unique(topology.triangles[seen_triangles(topology)])
    assert np.array_equal(np.unique(topology.mirror[seen]), seen)


def test_aligning_takes_a_pose_back(topology: HeadTopology) -> None:
    cloud = sample_surface(topology.vertices, topology.triangles, 500, np.random.default_rng(0))
    placed = PointCloud(PLACE.apply(cloud.points), PLACE.turn(cloud.normals))
    back = aligned(placed, PLACE)
    assert back.points == pytest.approx(cloud.points, abs=1e-12)
    assert back.normals == pytest.approx(cloud.normals, abs=1e-12)


def kit_head(topology: HeadTopology) -> Floats:
    """A head of morph space, none of whose coefficients is out of the ordinary."""
    coefficients = np.random.default_rng(6).standard_normal(len(topology.morphs))
    return shape_of(topology, 0.7 * coefficients)


def cloud_of(topology: HeadTopology, vertices: Floats, place: Similarity) -> PointCloud:
    faces = topology.triangles[seen_triangles(topology)]
    points = vertices.astype(np.float64)
    return sample_surface(place.apply(points), faces, 20_000, np.random.default_rng(0))


@pytest.fixture(scope="module")
def shares() -> list[float]:
    """What the fit of `fitted` told of its progress."""
    return []


@pytest.fixture(scope="module")
def fitted(topology: HeadTopology, shares: list[float]) -> Shaped:
    cloud = cloud_of(topology, kit_head(topology), HERE)
    return fit_shapes(topology, cloud, ROUGH, shares.append)


def error_mm(topology: HeadTopology, shaped: Shaped, truth: Floats, place: Similarity) -> float:
    """Mean over the outer skin, as if the head had its true size."""
    found = place.inverse().apply(shaped.pose.apply(shaped.vertices.astype(np.float64)))
    away = np.linalg.norm(found - truth, axis=1)[topology.is_outer_skin]
    return float(1000 * away.mean())


def test_a_head_of_morph_space_is_found_to_a_millimetre(
    topology: HeadTopology, fitted: Shaped
) -> None:
    truth = kit_head(topology)
    assert error_mm(topology, fitted, truth, HERE) < 1.0
    before = Shaped(topology.vertices, ROUGH)
    assert error_mm(topology, before, truth, HERE) > 4.0


def test_its_progress_is_told_in_even_steps(fitted: Shaped, shares: list[float]) -> None:
    assert shares == pytest.approx(np.arange(len(shares)) / len(shares))
    assert len(shares) > 10


def test_the_fit_goes_with_the_mesh_wherever_it_is(topology: HeadTopology, fitted: Shaped) -> None:
    """Turned, shifted, in centimetres, and from the same guess relative to it."""
    truth = kit_head(topology)
    cloud = cloud_of(topology, truth, PLACE)
    placed = fit_shapes(topology, cloud, PLACE.after(ROUGH), lambda share: None)
    assert placed.pose.scale == pytest.approx(100 * fitted.pose.scale, rel=1e-3)
    assert placed.pose.angle_to(PLACE.after(fitted.pose)) < 2e-3
    assert 1000 * np.abs(placed.vertices - fitted.vertices).max() < 0.3


def test_a_fit_is_cancelled_by_an_exception(topology: HeadTopology) -> None:
    def cancel(share: float) -> None:
        raise JobCancelledError

    with pytest.raises(JobCancelledError):
        fit_shapes(topology, cloud_of(topology, topology.vertices, HERE), HERE, cancel)
