"""The face of a mesh, looked at closely: where creases and bulges lie tells lips and lids from what is beside them.

Nearest points alone pull lips that stand forward, or aside, onto the wrong places and stay there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..surface.grid import OnProgress
from ..surface.progress import spans
from .head_topology import HeadTopology
from .mesh_math import Anywhere, Ints, vertex_normals
from .pose import Similarity
from .target_mesh import PointCloud, sample_surface

Wide = NDArray[np.float64]

DENSITY = 1.2e6  # points to a square metre: nine tenths of a millimetre apart
_MOST_POINTS = 300_000  # several faces' worth: hair cards and fur lie in many layers
_LOW, _HIGH = np.array([-0.075, -0.115, -0.03]), np.array([0.075, 0.06, 0.075])  # metres, the face
_EDGE = 0.012  # metres of the mesh around it that are known as well
_FINE, _COARSE = 40, 48  # neighbours of which reliefs consist
_THINNED = 8  # one in so many points counts for the coarse relief
_NORMAL_M, _RELIEF_M = 0.008, 0.06  # metres that a radian, or a relief of one radius, is worth
ROUNDS = 16
_FAR = 3.0  # times the median misfit: little trust
_BACK = 3000  # points of the mesh that look for the topology
_FARTHEST, _NEAREST = 0.02, 0.003  # metres: at which a pair loses trust, first and last
_TOLERANCES = (0.002, 0.0003)  # metres of misfit that weigh as much as one standard deviation
_TANGENTIAL = 0.15  # of a pair's pull that acts across the normal
_FACING = 0.3  # cosine
_LOOK_SHARES = (
    0.05,
    0.1,
    0.85,
)  # of looking at a face: its points, those that are seen, their reliefs
_LOOK_BATCHES = 4


class Relief:
    """How a surface lies around points of it, at two scales, from its evenly spread points."""

    def __init__(self, points: Wide) -> None:
        self._levels = []
        for thinned, count in ((1, _FINE), (_THINNED, _COARSE)):
            kept = points[::thinned]
            radius = np.sqrt(count * thinned / (np.pi * DENSITY))
            self._levels.append((kept, cKDTree(kept), count, radius))

    def at(self, points: Wide, normals: Wide) -> Wide:
        """[N,2] mean height of the neighbourhood above each point, in radii; positive in creases."""
        columns = []
        for kept, tree, count, radius in self._levels:
            near = tree.query(points, count)[1]
            heights = ((kept[near] - points[:, None]) * normals[:, None]).sum(axis=2)
            columns.append(heights.mean(axis=1) / radius)
        return np.stack(columns, axis=1)


class FaceTarget:
    """Points of the mesh's face with their reliefs, in the topology's frame."""

    def __init__(
        self,
        vertices: Anywhere,
        faces: Ints,
        pose: Similarity,
        on_progress: OnProgress | None = None,
    ) -> None:
        spreading, seeing, feeling = spans(on_progress, _LOOK_SHARES)
        spreading(0.0)
        placed = pose.inverse().apply(vertices.astype(np.float64))
        middles = placed[faces].mean(axis=1)
        chosen = faces[((middles > _LOW - _EDGE) & (middles < _HIGH + _EDGE)).all(axis=1)]
        cloud = dense_cloud(placed, chosen, np.random.default_rng(1))
        seeing(0.0)
        self.cloud = cloud.seen()
        relief, levels = Relief(self.cloud.points), []
        batches = np.array_split(np.arange(len(self.cloud.points)), _LOOK_BATCHES)
        for tell, batch in zip(spans(feeling, [1.0] * _LOOK_BATCHES), batches, strict=True):
            tell(0.0)
            levels.append(relief.at(self.cloud.points[batch], self.cloud.normals[batch]))
        self.features = features(self.cloud.points, self.cloud.normals, np.concatenate(levels))
        self._tree = cKDTree(self.features)
        self.back = np.arange(0, len(self.features), max(1, len(self.features) // _BACK))
        self.back_features = self.features[self.back]

    def nearest(self, wanted: Wide) -> Ints:
        return np.asarray(self._tree.query(wanted)[1])


def dense_cloud(vertices: Anywhere, faces: Ints, rng: np.random.Generator) -> PointCloud:
    """Points of triangles [F,3] in metres, DENSITY of them to a square metre as long as they are not too many."""
    a, b, c = (vertices[faces[:, k]].astype(np.float64) for k in range(3))
    area = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()
    return sample_surface(vertices, faces, int(np.clip(DENSITY * area, 2000, _MOST_POINTS)), rng)


def features(points: Wide, normals: Wide, relief: Wide) -> Wide:
    return np.concatenate([points, _NORMAL_M * normals, _RELIEF_M * relief], axis=1)


class FaceModel:
    """The topology's face: its vertices, and points between them from which its relief is known."""

    def __init__(self, topology: HeadTopology, triangles: Ints) -> None:
        place = topology.vertices
        middles = place[triangles].mean(axis=1)
        self._near = triangles[((middles > _LOW - _EDGE) & (middles < _HIGH + _EDGE)).all(axis=1)]
        inside = ((place > _LOW) & (place < _HIGH)).all(axis=1)
        seen = np.unique(triangles)
        self.vertices = seen[inside[seen]]
        self._triangles = triangles

    def features(self, current: Wide) -> tuple[Wide, Wide]:
        """Features [M,8] of the face's vertices, and their normals [M,3]."""
        normals = vertex_normals(current, self._triangles)[self.vertices]
        cloud = dense_cloud(current, self._near, np.random.default_rng(2))
        points = current[self.vertices]
        return features(points, normals, Relief(cloud.points).at(points, normals)), normals


