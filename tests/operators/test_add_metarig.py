"""Add Metarig: Rigify's face lies on the head, and Rigify makes a rig of it."""

from typing import Any

import bpy
import pytest

from ..blender_addon.rig_scene import generate


def test_without_rigify_one_sentence_says_what_to_do(session: Any) -> None:
    generate()
    with pytest.raises(RuntimeError, match="Rigify is not enabled: switch it on"):
        bpy.ops.headsmith.add_metarig()


def test_rigify_makes_a_rig_of_it(rigify: None) -> None:
    generate()
    bpy.ops.headsmith.add_metarig()
    bpy.ops.pose.rigify_generate()
    made = bpy.context.view_layer.objects.active
    assert {"head", "jaw_master", "master_eye.L"} <= {bone.name for bone in made.pose.bones}
    assert len(made.data.bones) > 300
