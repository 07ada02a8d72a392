"""What a template's generator paints for a head, enlarged to the rig-ready head's texture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors import safe_open
from scipy.spatial import cKDTree
from torch import Tensor

from ..generator.checkpoints import read_header
from ..generator.template import Template
from ..generator.template_surface import TemplateSurface
from ..surface.texels import LocatedTexels
from .atlas import AtlasLook, Look, atlas_texels, cell_size
from .atlas_layout import LASHES, LEFT_EYE, SKIN, front_places, inset_places, skin_sources
from .head_template import Floats, HeadTemplate
from .mesh_colors import barycentric, spread_points
from .target_mesh import Wide

STARTER = Path(__file__).resolve().parents[1] / "assets" / "starter.safetensors"
_BROW_SAMPLES = 40_000
_BROW_REACH_M = 0.006  # how far a brow's card may lie from the skin that it is painted on
_BESIDE_M = 0.0004  # skin that lies further beside a card shows nothing of it
_BROW_EDGE = 2.5  # gain of the opacity around its cut


def generated_look(
    inner: Template, template: HeadTemplate, vertices: Floats, to_metres: Wide, w: Tensor, side: int
) -> AtlasLook:
    """The look of the head of w [w_dim] in a texture [side,side].

    Args:
        vertices: [V,3] of the wrapped head, metres in the template's frame.
        to_metres: [4,4] from the generator's field units to that frame.
    """
    surfaces = {surface.config.name: surface for surface in inner.drawn_surfaces(w)}
    with torch.inference_mode():
        skin = _skin(surfaces["skin"], w, template, side)
        eye = _eye(surfaces["eyes"], w, side)
        mouth = surfaces["teeth"].paint(w)  # teeth lower left, the tongue upper right
        lashes, opacity = _lashes(surfaces, w, side)
        for surface in surfaces.values():
            if surface.config.name.startswith("brow "):
                points = inner.config.gather.points(surface.place(inner.vertices(w), w)).numpy()
                placed = points @ to_metres[:3, :3].T + to_metres[:3, 3]
                _paint_brow(skin, surface, w, placed, template, vertices, side)
    return AtlasLook(
        skin, eye, eye, lashes, opacity, _color(mouth[:, -1, 0]), _color(mouth[:, 0, -1])
    )


def _skin(surface: TemplateSurface, w: Tensor, template: HeadTemplate, side: int) -> Look:
    """The generator's picture of the skin, which lies on the base mesh's packed UVs, in the skin's cell."""
    rows, columns = size = cell_size(SKIN, side)
    texels = atlas_texels(template, side)
    some = np.flatnonzero((np.repeat(template.face_materials, 2) == 0)[texels.face])
    places = skin_sources(SKIN.places(template.triangle_uvs)) / (SKIN.width, SKIN.height) * 2 - 1
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


def _lashes(surfaces: dict[str, TemplateSurface], w: Tensor, side: int) -> tuple[Look, np.ndarray]:
    """Colour [H,W,3] and opacity [H,W] of the lashes."""
    size = cell_size(LASHES, side)
    worn = next((s for name, s in surfaces.items() if name.startswith("lash ")), None)
    if worn is None:
        return np.zeros((*size, 3), np.float32), np.zeros(size, np.float32)
    grid = torch.from_numpy(inset_places(*size).astype(np.float32))[None]
    layers = torch.cat([worn.paint(w), worn.alpha[None]])[None]
    seen = F.grid_sample(layers, grid, "bicubic", "border", align_corners=False)[0]
    cut, gain = worn.config.alpha_cut, size[0] / worn.alpha.shape[0]
    sharp = ((seen[3] - cut) * max(gain, 1.0) + 0.5).clamp(0, 1)
    return _picture(seen[:3].clamp(0, 1)), sharp.numpy()


def _paint_brow(
    skin: Look,
    brow: TemplateSurface,
    w: Tensor,
    points: Wide,
    template: HeadTemplate,
    vertices: Floats,
    side: int,
) -> None:
    """Paint a brow's cards [P,3] into the skin's picture, where they lie before the skin."""
    triangles = brow.triangles.numpy().astype(np.int64)
    face, shares = spread_points(points, triangles, _BROW_SAMPLES, np.random.default_rng(0))
    places = (points[triangles[face]] * shares[..., None]).sum(axis=1)
    tree = cKDTree(places)
    texels = atlas_texels(template, side)
    width = skin.shape[1]
    for batch in _batches(texels, template, vertices, places):
        at = texels.interpolate(vertices[template.triangles], batch).astype(np.float64)
        away, near = tree.query(at, distance_upper_bound=_BROW_REACH_M)
        hit = np.flatnonzero(np.isfinite(away))
        card = face[near[hit]]
        weights = barycentric(at[hit], points[triangles[card]]).astype(np.float32)
        beside = _beside(at[hit], points[triangles[card]], weights) > _BESIDE_M
        uvs = brow.uvs(torch.from_numpy(card), torch.from_numpy(weights))
        layers = torch.cat([brow.paint(w), brow.alpha[None]])[None]
        seen = F.grid_sample(
            layers, uvs[None, None].float(), "bicubic", "border", align_corners=False
        )
        values = seen[0, :, 0].T.numpy()
        opacity = ((values[:, 3:] - brow.config.alpha_cut) * _BROW_EDGE + 0.5).clip(0, 1)
        opacity[beside] = 0.0
        rows, columns = np.divmod(texels.flat[batch][hit], side)
        inside = columns < width
        rows, columns = rows[inside], columns[inside]
        cover = opacity[inside]
        skin[rows, columns] = skin[rows, columns] * (1 - cover) + values[inside, :3] * cover


def _beside(points: Wide, corners: Wide, weights: NDArray[np.float32]) -> Wide:
    """How far points [N,3] lie beside the triangles [N,3,3] in which their nearest places have these weights."""
    gap = points - (corners * weights[..., None]).sum(axis=1)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    across = gap - (gap * normal).sum(axis=1, keepdims=True) * normal
    return np.asarray(np.linalg.norm(across, axis=1))


def _batches(
    texels: LocatedTexels, template: HeadTemplate, vertices: Floats, places: Wide
) -> Iterator[np.ndarray]:
    """Texels of the outer skin near the brows, as indices."""

    low, high = places.min(axis=0) - _BROW_REACH_M, places.max(axis=0) + _BROW_REACH_M
    corners = vertices[template.triangles]
    near = ((corners.max(axis=1) > low) & (corners.min(axis=1) < high)).all(axis=1)
    near &= template.is_outer_skin[template.triangles].all(axis=1)
    found = np.flatnonzero(near[texels.face])
    for start in range(0, len(found), 1 << 18):
        yield found[start : start + (1 << 18)]


def lash_opacity(inner: Template | None) -> NDArray[np.float32]:
    """Opacity [h,w] of the lashes' cards: the generator's, or else those of the starter that ships."""
    if inner is not None:
        for surface in inner.surfaces:
            if isinstance(surface, TemplateSurface) and surface.config.name.startswith("lash "):
                return np.asarray(surface.alpha.detach().numpy())
    config = read_header(STARTER).config
    assert config.template is not None
    names = [surface.name for surface in config.template.surfaces]
    first = next(i for i, name in enumerate(names) if name.startswith("lash "))
    with safe_open(STARTER, framework="np") as file:
        return np.asarray(file.get_tensor(f"template.surfaces.{first}.alpha"), np.float32)
