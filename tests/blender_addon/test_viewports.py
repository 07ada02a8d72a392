"""The 3D view after an import: the first head is framed and in colour, later ones only if nobody would see them."""

from typing import Any

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from ..in_blender import MODULE, part, texts


def spaces() -> list[Any]:
    areas = bpy.context.window_manager.windows[0].screen.areas
    return [area.spaces.active for area in areas if area.type == "VIEW_3D"]


def generate(**fields: Any) -> None:
    for name, value in {"prompt": "an old man", **fields}.items():
        setattr(bpy.context.scene.headsmith, name, value)
    bpy.ops.headsmith.generate(wait=True)


def test_the_first_head_is_framed_and_seen_in_colour(session: Any) -> None:
    for space in spaces():
        space.shading.type, space.shading.color_type = "SOLID", "MATERIAL"
    bpy.context.scene.cursor.location = (5.0, 0.0, 0.0)
    generate()
    for space in spaces():
        assert space.shading.color_type == "TEXTURE"
        assert space.region_3d.view_location.x == pytest.approx(5.0, abs=0.05)
        assert space.region_3d.view_location.z == pytest.approx(0.13, abs=0.02)
        assert 0.1 < space.region_3d.view_distance < 1.5
    assert any("shows textures" in text for text in texts(session))


def test_a_view_in_colours_of_the_artists_own_choice_keeps_them(session: Any) -> None:
    for space in spaces():
        space.shading.type, space.shading.color_type = "SOLID", "RANDOM"
    generate()
    assert all(space.shading.color_type == "RANDOM" for space in spaces())


def test_a_view_through_a_camera_stays_with_it(session: Any) -> None:
    for space in spaces():
        space.region_3d.view_location = (9.0, 9.0, 9.0)
        space.region_3d.view_perspective = "CAMERA"
    generate()
    assert all(tuple(space.region_3d.view_location) == (9.0, 9.0, 9.0) for space in spaces())


def test_the_preference_leaves_the_view_alone(session: Any) -> None:
    preferences = bpy.context.preferences.addons[MODULE].preferences
    for space in spaces():
        space.shading.color_type = "MATERIAL"
        space.region_3d.view_location = (9.0, 9.0, 9.0)
    preferences.show_new_heads = False
    try:
        generate()
    finally:
        preferences.show_new_heads = True
    assert all(tuple(space.region_3d.view_location) == (9.0, 9.0, 9.0) for space in spaces())
    assert all(space.shading.color_type == "MATERIAL" for space in spaces())


def test_heads_of_a_batch_turn_the_view_once(session: Any, tmp_path: Any) -> None:
    path = tmp_path / "people.txt"
    path.write_text("a man\na woman\n")
    bpy.ops.headsmith.batch(filepath=str(path))
    jobs = session.dispatcher.jobs
    session.run_until_ended(jobs[0])
    for space in spaces():
        space.region_3d.view_location = (9.0, 9.0, 9.0)
    session.run_until_ended(jobs[1])
    assert jobs[1].is_imported
    assert all(tuple(space.region_3d.view_location) == (9.0, 9.0, 9.0) for space in spaces())


@pytest.mark.parametrize(
    ("place", "right", "is_seen"),
    [
        ((0.0, 0.0, -3.0), 1.0, True),
        ((0.0, 0.0, 3.0), 1.0, False),  # behind
        ((3.5, 0.0, -3.0), 1.0, False),  # beside
        ((2.0, 0.0, -3.0), 1.0, True),
        ((2.0, 0.0, -3.0), 0.6, False),  # below the sidebar
        ((0.0, 0.0, -100.0), 1.0, False),  # a dot
        ((0.0, 0.0, -0.3), 1.0, False),  # all around
    ],
)
def test_a_head_is_seen_if_most_of_it_lies_in_the_view_neither_tiny_nor_huge(
    extension: Any, place: tuple[float, ...], right: float, is_seen: bool
) -> None:
    near, far = 0.01, 1000.0
    # OpenGL's perspective with a quarter turn of view, looking along -z.
    to_clip = np.array(
        Matrix(
            (
                (1, 0, 0, 0),
                (0, 1, 0, 0),
                (0, 0, (far + near) / (near - far), 2 * far * near / (near - far)),
                (0, 0, -1, 0),
            )
        )
    )
    box = np.array([[-0.25] * 3, [0.25] * 3]) + np.array(place)
    assert part("viewports").is_seen(box, to_clip, (-1.0, right)) == is_seen
