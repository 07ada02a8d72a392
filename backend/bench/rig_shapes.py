"""Whether the 52 face shapes of a wrapped head move what their names say, and whether its lids meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..api_rig import ARKIT_SHAPES, BONES
from ..rig.head_template import Floats, HeadTemplate
from ..rig.lids import nearest_on_line, split_lid

Wide = NDArray[np.float64]
Ints = NDArray[np.integer]

_EMPTY_M = 0.0005  # the largest move that counts as none
_ONE_SIDED = 0.85  # share of the squared moves on a shape's own side
_MIDDLE_M = 0.008  # beside the middle skin belongs to both sides
_JAW_M = 0.015  # between the lips' middles
_TEETH_M = 0.008  # by which the rows part
_LOOK = np.radians(10.0)
_RADIUS_SHARE = 0.01  # by which an eyeball may grow
# Beginning of a shape's name -> where the middle of its moves may lie on the template (metres: half widths aside
# of the middle, then lowest and highest). Longer beginnings first.
_REACHES: tuple[tuple[str, float, float, float, float], ...] = (
    ("eye", 0.015, 0.06, -0.02, 0.02),
    ("jaw", 0.0, 0.015, -0.12, -0.06),
    ("mouthUpper", 0.0, 0.03, -0.07, -0.03),
    ("mouthLower", 0.0, 0.03, -0.095, -0.06),
    ("mouth", 0.0, 0.045, -0.095, -0.04),
    ("brow", 0.0, 0.07, 0.0, 0.06),
    ("cheekPuff", 0.0, 0.015, -0.085, -0.03),
    ("cheek", 0.025, 0.075, -0.055, 0.0),
    ("nose", 0.0, 0.04, -0.05, 0.02),
)


def shapes_that_hold(
    template: HeadTemplate, vertices: Floats, offsets: Floats
) -> NDArray[np.bool_]:
    """[52] which offsets [52,V,3] of ARKIT_SHAPES for vertices [V,3] do what their names say."""
    return np.array(
        [
            _holds(template, vertices, offsets[index], name)
            for index, name in enumerate(ARKIT_SHAPES)
        ]
    )


def blink_gap(template: HeadTemplate, vertices: Floats, offsets: Floats) -> float:
    """The widest gap in metres between the margins of either eye's lids at full blink."""
    gaps = []
    for name, loop in (("eyeBlinkLeft", template.lid_left), ("eyeBlinkRight", template.lid_right)):
        closed = (vertices + offsets[ARKIT_SHAPES.index(name)]).astype(np.float64)
        upper, lower = split_lid(template, loop)
        for one, other in ((upper, lower), (lower, upper)):
            places = nearest_on_line(closed[one], closed[other])
            gaps.append(np.linalg.norm(places - closed[one], axis=1).max())
    return float(max(gaps))


def _holds(template: HeadTemplate, vertices: Floats, offsets: Floats, name: str) -> bool:
    if not np.isfinite(offsets).all() or np.linalg.norm(offsets, axis=1).max() < _EMPTY_M:
        return False
    if name == "tongueOut":
        return _moves_most(template, offsets, "tongue") and _tip_comes_forward(template, offsets)
    if name.startswith("eyeLook") and not _eye_turns(template, vertices, offsets, name):
        return False
    if name == "jawOpen" and not _jaw_opens(template, vertices, offsets):
        return False
    return _is_in_place(template, offsets, name)


def _is_in_place(template: HeadTemplate, offsets: Floats, name: str) -> bool:
    """The middle of the skin's moves, and the largest of them, lie on the named part and side."""
    skin = template.part("skin")
    place = template.vertices[skin].astype(np.float64)
    weights = (offsets[skin].astype(np.float64) ** 2).sum(axis=1)
    if weights.max() < _EMPTY_M**2:
        return False
    middle = (place * weights[:, None]).sum(axis=0) / weights.sum()
    side = _side(name)
    if side:
        own = weights[place[:, 0] * side > -_MIDDLE_M].sum() / weights.sum()
        if own < _ONE_SIDED or place[weights.argmax(), 0] * side < 0.0:
            return False
    if name.endswith(("jawLeft", "mouthLeft", "jawRight", "mouthRight")):
        return bool((offsets[skin][:, 0] * weights).sum() * (1 if "Left" in name else -1) > 0.0)
    nearest, farthest, low, high = next(r[1:] for r in _REACHES if name.startswith(r[0]))
    aside = abs(middle[0])
    return bool(nearest <= aside <= farthest and low <= middle[1] <= high)


def _side(name: str) -> int:
    """1 for shapes of the left half, -1 for the right, 0 for those of both."""
    if name in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
        return 0  # all of the jaw or the mouth goes there
    return 1 if name.endswith("Left") else -1 if name.endswith("Right") else 0


def _eye_turns(template: HeadTemplate, vertices: Floats, offsets: Floats, name: str) -> bool:
    """Its own ball turns the way that is named, the other one rests, and its size stays."""
    left, right = template.eyes
    ball, other = (left, right) if _side(name) > 0 else (right, left)
    before = vertices[ball].astype(np.float64)
    after = before + offsets[ball]
    centred, turned = before - before.mean(axis=0), after - after.mean(axis=0)
    u, _, vt = np.linalg.svd(turned.T @ centred)
    rotation = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
    angle = np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1, 1))
    sizes = [np.linalg.norm(each, axis=1).mean() for each in (centred, turned)]
    gaze = rotation[:, 2]  # of an eye that looked ahead
    inwards = -_side(name) * gaze[0]
    wanted = {"Up": gaze[1], "Down": -gaze[1], "In": inwards, "Out": -inwards}
    way = next(part for part in ("Down", "Out", "Up", "In") if name.startswith(f"eyeLook{part}"))
    is_steady = abs(sizes[1] / sizes[0] - 1) < _RADIUS_SHARE
    rests = bool(np.abs(offsets[other]).max() < _EMPTY_M)
    return bool(angle >= _LOOK and wanted[way] > 0.5 * np.sin(angle) and is_steady and rests)


def _jaw_opens(template: HeadTemplate, vertices: Floats, offsets: Floats) -> bool:
    after = vertices + offsets
    middle = template.lip[np.abs(template.vertices[template.lip, 0]) < 0.001]
    apart = np.ptp(after[middle], axis=0)
    teeth = template.part("teeth")
    is_lower = template.bone_weights[teeth, BONES.index("jaw")] > 0.5
    gaps = [v[teeth[~is_lower], 1].mean() - v[teeth[is_lower], 1].mean() for v in (vertices, after)]
    return bool(np.linalg.norm(apart) >= _JAW_M and gaps[1] - gaps[0] >= _TEETH_M)


def _moves_most(template: HeadTemplate, offsets: Floats, material: str) -> bool:
    return bool(np.linalg.norm(offsets, axis=1).argmax() in set(template.part(material).tolist()))


def _tip_comes_forward(template: HeadTemplate, offsets: Floats) -> bool:
    tongue = template.part("tongue")
    tip = tongue[template.vertices[tongue, 2].argmax()]
    return bool(offsets[tip, 2] > 0.008)
