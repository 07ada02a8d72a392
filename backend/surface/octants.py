"""The 8 octants of many cells at once, and the 27 points around them, as bits of one number for each cell.

Halving a cell along each axis makes 8 octants; bit k of a byte stands for the one in the corner CORNERS[k]. The
octants have 27 corners; the bit 9x + 3y + z of a word stands for the one at (x, y, z).

The points around the octants of many cells are numbered through the corners of these cells: the point in the
place of a corner has eight times its number, and the seven points between it and the next corners follow, in
the order of CORNERS. So one byte for each corner holds one bit for each of all these points.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .keys import CORNERS, NEXT_CORNERS

Octants = NDArray[np.uint8]
Words = NDArray[np.uint32]

_STEPS = (9, 3, 1)  # from a point's bit to the next along x, y and z
_POINTS = np.indices((3, 3, 3)).reshape(3, 27).T  # [27,3] in the order of their bits
_OCTANT_BITS = CORNERS @ _STEPS  # [8] of the lowest corners of the octants
_LOWER = [np.uint8((1 << np.flatnonzero(side == 0)).sum()) for side in CORNERS.T]  # octants by axis
# Of each point: the cell's corner that it is numbered through, and its place among the points of that corner.
POINT_CORNERS = _POINTS // 2 @ NEXT_CORNERS  # [27]
POINT_PLACES = _POINTS % 2 @ NEXT_CORNERS  # [27]
OCTANT_POINTS = _OCTANT_BITS[:, None] + _OCTANT_BITS  # [8 octants,8 corners] among the 27 points


def _needed() -> NDArray[np.uint8]:
    """For each corner of a cell and each byte of octants [8,256]: those of its points that are corners of these."""
    needed = np.zeros((8, 256), np.uint8)
    for octant, points in enumerate(OCTANT_POINTS):
        has_octant = np.arange(256) >> octant & 1 == 1
        for point in points:
            needed[POINT_CORNERS[point], has_octant] |= np.uint8(1 << POINT_PLACES[point])
    return needed


def _spread() -> NDArray[np.uint32]:
    """For each corner of a cell and each byte of points [8,256]: their bits in the cell's word."""
    spread = np.zeros((8, 256), np.uint32)
    for point, (corner, place) in enumerate(zip(POINT_CORNERS, POINT_PLACES, strict=True)):
        spread[corner] |= (np.arange(256, dtype=np.uint32) >> place & 1) << point
    return spread


NEEDED = _needed()
SPREAD = _spread()


def crossed_octants(inside: Words) -> Octants:
    """Points [N] inside a surface -> the octants that it crosses: those with corners of both kinds."""
    return _packed(_mixed(inside, _STEPS))


def behind_crossed_faces(
    octants: Octants, inside: Words, axis: int
) -> tuple[Octants, Octants, Octants]:
    """What lies behind the faces across `axis` of some octants [N], where the surface crosses these faces.

    Args:
        inside: [N] points inside the surface, right for all corners of `octants`.

    Returns:
        Octants [N] of the same cell, of the next one along the axis, and of the one before.
    """
    faces = _mixed(inside, _STEPS[:axis] + _STEPS[axis + 1 :])
    above, below = octants & _packed(faces >> np.uint32(_STEPS[axis])), octants & _packed(faces)
    step, lower = np.uint8(NEXT_CORNERS[axis]), _LOWER[axis]
    upper = ~lower
    same = (above & lower) << step | (below & upper) >> step
    return same, (above & upper) >> step, (below & lower) << step


def _mixed(inside: Words, steps: tuple[int, ...]) -> Words:
    """Whether both kinds of points occur among a point and the next ones along the axes of `steps`."""
    some = every = inside
    for step in steps:
        some = some | some >> np.uint32(step)
        every = every & every >> np.uint32(step)
    return some & ~every


def _packed(words: Words) -> Octants:
    """The bits of the lowest corners of octants [N] -> the octants."""
    pairs = words & 0b11, words >> 1 & 0b1100, words >> 5 & 0b110000, words >> 6 & 0b11000000
    return (pairs[0] | pairs[1] | pairs[2] | pairs[3]).astype(np.uint8)
