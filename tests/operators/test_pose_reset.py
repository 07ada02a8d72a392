"""Reset Pose: every shape and every bone is back at rest."""

from typing import Any

import bpy
import numpy as np
import pytest

from ..blender_addon.rig_scene import posed


def test_reset_pose_brings_back_the_rest(bent: Any) -> None:
    keys, pose = bent.head.data.shape_keys.key_blocks, bent.armature.pose.bones
    expected = posed(bent.head)
    keys["jawOpen"].value, pose["head"].rotation_euler.z = 0.8, 0.5
    pose["neck"].location.x, pose["eye.L"].scale.x = 0.1, 2.0
    assert np.abs(posed(bent.head) - expected).max() > 0.01
    bpy.ops.headsmith.pose_reset()
    assert posed(bent.head) == pytest.approx(expected, abs=1e-6)


def test_all_that_can_be_posed_is_put_back(bent: Any) -> None:
    """A fixed order of rotation or not, and shapes of the user's own."""
    head, pose = bent.head, bent.armature.pose.bones
    own_key = head.shape_key_add(name="own", from_mix=False)
    expected = posed(head)
    pose["jaw"].rotation_mode = "QUATERNION"
    pose["jaw"].rotation_quaternion = (0.9, 0.3, 0.1, 0.0)
    for key in head.data.shape_keys.key_blocks[1:]:
        key.value = 0.5
    assert bpy.ops.headsmith.pose_reset() == {"FINISHED"}
    assert own_key.value == 0.0
    assert posed(head) == pytest.approx(expected, abs=1e-6)


def test_the_head_stays_where_the_user_put_it(bent: Any) -> None:
    bent.armature.location = (1.0, 2.0, 3.0)
    bpy.ops.headsmith.pose_reset()
    assert tuple(bent.armature.location) == (1.0, 2.0, 3.0)
