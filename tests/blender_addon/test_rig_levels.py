"""Levels of detail: simpler meshes of the head's own vertices, which follow it."""

from typing import Any

import bpy
import numpy as np
import pytest

from backend.wire.rig_names import (
    ARKIT_SHAPES,
)

from ..in_blender import part
from .rig_levels_seen import NAMES, add, kept, level_triangles
from .rig_scene import active_rig, generate, posed, rest, topology


def test_levels_have_the_heads_vertices_uvs_and_materials(session: Any) -> None:
    generate()
    rig = add()
    assert [item.name for item in rig.levels] == NAMES
    full_uvs = {tuple(uv) for uv in topology().corner_uvs.reshape(-1, 2).tolist()}
    for number, item in enumerate(rig.levels, 1):
        assert rest(item) == pytest.approx(rest(rig.head)[kept(number)], abs=1e-6)
        uvs = {tuple(uv.vector) for uv in item.data.uv_layers["UVMap"].uv}
        assert uvs < full_uvs
        assert list(item.data.materials) == list(rig.head.data.materials)
        corners = topology().levels[number - 1]
        found = [polygon.material_index for polygon in item.data.polygons]
        assert found == topology().face_materials[corners[:, 0] // 4].tolist()
        mirror = part("rig_objects").mirror_of(item.data)
        assert (kept(number)[mirror] == topology().mirror[kept(number)]).all()
    counts = [len(item.data.loops) - 2 * len(item.data.polygons) for item in rig.levels]
    assert counts == [len(level_triangles(k)) for k in range(3)]


def test_levels_have_all_shapes_in_order_and_whole_weights(session: Any) -> None:
    generate()
    for number, item in enumerate(add().levels, 1):
        keys = item.data.shape_keys.key_blocks
        assert [key.name for key in keys[1:]] == list(ARKIT_SHAPES)
        sums = [sum(entry.weight for entry in vertex.groups) for vertex in item.data.vertices]
        assert sums == pytest.approx([1.0] * len(sums), abs=1e-4)
        weights = [
            max(vertex.groups, key=lambda g: g.weight).group for vertex in item.data.vertices
        ]
        assert weights == topology().bone_weights[kept(number)].argmax(axis=1).tolist()


def test_one_slider_and_one_bone_move_all(session: Any) -> None:
    generate()
    rig = add()
    before = posed(rig.head)
    rig.head.data.shape_keys.key_blocks["jawOpen"].value = 0.7
    rig.armature.pose.bones["head"].rotation_mode = "XYZ"
    rig.armature.pose.bones["head"].rotation_euler.z = 0.4
    bpy.context.view_layer.update()
    moved = posed(rig.head)
    assert np.abs(moved - before).max() > 0.02
    for number in (1, 2, 3):
        bpy.ops.headsmith.level_show(level=number)
        assert posed(rig.levels[number - 1]) == pytest.approx(moved[kept(number)], abs=1e-5)


def test_levels_follow_flip(session: Any) -> None:
    rig = generate()
    add()
    points = rest(rig.head)
    bpy.ops.headsmith.mirror_head()
    flipped = points[topology().mirror] * [-1, 1, 1]
    for number, item in enumerate(active_rig().levels, 1):
        assert rest(item) == pytest.approx(flipped[kept(number)], abs=1e-5)
