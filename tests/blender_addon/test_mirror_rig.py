"""Symmetry of a head in the scene: its rest, its shapes and its bones change together, or nothing does."""

from typing import Any

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from ..in_blender import part, wire
from .bent_head import asymmetry, moves, own
from .rig_scene import topology


def test_a_wrapped_head_that_is_turned_becomes_symmetric_about_its_own_middle(bent: Any) -> None:
    del bent.head["headsmith_latent"]
    turn = np.array(Matrix.Rotation(0.5, 3, "Z"))
    for key in bent.head.data.shape_keys.key_blocks:
        points = part("rig_objects").places(key.data) @ turn.T
        key.data.foreach_set("co", points.astype(np.float32).ravel())
    bpy.ops.headsmith.symmetrise_head()
    points = part("rig_objects").places(bent.head.data.shape_keys.key_blocks[0].data)
    across = points - points[topology().mirror]
    normal = np.linalg.svd(across, full_matrices=False)[2][0]
    assert abs(normal @ turn[:, 0]) > 0.99
    reflected = points - 2 * np.outer(points @ normal, normal)
    middle = (points + points[topology().mirror]) @ normal / 2
    assert np.ptp(middle) < 1e-5
    assert np.abs(reflected[topology().mirror] + 2 * middle.mean() * normal - points).max() < 1e-5


def test_a_head_whose_mesh_was_cut_is_refused_and_stays(bent: Any) -> None:
    mesh = bent.head.data
    mesh.attributes.remove(mesh.attributes["mirror_index"])
    before = own(bent.head)
    with pytest.raises(RuntimeError, match="no longer belong together"):
        bpy.ops.headsmith.symmetrise_head()
    assert (own(bent.head) == before).all()


def test_a_hidden_armature_is_no_hindrance_or_leaves_all_as_it_was(bent: Any) -> None:
    bent.armature.hide_viewport = True
    before = own(bent.head)
    try:
        bpy.ops.headsmith.symmetrise_head()
    except RuntimeError as error:
        assert "cannot be edited here" in str(error)
        assert (own(bent.head) == before).all()
    else:
        assert asymmetry(own(bent.head)) < 1e-6


def test_a_head_whose_levels_cannot_follow_stays_as_it_is(bent: Any) -> None:
    assert bpy.ops.headsmith.level_add() == {"FINISHED"}
    bent.head.data.flip_normals()  # its faces now run the other way
    before = own(bent.head)
    for operator in (bpy.ops.headsmith.symmetrise_head, bpy.ops.headsmith.mirror_head):
        with pytest.raises(RuntimeError):
            operator()
        assert (own(bent.head) == before).all()


@pytest.mark.parametrize("change", ["make_symmetric", "flip"])
def test_a_head_without_one_of_its_bones_is_refused_and_stays(bent: Any, change: str) -> None:
    with part("rig_bones").edit_bones(bpy.context, bent.armature) as bones:
        bones.remove(bones["eye.L"])
    before = own(bent.head)
    with pytest.raises(wire().RequestError, match="lost one of its bones"):
        getattr(part("mirror_rig"), change)(bpy.context, bent)
    assert (own(bent.head) == before).all()


def test_a_head_that_was_moved_and_turned_as_an_object_is_mirrored_about_itself(bent: Any) -> None:
    bent.armature.location = (4.0, 5.0, 6.0)
    bent.armature.rotation_euler = (0.1, 0.2, 0.7)
    place = bent.armature.matrix_basis.copy()
    part("mirror_rig").make_symmetric(bpy.context, bent)
    assert asymmetry(own(bent.head)) < 1e-5
    assert bent.armature.matrix_basis == place


def test_a_symmetric_head_is_left_as_it_is(bent: Any) -> None:
    mirror = part("mirror_rig")
    mirror.make_symmetric(bpy.context, bent)
    before, shapes = own(bent.head), moves(bent.head)
    for change in (mirror.make_symmetric, mirror.flip):
        change(bpy.context, bent)
        assert own(bent.head) == pytest.approx(before, abs=1e-6)
        for name, move in moves(bent.head).items():
            assert np.abs(move - shapes[name]).max() < 1e-6
