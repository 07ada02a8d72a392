"""Flip: the head becomes its mirror image, with shapes, bones and hair."""

from typing import Any

import bpy
import numpy as np
import pytest

from ..blender_addon.bent_head import moves, own
from ..blender_addon.rig_scene import topology
from ..in_blender import part


def test_flipping_swaps_the_sides_and_flipping_again_brings_them_back(bent: Any) -> None:
    (hair,) = bent.parts
    before, hair_before, shapes = own(bent.head), own(hair), moves(bent.head)
    bpy.ops.headsmith.mirror_head()
    assert own(bent.head) == pytest.approx(before[topology().mirror] * [-1, 1, 1], abs=1e-6)
    assert own(hair) == pytest.approx(hair_before * [-1, 1, 1], abs=1e-6)
    smile = shapes["mouthSmileRight"][topology().mirror] * [-1, 1, 1]
    assert moves(bent.head)["mouthSmileLeft"] == pytest.approx(smile, abs=1e-6)
    outwards = [f.normal.dot(f.center - hair.data.vertices[0].co) for f in hair.data.polygons]
    assert np.mean(np.array(outwards) > 0) > 0.9
    bpy.ops.headsmith.mirror_head()
    assert own(bent.head) == pytest.approx(before, abs=1e-6)
    assert own(hair) == pytest.approx(hair_before, abs=1e-6)


def test_a_part_with_shapes_is_flipped_with_them(bent: Any) -> None:
    (hair,) = bent.parts
    points = own(hair)
    towards = np.where(points[:, :1] > 0, 0.01, 0.0) * [1.0, 0.0, 0.0]
    for name, move in (("Basis", 0.0), ("mouthLeft", towards), ("mouthRight", 0.0)):
        key = hair.shape_key_add(name=name, from_mix=False)
        key.data.foreach_set("co", (points + move).astype(np.float32).ravel())
    hair.vertex_groups.new(name="eye.L").add([0], 0.5, "REPLACE")
    hair.vertex_groups.new(name="eye.R")
    assert bpy.ops.headsmith.mirror_head() == {"FINISHED"}
    image = points * [-1, 1, 1]
    basis = part("rig_objects").places(hair.data.shape_keys.key_blocks[0].data)
    assert basis == pytest.approx(image, abs=1e-5)
    assert own(hair) == pytest.approx(image, abs=1e-5)
    found = moves(hair)
    assert found["mouthRight"] == pytest.approx(towards * [-1, 1, 1], abs=1e-5)
    assert np.abs(found["mouthLeft"]).max() < 1e-5
    held = {hair.vertex_groups[entry.group].name for entry in hair.data.vertices[0].groups}
    assert "eye.R" in held and "eye.L" not in held


def test_a_left_smile_becomes_a_right_one_and_bones_change_sides(bent: Any) -> None:
    before = {bone.name: bone.head_local.copy() for bone in bent.armature.data.bones}
    assert before["eye.L"].z - before["eye.R"].z == pytest.approx(0.004, abs=1e-5)
    bpy.ops.headsmith.mirror_head()
    for name, other in (("eye.L", "eye.R"), ("eye.R", "eye.L"), ("jaw", "jaw")):
        found, was = bent.armature.data.bones[name].head_local, before[other]
        assert tuple(found) == pytest.approx((-was.x, was.y, was.z), abs=1e-6)


def test_the_texture_stays(bent: Any) -> None:
    def uvs() -> list[tuple[float, ...]]:
        return [tuple(uv.vector) for uv in bent.head.data.uv_layers["UVMap"].uv]

    before = uvs(), [material.name for material in bent.head.data.materials]
    bpy.ops.headsmith.mirror_head()
    assert (uvs(), [material.name for material in bent.head.data.materials]) == before
