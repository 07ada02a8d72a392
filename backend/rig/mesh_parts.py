"""Hair, beard and whatever else of a user's mesh stands off the skin that was wrapped onto it.

A user's mesh has no labels: what lies well outside of the skin, in connected components large enough, is an attached part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..head_mesh import HeadMesh
from ..surface.extract import march_cells
from ..surface.field import EmptySurfaceError
from ..surface.grid import OnProgress
from ..surface.progress import spans
from ..surface.sparse import sample_sparse
from .generated import Placement
from .head_topology import PART_LABELS, HeadTopology
from .mesh_colors import TexturedMesh
from .mesh_math import vertex_normals
from .mesh_solid import fill_mesh
from .part_field import THREADS, PartField, PartRegion, measure_skin
from .part_surface import HeadSurface
from .parts import RESOLUTION, HeadPart, PartContext, PartKind, PartPlan, make_part
from .pose import Similarity
from .seen_colors import SeenColors

Wide = NDArray[np.float64]
Bools = NDArray[np.bool_]

_COARSEST = 64  # cells that see every component
_FIND_S = (2.0, 3.0, 8.0)  # that it takes: the mesh as a solid, its surface, parts
_OFF_M, _WELL_OFF_M = (
    0.003,
    0.006,
)  # outside of the skin: of a part's border, and of what makes it one
_SMALLEST_M2, _WELL_OFF_M2 = 4e-4, 3e-4  # of a part's surface, and of what of it is well off
_EAR_SHARE = 0.5  # of the surface of something: so much beside an ear is one
_CROWN_M, _LARGEST_GAP_M2 = 0.03, 6e-3  # above the eyes; gaps that are filled there
_SMALLEST_SHARE = 0.02  # of the largest component
_MIN_THICKNESS_M, _EMBED_M = 0.0007, 0.0014  # as of generated parts
_FLOOR_M = 0.004  # below the neck's ring
_LARGEST_M, _MARGIN_M = 0.3, 0.012  # half of the box at most; around what is in it
_WITHOUT_COLOR = -0.5  # share of a part beside whose border skin has its own colour
_FACE_LOW_M, _FACE_HIGH_M = np.array([-0.058, -0.05, -0.02]), np.array([0.058, 0.035, 0.1])
_DISTINCT, _NEARER = (
    0.15,
    0.8,
)  # difference of the colours of hair and face, and what counts as hair between them
_COVER_M = (0.004, 0.04, 0.003)  # from the skin: hair in between covers it; steps
_SIDEBURN_M = 0.06  # below the eyes
_HAIRLINE_M = 0.006  # from hair: skin so near is shaded or half covered
_CHIN_M, _FACE_DEPTH_M = (
    0.02,
    0.06,
)  # a beard reaches so near to the middle, and lies so far behind the mouth at most

KINDS = (
    PartKind(
        "hair", "", 8000, 40_000.0, 1024, 6.0, min_thickness_m=_MIN_THICKNESS_M, relaxations=12
    ),
    PartKind(
        "beard", "", 4000, 150_000.0, 512, 2.5, min_thickness_m=_MIN_THICKNESS_M, relaxations=4
    ),
    PartKind("extra", "", 4000, 200_000.0, 512, 2.5, min_thickness_m=_MIN_THICKNESS_M),
)


@dataclass(frozen=True)
class MeshParts:
    """The attached parts of a user's mesh, in the mesh's own frame and units."""

    parts: tuple[HeadPart, ...]
    region: PartRegion | None  # of all of them, in the frame of `placement`
    hair: cKDTree | None  # of the surface of hair and beard, in the same frame
    skin: cKDTree  # of the topology's vertices, in the same frame
    is_covered: Bools  # [V] those over which hair hangs
    placement: Placement  # of the topology's frame

    def skin_only(self, seen: SeenColors, points: Wide) -> SeenColors:
        """Colours seen at points [N,3] of the topology's frame, without attached parts over them."""
        if self.region is None:
            return seen
        places = self.placement.to_field(points)
        is_bare = self.region(places) < _WITHOUT_COLOR
        if self.hair is not None:
            is_bare &= np.isinf(self.hair.query(places, distance_upper_bound=_HAIRLINE_M)[0])
        _, near = self.skin.query(places, 3, workers=THREADS)
        is_bare &= self.is_covered[near].mean(axis=1) < 0.5
        return SeenColors(seen.rgb, seen.trust * is_bare.astype(np.float32))


