"""Arrays into Blender's meshes, in bulk."""

from __future__ import annotations

import bpy
import numpy as np

from .coords import field_to_blender
from .head_file import Floats, HeadFile, Ints

UV_MAP = "UVMap"


def make_mesh(name: str, head: HeadFile, origin: Floats, scale: float) -> bpy.types.Mesh:
    """A Blender mesh in scene units, facing -Y, shaded smooth; `origin` [3] in metres, Blender's frame.

    The file's normals are those of smooth shading, so none are stored: stored ones would stand still while
    the user sculpts.
    """
    points = (field_to_blender(head.vertices) - origin) * np.float32(scale)
    return fill_mesh(name, points, head.faces, head.corner_uvs)


def fill_mesh(name: str, points: Floats, faces: Ints, corner_uvs: Floats) -> bpy.types.Mesh:
    """A mesh of points [V,3] and faces [F,K], with the UV map [F,K,2]; -1 ends a face with fewer corners."""
    mesh = bpy.data.meshes.new(name)
    is_used = faces >= 0
    sizes = is_used.sum(axis=1)
    mesh.vertices.add(len(points))
    mesh.loops.add(int(sizes.sum()))
    mesh.polygons.add(len(faces))
    mesh.vertices.foreach_set("co", points.ravel())
    mesh.loops.foreach_set("vertex_index", faces[is_used])
    mesh.polygons.foreach_set("loop_start", (np.cumsum(sizes) - sizes).astype(np.int32))
    layer = mesh.uv_layers.new(name=UV_MAP, do_init=False)
    layer.uv.foreach_set("vector", corner_uvs[is_used].ravel())
    mesh.update(calc_edges=True)
    mesh.validate()
    return mesh
