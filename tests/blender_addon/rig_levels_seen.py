"""Levels of detail in the scene, and what is seen of them."""

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from backend.rig.head_topology import triangles_of

from .rig_scene import active_rig, topology

NAMES = ["An old man_LOD1", "An old man_LOD2", "An old man_LOD3"]


def add() -> Any:
    assert bpy.ops.headsmith.level_add() == {"FINISHED"}
    return active_rig()


def level_triangles(level: int) -> NDArray[Any]:
    """The topology's vertices [T,3] of one of its levels, 0 the finest."""
    return topology().quads.ravel()[triangles_of(topology().levels[level])]


def kept(number: int) -> NDArray[Any]:
    return np.unique(level_triangles(number - 1))


def seen(rig: Any) -> list[bool]:
    return [item.visible_get() and not item.hide_render for item in (rig.head, *rig.levels)]
