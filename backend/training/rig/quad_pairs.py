"""Pairs of triangles that make a good quad, the same on both sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .quadrics import Material, Whole, Wide

_FLATTEST = 0.94  # cosine between the normals of the two
_NARROW, _WIDE = np.cos(np.radians(35.0)), np.cos(np.radians(150.0))  # angles of a quad's corners


def paired(full: Material, faces: Sequence[tuple[int, int, int]], mirror: Sequence[int]) -> Whole:
    """[F,4] corners of quads, cut along their first and third, and of triangles with -1 in the fourth place.

    Quads of the full mesh that survive whole come first, then those with the most even angles.
    """
    vertex_of = full.corner_vertices
    by_vertices = {frozenset(vertex_of[list(face)].tolist()): i for i, face in enumerate(faces)}
    twin = [
        by_vertices.get(frozenset(mirror[v] for v in vertex_of[list(face)].tolist()), -1)
        for face in faces
    ]
    quads = dict(_candidates(full, faces))
    taken: set[int] = set()
    made: list[tuple[int, ...]] = []
    for one, other in quads:
        image = _pair(twin[one], twin[other])
        pairs = ((one, other), image)
        if {one, other} & set(image) or image not in quads:
            continue
        if any(face in taken for pair in pairs for face in pair):
            continue
        made += [quads[pair] for pair in pairs]
        taken |= {one, other, *image}
    rest = [(*face, -1) for index, face in enumerate(faces) if index not in taken]
    return np.array(made + rest)


def _candidates(
    full: Material, faces: Sequence[tuple[int, int, int]]
) -> list[tuple[tuple[int, int], tuple[int, ...]]]:
    """Pairs of faces and the corners of their quad, the best first."""
    edges: dict[tuple[int, int], tuple[int, int]] = {}  # from a vertex to the next: face, place
    vertices = [full.corner_vertices[list(face)].tolist() for face in faces]
    for index, names in enumerate(vertices):
        for k in range(3):
            edges[names[k], names[(k + 1) % 3]] = (index, k)
    pairs, corners, is_whole = [], [], []
    for (start, stop), (one, k) in edges.items():
        other, m = edges.get((stop, start), (-1, 0))
        if one >= other:
            continue
        first, second = faces[one], faces[other]
        uvs = full.corner_uvs
        if (uvs[first[k]] != uvs[second[(m + 1) % 3]]).any() or (
            uvs[first[(k + 1) % 3]] != uvs[second[m]]
        ).any():
            continue  # a seam
        pairs.append(_pair(one, other))
        corners.append((first[k], second[(m + 2) % 3], first[(k + 1) % 3], first[(k + 2) % 3]))
        is_whole.append(len({corner // 4 for corner in (*first, *second)}) == 1)
    quads, whole = np.array(corners), np.array(is_whole)
    scores = _unevenness(full, quads)
    scores[whole] -= 10.0
    good = whole | (_is_flat(full, quads) & np.isfinite(scores))
    order = np.argsort(scores, kind="stable")
    return [(pairs[i], corners[i]) for i in order.tolist() if good[i]]


def _unevenness(full: Material, quads: Whole) -> Wide:
    """[Q] how far the corners are from right angles; infinite if one is too narrow or too wide anywhere."""
    in_space = full.poses[0][full.corner_vertices[quads]]
    in_texture = np.pad(full.corner_uvs[quads], ((0, 0), (0, 0), (0, 1)))
    cosines = _cosines(in_space)
    is_bad = ((cosines > _NARROW) | (cosines < _WIDE)).any(axis=1)
    one = np.roll(in_texture, -1, axis=1) - in_texture
    turns = np.cross(one, np.roll(one, -1, axis=1))[..., 2]
    is_bad |= ~((turns > 0).all(axis=1) | (turns < 0).all(axis=1))
    return np.where(is_bad, np.inf, np.abs(cosines).sum(axis=1))


def _cosines(points: Wide) -> Wide:
    """[Q,4] of the angles of quads [Q,4,3]."""
    onward, back = np.roll(points, -1, axis=1) - points, np.roll(points, 1, axis=1) - points
    lengths = np.linalg.norm(onward, axis=2) * np.linalg.norm(back, axis=2)
    return np.asarray((onward * back).sum(axis=2) / np.maximum(lengths, 1e-30))


def _is_flat(full: Material, quads: Whole) -> NDArray[np.bool_]:
    """[Q] whether the two triangles, on either diagonal, lie in nearly one plane."""
    points = full.poses[0][full.corner_vertices[quads]]
    flat = np.ones(len(quads), np.bool_)
    for shift in (0, 1):
        a, b, c, d = (points[:, (k + shift) % 4] for k in range(4))
        one, other = np.cross(b - a, c - a), np.cross(c - a, d - a)
        lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        flat &= (one * other).sum(axis=1) > _FLATTEST * lengths
    return flat


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
