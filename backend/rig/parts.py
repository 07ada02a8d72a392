"""Hair, beard, glasses and horns of a generated head: closed meshes of their own over the template's whole skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..head_mesh import HeadMesh, component_of_vertices, signed_volumes, vertex_normals
from ..surface.bake import bake_albedo
from ..surface.build import settle_vertices
from ..surface.decimate import decimate
from ..surface.extract import march_cells
from ..surface.field import EmptySurfaceError
from ..surface.project import evaluate_sigma, project_to_surface
from ..surface.sparse import sample_sparse
from ..surface.texels import UvMesh, locate_texels
from ..unlit_view import LabelledField
from .generated import Placement
from .head_template import HeadTemplate
from .part_field import FarValues, PartField, PartRegion, SkinDistance, skin_distance
from .part_surface import HeadSurface, read_surface
from .part_uvs import unwrap_part

Wide = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.int64]
Picture = NDArray[np.uint8]

RESOLUTION = 256  # cells along a side of the box
_COARSEST = 64  # cells that see every piece: parts are thin and in pieces
_SMALLEST_M2 = (
    1e-4  # a smaller piece of the head's surface is no part, a smaller hole in a part none
)
_SMALLEST_SHARE = 0.005  # of the largest piece
_ROOT_M = 0.0014  # how far parts reach under the skin: with the film more than a cell, so that nothing breaks up
_RAISED_M = 0.002  # above the skin: what has the skin's label and rises from here ...
_HORN_M = 0.010  # ... up to here is a horn, if its tip ...
_HORN_TIP_M = (
    0.06  # ... lies so far above the eyes: lower down hair leaves webs between itself and the neck
)
_SURE_SHARE = (
    0.5  # of belonging to a part: such points lend their colour to the part's hidden sides
)
_REACH_CELLS = 1.0  # how far decimated vertices and texels may move to the surface


@dataclass(frozen=True)
class PartKind:
    """What a part is made from and how fine it becomes."""

    name: str
    labels: tuple[str, ...]
    film_m: float  # least thickness above the skin, so that the skin shows nowhere; negative: none
    faces: int  # at most
    faces_per_m2: float
    texture_px: int
    is_raised: bool = False  # only what rises far above the skin


KINDS = (
    PartKind("hair", ("hair",), 0.0007, 8000, 40_000.0, 1024),
    PartKind("beard", ("beard",), 0.0007, 4000, 150_000.0, 512),
    PartKind("glasses", ("glasses",), -1.0, 3000, 400_000.0, 512),
    PartKind("horns", ("skin",), -1.0, 3000, 150_000.0, 512, is_raised=True),
)


@dataclass(frozen=True)
class HeadPart:
    """A part of a head as a mesh of its own, closed and manifold, with a texture."""

    name: str
    mesh: HeadMesh  # metres, the field's frame and origin
    albedo: Picture  # [H,W,3] sRGB, unlit; row 0 is the top (v = 1)


@dataclass(frozen=True)
class _Head:
    """What all parts of a head are made from. Field units."""

    field: LabelledField
    surface: HeadSurface
    skin: SkinDistance
    slope: float
    units_per_metre: float
    eye_height: float  # y

    @property
    def cell(self) -> float:
        return 2.0 * self.field.box_half / RESOLUTION


def make_parts(
    field: LabelledField,
    label_names: tuple[str, ...],
    template: HeadTemplate,
    vertices: NDArray[np.floating],
    placement: Placement,
) -> tuple[HeadPart, ...]:
    """The parts that a head has, largest kinds first; none for a bald one without beard, glasses and horns.

    Args:
        label_names: of the field's labels; the first is the background.
        vertices: [V,3] of the template wrapped onto the head, metres of its own frame.
        placement: where that frame lies in the field.
    """
    skin = skin_distance(template, placement.to_field(vertices.astype(np.float64)), field.box_half)
    surface = read_surface(field, skin, RESOLUTION)
    slope, eye_height = _slope(field, surface), float(placement.origin[1])
    head = _Head(field, surface, skin, slope, placement.units_per_metre, eye_height)
    parts = (_make_part(head, kind, _members(head, kind, label_names)) for kind in KINDS)
    return tuple(part for part in parts if part is not None)


def _members(head: _Head, kind: PartKind, label_names: tuple[str, ...]) -> Bools:
    """[V] which of the head's surface belongs to a part."""
    surface, units = head.surface, head.units_per_metre
    wanted = np.flatnonzero(np.isin(label_names, kind.labels))
    is_member = surface.with_labels(wanted)
    if kind.is_raised:
        is_member = surface.raised(is_member, _RAISED_M * units, _HORN_M * units)
        is_member = surface.reaching(is_member, head.eye_height + _HORN_TIP_M * units)
    return surface.without_specks(is_member, _SMALLEST_M2 * units**2, _SMALLEST_SHARE)


