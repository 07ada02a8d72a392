"""The horns of a demon, which grow out of the forehead with the style's strength."""

from __future__ import annotations

import numpy as np

from .assets import HeadKit
from .formed import FormedProxy, made_proxy, tube

# The middle line of the left horn at rest: kit frame, decimetres.
_LINE = np.array(
    [(0.36, 7.84, 1.08), (0.40, 7.98, 1.22), (0.47, 8.14, 1.30), (0.55, 8.32, 1.27), (0.60, 8.50, 1.16),
     (0.60, 8.64, 1.02)]
)  # fmt: skip
_RADII = (0.13, 0.125, 0.105, 0.08, 0.05, 0.012)


def horns_proxy(kit: HeadKit) -> FormedProxy:
    """Both horns; the one form is their growth."""
    base = kit.base.vertices
    head = np.unique(kit.base.faces["body"][:, :3])
    along = np.linspace(0, len(_LINE) - 1, 19)
    places = np.arange(len(_LINE))
    line = np.stack([np.interp(along, places, column) for column in _LINE.T], axis=1)
    radii = np.interp(along, places, _RADII) * (1 + 0.07 * np.cos(along * 2 * np.pi * 3))
    pieces, anchors, faces, start = [], [], [], 0
    for side in (1, -1):
        # The path runs along the mirrored line backwards in x only, so its faces turn around.
        points, corners = tube(line, radii, 10, closed=False)
        points = points * np.array([side, 1, 1], np.float32)
        root = _LINE[0] * (side, 1, 1)
        nearest = head[np.argsort(np.linalg.norm(base[head] - root, axis=1))[:3]]
        pieces.append(points)
        anchors.append(np.tile(nearest, (len(points), 1)))
        faces.append((corners if side > 0 else corners[:, ::-1]) + start)
        start += len(points)
    rest = np.concatenate(pieces)
    weights = np.full((len(rest), 3), 1 / 3, np.float32)
    proxy, offsets = made_proxy(kit, np.concatenate(faces), np.concatenate(anchors), weights, rest)
    return FormedProxy(proxy, (offsets,))
