"""From head parameters to drawable parts: morphs, skin, eyes, teeth, brows, lashes, hair."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from ...generator.soft_box import SoftBox
from .accessories import Accessories, Accessory
from .assets import Floats, HeadKit, Ints, Proxy, ShadedPicture
from .latent import HeadParameters
from .morphs import morphed_vertices
from .neck import cut_neck
from .skin_layers import PartColors, eye_look, part_colors, skin_look
from .skin_painter import EyePainter, SkinPainter, texels

FIELD_UNITS_PER_METRE = 1.0 / 0.36
KIT_UNITS_PER_METRE = 10.0  # the kit is in decimetres
EYE_POSITION = np.array([0.0, 0.045, 0.27], np.float32)  # where the eyes' mean lies in the field
BOX_GATHER = SoftBox()
SKIN_PIXELS = 1024
_PROXY_PIXELS = 512

PART_LABELS = (
    "background", "skin", "brow", "eye", "lips", "mouth interior", "teeth", "ear", "neck", "hair",
    "beard", "glasses",
)  # fmt: skip
LABEL_INDEX = {name: index for index, name in enumerate(PART_LABELS)}


@dataclass(frozen=True)
class DrawPart:
    """Triangles with one picture and, per vertex, one part label. Field frame and units."""

    positions: Floats  # [3F,3]
    normals: Floats  # [3F,3]
    uvs: Floats  # [3F,2]
    labels: Floats  # [3F] index into PART_LABELS
    picture: NDArray[np.uint8]  # [H,W,4] sRGB, row 0 at v = 1
    picture_key: str  # same key, same picture: the rasteriser keeps it on the device
    alpha_cut: float  # texels below are not drawn


@dataclass(frozen=True)
class MorphedHead:
    """The base mesh in one shape."""

    kit_vertices: Floats  # [V,3] kit frame, decimetres
    eyes: Floats  # [3] kit frame

    def place(self, kit_points: Floats) -> Floats:
        """Kit frame to field frame: the eyes to EYE_POSITION, decimetres to field units."""
        scale = np.float32(FIELD_UNITS_PER_METRE / KIT_UNITS_PER_METRE)
        placed: Floats = (kit_points - self.eyes) * scale + EYE_POSITION
        return placed

    @cached_property
    def vertices(self) -> Floats:
        """[V,3] field frame."""
        placed: Floats = BOX_GATHER.points(torch.from_numpy(self.place(self.kit_vertices))).numpy()
        return placed


class HeadSampler:
    """Builds heads of the kit. Deterministic: the same parameters give the same parts."""

    def __init__(self, kit: HeadKit) -> None:
        self.kit = kit
        self.skin = SkinPainter(kit, SKIN_PIXELS)
        self.eye = EyePainter()
        self.accessories = Accessories(kit, self.skin)
        self._shades: dict[Path, ShadedPicture] = {}

    def build(self, parameters: HeadParameters) -> list[DrawPart]:
        """The head's parts, opaque ones first."""
        head, colors = self.shape(parameters), part_colors(parameters)
        parts = [
            self._body(head, parameters),
            *self._eyes(head, parameters),
            self._teeth(head, colors),
        ]
        for accessory in self.accessories.of_head(parameters):
            parts.append(self._proxy(head, accessory, getattr(colors, accessory.color)))
        return parts

    # ---- shape ----------------------------------------------------------------------------------------

    def shape(self, parameters: HeadParameters) -> MorphedHead:
        vertices = morphed_vertices(self.kit, parameters)
        eyes = vertices[self._eye_vertices].mean(0)
        eyes[0] = 0.0
        return MorphedHead(vertices, eyes)

    @cached_property
    def _eye_vertices(self) -> Ints:
        faces = self.kit.base.faces
        both = np.concatenate([faces["helper-l-eye"][:, :3], faces["helper-r-eye"][:, :3]])
        return np.unique(both)

    @cached_property
    def head_faces(self) -> Ints:
        """[F,6] head and neck with the lid, which has the colour of one point of the neck."""
        cut = cut_neck(self.kit)
        at_loop = cut.faces[np.any(cut.faces[:, :3] == cut.loop[0], axis=1)][0]
        texel = at_loop[3:][at_loop[:3] == cut.loop[0]][0]
        lid = np.concatenate([cut.lid, np.full_like(cut.lid, texel)], axis=1)
        return np.concatenate([cut.faces, lid])

    # ---- parts ----------------------------------------------------------------------------------------

    def _body(self, head: MorphedHead, p: HeadParameters) -> DrawPart:
        surface = _Surface(head.vertices, self.kit.base.uvs, self.head_faces, self.body_labels)
        return _part(surface, _Picture(texels(self.skin.paint(skin_look(p)))))

    @cached_property
    def body_labels(self) -> Floats:
        """Part label [V] of each base vertex, from the morph targets that move only one part."""
        base = self.kit.base.vertices
        labels = np.full(len(base), LABEL_INDEX["skin"], np.float32)
        labels[base[:, 1] < 6.35] = LABEL_INDEX["neck"]
        for name, label, share in (
            ("ears/l-ear-trans-backward", "ear", 0.93),
            ("ears/r-ear-trans-backward", "ear", 0.93),
            ("mouth/mouth-upperlip-volume-incr", "lips", 0.3),
            ("mouth/mouth-lowerlip-volume-incr", "lips", 0.3),
        ):
            moved = np.zeros_like(base)
            self.kit.add_target(moved, name, 1.0)
            distance = np.linalg.norm(moved, axis=1)
            labels[distance > share * distance.max()] = LABEL_INDEX[label]
        labels[_mouth_lining(self.kit, self.head_faces)] = LABEL_INDEX["mouth interior"]
        return labels

    def _eyes(self, head: MorphedHead, p: HeadParameters) -> list[DrawPart]:
        """Eyeballs with a drawn iris, mapped from the front."""
        parts = []
        picture = _Picture(texels(self.eye.paint(eye_look(p))))
        placed = head.vertices
        labels = np.full(len(placed), LABEL_INDEX["eye"], np.float32)
        for faces in eye_faces(self.kit):
            surface = _Surface(placed, eye_uvs(placed, faces), faces, labels)
            parts.append(_part(surface, picture))
        return parts

    def _teeth(self, head: MorphedHead, colors: PartColors) -> DrawPart:
        faces, uvs, labels = mouth_parts(self.kit)
        picture = np.full((2, 2, 4), 255, np.uint8)
        picture[1, 0, :3] = np.multiply(colors.teeth, 255)
        picture[0, 1, :3] = np.multiply(colors.tongue, 255)
        surface = _Surface(head.vertices, uvs, faces, labels)
        return _part(surface, _Picture(picture))

    def _proxy(self, head: MorphedHead, accessory: Accessory, rgb: tuple[float, ...]) -> DrawPart:
        points = torch.from_numpy(head.place(accessory.proxy.fit(head.kit_vertices)))
        gather = BOX_GATHER.hair if accessory.kind.label in ("hair", "beard") else BOX_GATHER.points
        placed = gather(points).numpy()
        labels = np.full(len(placed), LABEL_INDEX[accessory.kind.label], np.float32)
        picture = _Picture(self._tinted(accessory.proxy, rgb), alpha_cut=accessory.kind.alpha_cut)
        return _part(_Surface(placed, accessory.proxy.uvs, accessory.proxy.faces, labels), picture)

    # ---- pictures -------------------------------------------------------------------------------------

    def shade(self, picture: Path | ShadedPicture) -> ShadedPicture:
        """Light and shade of a proxy's picture relative to its mean."""
        if isinstance(picture, ShadedPicture):
            return picture
        if picture not in self._shades:
            with Image.open(picture, formats=("PNG", "JPEG")) as image:
                rgba = image.convert("RGBA")
                rgba.thumbnail((_PROXY_PIXELS, _PROXY_PIXELS), Image.Resampling.LANCZOS)
            table = np.asarray(rgba)
            luminance = table[..., :3].astype(np.float32).mean(-1) / 255
            # Some pictures are black between their strands: what nobody sees is not part of the mean.
            seen = (table[..., 3] > 96) & (luminance > 0.03)
            mean = float(luminance[seen].mean()) if seen.any() else 1.0
            # A floor keeps very dark pictures from turning their noise into glitter.
            shade = np.clip((luminance + 0.04) / (mean + 0.04), 0.4, 1.8) ** 0.8
            self._shades[picture] = ShadedPicture(
                shade[..., None].astype(np.float32), table[..., 3]
            )
        return self._shades[picture]

    def _tinted(self, proxy: Proxy, rgb: tuple[float, ...]) -> NDArray[np.uint8]:
        """The proxy's picture with its own light and shade, but this colour as its mean."""
        shaded = self.shade(proxy.picture)
        tinted = np.empty((*shaded.alpha.shape, 4), np.uint8)
        tinted[..., :3] = np.minimum(shaded.shade * np.multiply(rgb, 255).astype(np.float32), 255)
        tinted[..., 3] = shaded.alpha
        return tinted


