"""A user's mesh made ready for measuring: broken faces and outliers left out, all faces turned outwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from .mesh_math import Anywhere, Ints, face_vectors, faces_at
from .target_mesh import even_directions, nearest_depths, no_head_error

Wide = NDArray[np.float64]
Bools = NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)

_FEWEST_FACES = 100
_OUTLIER = 12.0  # times the median distance of vertices from their middle
_WELD = 1e-6  # of the mesh's largest extent: vertices so near count as one; a number of 21 bits along each axis
_VISIBLE_POINTS = 40_000
_VIEWS = 42  # from which sides are seen
_CLEAR = 0.2  # of all that is seen of an open patch: so much more of its inner side turns it


@dataclass(frozen=True)
class UsableMesh:
    """Triangles that face outwards, and which of the given ones they are."""

    vertices: Wide  # [V,3] as given; those without a place lie at the origin
    faces: Ints  # [F,3]
    source: Ints  # [F] of the given faces
    is_turned: Bools  # [F] corners in reverse order

    def of_corners(self, values: NDArray[Scalar]) -> NDArray[Scalar]:
        """Values [F0,3,...] of the given faces' corners -> [F,3,...] of these faces'."""
        kept = values[self.source]
        kept[self.is_turned] = kept[self.is_turned][:, ::-1]
        return kept


def usable_mesh(vertices: Anywhere, faces: Ints) -> UsableMesh:
    """The mesh without outliers and faces that have no area or no place, facing outwards.

    Raises HeadsmithError if too little is left.
    """
    place = np.asarray(vertices, np.float64)
    is_good = np.isfinite(place).all(axis=1)
    place = np.where(is_good[:, None], place, 0.0)
    source = np.flatnonzero(is_good[faces].all(axis=1))
    if len(source):
        is_good = _is_near(place, np.unique(faces[source]))
        source = source[is_good[faces[source]].all(axis=1)]
    across = face_vectors(place, faces[source])
    source = source[np.abs(across).max(axis=1, initial=0.0) > 0.0]
    if len(source) < _FEWEST_FACES:
        raise no_head_error(f"{len(source)} usable faces, at least {_FEWEST_FACES}")
    kept = faces[source]
    is_turned = faces_inwards(place, kept)
    kept = np.where(is_turned[:, None], kept[:, ::-1], kept)
    return UsableMesh(place, kept, source, is_turned)


def _is_near(place: Wide, used: Ints) -> Bools:
    """[V] vertices that are not pulled far away from the rest."""
    away = np.linalg.norm(place - np.median(place[used], axis=0), axis=1)
    return np.asarray(away <= _OUTLIER * max(float(np.median(away[used])), 1e-30))


def faces_inwards(vertices: Wide, faces: Ints) -> Bools:
    """[F] triangles that face inwards: of closed patches by their volume, of open ones by the sides that are seen.

    A patch is what is connected by edges of two faces; windings within it are made to agree first. What nobody sees
    (the inner shell of a hollow head) is turned only if the mesh as a whole is.
    """
    welded = _weld(vertices, faces)
    one, other, agrees, is_closed_face = _shared_edges(welded)
    count = len(faces)
    # Each face has two nodes, as it is and turned over; edges join those that agree.
    start = np.concatenate([one, one + count])
    flipped = np.where(agrees, 0, count)
    end = np.concatenate([other + flipped, other + count - flipped])
    joined = coo_matrix((np.ones(len(start), np.bool_), (start, end)), shape=(2 * count,) * 2)
    patches, label = connected_components(joined, directed=False)
    as_it_is, turned = label[:count], label[count:]

    def both(values: Wide | Bools) -> Wide:
        """[P] sums over a patch's faces, however they are turned."""
        found = np.bincount(as_it_is, values, patches) + np.bincount(turned, values, patches)
        return np.asarray(found, np.float64)

    is_open = both(~is_closed_face) > 0
    first = vertices[faces[:, 0]]
    volume = ((first - first.mean(axis=0)) * face_vectors(vertices, faces)).sum(axis=1)
    seen, weights = _seen_sides(vertices, faces)
    votes = np.where(is_open[as_it_is], seen, volume)
    is_seen = both(weights) > 0.0
    votes = np.where(is_seen[as_it_is], votes, np.sign(volume.sum()))
    total = np.bincount(as_it_is, votes, patches) - np.bincount(turned, votes, patches)
    # Both sides of a hair card are seen: it stays as it is.
    total[is_open & is_seen & (np.abs(total) <= _CLEAR * both(weights))] = 0.0
    return np.asarray(total[as_it_is] < total[turned])


def _weld(vertices: Wide, faces: Ints) -> Ints:
    """The faces [F,3] with one number for vertices in one place."""
    used = np.unique(faces)
    place = vertices[used] - vertices[used].min(axis=0)
    x, y, z = np.round(place / max(_WELD * float(place.max()), 1e-300)).astype(np.int64).T
    _, same = np.unique((x << 42) | (y << 21) | z, return_inverse=True)
    number = np.zeros(len(vertices), np.int64)
    number[used] = same.ravel()
    return number[faces]


def _shared_edges(faces: Ints) -> tuple[Ints, Ints, Bools, Bools]:
    """Pairs of faces [E], [E] that share an edge of just two, whether their windings agree [E], and which faces [F]
    have only such edges."""
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    low, high = np.minimum(start, end).astype(np.int64), np.maximum(start, end)
    _, number, count = np.unique(
        low * (int(faces.max()) + 1) + high, return_inverse=True, return_counts=True
    )
    is_shared = (count == 2)[number.ravel()]
    order = np.argsort(number.ravel(), kind="stable")
    order = order[is_shared[order]]
    one, other = order[::2], order[1::2]
    agrees = start[one] != start[other]
    return one // 3, other // 3, agrees, is_shared.reshape(-1, 3).all(axis=1)


def _seen_sides(vertices: Wide, faces: Ints) -> tuple[Wide, Wide]:
    """How much is seen from outside of each triangle's front less its back, and of both; [F], [F]."""
    across = face_vectors(vertices, faces)
    double = np.linalg.norm(across, axis=1)
    face = faces_at(double, (np.arange(_VISIBLE_POINTS) + 0.5) / _VISIBLE_POINTS)
    weights = np.random.default_rng(0).dirichlet((1.0, 1.0, 1.0), _VISIBLE_POINTS)
    points = (vertices[faces[face]] * weights[..., None]).sum(axis=1)
    normals = across[face] / double[face, None]
    signed, whole = np.zeros(_VISIBLE_POINTS), np.zeros(_VISIBLE_POINTS)
    cell = 2.5 * np.sqrt(double.sum() / 2 / _VISIBLE_POINTS)
    for direction in even_directions(_VIEWS):
        towards = normals @ direction
        seen = points @ direction > nearest_depths(points, direction, cell) - cell
        signed += seen * towards
        whole += seen * np.abs(towards)
    sums = [np.bincount(face, values, len(faces)).astype(np.float64) for values in (signed, whole)]
    return sums[0], sums[1]
