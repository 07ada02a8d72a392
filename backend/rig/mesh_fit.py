"""Any head mesh onto the template: pose, then the kit's shapes, then free bending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..surface.grid import OnProgress
from ..surface.progress import spans
from .face_fit import FaceTarget, fit_face, likeness
from .face_search import find_faces
from .head_template import Floats, HeadTemplate
from .landmarks import landmark_vertices, read_landmarks
from .mesh_math import Anywhere, Ints, vertex_normals
from .morph_space import shape_of
from .pose import Similarity, fit_similarity
from .registration import Correspondence, Schedule, Target, follow, register
from .target_mesh import PointCloud, no_head_error, sample_surface
from .under_hair import fit_under_hair, has_hair, shows_skin
from .untangle import untangle

Wide = NDArray[np.float64]

_FIT_POINTS = 60_000
_ROUNDS = 24
_SEED = 7
_MARKED_ROUNDS = 3  # in which landmarks alone give the pose
_FIRM, _LIGHT = 3.0, 0.2  # weight of a landmark against that of a pair of points
_LOOSEST, _TIGHTEST = (
    0.008,
    0.0012,
)  # metres: a misfit as unlikely as one standard deviation of a shape
_FAR = 3.0  # times the median misfit: little trust
_FACING = 0.3  # cosine
_MARGIN_M = 0.006
_STIFFNESS = (30.0, 10.0, 5.0, 3.0)  # less lets the points' noise through
LEAST_LIKENESS = 0.2  # heads have 0.35 and more, balls and boxes 0.05 and less
_MIDDLE_M, _CHIN_M = 0.004, 0.025  # beside the middle, and below the mouth
# That the steps take: seeing the points, finding the face, shape, the face closely (twice), bending.
_SEEN_S, _FOUND_S, _SHAPE_S, _LOOK_S, _FACE_S, _BEND_S = 0.3, 10.5, 0.7, 1.4, 1.8, 0.9
_HAIR_S = 2.0  # more, on heads with hair
_UNTANGLE_S = 0.2  # of bending

OnStep = Callable[[str], None]


@dataclass(frozen=True)
class MeshFit:
    """A wrapped head."""

    vertices: Floats  # [V,3] metres in the template's frame
    pose: Similarity  # from the template's frame to the mesh's
    likeness: float  # of the face's creases to those of the mesh, a correlation
    is_shown: NDArray[np.bool_]  # [V] outer skin that the mesh shows: no hair lies over it


@dataclass(frozen=True)
class _Shaped:
    """A head of morph space and its pose, not yet looked at closely."""

    vertices: Floats  # [V,3]
    pose: Similarity


def wrap_mesh(
    template: HeadTemplate,
    vertices: Anywhere,
    faces: Ints,
    landmarks: Anywhere | None = None,
    on_progress: OnProgress | None = None,
    on_step: OnStep | None = None,
) -> MeshFit:
    """Wrap the template onto a mesh [V,3], [F,3] that faces outwards, in any frame and unit.

    Args:
        landmarks: [5,3] places of wire.rig_names.LANDMARKS on the mesh, if the user pointed at them.
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
        on_step: called with what begins, in words for the user.

    Raises HeadsmithError (NO_HEAD) for a mesh in which no face is found.
    """
    begin = on_step if on_step is not None else _ignore
    search_s = _SEEN_S + (_FOUND_S if landmarks is None else 0.0)
    searching, shaping, bending = spans(
        on_progress, (search_s, _SHAPE_S + _LOOK_S + _FACE_S + _HAIR_S, _BEND_S)
    )
    begin("Looking for the face")
    cloud, pose = _find_head(template, vertices, faces, landmarks, searching)
    begin("Fitting the shape")
    steps = (_SHAPE_S, _LOOK_S, _FACE_S, _HAIR_S)
    shape_step, look_step, face_step, hair_step = spans(shaping, steps)
    shaped = _fit_shapes(template, cloud, pose, shape_step)
    placed = _aligned(cloud, shaped.pose)
    face = FaceTarget(vertices, faces, shaped.pose, look_step)
    triangles = template.triangles[_seen_triangles(template)]
    begun = shaped.vertices.astype(np.float64)
    start = fit_face(template, triangles, placed, face, begun, on_progress=face_step)
    alike = likeness(template, triangles, face, start)
    is_hairy = has_hair(template, triangles, placed, start)
    if is_hairy:
        start = fit_under_hair(template, triangles, placed, face, start, hair_step)
        alike = max(alike, likeness(template, triangles, face, start))
    if alike < LEAST_LIKENESS:
        raise no_head_error(f"likeness {alike:.3f}, at least {LEAST_LIKENESS}")
    begin("Bending the skin")
    close = PointCloud(
        np.concatenate([placed.points, face.cloud.points]),
        np.concatenate([placed.normals, face.cloud.normals]),
    )
    near, is_pulled = start.astype(np.float32), _is_pulled(template)
    is_shown = template.is_outer_skin.copy()
    if is_hairy:
        bare = shows_skin(template, close, near)
        is_pulled &= bare
        is_shown[template.part("skin")] &= bare
    bent = _bend(template, near, cloud_target(close, is_pulled), bending)
    return MeshFit(bent, shaped.pose, alike, is_shown)


def _bend(template: HeadTemplate, near: Floats, target: Target, on_progress: OnProgress) -> Floats:
    """Vertices [V,3] near the target, in the template's frame, bent onto it."""
    bending, untangling = spans(on_progress, (_BEND_S - _UNTANGLE_S, _UNTANGLE_S))
    bent = register(template, near, target, Schedule(_STIFFNESS), bending)
    bent = follow(near, bent, template.is_outer_skin)
    for ball, lids in zip(template.eyes, (template.lid_left, template.lid_right), strict=True):
        # Eyeballs stay balls: they move and grow with their lids.
        moved = fit_similarity(
            near[lids].astype(np.float64), bent[lids].astype(np.float64), np.ones(len(lids))
        )
        bent[ball] = moved.apply(near[ball].astype(np.float64))
    untangling(0.0)
    return untangle(template, bent)


