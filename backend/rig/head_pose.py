"""Where the head is in a user's mesh: by its landmarks, or searched for; and what of the mesh lies around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..surface.grid import OnProgress
from ..surface.progress import spans
from .face_search import find_faces
from .head_topology import HeadTopology
from .mesh_math import Anywhere, Ints
from .pose import Similarity, fit_similarity
from .target_mesh import PointCloud, no_head_error, sample_surface

_FIT_POINTS = 60_000
_SEED = 7
_MIDDLE_M, _CHIN_M = 0.004, 0.025  # beside the middle, and below the mouth
_BESIDE_M, _BELOW_M = 0.15, 0.03  # of the mean head: hair reaches so far, and shoulders begin
_MOST = 0.98  # of a mesh: then all of it is taken
_FEWEST_FACES = 100
_SEEN_S, _FOUND_S = 0.3, 10.5  # that seeing the points and finding the face take


@dataclass(frozen=True)
class UserMesh:
    """What the user gave."""

    vertices: Anywhere  # [V,3]
    faces: Ints  # [F,3]
    landmarks: Anywhere | None  # [5,3]


def search_seconds(landmarks: Anywhere | None) -> float:
    """How long finding the head takes."""
    return _SEEN_S + (_FOUND_S if landmarks is None else 0.0)


def find_head(
    topology: HeadTopology, mesh: UserMesh, on_progress: OnProgress
) -> tuple[PointCloud, Similarity]:
    """Points of the mesh, and roughly where the head is among them."""
    is_searched = mesh.landmarks is None
    seeing, finding = spans(on_progress, (_SEEN_S, _FOUND_S if is_searched else 0.0))
    seeing(0.0)
    rng = np.random.default_rng(_SEED)
    cloud = sample_surface(mesh.vertices, mesh.faces, _FIT_POINTS, rng).seen()
    if not len(cloud.points):
        raise no_head_error("no point of it is seen from any side")
    if mesh.landmarks is None:
        return cloud, find_faces(topology, cloud, 1, finding)[0].pose
    places = topology.vertices[pointed_vertices(topology)].astype(np.float64)
    landmarks = np.asarray(mesh.landmarks, np.float64)
    return cloud, fit_similarity(places, landmarks, np.ones(len(places)))


def around_head(
    topology: HeadTopology, mesh: UserMesh, cloud: PointCloud, pose: Similarity
) -> PointCloud:
    """Points of the mesh near a head in that pose: shoulders and bodies would pull its pose away.

    Args:
        cloud: points of the whole mesh; they are taken if nearly all of them lie there.
    """
    outer = topology.vertices[topology.is_outer_skin].astype(np.float64)
    low, high = outer.min(axis=0) - _BESIDE_M, outer.max(axis=0) + _BESIDE_M
    low[1] = outer[:, 1].min() - _BELOW_M
    back = pose.inverse()
    place = back.apply(cloud.points)
    if ((place > low) & (place < high)).all(axis=1).mean() > _MOST:
        return cloud
    middles = back.apply(np.asarray(mesh.vertices, np.float64)[mesh.faces].mean(axis=1))
    near = mesh.faces[((middles > low) & (middles < high)).all(axis=1)]
    if len(near) < _FEWEST_FACES:
        return cloud
    return sample_surface(mesh.vertices, near, _FIT_POINTS, np.random.default_rng(_SEED)).seen()


def pointed_vertices(topology: HeadTopology) -> Ints:
    """[5] the topology's vertices at wire.rig_names.LANDMARKS."""
    place, outer = topology.vertices, topology.is_outer_skin
    eyes = [ball[place[ball, 2].argmax()] for ball in topology.eyes]
    middle = np.flatnonzero(outer & (np.abs(place[:, 0]) < _MIDDLE_M))
    nose = middle[place[middle, 2].argmax()]
    lip = topology.lip[np.abs(place[topology.lip, 0]) < _MIDDLE_M]
    mouth = lip[place[lip, 2].argmax()]
    below = middle[place[middle, 1] < place[mouth, 1] - _CHIN_M]
    chin = below[place[below, 2].argmax()]
    return np.array([*eyes, nose, mouth, chin])