@dataclass(frozen=True)
class Correspondences:
    """Vertices of the topology and where they should lie."""

    source: Ints  # [M] vertices
    targets: Wide  # [M,3] metres, topology's frame
    normals: Wide  # [M,3] of the targets
    weights: Wide  # [M]


def fit_face(
    topology: HeadTopology,
    triangles: Ints,
    whole: PointCloud,
    target: FaceTarget,
    start: Wide,
    anchors: Correspondences | None = None,
    on_progress: OnProgress | None = None,
) -> Wide:
    """Vertices [V,3] of the shape near `start` [V,3] that lies on the whole mesh and, above all, on its face.

    Args:
        whole: the mesh in the topology's frame.
        anchors: vertices whose places are known, such as landmarks.
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    model, seen = FaceModel(topology, triangles), np.unique(triangles)
    rest = topology.vertices.astype(np.float64)
    basis = np.concatenate([topology.morphs.astype(np.float64), rigid_moves(rest)])
    ridge = np.ones(len(basis))
    ridge[len(topology.morphs) :] = 0.0
    current = start
    for index, tell in enumerate(spans(on_progress, [1.0] * ROUNDS)):
        tell(0.0)
        tight = index / (ROUNDS - 1)
        limit = _FARTHEST ** (1 - tight) * _NEAREST**tight
        pairs = (
            face_correspondences(model, target, current, limit),
            _whole_correspondences(current, triangles, seen, whole, limit),
        )
        tolerance = _TOLERANCES[0] ** (1 - tight) * _TOLERANCES[1] ** tight
        matrix = np.diag(ridge * tolerance**2 * len(seen) / len(topology.morphs))
        right = np.zeros(len(basis))
        for each, tangential in zip(pairs, (_TANGENTIAL, 0.0), strict=True):
            more, pull = normal_equations(basis, rest, each, tangential)
            matrix, right = matrix + more, right + pull
        if anchors is not None:
            more, pull = normal_equations(basis, rest, anchors, 1.0)
            matrix, right = matrix + more, right + pull
        current = rest + np.tensordot(np.linalg.solve(matrix, right), basis, axes=1)
    return np.asarray(current)


def likeness(topology: HeadTopology, triangles: Ints, target: FaceTarget, current: Wide) -> float:
    """How far creases and bulges of the mesh lie where those of the face [V,3] laid onto it are: a correlation.

    Hair and shoulders have no say in it, and balls and boxes have no such creases.
    """
    model = FaceModel(topology, triangles)
    wanted, _ = model.features(current)
    near = cKDTree(target.cloud.points).query(wanted[:, :3])[1]
    pairs = zip(wanted[:, 6:].T, target.features[near, 6:].T, strict=True)
    return float(
        np.mean([_correlation(own / _RELIEF_M, other / _RELIEF_M) for own, other in pairs])
    )


def _correlation(first: Wide, second: Wide) -> float:
    one, other = first - first.mean(), second - second.mean()
    # A relief of a hundredth is what the spread of points alone makes.
    lengths = [np.sqrt((each**2).mean()) + 0.01 for each in (one, other)]
    return float((one * other).mean() / (lengths[0] * lengths[1]))


def rigid_moves(places: Wide) -> Wide:
    """[7,V,3]: shifts, small turns and growth, as morphs."""
    axes = np.eye(3)
    shifts = np.repeat(axes[:, None], len(places), axis=1)
    turns = np.stack([np.cross(axis, places) for axis in axes])
    return np.concatenate([shifts, turns, places[None]])


def face_correspondences(
    model: FaceModel, target: FaceTarget, current: Wide, limit: float
) -> Correspondences:
    cloud = target.cloud
    wanted, normals = model.features(current)
    source = np.concatenate(
        [np.arange(len(wanted)), cKDTree(wanted).query(target.back_features)[1]]
    )
    aim = np.concatenate([target.nearest(wanted), target.back])
    targets, across = cloud.points[aim], cloud.normals[aim]
    away = np.linalg.norm(targets - current[model.vertices[source]], axis=1)
    facing = (across * normals[source]).sum(axis=1) > _FACING
    weights = np.where(facing, 1.0 / (1.0 + (away / limit) ** 2) ** 2, 0.0)
    return Correspondences(model.vertices[source], targets, across, weights)


def _whole_correspondences(
    current: Wide, triangles: Ints, seen: Ints, whole: PointCloud, farthest: float
) -> Correspondences:
    shown = PointCloud(current[seen], vertex_normals(current, triangles)[seen])
    back = whole.sparser(len(seen))
    there = whole.nearest(shown.points, shown.normals)
    source = np.concatenate([np.arange(len(seen)), shown.nearest(back.points, back.normals)])
    targets = np.concatenate([whole.points[there], back.points])
    normals = np.concatenate([whole.normals[there], back.normals])
    facing = (normals * shown.normals[source]).sum(axis=1) > _FACING
    away = np.abs(((targets - shown.points[source]) * normals).sum(axis=1))
    limit = min(_FAR * float(np.median(away)), farthest)  # hair hides much of many heads
    weights = np.where(facing, 1.0 / (1.0 + (away / limit) ** 2) ** 2, 0.0)
    return Correspondences(seen[source], targets, normals, weights)


def normal_equations(
    basis: Wide, rest: Wide, pairs: Correspondences, tangential: float
) -> tuple[Wide, Wide]:
    """Matrix [K,K] and right side [K] of the pairs' least squares."""
    moved = basis[:, pairs.source]
    goal, weights = pairs.targets - rest[pairs.source], pairs.weights[:, None]
    rows = np.einsum("kmc,mc->mk", moved, pairs.normals)
    matrix = (weights * rows).T @ rows
    right = (weights * rows).T @ (goal * pairs.normals).sum(axis=1)
    for axis in range(3) if tangential else ():
        rows = np.ascontiguousarray(moved[:, :, axis].T)  # else the products take 25 times as long
        matrix += tangential * (weights * rows).T @ rows
        right += tangential * (weights * rows).T @ goal[:, axis]
    return matrix, right
