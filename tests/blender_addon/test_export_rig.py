"""What other programs read of a head has its size, shapes, bones and textures."""

import struct
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from backend.wire.rig_names import (
    ARKIT_SHAPES,
    BONES,
)

from .exported import FORMATS, distinct, export, glb_json, read_again, skinned
from .rig_scene import generate, rest, topology


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


def test_gltf_says_of_every_vertex_which_of_the_topology_it_is(
    session: Any, tmp_path: Path
) -> None:
    rig = generate()
    bpy.ops.headsmith.level_add()
    places = rest(rig.head)[:, [0, 2, 1]] * [1, 1, -1]
    path = export("GLB", tmp_path)
    base, mirror = topology().base_index, topology().mirror
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
