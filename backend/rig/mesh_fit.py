"""Any head mesh onto the topology: pose, then the kit's shapes, then free bending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..surface.grid import OnProgress
from ..surface.progress import spans
from .face_evidence import FaceEvidence, FailedCheck, check_bent, weigh_face
from .face_fit import FaceModel, FaceTarget, fit_face
from .head_pose import UserMesh, around_head, find_head, search_seconds
from .head_topology import Floats, HeadTopology
from .mesh_math import Anywhere, Ints
from .pose import Similarity, fit_similarity
from .registration import Correspondence, Schedule, Target, follow, register
from .shape_fit import Shaped, aligned, fit_shapes, seen_triangles, trust
from .target_mesh import PointCloud, no_head_error
from .under_hair import fit_under_hair, has_hair, shows_skin
from .untangle import untangle

Wide = NDArray[np.float64]

_MARGIN_M = 0.006
_STIFFNESS = (30.0, 10.0, 5.0, 3.0)  # less lets the points' noise through
_RESIZED = 0.15  # of the face's size, logarithm: then its pose is taken anew
_AGAIN = 0.01  # share of the progress of looking again: few heads need it
# That the steps take: shape, the face closely (twice), bending.
_SHAPE_S, _LOOK_S, _FACE_S, _BEND_S = 0.7, 1.4, 1.8, 0.9
_HAIR_S = 2.0  # more, on heads with hair
_UNTANGLE_S = 0.2  # of bending

OnStep = Callable[[str], None]


@dataclass(frozen=True)
class MeshFit:
    """A wrapped head."""

    vertices: Floats  # [V,3] metres in the topology's frame
    pose: Similarity  # from the topology's frame to the mesh's
    evidence: FaceEvidence  # that what was found is a face
    is_shown: NDArray[np.bool_]  # [V] outer skin that the mesh shows: no hair lies over it


@dataclass(frozen=True)
class _FaceFit:
    """A shape laid onto the face of a mesh."""

    vertices: Wide  # [V,3] in the topology's frame
    pose: Similarity  # of that frame
    placed: PointCloud  # of the mesh around it, in that frame
    top: float  # of the whole mesh
    face: FaceTarget


def wrap_mesh(
    topology: HeadTopology,
    vertices: Anywhere,
    faces: Ints,
    landmarks: Anywhere | None = None,
    on_progress: OnProgress | None = None,
    on_step: OnStep | None = None,
) -> MeshFit:
    """Wrap the topology onto a mesh [V,3], [F,3] that faces outwards, in any frame and unit.

    Args:
        landmarks: [5,3] places of wire.rig_names.LANDMARKS on the mesh, if the user pointed at them.
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
        on_step: called with what begins, in words for the user.

    Raises HeadsmithError (NO_HEAD) for a mesh in which no face is found.
    """
    begin = on_step if on_step is not None else _ignore
    search_s = search_seconds(landmarks)
    searching, shaping, bending = spans(
        on_progress, (search_s, _SHAPE_S + _LOOK_S + _FACE_S + _HAIR_S, _BEND_S)
    )
    begin("Looking for the face")
    mesh = UserMesh(vertices, faces, landmarks)
    cloud, pose = find_head(topology, mesh, searching)
    begin("Fitting the shape")
    shape_step, closely_step, hair_step = spans(shaping, (_SHAPE_S, _LOOK_S + _FACE_S, _HAIR_S))
    near_head = around_head(topology, mesh, cloud, pose)
    shaped = fit_shapes(topology, near_head, pose, shape_step)
    fit = _fit_closely(topology, mesh, cloud, shaped, closely_step)
    triangles = topology.triangles[seen_triangles(topology)]

    def weigh(shape: Wide) -> FaceEvidence:
        return weigh_face(topology, triangles, fit.placed, fit.top, fit.face, shape)

    start = fit.vertices
    evidence = weigh(start)
    is_hairy = has_hair(topology, triangles, fit.placed, start)
    if is_hairy:
        start = fit_under_hair(topology, triangles, fit.placed, fit.face, start, hair_step)
        evidence = evidence.better(weigh(start))
    _refuse(evidence.failed_checks(), landmarks)
    begin("Bending the skin")
    bent, is_shown = _bend_onto(topology, fit, start.astype(np.float32), is_hairy, bending)
    clicks = None if landmarks is None else fit.pose.inverse().apply(np.asarray(landmarks))
    _refuse(check_bent(topology, bent, clicks), landmarks)
    return MeshFit(bent, fit.pose, evidence, is_shown)


def _refuse(failed: tuple[FailedCheck, ...], landmarks: Anywhere | None) -> None:
    """Raises HeadsmithError if a check has failed."""
    if failed:
        figures = "; ".join(check.figure for check in failed)
        raise no_head_error(figures, failed[0].reason if landmarks is not None else "")


def _bend_onto(
    topology: HeadTopology, fit: _FaceFit, near: Floats, is_hairy: bool, on_progress: OnProgress
) -> tuple[Floats, NDArray[np.bool_]]:
    """A shape [V,3] bent onto the mesh where that shows skin, and which of the outer skin [V] that is."""
    close = PointCloud(
        np.concatenate([fit.placed.points, fit.face.cloud.points]),
        np.concatenate([fit.placed.normals, fit.face.cloud.normals]),
    )
    is_pulled, is_shown = _is_pulled(topology), topology.is_outer_skin.copy()
    if is_hairy:
        bare = shows_skin(topology, close, near)
        is_pulled &= bare
        is_shown[topology.part("skin")] &= bare
    return _bend(topology, near, cloud_target(close, is_pulled), on_progress), is_shown


def _bend(topology: HeadTopology, near: Floats, target: Target, on_progress: OnProgress) -> Floats:
    """Vertices [V,3] near the target, in the topology's frame, bent onto it."""
    bending, untangling = spans(on_progress, (_BEND_S - _UNTANGLE_S, _UNTANGLE_S))
    bent = register(topology, near, target, Schedule(_STIFFNESS), bending)
    bent = follow(near, bent, topology.is_outer_skin)
    for ball, lids in zip(topology.eyes, (topology.lid_left, topology.lid_right), strict=True):
        # Eyeballs stay balls: they move and grow with their lids.
        moved = fit_similarity(
            near[lids].astype(np.float64), bent[lids].astype(np.float64), np.ones(len(lids))
        )
        bent[ball] = moved.apply(near[ball].astype(np.float64))
    untangling(0.0)
    return untangle(topology, bent)


