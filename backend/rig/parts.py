"""Hair, beard, glasses and horns of a generated head: closed meshes of their own over the topology's whole skin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor

from ..generator.fast_field import FastField
from ..generator.model import Generator
from ..head_mesh import (
    HeadMesh,
    component_of_vertices,
    neighbour_means,
    signed_volumes,
    vertex_normals,
)
from ..surface.bake import SurfaceColors, bake_albedo
from ..surface.build import settle_vertices
from ..surface.decimate import decimate
from ..surface.extract import march_cells
from ..surface.field import EmptySurfaceError, Field
from ..surface.grid import OnProgress
from ..surface.progress import spans
from ..surface.project import evaluate_sigma, project_to_surface
from ..surface.sparse import sample_sparse
from ..surface.texels import UvMesh, locate_texels
from .accessory_solids import AccessoryField, find_accessory
from .generated import Placement
from .head_topology import HeadTopology
from .mesh_math import face_vectors
from .part_field import (
    THREADS,
    FarValues,
    PartField,
    PartRegion,
    SkinDistance,
    SmoothedField,
    measure_skin,
)
from .part_surface import HeadSurface, read_surface
from .part_uvs import unwrap_part

Wide = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.int64]
Picture = NDArray[np.uint8]

RESOLUTION = 256  # cells along a side of the box
_COARSEST = 64  # cells that see every component: parts are thin and in many of them
_SMALLEST_M2 = (
    1e-4  # a smaller component of the head's surface is no part, a smaller hole in a part none
)
_SMALLEST_SHARE = 0.005  # of the largest component
_EMBED_M = 0.0014  # how far parts reach under the skin: with the least thickness more than a cell, so that nothing breaks up
_ACCESSORY_M = (
    0.0015  # how far the surface of a field may lie from the accessory that it is made with
)
_SURE_SHARE = (
    0.5  # of belonging to a part: such points lend their colour to the part's hidden sides
)
_STRAY_CELLS = 1.5  # from a sure place that a texel may still be itself
_FEWEST_FACES = 200
_REACH_CELLS = 1.0  # how far decimated vertices and texels may move to the surface
# That steps take: looking at the head, planning a part, making all; of a part: its solid, decimation, UVs,
# the places of its texels, their colours.
_LOOK_S, _PLAN_S, _PARTS_S = 0.55, 0.15, 6.5
_PART_S = (0.65, 1.5, 0.4, 1.1, 0.5)


@dataclass(frozen=True)
class PartKind:
    """What a part is made from and how fine it becomes."""

    name: str  # the first word of the generator's own surface as well, if it is made from that
    label: str
    faces: int  # at most
    faces_per_m2: float
    texture_px: int
    seconds: float  # that making it takes
    min_thickness_m: float = (
        -1.0
    )  # least thickness above the skin, so that it shows nowhere; negative: none
    smoothing_m: float = 0.0  # how far around a point its surface is averaged
    relaxations: int = 0  # of its surface: steps that move each vertex between its neighbours
    has_own_surface: bool = False  # taken from the generator's own surface, where there is one
    needs_own_surface: bool = False  # no part without


KINDS = (
    PartKind("hair", "hair", 8000, 40_000.0, 1024, 5.5, min_thickness_m=0.0007, smoothing_m=0.0021),
    PartKind("beard", "beard", 4000, 150_000.0, 512, 1.6, min_thickness_m=0.0007),
    PartKind("glasses", "glasses", 3000, 400_000.0, 512, 0.8, has_own_surface=True),
    # Horns have the label of the skin.
    PartKind(
        "horns", "skin", 3000, 150_000.0, 512, 0.7, has_own_surface=True, needs_own_surface=True
    ),
)


@dataclass(frozen=True)
class HeadPart:
    """A part of a head as a mesh of its own, closed and manifold, with a texture."""

    name: str
    mesh: HeadMesh  # metres, the field's frame and origin
    albedo: Picture  # [H,W,3] sRGB, unlit; row 0 is the top (v = 1)


@dataclass(frozen=True)
class GeneratedHead:
    """A generated head and the topology that was wrapped onto it."""

    generator: Generator
    field: FastField
    w: Tensor  # [w_dim]
    topology: HeadTopology
    vertices: NDArray[np.floating[Any]]  # [V,3] metres of the topology's frame
    placement: Placement  # of that frame in the field


@dataclass(frozen=True)
class PartContext:
    """What parts are cut from. Field units."""

    field: Field  # of the whole head
    skin: SkinDistance
    units: float  # in a metre

    @property
    def cell(self) -> float:
        return 2.0 * self.field.box_half / RESOLUTION


@dataclass(frozen=True)
class _Sources:
    """What all parts of a generated head are made from. Field units."""

    head: GeneratedHead
    surface: HeadSurface
    context: PartContext
    slope: float  # of sigma beside the surface


@dataclass(frozen=True)
class PartPlan:
    """One part before it is made. Field units."""

    kind: PartKind
    solid: Field
    region: PartRegion
    seen: Wide  # [N,3] points of the head's surface that surely belong to the part


def make_parts(head: GeneratedHead, on_progress: OnProgress | None = None) -> tuple[HeadPart, ...]:
    """The parts that a head has, in the order of KINDS; none for a bald one without beard, glasses and horns.

    Args:
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    field = head.field
    look_s, plan_s = _LOOK_S, _PLAN_S * len(KINDS)
    looking, planning, making = spans(on_progress, (look_s, plan_s, _PARTS_S))
    vertices = head.placement.to_field(head.vertices.astype(np.float64))
    looking(0.0)
    surface = read_surface(field, RESOLUTION)
    skin = measure_skin(head.topology, vertices, field.box_half)
    context = PartContext(field, skin, head.placement.units_per_metre)
    sources = _Sources(head, surface, context, _slope(field, surface))
    plans = []
    for number, kind in enumerate(KINDS):
        planning(number / len(KINDS))
        plans.append(_plan_part(sources, kind))
    wanted = [plan for plan in plans if plan is not None]
    steps = spans(making, [plan.kind.seconds for plan in wanted])
    parts = (make_part(context, plan, step) for plan, step in zip(wanted, steps, strict=True))
    return tuple(part for part in parts if part is not None)


