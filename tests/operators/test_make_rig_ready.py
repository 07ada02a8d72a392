"""Make Rig-Ready: the backend gets what the user sees, in metres, and its answer stands in the same place."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix
from numpy.typing import NDArray
from PIL import Image

from ..blender_addon.rig_scene import active_rig, blender_frame, rest, template
from ..in_blender import part, texts


def settings() -> Any:
    return bpy.context.scene.headsmith


def cube(size: float = 2.0, name: str = "Cube") -> Any:
    bpy.ops.mesh.primitive_cube_add(size=size)
    bpy.context.active_object.name = name
    return bpy.context.active_object


def sent(session: Any) -> dict[str, NDArray[Any]]:
    """Presses the button; returns the arrays that the backend got."""
    assert bpy.ops.headsmith.make_rig_ready(wait=True) == {"FINISHED"}
    with np.load(session.dispatcher.jobs[-1].request.mesh) as arrays:
        return dict(arrays)


def volume(arrays: dict[str, NDArray[Any]]) -> float:
    """Signed, so that faces which point inwards count below zero."""
    a, b, c = (arrays["vertices"][arrays["faces"][:, i]].astype(float) for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)


def paint(item: Any, *looks: Any) -> None:
    """One material for each look, a picture or a scene-linear colour; polygons take them in turn."""
    for look in looks:
        material = bpy.data.materials.new("Look")
        material.use_nodes = True
        socket = material.node_tree.nodes["Principled BSDF"].inputs["Base Color"]
        if isinstance(look, tuple):
            socket.default_value = (*look, 1.0)
        else:
            texture = material.node_tree.nodes.new("ShaderNodeTexImage")
            texture.image = look
            material.node_tree.links.new(texture.outputs["Color"], socket)
        item.data.materials.append(material)
    for polygon in item.data.polygons:
        polygon.material_index = polygon.index % len(looks)


def picture(folder: Path, colour: tuple[int, int, int], name: str = "skin.png") -> Any:
    Image.new("RGB", (32, 16), colour).save(folder / name)
    return bpy.data.images.load(str(folder / name))


def test_a_turned_scaled_mesh_in_centimetres_arrives_in_metres(session: Any) -> None:
    bpy.context.scene.unit_settings.scale_length = 0.01
    item = cube(2.0)
    place = Matrix.LocRotScale((10.0, 20.0, 30.0), Euler((0.3, -0.4, 0.5)), (3.0, 4.0, 5.0))
    item.matrix_world = place
    arrays = sent(session)
    corners = np.array([place @ vertex.co for vertex in item.data.vertices]) * 0.01
    x, y, z = corners.T
    assert arrays["vertices"] == pytest.approx(np.stack([x, z, -y], 1), abs=1e-6)
    assert volume(arrays) == pytest.approx(8 * 60 * 1e-6, rel=1e-4)


def test_a_mirrored_mesh_still_faces_outwards(session: Any) -> None:
    cube().scale = (-1.0, 1.0, 1.0)
    assert volume(sent(session)) == pytest.approx(8.0, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "beginning"),
    [("My Head.001", "My Head."), ("a/b: c?", "a/b: c?"), ("Öl 50%", "Öl 50%"), ("..", "..")],
)
def test_the_result_is_named_after_the_mesh(session: Any, name: str, beginning: str) -> None:
    cube(name=name)
    sent(session)
    assert session.dispatcher.jobs[0].title == name
    assert active_rig().head.name.startswith(beginning)


@pytest.mark.parametrize(
    ("names", "title"),
    [
        (("Head", "EyeLeft", "EyeRight"), "Head"),
        (("Rex_Head", "Rex_Eye.L", "Rex_Eye.R"), "Rex"),
        (("Old Man Hair", "Old Man Head"), "Old Man"),
    ],
)
def test_the_result_of_several_meshes_is_named_after_the_whole(
    session: Any, names: tuple[str, ...], title: str
) -> None:
    """The first is the largest; the last is the active one."""
    items = [cube(2.0 if index == 0 else 0.5, name) for index, name in enumerate(names)]
    for item in items:
        item.select_set(True)
    sent(session)
    assert session.dispatcher.jobs[0].title == title


def test_modifiers_count(session: Any) -> None:
    cube().modifiers.new("Smooth", "SUBSURF").levels = 2
    assert len(sent(session)["faces"]) == 2 * 6 * 16


def test_several_meshes_arrive_as_one(session: Any) -> None:
    first, second = cube(name="Head"), cube(name="Hair")
    second.location = (5.0, 0.0, 0.0)
    first.select_set(True)
    arrays = sent(session)
    assert (len(arrays["vertices"]), len(arrays["faces"])) == (16, 24)
    assert volume(arrays) == pytest.approx(16.0, rel=1e-5)
    assert session.dispatcher.jobs[0].title == "Hair"  # of two as large the active one


def test_polygons_with_many_corners_become_triangles(session: Any) -> None:
    bpy.ops.mesh.primitive_cylinder_add(vertices=12, end_fill_type="NGON", radius=1.0, depth=2.0)
    arrays = sent(session)
    assert len(arrays["faces"]) == 12 * 2 + 2 * 10
    assert volume(arrays) == pytest.approx(6.0 * np.sin(np.pi / 6) * 2.0, rel=1e-4)


def test_what_is_being_edited_arrives_as_it_is(session: Any) -> None:
    item = cube()
    bpy.ops.object.mode_set(mode="EDIT")
    import bmesh  # there is none before bpy

    edited = bmesh.from_edit_mesh(item.data)
    bmesh.ops.translate(edited, verts=edited.verts[:], vec=(0.0, 0.0, 7.0))
    assert sent(session)["vertices"][:, 1].min() == pytest.approx(6.0)


def test_the_picture_of_the_base_colour_goes_along_as_it_is(session: Any, tmp_path: Path) -> None:
    item = cube()
    paint(item, picture(tmp_path, (200, 100, 50)))
    arrays = sent(session)
    request = session.dispatcher.jobs[0].request
    assert Path(request.mesh_texture).read_bytes() == (tmp_path / "skin.png").read_bytes()
    assert arrays["corner_uvs"].shape == (12, 3, 2)
    uvs = {tuple(uv) for uv in arrays["corner_uvs"].reshape(-1, 2).round(4).tolist()}
    assert uvs == {tuple(np.round(uv.vector, 4).tolist()) for uv in item.data.uv_layers[0].uv}


def test_a_packed_picture_goes_along_without_its_file(session: Any, tmp_path: Path) -> None:
    image = picture(tmp_path, (200, 100, 50))
    image.pack()
    (tmp_path / "skin.png").unlink()
    paint(cube(), image)
    sent(session)
    found = Image.open(session.dispatcher.jobs[0].request.mesh_texture).convert("RGB")
    assert found.getpixel((3, 3)) == (200, 100, 50)


def test_a_painted_picture_goes_along_as_painted(session: Any) -> None:
    image = bpy.data.images.new("Painted", 8, 4)
    image.pixels.foreach_set(np.tile(np.array([1.0, 0.5, 0.25, 1.0], np.float32), 32))
    paint(cube(), image)
    sent(session)
    found = Image.open(session.dispatcher.jobs[0].request.mesh_texture).convert("RGB")
    assert found.size == (8, 4)
    assert found.getpixel((3, 3)) == pytest.approx((255, 128, 64), abs=1)


def test_several_materials_share_one_sheet(session: Any, tmp_path: Path) -> None:
    red = picture(tmp_path, (200, 10, 10), "red.png")
    blue = picture(tmp_path, (10, 10, 200), "blue.png")
    paint(cube(), red, blue, (0.0, 0.2140411, 0.0))  # linear: half of green in sRGB
    arrays = sent(session)
    sheet = Image.open(session.dispatcher.jobs[0].request.mesh_texture).convert("RGB")
    middle = arrays["corner_uvs"].mean(axis=1)
    found = [
        sheet.getpixel((int(u * sheet.width), int((1.0 - v) * sheet.height))) for u, v in middle
    ]
    polygon = np.concatenate([np.arange(6), np.arange(6)])
    expected = [[(200, 10, 10), (10, 10, 200), (0, 128, 0)][number % 3] for number in polygon]
    assert np.abs(np.array(found) - expected).max() <= 1


def test_a_mesh_without_colours_has_no_texture(session: Any) -> None:
    arrays = sent_of_bare_cube(session)
    assert set(arrays) == {"vertices", "faces"}
    assert session.dispatcher.jobs[0].request.mesh_texture == ""


@pytest.mark.parametrize("domain", ["POINT", "CORNER"])
@pytest.mark.parametrize("kind", ["FLOAT_COLOR", "BYTE_COLOR"])
def test_vertex_colours_go_along(session: Any, domain: str, kind: str) -> None:
    """As a PLY brings them: an attribute, and no material. The left half is red, the right one half grey."""
    item = cube()
    attribute = item.data.color_attributes.new("Col", kind, domain)
    item.data.color_attributes.active_color = attribute
    loops = [loop.vertex_index for loop in item.data.loops]
    for place, vertex in enumerate(range(8) if domain == "POINT" else loops):
        is_left = item.data.vertices[vertex].co.x < 0
        attribute.data[place].color_srgb = (1, 0, 0, 1) if is_left else (0.5, 0.5, 0.5, 1)
    arrays = sent(session)
    is_left = arrays["vertices"][arrays["faces"]][..., 0] < 0
    assert arrays["corner_colors"].dtype == np.uint8
    assert np.abs(arrays["corner_colors"][is_left].astype(int) - (255, 0, 0, 255)).max() <= 1
    assert np.abs(arrays["corner_colors"][~is_left].astype(int) - (128, 128, 128, 255)).max() <= 1


def test_vertex_colours_beneath_a_picture_are_not_shown(session: Any, tmp_path: Path) -> None:
    item = cube()
    item.data.color_attributes.new("Col", "BYTE_COLOR", "CORNER")
    paint(item, picture(tmp_path, (200, 100, 50)))
    assert (sent(session)["corner_colors"][..., 3] == 0).all()


def test_vertex_colours_of_a_mirrored_mesh_stay_at_their_corners(session: Any) -> None:
    item = cube()
    attribute = item.data.color_attributes.new("Col", "FLOAT_COLOR", "POINT")
    item.data.color_attributes.active_color = attribute
    for vertex, entry in zip(item.data.vertices, attribute.data, strict=True):
        entry.color_srgb = (*(0.5 + 0.5 * place for place in vertex.co), 1.0)
    item.scale = (-1.0, 1.0, 1.0)
    arrays = sent(session)
    x, y, z = np.moveaxis(arrays["vertices"][arrays["faces"]], -1, 0)
    expected = 127.5 + 127.5 * np.stack([-x, -z, y], axis=-1)
    assert np.abs(arrays["corner_colors"][..., :3] - expected).max() <= 1


def sent_of_bare_cube(session: Any) -> dict[str, NDArray[Any]]:
    cube()
    return sent(session)


@pytest.mark.parametrize("scale_length", [1.0, 0.01])
def test_the_result_stands_where_the_mesh_stands(session: Any, scale_length: float) -> None:
    bpy.context.scene.unit_settings.scale_length = scale_length
    bpy.context.scene.cursor.location = (9.0, 9.0, 9.0)
    cube().location = (1.0, 2.0, 3.0)
    sent(session)
    rig = active_rig()
    assert rig.armature.matrix_world == Matrix()
    expected = blender_frame(template().vertices) / scale_length + [1.0, 2.0, 3.0]
    assert rest(rig.head) == pytest.approx(expected, abs=1e-5 / scale_length)
    assert rig.head.name == "Cube.001"
    assert "headsmith_latent" not in rig.head
    assert bpy.data.objects["Cube"].name in bpy.context.view_layer.objects


def test_landmarks_arrive_in_metres_and_the_backends_frame(session: Any) -> None:
    bpy.context.scene.unit_settings.scale_length = 0.1
    cube()
    bpy.context.active_object.scale = (10.0, 10.0, 10.0)
    for index in range(5):
        bpy.context.scene.cursor.location = (1.0 + index, 2.0, 3.0)
        bpy.ops.headsmith.landmark_pick(index=index)
    sent(session)
    found = session.dispatcher.jobs[0].request.landmarks
    expected = [(0.1 + 0.1 * index, 0.3, -0.2) for index in range(5)]
    assert np.array(found) == pytest.approx(np.array(expected), abs=1e-6)
    bpy.ops.headsmith.landmark_clear()
    sent(session)
    assert session.dispatcher.jobs[1].request.landmarks == ()


def refusal(session: Any) -> str:
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.headsmith.make_rig_ready(wait=True)
    sentence = str(caught.value).strip()
    assert len(sentence.splitlines()) == 1
    assert session.dispatcher.jobs == []
    return sentence


def test_some_landmarks_are_refused(session: Any) -> None:
    cube()
    bpy.ops.headsmith.landmark_pick(index=2)
    assert "all of these or at none" in refusal(session)


def test_nothing_selected_is_refused(session: Any) -> None:
    cube()
    bpy.ops.object.select_all(action="DESELECT")
    assert "Select the mesh of a head first" in refusal(session)


def test_a_mesh_without_faces_is_refused(session: Any) -> None:
    cube().data.clear_geometry()
    assert "has no faces; select the mesh of a head" in refusal(session)
    assert "has no faces" in texts(session)[-1]


def test_too_many_triangles_are_refused(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part("user_mesh"), "MAX_TRIANGLES", 23)
    first = cube()
    cube()
    first.select_set(True)
    assert "million triangles; reduce it" in refusal(session)


def test_vertices_that_are_nowhere_are_refused(session: Any) -> None:
    cube().data.vertices[3].co.x = float("nan")
    assert "not a number" in refusal(session)


def test_a_tiny_mesh_is_refused_at_once(session: Any) -> None:
    cube(0.25).scale = (0.001, 0.001, 0.001)
    assert "change its scale" in refusal(session)


def test_a_mesh_far_from_the_origin_is_refused_at_once(session: Any) -> None:
    cube(0.25).location = (1e6, 0.0, 0.0)
    assert "1e+06 m from the origin" in refusal(session)


def test_landmarks_left_over_from_another_head_are_refused_at_once(session: Any) -> None:
    cube(0.25)
    for index in range(5):
        bpy.context.scene.cursor.location = (5.0, 0.1 * index, 0.0)
        bpy.ops.headsmith.landmark_pick(index=index)
    assert "m away from the selected mesh" in refusal(session)