def _find_head(
    template: HeadTemplate,
    vertices: Wide,
    faces: Ints,
    landmarks: Anywhere | None,
    on_progress: OnProgress,
) -> tuple[PointCloud, Similarity]:
    """Points of the mesh, and roughly where the head is among them."""
    seeing, finding = spans(on_progress, (_SEEN_S, _FOUND_S if landmarks is None else 0.0))
    seeing(0.0)
    cloud = sample_surface(vertices, faces, _FIT_POINTS, np.random.default_rng(_SEED)).seen()
    if landmarks is None:
        return cloud, find_faces(template, cloud, 1, finding)[0].pose
    places = template.vertices[pointed_vertices(template)].astype(np.float64)
    pose = fit_similarity(places, np.asarray(landmarks, np.float64), np.ones(len(places)))
    return cloud, pose


def _ignore(_step: str) -> None:
    """For callers that do not follow the steps."""


def pointed_vertices(template: HeadTemplate) -> Ints:
    """[5] the template's vertices at wire.rig_names.LANDMARKS."""
    place, outer = template.vertices, template.is_outer_skin
    eyes = [ball[place[ball, 2].argmax()] for ball in template.eyes]
    middle = np.flatnonzero(outer & (np.abs(place[:, 0]) < _MIDDLE_M))
    nose = middle[place[middle, 2].argmax()]
    lip = template.lip[np.abs(place[template.lip, 0]) < _MIDDLE_M]
    mouth = lip[place[lip, 2].argmax()]
    below = middle[place[middle, 1] < place[mouth, 1] - _CHIN_M]
    chin = below[place[below, 2].argmax()]
    return np.array([*eyes, nose, mouth, chin])


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
    template: HeadTemplate, cloud: PointCloud, pose: Similarity, on_progress: OnProgress
) -> _Shaped:
    """Iterated closest points between the template and the mesh, in pose and in the kit's shapes.

    Landmarks that were read off the face hold lips and lids in place, first firmly, then less.
    """
    faces = template.triangles[_seen_triangles(template)]
    seen = np.unique(faces)
    marks = np.searchsorted(seen, landmark_vertices(template))
    basis = template.morphs[:, seen].astype(np.float64)  # [K,S,3]
    back = cloud.sparser(len(seen))
    placed = pose.apply(read_landmarks(template, _aligned(cloud, pose)))
    coefficients = np.zeros(len(basis))
    for index in range(_ROUNDS):
        on_progress(index / _ROUNDS)
        tight = index / (_ROUNDS - 1)
        tolerance = _LOOSEST ** (1 - tight) * _TIGHTEST**tight
        hold = _FIRM ** (1 - tight) * _LIGHT**tight
        current = shape_of(template, coefficients)
        shown = PointCloud(current[seen].astype(np.float64), vertex_normals(current, faces)[seen])
        if index < _MARKED_ROUNDS:
            pose = fit_similarity(shown.points[marks], placed, np.ones(len(marks)))
        else:
            pairs = _correspondences(shown, cloud, back, pose)
            pose = fit_similarity(
                shown.points[pairs.source], pose.apply(pairs.targets), pairs.weights
            )
        pairs = _correspondences(shown, cloud, back, pose)
        rows = np.einsum("ksc,sc->sk", basis[:, pairs.source], pairs.normals)
        goal = ((pairs.targets - template.vertices[seen][pairs.source]) * pairs.normals).sum(axis=1)
        weighted = pairs.weights[:, None] * rows
        at_marks = basis[:, marks].reshape(len(basis), -1)
        offsets = (pose.inverse().apply(placed) - template.vertices[seen][marks]).ravel()
        ridge = tolerance**2 * len(pairs.source) / len(basis) * np.eye(len(basis))
        coefficients = np.linalg.solve(
            weighted.T @ rows + hold * at_marks @ at_marks.T + ridge,
            weighted.T @ goal + hold * at_marks @ offsets,
        )
    return _Shaped(shape_of(template, coefficients), pose)


