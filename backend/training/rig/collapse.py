"""Collapsing edges of a triangle mesh that deforms: a vertex moves onto a neighbour, so the kept ones stay as they are.

Quadric errors as by Garland and Heckbert, summed over poses as by Mohr and Gleicher. Corners are named by their place
in the full mesh, so that a face that grows takes texture coordinates that are there already.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .quadrics import (
    Material,
    Whole,
    Wide,
    face_normals,
    metres_a_uv,
    place_quadrics,
    texture_quadrics,
    uv_areas,
    vertex_normals,
)

_REST_TURN = np.cos(np.radians(65.0))  # of a face's normal at one collapse
_SURFACE_TURN = np.cos(np.radians(80.0))  # against the full mesh's normals at its corners, at rest
_ROUNDEST = 0.07  # that a thinner triangle may not become: 4 sqrt(3) area / squared edges, 1 of an equilateral one


@dataclass(frozen=True)
class Undo:
    """What a collapse changed."""

    gone: int
    onto: int
    removed: tuple[int, ...]
    moved: tuple[tuple[int, tuple[int, int, int]], ...]  # faces and the corners that they had
    strays: dict[tuple[int, int], tuple[int, ...]]  # as they were


class CollapsingMesh:
    """Triangles that are collapsed one by one."""

    def __init__(self, full: Material) -> None:
        self.full = full
        self._vertex_of = full.corner_vertices.tolist()
        same = np.column_stack([full.corner_vertices, full.corner_uvs])
        _, wedges = np.unique(same, axis=0, return_inverse=True)
        self._wedge_of = wedges.ravel().tolist()
        self.faces: dict[int, tuple[int, int, int]] = {
            index: (row[0], row[1], row[2]) for index, row in enumerate(full.corners.tolist())
        }
        self.around: dict[int, set[int]] = {}  # faces of each vertex
        for index, corners in self.faces.items():
            for corner in corners:
                self.around.setdefault(self._vertex_of[corner], set()).add(index)
        self._dead: dict[int, tuple[int, int, int]] = {}
        self._wedges: dict[int, dict[int, int]] = {}  # of each vertex: wedge and one of its corners
        for corner in full.corners.ravel().tolist():
            self._wedges.setdefault(self._vertex_of[corner], {})[self._wedge_of[corner]] = corner
        self._strays: dict[tuple[int, int], tuple[int, ...]] = {}  # vertices lost by an edge
        self._normals = vertex_normals(full)
        self._metres_a_uv = metres_a_uv(full)
        self._quadrics = place_quadrics(full, self._border_corners())
        self._uv_quadrics = texture_quadrics(full, self._metres_a_uv)
        many = [vertex for vertex, wedges in self._wedges.items() if len(wedges) > 1]
        self._uv_quadrics[many] = 0.0  # their charts share no measure

    # ---- what is there --------------------------------------------------------------------------------

    def vertices_of(self, face: int) -> tuple[int, int, int]:
        a, b, c = self.faces[face]
        return self._vertex_of[a], self._vertex_of[b], self._vertex_of[c]

    def neighbours(self, vertex: int) -> set[int]:
        near = {v for face in self.around[vertex] for v in self.vertices_of(face)}
        near.discard(vertex)
        return near

    def corner_at(self, face: int, vertex: int) -> int:
        return next(c for c in self.faces[face] if self._vertex_of[c] == vertex)

    def is_border(self, a: int, b: int) -> bool:
        """Whether the edge is open, or a seam of the texture."""
        shared = sorted(self.around[a] & self.around[b])
        if len(shared) != 2:
            return True
        one, other = shared
        return any(
            self._wedge_of[self.corner_at(one, v)] != self._wedge_of[self.corner_at(other, v)]
            for v in (a, b)
        )

    def error(self, gone: int, onto: int) -> float:
        """Weighted squared distance [m^4] that the collapse brings about, over all poses."""
        place = np.concatenate(
            [self.full.poses[:, onto], np.ones((len(self.full.poses), 1))], axis=1
        )
        across = np.einsum("pi,pij,pj->p", place, self._quadrics[gone], place)
        in_rest = self.full.poses[0]
        shared = self.around[gone] & self.around[onto]
        corner = self.corner_at(min(shared), onto)
        row = np.concatenate([in_rest[onto], self._scaled_uv(corner), [1.0]])
        slide = float(row @ self._uv_quadrics[gone] @ row)
        # Where all is flat any edge would do: the shortest keeps faces even.
        length = float(((in_rest[onto] - in_rest[gone]) ** 2).sum())
        return (
            float(across @ self.full.pose_weights) + self.full.uv_weight * slide + 1e-6 * length**2
        )

    # ---- collapsing -----------------------------------------------------------------------------------

    def collapse(self, gone: int, onto: int) -> Undo | None:
        """Move one vertex onto its neighbour; None, and nothing is changed, if that would spoil the mesh."""
        shared = self.around[gone] & self.around[onto]
        if not self._keeps_topology(gone, onto, shared):
            return None
        wedges: dict[int, int] = {}
        for face in shared:
            wedge, corner = self._wedge_of[self.corner_at(face, gone)], self.corner_at(face, onto)
            known = wedges.setdefault(wedge, corner)
            if self._wedge_of[known] != self._wedge_of[corner]:
                return None  # the end of a seam
        moved = []
        for face in sorted(self.around[gone] - shared):
            corners = self.faces[face]
            target = wedges.get(self._wedge_of[self.corner_at(face, gone)])
            if target is None:
                return None  # the other side of a seam
            moved.append(
                (face, corners, tuple(target if self._vertex_of[c] == gone else c for c in corners))
            )
        if not moved or not self._keeps_form(
            [new for _, _, new in moved], [o for _, o, _ in moved]
        ):
            return None
        strays = self._moved_strays(gone, onto)
        if strays is None:
            return None
        return self._apply(gone, onto, shared, moved, strays)

    def undo(self, step: Undo) -> None:
        self.around[step.gone] = set()
        for face, corners in step.moved:
            self.around[step.onto].discard(face)
            self.faces[face] = corners
            self.around[step.gone].add(face)
        for face in step.removed:
            self.faces[face] = self._dead.pop(face)
            for vertex in self.vertices_of(face):
                self.around[vertex].add(face)
        self._strays = step.strays
        self._quadrics[step.onto] -= self._quadrics[step.gone]
        self._uv_quadrics[step.onto] -= self._uv_quadrics[step.gone]

    def _apply(
        self,
        gone: int,
        onto: int,
        shared: Iterable[int],
        moved: list[tuple[int, tuple[int, int, int], tuple[int, ...]]],
        strays: dict[tuple[int, int], tuple[int, ...]],
    ) -> Undo:
        for face in shared:
            for vertex in self.vertices_of(face):
                self.around[vertex].discard(face)
            self._dead[face] = self.faces.pop(face)
        for face, _, new in moved:
            self.faces[face] = (new[0], new[1], new[2])
            self.around[onto].add(face)
        del self.around[gone]
        step = Undo(gone, onto, tuple(shared), tuple((f, old) for f, old, _ in moved), self._strays)
        self._strays = strays
        self._quadrics[onto] += self._quadrics[gone]
        self._uv_quadrics[onto] += self._uv_quadrics[gone]
        return step

    def _keeps_topology(self, gone: int, onto: int, shared: set[int]) -> bool:
        """The link condition, and an open edge that is left only along itself."""
        opposite = {v for face in shared for v in self.vertices_of(face)} - {gone, onto}
        if self.neighbours(gone) & self.neighbours(onto) != opposite or not shared:
            return False
        if len(shared) != len(opposite) or any(len(self.around[v]) < 2 for v in opposite):
            return False
        is_open = len(self.neighbours(gone)) != len(self.around[gone])
        return len(shared) == (1 if is_open else 2)

    def _keeps_form(self, after: list[tuple[int, ...]], before: list[tuple[int, int, int]]) -> bool:
        """No face turns over, in space at any pose or in the texture, and none becomes a needle."""
        vertex_of, poses = self.full.corner_vertices, self.full.poses
        new_vertices, old_vertices = vertex_of[np.array(after)], vertex_of[np.array(before)]
        new, old = face_normals(poses, new_vertices), face_normals(poses, old_vertices)
        lengths = np.linalg.norm(new, axis=2)
        turn = (new * old).sum(axis=2) / np.maximum(lengths * np.linalg.norm(old, axis=2), 1e-30)
        surface = self._normals[:, new_vertices].sum(axis=2)
        surface /= np.maximum(np.linalg.norm(surface, axis=2, keepdims=True), 1e-30)
        against = (new * surface).sum(axis=2) / np.maximum(lengths, 1e-30)
        was_against = self._normals[:, old_vertices].sum(axis=2)
        was_wrong = (old * was_against).sum(axis=2) <= 0.0  # lids and lips of the full mesh, too
        if (turn[0] < _REST_TURN).any() or (against[0] < _SURFACE_TURN).any():
            return False
        if ((turn <= 0.0) & ~was_wrong).any() or ((against <= 0.0) & ~was_wrong).any():
            return False
        if self._is_needle(new_vertices, lengths[0], old_vertices, np.linalg.norm(old[0], axis=1)):
            return False
        new_area, old_area = (uv_areas(self.full.corner_uvs[np.array(c)]) for c in (after, before))
        return bool((new_area * old_area > 0.02 * old_area**2).all())

    def _is_needle(self, new: Whole, new_areas: Wide, old: Whole, old_areas: Wide) -> bool:
        roundness = [
            2 * np.sqrt(3) * areas / np.maximum(_squared_edges(self.full.poses[0], faces), 1e-30)
            for faces, areas in ((new, new_areas), (old, old_areas))
        ]
        return bool(roundness[0].min() < min(_ROUNDEST, float(roundness[1].min())))

    def _moved_strays(self, gone: int, onto: int) -> dict[tuple[int, int], tuple[int, ...]] | None:
        """What the edges of charts lost, after the collapse; None if one would stray too far in the texture."""
        if not self.is_border(gone, onto):
            return self._strays
        ends = [v for v in self.neighbours(gone) - {onto} if self.is_border(gone, v)]
        if len(ends) != 1:
            return None  # where seams meet
        lost = (
            gone,
            *self._strays.get(_key(gone, onto), ()),
            *self._strays.get(_key(gone, ends[0]), ()),
        )
        starts, stops = self._uvs_of(onto), self._uvs_of(ends[0])
        for vertex in lost:
            for place in self._uvs_of(vertex):
                nearest = min(_off_line(place, a, b) for a in starts for b in stops)
                if nearest > self.full.uv_stray:
                    return None
        strays = dict(self._strays)
        strays[_key(onto, ends[0])] = lost
        return strays

    def _uvs_of(self, vertex: int) -> Wide:
        return self.full.corner_uvs[list(self._wedges[vertex].values())]

    def _scaled_uv(self, corner: int) -> Wide:
        return np.asarray(self.full.corner_uvs[corner] * self._metres_a_uv)

    def _border_corners(self) -> list[tuple[int, int]]:
        """Faces and the corners where a border edge of theirs begins."""
        return [
            (face, k)
            for face in self.faces
            for k in range(3)
            if self.is_border(self.vertices_of(face)[k], self.vertices_of(face)[(k + 1) % 3])
        ]


def _squared_edges(points: Wide, faces: Whole) -> Wide:
    """[T] sums of the squared lengths of each triangle's edges."""
    corners = points[faces]
    return np.asarray(((corners - np.roll(corners, -1, axis=1)) ** 2).sum(axis=(1, 2)))


def _key(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


def _off_line(point: Wide, start: Wide, stop: Wide) -> float:
    along = stop - start
    share = float(np.clip((point - start) @ along / max(float(along @ along), 1e-30), 0.0, 1.0))
    return float(np.linalg.norm(point - start - share * along))