def _plan_part(sources: _Sources, kind: PartKind) -> PartPlan | None:
    """How to make a part; None if the head's surface shows none."""
    head, surface, units = sources.head, sources.surface, sources.context.units
    accessory = find_accessory(head.generator, head.w, kind.name) if kind.has_own_surface else None
    if accessory is None and kind.needs_own_surface:
        return None
    is_member = surface.labels == head.generator.config.decoder.label_names.index(kind.label)
    if accessory is not None:
        is_member &= np.abs(accessory(surface.vertices)) < _ACCESSORY_M * units
    is_member = surface.without_specks(is_member, _SMALLEST_M2 * units**2, _SMALLEST_SHARE)
    if not is_member.any():
        return None
    shares = surface.shares(is_member)
    region = PartRegion(surface.vertices, shares, head.field.box_half)
    embed_depth = _EMBED_M * units
    outside: Field = head.field
    if kind.smoothing_m > 0.0:
        outside = SmoothedField(head.field, kind.smoothing_m * units)
    solid: Field = PartField(
        outside,
        sources.slope,
        region,
        2 * sources.context.cell,
        sources.context.skin,
        kind.min_thickness_m * units,
        embed_depth,
    )
    if accessory is not None:
        solid = AccessoryField(head.field, accessory, sources.context.skin, embed_depth)
    seen = surface.vertices[shares > min(_SURE_SHARE, float(shares.max()) / 2)]
    return PartPlan(kind, solid, region, seen)


