"""From a generated head or from any mesh to a rig-ready head: wrap, shapes, texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..generator.fast_field import FastField
from ..generator.model import Generator
from ..surface.bake import SurfaceColors
from ..surface.extract import extract_surface
from ..surface.grid import OnProgress
from ..surface.progress import spans
from ..surface.project import project_to_surface
from ..wire.results import (
    FitFigures,
)
from .atlas import AtlasMaps, atlas_texels, paint_atlas
from .generated import Placement, wrap_generated
from .generated_look import generated_look
from .head_topology import Floats, HeadTopology
from .mesh_fit import MeshFit, wrap_mesh
from .mesh_math import Ints, flipped, vertex_normals
from .mirror import mirrored
from .pose import Similarity
from .projected_look import projected_look
from .rig_head import RigHead
from .seen_colors import ColorSource, SeenColors
from .shape_transfer import transfer_shapes
from .target_mesh import PointCloud, sample_surface

Wide = NDArray[np.float64]

_CLOUD_POINTS = 200_000  # on the surface that distances are measured to
_RESOLUTION = 256  # of that surface, cells along a side of the box
_COLOR_REACH_M = 0.006  # how far skin may lie from the surface whose colour it takes
# That wrapping a generated head takes: its surface, its vertices (or the fit to a surface), shapes and distances.
_SURFACE_S, _OWN_S, _FIT_S, _FINISH_S = 0.3, 0.3, 15.0, 0.5
_PAINT_SHARES = (0.6, 0.1, 0.3)  # of painting: where texels lie, the look, the maps
_SKIN_LABELS = ("skin", "lips", "ear", "neck")


@dataclass(frozen=True)
class WrappedHead:
    """The topology in the shape of a head, before it is painted."""

    vertices: Floats  # [V,3] metres in the topology's frame
    shape_offsets: Floats  # [52,V,3]
    to_target: Similarity  # from the topology's frame to where the head came from
    figures: FitFigures


def wrap_field(
    generator: Generator,
    field: FastField,
    topology: HeadTopology,
    w: Tensor,
    is_symmetric: bool,
    on_progress: OnProgress | None = None,
) -> WrappedHead:
    """Wrap the topology onto the head of w [w_dim], whose field this is; `to_target` gives metres of the field.

    A generator without a template of its own has its surface wrapped like any mesh.

    Args:
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    units = generator.config.field_units_per_metre
    fit_s = _FIT_S if generator.template is None else _OWN_S
    extracting, fitting, finishing = spans(on_progress, (_SURFACE_S, fit_s, _FINISH_S))
    found, faces = extract_surface(field, _RESOLUTION, extracting)
    surface = sample_surface(found / units, faces, _CLOUD_POINTS, np.random.default_rng(0))
    fitting(0.0)
    wrapped = wrap_generated(generator, topology, w)
    if wrapped is None:
        fit = wrap_mesh(topology, found / units, faces, on_progress=fitting)
        vertices, pose, is_shown = fit.vertices, fit.pose, fit.is_shown
    else:
        vertices, placement = wrapped
        is_shown = topology.is_outer_skin
        pose = Similarity(1.0, np.eye(3), placement.origin / units)
    finishing(0.0)
    is_skin = _skin_of(generator, field, surface.points * units)
    return _finish(topology, vertices, pose, surface, is_skin, is_shown, is_symmetric)


def wrap_any(
    topology: HeadTopology,
    fit: MeshFit,
    vertices: Wide,
    faces: Ints,
    is_symmetric: bool,
) -> WrappedHead:
    """The wrapped head of a fit onto a mesh [V,3], [F,3]; `to_target` gives that mesh's frame and units."""
    surface = sample_surface(vertices, faces, _CLOUD_POINTS, np.random.default_rng(0))
    is_skin = np.ones(len(surface.points), np.bool_)
    return _finish(topology, fit.vertices, fit.pose, surface, is_skin, fit.is_shown, is_symmetric)


