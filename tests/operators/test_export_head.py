"""Export: what other programs read has the same size, shapes, bones and one set of textures."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
import trimesh

from backend.wire.rig_names import (
    ARKIT_SHAPES,
    MATERIALS,
)

from ..blender_addon.exported import export, glb_json
from ..blender_addon.rig_scene import generate, rest
from ..in_blender import texts


def test_gltf_has_52_named_shapes_one_skin_and_one_set_of_textures(
    session: Any, tmp_path: Path
) -> None:
    generate("a man with hair")
    gltf = glb_json(export("GLB", tmp_path))
    head = next(mesh for mesh in gltf["meshes"] if mesh["name"] == "A man with hair")
    assert head["extras"]["targetNames"] == list(ARKIT_SHAPES)
    assert all(len(primitive["targets"]) == 52 for primitive in head["primitives"])
    assert len(head["primitives"]) == len(MATERIALS)
    assert len(gltf["skins"]) == 1
    assert [node["skin"] for node in gltf["nodes"] if "mesh" in node] == [0, 0]
    materials = {material["name"].split()[-1]: material for material in gltf["materials"]}
    sources = [texture["source"] for texture in gltf["textures"]]

    def maps(material: Any) -> tuple[int, ...]:
        surface = material["pbrMetallicRoughness"]
        used = surface["baseColorTexture"], surface["metallicRoughnessTexture"]
        return tuple(sources[t["index"]] for t in (*used, material["normalTexture"]))

    assert len({maps(materials[name]) for name in MATERIALS}) == 1
    assert len(gltf["images"]) == 5  # three of the head, two of the hair
    assert {n for n, m in materials.items() if m.get("alphaMode", "OPAQUE") != "OPAQUE"} == {
        "lashes"
    }
    assert all(materials[name]["doubleSided"] for name in ("lashes", "hair"))


def test_gltf_keeps_where_the_head_comes_from(session: Any, tmp_path: Path) -> None:
    generate()
    nodes = glb_json(export("GLB", tmp_path))["nodes"]
    (head,) = (node for node in nodes if "mesh" in node)
    assert head["extras"]["headsmith_licence"] == "CC0-1.0"


def test_gltf_has_its_true_geometry_for_others_too(session: Any, tmp_path: Path) -> None:
    rig = generate()
    expected = rest(rig.head)
    scene = trimesh.load_scene(export("GLB", tmp_path))
    parts = [part for part in scene.dump() if isinstance(part, trimesh.Trimesh)]
    found = np.concatenate([part.vertices for part in parts])
    y_up = expected[:, [0, 2, 1]] * [1, 1, -1]
    assert np.ptp(found, axis=0) == pytest.approx(np.ptp(y_up, axis=0), rel=1e-4)
    assert found.min(0) == pytest.approx(y_up.min(0), abs=1e-5)
    assert sum(len(part.faces) for part in parts) == 2 * len(rig.head.data.polygons)


@pytest.mark.parametrize(
    ("given", "written"), [("head.glb", "head.fbx"), ("john.v2", "john.v2.fbx"), ("a", "a.fbx")]
)
def test_the_file_has_the_ending_of_its_format(
    session: Any, tmp_path: Path, given: str, written: str
) -> None:
    generate()
    bpy.ops.headsmith.export_head(filepath=str(tmp_path / given), format="FBX")
    assert [
        path.name for path in tmp_path.glob("*.*") if path.is_file() and path.suffix != ".log"
    ] == [written]


def test_selection_and_active_object_stay(session: Any, tmp_path: Path) -> None:
    rig = generate()
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.active_object
    bpy.context.view_layer.objects.active = rig.armature
    export("GLB", tmp_path)
    assert bpy.context.selected_objects == [cube]
    assert bpy.context.view_layer.objects.active == rig.armature
    assert "Cube" not in {node["name"] for node in glb_json(tmp_path / "head.glb")["nodes"]}


def test_a_hidden_head_is_refused(session: Any, tmp_path: Path) -> None:
    rig = generate()
    rig.armature.hide_set(True)
    bpy.context.view_layer.objects.active = rig.head
    with pytest.raises(RuntimeError, match="An old man rig cannot be exported while hidden"):
        bpy.ops.headsmith.export_head(filepath=str(tmp_path / "head.glb"))


def test_a_missing_folder_is_refused(session: Any, tmp_path: Path) -> None:
    generate()
    with pytest.raises(RuntimeError, match="does not exist; choose another one"):
        bpy.ops.headsmith.export_head(filepath=str(tmp_path / "none" / "head.glb"))
    assert "does not exist" in texts(session)[-1]


def test_without_a_rig_ready_head_the_button_is_off(session: Any) -> None:
    generate(output="sculpt")
    assert not bpy.ops.headsmith.export_head.poll()
