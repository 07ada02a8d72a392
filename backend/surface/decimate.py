"""Fewer faces by collapsing edges where that changes the surface least.

Quadric error metrics after Garland and Heckbert, "Surface Simplification Using Quadric Error Metrics" (1997),
in rounds: every round collapses many cheap edges at once that lie too far apart to touch each other's faces.
A collapse is made only if the surface stays a closed manifold (link condition) and no face turns over, so a
closed, consistently oriented mesh stays one, of the same genus.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OnProgress = Callable[[float], None]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.int64]

CHEAPEST_SHARE = 0.3  # of the edges that may be collapsed in one round
STUCK_ROUNDS = 8  # without a collapse before giving up
# Weight of staying near the old vertices against staying near the old planes: it decides where planes do
# not (flat parts), and keeps triangles well shaped.
VERTEX_WEIGHT = 1e-2
MIN_NORMAL_COSINE = 0.8  # between a face's normal before and after a collapse
MIN_SHAPE = (
    0.05  # 1 equilateral .. 0 degenerate; a collapse makes none below it, or worse than it was
)
MAX_VALENCE = 12


def decimate(
    vertices: Floats, faces: Indices, target: int, on_progress: OnProgress | None = None
) -> tuple[Floats, Indices]:
    """Collapse edges of a closed manifold until it has at most `target` faces.

    Args:
        vertices: [V,3], any unit.
        faces: [F,3], consistently oriented.
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.

    Returns:
        Vertices [V',3] and faces [F',3]. More than `target` faces stay where no further edge can be
        collapsed without changing the topology.
    """
    state = _State(vertices.copy(), faces.copy(), _vertex_quadrics(vertices, faces))
    rng = np.random.default_rng(0)
    count, share, stuck = len(faces), CHEAPEST_SHARE, 0
    while len(state.faces) > target and stuck < STUCK_ROUNDS:
        before = len(state.faces)
        collapses = _choose_collapses(state, share, rng)
        collapses = _safe_collapses(state, collapses)
        _apply(state, collapses.cheapest((before - target + 1) // 2))
        is_stuck = len(state.faces) == before
        stuck = stuck + 1 if is_stuck else 0
        share = min(1.0, share * 1.5) if is_stuck else CHEAPEST_SHARE
        if on_progress is not None:
            on_progress(min(1.0, (count - len(state.faces)) / max(1, count - target)))
    return _compact(state)


@dataclass
class _State:
    vertices: Floats  # [V,3]; collapsed ones stay in place, unused
    faces: Indices  # [F,3]
    quadrics: Floats  # [V,10]: xx, xy, xz, yy, yz, zz, x, y, z, 1


@dataclass(frozen=True)
class _Collapses:
    """Edges to be replaced by one vertex each."""

    edges: Indices  # [N,2]: the vertex that stays and the one that goes
    targets: Floats  # [N,3] where the first one moves
    costs: Floats  # [N]

    def where(self, keep: Bools | Indices) -> _Collapses:
        return _Collapses(self.edges[keep], self.targets[keep], self.costs[keep])

    def cheapest(self, count: int) -> _Collapses:
        if len(self.edges) <= count:
            return self
        return self.where(np.argsort(self.costs, kind="stable")[:count])


def _vertex_quadrics(vertices: Floats, faces: Indices) -> Floats:
    """Sum over a vertex's faces of area times squared distance to the plane, and to the vertex itself."""
    normals, areas = _face_normals(vertices[faces])
    offsets = -(normals * vertices[faces[:, 0]]).sum(axis=1)
    planes = _outer(normals, offsets) * areas[:, None]
    weight = VERTEX_WEIGHT * _sum_at_vertices(faces, areas, len(vertices))
    x, y, z = vertices.T
    sums = [_sum_at_vertices(faces, column, len(vertices)) for column in planes.T]
    sums = [
        *(sums[0] + weight, sums[1], sums[2], sums[3] + weight, sums[4], sums[5] + weight),
        *(sums[6] - weight * x, sums[7] - weight * y, sums[8] - weight * z),
        sums[9] + weight * (x * x + y * y + z * z),
    ]
    return np.stack(sums, axis=1)


def _sum_at_vertices(faces: Indices, values: Floats, count: int) -> Floats:
    """Values of faces [F] summed up around every vertex [V]."""
    return np.asarray(np.bincount(faces.reshape(-1), np.repeat(values, 3), count), np.float64)


def _outer(normals: Floats, offsets: Floats) -> Floats:
    """The quadrics [N,10] of planes n.x + d = 0."""
    x, y, z = normals.T
    d = offsets
    return np.stack([x * x, x * y, x * z, y * y, y * z, z * z, x * d, y * d, z * d, d * d], axis=1)


def _face_normals(corners: Floats) -> tuple[Floats, Floats]:
    """Corners [F,3,3] -> unit normals [F,3] and areas [F]."""
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(cross, axis=1)
    return cross / np.maximum(length, 1e-300)[:, None], length / 2.0