def _mouth_lining(kit: HeadKit, head_faces: Ints) -> Ints:
    """Base vertices of the skin inside the mouth: it has a piece of the texture of its own, around the tongue."""
    corners = head_faces[:, 3:]
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]]])
    count = len(kit.base.uvs)
    graph = coo_matrix((np.ones(len(edges)), edges.T), shape=(count, count))
    piece = connected_components(graph, directed=False)[1][corners[:, 0]]
    vertices = kit.base.vertices
    tongue = vertices[np.unique(kit.base.faces["helper-tongue"][:, :3])].mean(axis=0)
    middles = vertices[head_faces[:, :3]].mean(axis=1)
    nearest = np.linalg.norm(middles - tongue, axis=1).argmin()
    inside, rest = (
        head_faces[piece == piece[nearest], :3],
        head_faces[piece != piece[nearest], :3],
    )
    return np.setdiff1d(inside, rest)


def eye_faces(kit: HeadKit) -> tuple[Ints, Ints]:
    """Faces [F,6] of the left and the right eyeball, whose texture coordinates are counted like vertices."""
    left, right = (kit.base.faces[f"helper-{side}-eye"][:, :3] for side in "lr")
    return np.tile(left, 2), np.tile(right, 2)


def eye_uvs(vertices: Floats, faces: Ints) -> Floats:
    """Texture coordinates [V,2], v up, that map an eyeball (some of the vertices [V,3]) from the front."""
    used = np.unique(faces[:, :3])
    low, high = vertices[used].min(0), vertices[used].max(0)
    radius = (high[1] - low[1]) / 2
    uvs: Floats = (vertices[:, :2] - (low + high)[:2] / 2) / (2 * radius) + 0.5
    return uvs


