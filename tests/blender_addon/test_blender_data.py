"""What Blender's own types leave open."""

from typing import Any

import bpy
import pytest

from ..in_blender import part


def test_custom_properties_are_told_from_those_that_blender_registers(session: Any) -> None:
    data, scene = part("blender_data"), bpy.context.scene
    assert not data.has_property(scene, "frame_start")
    assert data.custom_property(scene, "own") is None
    assert data.custom_property(scene, "own", 5) == 5
    scene["own"] = [1.0, 2.0]
    assert data.has_property(scene, "own")
    assert list(data.custom_property(scene, "own", 5)) == [1.0, 2.0]


def test_nodes_are_made_of_their_class_and_their_inputs_set(session: Any) -> None:
    data, material = part("blender_data"), bpy.data.materials.new("Skin")
    if material.node_tree is None:  # since Blender 5.0 there always is one
        material.use_nodes = True
    tree = data.tree_of(material)
    node = data.new_node(tree, bpy.types.ShaderNodeBsdfPrincipled)
    data.set_input(node, "Roughness", 0.25)
    data.set_input(node, "Subsurface Radius", (1.0, 0.5, 0.25))
    assert data.input_of(node, "Roughness").default_value == 0.25
    assert tuple(data.input_of(node, "Subsurface Radius").default_value) == (1.0, 0.5, 0.25)
    tree.links.new(data.output_of(node, "BSDF"), data.input_of(tree.nodes[1], 0))
    assert data.output_of(node, "BSDF").is_linked


def test_the_data_of_an_object_of_another_kind_is_refused(session: Any) -> None:
    data = part("blender_data")
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.active_object
    assert data.mesh_of(cube) == cube.data
    with pytest.raises(AssertionError):
        data.armature_of(cube)
    with pytest.raises(AssertionError):
        data.keys_of(cube)
    cube.shape_key_add(name="Basis")
    assert data.keys_of(cube) == cube.data.shape_keys
