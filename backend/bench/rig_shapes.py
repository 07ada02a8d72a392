"""Whether the 52 shapes of a head do what their names say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rig.head_topology import Bools, HeadTopology
from ..rig.lids import nearest_on_line, split_lid
from ..wire.rig_names import (
    ARKIT_SHAPES,
    BONES,
)

Floats = NDArray[np.floating[Any]]

SMALLEST_M = 5e-4  # a shape that moves nothing further is empty
ASIDE = 0.1  # of a one-sided shape's squared moves, that the other side may do
LIPS_OPEN_M, TEETH_OPEN_M = 0.008, 0.006  # more than at rest
EYE_TURN = np.radians(7.0)  # the topology's eyes look up by 10 degrees, aside by 15


@dataclass(frozen=True)
class ShapeScore:
    """The shapes of one head."""

    good: int  # of 52
    blink_gap_mm: float  # between the margins of the worse eye, at full blink
    wrong: tuple[str, ...] = ()

    @staticmethod
    def worse(first: ShapeScore, second: ShapeScore) -> ShapeScore:
        """What is true of both."""
        wrong = tuple(sorted({*first.wrong, *second.wrong}))
        gap = max(first.blink_gap_mm, second.blink_gap_mm)
        return ShapeScore(len(ARKIT_SHAPES) - len(wrong), gap, wrong)


def score_shapes(topology: HeadTopology, vertices: Floats, offsets: Floats) -> ShapeScore:
    """The shapes [52,V,3] of a head [V,3] in the topology's frame, metres."""
    named = dict(zip(ARKIT_SHAPES, offsets, strict=True))
    regions = _regions(topology)
    wrong = [
        name
        for name, moves in named.items()
        if not _does_its_part(topology, regions, name, vertices, moves)
    ]
    gap = max(
        _gap_m(topology, loop, vertices + named[name])
        for name, loop in (
            ("eyeBlinkLeft", topology.lid_left),
            ("eyeBlinkRight", topology.lid_right),
        )
    )
    return ShapeScore(len(ARKIT_SHAPES) - len(wrong), 1000 * gap, tuple(wrong))


def _regions(topology: HeadTopology) -> dict[str, Bools]:
    """[V] where the shapes of a name's first word do most: boxes around what they are named after, at rest."""
    place = topology.vertices
    lips = place[topology.lip]
    low, high = lips.min(axis=0), lips.max(axis=0)
    lids = place[np.concatenate([topology.lid_left, topology.lid_right])]
    x, y, z = place.T
    front = z > -0.02
    middle = (low[1] + high[1]) / 2
    eyes = front & (np.abs(y - lids[:, 1].mean()) < 0.03) & (np.abs(x) < lids[:, 0].max() + 0.02)
    mouth = front & (np.abs(x) < high[0] + 0.03) & (np.abs(y - middle) < 0.045)
    return {
        "eye": eyes,
        "brow": front & (y > lids[:, 1].max()) & (y < lids[:, 1].max() + 0.05),
        "nose": front & (np.abs(x) < 0.045) & (y > high[1]) & (y < lids[:, 1].max() + 0.02),
        "cheek": front & (y < lids[:, 1].max()) & (y > low[1] - 0.03),
        "mouth": mouth,
        "jaw": (z > -0.07) & (y < high[1] + 0.01),
        "tongue": front & (np.abs(x) < 0.03) & (y < high[1] + 0.01),
    }


def _does_its_part(
    topology: HeadTopology, regions: dict[str, Bools], name: str, vertices: Floats, moves: Floats
) -> bool:
    length = np.linalg.norm(moves, axis=1)
    if not np.isfinite(moves).all() or length.max() < SMALLEST_M:
        return False
    word = next(word for word in regions if name.startswith(word))
    if not regions[word][length.argmax()]:
        return False
    side = 1 if name.endswith("Left") else -1 if name.endswith("Right") else 0
    if name in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
        return bool(side * moves[:, 0].sum() > 0)  # both sides move to one
    if side:
        # Both sides meet in the middle; beyond it the other side stays.
        other = side * topology.vertices[:, 0] < -0.012
        if (length[other] ** 2).sum() > ASIDE * (length**2).sum():
            return False
    if name.startswith("eyeLook"):
        return _turns_its_eye(topology, side, vertices, moves)
    return name != "jawOpen" or _opens(topology, vertices, moves)


def _turns_its_eye(topology: HeadTopology, side: int, vertices: Floats, moves: Floats) -> bool:
    """Whether the eyeball turns far enough about its middle and stays a ball."""
    ball = topology.eyes[0 if side > 0 else 1]
    rest, after = vertices[ball].astype(np.float64), (vertices + moves)[ball].astype(np.float64)
    a, b = rest - rest.mean(axis=0), after - after.mean(axis=0)
    left, _, right = np.linalg.svd(b.T @ a)
    rotation = left @ np.diag([1, 1, np.sign(np.linalg.det(left @ right))]) @ right
    angle = np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1, 1))
    return bool(angle > EYE_TURN and np.abs(a @ rotation.T - b).max() < 1e-3)


def _opens(topology: HeadTopology, vertices: Floats, moves: Floats) -> bool:
    """Whether lips and rows of teeth part."""
    teeth = topology.part("teeth")
    is_lower = topology.bone_weights[teeth, BONES.index("jaw")] > 0.5
    parted = []
    for upper, lower in ((teeth[~is_lower], teeth[is_lower]), split_lid(topology, topology.lip)):
        gaps = [v[upper, 1].mean() - v[lower, 1].mean() for v in (vertices, vertices + moves)]
        parted.append(gaps[1] - gaps[0])
    return bool(parted[0] > TEETH_OPEN_M and parted[1] > LIPS_OPEN_M)


def _gap_m(topology: HeadTopology, loop: NDArray[np.int32], closed: Floats) -> float:
    """The largest distance of a margin's vertex from the other margin."""
    upper, lower = (closed[half].astype(np.float64) for half in split_lid(topology, loop))
    gaps = [
        np.linalg.norm(nearest_on_line(a, b) - a, axis=1).max()
        for a, b in ((upper, lower), (lower, upper))
    ]
    return float(max(gaps))
