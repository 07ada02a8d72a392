"""Meshes that a user selects for Make Rig-Ready, and what the backend gets of them."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..in_blender import part


def cube(size: float = 2.0, name: str = "Cube") -> Any:
    bpy.ops.mesh.primitive_cube_add(size=size)
    bpy.context.active_object.name = name
    return bpy.context.active_object


def asked() -> Any:
    """The request for the selected meshes, whose files are written; nothing is started."""
    return part("wrap_request").wrap_request(bpy.context)


def arrays_of(request: Any) -> dict[str, NDArray[Any]]:
    """What the backend gets of the meshes."""
    with np.load(request.mesh) as arrays:
        return dict(arrays)


def volume(arrays: dict[str, NDArray[Any]]) -> float:
    """Signed, so that faces which point inwards count below zero."""
    a, b, c = (arrays["vertices"][arrays["faces"][:, i]].astype(float) for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)


def paint(item: Any, *looks: Any) -> None:
    """One material for each look, a picture or a scene-linear colour; polygons take them in turn."""
    for look in looks:
        material = bpy.data.materials.new("Look")
        material.use_nodes = True
        socket = material.node_tree.nodes["Principled BSDF"].inputs["Base Color"]
        if isinstance(look, tuple):
            socket.default_value = (*look, 1.0)
        else:
            texture = material.node_tree.nodes.new("ShaderNodeTexImage")
            texture.image = look
            material.node_tree.links.new(texture.outputs["Color"], socket)
        item.data.materials.append(material)
    for polygon in item.data.polygons:
        polygon.material_index = polygon.index % len(looks)


def picture(folder: Path, colour: tuple[int, int, int], name: str = "skin.png") -> Any:
    Image.new("RGB", (32, 16), colour).save(folder / name)
    return bpy.data.images.load(str(folder / name))
