"""Symmetrise and Flip: rest, shapes and bones of a head in the scene change together."""

from typing import Any

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from numpy.typing import NDArray

from backend.wire.rig_names import (
    ARKIT_SHAPES,
)

from ..blender_addon.rig_scene import generate, posed, rest, template
from ..in_blender import part


def own(item: Any) -> NDArray[np.floating[Any]]:
    return part("rig_objects").places(item.data.vertices)


def moves(item: Any) -> dict[str, NDArray[np.floating[Any]]]:
    keys = item.data.shape_keys.key_blocks
    basis = part("rig_objects").places(keys[0].data)
    return {key.name: part("rig_objects").places(key.data) - basis for key in keys[1:]}


def bend(item: Any) -> None:
    """Pulls the head's left side out, in every shape."""
    for key in item.data.shape_keys.key_blocks:
        points = part("rig_objects").places(key.data)
        points[points[:, 0] > 0] *= [1.15, 1.0, 1.05]
        key.data.foreach_set("co", points.ravel())
    item.data.vertices.foreach_set(
        "co", part("rig_objects").places(item.data.shape_keys.key_blocks[0].data).ravel()
    )
    item.data.update()


def asymmetry(points: NDArray[np.floating[Any]]) -> float:
    return float(np.abs(points[template().mirror] * [-1, 1, 1] - points).max())


@pytest.fixture
def bent(session: Any) -> Any:
    rig = generate("a man with hair")
    bend(rig.head)
    with part("rig_bones").edit_bones(bpy.context, rig.armature) as bones:
        bones["eye.L"].head.z += 0.004
    return rig


def test_rest_shapes_and_bones_become_symmetric(bent: Any) -> None:
    assert asymmetry(own(bent.head)) > 0.01
    assert bpy.ops.headsmith.symmetrise_head() == {"FINISHED"}
    assert asymmetry(own(bent.head)) < 1e-6
    found = moves(bent.head)
    for name in ARKIT_SHAPES:
        partner = name.replace("Left", "#").replace("Right", "Left").replace("#", "Right")
        other = found[partner][template().mirror] * [-1, 1, 1]
        assert other == pytest.approx(found[name], abs=1e-6), name
    left, right = (bent.armature.data.bones[f"eye.{side}"] for side in "LR")
    assert tuple(left.head_local * 1) == pytest.approx(
        (-right.head_local.x, right.head_local.y, right.head_local.z), abs=1e-6
    )
    assert bent.armature.data.bones["jaw"].head_local.x == pytest.approx(0.0, abs=1e-6)
    assert bent.armature.data.bones["tongue.02"].use_connect


def test_a_wrapped_head_that_is_turned_becomes_symmetric_about_its_own_middle(bent: Any) -> None:
    del bent.head["headsmith_latent"]
    turn = np.array(Matrix.Rotation(0.5, 3, "Z"))
    for key in bent.head.data.shape_keys.key_blocks:
        points = part("rig_objects").places(key.data) @ turn.T
        key.data.foreach_set("co", points.astype(np.float32).ravel())
    bpy.ops.headsmith.symmetrise_head()
    points = part("rig_objects").places(bent.head.data.shape_keys.key_blocks[0].data)
    across = points - points[template().mirror]
    normal = np.linalg.svd(across, full_matrices=False)[2][0]
    assert abs(normal @ turn[:, 0]) > 0.99
    reflected = points - 2 * np.outer(points @ normal, normal)
    middle = (points + points[template().mirror]) @ normal / 2
    assert np.ptp(middle) < 1e-5
    assert np.abs(reflected[template().mirror] + 2 * middle.mean() * normal - points).max() < 1e-5


def test_the_head_still_rests_where_its_basis_is(bent: Any) -> None:
    bpy.ops.headsmith.symmetrise_head()
    assert posed(bent.head) == pytest.approx(rest(bent.head), abs=1e-6)


def test_flipping_swaps_the_sides_and_flipping_again_brings_them_back(bent: Any) -> None:
    (hair,) = bent.parts
    before, hair_before, shapes = own(bent.head), own(hair), moves(bent.head)
    bpy.ops.headsmith.mirror_head()
    assert own(bent.head) == pytest.approx(before[template().mirror] * [-1, 1, 1], abs=1e-6)
    assert own(hair) == pytest.approx(hair_before * [-1, 1, 1], abs=1e-6)
    smile = shapes["mouthSmileRight"][template().mirror] * [-1, 1, 1]
    assert moves(bent.head)["mouthSmileLeft"] == pytest.approx(smile, abs=1e-6)
    outwards = [f.normal.dot(f.center - hair.data.vertices[0].co) for f in hair.data.polygons]
    assert np.mean(np.array(outwards) > 0) > 0.9
    bpy.ops.headsmith.mirror_head()
    assert own(bent.head) == pytest.approx(before, abs=1e-6)
    assert own(hair) == pytest.approx(hair_before, abs=1e-6)


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


def test_reset_pose_brings_back_the_rest(bent: Any) -> None:
    keys, pose = bent.head.data.shape_keys.key_blocks, bent.armature.pose.bones
    expected = posed(bent.head)
    keys["jawOpen"].value, pose["head"].rotation_euler.z = 0.8, 0.5
    pose["neck"].location.x, pose["eye.L"].scale.x = 0.1, 2.0
    assert np.abs(posed(bent.head) - expected).max() > 0.01
    bpy.ops.headsmith.pose_reset()
    assert posed(bent.head) == pytest.approx(expected, abs=1e-6)


def test_a_part_with_shapes_is_flipped_with_them(bent: Any) -> None:
    (hair,) = bent.parts
    points = own(hair)
    towards = np.where(points[:, :1] > 0, 0.01, 0.0) * [1.0, 0.0, 0.0]
    for name, move in (("Basis", 0.0), ("mouthLeft", towards), ("mouthRight", 0.0)):
        key = hair.shape_key_add(name=name, from_mix=False)
        key.data.foreach_set("co", (points + move).astype(np.float32).ravel())
    hair.vertex_groups.new(name="eye.L").add([0], 0.5, "REPLACE")
    hair.vertex_groups.new(name="eye.R")
    assert bpy.ops.headsmith.mirror_head() == {"FINISHED"}
    image = points * [-1, 1, 1]
    basis = part("rig_objects").places(hair.data.shape_keys.key_blocks[0].data)
    assert basis == pytest.approx(image, abs=1e-5)
    assert own(hair) == pytest.approx(image, abs=1e-5)
    found = moves(hair)
    assert found["mouthRight"] == pytest.approx(towards * [-1, 1, 1], abs=1e-5)
    assert np.abs(found["mouthLeft"]).max() < 1e-5
    held = {hair.vertex_groups[entry.group].name for entry in hair.data.vertices[0].groups}
    assert "eye.R" in held and "eye.L" not in held


def test_a_head_whose_levels_cannot_follow_stays_as_it_is(bent: Any) -> None:
    assert bpy.ops.headsmith.level_add() == {"FINISHED"}
    bent.head.data.flip_normals()  # its faces now run the other way
    before = own(bent.head)
    for operator in (bpy.ops.headsmith.symmetrise_head, bpy.ops.headsmith.mirror_head):
        with pytest.raises(RuntimeError):
            operator()
        assert (own(bent.head) == before).all()
