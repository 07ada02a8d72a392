"""What a head looks like whose colours lie on its own surface: projected onto the template, the unseen filled in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image

from ..surface.texels import LocatedTexels
from .atlas import AtlasLook, Look, atlas_texels, cell_size
from .atlas_layout import LASHES, LEFT_EYE, SKIN, front_places
from .head_template import PART_LABELS, Floats, HeadTemplate
from .mesh_math import vertex_normals

Wide = NDArray[np.float64]
Opacity = NDArray[np.float32]

_MOUTH = (0.42, 0.16, 0.15)  # sRGB, of what no picture shows
_TEETH, _TONGUE, _LASH = (0.88, 0.85, 0.78), (0.66, 0.33, 0.32), (0.03, 0.02, 0.02)
_SCLERA, _IRIS = (0.86, 0.84, 0.82), (0.30, 0.20, 0.13)
_IRIS_RADIUS, _PUPIL_RADIUS, _EDGE = 0.46, 0.19, 0.008  # of the eyeball's, seen from the front
_SEEN = 0.5  # trust from which a colour counts in the iris


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
    lash_opacity: Opacity,
    side: int,
) -> AtlasLook:
    """The look in a texture [side,side] of a wrapped head whose surface has these colours.

    Args:
        vertices: [V,3] metres in the template's frame.
        lash_opacity: [h,w] of the lashes' cards; any size.
    """
    texels = atlas_texels(template, side)
    skin = _skin(template, vertices, colors, texels)
    eyes = [_eye(template.eyes[k], template, vertices, colors, side) for k in range(2)]
    size = cell_size(LASHES, side)
    lashes = np.broadcast_to(np.array(_LASH, np.float32), (*size, 3))
    opacity = resized(lash_opacity, size)
    return AtlasLook(skin, eyes[0], eyes[1], lashes, opacity, _TEETH, _TONGUE)


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
        seen = colors(
            texels.interpolate(vertices[template.triangles], some).astype(np.float64),
            texels.interpolate(normals[template.triangles], some).astype(np.float64),
        )
        picture[texels.flat[some]], trust[texels.flat[some]] = seen.rgb, seen.trust
    inside = np.flatnonzero((is_skin & hidden)[texels.face])
    in_mouth = template.labels[template.triangles[:, 0]] == PART_LABELS.index("mouth interior")
    rows, columns = cell_size(SKIN, side)
    filled = fill_unseen(
        picture.reshape(side, side, 3)[:rows, :columns], trust.reshape(side, side)[:rows, :columns]
    )
    mouth = texels.flat[inside[in_mouth[texels.face[inside]]]]
    filled[mouth // side, mouth % side] = _MOUTH
    return filled


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


def _eye(
    ball: NDArray[np.int32],
    template: HeadTemplate,
    vertices: Floats,
    colors: ColorSource,
    side: int,
) -> Look:
    """An eye drawn sharp, in the colours that its front shows."""
    middle = (vertices[ball].min(axis=0) + vertices[ball].max(axis=0)) / 2
    radius = np.linalg.norm(vertices[ball] - middle, axis=1).mean()
    steps = np.linspace(-0.7, 0.7, 41)
    x, y = (places.ravel() for places in np.meshgrid(steps, steps))
    towards = np.stack([x, y, np.sqrt(np.maximum(1 - x**2 - y**2, 0.0))], axis=1)
    seen = colors(middle + radius * towards, towards)
    away, is_seen = np.hypot(x, y), seen.trust > _SEEN
    iris = is_seen & (away > _PUPIL_RADIUS + 0.06) & (away < _IRIS_RADIUS - 0.06)
    sclera = is_seen & (away > _IRIS_RADIUS + 0.05) & (np.abs(y) < 0.2)
    return draw_eye(
        _middle_color(seen.rgb[iris], _IRIS), _middle_color(seen.rgb[sclera], _SCLERA), side
    )


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


def resized(picture: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """A picture [h,w] of another size [H,W], smoothly."""
    image = Image.fromarray(picture.astype(np.float32))
    return np.asarray(image.resize(size[::-1], Image.Resampling.BICUBIC), np.float32).clip(0, 1)