def _ignore(_step: str) -> None:
    """For callers that do not follow the steps."""


def _fit_closely(
    topology: HeadTopology,
    mesh: UserMesh,
    cloud: PointCloud,
    shaped: Shaped,
    on_progress: OnProgress,
) -> _FaceFit:
    """The shape on the mesh's face; once more if it turns out to be of another size than its pose says.

    Shoulders may have pulled the pose away, and all that is measured in metres depends on it.
    """
    triangles = topology.triangles[seen_triangles(topology)]
    face_vertices = FaceModel(topology, triangles).vertices
    mean = topology.vertices[face_vertices].astype(np.float64)
    pose, start = shaped.pose, shaped.vertices.astype(np.float64)
    for last, step in zip((False, True), spans(on_progress, (1.0, _AGAIN)), strict=True):
        look_step, face_step = spans(step, (_LOOK_S, _FACE_S))
        placed = aligned(around_head(topology, mesh, cloud, pose), pose)
        face = FaceTarget(mesh.vertices, mesh.faces, pose, look_step)
        start = fit_face(topology, triangles, placed, face, start, on_progress=face_step)
        resized = fit_similarity(start[face_vertices], mean, np.ones(len(mean)))
        if last or abs(np.log(resized.scale)) < _RESIZED:
            break
        pose, start = pose.after(resized.inverse()), resized.apply(start)
    top = float(pose.inverse().apply(cloud.points)[:, 1].max())
    return _FaceFit(start, pose, placed, top, face)


def _is_pulled(topology: HeadTopology) -> NDArray[np.bool_]:
    """[S] of the skin's vertices: those near the margins of lids and lips follow the rest, as two sheets lie there
    so close together that the nearest point may be the other's."""
    skin = topology.vertices[topology.part("skin")]
    loops = np.concatenate([topology.lid_left, topology.lid_right, topology.lip])
    return np.asarray(cKDTree(topology.vertices[loops]).query(skin)[0] > _MARGIN_M)


def cloud_target(cloud: PointCloud, is_pulled: NDArray[np.bool_]) -> Target:
    """Towards the nearest point that faces the same way, unless that is far; in the topology's frame."""

    def correspond(points: Wide, normals: Wide) -> Correspondence:
        near = cloud.nearest(points, normals)
        aim_normals = cloud.normals[near]
        # Onto the plane of the point that was found: the points lie a millimetre apart.
        gap = ((cloud.points[near] - points) * aim_normals).sum(axis=1)
        facing = (aim_normals * normals).sum(axis=1)
        away = np.abs(gap)
        weights = trust(facing, away, float(np.median(away))) * is_pulled
        return Correspondence(points + gap[:, None] * aim_normals, weights)

    return correspond
