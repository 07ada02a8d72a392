"""The texture of a rig-ready head: skin, eyes, lashes, teeth and tongue in the topology's one layout."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..surface.texels import LocatedTexels, UvMesh, locate_texels
from .atlas_layout import (
    LASHES,
    LEFT_EYE,
    LOWER_TEETH,
    RIGHT_EYE,
    SKIN,
    TONGUE,
    UPPER_TEETH,
    Cell,
)
from .head_topology import PART_LABELS, HeadTopology
from .mesh_math import vertex_normals
from .relief import FLAT, SKIN_RELIEF, relief

Picture = NDArray[np.uint8]
Look = NDArray[np.float32]  # [H,W,3] sRGB in 0..1

# Linear; of the skin's parts by PART_LABELS, and of the other materials.
_SKIN_ROUGHNESS = {"lips": 0.42, "mouth interior": 0.35, "eye socket": 0.4, "ear": 0.55}
_ROUGHNESS = {"skin": 0.55, "eyes": 0.08, "lashes": 0.7, "teeth": 0.25, "tongue": 0.35}
_EDGE = 3 / 1024  # of the texture's side


@dataclass(frozen=True)
class AtlasLook:
    """What the parts of a head look like, unlit."""

    skin: Look  # fills the layout's cell of the skin
    left_eye: Look  # fills the cells of the eyes
    right_eye: Look
    lashes: Look
    lash_opacity: NDArray[np.float32]  # [H,W] in 0..1
    teeth: tuple[float, float, float]  # sRGB
    tongue: tuple[float, float, float]


@dataclass(frozen=True)
class AtlasMaps:
    """The maps of a rig-ready head, [side,side]; row 0 is the top (v = 1)."""

    albedo: Picture  # [H,W,4] sRGB, unlit, and opacity
    normal: Picture  # [H,W,3] tangent space, +Y (OpenGL)
    roughness: Picture  # [H,W] linear


@lru_cache(maxsize=1)
def atlas_texels(topology: HeadTopology, side: int) -> LocatedTexels:
    """The texels of the topology's charts, and where they lie on the topology at rest."""
    faces = topology.triangles.astype(np.int64)
    normals = vertex_normals(topology.vertices, topology.triangles)
    mesh = UvMesh(topology.vertices.astype(np.float64), faces, normals, topology.triangle_uvs)
    return locate_texels(mesh, side)


def paint_atlas(topology: HeadTopology, look: AtlasLook, side: int) -> AtlasMaps:
    """The maps of a head that looks like that."""
    texels = atlas_texels(topology, side)
    canvas = np.zeros((side, side, 4), np.uint8)
    canvas[..., 3] = 255
    _paste(canvas, SKIN, look.skin)
    _paste(canvas, LEFT_EYE, look.left_eye)
    _paste(canvas, RIGHT_EYE, look.right_eye)
    _paste(canvas, LASHES, look.lashes)
    _paste(canvas, TONGUE, _tinted(TONGUE, look.tongue, side))
    for cell in (UPPER_TEETH, LOWER_TEETH):
        _paste(canvas, cell, _tinted(cell, look.teeth, side))
    albedo = canvas.reshape(-1, 4)[texels.flat]
    mean = albedo[:, :3].mean(axis=0).round()
    painted = texels.paint(albedo, np.array([*mean, 255]).astype(np.uint8))
    rows, columns = LASHES.texels(side)
    painted[rows, columns, :3] = canvas[
        rows, columns, :3
    ]  # no other colour bleeds in from beside a lash
    painted[rows, columns, 3] = _bytes(look.lash_opacity)
    return AtlasMaps(painted, _normals(topology, painted, texels), _roughness(topology, side))


def cell_size(cell: Cell, side: int) -> tuple[int, int]:
    """Rows and columns of a cell in a texture [side,side]."""
    rows, columns = cell.texels(side)
    return rows.stop - rows.start, columns.stop - columns.start


def _paste(canvas: Picture, cell: Cell, look: Look) -> None:
    """Write a look into its cell and its edge a little beyond: charts reach over texels at the cell's edge."""
    side = len(canvas)
    more = max(1, round(_EDGE * side))
    rows, columns = (range(s.start - more, s.stop + more) for s in cell.texels(side))
    row, column = (np.clip(np.arange(-more, n + more), 0, n - 1) for n in look.shape[:2])
    inside_rows = [r for r in range(len(rows)) if 0 <= rows[r] < side]
    inside_columns = [c for c in range(len(columns)) if 0 <= columns[c] < side]
    target = np.ix_(np.array(rows)[inside_rows], np.array(columns)[inside_columns])
    canvas[..., :3][target] = _bytes(look)[np.ix_(row[inside_rows], column[inside_columns])]


def _tinted(cell: Cell, color: tuple[float, float, float], side: int) -> Look:
    """One colour, darker towards the lower end of the cell, where roots are."""
    rows, columns = cell_size(cell, side)
    shade = 1.0 - 0.25 * np.linspace(0, 1, rows, dtype=np.float32) ** 3
    return np.asarray(
        np.broadcast_to(shade[:, None, None] * np.array(color, np.float32), (rows, columns, 3))
    )


def _normals(topology: HeadTopology, albedo: Picture, texels: LocatedTexels) -> Picture:
    """The relief of the skin; all else is smooth."""
    values = relief(albedo, SKIN_RELIEF).reshape(-1, 3)[texels.flat]
    is_skin = np.repeat(topology.face_materials, 2)[texels.face] == 0
    values[~is_skin] = FLAT
    return texels.paint(values, np.array(FLAT, np.uint8))


@lru_cache(maxsize=1)
def _roughness(topology: HeadTopology, side: int) -> Picture:
    texels = atlas_texels(topology, side)
    of_vertex = np.full(len(topology.vertices), _ROUGHNESS["skin"], np.float32)
    for name, value in _SKIN_ROUGHNESS.items():
        of_vertex[topology.labels == PART_LABELS.index(name)] = value
    for name in ("eyes", "lashes", "teeth", "tongue"):
        of_vertex[topology.part(name)] = _ROUGHNESS[name]
    values = texels.interpolate(of_vertex[topology.triangles][..., None], slice(None))[:, 0]
    return texels.paint(_bytes(values), np.array(round(255 * _ROUGHNESS["skin"]), np.uint8))


def _bytes(values: NDArray[np.floating[Any]]) -> Picture:
    return np.asarray((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8))
