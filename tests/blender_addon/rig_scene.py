"""Rig-ready heads of the toy backend in the scene, and what the tests measure on them."""

from functools import cache
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from backend.rig.head_topology import HeadTopology, load_topology

from ..in_blender import part


@cache
def topology() -> HeadTopology:
    return load_topology()


def generate(prompt: str = "an old man", output: str = "rig", **settings: Any) -> Any:
    """Presses Generate; returns the rig-ready head of the active object."""
    for name, value in {"prompt": prompt, "output": output, **settings}.items():
        setattr(bpy.context.scene.headsmith, name, value)
    bpy.ops.headsmith.generate(wait=True)
    return active_rig()


def active_rig() -> Any:
    return part("rig_objects").find_rig(bpy.context.view_layer.objects.active)


def blender_frame(points: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Points [N,3] of the field frame."""
    return points[:, [0, 2, 1]] * [1, -1, 1]


def rest(item: Any) -> NDArray[np.floating[Any]]:
    """Positions [V,3] of a mesh's own vertices in the world, undeformed."""
    flat = np.empty(3 * len(item.data.vertices), np.float32)
    item.data.vertices.foreach_get("co", flat)
    bpy.context.view_layer.update()
    world = np.array(item.matrix_world)
    return flat.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]


def posed(item: Any) -> NDArray[np.floating[Any]]:
    """Positions [V,3] in the world with shapes and bones at work."""
    evaluated = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    flat = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", flat)
    evaluated.to_mesh_clear()
    world = np.array(evaluated.matrix_world)
    return flat.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]


def ids() -> dict[str, int]:
    """How many of everything the file holds."""
    kinds = ("objects", "meshes", "armatures", "shape_keys", "materials", "images", "collections")
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}