def _finish(
    topology: HeadTopology,
    vertices: Floats,
    pose: Similarity,
    surface: PointCloud,
    is_skin: NDArray[np.bool_],
    is_shown: NDArray[np.bool_],
    is_symmetric: bool,
) -> WrappedHead:
    if is_symmetric:
        vertices = mirrored(topology, vertices)
    offsets = transfer_shapes(topology, vertices)
    turned = int(flipped(topology.vertices, vertices, topology.part_triangles("skin")).sum())
    figures = FitFigures(
        to_surface_mm=round(
            1000 * _distance(topology, vertices, pose, surface, is_skin, is_shown), 3
        ),
        flipped_faces=turned,
    )
    return WrappedHead(vertices, offsets, pose, figures)


def _distance(
    topology: HeadTopology,
    vertices: Floats,
    pose: Similarity,
    surface: PointCloud,
    is_skin: NDArray[np.bool_],
    is_shown: NDArray[np.bool_],
) -> float:
    """Mean distance, in metres of the topology's frame, of the shown skin from the surface where that shows skin."""
    points = pose.apply(vertices[is_shown].astype(np.float64))
    normals = vertex_normals(vertices, topology.part_triangles("skin"))[is_shown]
    near = surface.nearest(points, pose.turn(normals))
    gap = np.abs(((points - surface.points[near]) * surface.normals[near]).sum(axis=1))
    counts = is_skin[near]
    return float(gap[counts].mean() / pose.scale) if counts.any() else 0.0


def _skin_of(generator: Generator, field: FastField, points: Wide) -> NDArray[np.bool_]:
    names = generator.config.decoder.label_names
    if not names:
        return np.ones(len(points), np.bool_)
    with torch.inference_mode():
        labels = field.labels(torch.from_numpy(points.astype(np.float32))).argmax(dim=1).numpy()
    return np.isin(labels, [names.index(name) for name in _SKIN_LABELS if name in names])


def paint_generated(
    generator: Generator,
    colors: SurfaceColors,
    topology: HeadTopology,
    head: WrappedHead,
    w: Tensor,
    side: int,
    on_progress: OnProgress | None = None,
) -> AtlasMaps:
    """The maps [side,side] of a generated head: by the generator's own textures, or else by its surface's colours.

    Args:
        on_progress: called with the share done in [0,1]; an exception raised in it cancels.
    """
    locating, looking, painting = spans(on_progress, _PAINT_SHARES)
    locating(0.0)
    atlas_texels(topology, side)  # kept for what follows
    looking(0.0)
    units = generator.config.field_units_per_metre
    if generator.template is not None:
        back = np.eye(4)
        back[:3, :3] = head.to_target.rotation.T / (head.to_target.scale * units)
        back[:3, 3] = head.to_target.inverse().shift
        look = generated_look(generator.template, topology, head.vertices, back, w, side)
    else:
        seen = _seen_colors(colors, head.to_target, units)
        look = projected_look(topology, head.vertices, seen, side)
    painting(0.0)
    return paint_atlas(topology, look, side)


def _seen_colors(colors: SurfaceColors, pose: Similarity, units: float) -> ColorSource:
    reach = _COLOR_REACH_M * units

    def seen(points: Wide, normals: Wide) -> SeenColors:
        outward = pose.turn(normals)
        found = project_to_surface(colors.field, pose.apply(points) * units, outward, reach)
        return SeenColors(colors.at(found, outward), np.ones(len(found), np.float32))

    return seen


def rig_head(topology: HeadTopology, head: WrappedHead) -> RigHead:
    """The head where it came from: vertices, shapes and eyes in the target's frame and units."""
    pose = head.to_target
    placed = pose.apply(head.vertices.astype(np.float64)).astype(np.float32)
    turn = (pose.scale * pose.rotation).astype(np.float32)
    balls = [placed[ball] for ball in topology.eyes]
    centers = np.stack([(ball.min(axis=0) + ball.max(axis=0)) / 2 for ball in balls])
    radii = [
        np.linalg.norm(ball - center, axis=1).mean()
        for ball, center in zip(balls, centers, strict=True)
    ]
    return RigHead(
        topology, placed, head.shape_offsets @ turn.T, centers, np.array(radii, np.float32)
    )


def placement_of(head: WrappedHead, units_per_metre: float) -> Placement:
    """Where the topology's frame lies in the field of a generated head."""
    return Placement(head.to_target.shift * units_per_metre, units_per_metre)
