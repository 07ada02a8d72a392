"""Export: what other programs read has the same size, shapes, bones and one set of textures."""

import json
import struct
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from backend.wire.rig_names import (
    ARKIT_SHAPES,
    BONES,
    MATERIALS,
)

from ..blender_addon.rig_scene import generate, rest, template
from ..in_blender import texts

FORMATS = {"GLB": "glb", "FBX": "fbx", "USD": "usdc"}


def export(kind: str, folder: Path) -> Path:
    path = folder / f"head.{FORMATS[kind]}"
    assert bpy.ops.headsmith.export_head(filepath=str(path), format=kind) == {"FINISHED"}
    return path


def read_again(path: Path, scale_length: float = 1.0) -> None:
    """Imports a file into an empty scene."""
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.context.scene.unit_settings.scale_length = scale_length
    if path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path))
    elif path.suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(path))
    else:
        bpy.ops.wm.usd_import(filepath=str(path))


def skinned() -> list[Any]:
    """The head and its hair, the larger first."""
    meshes = [
        item
        for item in bpy.data.objects
        if item.type == "MESH" and any(m.type == "ARMATURE" for m in item.modifiers)
    ]
    return sorted(meshes, key=lambda item: -len(item.data.vertices))


def distinct(points: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Positions without the copies that a file makes at seams, in micrometres and sorted."""
    return np.unique(np.round(points * 1e5).astype(np.int64), axis=0)


def glb_json(path: Path) -> Any:
    data = path.read_bytes()
    (length,) = struct.unpack("<I", data[12:16])
    return json.loads(data[20 : 20 + length])


@pytest.mark.parametrize("kind", FORMATS)
def test_a_head_comes_back_with_its_vertices_shapes_and_bones(
    session: Any, tmp_path: Path, kind: str
) -> None:
    rig = generate("a man with hair")
    before = [rest(rig.head), rest(rig.parts[0])]
    read_again(export(kind, tmp_path))
    head, hair = skinned()
    for old, item in zip(before, (head, hair), strict=True):
        new = rest(item)
        assert np.ptp(new, axis=0) == pytest.approx(np.ptp(old, axis=0), rel=1e-4)
        assert len(distinct(new)) == pytest.approx(len(distinct(old)), rel=0.01)
        assert new.min(0) == pytest.approx(old.min(0), abs=1e-5)
    if kind != "GLB":  # which splits vertices at seams
        assert rest(head) == pytest.approx(before[0], abs=1e-5)
    names = [key.name for key in head.data.shape_keys.key_blocks]
    assert set(names[1:]) == set(ARKIT_SHAPES)
    (armature,) = (item for item in bpy.data.objects if item.type == "ARMATURE")
    expected = {name.replace(".", "_") if kind == "USD" else name for name in BONES}
    assert {bone.name for bone in armature.data.bones} == expected
    assert {item.find_armature() for item in (head, hair)} == {armature}


@pytest.mark.parametrize("kind", FORMATS)
def test_shapes_come_back_with_their_moves(session: Any, tmp_path: Path, kind: str) -> None:
    generate()
    read_again(export(kind, tmp_path))
    (head,) = skinned()
    keys = head.data.shape_keys.key_blocks
    size = 3 * len(head.data.vertices)
    world = np.array(head.matrix_world)[:3, :3]
    for name, largest in (("jawOpen", 0.0343), ("eyeBlinkLeft", 0.0155)):
        open_, closed = np.empty(size, np.float32), np.empty(size, np.float32)
        keys[name].data.foreach_get("co", open_)
        keys[0].data.foreach_get("co", closed)
        moves = (open_ - closed).reshape(-1, 3) @ world.T
        assert np.abs(moves).max() == pytest.approx(largest, abs=2e-4)
        assert moves[:, 2].min() < -0.4 * largest  # down


@pytest.mark.parametrize("kind", FORMATS)
def test_the_file_is_in_metres_whatever_the_scenes_unit(
    session: Any, tmp_path: Path, kind: str
) -> None:
    bpy.context.scene.unit_settings.scale_length = 0.01
    rig = generate()
    size, place = np.ptp(rest(rig.head), axis=0) * 0.01, rig.armature.matrix_world.copy()
    path = export(kind, tmp_path)
    assert rig.armature.matrix_world == place
    scale_length = 0.01 if kind == "FBX" else 1.0  # its importer alone knows the scene's unit
    read_again(path, scale_length)
    assert np.ptp(rest(skinned()[0]), axis=0) * scale_length == pytest.approx(size, rel=1e-4)


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


def glb_floats(path: Path, accessor: int) -> NDArray[np.floating[Any]]:
    """The numbers of an accessor, [N] or [N,3]."""
    gltf, data = glb_json(path), path.read_bytes()
    found = gltf["accessors"][accessor]
    assert found["componentType"] == 5126
    view = gltf["bufferViews"][found["bufferView"]]
    (length,) = struct.unpack("<I", data[12:16])
    width = {"SCALAR": 1, "VEC3": 3}[found["type"]]
    start = 28 + length + view.get("byteOffset", 0)
    flat = np.frombuffer(data, "<f4", found["count"] * width, start)
    return flat if width == 1 else flat.reshape(-1, width)


def test_gltf_says_of_every_vertex_which_of_the_template_it_is(
    session: Any, tmp_path: Path
) -> None:
    rig = generate()
    bpy.ops.headsmith.level_add()
    places = rest(rig.head)[:, [0, 2, 1]] * [1, 1, -1]
    path = export("GLB", tmp_path)
    base, mirror = template().base_index, template().mirror
    own = {number: index for index, number in enumerate(base.tolist())}
    meshes = {mesh["name"]: mesh for mesh in glb_json(path)["meshes"]}
    assert len(meshes) == 4  # the head and its three levels
    for name, mesh in meshes.items():
        for primitive in mesh["primitives"]:
            used = primitive["attributes"]
            numbers = glb_floats(path, used["_HM08_INDEX"]).astype(int)
            index = [own[number] for number in numbers.tolist()]
            assert glb_floats(path, used["POSITION"]) == pytest.approx(places[index], abs=1e-5)
            if name == rig.head.name:
                assert (glb_floats(path, used["_MIRROR_INDEX"]) == mirror[index]).all()
    for item in (rig.head, *(i for i in bpy.data.objects if "_LOD" in i.name)):
        assert {"hm08_index", "mirror_index"} <= set(item.data.attributes.keys())


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


@pytest.mark.parametrize("kind", ["FBX", "USD"])
def test_the_textures_come_along(session: Any, tmp_path: Path, kind: str) -> None:
    generate("a man with hair")
    path = export(kind, tmp_path)
    if kind == "USD":
        beside = {file.name for file in (tmp_path / "textures").iterdir()}
        assert {f"A_man_with_hair_{m}.png" for m in ("albedo", "normal", "roughness")} < beside
    read_again(path)
    names = {
        image.name.split(".")[0].replace("_", " ") for image in bpy.data.images if image.size[0]
    }
    wanted = {f"A man with hair {m}" for m in ("albedo", "normal", "roughness", "hair albedo")}
    assert wanted <= names


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
