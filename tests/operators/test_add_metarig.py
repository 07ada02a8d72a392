"""Add Metarig: Rigify's face lies on the head, and Rigify makes a rig of it."""

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from ..blender_addon.rig_scene import generate, rest, template


@pytest.fixture
def rigify(session: Any) -> Iterator[None]:
    import addon_utils  # there is none before bpy

    assert addon_utils.enable("rigify", default_set=True) is not None
    yield
    bpy.ops.wm.read_homefile(use_empty=True)
    addon_utils.disable("rigify", default_set=True)


def ends(metarig: Any, name: str) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    """A bone's head and tail in the world."""
    bone, world = metarig.data.bones[name], metarig.matrix_world
    return np.array(world @ bone.head_local), np.array(world @ bone.tail_local)


def test_without_rigify_one_sentence_says_what_to_do(session: Any) -> None:
    generate()
    with pytest.raises(RuntimeError, match="Rigify is not enabled: switch it on"):
        bpy.ops.headsmith.add_metarig()


def test_the_metarig_lies_on_the_face(rigify: None) -> None:
    bpy.context.scene.cursor.location = (1.0, 2.0, 3.0)
    rig = generate()
    assert bpy.ops.headsmith.add_metarig() == {"FINISHED"}
    metarig = bpy.context.view_layer.objects.active
    assert metarig.name == "An old man metarig"
    assert len(metarig.data.bones) == 95
    points = rest(rig.head)
    tip = points[template().vertices[:, 2].argmax()]
    assert ends(metarig, "nose.001")[1] == pytest.approx(tip, abs=0.003)
    lids = points[template().lid_left]
    for number in ("", ".001", ".002", ".003"):
        for lid in ("T", "B"):
            head, _ = ends(metarig, f"lid.{lid}.L{number}")
            assert np.linalg.norm(lids - head, axis=1).min() < 1e-5
    for bone in metarig.data.bones:
        if ".L" in bone.name:
            left, right = ends(metarig, bone.name), ends(metarig, bone.name.replace(".L", ".R"))
            for a, b in zip(left, right, strict=True):
                assert a[1:] == pytest.approx(b[1:], abs=1e-3)
                assert a[0] - 1.0 == pytest.approx(1.0 - b[0], abs=1e-3)
    for name in ("eye.L", "eye.R"):
        own = rig.armature.matrix_world @ rig.armature.data.bones[name].head_local
        assert ends(metarig, name)[0] == pytest.approx(np.array(own), abs=1e-6)
    inside = points.min(0) - 0.001, points.max(0) + 0.001
    for bone in metarig.data.bones:
        for point in ends(metarig, bone.name):
            assert (point > inside[0]).all(), bone.name
            assert (point < inside[1]).all(), bone.name


def test_rigify_makes_a_rig_of_it(rigify: None) -> None:
    generate()
    bpy.ops.headsmith.add_metarig()
    bpy.ops.pose.rigify_generate()
    made = bpy.context.view_layer.objects.active
    assert {"head", "jaw_master", "master_eye.L"} <= {bone.name for bone in made.pose.bones}
    assert len(made.data.bones) > 300
