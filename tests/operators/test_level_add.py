"""Add Levels of Detail: simpler meshes of the head as it is, which its sliders and bones move along."""

from pathlib import Path
from typing import Any

import bpy
import pytest
import trimesh

from ..blender_addon.rig_levels_seen import NAMES, add, kept, level_triangles, seen
from ..blender_addon.rig_scene import active_rig, generate, ids, rest
from ..in_blender import part


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
    assert list(faces.values()) == [len(level_triangles(k)) for k in range(3)]


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
