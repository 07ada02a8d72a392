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
    """A mesh of points [V,3] and faces [F,K] of one size, with the UV map [F,K,2]."""
    mesh = bpy.data.meshes.new(name)
    count, size = faces.shape
    mesh.vertices.add(len(points))
    mesh.loops.add(faces.size)
    mesh.polygons.add(count)
    mesh.vertices.foreach_set("co", points.ravel())
    mesh.loops.foreach_set("vertex_index", faces.ravel())
    mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, size, dtype=np.int32))
    layer = mesh.uv_layers.new(name=UV_MAP, do_init=False)
    layer.uv.foreach_set("vector", corner_uvs.ravel())
    mesh.update(calc_edges=True)
    mesh.validate()
    return mesh
