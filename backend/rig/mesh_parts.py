"""Hair, beard and whatever else of a user's mesh stands off the skin that was wrapped onto it.

A user's mesh has no labels: what lies well outside of the skin, in pieces large enough, is worn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..head_mesh import HeadMesh
from ..surface.extract import march_cells
from ..surface.grid import OnProgress
from ..surface.progress import spans
from ..surface.sparse import sample_sparse
from .generated import Placement
from .head_template import PART_LABELS, HeadTemplate
from .mesh_colors import TexturedMesh
from .mesh_solid import fill_mesh
from .part_field import PartField, PartRegion, measure_skin
from .part_surface import HeadSurface
from .parts import RESOLUTION, HeadPart, PartGround, PartKind, PartPlan, make_part
from .pose import Similarity
from .projected_look import SeenColors
from .target_mesh import usable_mesh

Wide = NDArray[np.float64]
Bools = NDArray[np.bool_]

_COARSEST = 64  # cells that see every piece
_FIND_S = (2.0, 3.0, 8.0)  # that it takes: the mesh as a solid, its surface, parts
_OFF_M, _WELL_OFF_M = (
    0.003,
    0.006,
)  # outside of the skin: of a part's border, and of what makes it one
_SMALLEST_M2, _WELL_OFF_M2 = 4e-4, 3e-4  # of a part's surface, and of what of it is well off
_CROWN_M, _LARGEST_GAP_M2 = 0.03, 6e-3  # above the eyes; gaps that are filled there
_SMALLEST_SHARE = 0.02  # of the largest piece
_FILM_M, _ROOT_M = 0.0007, 0.0014  # as of generated parts
_FLOOR_M = 0.004  # below the neck's ring
_LARGEST_M, _MARGIN_M = 0.3, 0.012  # half of the box at most; around what is in it
_WITHOUT_COLOR = -0.5  # share of a part beside whose border skin has its own colour
_HAIRLINE_M = 0.006  # from hair: skin so near is shaded or half covered
_CHIN_M, _FACE_DEPTH_M = (
    0.02,
    0.06,
)  # a beard reaches so near to the middle, and lies so far behind the mouth at most

KINDS = (
    PartKind("hair", "", 8000, 40_000.0, 1024, 6.0, film_m=_FILM_M),
    PartKind("beard", "", 4000, 150_000.0, 512, 2.5, film_m=_FILM_M),
    PartKind("extra", "", 4000, 200_000.0, 512, 2.5, film_m=_FILM_M),
)


@dataclass(frozen=True)
class MeshParts:
    """What a user's mesh wears, in the mesh's own frame and units."""

    parts: tuple[HeadPart, ...]
    region: PartRegion | None  # of all of them, in the frame of `placement`
    hair: cKDTree | None  # of the surface of hair and beard, in the same frame
    placement: Placement  # of the template's frame

    def skin_only(self, seen: SeenColors, points: Wide) -> SeenColors:
        """Colours seen at points [N,3] of the template's frame, without what is worn over them."""
        if self.region is None:
            return seen
        places = self.placement.to_field(points)
        is_bare = self.region(places) < _WITHOUT_COLOR
        if self.hair is not None:
            is_bare &= np.isinf(self.hair.query(places, distance_upper_bound=_HAIRLINE_M)[0])
        return SeenColors(seen.rgb, seen.trust * is_bare.astype(np.float32))