def _choose_collapses(state: _State, share: float, rng: np.random.Generator) -> _Collapses:
    """Cheap edges no face touches two of, chosen at random among the cheapest `share` of all."""
    directed = np.concatenate(
        [state.faces[:, [0, 1]], state.faces[:, [1, 2]], state.faces[:, [2, 0]]]
    )
    edges = directed[
        directed[:, 0] < directed[:, 1]
    ]  # closed: every edge occurs once in this direction
    targets, costs = _optimal_targets(state.quadrics[edges[:, 0]] + state.quadrics[edges[:, 1]])
    count = max(1, int(share * len(edges)))
    limit = np.partition(costs, count - 1)[count - 1]
    candidates = _Collapses(edges, targets, costs).where(costs <= limit)

    rank = rng.permutation(len(candidates.edges))
    best = np.full(len(state.vertices), len(rank), np.int64)  # at each vertex
    for end in (0, 1):
        np.minimum.at(best, candidates.edges[:, end], rank)
    best_of_face = best[state.faces].min(axis=1)
    for corner in range(3):  # now also over the neighbours of each vertex
        np.minimum.at(best, state.faces[:, corner], best_of_face)
    return candidates.where((best[candidates.edges] == rank[:, None]).all(axis=1))


def _optimal_targets(quadrics: Floats) -> tuple[Floats, Floats]:
    """Quadrics [N,10] -> the points of least error [N,3] and those errors [N]."""
    xx, xy, xz, yy, yz, zz, x, y, z, one = quadrics.T
    c_xx, c_xy, c_xz = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
    c_yy, c_yz, c_zz = xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy
    scale = -1.0 / (xx * c_xx + xy * c_xy + xz * c_xz)
    target_x = (c_xx * x + c_xy * y + c_xz * z) * scale
    target_y = (c_xy * x + c_yy * y + c_yz * z) * scale
    target_z = (c_xz * x + c_yz * y + c_zz * z) * scale
    costs = one + x * target_x + y * target_y + z * target_z
    return np.stack([target_x, target_y, target_z], axis=1), costs


def _safe_collapses(state: _State, collapses: _Collapses) -> _Collapses:
    """Only those collapses that keep the surface a manifold and turn no face over."""
    count = len(collapses.edges)
    owner = np.full(len(state.vertices), -1, np.int64)  # the collapse that a vertex is an end of
    owner[collapses.edges[:, 0]] = np.arange(count)
    owner[collapses.edges[:, 1]] = np.arange(count)
    owners = owner[state.faces]
    touched = np.flatnonzero((owners >= 0).any(axis=1))
    faces, owners = state.faces[touched], owners[touched]
    is_bad = _breaks_link_condition(collapses, faces, owners)
    is_bad |= _spoils_faces(state, collapses, faces, owners)
    return collapses.where(~is_bad)


def _breaks_link_condition(collapses: _Collapses, faces: Indices, owners: Indices) -> Bools:
    """Whether the ends of each collapse have other common neighbours than the two across the edge."""
    count, size = len(collapses.edges), int(faces.max(initial=0)) + 1
    keys = []
    for corner, neighbour in ((0, 1), (1, 2), (2, 0)):
        # A closed mesh lists every neighbour of a vertex exactly once as the next corner of a face.
        is_end = (owners[:, corner] >= 0) & (owners[:, corner] != owners[:, neighbour])
        keys.append(owners[is_end, corner] * size + faces[is_end, neighbour])
    unique, occurrences = np.unique(np.concatenate(keys), return_counts=True)
    common = np.bincount(unique[occurrences == 2] // size, minlength=count)
    union = np.bincount(unique // size, minlength=count)
    return (common != 2) | (union > MAX_VALENCE)


def _spoils_faces(state: _State, collapses: _Collapses, faces: Indices, owners: Indices) -> Bools:
    """Whether each collapse turns one of its faces over or makes it a sliver."""
    # No face touches two collapses, so the highest owner is the only one.
    owner = owners.max(axis=1)
    stays = (owners >= 0).sum(axis=1) == 1
    faces, owners, owner = faces[stays], owners[stays], owner[stays]
    corners = state.vertices[faces]
    moved = np.where((owners >= 0)[:, :, None], collapses.targets[owner][:, None], corners)
    old_normals, _ = _face_normals(corners)
    new_normals, _ = _face_normals(moved)
    old_shape, new_shape = _triangle_shapes(corners), _triangle_shapes(moved)
    is_turned = (old_normals * new_normals).sum(axis=1) < MIN_NORMAL_COSINE
    is_spoilt = is_turned | (new_shape < np.minimum(MIN_SHAPE, old_shape))
    return np.bincount(owner[is_spoilt], minlength=len(collapses.edges)) > 0


def _triangle_shapes(corners: Floats) -> Floats:
    """Corners [F,3,3] -> 1 for equilateral to 0 for degenerate triangles [F]."""
    _, areas = _face_normals(corners)
    squares = ((corners - np.roll(corners, 1, axis=1)) ** 2).sum(axis=(1, 2))
    return 4.0 * np.sqrt(3.0) * areas / np.maximum(squares, 1e-300)


def _apply(state: _State, collapses: _Collapses) -> None:
    stays, goes = collapses.edges.T
    state.vertices[stays] = collapses.targets
    state.quadrics[stays] += state.quadrics[goes]
    renamed = np.arange(len(state.vertices))
    renamed[goes] = stays
    faces = renamed[state.faces]
    is_flat = (
        (faces[:, 0] == faces[:, 1]) | (faces[:, 1] == faces[:, 2]) | (faces[:, 2] == faces[:, 0])
    )
    state.faces = faces[~is_flat]


def _compact(state: _State) -> tuple[Floats, Indices]:
    used, faces = np.unique(state.faces, return_inverse=True)
    return state.vertices[used], faces.reshape(-1, 3)
