"""The skin bends onto a surface, what is unseen comes along, and folds are taken back."""

import numpy as np
from numpy.typing import NDArray

from backend.rig.crossings import crossing_pairs
from backend.rig.head_topology import HeadTopology
from backend.rig.mesh_math import flipped
from backend.rig.registration import Correspondence, Schedule, follow, register, without_folds

RADIUS = 0.12


def onto_sphere(points: NDArray[np.float64], normals: NDArray[np.float64]) -> Correspondence:
    away = np.linalg.norm(points, axis=1, keepdims=True)
    targets = RADIUS * points / away
    return Correspondence(targets, (np.abs(away[:, 0] - RADIUS) < 0.01).astype(float))


def test_skin_near_a_sphere_ends_on_it(topology: HeadTopology) -> None:
    bent = register(topology, topology.vertices, onto_sphere, Schedule((3.0, 0.3)))
    outer = topology.is_outer_skin
    before = np.abs(np.linalg.norm(topology.vertices[outer], axis=1) - RADIUS)
    after = np.abs(np.linalg.norm(bent[outer], axis=1) - RADIUS)
    near = before < 0.006
    assert near.sum() > 200
    assert np.median(after[near]) < 0.5 * np.median(before[near])


def test_no_face_turns_over(topology: HeadTopology) -> None:
    """The target asks for a crumpled skin."""
    rng = np.random.default_rng(0)

    def crumpled(points: NDArray[np.float64], normals: NDArray[np.float64]) -> Correspondence:
        return Correspondence(points + rng.normal(0, 0.004, points.shape), np.ones(len(points)))

    bent = register(topology, topology.vertices, crumpled, Schedule((0.1, 0.01)))
    assert not flipped(topology.vertices, bent, topology.part_triangles("skin")).any()


def test_moves_through_other_skin_are_taken_back(topology: HeadTopology) -> None:
    faces = topology.part_triangles("skin")
    start = topology.vertices.astype(np.float64)
    moved = start.copy()
    moved[topology.lip, 1] += 0.006 * np.sign(np.arange(len(topology.lip)) % 2 - 0.5)
    assert len(crossing_pairs(moved, faces)) > len(crossing_pairs(start, faces))
    kept = without_folds(start, moved, faces)
    assert len(crossing_pairs(kept, faces)) <= len(crossing_pairs(start, faces))


def test_what_is_not_known_follows_its_surroundings(topology: HeadTopology) -> None:
    is_skin = np.zeros(len(topology.vertices), np.bool_)
    is_skin[topology.part("skin")] = True
    shift = np.array([0.01, -0.02, 0.03], np.float32)
    after = np.where(is_skin[:, None], topology.vertices + shift, 0.0).astype(np.float32)
    followed = follow(topology.vertices, after, is_skin)
    assert np.allclose(followed, topology.vertices + shift, atol=1e-6)
