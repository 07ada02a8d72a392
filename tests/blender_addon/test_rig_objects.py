"""A rig-ready head is found again from any of its pieces, and nothing else is taken for one."""

from typing import Any

import bpy
import numpy as np
import pytest

from ..in_blender import part
from .rig_scene import generate, topology


def find(item: Any) -> Any:
    return part("rig_objects").find_rig(item)


def test_every_piece_leads_to_the_whole(session: Any) -> None:
    rig = generate("a man with hair")
    bpy.ops.headsmith.level_add()
    whole = find(rig.head)
    assert (len(whole.parts), len(whole.levels), len(whole.objects)) == (1, 3, 6)
    assert all(find(item) == whole for item in whole.objects)
    numbers = [part("rig_objects").level_number(item) for item in (whole.head, *whole.levels)]
    assert numbers == [0, 1, 2, 3]


def test_two_heads_are_told_apart(session: Any) -> None:
    first, second = generate(), generate("a woman")
    assert find(first.head) == first
    assert find(second.armature) == second
    assert not set(first.objects) & set(second.objects)


def test_what_is_no_piece_of_a_head_leads_nowhere(session: Any) -> None:
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.active_object
    assert find(None) is None
    assert find(cube) is None
    cube["headsmith_rig"] = "head"  # without a skeleton
    assert find(cube) is None


@pytest.mark.parametrize("loss", ["head", "shapes", "parent"])
def test_a_head_that_was_taken_apart_is_none(session: Any, loss: str) -> None:
    rig = generate()
    match loss:
        case "head":
            bpy.data.objects.remove(rig.head)
        case "shapes":
            rig.head.shape_key_clear()
        case "parent":
            rig.head.parent = None
    assert find(rig.armature) is None


def test_a_head_of_this_file_is_not_linked(session: Any) -> None:
    assert not generate("a man with hair").is_linked


def test_mirror_numbers_are_those_of_the_topology_or_none(session: Any) -> None:
    mesh, mirror_of = generate().head.data, part("rig_objects").mirror_of
    assert (mirror_of(mesh) == topology().mirror).all()
    mesh.attributes["mirror_index"].data[0].value = -1
    assert mirror_of(mesh) is None
    mesh.attributes.remove(mesh.attributes["mirror_index"])
    mesh.attributes.new("mirror_index", "FLOAT", "POINT")  # of another kind
    assert mirror_of(mesh) is None


def test_places_are_those_of_the_points(session: Any) -> None:
    bpy.ops.mesh.primitive_cube_add()
    mesh = bpy.context.active_object.data
    expected = np.array([vertex.co for vertex in mesh.vertices])
    assert part("rig_objects").places(mesh.vertices) == pytest.approx(expected)
