"""What a head looks like whose colours lie on its own surface: projected onto the template, the unseen filled in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..surface.texels import LocatedTexels
from .atlas import AtlasLook, Look, atlas_texels, cell_size
from .atlas_layout import LASHES, LEFT_EYE, SKIN, front_places
from .head_template import PART_LABELS, Floats, HeadTemplate
from .lash_cards import starter_lashes
from .mesh_math import vertex_normals

Wide = NDArray[np.float64]

_MOUTH = (0.42, 0.16, 0.15)  # sRGB, of what no picture shows
_TEETH, _TONGUE, _LASH = (0.88, 0.85, 0.78), (0.66, 0.33, 0.32), (0.03, 0.02, 0.02)
_SCLERA, _IRIS = (0.86, 0.84, 0.82), (0.30, 0.20, 0.13)
_IRIS_RADIUS, _PUPIL_RADIUS, _EDGE = 0.46, 0.19, 0.008  # of the eyeball's, seen from the front
_SEEN = 0.5  # trust from which a colour counts in the iris
_OPENING = 0.85  # of the way from the middle of a lid's opening to its margin: what lies within is surely the eye
_SHADED = 0.6  # of what is seen of a sclera
_LID_M, _LIP_M = 0.0025, 0.001  # skin so near to their margins may show the eye, lashes, teeth
_FADE_M = 0.0015
_MARGIN_STEPS = 8  # points of an edge of those margins


@dataclass(frozen=True)
class SeenColors:
    """Colours at points."""

    rgb: NDArray[np.float32]  # [N,3] sRGB in 0..1
    trust: NDArray[np.float32]  # [N] 0 where nothing is known


# Points [N,3] near the surface and unit normals [N,3], metres in the template's frame -> what is seen there.
ColorSource = Callable[[Wide, Wide], SeenColors]


def projected_look(
    template: HeadTemplate,
    vertices: Floats,
    colors: ColorSource,
    side: int,
) -> AtlasLook:
    """The look in a texture [side,side] of a wrapped head whose surface has these colours.

    Args:
        vertices: [V,3] metres in the template's frame.
    """
    texels = atlas_texels(template, side)
    skin = _skin(template, vertices, colors, texels)
    balls, lids = template.eyes, (template.lid_left, template.lid_right)
    eyes = [_eye(vertices[balls[k]], vertices[lids[k]], colors, side) for k in range(2)]
    size = cell_size(LASHES, side)
    lashes = np.broadcast_to(np.array(_LASH, np.float32), (*size, 3))
    return AtlasLook(skin, eyes[0], eyes[1], lashes, starter_lashes(side), _TEETH, _TONGUE)


def _skin(
    template: HeadTemplate, vertices: Floats, colors: ColorSource, texels: LocatedTexels
) -> Look:
    side = texels.side
    is_skin = np.repeat(template.face_materials, 2) == 0
    normals = vertex_normals(vertices, template.part_triangles("skin"))
    hidden = template.is_outer_skin[template.triangles].mean(axis=1) < 0.5
    picture, trust = np.zeros((side * side, 3), np.float32), np.zeros(side * side, np.float32)
    chosen = np.flatnonzero((is_skin & ~hidden)[texels.face])
    for start in range(0, len(chosen), 1 << 18):
        some = chosen[start : start + (1 << 18)]
        points = texels.interpolate(vertices[template.triangles], some).astype(np.float64)
        outward = texels.interpolate(normals[template.triangles], some).astype(np.float64)
        seen = colors(points, outward)
        picture[texels.flat[some]] = seen.rgb
        trust[texels.flat[some]] = seen.trust * _off_margins(template, vertices, points)
    inside = np.flatnonzero((is_skin & hidden)[texels.face])
    in_mouth = template.labels[template.triangles[:, 0]] == PART_LABELS.index("mouth interior")
    rows, columns = cell_size(SKIN, side)
    filled = fill_unseen(
        picture.reshape(side, side, 3)[:rows, :columns], trust.reshape(side, side)[:rows, :columns]
    )
    mouth = texels.flat[inside[in_mouth[texels.face[inside]]]]
    filled[mouth // side, mouth % side] = _MOUTH
    return filled


def _off_margins(template: HeadTemplate, vertices: Floats, points: Wide) -> NDArray[np.float32]:
    """Points [N,3] of the skin -> [N] 0 beside the margins of lids and lips, 1 away from them."""
    steps = np.linspace(0, 1, _MARGIN_STEPS, endpoint=False)[:, None, None]
    trust = np.ones(len(points), np.float32)
    for loop, reach in (
        (template.lid_left, _LID_M),
        (template.lid_right, _LID_M),
        (template.lip, _LIP_M),
    ):
        line = vertices[loop] * (1 - steps) + vertices[np.roll(loop, -1)] * steps
        away, _ = cKDTree(line.reshape(-1, 3)).query(points, distance_upper_bound=reach + _FADE_M)
        trust *= ((away - reach) / _FADE_M).clip(0, 1).astype(np.float32)
    return trust


def fill_unseen(picture: Look, trust: NDArray[np.float32]) -> Look:
    """A picture [H,W,3] whose colours spread to where trust [H,W] is low, from near first.

    Push and pull (Gortler et al., 1996): averages over ever larger squares fill what smaller ones leave open.
    """
    layers = torch.from_numpy(
        np.concatenate([picture * trust[..., None], trust[..., None]], axis=2)
    )
    levels = [layers.permute(2, 0, 1)[None]]
    while min(levels[-1].shape[2:]) > 1:
        levels.append(F.avg_pool2d(levels[-1], 2, ceil_mode=True, count_include_pad=False))
    filled = levels[-1][:, :3] / levels[-1][:, 3:].clamp(min=1e-6)
    for level in reversed(levels[:-1]):
        wider = F.interpolate(filled, level.shape[2:], mode="bilinear", align_corners=False)
        known = level[:, 3:].clamp(0, 1)
        filled = level[:, :3] / level[:, 3:].clamp(min=1e-6) * known + wider * (1 - known)
    return np.ascontiguousarray(filled[0].permute(1, 2, 0).numpy())


def _eye(ball: Floats, lid: Floats, colors: ColorSource, side: int) -> Look:
    """An eye drawn sharp, in the colours that the front of the eyeball [N,3] shows between its lids' margin [M,3]."""
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
    return draw_eye(
        _middle_color(seen.rgb[iris], _IRIS), _middle_color(seen.rgb[sclera], _SCLERA), side
    )


def is_within(outline: Wide, points: Wide) -> NDArray[np.bool_]:
    """Whether points [N,2] lie within a closed outline [M,2]: lines to the right cross it an odd number of times."""
    start, end = outline[None], np.roll(outline, -1, axis=0)[None]
    height = points[:, None, 1]
    crosses = (start[..., 1] > height) != (end[..., 1] > height)
    rise = np.where(crosses, end[..., 1] - start[..., 1], 1.0)
    at = start[..., 0] + (height - start[..., 1]) / rise * (end[..., 0] - start[..., 0])
    return np.asarray((crosses & (points[:, None, 0] < at)).sum(axis=1) % 2 == 1)


def _middle_color(rgb: NDArray[np.float32], usual: tuple[float, float, float]) -> Floats:
    return np.median(rgb, axis=0) if len(rgb) > 12 else np.array(usual, np.float32)


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
