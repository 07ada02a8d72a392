"""Glasses: procedural frames bound to the temples, the bridge of the nose and the skull over the ears."""

from __future__ import annotations

import numpy as np

from .assets import Floats, HeadKit, Ints, Proxy
from .formed import made_proxy, tube

_TEMPLES = (11872, 5264)  # base vertices beside the eyes, left and right
_BRIDGE = 135  # on the bridge of the nose
_OVER_EAR = (0.74, 7.50, 0.55)  # near the skull's vertices that carry the arms; kit frame
_HINGE = np.array([0.665, 7.36, 1.40], np.float32)
_EYE = np.array([0.335, 7.235], np.float32)  # the middle of the left lens
_RIM = 0.021  # radius of the rims, decimetres
# Half width, half height, and how square: the exponent of a superellipse.
_LENSES = {"round": (0.235, 0.225, 2.0), "rectangular": (0.275, 0.175, 5.0)}


def glasses_proxy(kit: HeadKit, style: str) -> Proxy:
    """The frame of one style; its lenses are empty."""
    pieces = [_rim(style, side) for side in (1, -1)]
    pieces += [_bridge(style), *(_arm(style, side) for side in (1, -1))]
    faces: list[Ints] = []
    start = 0
    for points, corners in pieces:
        faces.append(corners + start)
        start += len(points)
    rest = np.concatenate([points for points, _ in pieces])
    anchors, weights = _bind(kit, rest)
    proxy, offsets = made_proxy(kit, np.concatenate(faces), anchors, weights, rest)
    return Proxy(
        proxy.faces, proxy.uvs, proxy.anchors, proxy.weights, offsets, proxy.scales, proxy.picture
    )


def _front(x: Floats, y: Floats) -> Floats:
    """Points [M,3] of the gently curved front."""
    return np.stack([x, y, 1.615 - 0.42 * x**2], axis=1)


def _outline(style: str, turns: Floats) -> tuple[Floats, Floats]:
    width, height, power = _LENSES[style]
    cosine, sine = np.cos(turns), np.sin(turns)
    stretch = (np.abs(cosine) ** power + np.abs(sine) ** power) ** (-1 / power)
    return width * cosine * stretch, height * sine * stretch


def _rim(style: str, side: int) -> tuple[Floats, Ints]:
    turns = np.linspace(0, 2 * np.pi, 40, endpoint=False) * side
    x, y = _outline(style, turns)
    path = _front(side * (_EYE[0] + side * x), _EYE[1] + y)
    radius = np.full((len(path), 2), _RIM)
    radius[:, 0] *= 1.0 + 0.35 * np.maximum(np.sin(turns * side), 0)  # heavier above
    return tube(path, radius, 8, closed=True)


def _bridge(style: str) -> tuple[Floats, Ints]:
    half = _EYE[0] - _LENSES[style][0] + 0.012
    x = np.linspace(-half, half, 9)
    path = _front(x, _EYE[1] + 0.05 + 0.03 * (1 - (x / half) ** 2))
    return tube(path, np.full(9, _RIM), 8, closed=False)


def _arm(style: str, side: int) -> tuple[Floats, Ints]:
    start = _front(np.array([_EYE[0] + _LENSES[style][0]]), np.array([_HINGE[1] - 0.06]))[0]
    corners = np.array(
        [start, _HINGE, (0.725, 7.40, 1.0), (0.755, 7.43, 0.72), (0.775, 7.44, 0.45),
         (0.775, 7.34, 0.26), (0.765, 7.12, 0.20)]
    )  # fmt: skip
    along = np.linspace(0, len(corners) - 1, 25)
    path = np.stack([np.interp(along, np.arange(len(corners)), c) for c in corners.T], axis=1)
    path[:, 0] *= side
    return tube(path, np.full((25, 2), (0.018, 0.030)), 8, closed=False)


def _bind(kit: HeadKit, rest: Floats) -> tuple[Ints, Floats]:
    """Anchors and weights: the front widens with the temples, the arms lead from there to the skull."""
    base = kit.base.vertices
    head = np.unique(kit.base.faces["body"][:, :3])
    left = head[np.argmin(np.linalg.norm(base[head] - _OVER_EAR, axis=1))]
    mirrored = np.array(_OVER_EAR) * (-1, 1, 1)
    right = head[np.argmin(np.linalg.norm(base[head] - mirrored, axis=1))]
    reach = float(base[_TEMPLES[0], 0])
    x = np.clip(rest[:, 0] / reach, -1, 1)
    nose = 0.5 * (1 - np.abs(x))
    weights = np.stack([(1 - nose + x) / 2, (1 - nose - x) / 2, nose], axis=1)
    anchors = np.tile((*_TEMPLES, _BRIDGE), (len(rest), 1))
    back = np.clip((_HINGE[2] - rest[:, 2]) / (_HINGE[2] - _OVER_EAR[2]), 0, 1)
    is_arm = (np.abs(rest[:, 0]) > 0.64) & (rest[:, 2] < _HINGE[2])
    is_left = rest[:, 0] > 0
    anchors[is_arm, 2] = np.where(is_left, left, right)[is_arm]
    front = np.stack([is_left, ~is_left], axis=1) * (1 - back)[:, None]
    weights[is_arm] = np.concatenate([front, back[:, None]], axis=1)[is_arm]
    return anchors, weights
