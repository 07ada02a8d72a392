"""The 52 face shapes for a wrapped head, by deformation transfer from the topology's.

Sumner and Popović (2004) in the form of Botsch et al. (2006): the gradients of each triangle's deformation on the
topology are asked of the head's own triangles, and a Poisson system finds the vertices. A wide jaw so opens as
wide for its size as the topology's does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from ..wire.rig_names import (
    ARKIT_SHAPES,
    BONES,
)
from .head_topology import PART_LABELS, Floats, HeadTopology, Ints
from .lids import close_lids
from .mesh_math import face_vectors
from .pose import Similarity

Wide = NDArray[np.float64]

_STILL = 2e-6  # metres: a vertex that a shape moves less stays
_LID_NEIGHBOURS = 6
_LINING_NEIGHBOURS = 3
LEAST_LOOK = np.radians(11.0)  # by which an eye turns: upwards the topology's stop a little early
_STILL_TURN = np.radians(1.0)


def transfer_shapes(topology: HeadTopology, vertices: Floats) -> Floats:
    """Offsets [52,V,3] of ARKIT_SHAPES for the wrapped vertices [V,3]; both in metres.

    They turn with the head: it is looked at as upright as the topology is.
    """
    outer = topology.is_outer_skin
    rest, own = topology.vertices[outer], vertices[outer]
    turn = _rotation(rest - rest.mean(axis=0), own - own.mean(axis=0))
    moved = _transfer_upright(topology, (vertices @ turn).astype(np.float32))
    return np.asarray(moved @ turn.T.astype(np.float32))


def _transfer_upright(topology: HeadTopology, vertices: Floats) -> Floats:
    transfer = _SkinTransfer(topology, vertices)
    eyes = topology.eyes
    size = _size(topology, vertices)
    moved = np.zeros_like(topology.shape_offsets)
    for index in range(len(ARKIT_SHAPES)):
        offsets = topology.shape_offsets[index]
        transfer.apply(offsets, moved[index])
        for ball in eyes:
            moved[index, ball] = _turned(topology.vertices[ball], offsets[ball], vertices[ball])
    close_lids(topology, vertices, moved)
    _move_mouth_parts(topology, vertices, moved, size)
    _move_lashes(topology, vertices, moved)
    return moved


def _size(topology: HeadTopology, vertices: Floats) -> float:
    """How large the head is against the topology's, by its outer skin."""
    outer = topology.is_outer_skin
    spreads = [
        np.linalg.norm(v[outer] - v[outer].mean(axis=0), axis=1).mean()
        for v in (vertices, topology.vertices)
    ]
    return float(spreads[0] / spreads[1])


class _SkinTransfer:
    """The skin's gradients and Laplacian, the same for all shapes."""

    def __init__(self, topology: HeadTopology, vertices: Floats) -> None:
        self._skin = topology.part("skin")
        self._faces = np.searchsorted(self._skin, topology.part_triangles("skin"))
        self._rest = topology.vertices[self._skin].astype(np.float64)
        own = vertices[self._skin].astype(np.float64)
        self._frames = _inverse(_frames(self._rest, self._faces))
        gradient, areas = _gradient(own, self._faces)
        self._own_gradients = (gradient @ own).reshape(-1, 3, 3)  # [F, axis of place, xyz]
        weighted = csr_matrix((np.repeat(areas, 3), (np.arange(3 * len(areas)),) * 2))
        self._divergence = (gradient.T @ weighted).tocsr()
        self._laplacian = (self._divergence @ gradient).tocsc()

    def apply(self, offsets: Floats, moved: Floats) -> None:
        """Write the skin's part of a shape into `moved` [V,3]; offsets [V,3] are the topology's."""
        asked = offsets[self._skin].astype(np.float64)
        is_free = np.linalg.norm(asked, axis=1) > _STILL
        if not is_free.any():
            return
        deformed = _frames(self._rest + asked, self._faces)
        # Change of place per place: rows are derivatives along the axes.
        change = (deformed @ self._frames).transpose(0, 2, 1) - np.eye(3)
        wanted = self._own_gradients @ change
        pull = self._divergence @ wanted.reshape(-1, 3)
        free = np.flatnonzero(is_free)
        system = splu(self._laplacian[free][:, free].tocsc())
        moved[self._skin[free]] = system.solve(pull[free])


def _frames(vertices: Wide, faces: Ints) -> Wide:
    """[F,3,3] columns: two edges of each triangle and its normal, as long as the root of its area."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    across = np.cross(b - a, c - a)
    length = np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-18)
    return np.stack([b - a, c - a, across / np.sqrt(length)], axis=2)


def _inverse(matrices: Wide) -> Wide:
    """[F,3,3] inverses by cross products: LAPACK's threads wait for each other on matrices as small as these."""
    a, b, c = (matrices[:, :, k] for k in range(3))
    rows = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
    return np.asarray(rows / (rows[:, :1] @ a[:, :, None]))