def mouth_parts(kit: HeadKit) -> tuple[Ints, Floats, Floats]:
    """Teeth and tongue: faces [F,6], texture coordinates [V,2] and labels [V] of the base vertices.

    Teeth show the lower left of their picture's four texels (v up), the tongue the upper right.
    """
    groups = kit.base.faces
    teeth = [groups["helper-upper-teeth"], groups["helper-lower-teeth"]]
    tongue = np.unique(groups["helper-tongue"][:, :3])
    corners = np.concatenate([*teeth, groups["helper-tongue"]])[:, :3]
    uvs = np.full((len(kit.base.vertices), 2), 0.25, np.float32)
    labels = np.full(len(uvs), LABEL_INDEX["teeth"], np.float32)
    uvs[tongue] = 0.75
    labels[tongue] = LABEL_INDEX["mouth interior"]
    return np.tile(corners, 2), uvs, labels


@dataclass(frozen=True)
class _Surface:
    vertices: Floats  # [V,3]
    uvs: Floats  # [T,2]
    faces: Ints  # [F,6]
    labels: Floats  # [V]


@dataclass(frozen=True)
class _Picture:
    texels: NDArray[np.uint8]  # [H,W,4]
    key: str = ""
    alpha_cut: float = -1.0


def _part(surface: _Surface, picture: _Picture) -> DrawPart:
    """The triangles unrolled, with smooth normals."""
    vertices, corners = surface.vertices, surface.faces[:, :3]
    face_normals = np.cross(
        vertices[corners[:, 1]] - vertices[corners[:, 0]],
        vertices[corners[:, 2]] - vertices[corners[:, 0]],
    )
    normals = np.zeros((len(vertices), 3), np.float64)
    for axis in range(3):
        for corner in range(3):
            normals[:, axis] += np.bincount(
                corners[:, corner], face_normals[:, axis], len(vertices)
            )
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
    # A triangle has the label that most of its corners have, so labels do not mix along an edge.
    face_labels = np.median(surface.labels[corners], axis=1)
    return DrawPart(
        positions=vertices[corners].reshape(-1, 3).astype(np.float32),
        normals=normals[corners].reshape(-1, 3).astype(np.float32),
        uvs=surface.uvs[surface.faces[:, 3:]].reshape(-1, 2).astype(np.float32),
        labels=np.repeat(face_labels, 3).astype(np.float32),
        picture=picture.texels,
        picture_key=picture.key,
        alpha_cut=picture.alpha_cut,
    )
