"""Eyes of a head whose colours lie on its own surface: drawn sharp, both alike, in the colours that it shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .atlas import Look, cell_size
from .atlas_layout import LEFT_EYE, front_places
from .head_topology import Floats, HeadTopology
from .mesh_math import vertex_normals
from .seen_colors import ColorSource

Wide = NDArray[np.float64]
Bools = NDArray[np.bool_]

_SCLERA, _IRIS = np.array([0.86, 0.84, 0.82], np.float32), np.array([0.30, 0.20, 0.13], np.float32)
_IRIS_RADIUS, _PUPIL_RADIUS, _EDGE = 0.46, 0.19, 0.008  # of the eyeball's, seen from the front
_SEEN = 0.5  # trust from which a colour counts
_FEWEST = 12  # places of an iris or a sclera
_OPENING = 0.85  # of the way from the middle of a lid's opening to its margin: what lies within is surely the eye
_SHADED = 0.6  # of what is seen of a sclera
_WHITE, _PALE = 0.6, 0.25  # light of a sclera at least, and the spread of its channels at most
_DARKER = 0.15  # an iris against its sclera
_DISTINCT = 0.1  # an iris against the skin around the eyes
_AROUND_M = (0.01, 0.018)  # from the lids' margins: the skin there


@dataclass(frozen=True)
class EyeColors:
    """Colours [3] of both eyes and of the skin around them, sRGB in 0..1."""

    iris: Floats
    sclera: Floats
    skin: Floats


def read_eyes(topology: HeadTopology, vertices: Floats, colors: ColorSource) -> EyeColors:
    """What a wrapped head [V,3] shows between its lids; the usual colours where that is no iris or no white.

    Both eyes count together: one may be hidden by a fringe or lie beside its place.
    """
    skin = _skin_around(topology, vertices, colors)
    irises, scleras = [], []
    for ball, lid in zip(topology.eyes, (topology.lid_left, topology.lid_right), strict=True):
        iris, sclera = _seen_eye(vertices[ball], vertices[lid], colors)
        white = np.median(sclera, axis=0) if len(sclera) > _FEWEST else None
        if white is None or white.mean() < _WHITE or np.ptp(white) > _PALE:
            continue
        scleras.append(sclera)
        tint = np.median(iris, axis=0) if len(iris) > _FEWEST else white
        if tint.mean() < white.mean() - _DARKER and np.linalg.norm(tint - skin) > _DISTINCT:
            irises.append(iris)
    return EyeColors(
        np.median(np.concatenate(irises), axis=0) if irises else _IRIS,
        np.median(np.concatenate(scleras), axis=0) if scleras else _SCLERA,
        skin,
    )


def _skin_around(topology: HeadTopology, vertices: Floats, colors: ColorSource) -> Floats:
    """[3] the middle colour of the skin around both eyes."""
    margins = vertices[np.concatenate([topology.lid_left, topology.lid_right])]
    outer = np.flatnonzero(topology.is_outer_skin)
    away, _ = cKDTree(margins).query(vertices[outer])
    some = outer[(away > _AROUND_M[0]) & (away < _AROUND_M[1])]
    normals = vertex_normals(vertices, topology.part_triangles("skin"))[some]
    seen = colors(vertices[some].astype(np.float64), normals)
    known = seen.rgb[seen.trust > _SEEN]
    return np.asarray(np.median(known if len(known) else seen.rgb, axis=0), np.float32)


def _seen_eye(ball: Floats, lid: Floats, colors: ColorSource) -> tuple[Floats, Floats]:
    """Colours [N,3] of the iris and [M,3] of the sclera on an eyeball [B,3] between its lids' margin [L,3]."""
    middle = (ball.min(axis=0) + ball.max(axis=0)) / 2
    radius = np.linalg.norm(ball - middle, axis=1).mean()
    steps = np.linspace(-0.9, 0.9, 73)
    places = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    opening = (lid - middle)[:, :2] / radius
    inner = opening.mean(axis=0) + _OPENING * (opening - opening.mean(axis=0))
    away = np.hypot(*places.T)
    places, away = (values[(away < 0.9) & is_within(inner, places)] for values in (places, away))
    towards = np.concatenate([places, np.sqrt(1 - away**2)[:, None]], axis=1)
    seen = colors(middle + radius * towards, towards)
    is_seen = seen.trust > _SEEN
    iris = is_seen & (away > _PUPIL_RADIUS + 0.06) & (away < _IRIS_RADIUS - 0.06)
    sclera = is_seen & (away > _IRIS_RADIUS + 0.05)
    # Lids shade an eye and lashes hang into it: where it is brightest it shows the sclera's own colour.
    light = seen.rgb.mean(axis=1)
    sclera &= light >= np.quantile(light[sclera], _SHADED) if sclera.any() else sclera
    return seen.rgb[iris], seen.rgb[sclera]


def is_within(outline: Wide, points: Wide) -> Bools:
    """Whether points [N,2] lie within a closed outline [M,2]: lines to the right cross it an odd number of times."""
    start, end = outline[None], np.roll(outline, -1, axis=0)[None]
    height = points[:, None, 1]
    crosses = (start[..., 1] > height) != (end[..., 1] > height)
    rise = np.where(crosses, end[..., 1] - start[..., 1], 1.0)
    at = start[..., 0] + (height - start[..., 1]) / rise * (end[..., 0] - start[..., 0])
    return np.asarray((crosses & (points[:, None, 0] < at)).sum(axis=1) % 2 == 1)


def draw_eye(iris: Floats, sclera: Floats, side: int) -> Look:
    """The cell of an eye: sclera, iris with fibres and a dark rim (limbus), pupil."""
    places = front_places(*cell_size(LEFT_EYE, side))
    radius, angle = (
        np.hypot(places[..., 0], places[..., 1]),
        np.arctan2(places[..., 1], places[..., 0]),
    )
    share = np.clip((radius - _PUPIL_RADIUS) / (_IRIS_RADIUS - _PUPIL_RADIUS), 0, 1)
    fibres = sum(np.sin(angle * n + n * n) / len(_FIBRES) for n in _FIBRES)
    light = (1.12 - 0.2 * share + 0.28 * fibres) * (1 - 0.55 * np.clip((share - 0.78) / 0.22, 0, 1))
    shade = 1 - 0.18 * np.clip(radius - 0.5, 0, 1)
    picture = sclera * shade[..., None]
    for limit, color in (
        (_IRIS_RADIUS, iris * light[..., None]),
        (_PUPIL_RADIUS, np.full(3, 0.015)),
    ):
        cover = np.clip((limit - radius) / _EDGE + 0.5, 0, 1)[..., None]
        picture = picture * (1 - cover) + color * cover
    return np.asarray(picture.clip(0, 1), np.float32)


_FIBRES = (19, 31, 43, 67, 97)  # to a turn
