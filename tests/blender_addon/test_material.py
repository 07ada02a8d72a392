"""The material: every map where it belongs, in its colour space, packed or beside the file."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from ..in_blender import MODULE, part, texts

MAPS = "an old man with maps"


def generate(prompt: str = MAPS) -> Any:
    bpy.context.scene.headsmith.prompt = prompt
    bpy.ops.headsmith.generate(wait=True)
    return bpy.context.view_layer.objects.active


def principled(item: Any) -> Any:
    nodes = item.active_material.node_tree.nodes
    return next(node for node in nodes if node.type == "BSDF_PRINCIPLED")


def source(socket: Any) -> Any:
    return socket.links[0].from_node


def images() -> list[Any]:
    return [image for image in bpy.data.images if image.source == "FILE"]


@pytest.fixture
def beside(session: Any) -> Iterator[None]:
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.textures = "BESIDE"
    yield
    preferences.textures = "PACKED"


def test_every_map_goes_where_it_belongs(session: Any) -> None:
    shader = principled(generate())
    albedo = source(shader.inputs["Base Color"])
    roughness = source(shader.inputs["Roughness"])
    bumps = source(shader.inputs["Normal"])
    assert bumps.type == "NORMAL_MAP"
    assert (bumps.space, bumps.uv_map) == ("TANGENT", "UVMap")
    normal = source(bumps.inputs["Color"])
    spaces = [node.image.colorspace_settings.name for node in (albedo, roughness, normal)]
    assert spaces == ["sRGB", "Non-Color", "Non-Color"]
    names = [node.image.name.rsplit(" ", 1)[1] for node in (albedo, roughness, normal)]
    assert names == ["albedo", "roughness", "normal"]
    assert tuple(normal.image.pixels[:3]) == pytest.approx(
        [160 / 255, 128 / 255, 250 / 255], abs=0.01
    )


def test_light_goes_under_flesh_alone(session: Any) -> None:
    shader = principled(generate())
    weight = source(shader.inputs["Subsurface Weight"])
    assert (weight.type, weight.operation) == ("MATH", "MULTIPLY")
    assert weight.inputs[1].default_value == pytest.approx(
        shader.inputs["Subsurface Weight"].default_value
    )
    mask = source(weight.inputs[0])
    assert mask.image.name.endswith("skin mask")
    assert mask.image.colorspace_settings.name == "Non-Color"


def test_the_masks_of_all_flesh_are_added(session: Any) -> None:
    module = part("material")
    names = ("skin", "eye", "lips", "hair", "neck")
    masks = tuple((name, bpy.data.images.new(name, 4, 4)) for name in names)
    material = module.make_material("Head", module.MaterialMaps(masks[0][1], masks=masks))
    found, waiting = [], [source(node.inputs[0]) for node in maths(material, "MULTIPLY")]
    while waiting:
        node = waiting.pop()
        if node.type == "MATH":
            waiting += [source(socket) for socket in node.inputs[:2]]
        else:
            found.append(node.image.name)
    assert sorted(found) == ["lips", "neck", "skin"]
    assert len(maths(material, "ADD")) == 2


def maths(material: Any, operation: str) -> list[Any]:
    nodes = material.node_tree.nodes
    return [node for node in nodes if node.type == "MATH" and node.operation == operation]


def test_masks_are_at_hand(session: Any) -> None:
    nodes = generate().active_material.node_tree.nodes
    masks = [node for node in nodes if node.type == "TEX_IMAGE" and "mask" in node.image.name]
    assert [node.image.name.split()[-2] for node in masks] == ["skin", "hair"]
    assert all(node.parent.type == "FRAME" for node in masks)
    assert all(node.image.colorspace_settings.name == "Non-Color" for node in masks)


def test_a_head_with_colour_only_has_even_roughness_and_no_normal_map(session: Any) -> None:
    shader = principled(generate("an old man"))
    assert not shader.inputs["Roughness"].links
    assert not shader.inputs["Normal"].links
    assert not shader.inputs["Subsurface Weight"].links


@pytest.mark.parametrize("scale_length", [1.0, 0.01, 1000.0])
def test_light_goes_millimetres_into_skin(session: Any, scale_length: float) -> None:
    bpy.context.scene.unit_settings.scale_length = scale_length
    inputs = principled(generate()).inputs
    scale = inputs["Subsurface Scale"].default_value
    radius = [value * scale * scale_length for value in inputs["Subsurface Radius"].default_value]
    assert radius == pytest.approx([0.0037, 0.0014, 0.0007], rel=1e-4)
    assert 0.0 < inputs["Subsurface Weight"].default_value < 0.5
    assert inputs["Emission Strength"].default_value == 0.0


def test_pictures_are_packed_unless_the_preference_says_otherwise(session: Any) -> None:
    generate()
    assert len(images()) == 5
    assert all(image.packed_file is not None for image in images())
    assert all(image.filepath.startswith("//textures/") for image in images())


def test_pictures_lie_beside_a_saved_file(beside: None, session: Any, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    generate()
    assert all(image.packed_file is None for image in images())
    paths = {Path(bpy.path.abspath(image.filepath)) for image in images()}
    assert len(paths) == 5
    assert all(path.parent == tmp_path / "textures" and path.is_file() for path in paths)
    assert all(image.filepath.startswith("//textures/") for image in images())


def test_a_second_head_does_not_overwrite_the_first_ones_pictures(
    beside: None, session: Any, tmp_path: Path
) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    generate()
    generate()
    assert len(list((tmp_path / "textures").iterdir())) == 10
    assert len({image.filepath for image in images()}) == 10


def test_a_file_that_is_not_saved_gets_packed_pictures_and_is_told_so(
    beside: None, session: Any
) -> None:
    generate()
    assert all(image.packed_file is not None for image in images())
    assert sum("save it first" in text for text in texts(session)) == 1


def test_a_folder_that_cannot_be_written_leaves_the_scene_as_it_was(
    beside: None, session: Any, tmp_path: Path
) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    (tmp_path / "textures").write_text("in the way")
    with pytest.raises(RuntimeError, match="textures cannot be written"):
        generate()
    assert any("textures cannot be written" in text for text in texts(session))
    assert images() == []
    assert len(bpy.data.materials) == 0


def test_the_exported_glb_has_normals_and_roughness(session: Any, tmp_path: Path) -> None:
    generate()
    path = tmp_path / "head.glb"
    bpy.ops.export_scene.gltf(filepath=str(path), use_selection=True)
    content = path.read_bytes()
    length = struct.unpack("<I", content[12:16])[0]
    (material,) = json.loads(content[20 : 20 + length])["materials"]
    surface = material["pbrMetallicRoughness"]
    assert "normalTexture" in material
    assert {"baseColorTexture", "metallicRoughnessTexture"} <= set(surface)
    assert surface.get("roughnessFactor", 1.0) == 1.0
    assert surface["metallicFactor"] == 0


def test_the_function_takes_any_pictures(session: Any) -> None:
    module = part("material")
    image = bpy.data.images.new("any", 4, 4)
    maps = module.MaterialMaps(image, normal=image, uv_map="Other", units_per_metre=100.0)
    material = module.make_material("Rig", maps)
    nodes = material.node_tree.nodes
    (bumps,) = [node for node in nodes if node.type == "NORMAL_MAP"]
    assert bumps.uv_map == "Other"
    assert nodes.active.image is image
