"""Levels of detail of the rig-ready topology: the same vertices, shapes, weights and UVs, but fewer of them.

A level is a list of corners of the topology's quads. So its vertices, its UVs and its materials are the topology's,
whatever the layout is, and it fits every head.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...rig.head_topology import PART_LABELS, HeadTopology, Ints
from ...wire.rig_names import (
    MATERIALS,
)
from .collapse import CollapsingMesh
from .quad_pairs import paired
from .quadrics import Material, Whole, Wide


@dataclass(frozen=True)
class Level:
    """How many of the full triangles stay, for each of MATERIALS."""

    shares: tuple[float, ...]
    are_margins_halved: bool  # the loops of lids and lips may lose every other vertex


# Of the whole 50, 25 and 10 %. Eyeballs and lashes have few to begin with; the mouth is dark.
LEVELS = (
    Level((0.485, 1.0, 0.60, 0.50, 0.40), False),
    Level((0.235, 0.6, 0.36, 0.35, 0.20), False),
    Level((0.089, 0.3, 0.18, 0.20, 0.10), True),
)
_MORPHS, _MORPH_SIZE = 12, 1.5  # standard deviations
_REST_WEIGHT = 8.0  # in poses
# How much the place of a face matters, by its vertices' label; the rest of the skin counts as 1.
_WEIGHTS = {"ear": 0.5, "neck": 0.35, "mouth interior": 0.05, "eye socket": 0.1}
_FEATURE_WEIGHT, _NEAR_M = 7.0, 0.025  # around eyes, nose and mouth, beside the 1 of other skin
_SCALP_WEIGHT = 0.2  # often below hair
_BEHIND_M = -0.05  # it begins about at the ears
_UV_WEIGHT = 0.3
_UV_STRAY = 0.003  # 6 texels of 2048


def make_levels(topology: HeadTopology) -> tuple[Ints, ...]:
    """[F,4] for each of LEVELS: corners of the quads (4 * quad + corner), -1 for the fourth of a triangle."""
    kept: list[list[Whole]] = [[] for _ in LEVELS]
    for index, name in enumerate(MATERIALS):
        for level, corners in zip(kept, _material_levels(topology, index, name), strict=True):
            level.append(corners)
    return tuple(np.concatenate(parts).astype(np.int32) for parts in kept)


def _material_levels(topology: HeadTopology, index: int, name: str) -> Iterator[Whole]:
    full = _material(topology, index)
    mesh, mirror = CollapsingMesh(full), topology.mirror.tolist()
    loops = (topology.lid_left, topology.lid_right, topology.lip)
    ring = set(topology.neck_ring.tolist())  # it stays, to meet a body
    margins = {vertex for loop in loops for vertex in loop.tolist()}
    half = {*topology.lid_left[::2].tolist(), *topology.lip[::2].tolist()}
    half |= {mirror[vertex] for vertex in half}
    for level in LEVELS:
        wanted = round(level.shares[MATERIALS.index(name)] * len(full.corners))
        fixed = ring | (half if level.are_margins_halved else margins)
        reduction = _Reduction(mesh, mirror, fixed, _rings(loops))
        reduction.run(wanted)
        yield paired(full, list(mesh.faces.values()), mirror)


def _rings(loops: Sequence[Ints]) -> dict[int, int]:
    """The loop of each vertex that lies on one."""
    return {vertex: index for index, loop in enumerate(loops) for vertex in loop.tolist()}


class _Reduction:
    """Collapses in pairs, one on each side, the cheapest first."""

    def __init__(
        self, mesh: CollapsingMesh, mirror: list[int], fixed: set[int], rings: dict[int, int]
    ) -> None:
        self._mesh, self._mirror, self._fixed, self._rings = mesh, mirror, fixed, rings
        self._heap: list[tuple[float, int, int, int]] = []
        self._stamps: dict[int, int] = {}
        for vertex in sorted(mesh.around):
            self._offer(vertex)

    def run(self, wanted: int) -> None:
        """Collapse until `wanted` triangles are left, or none can go."""
        mesh = self._mesh
        while len(mesh.faces) > wanted and self._heap:
            _, gone, onto, stamp = heapq.heappop(self._heap)
            is_old = self._stamps[gone] != stamp
            if is_old or gone not in mesh.around or not self._collapse_pair(gone, onto):
                continue
            ends = {onto, self._mirror[onto]}
            near = ends.union(*(mesh.neighbours(v) for v in ends))
            for vertex in sorted(near):
                self._offer(vertex)

    def _offer(self, gone: int) -> None:
        """Put all collapses of a vertex, which stands for its mirror image too, in line."""
        mirror = self._mirror
        if gone > mirror[gone]:
            gone = mirror[gone]
        self._stamps[gone] = self._stamps.get(gone, 0) + 1
        if gone in self._fixed or gone not in self._mesh.around:
            return
        for onto in sorted(self._mesh.neighbours(gone)):
            if self._may_collapse(gone, onto):
                cost = self._mesh.error(gone, onto)
                if mirror[gone] != gone:
                    cost = (cost + self._mesh.error(mirror[gone], mirror[onto])) / 2
                heapq.heappush(self._heap, (cost, gone, onto, self._stamps[gone]))

    def _may_collapse(self, gone: int, onto: int) -> bool:
        mirror = self._mirror
        if mirror[gone] == onto or mirror[onto] not in self._mesh.neighbours(mirror[gone]):
            return False
        if mirror[gone] == gone and mirror[onto] != onto:
            return False  # the middle stays in the middle
        return gone not in self._rings or self._rings.get(onto) == self._rings[gone]

    def _collapse_pair(self, gone: int, onto: int) -> bool:
        mesh, mirror = self._mesh, self._mirror
        first = mesh.collapse(gone, onto)
        if first is None:
            return False
        if mirror[gone] == gone:
            return True
        if mirror[gone] in mesh.around and mesh.collapse(mirror[gone], mirror[onto]) is not None:
            return True
        mesh.undo(first)
        return False


def _material(topology: HeadTopology, index: int) -> Material:
    """One material's triangles, both sides cut along the same diagonals."""
    quads = np.flatnonzero(topology.face_materials == index)
    poses = _poses(topology)
    weights = np.ones(len(poses))
    weights[0] = _REST_WEIGHT
    return Material(
        poses=poses,
        pose_weights=weights / weights.sum(),
        corners=_diagonals(topology, quads),
        corner_vertices=topology.quads.ravel(),
        corner_uvs=topology.corner_uvs.reshape(-1, 2).astype(np.float64),
        face_weights=np.repeat(_vertex_weights(topology)[topology.quads[quads]].mean(axis=1), 2),
        uv_weight=_UV_WEIGHT,
        uv_stray=_UV_STRAY,
    )


