"""Rig-ready heads: what stands in the scene has the topology's topology, shapes, bones and materials."""

import itertools
import math
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from backend.wire.rig_names import (
    ARKIT_SHAPES,
    BONES,
    MATERIALS,
)

from ..in_blender import part, texts, wire
from .rig_scene import blender_frame, generate, ids, posed, rest, topology
from .test_rig_material import images


def numbers(mesh: Any, name: str) -> NDArray[np.int32]:
    found = np.empty(len(mesh.vertices), np.int32)
    mesh.attributes[name].data.foreach_get("value", found)
    return found


def key_points(item: Any, name: str) -> NDArray[np.floating[Any]]:
    flat = np.empty(3 * len(item.data.vertices), np.float32)
    item.data.shape_keys.key_blocks[name].data.foreach_get("co", flat)
    return flat.reshape(-1, 3)


def test_the_mesh_has_the_topologies_quads_uvs_and_materials(session: Any) -> None:
    mesh, mean = generate().head.data, topology()
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    assert (corners.reshape(-1, 4) == mean.quads).all()
    assert [layer.name for layer in mesh.uv_layers] == ["UVMap"]
    uvs = np.empty(2 * len(mesh.loops), np.float32)
    mesh.uv_layers["UVMap"].uv.foreach_get("vector", uvs)
    assert (uvs.reshape(-1, 4, 2) == mean.corner_uvs).all()
    slots = np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("material_index", slots)
    assert (slots == mean.face_materials).all()
    assert [m.name for m in mesh.materials] == [f"An old man {part}" for part in MATERIALS]
    assert all(polygon.use_smooth for polygon in mesh.polygons)
    assert not mesh.validate(verbose=True)


def test_attributes_tell_each_vertexs_place_in_hm08_and_on_the_other_side(session: Any) -> None:
    mesh = generate().head.data
    assert (numbers(mesh, "hm08_index") == topology().base_index).all()
    assert (numbers(mesh, "mirror_index") == topology().mirror).all()


def test_the_52_shapes_follow_the_basis_in_arkits_order_and_rest(session: Any) -> None:
    rig = generate()
    keys = rig.head.data.shape_keys.key_blocks
    assert tuple(key.name for key in keys) == ("Basis", *ARKIT_SHAPES)
    assert {(key.value, key.slider_min, key.slider_max) for key in keys[1:]} == {(0.0, 0.0, 1.0)}
    assert posed(rig.head) == pytest.approx(rest(rig.head), abs=1e-6)


@pytest.mark.parametrize("scale_length", [1.0, 0.01])
def test_every_shape_moves_vertices_as_the_file_says(session: Any, scale_length: float) -> None:
    bpy.context.scene.unit_settings.scale_length = scale_length
    head = generate().head
    basis = key_points(head, "Basis")
    for number, name in enumerate(ARKIT_SHAPES):
        moves = (key_points(head, name) - basis) * scale_length
        expected = blender_frame(topology().shape_offsets[number])
        assert moves == pytest.approx(expected, abs=1e-6), name


def test_the_bones_are_not_drawn_over_the_face(session: Any) -> None:
    armature = generate().armature
    assert not armature.show_in_front
    assert armature.data.display_type == "WIRE"
    assert not armature.hide_get()  # exports and posing need it


def turned(rig: Any, bone: str, degrees: float) -> NDArray[np.floating[Any]]:
    """How each vertex of the head moves when one bone turns about its x axis."""
    before = posed(rig.head)
    rig.armature.pose.bones[bone].rotation_euler.x = math.radians(degrees)
    moved = posed(rig.head) - before
    rig.armature.pose.bones[bone].rotation_euler.x = 0.0
    return moved


def test_turning_the_jaw_about_x_opens_the_mouth(session: Any) -> None:
    moved = turned(generate(), "jaw", 20.0)
    front = np.flatnonzero(topology().bone_weights[:, BONES.index("jaw")] > 0.95)
    assert (moved[front, 2].mean(), moved[front, 1].mean()) < (-0.01, 0.0)
    still = topology().bone_weights[:, [2, 3, 4, 5]].sum(1) == 0  # neither jaw nor tongue
    assert np.abs(moved[still]).max() == pytest.approx(0.0, abs=1e-6)


def test_turning_an_eye_about_x_looks_down_and_moves_nothing_else(session: Any) -> None:
    moved = turned(generate(), "eye.L", 20.0)
    left, _ = topology().eyes
    ahead = left[topology().vertices[left, 2].argmax()]
    assert moved[ahead, 2] < -0.003
    still = topology().bone_weights[:, BONES.index("eye.L")] == 0.0
    assert np.abs(moved[still]).max() == pytest.approx(0.0, abs=1e-6)
    assert set(left) == set(np.flatnonzero(topology().bone_weights[:, BONES.index("eye.L")] == 1.0))


def test_turning_the_head_takes_eyes_teeth_and_hair_along(session: Any) -> None:
    rig = generate("a man with hair")
    (hair,) = rig.parts
    before = posed(rig.head), posed(hair)
    rig.armature.pose.bones["head"].rotation_euler.y = math.radians(90.0)
    after = posed(rig.head), posed(hair)
    pivot = np.array(rig.armature.matrix_world @ rig.armature.data.bones["head"].head_local)
    axis = np.array(rig.armature.data.bones["head"].matrix_local.col[1][:3])
    weights = topology().bone_weights
    stiff = np.flatnonzero(weights[:, BONES.index("neck")] == 0)
    for old, new in ((before[0][stiff], after[0][stiff]), (before[1], after[1])):
        arms = np.linalg.norm(np.cross(old - pivot, axis), axis=1)
        travelled = np.linalg.norm(new - old, axis=1)
        assert travelled == pytest.approx(math.sqrt(2.0) * arms, abs=1e-4)


