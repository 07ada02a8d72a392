"""Finding the objects of a rig-ready head again, from any one of them."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from .head_file import Floats, Ints
from .rig_file import is_mirror

ROLE = "headsmith_rig"  # custom property: what an object is to its rig-ready head
SKELETON, HEAD, PART = "skeleton", "head", "part"
BASE_INDEX, MIRROR_INDEX = "hm08_index", "mirror_index"  # attributes of the head's points


@dataclass(frozen=True)
class RigObjects:
    """A rig-ready head in the scene."""

    armature: bpy.types.Object
    head: bpy.types.Object
    parts: tuple[bpy.types.Object, ...]

    @property
    def objects(self) -> tuple[bpy.types.Object, ...]:
        return (self.armature, self.head, *self.parts)

    @property
    def is_linked(self) -> bool:
        """Whether something of it belongs to another file, overridden or not: that file alone changes its shape."""
        owned = (*self.objects, *(item.data for item in self.objects), self.head.data.shape_keys)
        return any(item.library or item.override_library for item in owned)


def find_rig(item: bpy.types.Object | None) -> RigObjects | None:
    """The rig-ready head that `item` is a piece of."""
    if item is None or ROLE not in item:
        return None
    armature = item if item.type == "ARMATURE" else item.parent
    if armature is None or armature.get(ROLE) != SKELETON:
        return None
    meshes = [child for child in armature.children if child.type == "MESH"]
    head = next((child for child in meshes if child.get(ROLE) == HEAD), None)
    if head is None or head.data.shape_keys is None:
        return None
    return RigObjects(armature, head, tuple(m for m in meshes if m.get(ROLE) == PART))


def mirror_of(mesh: bpy.types.Mesh) -> Ints | None:
    """Its attribute [V] with the vertex on the other side; None if the mesh is no longer the template's."""
    attribute = mesh.attributes.get(MIRROR_INDEX)
    if attribute is None or attribute.domain != "POINT" or attribute.data_type != "INT":
        return None
    mirror = np.empty(len(mesh.vertices), np.int32)
    attribute.data.foreach_get("value", mirror)
    return mirror if is_mirror(mirror) else None


def places(data: bpy.types.bpy_prop_collection, attribute: str = "co") -> Floats:
    """Positions [N,3] of vertices or of a shape key's points."""
    flat = np.empty(3 * len(data), np.float32)
    data.foreach_get(attribute, flat)
    return flat.reshape(-1, 3)