def _poses(topology: HeadTopology) -> Wide:
    """[P,V,3]: rest, each of the shapes, some other heads."""
    rest = topology.vertices.astype(np.float64)
    heads = _MORPH_SIZE * topology.morphs[:_MORPHS]
    return np.concatenate([rest[None], rest + topology.shape_offsets, rest + heads])


def _vertex_weights(topology: HeadTopology) -> Wide:
    """[V] more around eyes, nose and mouth, where one looks, than on the scalp."""
    vertices = topology.vertices.astype(np.float64)
    loops = (topology.lid_left, topology.lid_right, topology.lip)
    looked_at = [
        *(vertices[loop].mean(axis=0) for loop in loops),
        vertices[vertices[:, 2].argmax()],
    ]
    near = [np.exp(-((vertices - place) ** 2).sum(axis=1) / _NEAR_M**2) for place in looked_at]
    weights = 1.0 + _FEATURE_WEIGHT * np.max(near, axis=0)
    weights[topology.is_outer_skin & (vertices[:, 2] < _BEHIND_M)] = _SCALP_WEIGHT
    is_skin = np.isin(np.arange(len(weights)), topology.part("skin"))
    for name, weight in _WEIGHTS.items():
        weights[is_skin & (topology.labels == PART_LABELS.index(name))] = weight
    return weights


def _diagonals(topology: HeadTopology, quads: Ints) -> Ints:
    """[2Q,3] corners: each quad is cut along its shorter diagonal, and so is its mirror image."""
    places, other = topology.vertices[topology.quads[quads]], topology.mirror[topology.quads[quads]]
    lengths = np.zeros((len(quads), 2))
    for points in (places, topology.vertices[other]):
        for k in range(2):
            lengths[:, k] += ((points[:, k] - points[:, k + 2]) ** 2).sum(axis=1)
    start = np.where(lengths[:, 0] <= lengths[:, 1], 0, 1)
    turned = 4 * quads[:, None] + (start[:, None] + np.arange(4)) % 4
    return np.stack([turned[:, [0, 1, 2]], turned[:, [0, 2, 3]]], axis=1).reshape(-1, 3)
