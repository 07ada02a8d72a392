"""Make Rig-Ready: the backend gets what the user sees, in metres, and its answer stands in the same place."""

from typing import Any

import bpy
import pytest
from mathutils import Matrix

from ..blender_addon.rig_scene import active_rig, blender_frame, rest, topology
from ..blender_addon.selected_heads import cube
from ..in_blender import texts, wire


def press() -> None:
    assert bpy.ops.headsmith.make_rig_ready(wait=True) == {"FINISHED"}


@pytest.mark.parametrize(
    ("name", "beginning"),
    [("My Head.001", "My Head."), ("a/b: c?", "a/b: c?"), ("Öl 50%", "Öl 50%"), ("..", "..")],
)
def test_the_result_is_named_after_the_mesh(session: Any, name: str, beginning: str) -> None:
    cube(name=name)
    press()
    assert session.dispatcher.jobs[0].title == name
    assert active_rig().head.name.startswith(beginning)


@pytest.mark.parametrize("scale_length", [1.0, 0.01])
def test_the_result_stands_where_the_mesh_stands(session: Any, scale_length: float) -> None:
    bpy.context.scene.unit_settings.scale_length = scale_length
    bpy.context.scene.cursor.location = (9.0, 9.0, 9.0)
    cube().location = (1.0, 2.0, 3.0)
    press()
    rig = active_rig()
    assert rig.armature.matrix_world == Matrix()
    expected = blender_frame(topology().vertices) / scale_length + [1.0, 2.0, 3.0]
    assert rest(rig.head) == pytest.approx(expected, abs=1e-5 / scale_length)
    assert rig.head.name == "Cube.001"
    assert "headsmith_latent" not in rig.head
    assert bpy.data.objects["Cube"].name in bpy.context.view_layer.objects


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
    monkeypatch.setattr(wire().mesh_bounds, "MAX_TRIANGLES", 23)
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
    assert "m away from the mesh" in refusal(session)
