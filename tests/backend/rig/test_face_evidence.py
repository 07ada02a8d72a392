"""Every kind of evidence refuses by itself what is no face, and true heads pass all of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.rig.face_evidence import FaceEvidence, check_bent, weigh_face
from backend.rig.face_fit import FaceTarget
from backend.rig.head_pose import pointed_vertices
from backend.rig.head_topology import HeadTopology
from backend.rig.pose import Similarity
from backend.rig.shape_fit import seen_triangles
from backend.rig.target_mesh import sample_surface

GOOD = FaceEvidence(likeness=0.4, landmark_error_m=0.002, covered=0.9, above_m=0.0)
STILL = Similarity(1.0, np.eye(3), np.zeros(3))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"likeness": 0.1}, "no eyes, nose and mouth"),
        ({"likeness": 0.25, "landmark_error_m": 0.006}, "no eyes, nose and mouth"),
        ({"landmark_error_m": 0.012}, "elsewhere than on a face"),
        ({"covered": 0.4}, "parts of the face are missing"),
        ({"above_m": 0.3}, "above the head"),
    ],
)
def test_each_kind_of_evidence_fails_a_check_of_its_own(
    change: dict[str, float], says: str
) -> None:
    assert GOOD.failed_checks() == ()
    (check,) = dataclasses.replace(GOOD, **change).failed_checks()
    assert says in check.reason


def test_noise_that_hides_creases_is_forgiven_where_landmarks_are_close() -> None:
    assert dataclasses.replace(GOOD, likeness=0.2).failed_checks() == ()


def test_of_two_shapes_the_better_figures_count() -> None:
    other = FaceEvidence(0.5, 0.004, 0.8, -0.01)
    assert GOOD.better(other) == FaceEvidence(0.5, 0.002, 0.9, -0.01)


def test_the_true_shape_of_a_head_fails_no_check(
    topology: HeadTopology, true_heads: NDArray[np.float32]
) -> None:
    """Of a head moved to where the topology stands; laid 40 mm lower, its face is not found."""
    triangles = topology.triangles[seen_triangles(topology)]
    head = true_heads[3].astype(np.float64)
    head -= (head - topology.vertices)[np.concatenate(topology.eyes)].mean(axis=0)
    cloud = sample_surface(head, triangles, 60_000, np.random.default_rng(0)).seen()
    target = FaceTarget(head, triangles, STILL)
    top = float(cloud.points[:, 1].max())
    assert weigh_face(topology, triangles, cloud, top, target, head).failed_checks() == ()
    lower = head - [0.0, 0.04, 0.0]
    assert len(weigh_face(topology, triangles, cloud, top, target, lower).failed_checks()) >= 2


def test_turned_faces_and_landmarks_elsewhere_fail(topology: HeadTopology) -> None:
    clicks = topology.vertices[pointed_vertices(topology)].astype(np.float64)
    assert check_bent(topology, topology.vertices, clicks) == ()
    assert check_bent(topology, topology.vertices, None) == ()
    (check,) = check_bent(topology, topology.vertices, clicks + np.array([0.0, 0.05, 0.0]))
    assert "50 mm beside the landmarks" in check.reason
    mirrored = topology.vertices * np.array([-1, 1, 1], np.float32)
    (check,) = check_bent(topology, mirrored, None)
    assert "turn over" in check.reason
