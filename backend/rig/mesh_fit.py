"""Any head mesh onto the template: pose, then the kit's shapes, then free bending."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .face_fit import FaceTarget, Pairs, fit_face, likeness
from .head_template import Floats, HeadTemplate
from .mesh_math import Anywhere, Ints, vertex_normals
from .morph_space import shape_of
from .pose import Similarity, find_poses, fit_similarity
from .registration import Correspondence, Schedule, Target, follow, register
from .target_mesh import PointCloud, no_head_error, sample_surface, usable_mesh

Wide = NDArray[np.float64]

_MODEL_POINTS, _POSE_POINTS, _FIT_POINTS = 4000, 3000, 60_000
_POSES = 4  # that are tried with the kit's shapes
_ROUNDS = (12, 20)  # while choosing, and for the chosen pose
_SEED = 7
LEAST_LIKENESS = 0.2  # heads have 0.35 and more, balls and boxes 0.05 and less
_LANDMARK_WEIGHT = 100.0  # against 1 of a point of the mesh
_STIFFNESS = (30.0, 10.0, 5.0, 3.0)  # less lets the points' noise through
_MIDDLE_M, _CHIN_M = 0.003, 0.025  # beside the middle; the chin below the mouth
_LOOSEST, _TIGHTEST = (
    0.02,
    0.0012,
)  # metres: the misfit that weighs as much as one standard deviation
_FAR = 3.0  # times the median misfit: little trust
_FACING = 0.3  # cosine


@dataclass(frozen=True)
class MeshFit:
    """A wrapped head."""

    vertices: Floats  # [V,3] metres in the template's frame
    pose: Similarity  # from the template's frame to the mesh's
    likeness: float  # of the face's creases to those of the mesh, a correlation


@dataclass(frozen=True)
class _Shaped:
    """A head of morph space and its pose, not yet looked at closely."""

    vertices: Floats
    pose: Similarity
    misfit: float  # metres, median of the skin's distances


def wrap_mesh(
    template: HeadTemplate, vertices: Anywhere, faces: Ints, landmarks: Wide | None = None
) -> MeshFit:
    """Wrap the template onto a mesh [V,3], [F,3] in any frame and unit.

    landmarks: [5,3] places of LANDMARKS in the mesh's frame, if the user pointed at them: they give the pose.
    Raises HeadsmithError if the mesh is no head.
    """
    vertices, faces = usable_mesh(vertices, faces)
    rng = np.random.default_rng(_SEED)
    cloud = sample_surface(vertices, faces, _FIT_POINTS, rng).seen()
    if landmarks is None:
        shaped = _fit_shapes(template, cloud, _best_pose(template, cloud, rng), _ROUNDS[1])
        anchors = None
    else:
        shaped, anchors = _placed_by(template, landmarks.astype(np.float64))
    placed = _in_frame(cloud, shaped.pose)
    face = FaceTarget(vertices, faces, shaped.pose)
    triangles = template.triangles[_seen_triangles(template)]
    first = shaped.vertices.astype(np.float64)
    start = fit_face(template, triangles, placed, face, first, anchors)
    alike = likeness(template, triangles, face, start)
    if alike < LEAST_LIKENESS:
        raise no_head_error(f"likeness {alike:.3f}, at least {LEAST_LIKENESS}")
    close = PointCloud(
        np.concatenate([placed.points, face.cloud.points]),
        np.concatenate([placed.normals, face.cloud.normals]),
    )
    near = start.astype(np.float32)
    bent = register(template, near, cloud_target(close), Schedule(_STIFFNESS))
    is_skin = np.zeros(len(near), np.bool_)
    is_skin[template.part("skin")] = True
    return MeshFit(follow(template, near, bent, is_skin), shaped.pose, alike)


def landmark_vertices(template: HeadTemplate) -> Ints:
    """[5] the template's vertices at LANDMARKS."""
    place, outer = template.vertices, template.is_outer_skin
    eyes = [ball[place[ball, 2].argmax()] for ball in template.eyes]
    middle = np.flatnonzero(outer & (np.abs(place[:, 0]) < _MIDDLE_M))
    nose = middle[place[middle, 2].argmax()]
    lip = template.lip[np.abs(place[template.lip, 0]) < _MIDDLE_M]
    mouth = lip[place[lip, 2].argmax()]
    below = middle[place[middle, 1] < place[mouth, 1] - _CHIN_M]
    chin = below[place[below, 2].argmax()]
    return np.array([*eyes, nose, mouth, chin])


def _placed_by(template: HeadTemplate, landmarks: Wide) -> tuple[_Shaped, Pairs]:
    """The mean head where the user's landmarks [5,3] want it, and the landmarks in its frame."""
    source = landmark_vertices(template)
    pose = fit_similarity(
        template.vertices[source].astype(np.float64), landmarks, np.ones(len(source))
    )
    weights = np.full(len(source), _LANDMARK_WEIGHT)
    aims = pose.inverse().apply(landmarks)
    return _Shaped(template.vertices, pose, np.inf), Pairs(
        source, aims, np.zeros_like(aims), weights
    )