def _make_part(head: _Head, kind: PartKind, is_member: Bools) -> HeadPart | None:
    if not is_member.any():
        return None
    shares = head.surface.shares(is_member)
    units, cell = head.units_per_metre, head.cell
    region = PartRegion(head.surface.vertices, shares, head.field.box_half)
    film, root = kind.film_m * units, _ROOT_M * units
    field = PartField(head.field, head.slope, region, 2 * cell, head.skin, film, root)
    try:
        vertices, faces = extract_pieces(field, RESOLUTION)
    except EmptySurfaceError:
        return None
    area_m2 = _area(vertices, faces) / units**2
    budget = min(kind.faces, max(200, int(kind.faces_per_m2 * area_m2)))
    vertices, faces = decimate(vertices, faces, budget)
    vertices = settle_vertices(field, vertices, faces, _REACH_CELLS * cell)
    is_hidden = (head.skin(vertices) < 0.0)[faces].all(axis=1)
    uvs = unwrap_part(vertices, faces, is_hidden, kind.texture_px)
    normals = vertex_normals(vertices, faces)
    albedo = _bake(head, UvMesh(vertices, faces, normals, uvs), shares, region, kind.texture_px)
    metres = (vertices / units).astype(np.float32)
    return HeadPart(kind.name, HeadMesh(metres, faces.astype(np.int32), uvs, normals), albedo)


def extract_pieces(field: PartField, resolution: int) -> tuple[Wide, Indices]:
    """The surface [V,3], [F,3] of all pieces of a part but specks; voids are filled. Field units.

    Raises EmptySurfaceError if there is nothing.
    """
    grid, faces = march_cells(sample_sparse(field, resolution, coarsest=_COARSEST))
    piece = component_of_vertices(faces, len(grid))
    piece_of_faces = piece[faces[:, 0]]
    volumes = np.bincount(piece_of_faces, signed_volumes(grid, faces), int(piece.max()) + 1)
    if volumes.max() <= 0.0:
        raise EmptySurfaceError
    is_kept = (volumes > _SMALLEST_SHARE * volumes.max())[piece]
    numbers = np.cumsum(is_kept) - 1
    kept_faces = numbers[faces[is_kept[faces[:, 0]]]]
    scaled = grid[is_kept] * (2.0 * field.box_half / resolution) - field.box_half
    return np.ascontiguousarray(scaled), np.ascontiguousarray(kept_faces)


def _bake(head: _Head, mesh: UvMesh, shares: Wide, region: PartRegion, side: int) -> Picture:
    """The head's colours on a part; where the part does not show, those of a place near by where it does."""
    sure = np.flatnonzero(shares > min(_SURE_SHARE, float(shares.max()) / 2))
    seen = head.surface.vertices[sure]
    tree, far = cKDTree(seen), FarValues(seen, head.field.box_half)
    reach = _REACH_CELLS * head.cell

    def settle(points: Wide, outward: Wide) -> Wide:
        places = project_to_surface(head.field, points, outward, reach)
        distance, nearest = tree.query(places, distance_upper_bound=far.reach)
        is_far = nearest == len(seen)
        nearest[is_far] = far.nearest_to(places[is_far])
        is_hidden = distance > 1.5 * head.cell
        is_hidden[~is_hidden] = region(places[~is_hidden]) < 0.0
        places[is_hidden] = seen[nearest[is_hidden]]
        return places

    return bake_albedo(head.field, locate_texels(mesh, side, settle))


def _slope(field: LabelledField, surface: HeadSurface) -> float:
    """How fast sigma falls beside the surface, per field unit; the median over some points."""
    step = max(1, len(surface.vertices) // 2000)
    points = surface.vertices[::step]
    normals = vertex_normals(surface.vertices, surface.faces)[::step].astype(np.float64)
    height = 0.002 * field.box_half
    rise = evaluate_sigma(field, points - height * normals) - evaluate_sigma(
        field, points + height * normals
    )
    return max(float(np.median(rise)) / (2 * height), 1e-6)


def _area(vertices: Wide, faces: Indices) -> float:
    corners = vertices[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(across, axis=1).sum()) / 2
