"""Whether what was found on a mesh is a face: several kinds of evidence, any of which refuses.

docs/rig.md has the figures of true heads and of other meshes by which the bounds were chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .face_fit import FaceModel, FaceTarget, likeness
from .head_pose import pointed_vertices
from .head_topology import HeadTopology
from .landmarks import landmark_vertices, read_landmarks
from .mesh_math import Ints, flipped, vertex_normals
from .target_mesh import PointCloud

Wide = NDArray[np.float64]

LEAST_LIKENESS, SURE_LIKENESS = (
    0.15,
    0.3,
)  # between them landmarks have to be close: noise hides creases
MOST_LANDMARK_ERROR_M, CLOSE_LANDMARKS_M = 0.0075, 0.005
LEAST_COVERED = 0.55
MOST_ABOVE_M = 0.2
MOST_FLIPPED = 30
MOST_BESIDE_M = 0.025  # of the landmarks that the user pointed at, on average
_NEAR_M, _FACING = 0.004, 0.5  # of the mesh to the face: what is covered


class FailedCheck(NamedTuple):
    reason: str  # in words for the user
    figure: str  # for the log


@dataclass(frozen=True)
class FaceEvidence:
    """How a fitted shape and the mesh agree, in metres of the topology's frame."""

    likeness: float  # of the face's creases and bulges to those of the mesh: a correlation
    landmark_error_m: (
        float  # mean distance of the face's landmarks from where a network reads them off the mesh
    )
    covered: float  # share of the face's vertices that lie on the mesh
    above_m: float  # how far the mesh reaches above the crown

    def failed_checks(self) -> tuple[FailedCheck, ...]:
        """What speaks against it."""
        least = LEAST_LIKENESS if self.landmark_error_m < CLOSE_LANDMARKS_M else SURE_LIKENESS
        checks = (
            (
                self.likeness < least,
                FailedCheck("it has no eyes, nose and mouth", f"likeness {self.likeness:.2f}"),
            ),
            (
                self.landmark_error_m > MOST_LANDMARK_ERROR_M,
                FailedCheck(
                    "eyes, nose and mouth lie elsewhere than on a face",
                    f"landmarks {1000 * self.landmark_error_m:.1f} mm off",
                ),
            ),
            (
                self.covered < LEAST_COVERED,
                FailedCheck(
                    "parts of the face are missing", f"{self.covered:.2f} of the face covered"
                ),
            ),
            (
                self.above_m > MOST_ABOVE_M,
                FailedCheck(
                    "the mesh goes on above the head", f"{self.above_m:.2f} m above the crown"
                ),
            ),
        )
        return tuple(check for has_failed, check in checks if has_failed)

    def better(self, other: FaceEvidence) -> FaceEvidence:
        """Of two shapes on one mesh the better figure of each kind."""
        return FaceEvidence(
            max(self.likeness, other.likeness),
            min(self.landmark_error_m, other.landmark_error_m),
            max(self.covered, other.covered),
            min(self.above_m, other.above_m),
        )


def weigh_face(
    topology: HeadTopology,
    triangles: Ints,
    mesh: PointCloud,
    top: float,
    target: FaceTarget,
    current: Wide,
) -> FaceEvidence:
    """What speaks for the face of a shape [V,3] on a mesh, all in the topology's frame.

    Args:
        mesh: its points around the head.
        top: the height of its highest point.
    """
    marks = landmark_vertices(topology)
    error = np.linalg.norm(read_landmarks(topology, mesh) - current[marks], axis=1).mean()
    face = FaceModel(topology, triangles).vertices
    away, near = cKDTree(target.cloud.points).query(current[face])
    normals = vertex_normals(current, triangles)[face]
    facing = (target.cloud.normals[near] * normals).sum(axis=1)
    crown = current[topology.is_outer_skin, 1].max()
    return FaceEvidence(
        likeness(topology, triangles, target, current),
        float(error),
        float(((away < _NEAR_M) & (facing > _FACING)).mean()),
        float(top - crown),
    )


def check_bent(
    topology: HeadTopology, vertices: NDArray[np.float32], clicks: Wide | None
) -> tuple[FailedCheck, ...]:
    """What speaks against a head [V,3] that was bent onto a mesh.

    Args:
        clicks: [5,3] where the user pointed at its landmarks, in the topology's frame.
    """
    failed = []
    skin = topology.part_triangles("skin")
    turned = int(flipped(topology.vertices, vertices, skin).sum())
    if turned > MOST_FLIPPED:
        failed.append(
            FailedCheck("the skin would have to turn over", f"{turned} faces turned over")
        )
    if clicks is not None:
        away = np.linalg.norm(vertices[pointed_vertices(topology)] - clicks, axis=1).mean()
        if away > MOST_BESIDE_M:
            found = f"{1000 * away:.0f} mm beside the landmarks"
            failed.append(FailedCheck(f"the nearest face lies {found}", found))
    return tuple(failed)
