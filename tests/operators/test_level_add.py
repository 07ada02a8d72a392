"""Add Levels of Detail: simpler meshes of the head as it is, which its sliders and bones move along."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from backend.wire.rig_names import (
    ARKIT_SHAPES,
)

from ..blender_addon.fake_layout import draw
from ..blender_addon.rig_scene import active_rig, generate, ids, posed, rest, template
from ..in_blender import part, wire

NAMES = ["An old man_LOD1", "An old man_LOD2", "An old man_LOD3"]


def add() -> Any:
    assert bpy.ops.headsmith.level_add() == {"FINISHED"}
    return active_rig()


def kept(number: int) -> NDArray[Any]:
    return np.unique(template().level_triangles(number - 1))


def seen(rig: Any) -> list[bool]:
    return [item.visible_get() and not item.hide_render for item in (rig.head, *rig.levels)]


def test_levels_have_the_heads_vertices_uvs_and_materials(session: Any) -> None:
    generate()
    rig = add()
    assert [item.name for item in rig.levels] == NAMES
    full_uvs = {tuple(uv) for uv in template().corner_uvs.reshape(-1, 2).tolist()}
    for number, item in enumerate(rig.levels, 1):
        assert rest(item) == pytest.approx(rest(rig.head)[kept(number)], abs=1e-6)
        uvs = {tuple(uv.vector) for uv in item.data.uv_layers["UVMap"].uv}
        assert uvs < full_uvs
        assert list(item.data.materials) == list(rig.head.data.materials)
        corners = template().levels[number - 1]
        found = [polygon.material_index for polygon in item.data.polygons]
        assert found == template().face_materials[corners[:, 0] // 4].tolist()
        mirror = part("rig_objects").mirror_of(item.data)
        assert (kept(number)[mirror] == template().mirror[kept(number)]).all()
    counts = [len(item.data.loops) - 2 * len(item.data.polygons) for item in rig.levels]
    assert counts == [len(template().level_triangles(k)) for k in range(3)]


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
        assert weights == template().bone_weights[kept(number)].argmax(axis=1).tolist()


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


def test_they_are_hidden_until_one_is_shown(session: Any) -> None:
    generate()
    assert not bpy.ops.headsmith.level_show.poll()
    rig = add()
    assert seen(rig) == [True, False, False, False]
    assert draw("rig").buttons.count("headsmith.level_show") == 4
    bpy.ops.headsmith.level_show(level=2)
    assert seen(rig) == [False, False, True, False]
    assert active_rig().head == rig.head  # the panel still finds it
    bpy.ops.headsmith.level_show(level=0)
    assert seen(rig) == [True, False, False, False]


def test_pressed_again_they_are_made_anew_from_the_head_as_it_is(session: Any) -> None:
    rig = generate()
    add()
    bpy.ops.headsmith.level_show(level=2)
    before = ids()
    for key in rig.head.data.shape_keys.key_blocks:
        points = part("rig_objects").places(key.data)
        key.data.foreach_set("co", (points * 1.5).ravel())
    rig.head.data.vertices.foreach_set(
        "co", part("rig_objects").places(rig.head.data.shape_keys.key_blocks[0].data).ravel()
    )
    again = add()
    assert ids() == before
    assert [item.name for item in again.levels] == NAMES
    assert seen(again) == [False, False, True, False]
    for number, item in enumerate(again.levels, 1):
        assert rest(item) == pytest.approx(rest(rig.head)[kept(number)], abs=1e-6)


def test_levels_follow_flip(session: Any) -> None:
    rig = generate()
    add()
    points = rest(rig.head)
    bpy.ops.headsmith.mirror_head()
    flipped = points[template().mirror] * [-1, 1, 1]
    for number, item in enumerate(active_rig().levels, 1):
        assert rest(item) == pytest.approx(flipped[kept(number)], abs=1e-5)


def test_one_undo_takes_them_away(session: Any) -> None:
    generate()
    before = ids()
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.headsmith.level_add()
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    assert ids() == before
    assert active_rig().levels == ()


def test_a_mesh_with_other_faces_is_refused(session: Any) -> None:
    head = generate().head
    head.data.attributes.remove(head.data.attributes["hm08_index"])
    with pytest.raises(RuntimeError, match="levels of detail do not fit"):
        bpy.ops.headsmith.level_add()


def test_a_file_that_holds_no_levels_is_refused(session: Any, tmp_path: Path) -> None:
    level_file = part("level_file")
    with np.load(level_file.FILE) as arrays:
        wrong = {k: arrays[k] for k in ("base_index", "quads", "level_counts", "level_corners")}
    wrong["level_corners"] = wrong["level_corners"] + 4 * len(wrong["quads"])
    np.savez(tmp_path / "wrong.npz", **wrong)
    for name in ("wrong.npz", "none.npz"):
        with pytest.raises(wire().RequestError, match="cannot be read") as caught:
            level_file.read_levels(tmp_path / name)
        assert len(str(caught.value).splitlines()) == 1


def test_gltf_takes_them_along(session: Any, tmp_path: Path) -> None:
    generate()
    rig = add()
    path = tmp_path / "head.glb"
    bpy.ops.headsmith.export_head(filepath=str(path), format="GLB")
    assert seen(rig) == [True, False, False, False]
    scene = trimesh.load_scene(path)
    faces = dict.fromkeys(NAMES, 0)
    for node in scene.graph.nodes_geometry:
        geometry = scene.geometry[scene.graph[node][1]]
        level = next((name for name in NAMES if name in f"{node} {scene.graph[node][1]}"), None)
        if level is not None:
            faces[level] += len(geometry.faces)
    assert list(faces.values()) == [len(template().level_triangles(k)) for k in range(3)]


@pytest.mark.parametrize("kind", ["FBX", "USD"])
def test_fbx_and_usd_take_them_along(session: Any, tmp_path: Path, kind: str) -> None:
    generate()
    rig = add()
    bpy.ops.headsmith.level_show(level=1)
    expected = sorted(len(item.data.vertices) for item in (rig.head, *rig.levels))
    path = tmp_path / ("head.fbx" if kind == "FBX" else "head.usdc")
    bpy.ops.headsmith.export_head(filepath=str(path), format=kind)
    bpy.ops.wm.read_homefile(use_empty=True)
    if kind == "FBX":
        bpy.ops.import_scene.fbx(filepath=str(path))
    else:
        bpy.ops.wm.usd_import(filepath=str(path))
    meshes = [item for item in bpy.data.objects if item.type == "MESH"]
    assert sorted(len(item.data.vertices) for item in meshes) == expected
    assert all(len(item.data.shape_keys.key_blocks) == 53 for item in meshes)
