"""What a template's generator paints for a head, enlarged to the rig-ready head's texture."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ..generator.template import Template
from ..generator.template_surface import TemplateSurface
from .atlas import AtlasLook, Look, atlas_texels, cell_size
from .atlas_layout import LASHES, LEFT_EYE, SKIN, front_places, skin_sources
from .brow_paint import paint_brow
from .head_topology import Floats, HeadTopology
from .lash_cards import in_lash_cell, sharp_lashes
from .target_mesh import Wide


def generated_look(
    inner: Template, topology: HeadTopology, vertices: Floats, to_metres: Wide, w: Tensor, side: int
) -> AtlasLook:
    """The look of the head of w [w_dim] in a texture [side,side].

    Args:
        vertices: [V,3] of the wrapped head, metres in the topology's frame.
        to_metres: [4,4] from the generator's field units to that frame.
    """
    surfaces = {surface.config.name: surface for surface in inner.drawn_surfaces(w)}
    with torch.inference_mode():
        skin = _skin(surfaces["skin"], w, topology, side)
        eye = _eye(surfaces["eyes"], w, side)
        mouth = surfaces["teeth"].paint(w)  # teeth lower left, the tongue upper right
        lashes, opacity = _lashes(surfaces, w, side)
        for surface in surfaces.values():
            if surface.config.name.startswith("brow "):
                points = inner.config.soft_box.points(surface.place(inner.vertices(w), w)).numpy()
                placed = points @ to_metres[:3, :3].T + to_metres[:3, 3]
                paint_brow(skin, surface, w, placed, topology, vertices, side)
    return AtlasLook(
        skin, eye, eye, lashes, opacity, _color(mouth[:, -1, 0]), _color(mouth[:, 0, -1])
    )


def _skin(surface: TemplateSurface, w: Tensor, topology: HeadTopology, side: int) -> Look:
    """The generator's picture of the skin, which lies on the base mesh's packed UVs, in the skin's cell."""
    rows, columns = size = cell_size(SKIN, side)
    texels = atlas_texels(topology, side)
    some = np.flatnonzero((np.repeat(topology.face_materials, 2) == 0)[texels.face])
    places = skin_sources(SKIN.places(topology.triangle_uvs)) / (SKIN.width, SKIN.height) * 2 - 1
    grid = torch.from_numpy(texels.interpolate(places, some).astype(np.float32))[None, None]
    painted = surface.paint(w, size)[None]
    seen = F.grid_sample(painted, grid, "bicubic", "border", align_corners=False)[0, :, 0]
    picture = np.zeros((side, side, 3), np.float32)
    picture.reshape(-1, 3)[texels.flat[some]] = seen.clamp(0, 1).T.numpy()
    return np.ascontiguousarray(picture[:rows, :columns])


def _picture(painted: Tensor) -> Look:
    return np.ascontiguousarray(painted.permute(1, 2, 0).numpy())


def _color(rgb: Tensor) -> tuple[float, float, float]:
    red, green, blue = rgb.tolist()
    return red, green, blue


def _eye(surface: TemplateSurface, w: Tensor, side: int) -> Look:
    """The picture of the eyeball's front in its disc, the iris as sharp as the texture allows."""
    rows, columns = cell_size(LEFT_EYE, side)
    painted = surface.paint(w, (rows, columns))
    grid = torch.from_numpy(front_places(rows, columns).astype(np.float32))[None]
    seen = F.grid_sample(painted[None], grid, "bicubic", "border", align_corners=False)[0]
    return _picture(seen.clamp(0, 1))


def _lashes(
    surfaces: dict[str, TemplateSurface], w: Tensor, side: int
) -> tuple[Look, NDArray[np.float32]]:
    """Colour [H,W,3] and opacity [H,W] of the lashes."""
    size = cell_size(LASHES, side)
    cards = next((s for name, s in surfaces.items() if name.startswith("lash ")), None)
    if cards is None:
        return np.zeros((*size, 3), np.float32), np.zeros(size, np.float32)
    color = in_lash_cell(cards.paint(w), side).clamp(0, 1)
    return _picture(color), sharp_lashes(cards.alpha, cards.config.alpha_cut, side)
