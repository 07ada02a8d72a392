"""The bones of a rig-ready head: where they stand, how they are turned, and what they need to be made."""

from typing import Any

import bpy
import numpy as np
import pytest

from backend.wire.rig_names import (
    BONES,
    PARENTS,
)

from ..in_blender import part
from .rig_scene import blender_frame, generate, rest, topology


def test_the_bones_stand_at_the_joints_with_their_parents(session: Any) -> None:
    bpy.context.scene.cursor.location = (0.3, -0.2, 0.1)
    rig = generate()
    bones = rig.armature.data.bones
    assert {bone.name for bone in bones} == set(BONES)
    origin = rest(rig.head)[0] - blender_frame(topology().vertices)[0]
    heads, tails = (blender_frame(j) + origin for j in topology().joints(topology().vertices))
    world = rig.armature.matrix_world
    for name, parent, head, tail in zip(BONES, PARENTS, heads, tails, strict=True):
        bone = bones[name]
        assert bone.parent == (bones[BONES[parent]] if parent >= 0 else None)
        assert tuple(world @ bone.head_local) == pytest.approx(head, abs=1e-5)
        # Bones of eyes end inside the eyeballs: they are shortened along themselves.
        share = bone.length / float(np.linalg.norm(tail - head))
        assert share == pytest.approx(1.0, abs=1e-4) or (name.startswith("eye") and share < 0.5)
        tip = head + share * (tail - head)
        assert tuple(world @ bone.tail_local) == pytest.approx(tip, abs=1e-5)
    assert [name for name in BONES if bones[name].use_connect] == ["head", "tongue.02", "tongue.03"]


def test_every_bone_has_its_x_axis_to_the_heads_left(session: Any) -> None:
    for bone in generate().armature.data.bones:
        assert bone.matrix_local.col[0].x > 0.99, bone.name


@pytest.fixture
def bare(session: Any) -> Any:
    """An armature without bones."""
    armature = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(armature)
    return armature


@pytest.mark.parametrize(
    ("tail", "x_axis"),
    [
        ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0)),
        ((0.0, -2.0, 0.0), (1.0, 0.0, 0.0)),
        ((0.0, 1.0, -1.0), (1.0, 0.0, 0.0)),
        ((0.5, -0.5, 0.0), (0.70711, 0.70711, 0.0)),  # as far as its direction lets it
    ],
)
def test_a_placed_bone_has_its_x_axis_to_the_left(
    bare: Any, tail: tuple[float, ...], x_axis: tuple[float, ...]
) -> None:
    module = part("rig_bones")
    with module.edit_bones(bpy.context, bare) as bones:
        module.place_bone(bones.new("one"), np.zeros(3), np.array(tail))
    bone = bare.data.bones["one"]
    assert tuple(bone.matrix_local.col[0][:3]) == pytest.approx(x_axis, abs=1e-4)
    assert tuple(bone.tail_local) == pytest.approx(tail, abs=1e-6)


def test_joints_come_back_as_they_were_given(bare: Any) -> None:
    module = part("rig_bones")
    heads = np.random.default_rng(1).normal(size=(len(BONES), 3)).astype(np.float32)
    tails = heads + np.array([0.1, -0.2, 0.3], np.float32)
    module.add_bones(bpy.context, bare, heads, tails)
    found = module.joints(bare)
    assert found[0] == pytest.approx(heads, abs=1e-5)
    assert found[1] == pytest.approx(tails, abs=1e-5)
    assert {bone.rotation_mode for bone in bare.pose.bones} == {"XYZ"}
    with module.edit_bones(bpy.context, bare) as bones:
        bones.remove(bones["jaw"])
    assert module.joints(bare) is None


@pytest.mark.parametrize("fails", [False, True])
def test_mode_selection_and_collections_are_put_back(bare: Any, fails: bool) -> None:
    bpy.context.scene.collection.objects.unlink(bare)  # in no collection of the view layer
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.active_object
    try:
        with part("rig_bones").edit_bones(bpy.context, bare) as bones:
            bone = bones.new("one")
            bone.tail = (0.0, 0.0, 1.0)
            if fails:
                raise KeyError
    except KeyError:
        assert fails
    assert (bpy.context.mode, bpy.context.active_object) == ("OBJECT", cube)
    assert bpy.context.selected_objects == [cube]
    assert bare.name not in bpy.context.scene.collection.objects
    assert [bone.name for bone in bare.data.bones] == ["one"]
