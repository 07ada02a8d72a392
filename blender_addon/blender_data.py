"""What Blender's own types leave open, settled in one place: what may be None though it is there, and what kind it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import bpy

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems, OperatorReturnItems

    Icon = IconItems
    OperatorResult = set[OperatorReturnItems]
else:
    Icon, OperatorResult = str, set[str]

Node = TypeVar("Node", bound="bpy.types.Node")


def scene_of(context: bpy.types.Context) -> bpy.types.Scene:
    """The context's scene; only handlers while a file is read meet a context without one."""
    assert context.scene is not None
    return context.scene


def view_layer_of(context: bpy.types.Context) -> bpy.types.ViewLayer:
    assert context.view_layer is not None
    return context.view_layer


def windows_of(context: bpy.types.Context) -> Sequence[bpy.types.Window]:
    assert context.window_manager is not None
    return tuple(context.window_manager.windows)


def all_preferences(context: bpy.types.Context) -> bpy.types.Preferences:
    """Blender's preferences, those of its add-ons included."""
    assert context.preferences is not None
    return context.preferences


def mesh_of(item: bpy.types.Object) -> bpy.types.Mesh:
    """The data of an object that is known to be a mesh."""
    assert isinstance(item.data, bpy.types.Mesh)
    return item.data


def armature_of(item: bpy.types.Object) -> bpy.types.Armature:
    """The data of an object that is known to be an armature."""
    assert isinstance(item.data, bpy.types.Armature)
    return item.data


def pose_of(armature: bpy.types.Object) -> bpy.types.Pose:
    assert armature.pose is not None
    return armature.pose


def keys_of(item: bpy.types.Object) -> bpy.types.Key:
    """The shape keys of an object that is known to be a mesh with some."""
    keys = mesh_of(item).shape_keys
    assert keys is not None
    return keys


def has_property(data: bpy.types.bpy_struct, name: str) -> bool:
    """Whether something holds a custom property."""
    return name in data  # type: ignore[operator]  # it does know `in`


def custom_property(data: bpy.types.bpy_struct, name: str, default: Any = None) -> Any:
    """A custom property, which holds whatever scripts and users put there."""
    found: Any = data.get(name, default)  # type: ignore[func-returns-value]  # it does return one
    return found


def tree_of(material: bpy.types.Material) -> bpy.types.ShaderNodeTree:
    """The nodes of a material that is known to use them."""
    assert material.node_tree is not None
    return material.node_tree


def new_node(tree: bpy.types.NodeTree, kind: type[Node]) -> Node:
    """A new node of one of Blender's classes."""
    node = tree.nodes.new(kind.__name__)
    assert isinstance(node, kind)
    return node


def input_of(node: bpy.types.Node, name: str | int) -> bpy.types.NodeSocket:
    """An input; the types of the single classes of nodes hold that they may have none."""
    return node.inputs[name]


def output_of(node: bpy.types.Node, name: str | int) -> bpy.types.NodeSocket:
    return node.outputs[name]


def set_input(node: bpy.types.Node, name: str | int, value: float | Sequence[float]) -> None:
    """Set what an input holds where nothing is linked to it."""
    input_of(node, name).default_value = value  # type: ignore[attr-defined]  # of each socket's own class