def test_hair_is_an_object_of_its_own_on_the_head_bone(session: Any) -> None:
    rig = generate("a man with hair")
    (hair,) = rig.parts
    assert hair.name == "A man with hair hair"
    assert hair.parent == rig.armature
    assert [m.object for m in hair.modifiers if m.type == "ARMATURE"] == [rig.armature]
    assert [group.name for group in hair.vertex_groups] == ["head"]
    weights = {g.weight for vertex in hair.data.vertices for g in vertex.groups}
    assert weights == {1.0}
    expected = {"A man with hair hair albedo", "A man with hair hair normal"}
    assert images(hair.data.materials[0]) == expected


def test_only_rig_ready_brings_no_sculpt(session: Any) -> None:
    rig = generate("a man with hair")
    (collection,) = rig.armature.users_collection
    assert set(collection.objects) == set(rig.objects)
    assert rig.armature.name == "A man with hair rig"
    assert bpy.context.view_layer.objects.active == rig.head
    assert set(bpy.context.selected_objects) == set(rig.objects)
    assert bpy.context.scene.collection.objects[:] == []


def test_the_neck_stands_at_the_cursor(session: Any) -> None:
    bpy.context.scene.cursor.location = (1.0, -2.0, 3.0)
    rig = generate()
    assert tuple(rig.armature.location) == (1.0, -2.0, 3.0)
    assert rest(rig.head)[:, 2].min() == pytest.approx(3.0, abs=1e-5)
    assert tuple(rig.head.location) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("scale_length", [0.01, 1000.0])
def test_head_and_bones_have_their_true_size(session: Any, scale_length: float) -> None:
    bpy.context.scene.unit_settings.scale_length = scale_length
    rig = generate()
    size = np.ptp(rest(rig.head), axis=0) * scale_length
    assert size == pytest.approx(np.ptp(blender_frame(topology().vertices), axis=0), rel=1e-4)
    heads, tails = topology().joints(topology().vertices)
    length = rig.armature.data.bones["head"].length * scale_length
    assert length == pytest.approx(np.linalg.norm(tails[1] - heads[1]), rel=1e-4)


def test_both_stand_side_by_side_with_one_origin(session: Any) -> None:
    rig = generate(output="both", count=2)
    (collection,) = rig.armature.users_collection
    sculpts = [item for item in collection.objects if item.parent is None and item.type == "MESH"]
    assert sorted(item.name for item in sculpts) == ["An old man sculpt", "An old man sculpt.001"]
    roots = sorted(
        (item for item in collection.objects if item.parent is None), key=lambda i: i.location.x
    )
    assert [item.type for item in roots] == ["MESH", "ARMATURE"] * 2
    spans = []
    for root in roots:
        xs = rest(root if root.type == "MESH" else root.children[0])[:, 0]
        spans.append((xs.min(), xs.max()))
    assert all(left[1] < right[0] for left, right in itertools.pairwise(spans))
    # One origin: moved by the difference of their places, the two coincide as they do in the file.
    own = np.empty(3 * len(topology().vertices), np.float32)
    rig.head.data.vertices.foreach_get("co", own)
    assert own.reshape(-1, 3)[:, 2] - topology().vertices[:, 1] == pytest.approx(0.13, abs=1e-3)


def test_the_heads_objects_tell_where_they_come_from(session: Any) -> None:
    rig = generate("a man with hair", seed=7)
    for item in rig.objects:
        assert item["headsmith_prompt"] == "a man with hair"
        assert item["headsmith_seed"] == 7
        assert item["headsmith_licence"] == "CC0-1.0"
        assert part("rig_objects").find_rig(item) == rig


def test_a_rig_without_a_readable_texture_leaves_the_file_as_it_was(session: Any) -> None:
    before = ids()
    for name, value in {"prompt": "no rig texture", "output": "both"}.items():
        setattr(bpy.context.scene.headsmith, name, value)
    with pytest.raises(RuntimeError, match="cannot be read"):
        bpy.ops.headsmith.generate(wait=True)
    assert ids() == before
    assert "rig_normal.png cannot be read" in texts(session)[-1]


def test_bones_that_cannot_be_made_leave_the_file_as_it_was(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise wire().RequestError("No bones today.")

    before = ids()
    monkeypatch.setattr(part("import_head"), "add_bones", fail)
    bpy.context.scene.headsmith.prompt, bpy.context.scene.headsmith.output = "hair", "both"
    with pytest.raises(RuntimeError, match="No bones today"):
        bpy.ops.headsmith.generate(wait=True)
    assert texts(session)[-1] == "No bones today."
    assert ids() == before


def test_a_rig_arrives_while_another_object_is_edited(session: Any) -> None:
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.active_object
    bpy.ops.object.mode_set(mode="EDIT")
    rig = generate()
    assert (bpy.context.mode, cube.mode, rig.armature.mode) == ("OBJECT", "OBJECT", "OBJECT")
    assert len(rig.armature.data.bones) == len(BONES)
    assert not cube.select_get()


def test_a_rig_arrives_in_a_hidden_collection_of_its_batch(session: Any) -> None:
    generate()
    job = session.dispatcher.jobs[0]
    layer = bpy.context.view_layer.layer_collection.children[0]
    layer.exclude = True
    part("import_head").import_job(bpy.context, job)
    layer.exclude = False
    assert len([item for item in bpy.data.objects if item.type == "ARMATURE"]) == 2
    assert all(len(item.bones) == len(BONES) for item in bpy.data.armatures)


def test_the_import_is_short(session: Any) -> None:
    generate()
    assert session.dispatcher.jobs[0].import_seconds < 2.0  # 0.2 s on an idle core
