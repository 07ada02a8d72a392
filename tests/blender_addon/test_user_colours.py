"""The colours of any materials go along as they are seen: as one picture, or as a sheet of cells."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from PIL import Image

from ..in_blender import part
from .selected_heads import arrays_of, asked, cube, paint, picture


def test_the_picture_of_the_base_colour_goes_along_as_it_is(session: Any, tmp_path: Path) -> None:
    item = cube()
    paint(item, picture(tmp_path, (200, 100, 50)))
    request = asked()
    arrays = arrays_of(request)
    assert Path(request.mesh_texture).read_bytes() == (tmp_path / "skin.png").read_bytes()
    assert arrays["corner_uvs"].shape == (12, 3, 2)
    uvs = {tuple(uv) for uv in arrays["corner_uvs"].reshape(-1, 2).round(4).tolist()}
    assert uvs == {tuple(np.round(uv.vector, 4).tolist()) for uv in item.data.uv_layers[0].uv}


def test_a_packed_picture_goes_along_without_its_file(session: Any, tmp_path: Path) -> None:
    image = picture(tmp_path, (200, 100, 50))
    image.pack()
    (tmp_path / "skin.png").unlink()
    paint(cube(), image)
    found = Image.open(asked().mesh_texture).convert("RGB")
    assert found.getpixel((3, 3)) == (200, 100, 50)


def test_a_painted_picture_goes_along_as_painted(session: Any) -> None:
    image = bpy.data.images.new("Painted", 8, 4)
    image.pixels.foreach_set(np.tile(np.array([1.0, 0.5, 0.25, 1.0], np.float32), 32))
    paint(cube(), image)
    found = Image.open(asked().mesh_texture).convert("RGB")
    assert found.size == (8, 4)
    assert found.getpixel((3, 3)) == pytest.approx((255, 128, 64), abs=1)


def test_several_materials_share_one_sheet(session: Any, tmp_path: Path) -> None:
    red = picture(tmp_path, (200, 10, 10), "red.png")
    blue = picture(tmp_path, (10, 10, 200), "blue.png")
    paint(cube(), red, blue, (0.0, 0.2140411, 0.0))  # linear: half of green in sRGB
    request = asked()
    arrays = arrays_of(request)
    sheet = Image.open(request.mesh_texture).convert("RGB")
    middle = arrays["corner_uvs"].mean(axis=1)
    found = [
        sheet.getpixel((int(u * sheet.width), int((1.0 - v) * sheet.height))) for u, v in middle
    ]
    polygon = np.concatenate([np.arange(6), np.arange(6)])
    expected = [[(200, 10, 10), (10, 10, 200), (0, 128, 0)][number % 3] for number in polygon]
    assert np.abs(np.array(found) - expected).max() <= 1


def made(name: str, *kinds: str) -> tuple[Any, ...]:
    """A material with nodes of these kinds beside its own, which is the first of what is returned."""
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # since Blender 5.0 there always is one
        material.use_nodes = True
    return (material, *(material.node_tree.nodes.new(kind) for kind in kinds))


def base_colour(material: Any) -> Any:
    return material.node_tree.nodes["Principled BSDF"].inputs["Base Color"]


def test_faces_without_a_material_are_grey_or_as_the_mesh_is_painted(session: Any) -> None:
    look = part("user_colours").colours_of(None)
    assert (look.picture, look.plain, look.shows_attribute) == ("", (0.5, 0.5, 0.5), True)


@pytest.mark.parametrize(
    ("linear", "encoded"),
    [(0.0, 0.0), (0.002, 0.02584), (0.0031308, 0.04045), (0.2140411, 0.5), (1.0, 1.0), (7.0, 1.0)],
)
def test_plain_colours_are_encoded_as_srgb(session: Any, linear: float, encoded: float) -> None:
    (material,) = made("Plain")
    base_colour(material).default_value = (linear, 1.0, 0.0, 1.0)
    look = part("user_colours").colours_of(material)
    assert look.plain == pytest.approx((encoded, 1.0, 0.0), abs=1e-4)
    assert (look.picture, look.shows_attribute) == ("", False)


def test_a_picture_is_found_behind_what_adjusts_it(session: Any, tmp_path: Path) -> None:
    material, texture, curve, gamma = made(
        "Adjusted", "ShaderNodeTexImage", "ShaderNodeRGBCurve", "ShaderNodeGamma"
    )
    texture.image = picture(tmp_path, (200, 100, 50))
    links = material.node_tree.links
    links.new(texture.outputs["Color"], curve.inputs["Color"])
    links.new(curve.outputs["Color"], gamma.inputs["Color"])
    links.new(gamma.outputs["Color"], base_colour(material))
    look = part("user_colours").colours_of(material)
    assert (look.picture, look.shows_attribute) == (texture.image.name, False)


def test_the_picture_of_another_socket_is_not_the_colour(session: Any, tmp_path: Path) -> None:
    material, texture = made("Rough", "ShaderNodeTexImage")
    texture.image = picture(tmp_path, (200, 100, 50))
    principled = material.node_tree.nodes["Principled BSDF"]
    material.node_tree.links.new(texture.outputs["Color"], principled.inputs["Roughness"])
    assert part("user_colours").colours_of(material).picture == ""


def test_the_meshs_own_colours_show_where_a_node_reads_them(session: Any) -> None:
    material, attribute = made("Painted", "ShaderNodeVertexColor")
    material.node_tree.links.new(attribute.outputs["Color"], base_colour(material))
    assert part("user_colours").colours_of(material).shows_attribute


def test_one_plain_colour_needs_no_picture(session: Any) -> None:
    paint(cube(), (0.2, 0.3, 0.4))
    assert asked().mesh_texture == ""


def test_repeated_pictures_stay_within_their_cell(session: Any, tmp_path: Path) -> None:
    """UVs of 3.25 and -0.75 are those of 0.25 where a picture repeats; a sheet has no room to repeat it."""
    module = part("user_colours")
    red = picture(tmp_path, (200, 10, 10))
    looks = (module.Colours(red.name, (0, 0, 0)), module.Colours("", (0.0, 0.0, 1.0)))
    corners = np.array([[0.2, 0.2], [0.3, 0.2], [0.25, 0.35]], np.float32)
    uvs = np.stack([corners, corners + np.array([3, -1]), corners]).astype(np.float32)
    slots = np.array([0, 0, 1], np.int32)
    sheet = module.make_picture([(uvs, 3, slots, looks)], tmp_path / "sheet")
    assert sheet.path == tmp_path / "sheet.png"
    first, repeated, plain = sheet.corner_uvs
    assert repeated == pytest.approx(first, abs=1e-5)
    assert first == pytest.approx(corners / 2, abs=1e-5)  # the lower left cell of two by two
    assert plain == pytest.approx((corners + np.array([1, 0])) / 2, abs=1e-5)


def test_a_jpeg_stays_a_jpeg(session: Any, tmp_path: Path) -> None:
    image = picture(tmp_path, (200, 100, 50), "skin.jpg")
    paint(cube(), image)
    found = Path(asked().mesh_texture)
    assert found.suffix == ".jpg"
    assert found.read_bytes() == (tmp_path / "skin.jpg").read_bytes()


def test_a_float_picture_is_written_as_it_is_seen(session: Any) -> None:
    image = bpy.data.images.new("Float", 4, 4, float_buffer=True)
    image.pixels.foreach_set(np.tile(np.array([0.2140411, 0.0, 1.0, 1.0], np.float32), 16))
    paint(cube(), image)
    found = Image.open(asked().mesh_texture).convert("RGB")
    assert found.getpixel((1, 1)) == pytest.approx((128, 0, 255), abs=1)


def test_the_file_keeps_no_picture_that_was_made_on_the_way(session: Any, tmp_path: Path) -> None:
    paint(cube(), picture(tmp_path, (200, 10, 10)), (0.0, 0.5, 0.0))
    before = len(bpy.data.images)
    asked()
    assert len(bpy.data.images) == before
