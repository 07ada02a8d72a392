"""Rig-ready heads as stages of a job: of a generated head, or of a mesh that the user gave."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from .delivery.head_files import HeadFiles, head_name
from .delivery.rig_files import write_rig
from .generator.fast_field import FastField
from .generator.model import Generator
from .guidance.picture_files import read_texture
from .head_mesh import count_components, genus, is_closed
from .process.progress import JobProgress
from .quality import ATTACHED_S, FILES_S, PARTS_S, paint_seconds
from .rig.atlas import AtlasMaps, paint_atlas
from .rig.build import (
    WrappedHead,
    paint_generated,
    placement_of,
    rig_head,
    wrap_any,
    wrap_field,
)
from .rig.head_pose import pointed_vertices
from .rig.head_topology import HeadTopology, load_topology
from .rig.mesh_checks import check_extent, check_landmarks
from .rig.mesh_colors import TexturedMesh
from .rig.mesh_file import read_mesh
from .rig.mesh_fit import wrap_mesh
from .rig.mesh_parts import find_parts
from .rig.parts import GeneratedHead, HeadPart, make_parts
from .rig.projected_look import Wide, projected_look
from .rig.seen_colors import SeenColors
from .surface.bake import SurfaceColors
from .surface.progress import spans
from .surface.unwrap import uv_coverage
from .wire.requests import (
    JobRequest,
)
from .wire.results import (
    HeadResult,
    MeshFigures,
    Provenance,
    RigResult,
    UvFigures,
)

_WRAP_SHARES = (0.96, 0.04)  # of the fit of any mesh: the fit itself, shapes
_MAX_TEXTURE_PX = 4096


def make_rig(
    generator: Generator,
    field: FastField,
    colors: SurfaceColors,
    w: Tensor,
    files: HeadFiles,
    progress: JobProgress,
) -> RigResult:
    """The rig-ready head of w [w_dim], whose field this is: the stages "fit" and "rig"."""
    request, topology = progress.job.request, load_topology()
    with progress.stage("fit", "Fitting the rig"):
        head = wrap_field(generator, field, topology, w, request.symmetric, progress.advance)
        progress.advance(1.0)
    with progress.stage("rig", "Painting the rig-ready head"):
        painting, making, writing = spans(
            progress.advance, (paint_seconds(request), PARTS_S, FILES_S)
        )
        maps = paint_generated(generator, colors, topology, head, w, request.texture_px, painting)
        names = generator.config.decoder.label_names
        parts: tuple[HeadPart, ...] = ()
        if names:
            placement = placement_of(head, generator.config.field_units_per_metre)
            source = GeneratedHead(generator, field, w, topology, head.vertices, placement)
            parts = make_parts(source, making)
        writing(0.0)
        return _write(files, topology, head, maps, parts)


def wrap_users_mesh(files: HeadFiles, progress: JobProgress) -> HeadResult:
    """A whole job of kind "wrap". Raises HeadsmithError for what cannot be read and for what is no head."""
    request, topology = progress.job.request, load_topology()
    mesh = read_users_mesh(request).usable()
    check_extent(mesh.vertices, mesh.faces)
    landmarks = np.array(request.landmarks, np.float64) if request.landmarks else None
    if landmarks is not None:
        places = topology.vertices[pointed_vertices(topology)].astype(np.float64)
        check_landmarks(places, landmarks, mesh.vertices, mesh.faces)
    with progress.stage("fit", "Fitting the rig"):
        wrapping, shaping = spans(progress.advance, _WRAP_SHARES)
        fit = wrap_mesh(
            topology, mesh.vertices, mesh.faces, landmarks, wrapping, on_step=progress.tell
        )
        shaping(0.0)
        head = wrap_any(topology, fit, mesh.vertices, mesh.faces, request.symmetric)
        progress.advance(1.0)
    with progress.stage("rig", "Painting the rig-ready head"):
        finding, painting = spans(progress.advance, (ATTACHED_S, FILES_S + paint_seconds(request)))
        attached = find_parts(topology, fit.vertices, fit.pose, mesh, finding)
        painting(0.0)

        def skin_colors(points: Wide, normals: Wide) -> SeenColors:
            return attached.skin_only(mesh.placed_colors(head.to_target, points, normals), points)

        look = projected_look(topology, head.vertices, skin_colors, request.texture_px)
        maps = paint_atlas(topology, look, request.texture_px)
        rig = _write(files, topology, head, maps, attached.parts)
    return HeadResult(
        name=head_name(request),
        stages=progress.meter.figures(),
        provenance=Provenance("", 0, "", "", "as the mesh that it was made from"),
        rig=rig,
    )


def _write(
    files: HeadFiles,
    topology: HeadTopology,
    head: WrappedHead,
    maps: AtlasMaps,
    parts: Sequence[HeadPart],
) -> RigResult:
    figures, uv = mesh_figures(topology, head), uv_figures(topology, len(maps.albedo))
    return write_rig(files, rig_head(topology, head), maps, parts, figures, uv, head.figures)


def mesh_figures(topology: HeadTopology, head: WrappedHead) -> MeshFigures:
    """What the report says of a rig-ready head's mesh; its faces are quads."""
    return MeshFigures(
        vertices=len(head.vertices),
        faces=len(topology.quads),
        watertight=is_closed(topology.triangles),
        components=count_components(topology.triangles),
        genus=genus(topology.triangles),
        height_m=round(float(np.ptp(head.vertices[:, 1]) * head.to_target.scale), 6),
    )


def uv_figures(topology: HeadTopology, texture_px: int) -> UvFigures:
    return UvFigures(round(uv_coverage(topology.triangle_uvs), 4), texture_px)


def read_users_mesh(request: JobRequest) -> TexturedMesh:
    """The mesh that a request names. Raises HeadsmithError with one sentence if it cannot be used."""
    mesh = read_mesh(Path(request.mesh))
    if not request.mesh_texture:
        return mesh
    picture = read_texture(Path(request.mesh_texture), _MAX_TEXTURE_PX)
    return dataclasses.replace(mesh, picture=picture)
