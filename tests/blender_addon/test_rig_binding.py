"""What ties the meshes of a rig-ready head to its bones."""

from typing import Any

import bpy
import numpy as np
import pytest

from backend.wire.rig_names import (
    BONES,
)

from ..in_blender import part
from .rig_scene import generate, posed, topology


def test_the_weights_are_the_files_and_named_as_the_bones(session: Any) -> None:
    item = generate().head
    assert [group.name for group in item.vertex_groups] == list(BONES)
    found = np.zeros((len(item.data.vertices), len(BONES)), np.float32)
    for vertex in item.data.vertices:
        for group in vertex.groups:
            found[vertex.index, group.group] = group.weight
    assert found == pytest.approx(topology().bone_weights, abs=1e-6)


def test_a_bound_mesh_moves_with_the_bone_of_its_group(session: Any) -> None:
    bpy.ops.object.armature_add()
    armature = bpy.context.active_object
    bpy.ops.mesh.primitive_cube_add()
    cube, module = bpy.context.active_object, part("rig_binding")
    module.add_group(cube, armature.data.bones[0].name, np.ones(8, np.float32))
    module.bind(cube, armature)
    before = posed(cube)
    armature.pose.bones[0].location.x = 0.5
    assert posed(cube) == pytest.approx(before + np.array([0.5, 0.0, 0.0]), abs=1e-6)


def test_weights_of_nought_are_no_members_of_a_group(session: Any) -> None:
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.active_object
    weights = np.array([0.0, 0.25, 1.0, 0.25, 0.0, 0.5, 1.0, 0.0], np.float32)
    part("rig_binding").add_group(cube, "jaw", weights)
    found = [[entry.weight for entry in vertex.groups] for vertex in cube.data.vertices]
    assert found == [[w] if w else [] for w in weights.tolist()]


def test_one_slider_moves_both_whatever_a_shape_is_called(session: Any) -> None:
    """A quote and a backslash in the name are part of the path to it."""
    name = 'odd "name" \\ here'
    items = []
    for _ in range(2):
        bpy.ops.mesh.primitive_cube_add()
        item = bpy.context.active_object
        for key in ("Basis", name):
            item.shape_key_add(name=key, from_mix=False).value = 0.0
        items.append(item)
    head, follower = items
    part("rig_binding").drive_shapes(follower, head, [name])
    head.data.shape_keys.key_blocks[name].value = 0.625
    evaluated = follower.evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert evaluated.data.shape_keys.key_blocks[name].value == pytest.approx(0.625)


def test_numbers_are_kept_for_each_point(session: Any) -> None:
    bpy.ops.mesh.primitive_cube_add()
    mesh = bpy.context.active_object.data
    values = np.array([7, -1, 2**31 - 1, 0, 3, 3, 5, 9], np.int32)
    part("rig_binding").add_numbers(mesh, "own", values)
    assert [entry.value for entry in mesh.attributes["own"].data] == values.tolist()
    assert mesh.attributes["own"].domain == "POINT"
