"""Where new heads stand: at the cursor if they have room there, and never inside of anything."""

import itertools
from typing import Any

import bpy
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from ..in_blender import part


def generate(**fields: Any) -> None:
    for name, value in {"prompt": "an old man", **fields}.items():
        setattr(bpy.context.scene.headsmith, name, value)
    bpy.ops.headsmith.generate(wait=True)


def boxes() -> list[NDArray[np.float64]]:
    """Around every mesh of the scene [2,3], in the world."""
    bpy.context.view_layer.update()
    found = []
    for item in bpy.context.scene.objects:
        if item.type == "MESH" and "headsmith_job" in item and item.get("headsmith_role") != "part":
            corners = np.array([item.matrix_world @ v.co for v in item.data.vertices])
            found.append(np.stack([corners.min(0), corners.max(0)]))
    return found


def overlap(first: NDArray[np.float64], second: NDArray[np.float64]) -> bool:
    return bool((np.minimum(first[1], second[1]) > np.maximum(first[0], second[0]) + 1e-4).all())


def test_the_first_head_of_a_fresh_file_stands_beside_the_default_cube(session: Any) -> None:
    bpy.ops.mesh.primitive_cube_add(size=2.0)
    generate()
    (head,) = boxes()
    assert head[0, 0] > 1.0
    assert head[0, 0] < 1.2
    assert head[0, 2] == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("output", ["sculpt", "rig", "both"])
def test_later_heads_stand_beside_the_earlier_ones(session: Any, output: str) -> None:
    bpy.context.scene.cursor.location = (0.0, 0.0, 1.0)
    for seed in range(3):
        generate(output=output, seed=seed)
    found = boxes()
    assert len(found) == (6 if output == "both" else 3)
    assert not any(overlap(*pair) for pair in itertools.combinations(found, 2))
    assert max(box[1, 0] for box in found) < 0.5 * len(found)  # a row, not scattered


def test_a_place_that_became_free_is_taken_again(session: Any) -> None:
    generate()
    first = boxes()
    active = bpy.context.view_layer.objects.active
    assert active is not None
    bpy.data.objects.remove(active)
    generate()
    assert np.array(boxes()) == pytest.approx(np.array(first), abs=1e-5)


def test_a_hidden_object_a_floor_and_a_room_are_in_nobodys_way(session: Any) -> None:
    bpy.ops.mesh.primitive_cube_add(size=1.0)
    bpy.context.active_object.hide_set(True)
    bpy.ops.mesh.primitive_plane_add(size=2.0)
    bpy.ops.mesh.primitive_cube_add(size=6.0)
    generate()
    assert tuple(bpy.context.view_layer.objects.active.location[:]) == (0.0, 0.0, 0.0)


def test_an_instance_of_a_collection_is_in_the_way(session: Any) -> None:
    collection = bpy.data.collections.new("Statue")
    bpy.ops.mesh.primitive_cube_add(size=1.0)
    cube = bpy.context.active_object
    assert cube is not None
    collection.objects.link(cube)
    bpy.context.scene.collection.objects.unlink(cube)
    bpy.ops.object.collection_instance_add(collection=collection.name, location=(0.2, 0.0, 0.0))
    generate()
    assert boxes()[0][0, 0] > 0.7


# In centimetres: Blender's wheel switches the processor to float arithmetic that Hypothesis refuses.
PLACES = st.tuples(*[st.integers(-300, 300)] * 3)
SIZES = st.tuples(*[st.integers(1, 200)] * 3)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(PLACES, SIZES), max_size=30))
def test_the_place_that_is_found_is_free_and_none_before_it_is_skipped(
    extension: Any, things: list[tuple[tuple[int, ...], tuple[int, ...]]]
) -> None:
    placement, width = part("placement"), 0.25
    row = np.array([[-0.12, -0.12, 0.0], [0.13, 0.12, 0.3]], np.float32)
    corners = [(low, np.add(low, size)) for low, size in things]
    obstacles = 0.01 * np.array(corners, np.float64).reshape(-1, 2, 3)
    shift = placement.free_shift(row, obstacles, width)
    moved = row + shift
    reach = np.minimum(moved[1], obstacles[:, 1]) - np.maximum(moved[0], obstacles[:, 0])
    assert not (reach > placement.TOUCHING * width + 1e-5).all(1).any()
    assert abs(shift[0]) <= placement.REACH * width
    assert shift[1] <= 0.0
    assert shift[2] == 0.0
    beside = np.append(moved[0, 0] - obstacles[:, 1, 0], obstacles[:, 0, 0] - moved[1, 0])
    assert shift[0] == 0.0 or (np.abs(beside - 0.25 * width) < 1e-4).any()
    assert (placement.free_shift(row, obstacles[::-1], width) == shift).all()


ROW = np.array([[-0.125, -0.125, 0.0], [0.125, 0.125, 0.3]])


def box(x: float, y: float, length: float, depth: float) -> list[list[float]]:
    """Around (x, y), as high as a head."""
    return [[x - length / 2, y - depth / 2, 0.0], [x + length / 2, y + depth / 2, 0.3]]


@pytest.mark.parametrize(
    ("things", "goes"),
    [
        ([], (0.0, 0.0)),
        ([box(0, 0, 1, 1)], (0.6875, 0.0)),
        ([box(0, 0, 1, 1), box(3, 0, 5, 1)], (-0.6875, 0.0)),  # nothing free at the right
        ([box(0, 0, 9.9, 0.1)], (0.0, -0.3125)),  # a wall, beside which the next row is free
        ([box(0, 0, 1000, 0.1)], (0.0, -0.3125)),
        ([box(0, 0, 0.1, 1000)], (0.2375, 0.0)),
        ([box(0, 0, 1000, 2)], (0.0, -1.25)),  # an array of cubes
        ([box(0, 0, 3e38, 0.1), box(3e38, 0, 1, 1)], (0.0, -0.3125)),
        ([box(0, 0, 1000, 1000)], (0.0, 0.0)),  # a landscape
    ],
)
def test_the_nearest_place_to_the_right_the_left_or_in_front_is_taken(
    extension: Any, things: list[list[list[float]]], goes: tuple[float, float]
) -> None:
    obstacles = np.array(things, np.float64).reshape(-1, 2, 3)
    assert part("placement").free_shift(ROW, obstacles, 0.25)[:2] == pytest.approx(goes)


def test_a_mesh_with_an_infinite_vertex_and_a_long_wall_send_no_head_far_away(session: Any) -> None:
    bpy.ops.mesh.primitive_cube_add(size=1.0)
    bpy.context.active_object.data.vertices[0].co.x = np.inf
    bpy.ops.mesh.primitive_cube_add(size=1.0)
    bpy.context.active_object.scale = (1000.0, 0.1, 3.0)
    generate()
    place = np.array(bpy.context.view_layer.objects.active.location)
    assert place[0] == 0.0
    assert -0.6 < place[1] < 0.0


def test_an_array_of_cubes_sends_no_head_far_away(session: Any) -> None:
    bpy.ops.mesh.primitive_cube_add(size=0.3)
    array = bpy.context.active_object.modifiers.new("Array", "ARRAY")
    array.count = 50
    generate()
    assert np.abs(np.array(bpy.context.view_layer.objects.active.location)).max() < 1.0
    generate(seed=2)
    assert np.abs(np.array(bpy.context.view_layer.objects.active.location)).max() < 1.5
    assert not overlap(*boxes())