def _aligned(cloud: PointCloud, pose: Similarity) -> PointCloud:
    """The cloud in the template's frame."""
    return PointCloud(pose.inverse().apply(cloud.points), cloud.normals @ pose.rotation)


@dataclass(frozen=True)
class _Correspondences:
    """Points of the template and where they should lie, in the template's frame."""

    source: Ints  # [M] indices of the template's points
    targets: Wide  # [M,3]
    normals: Wide  # [M,3] of the targets
    weights: Wide  # [M]


def _correspondences(
    shown: PointCloud, cloud: PointCloud, back: PointCloud, pose: Similarity
) -> _Correspondences:
    """From the template's points to the mesh, and from points of the mesh back to the template."""
    there = cloud.nearest(pose.apply(shown.points), pose.turn(shown.normals))
    inverse = pose.inverse()
    returning, returning_normals = inverse.apply(back.points), back.normals @ pose.rotation
    source = np.concatenate(
        [np.arange(len(shown.points)), shown.nearest(returning, returning_normals)]
    )
    targets = np.concatenate([inverse.apply(cloud.points[there]), returning])
    normals = np.concatenate([cloud.normals[there] @ pose.rotation, returning_normals])
    facing = (normals * shown.normals[source]).sum(axis=1)
    away = np.abs(((targets - shown.points[source]) * normals).sum(axis=1))
    return _Correspondences(source, targets, normals, _trust(facing, away, float(np.median(away))))


def _trust(facing: Wide, away: Wide, misfit: float) -> Wide:
    """Weights of pairs: little for those that are far for their time, none for those that face elsewhere."""
    limit = _FAR * max(misfit, 1e-4)
    return np.where(facing > _FACING, 1.0 / (1.0 + (away / limit) ** 2) ** 2, 0.0) + 1e-9


def _is_pulled(template: HeadTemplate) -> NDArray[np.bool_]:
    """[S] of the skin's vertices: those near the margins of lids and lips follow the rest, as two sheets lie there
    so close together that the nearest point may be the other's."""
    skin = template.vertices[template.part("skin")]
    loops = np.concatenate([template.lid_left, template.lid_right, template.lip])
    return np.asarray(cKDTree(template.vertices[loops]).query(skin)[0] > _MARGIN_M)


def cloud_target(cloud: PointCloud, is_pulled: NDArray[np.bool_]) -> Target:
    """Towards the nearest point that faces the same way, unless that is far; in the template's frame."""

    def correspond(points: Wide, normals: Wide) -> Correspondence:
        near = cloud.nearest(points, normals)
        aim_normals = cloud.normals[near]
        # Onto the plane of the point that was found: the points lie a millimetre apart.
        gap = ((cloud.points[near] - points) * aim_normals).sum(axis=1)
        facing = (aim_normals * normals).sum(axis=1)
        away = np.abs(gap)
        weights = _trust(facing, away, float(np.median(away))) * is_pulled
        return Correspondence(points + gap[:, None] * aim_normals, weights)

    return correspond