def find_parts(
    template: HeadTemplate,
    vertices: NDArray[np.floating],
    pose: Similarity,
    mesh: TexturedMesh,
    on_progress: OnProgress | None = None,
) -> MeshParts:
    """What a mesh wears onto which the template [V,3], in metres of its own frame, was wrapped by `pose`.

    Args:
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    filling, looking, making = spans(on_progress, _FIND_S)
    filling(0.0)
    given, faces = usable_mesh(mesh.vertices, mesh.faces)
    own = pose.inverse().apply(given)
    skin_vertices = vertices.astype(np.float64)
    floor = float(skin_vertices[template.neck_ring, 1].min()) - _FLOOR_M
    placement, half = _box(np.concatenate([own[np.unique(faces)], skin_vertices]), floor)
    skin = measure_skin(template, placement.to_field(skin_vertices), half)

    def colors(points: Wide) -> NDArray[np.float32]:
        return mesh.colors(pose.apply(placement.to_metres(points)), None).rgb

    solid = fill_mesh(
        placement.to_field(own),
        faces,
        half,
        float(placement.to_field(np.array([0.0, floor, 0.0]))[1]),
        placement.to_field(skin_vertices[template.is_outer_skin]),
        colors,
    )
    ground = PartGround(solid, skin, 1.0)
    cells = sample_sparse(solid, RESOLUTION, looking, coarsest=_COARSEST)
    grid, triangles = march_cells(cells)
    points = np.ascontiguousarray(grid * ground.cell - half)
    surface = HeadSurface(points, np.ascontiguousarray(triangles), np.zeros(len(grid), np.int64))
    is_worn = _worn(surface, skin(points), template, skin_vertices, placement)
    if not is_worn.any():
        return MeshParts((), None, None, placement)
    made, members = [], _by_kind(surface, is_worn, template, skin_vertices, placement)
    wanted = [(kind, member) for kind, member in zip(KINDS, members, strict=True) if member.any()]
    steps = spans(making, [kind.seconds for kind, _ in wanted])
    for (kind, is_member), step in zip(wanted, steps, strict=True):
        part = _make(ground, surface, kind, is_member, step)
        if part is not None:
            made.append(_placed(part, placement, pose))
    hair = points[members[0] | members[1]]
    region = PartRegion(points, surface.shares(is_worn), half)
    return MeshParts(tuple(made), region, cKDTree(hair) if len(hair) else None, placement)


def _box(points: Wide, floor: float) -> tuple[Placement, float]:
    """A cube around what of the points [N,3] is above the floor."""
    low, high = (f(points[points[:, 1] > floor], axis=0) for f in (np.min, np.max))
    low, high = np.maximum(low, -_LARGEST_M), np.minimum(high, _LARGEST_M)
    half = float((high - low).max()) / 2 + _MARGIN_M
    return Placement(-(low + high) / 2, 1.0), half


def _worn(
    surface: HeadSurface, height: Wide, template: HeadTemplate, vertices: Wide, placement: Placement
) -> Bools:
    """[N] which of the surface is worn: its height [N] over the skin tells, and where it is."""
    place = placement.to_metres(surface.vertices)
    above = place[:, 1] > vertices[template.neck_ring, 1].min()
    is_member = surface.without_specks((height > _OFF_M) & above, _SMALLEST_M2, _SMALLEST_SHARE)
    is_member &= height > 0.0
    piece = surface.pieces(is_member)
    well_off = np.bincount(piece, surface.areas * (height > _WELL_OFF_M))
    # Clothes and shoulders stay below the mouth.
    top = np.full(len(well_off), -np.inf)
    np.maximum.at(top, piece, place[:, 1])
    mouth = vertices[template.lip, 1].mean()
    is_worn = is_member & ((well_off > _WELL_OFF_M2) & (top > mouth))[piece]
    # Where hair lies close on the crown, or the skin was taken to be too high, it still is hair.
    piece = surface.pieces(is_worn)
    bottom = np.full(int(piece.max()) + 1, np.inf)
    np.minimum.at(bottom, piece, place[:, 1])
    is_gap = (bottom > _CROWN_M) & (np.bincount(piece, surface.areas) < _LARGEST_GAP_M2)
    return np.asarray(is_worn | is_gap[piece]) if is_worn.any() else is_worn


def _by_kind(
    surface: HeadSurface,
    is_worn: Bools,
    template: HeadTemplate,
    vertices: Wide,
    placement: Placement,
) -> tuple[Bools, Bools, Bools]:
    """Which vertices [N] of the surface are hair, beard and neither."""
    place = placement.to_metres(surface.vertices)
    skin = np.flatnonzero(template.is_outer_skin & (template.labels != PART_LABELS.index("neck")))
    below = vertices[skin[cKDTree(vertices[skin]).query(place)[1]]]
    mouth = vertices[template.lip].mean(axis=0)
    nose = vertices[skin[vertices[skin, 2].argmax()]]
    eyes = vertices[np.concatenate(template.eyes), 1]
    in_front = below[:, 2] > mouth[2] - _FACE_DEPTH_M
    is_beard = is_worn & in_front & (below[:, 1] < nose[1])
    piece = surface.pieces(is_beard)
    is_middle = is_beard & (np.abs(place[:, 0]) < _CHIN_M) & (below[:, 1] < mouth[1])
    is_beard &= (np.bincount(piece, surface.areas * is_middle) > _WELL_OFF_M2)[piece]
    is_beard = surface.without_specks(is_beard, _SMALLEST_M2, 0.0) & is_worn
    rest = is_worn & ~is_beard
    piece = surface.pieces(rest)
    is_at_eyes = rest & in_front & (below[:, 1] < eyes.max() + 0.01)
    share = np.bincount(piece, surface.areas * is_at_eyes) / np.maximum(
        np.bincount(piece, surface.areas), 1e-30
    )
    is_extra = rest & (share > 0.4)[piece]
    return rest & ~is_extra, is_beard, is_extra


def _make(
    ground: PartGround,
    surface: HeadSurface,
    kind: PartKind,
    is_member: Bools,
    on_progress: OnProgress,
) -> HeadPart | None:
    shares = surface.shares(is_member)
    region = PartRegion(surface.vertices, shares, ground.field.box_half)
    solid = PartField(ground.field, 1.0, region, 2 * ground.cell, ground.skin, kind.film_m, _ROOT_M)
    seen = surface.vertices[shares > min(0.5, float(shares.max()) / 2)]
    return make_part(ground, PartPlan(kind, solid, region, seen), on_progress)


def _placed(part: HeadPart, placement: Placement, pose: Similarity) -> HeadPart:
    """The part in the mesh's frame and units."""
    mesh = part.mesh
    points = pose.apply(placement.to_metres(mesh.vertices.astype(np.float64)))
    normals = pose.turn(mesh.normals.astype(np.float64)).astype(np.float32)
    moved = HeadMesh(points.astype(np.float32), mesh.faces, mesh.corner_uvs, normals)
    return replace(part, mesh=moved)
