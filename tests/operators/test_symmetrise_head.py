"""Symmetrise and Flip: rest, shapes and bones of a head in the scene change together."""

from typing import Any

import bpy
import numpy as np
import pytest

from backend.wire.rig_names import (
    ARKIT_SHAPES,
)

from ..blender_addon.bent_head import asymmetry, moves, own
from ..blender_addon.rig_scene import posed, rest, topology


def test_rest_shapes_and_bones_become_symmetric(bent: Any) -> None:
    assert asymmetry(own(bent.head)) > 0.01
    assert bpy.ops.headsmith.symmetrise_head() == {"FINISHED"}
    assert asymmetry(own(bent.head)) < 1e-6
    found = moves(bent.head)
    for name in ARKIT_SHAPES:
        partner = name.replace("Left", "#").replace("Right", "Left").replace("#", "Right")
        other = found[partner][topology().mirror] * [-1, 1, 1]
        assert np.abs(other - found[name]).max() < 1e-6, name
    left, right = (bent.armature.data.bones[f"eye.{side}"] for side in "LR")
    assert tuple(left.head_local * 1) == pytest.approx(
        (-right.head_local.x, right.head_local.y, right.head_local.z), abs=1e-6
    )
    assert bent.armature.data.bones["jaw"].head_local.x == pytest.approx(0.0, abs=1e-6)
    assert bent.armature.data.bones["tongue.02"].use_connect


def test_the_head_still_rests_where_its_basis_is(bent: Any) -> None:
    bpy.ops.headsmith.symmetrise_head()
    assert posed(bent.head) == pytest.approx(rest(bent.head), abs=1e-6)
