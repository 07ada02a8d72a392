"""Any meshes of a scene become one triangle mesh in metres, as they are seen."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix

from ..in_blender import part, wire
from .rig_scene import ids
from .selected_heads import arrays_of, asked, cube, paint, picture, volume


def test_a_turned_scaled_mesh_in_centimetres_arrives_in_metres(session: Any) -> None:
    bpy.context.scene.unit_settings.scale_length = 0.01
    item = cube(2.0)
    place = Matrix.LocRotScale((10.0, 20.0, 30.0), Euler((0.3, -0.4, 0.5)), (3.0, 4.0, 5.0))
    item.matrix_world = place
    arrays = arrays_of(asked())
    corners = np.array([place @ vertex.co for vertex in item.data.vertices]) * 0.01
    x, y, z = corners.T
    assert arrays["vertices"] == pytest.approx(np.stack([x, z, -y], 1), abs=1e-6)
    assert volume(arrays) == pytest.approx(8 * 60 * 1e-6, rel=1e-4)


def test_a_mirrored_mesh_still_faces_outwards(session: Any) -> None:
    cube().scale = (-1.0, 1.0, 1.0)
    assert volume(arrays_of(asked())) == pytest.approx(8.0, rel=1e-5)


def test_modifiers_count(session: Any) -> None:
    cube().modifiers.new("Smooth", "SUBSURF").levels = 2
    assert len(arrays_of(asked())["faces"]) == 2 * 6 * 16


def test_several_meshes_arrive_as_one(session: Any) -> None:
    first, second = cube(name="Head"), cube(name="Hair")
    second.location = (5.0, 0.0, 0.0)
    first.select_set(True)
    request = asked()
    arrays = arrays_of(request)
    assert (len(arrays["vertices"]), len(arrays["faces"])) == (16, 24)
    assert volume(arrays) == pytest.approx(16.0, rel=1e-5)
    assert Path(request.mesh).stem == "Hair"  # of two as large the active one


def test_polygons_with_many_corners_become_triangles(session: Any) -> None:
    bpy.ops.mesh.primitive_cylinder_add(vertices=12, end_fill_type="NGON", radius=1.0, depth=2.0)
    arrays = arrays_of(asked())
    assert len(arrays["faces"]) == 12 * 2 + 2 * 10
    assert volume(arrays) == pytest.approx(6.0 * np.sin(np.pi / 6) * 2.0, rel=1e-4)


def test_what_is_being_edited_arrives_as_it_is(session: Any) -> None:
    item = cube()
    bpy.ops.object.mode_set(mode="EDIT")
    import bmesh  # there is none before bpy

    edited = bmesh.from_edit_mesh(item.data)
    bmesh.ops.translate(edited, verts=edited.verts[:], vec=(0.0, 0.0, 7.0))
    assert arrays_of(asked())["vertices"][:, 1].min() == pytest.approx(6.0)


def test_a_mesh_without_colours_has_no_texture(session: Any) -> None:
    cube()
    request = asked()
    assert set(arrays_of(request)) == {"vertices", "faces"}
    assert request.mesh_texture == ""


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
    arrays = arrays_of(asked())
    is_left = arrays["vertices"][arrays["faces"]][..., 0] < 0
    assert arrays["corner_colors"].dtype == np.uint8
    assert np.abs(arrays["corner_colors"][is_left].astype(int) - (255, 0, 0, 255)).max() <= 1
    assert np.abs(arrays["corner_colors"][~is_left].astype(int) - (128, 128, 128, 255)).max() <= 1


def test_vertex_colours_beneath_a_picture_are_not_shown(session: Any, tmp_path: Path) -> None:
    item = cube()
    item.data.color_attributes.new("Col", "BYTE_COLOR", "CORNER")
    paint(item, picture(tmp_path, (200, 100, 50)))
    assert (arrays_of(asked())["corner_colors"][..., 3] == 0).all()


def test_vertex_colours_of_a_mirrored_mesh_stay_at_their_corners(session: Any) -> None:
    item = cube()
    attribute = item.data.color_attributes.new("Col", "FLOAT_COLOR", "POINT")
    item.data.color_attributes.active_color = attribute
    for vertex, entry in zip(item.data.vertices, attribute.data, strict=True):
        entry.color_srgb = (*(0.5 + 0.5 * place for place in vertex.co), 1.0)
    item.scale = (-1.0, 1.0, 1.0)
    arrays = arrays_of(asked())
    x, y, z = np.moveaxis(arrays["vertices"][arrays["faces"]], -1, 0)
    expected = 127.5 + 127.5 * np.stack([-x, -z, y], axis=-1)
    assert np.abs(arrays["corner_colors"][..., :3] - expected).max() <= 1


def test_reading_leaves_the_scene_as_it_was(session: Any) -> None:
    item = cube()
    item.modifiers.new("Smooth", "SUBSURF").levels = 2
    before = ids(), len(item.data.vertices)
    asked()
    assert (ids(), len(item.data.vertices)) == before


def test_what_is_no_mesh_is_left_out(session: Any) -> None:
    bpy.ops.object.light_add()
    light = bpy.context.active_object
    cube()
    light.select_set(True)
    assert [item.name for item in part("user_mesh").selected_meshes(bpy.context)] == ["Cube"]
    assert len(arrays_of(asked())["faces"]) == 12


def test_an_empty_mesh_beside_others_is_left_out(session: Any) -> None:
    empty, full = cube(name="Empty"), cube(name="Full")
    empty.data.clear_geometry()
    for item in (empty, full):
        item.select_set(True)
    (piece,) = part("user_mesh").read_pieces(bpy.context, [empty, full])
    assert len(piece.faces) == 12


def test_corners_keep_their_uvs_however_a_mesh_is_cut_into_triangles(session: Any) -> None:
    """The picture's place of each corner is that of the vertex, seen along z."""
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=3, y_subdivisions=2, size=2.0)
    item = bpy.context.active_object
    layer = item.data.uv_layers.active
    for loop in item.data.loops:
        co = item.data.vertices[loop.vertex_index].co
        layer.uv[loop.index].vector = (0.5 + 0.4 * co.x, 0.5 + 0.3 * co.y)
    (piece,) = part("user_mesh").read_pieces(bpy.context, [item])
    corners = piece.vertices[piece.faces]
    expected = 0.5 + corners[..., :2] * [0.4, 0.3]
    assert piece.corner_uvs == pytest.approx(expected, abs=1e-6)
    a, b, c = (corners[:, index] for index in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()  # all face up, as the grid does


def test_a_mesh_without_uvs_beside_one_with_them_is_joined_with_it(
    session: Any, tmp_path: Path
) -> None:
    plain, painted = cube(name="Plain"), cube(name="Painted")
    plain.data.uv_layers.remove(plain.data.uv_layers[0])
    paint(painted, picture(tmp_path, (200, 100, 50)))
    for item in (plain, painted):
        item.select_set(True)
    arrays = arrays_of(asked())
    assert arrays["corner_uvs"].shape == (24, 3, 2)
    assert np.isfinite(arrays["corner_uvs"]).all()
    assert (arrays["faces"][12:].min(), arrays["faces"].max()) == (8, 15)


def test_colours_of_one_mesh_only_are_marked_as_missing_on_the_other(session: Any) -> None:
    first, second = cube(name="Head"), cube(name="Hair")
    second.data.color_attributes.new("Col", "BYTE_COLOR", "CORNER")
    pieces = part("user_mesh").read_pieces(bpy.context, [first, second])
    assert [piece.corner_colours is None for piece in pieces] == [True, False]
    first.select_set(True)
    alpha = arrays_of(asked())["corner_colors"][..., 3]
    assert sorted({int(alpha[:12].max()), int(alpha[12:].max())}) == [0, 255]


def test_a_folder_that_is_gone_is_named(session: Any, tmp_path: Path) -> None:
    module = part("user_mesh")
    pieces = module.read_pieces(bpy.context, [cube()])
    vertices = module.joined_vertices(pieces, 1.0)
    with pytest.raises(wire().RequestError, match="cannot be written") as caught:
        module.write_pieces(pieces, vertices, tmp_path / "gone", "Cube")
    assert str(tmp_path / "gone") in caught.value.user_text