def find_parts(
    topology: HeadTopology,
    vertices: NDArray[np.floating[Any]],
    pose: Similarity,
    mesh: TexturedMesh,
    on_progress: OnProgress | None = None,
) -> MeshParts:
    """The attached parts of a mesh onto which the topology [V,3], in metres of its own frame, was wrapped by `pose`.

    Args:
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    filling, looking, making = spans(on_progress, _FIND_S)
    filling(0.0)
    faces = mesh.faces
    own = pose.inverse().apply(mesh.vertices)
    skin_vertices = vertices.astype(np.float64)
    floor = float(skin_vertices[topology.neck_ring, 1].min()) - _FLOOR_M
    placement, half = _box(np.concatenate([own[np.unique(faces)], skin_vertices]), floor)
    skin = measure_skin(topology, placement.to_field(skin_vertices), half)

    def colors(points: Wide) -> NDArray[np.float32]:
        return mesh.colors(pose.apply(placement.to_metres(points)), None).rgb

    skin_tree = cKDTree(placement.to_field(skin_vertices))
    nothing = MeshParts((), None, None, skin_tree, np.zeros(len(vertices), np.bool_), placement)
    try:
        solid = fill_mesh(
            placement.to_field(own),
            faces,
            half,
            float(placement.to_field(np.array([0.0, floor, 0.0]))[1]),
            placement.to_field(skin_vertices[topology.is_outer_skin]),
            colors,
        )
        grid, triangles = march_cells(sample_sparse(solid, RESOLUTION, looking, coarsest=_COARSEST))
    except EmptySurfaceError:
        return nothing
    context = PartContext(solid, skin, 1.0)
    points = np.ascontiguousarray(grid * context.cell - half)
    surface = HeadSurface(points, np.ascontiguousarray(triangles), np.zeros(len(grid), np.int64))
    is_attached = _find_attached(surface, skin(points), topology, skin_vertices, placement)
    if not is_attached.any():
        return nothing
    is_attached = _with_thin_hair(surface, is_attached, placement, colors(points))
    made, members = [], _by_kind(surface, is_attached, topology, skin_vertices, placement)
    is_attached = members[0] | members[1] | members[2]
    wanted = [(kind, member) for kind, member in zip(KINDS, members, strict=True) if member.any()]
    steps = spans(making, [kind.seconds for kind, _ in wanted])
    for (kind, is_member), step in zip(wanted, steps, strict=True):
        part = _make(context, surface, kind, is_member, step)
        if part is not None:
            made.append(_placed(part, placement, pose))
    hair = points[members[0] | members[1]]
    tree = cKDTree(hair) if len(hair) else None
    region = PartRegion(points, surface.shares(is_attached), half)
    is_covered = _covered(topology, skin_vertices, placement, tree)
    return MeshParts(tuple(made), region, tree, skin_tree, is_covered, placement)


def _covered(
    topology: HeadTopology, vertices: Wide, placement: Placement, hair: cKDTree | None
) -> Bools:
    """[V] which vertices of the skin have hair before them."""
    if hair is None:
        return np.zeros(len(vertices), np.bool_)
    normals = vertex_normals(vertices, topology.part_triangles("skin"))
    away = np.arange(*_COVER_M)[:, None, None]
    points = placement.to_field((vertices + away * normals).reshape(-1, 3))
    distance, _ = hair.query(points, distance_upper_bound=_COVER_M[2], workers=THREADS)
    return np.asarray(np.isfinite(distance).reshape(-1, len(vertices)).any(axis=0))


def _box(points: Wide, floor: float) -> tuple[Placement, float]:
    """A cube around what of the points [N,3] is above the floor."""
    low, high = (f(points[points[:, 1] > floor], axis=0) for f in (np.min, np.max))
    low, high = np.maximum(low, -_LARGEST_M), np.minimum(high, _LARGEST_M)
    half = float((high - low).max()) / 2 + _MARGIN_M
    return Placement(-(low + high) / 2, 1.0), half


def _find_attached(
    surface: HeadSurface, height: Wide, topology: HeadTopology, vertices: Wide, placement: Placement
) -> Bools:
    """[N] which of the surface is an attached part: its height [N] over the skin tells, and where it is."""
    place = placement.to_metres(surface.vertices)
    above = place[:, 1] > vertices[topology.neck_ring, 1].min()
    is_member = surface.without_specks((height > _OFF_M) & above, _SMALLEST_M2, _SMALLEST_SHARE)
    is_member &= height > 0.0
    component = surface.components(is_member)
    well_off = np.bincount(component, surface.areas * (height > _WELL_OFF_M))
    # Clothes and shoulders stay below the mouth.
    top = np.full(len(well_off), -np.inf)
    np.maximum.at(top, component, place[:, 1])
    mouth = vertices[topology.lip, 1].mean()
    is_attached = is_member & ((well_off > _WELL_OFF_M2) & (top > mouth))[component]
    # Where hair lies close on the crown, or the skin was taken to be too high, it still is hair.
    component = surface.components(is_attached)
    bottom = np.full(int(component.max()) + 1, np.inf)
    np.minimum.at(bottom, component, place[:, 1])
    is_gap = (bottom > _CROWN_M) & (np.bincount(component, surface.areas) < _LARGEST_GAP_M2)
    return np.asarray(is_attached | is_gap[component]) if is_attached.any() else is_attached


def _with_thin_hair(
    surface: HeadSurface,
    is_attached: Bools,
    placement: Placement,
    rgb: NDArray[np.float32],
) -> Bools:
    """Attached parts [N] with what is connected to them and has the colour of hair rather than of the face."""
    place = placement.to_metres(surface.vertices)
    is_face = ((place > _FACE_LOW_M) & (place < _FACE_HIGH_M)).all(axis=1)  # brows are no hair
    is_hair = is_attached & (place[:, 1] > 0.0)
    if not is_hair.any() or not (is_face & ~is_attached).any():
        return is_attached
    hair, face = (np.median(rgb[some], axis=0) for some in (is_hair, is_face & ~is_attached))
    if np.linalg.norm(hair - face) < _DISTINCT:
        return is_attached
    from_hair, from_face = (np.linalg.norm(rgb - color, axis=1) for color in (hair, face))
    alike = (from_hair < _NEARER * from_face) & ~is_face & (place[:, 1] > -_SIDEBURN_M)
    component = surface.components(is_attached | alike)
    is_grown = (np.bincount(component, is_attached) > 0)[component] & alike
    is_either = is_attached | is_grown
    return is_either & surface.without_specks(is_either, _SMALLEST_M2, _SMALLEST_SHARE)


def _by_kind(
    surface: HeadSurface,
    is_attached: Bools,
    topology: HeadTopology,
    vertices: Wide,
    placement: Placement,
) -> tuple[Bools, Bools, Bools]:
    """Which vertices [N] of the surface are hair, beard and neither."""
    place = placement.to_metres(surface.vertices)
    skin = np.flatnonzero(topology.is_outer_skin & (topology.labels != PART_LABELS.index("neck")))
    nearest = skin[cKDTree(vertices[skin]).query(place, workers=THREADS)[1]]
    below, is_ear = vertices[nearest], topology.labels[nearest] == PART_LABELS.index("ear")
    mouth = vertices[topology.lip].mean(axis=0)
    nose = vertices[skin[vertices[skin, 2].argmax()]]
    eyes = vertices[np.concatenate(topology.eyes), 1]
    in_front = below[:, 2] > mouth[2] - _FACE_DEPTH_M
    is_beard = is_attached & in_front & (below[:, 1] < nose[1])
    component = surface.components(is_beard)
    is_middle = is_beard & (np.abs(place[:, 0]) < _CHIN_M) & (below[:, 1] < mouth[1])
    is_beard &= (np.bincount(component, surface.areas * is_middle) > _WELL_OFF_M2)[component]
    is_beard = surface.without_specks(is_beard, _SMALLEST_M2, 0.0) & is_attached
    rest = is_attached & ~is_beard
    component = surface.components(rest)
    is_at_eyes = rest & in_front & (below[:, 1] < eyes.max() + 0.01)
    share = np.bincount(component, surface.areas * is_at_eyes) / np.maximum(
        np.bincount(component, surface.areas), 1e-30
    )
    is_extra = rest & (share > 0.4)[component]
    is_hair = rest & ~is_extra
    # Long ears may stand off a skin that did not reach their tips.
    component = surface.components(is_hair)
    at_ears = np.bincount(component, surface.areas * is_ear) / np.bincount(component, surface.areas)
    is_hair &= (at_ears < _EAR_SHARE)[component]
    return is_hair, is_beard, is_extra


def _make(
    context: PartContext,
    surface: HeadSurface,
    kind: PartKind,
    is_member: Bools,
    on_progress: OnProgress,
) -> HeadPart | None:
    shares = surface.shares(is_member)
    region = PartRegion(surface.vertices, shares, context.field.box_half)
    solid = PartField(
        context.field, 1.0, region, 2 * context.cell, context.skin, kind.min_thickness_m, _EMBED_M
    )
    seen = surface.vertices[shares > min(0.5, float(shares.max()) / 2)]
    return make_part(context, PartPlan(kind, solid, region, seen), on_progress)


def _placed(part: HeadPart, placement: Placement, pose: Similarity) -> HeadPart:
    """The part in the mesh's frame and units."""
    mesh = part.mesh
    points = pose.apply(placement.to_metres(mesh.vertices.astype(np.float64)))
    normals = pose.turn(mesh.normals.astype(np.float64)).astype(np.float32)
    moved = HeadMesh(points.astype(np.float32), mesh.faces, mesh.corner_uvs, normals)
    return replace(part, mesh=moved)