def _best_pose(template: HeadTemplate, cloud: PointCloud, rng: np.random.Generator) -> Similarity:
    model = _model_cloud(template, rng)
    poses = find_poses(model, cloud.sparser(_POSE_POINTS), _POSES)
    tries = [_fit_shapes(template, cloud.sparser(8000), pose, _ROUNDS[0]) for pose in poses]
    return min(tries, key=lambda fit: fit.misfit).pose


def _in_frame(cloud: PointCloud, pose: Similarity) -> PointCloud:
    """The cloud in the frame that the pose moves to the cloud's."""
    return PointCloud(pose.inverse().apply(cloud.points), cloud.normals @ pose.rotation)


def _model_cloud(template: HeadTemplate, rng: np.random.Generator) -> PointCloud:
    """The mean head as it is seen: skin from outside, and the eyeballs' fronts."""
    triangles = template.triangles[_seen_triangles(template)]
    return sample_surface(template.vertices, triangles, _MODEL_POINTS, rng)


def _seen_triangles(template: HeadTemplate) -> NDArray[np.bool_]:
    outer = template.is_outer_skin[template.triangles].all(axis=1)
    eyes = np.concatenate(template.eyes)
    front = np.zeros(len(template.vertices), np.bool_)
    for ball in template.eyes:
        middle = template.vertices[ball].mean(axis=0)
        front[ball] = template.vertices[ball, 2] > middle[2] + 0.006
    is_front = np.isin(template.triangles, eyes).all(axis=1) & front[template.triangles].all(axis=1)
    return outer | is_front


def _fit_shapes(
    template: HeadTemplate, cloud: PointCloud, pose: Similarity, rounds: int
) -> _Shaped:
    """Iterated closest points between the template and the mesh, in pose and in the kit's shapes."""
    faces = template.triangles[_seen_triangles(template)]
    seen = np.unique(faces)
    basis = template.morphs[:, seen].astype(np.float64)  # [K,S,3]
    coefficients, misfit = np.zeros(len(basis)), np.inf
    back = cloud.sparser(len(seen))
    for index in range(rounds):
        tight = index / max(rounds - 1, 1)
        slack = _LOOSEST ** (1 - tight) * _TIGHTEST**tight
        current = shape_of(template, coefficients)
        shown = PointCloud(current[seen].astype(np.float64), vertex_normals(current, faces)[seen])
        pairs = _pairs(shown, cloud, back, pose)
        pose = fit_similarity(shown.points[pairs.source], pose.apply(pairs.aims), pairs.weights)
        pairs = _pairs(shown, cloud, back, pose)
        misfit = pairs.misfit
        rows = np.einsum("ksc,sc->sk", basis[:, pairs.source], pairs.normals)
        goal = ((pairs.aims - template.vertices[seen][pairs.source]) * pairs.normals).sum(axis=1)
        ridge = slack**2 * len(pairs.source) / len(basis) * np.eye(len(basis))
        weighted = pairs.weights[:, None] * rows
        coefficients = np.linalg.solve(weighted.T @ rows + ridge, weighted.T @ goal)
    return _Shaped(shape_of(template, coefficients), pose, misfit)


@dataclass(frozen=True)
class _Pairs:
    """Points of the template and where they should lie, in the template's frame."""

    source: Ints  # [M] indices of the template's points
    aims: Wide  # [M,3]
    normals: Wide  # [M,3] of the aims
    weights: Wide  # [M]
    misfit: float  # metres, median distance of the aims' planes


def _pairs(shown: PointCloud, cloud: PointCloud, back: PointCloud, pose: Similarity) -> _Pairs:
    """From the template's points to the mesh, and from points of the mesh back to the template."""
    there = cloud.nearest(pose.apply(shown.points), pose.turn(shown.normals))
    inverse = pose.inverse()
    returning, returning_normals = inverse.apply(back.points), back.normals @ pose.rotation
    source = np.concatenate(
        [np.arange(len(shown.points)), shown.nearest(returning, returning_normals)]
    )
    aims = np.concatenate([inverse.apply(cloud.points[there]), returning])
    normals = np.concatenate([cloud.normals[there] @ pose.rotation, returning_normals])
    facing = (normals * shown.normals[source]).sum(axis=1)
    away = np.abs(((aims - shown.points[source]) * normals).sum(axis=1))
    misfit = float(np.median(away))
    return _Pairs(source, aims, normals, _trust(facing, away, misfit), misfit)


def _trust(facing: Wide, away: Wide, misfit: float) -> Wide:
    """Weights of pairs: little for those that are far for their time, none for those that face elsewhere."""
    limit = _FAR * max(misfit, 1e-4)
    return np.where(facing > _FACING, 1.0 / (1.0 + (away / limit) ** 2) ** 2, 0.0) + 1e-9


def cloud_target(cloud: PointCloud) -> Target:
    """Towards the nearest point that faces the same way, unless that is far; in the template's frame."""

    def correspond(points: Wide, normals: Wide) -> Correspondence:
        near = cloud.nearest(points, normals)
        aim_normals = cloud.normals[near]
        # Onto the plane of the point that was found: the points lie a millimetre apart.
        gap = ((cloud.points[near] - points) * aim_normals).sum(axis=1)
        facing = (aim_normals * normals).sum(axis=1)
        away = np.abs(gap)
        weights = _trust(facing, away, float(np.median(away)))
        return Correspondence(points + gap[:, None] * aim_normals, weights)

    return correspond
