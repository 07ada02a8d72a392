"""Any meshes of the scene as one triangle mesh for the backend: as they are seen, in metres, with their colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt

from ..backend import wire
from .coords import blender_to_field
from .head_file import Floats, Ints
from .user_colours import Colours, colours_of, make_picture

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Piece:
    """One object of the scene, with its modifiers, in the world. Blender's frame and units."""

    vertices: Floats  # [V,3]
    faces: Ints  # [F,3]
    corner_uvs: Floats | None  # [F,3,2]
    slots: Ints  # [F] material slot
    colours: tuple[Colours, ...]  # of the slots
    corner_colours: (
        Bytes | None
    )  # [F,3,4] sRGB of its active colour attribute; alpha 0 where that is not shown


def selected_meshes(context: bpy.types.Context) -> list[bpy.types.Object]:
    return [item for item in context.selected_objects if item.type == "MESH"]


def read_pieces(
    context: bpy.types.Context, objects: Sequence[bpy.types.Object]
) -> tuple[Piece, ...]:
    """Read objects as they are seen. Raises RequestError if they are empty, broken or too large."""
    for item in objects:
        if item.mode == "EDIT":
            item.update_from_editmode()
    depsgraph = context.evaluated_depsgraph_get()
    count, pieces = 0, []
    for item in objects:
        piece = _read_piece(item.evaluated_get(depsgraph), count)
        if piece is not None:
            count += len(piece.faces)
            pieces.append(piece)
    if not pieces:
        raise wire.RequestError("The selected mesh has no faces; select the mesh of a head.")
    return tuple(pieces)


def _read_piece(evaluated: bpy.types.Object, others: int) -> Piece | None:
    """An object, beside so many triangles of others; None if it has no faces."""
    mesh = evaluated.to_mesh()
    try:
        if mesh is None or not len(mesh.polygons):
            return None
        fault = wire.count_fault(others + len(mesh.loops) - 2 * len(mesh.polygons))
        if fault:
            raise wire.RequestError(fault)
        corners, polygons = _triangles(mesh)
        vertex_of = _numbers(mesh.loops, "vertex_index")
        layer = next((uv for uv in mesh.uv_layers if uv.active_render), None)
        uvs = _reals(layer.uv, "vector", 2)[corners] if layer is not None else None
        slots = _numbers(mesh.polygons, "material_index")[polygons]
        colours = tuple(colours_of(slot.material) for slot in evaluated.material_slots)
        colours = colours or (colours_of(None),)
        painted = _attribute_colours(mesh, corners, vertex_of)
        if painted is not None:
            shown = np.array([look.shows_attribute for look in colours])
            painted[..., 3] = 255 * shown[np.clip(slots, 0, len(colours) - 1), None]
        faces, world = vertex_of[corners], np.array(evaluated.matrix_world, np.float64)
        if np.linalg.det(world[:3, :3]) < 0.0:  # mirrored by a negative scale
            faces = faces[:, ::-1]
            uvs = uvs[:, ::-1] if uvs is not None else None
            painted = painted[:, ::-1] if painted is not None else None
        places = _reals(mesh.vertices, "co", 3) @ world[:3, :3].T + world[:3, 3]
        if not np.isfinite(places).all():
            raise wire.RequestError(
                f"{evaluated.name} has vertices that are nowhere (not a number); repair the mesh."
            )
    finally:
        evaluated.to_mesh_clear()
    return Piece(places.astype(np.float32), faces, uvs, slots, colours, painted)


def _attribute_colours(mesh: bpy.types.Mesh, corners: Ints, vertex_of: Ints) -> Bytes | None:
    """[F,3,4] sRGB of the active colour attribute at the triangles' corners [F,3]; None if there is none."""
    attribute = mesh.color_attributes.active_color
    if attribute is None or attribute.domain not in ("POINT", "CORNER"):
        return None
    assert isinstance(attribute, bpy.types.ByteColorAttribute | bpy.types.FloatColorAttribute)
    colours = _reals(attribute.data, "color_srgb", 4)
    found = colours[vertex_of[corners] if attribute.domain == "POINT" else corners]
    pixels: Bytes = (255.0 * found.clip(0.0, 1.0) + 0.5).astype(np.uint8)
    return pixels


def _triangles(mesh: bpy.types.Mesh) -> tuple[Ints, Ints]:
    """The triangles' corners [F,3], as places in the mesh's loops, and their polygons [F]."""
    start = _numbers(mesh.polygons, "loop_start")
    total = _numbers(mesh.polygons, "loop_total")
    if total.max() > 4:
        mesh.calc_loop_triangles()
        corners = np.empty(3 * len(mesh.loop_triangles), np.int32)
        mesh.loop_triangles.foreach_get("loops", corners)
        return corners.reshape(-1, 3), _numbers(mesh.loop_triangles, "polygon_index")
    polygons = np.arange(len(start), dtype=np.int32)
    quads = polygons[total == 4]
    first = start[:, None] + np.array([0, 1, 2], np.int32)
    second = start[quads, None] + np.array([0, 2, 3], np.int32)
    return np.concatenate([first, second]), np.concatenate([polygons, quads])


def _numbers(data: bpy.types.bpy_prop_collection[Any], name: str) -> Ints:
    found = np.empty(len(data), np.int32)
    data.foreach_get(name, found)
    return found


def _reals(data: bpy.types.bpy_prop_collection[Any], name: str, size: int) -> Floats:
    found = np.empty(size * len(data), np.float32)
    data.foreach_get(name, found)
    return found.reshape(-1, size)


def joined_vertices(pieces: Sequence[Piece], scale_length: float) -> Floats:
    """[V,3] of all pieces in metres of the field frame."""
    vertices = np.concatenate([piece.vertices for piece in pieces])
    return blender_to_field(vertices * np.float32(scale_length or 1.0))


def write_pieces(
    pieces: Sequence[Piece], vertices: Floats, folder: Path, stem: str
) -> tuple[Path, Path | None]:
    """Write the file that JobRequest.mesh names, and the picture of its colours if it has any.

    Args:
        vertices: [V,3] of all pieces, from `joined_vertices`.
    """
    counts = np.cumsum([0, *(len(piece.vertices) for piece in pieces)])
    faces = np.concatenate(
        [piece.faces + np.int32(first) for piece, first in zip(pieces, counts[:-1], strict=True)]
    )
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "vertices": vertices,
        "faces": np.ascontiguousarray(faces, np.int32),
    }
    painted = make_picture(
        [(piece.corner_uvs, len(piece.faces), piece.slots, piece.colours) for piece in pieces],
        folder / stem,
    )
    if painted is not None:
        arrays["corner_uvs"] = painted.corner_uvs
    if any(piece.corner_colours is not None for piece in pieces):
        arrays["corner_colors"] = np.concatenate([_colours_or_none(piece) for piece in pieces])
    path = folder / f"{stem}.npz"
    try:
        np.savez(path, **arrays)
    except OSError as error:
        raise wire.RequestError(
            f"The folder {folder} cannot be written ({error.strerror}); free or unlock it.",
            wire.ErrorCode.JOB_FOLDER,
        ) from error
    return path, painted.path if painted is not None else None


def _colours_or_none(piece: Piece) -> Bytes:
    if piece.corner_colours is not None:
        return piece.corner_colours
    return np.zeros((*piece.faces.shape, 4), np.uint8)
