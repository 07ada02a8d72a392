"""What ties the meshes of a rig-ready head to its bones and to its head's shapes."""

from __future__ import annotations

from collections.abc import Iterable

import bpy
import numpy as np

from .blender_data import keys_of
from .head_file import Floats, Ints


def bind(item: bpy.types.Object, armature: bpy.types.Object) -> None:
    """Let the armature's bones move an object through its vertex groups."""
    item.parent = armature
    modifier = item.modifiers.new("Armature", "ARMATURE")
    assert isinstance(modifier, bpy.types.ArmatureModifier)
    modifier.object = armature


def drive_shapes(item: bpy.types.Object, head: bpy.types.Object, names: Iterable[str]) -> None:
    """Let these shapes of an object follow those of the head, so that one slider moves both."""
    for name in names:
        curve = keys_of(item).key_blocks[name].driver_add("value")
        driver = curve.driver
        assert driver is not None
        driver.type = "AVERAGE"
        variable = driver.variables.new()
        target = variable.targets[0]
        target.id_type, target.id = "KEY", keys_of(head)
        target.data_path = f'key_blocks["{bpy.utils.escape_identifier(name)}"].value'


def add_numbers(mesh: bpy.types.Mesh, name: str, values: Ints) -> None:
    """An attribute of the points from whole numbers [V]."""
    attribute = mesh.attributes.new(name, "INT", "POINT")
    assert isinstance(attribute, bpy.types.IntAttribute)
    attribute.data.foreach_set("value", values)


def add_group(item: bpy.types.Object, name: str, weights: Floats) -> None:
    """A vertex group from weights [V]; Blender takes all vertices of one weight at a time."""
    group = item.vertex_groups.new(name=name)
    order = np.argsort(weights, kind="stable")
    values, starts = np.unique(weights[order], return_index=True)
    for weight, vertices in zip(values, np.split(order, starts[1:]), strict=True):
        if weight > 0.0:
            group.add(vertices.tolist(), float(weight), "REPLACE")
