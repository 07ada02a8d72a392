"""From the selected meshes and the landmarks to a request for a rig-ready head."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from ..in_blender import part, wire
from .selected_heads import arrays_of, asked, cube


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
    assert Path(asked().mesh).stem == title


def test_landmarks_arrive_in_metres_and_the_backends_frame(session: Any) -> None:
    bpy.context.scene.unit_settings.scale_length = 0.1
    cube()
    bpy.context.active_object.scale = (10.0, 10.0, 10.0)
    for index in range(5):
        bpy.context.scene.cursor.location = (1.0 + index, 2.0, 3.0)
        bpy.ops.headsmith.landmark_pick(index=index)
    found = asked().landmarks
    expected = [(0.1 + 0.1 * index, 0.3, -0.2) for index in range(5)]
    assert np.array(found) == pytest.approx(np.array(expected), abs=1e-6)
    bpy.ops.headsmith.landmark_clear()
    assert asked().landmarks == ()


def test_the_panels_settings_go_along(session: Any) -> None:
    settings = bpy.context.scene.headsmith
    settings.symmetric, settings.quality, settings.texture_px = True, "high", 512
    cube(0.5)
    request = asked()
    assert (request.kind, request.output) == ("wrap", "rig")
    assert (request.symmetric, request.quality, request.texture_px) == (True, "high", 512)
    assert (request.prompt, request.landmarks) == ("", ())
    request.check()


@pytest.mark.parametrize("scale_length", [1.0, 0.001, 100.0])
def test_mesh_and_landmarks_stay_together_in_every_unit(session: Any, scale_length: float) -> None:
    """Each landmark stands on a corner of the cube."""
    bpy.context.scene.unit_settings.scale_length = scale_length
    corners = [tuple(vertex.co) for vertex in cube(2.0 / scale_length).data.vertices]
    for index, corner in enumerate(corners[:5]):
        bpy.context.scene.cursor.location = corner
        bpy.ops.headsmith.landmark_pick(index=index)
    request = asked()
    vertices = arrays_of(request)["vertices"]
    assert np.array(request.landmarks) == pytest.approx(vertices[:5], abs=1e-5)
    assert np.abs(vertices) == pytest.approx(np.ones((8, 3)), abs=1e-5)


def test_nothing_is_written_for_what_is_refused(session: Any) -> None:
    folder = part("paths").jobs_folder()
    before = set(folder.iterdir())
    cube(0.25).location = (1e6, 0.0, 0.0)
    with pytest.raises(wire().RequestError, match="from the origin"):
        asked()
    bpy.context.active_object.location = (0.0, 0.0, 0.0)
    bpy.ops.headsmith.landmark_pick(index=2)
    with pytest.raises(wire().RequestError, match="all of these or at none"):
        asked()
    bpy.ops.object.select_all(action="DESELECT")
    with pytest.raises(wire().RequestError, match="select a mesh"):
        asked()
    assert set(folder.iterdir()) == before


def test_two_requests_have_files_of_their_own(session: Any) -> None:
    cube()
    first, second = asked(), asked()
    assert first.mesh != second.mesh
    assert all(Path(request.mesh).is_file() for request in (first, second))