def make_part(context: PartContext, plan: PartPlan, on_progress: OnProgress) -> HeadPart | None:
    """The part of a plan; None if nothing of it is left."""
    kind, units = plan.kind, context.units
    extracting, decimating, unwrapping, *baking = spans(on_progress, _PART_S)
    try:
        vertices, faces = extract_components(plan.solid, RESOLUTION, extracting)
    except EmptySurfaceError:
        return None
    if kind.relaxations:
        means = neighbour_means(faces, len(vertices))
        for _ in range(kind.relaxations):
            vertices = (vertices + means @ vertices) / 2
    area_m2 = float(np.linalg.norm(face_vectors(vertices, faces), axis=1).sum()) / 2 / units**2
    budget = min(kind.faces, max(_FEWEST_FACES, int(kind.faces_per_m2 * area_m2)))
    vertices, faces = decimate(vertices, faces, budget, decimating)
    unwrapping(0.0)
    if not kind.relaxations:
        vertices = settle_vertices(plan.solid, vertices, faces, _REACH_CELLS * context.cell)
    is_hidden = (context.skin(vertices) < 0.0)[faces].all(axis=1)
    uvs = unwrap_part(vertices, faces, is_hidden, kind.texture_px)
    normals = vertex_normals(vertices, faces)
    albedo = _bake(context, plan, UvMesh(vertices, faces, normals, uvs), *baking)
    metres = (vertices / units).astype(np.float32)
    return HeadPart(kind.name, HeadMesh(metres, faces.astype(np.int32), uvs, normals), albedo)


def extract_components(
    field: Field, resolution: int, on_progress: OnProgress | None = None
) -> tuple[Wide, Indices]:
    """The surface [V,3], [F,3] of all components of a part but specks; voids are filled. Field units.

    Raises EmptySurfaceError if there is nothing.
    """
    grid, faces = march_cells(sample_sparse(field, resolution, on_progress, _COARSEST))
    component = component_of_vertices(faces, len(grid))
    component_of_faces = component[faces[:, 0]]
    volumes = np.bincount(component_of_faces, signed_volumes(grid, faces), int(component.max()) + 1)
    if volumes.max() <= 0.0:
        raise EmptySurfaceError
    is_kept = (volumes > _SMALLEST_SHARE * volumes.max())[component]
    numbers = np.cumsum(is_kept) - 1
    kept_faces = numbers[faces[is_kept[faces[:, 0]]]]
    scaled = grid[is_kept] * (2.0 * field.box_half / resolution) - field.box_half
    return np.ascontiguousarray(scaled), np.ascontiguousarray(kept_faces)


def _bake(
    context: PartContext, plan: PartPlan, mesh: UvMesh, locating: OnProgress, coloring: OnProgress
) -> Picture:
    """The head's colours on a part; where the part does not show, those of a place near by where it does."""
    field, cell = context.field, context.cell
    tree, far = cKDTree(plan.seen), FarValues(plan.seen, field.box_half)

    def settle(points: Wide, outward: Wide) -> Wide:
        places = project_to_surface(field, points, outward, _REACH_CELLS * cell)
        distance, nearest = tree.query(places, distance_upper_bound=far.reach, workers=THREADS)
        is_far = nearest == len(plan.seen)
        nearest[is_far] = far.nearest_to(places[is_far])
        is_hidden = distance > _STRAY_CELLS * cell
        is_hidden[~is_hidden] = plan.region(places[~is_hidden]) < 0.0
        places[is_hidden] = plan.seen[nearest[is_hidden]]
        return places

    texels = locate_texels(mesh, plan.kind.texture_px, settle, locating)
    return bake_albedo(SurfaceColors(field), mesh, texels, coloring)


def _slope(field: Field, surface: HeadSurface) -> float:
    """How fast sigma falls beside the surface, per field unit; the median over some points."""
    step = max(1, len(surface.vertices) // 2000)
    points = surface.vertices[::step]
    normals = vertex_normals(surface.vertices, surface.faces)[::step].astype(np.float64)
    height = 0.002 * field.box_half
    rise = evaluate_sigma(field, points - height * normals) - evaluate_sigma(
        field, points + height * normals
    )
    return max(float(np.median(rise)) / (2 * height), 1e-6)