def _gradient(vertices: Wide, faces: Ints) -> tuple[csr_matrix, Wide]:
    """The operator [3F,V] from values at vertices to their gradient in each triangle, and areas [F]."""
    across = face_vectors(vertices, faces)
    double = np.maximum(np.linalg.norm(across, axis=1), 1e-14)
    normal = across / double[:, None]
    columns, rows, values = [], [], []
    for corner in range(3):
        opposite = vertices[faces[:, (corner + 2) % 3]] - vertices[faces[:, (corner + 1) % 3]]
        slope = np.cross(normal, opposite) / double[:, None]
        for axis in range(3):
            rows.append(3 * np.arange(len(faces)) + axis)
            columns.append(faces[:, corner])
            values.append(slope[:, axis])
    places = (np.concatenate(rows), np.concatenate(columns))
    shape = (3 * len(faces), len(vertices))
    return csr_matrix((np.concatenate(values), places), shape=shape), double / 2


def _turned(rest: Floats, offsets: Floats, own: Floats) -> Floats:
    """The offsets [N,3] of an eyeball that turns as the topology's does, about its own middle."""
    if np.abs(offsets).max() < _STILL:
        return np.zeros_like(own)
    rotation = _rotation(rest - rest.mean(axis=0), rest + offsets - (rest + offsets).mean(axis=0))
    turn = Rotation.from_matrix(rotation).as_rotvec()
    angle = float(np.linalg.norm(turn))
    if angle > _STILL_TURN:
        rotation = Rotation.from_rotvec(turn * max(1.0, LEAST_LOOK / angle)).as_matrix()
    centred = own - own.mean(axis=0)
    return (centred @ rotation.T - centred).astype(np.float32)


def _rotation(before: Floats, after: Floats) -> Wide:
    """The rotation [3,3] that moves centred points [N,3] best (Kabsch, 1976)."""
    left, _, right = np.linalg.svd(after.astype(np.float64).T @ before)
    sign = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    return np.asarray(left @ sign @ right)


def _move_mouth_parts(topology: HeadTopology, vertices: Floats, moved: Floats, size: float) -> None:
    """Rows of teeth and the tongue: with the lining of this head's mouth, and relative to it as on the topology."""
    teeth = topology.part("teeth")
    is_lower = topology.bone_weights[teeth, BONES.index("jaw")] > 0.5
    lining = np.flatnonzero(topology.labels == PART_LABELS.index("mouth interior"))
    tree = cKDTree(topology.vertices[lining])
    for part in (teeth[is_lower], teeth[~is_lower], topology.part("tongue")):
        near = lining[np.unique(tree.query(topology.vertices[part], _LINING_NEIGHBOURS)[1])]
        for index, offsets in enumerate(topology.shape_offsets):
            if np.abs(offsets[part]).max() < _STILL:
                continue
            theirs = _rigid(topology.vertices[near], topology.vertices[near] + offsets[near])
            ours = _rigid(vertices[near], vertices[near] + moved[index, near])
            rest = topology.vertices[part].astype(np.float64)
            own = vertices[part].astype(np.float64)
            # What the part does in the frame of the lining that moves with it.
            apart = (rest + offsets[part] - theirs.apply(rest)) @ theirs.rotation
            moved[index, part] = ours.apply(own) + size * apart @ ours.rotation.T - own


def _rigid(before: Floats, after: Floats) -> Similarity:
    """The rigid motion that moves points [N,3] best."""
    rotation = _rotation(before - before.mean(axis=0), after - after.mean(axis=0))
    return Similarity(1.0, rotation, after.mean(axis=0) - rotation @ before.mean(axis=0))


def _move_lashes(topology: HeadTopology, vertices: Floats, moved: Floats) -> None:
    """Lashes move as the lids next to them do on this head, with what they do of their own on the topology."""
    lashes, lids = topology.part("lashes"), np.concatenate([topology.lid_left, topology.lid_right])
    away, near = cKDTree(topology.vertices[lids]).query(topology.vertices[lashes], _LID_NEIGHBOURS)
    weights = 1.0 / np.maximum(away, 1e-4) ** 2
    weights = (weights / weights.sum(axis=1, keepdims=True))[..., None]
    spread = [np.ptp(v[topology.lid_left], axis=0)[0] for v in (vertices, topology.vertices)]
    size = spread[0] / max(spread[1], 1e-6)
    own = (moved[:, lids][:, near] * weights).sum(axis=2)
    theirs = (topology.shape_offsets[:, lids][:, near] * weights).sum(axis=2)
    moved[:, lashes] = own + size * (topology.shape_offsets[:, lashes] - theirs)
