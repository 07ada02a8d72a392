"""Where the head ends: a fixed edge loop of the base mesh at the base of the neck, and the lid that closes it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from .assets import Floats, HeadKit, Ints, KitError

_LOOP_START = 1496  # base vertex at the back of the neck, on the middle line


@dataclass(frozen=True)
class NeckCut:
    """The part of the base mesh above the loop."""

    faces: Ints  # [F,6] head and neck without the lid: three vertex indices, three uv indices
    loop: Ints  # [N] base vertices around the neck, in order, beginning at the back
    lid: Ints  # [N-2,3] triangles over the loop's vertices that close the neck, facing down


def cut_neck(kit: HeadKit) -> NeckCut:
    """Cut the body at the loop. Raises KitError when the base mesh has no such loop."""
    body = kit.base.faces["body"]
    loop = _edge_loop(quads_of(body)[:, :4], _LOOP_START)
    top = int(np.argmax(kit.base.vertices[:, 1] * np.isin(np.arange(len(kit.base.vertices)), body)))
    faces = body[_connected(body, loop, top)]
    return NeckCut(faces, loop, _lid(loop, kit.base.vertices[loop, 0]))


def quads_of(triangles: Ints) -> Ints:
    """The quads [Q,8] whose fans of two the triangles [2Q,6] are: four vertices, four texture coordinates."""
    first, second = triangles[0::2], triangles[1::2]
    if not (
        np.array_equal(first[:, 0], second[:, 0]) and np.array_equal(first[:, 2], second[:, 1])
    ):
        raise KitError("The head kit's base mesh is not made of quads; get base.obj again.")
    return np.concatenate([first[:, :3], second[:, 2:3], first[:, 3:], second[:, 5:]], axis=1)


def _edge_loop(quads: Ints, start: int) -> Ints:
    """The closed loop of edges through `start` that runs straight across every vertex of four edges."""
    faces_of: dict[frozenset[int], set[int]] = defaultdict(set)
    neighbours: dict[int, set[int]] = defaultdict(set)
    for index, quad in enumerate(quads.tolist()):
        for a, b in zip(quad, quad[1:] + quad[:1], strict=True):
            faces_of[frozenset((a, b))].add(index)
            neighbours[a].add(b)
            neighbours[b].add(a)
    for second in sorted(neighbours[start]):
        loop = [start, second]
        while len(loop) <= len(neighbours):
            before, here = loop[-2:]
            crossed = faces_of[frozenset((before, here))]
            ahead = [
                n
                for n in neighbours[here]
                if n != before and not faces_of[frozenset((here, n))] & crossed
            ]
            if len(neighbours[here]) != 4 or len(ahead) != 1:
                break
            if ahead[0] == start:
                if len(loop) < 64:  # the ring around the neck, not the line down the back
                    return np.array(loop)
                break
            loop.append(ahead[0])
    raise KitError("The head kit's body has no edge loop around the neck; get base.obj again.")


def _connected(faces: Ints, loop: Ints, top: int) -> Ints:
    """Indices of the faces that hang together with vertex `top` without crossing the loop."""
    corners = faces[:, :3]
    barrier = set(loop.tolist())
    faces_at: dict[int, list[int]] = defaultdict(list)
    for index, face in enumerate(corners.tolist()):
        for vertex in face:
            faces_at[vertex].append(index)
    seen, front = set(faces_at[top]), list(faces_at[top])
    while front:
        for vertex in corners[front.pop()].tolist():
            if vertex in barrier:
                continue
            fresh = [index for index in faces_at[vertex] if index not in seen]
            seen.update(fresh)
            front.extend(fresh)
    return np.array(sorted(seen))


def _lid(loop: Ints, x: Floats) -> Ints:
    """Strips from the left half of the loop to the right half, which mirror each other."""
    ordered = loop if x[1] > 0 else np.concatenate([loop[:1], loop[:0:-1]])
    count, triangles = len(ordered), []
    for step in range(count // 2):
        right, left = ordered[step], ordered[-step % count]
        next_right, next_left = ordered[step + 1], ordered[-(step + 1) % count]
        if left != right:
            triangles.append((left, right, next_right))
        if next_left != next_right:
            triangles.append((left, next_right, next_left))
    return np.array(triangles)
