"""Finding the objects of a rig-ready head again, from any one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from .blender_data import armature_of, custom_property, has_property, keys_of, mesh_of
from .head_file import Floats, Ints
from .rig_file import is_mirror

ROLE = "headsmith_rig"  # custom property: what an object is to its rig-ready head
SKELETON, HEAD, PART, LEVEL = "skeleton", "head", "part", "level"
LEVEL_NUMBER = (
    "headsmith_level"  # custom property of a level of detail: 1 is the finest below the head
)
BASE_INDEX, MIRROR_INDEX = "hm08_index", "mirror_index"  # attributes of the head's points


@dataclass(frozen=True)
class RigObjects:
    """A rig-ready head in the scene."""

    armature: bpy.types.Object
    head: bpy.types.Object
    parts: tuple[bpy.types.Object, ...]
    levels: tuple[bpy.types.Object, ...] = ()  # of detail, finest first

    @property
    def objects(self) -> tuple[bpy.types.Object, ...]:
        return (self.armature, self.head, *self.parts, *self.levels)

    @property
    def is_linked(self) -> bool:
        """Whether something of it belongs to another file, overridden or not: that file alone changes its shape."""
        data = (armature_of(self.armature), *(mesh_of(item) for item in self.objects[1:]))
        owned: tuple[bpy.types.ID, ...] = (*self.objects, *data, keys_of(self.head))
        return any(item.library or item.override_library for item in owned)


def find_rig(item: bpy.types.Object | None) -> RigObjects | None:
    """The rig-ready head that `item` is a piece of."""
    if item is None or not has_property(item, ROLE):
        return None
    armature = item if item.type == "ARMATURE" else item.parent
    if armature is None or custom_property(armature, ROLE) != SKELETON:
        return None
    meshes = [child for child in armature.children if child.type == "MESH"]
    head = next((child for child in meshes if custom_property(child, ROLE) == HEAD), None)
    if head is None or mesh_of(head).shape_keys is None:
        return None
    levels = [mesh for mesh in meshes if custom_property(mesh, ROLE) == LEVEL]
    return RigObjects(
        armature,
        head,
        tuple(mesh for mesh in meshes if custom_property(mesh, ROLE) == PART),
        tuple(sorted(levels, key=level_number)),
    )


def level_number(item: bpy.types.Object) -> int:
    """0 for the head itself, 1 and more for its levels of detail."""
    number = custom_property(item, LEVEL_NUMBER, 0)
    return number if isinstance(number, int) else 0


def mirror_of(mesh: bpy.types.Mesh) -> Ints | None:
    """Its attribute [V] with the vertex on the other side; None if the mesh is no longer the topology's."""
    attribute = mesh.attributes.get(MIRROR_INDEX)
    if attribute is None or attribute.domain != "POINT" or attribute.data_type != "INT":
        return None
    mirror = np.empty(len(mesh.vertices), np.int32)
    attribute.data.foreach_get("value", mirror)
    return mirror if is_mirror(mirror) else None


def places(data: bpy.types.bpy_prop_collection[Any], attribute: str = "co") -> Floats:
    """Positions [N,3] of vertices or of a shape key's points."""
    flat = np.empty(3 * len(data), np.float32)
    data.foreach_get(attribute, flat)
    return flat.reshape(-1, 3)
