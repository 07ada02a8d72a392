"""Lids that meet: the blink of a wrapped head, made to close its own eye exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import diags
from scipy.sparse.linalg import splu

from ..wire.rig_names import (
    ARKIT_SHAPES,
)
from .head_topology import Floats, HeadTopology, Ints

Wide = NDArray[np.float64]

_STILL = 2e-6  # metres


def close_lids(topology: HeadTopology, vertices: Floats, moved: Floats) -> None:
    """Change both blinks among the offsets [52,V,3] in place so that the upper lid ends on the lower one.

    A blink made for another opening stops short or goes too far. The correction at the upper margin, and then a
    little one at the lower, spreads smoothly over all that the blink moves; what stood still stays.
    """
    for name, loop in (("eyeBlinkLeft", topology.lid_left), ("eyeBlinkRight", topology.lid_right)):
        offsets = moved[ARKIT_SHAPES.index(name)]
        upper, lower = split_lid(topology, loop)
        for moving, resting in ((upper, lower), (lower, upper)):
            closed = (vertices + offsets).astype(np.float64)
            correction = nearest_on_line(closed[moving], closed[resting]) - closed[moving]
            inner = slice(1, -1)  # the corners belong to both margins
            spread = _spread(topology, offsets, moving[inner], resting, correction[inner])
            offsets += spread.astype(np.float32)


def split_lid(topology: HeadTopology, loop: Ints) -> tuple[Ints, Ints]:
    """A lid's margin [N] as its upper and its lower half, both from corner to corner."""
    place = topology.vertices[loop]
    first, second = sorted((int(np.argmin(place[:, 0])), int(np.argmax(place[:, 0]))))
    halves = loop[first : second + 1], np.concatenate([loop[second:], loop[: first + 1]])[::-1]
    is_upper = topology.vertices[halves[0], 1].mean() > topology.vertices[halves[1], 1].mean()
    return halves if is_upper else halves[::-1]


def nearest_on_line(points: Wide, line: Wide) -> Wide:
    """[N,3] the nearest places to points [N,3] on a line of straight pieces through [M,3]."""
    start, along = line[:-1], np.diff(line, axis=0)
    length = np.maximum((along**2).sum(axis=1), 1e-18)
    share = (((points[:, None] - start) * along).sum(axis=2) / length).clip(0, 1)
    places = start + share[..., None] * along
    best = np.linalg.norm(places - points[:, None], axis=2).argmin(axis=1)
    return places[np.arange(len(points)), best]


def _spread(
    topology: HeadTopology, offsets: Floats, given: Ints, still: Ints, values: Wide
) -> Wide:
    """[V,3]: values [N,3] at `given`, 0 at `still` and outside of what moves, as smooth as can be between."""
    skin = topology.part("skin")
    region = skin[np.linalg.norm(offsets[skin], axis=1) > _STILL]
    region = np.union1d(region, given)
    joined = topology.adjacency[region][:, region]
    # Neighbours outside the region count with 0.
    degree = np.asarray(topology.adjacency[region].sum(axis=1)).ravel()
    smooth = (diags(degree) - joined).tocsc()
    squared = (smooth.T @ smooth).tocsc()
    fixed = np.isin(region, np.union1d(given, still))
    known = np.zeros((len(region), 3))
    known[np.searchsorted(region, given)] = values
    free = np.flatnonzero(~fixed)
    pull = -(squared[free] @ known)
    known[free] = splu(squared[free][:, free].tocsc()).solve(pull)
    spread = np.zeros((len(offsets), 3))
    spread[region] = known
    return spread
