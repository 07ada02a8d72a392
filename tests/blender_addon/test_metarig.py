"""The metarig lies on the face."""

import bpy
import numpy as np
import pytest

from .rig_scene import generate, rest, topology
from .rigify_enabled import ends


def test_the_metarig_lies_on_the_face(rigify: None) -> None:
    bpy.context.scene.cursor.location = (1.0, 2.0, 3.0)
    rig = generate()
    assert bpy.ops.headsmith.add_metarig() == {"FINISHED"}
    metarig = bpy.context.view_layer.objects.active
    assert metarig.name == "An old man metarig"
    assert len(metarig.data.bones) == 95
    points = rest(rig.head)
    tip = points[topology().vertices[:, 2].argmax()]
    assert ends(metarig, "nose.001")[1] == pytest.approx(tip, abs=0.003)
    lids = points[topology().lid_left]
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
