"""Heads that belong to another file: what would change them is refused in one sentence, the rest works."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest

from ..blender_addon.rig_scene import active_rig, generate

CHANGING = ("symmetrise_head", "mirror_head")
Link = Callable[[bool], Any]


@pytest.fixture
def link(session: Any, tmp_path: Path) -> Link:
    """Links a head with hair into an empty file, with library overrides or without."""

    def into_empty_file(is_overridden: bool) -> Any:
        (collection,) = generate("a man with hair").armature.users_collection
        name, path = collection.name, str(tmp_path / "library.blend")
        bpy.ops.wm.save_as_mainfile(filepath=path)
        bpy.ops.wm.read_homefile(use_empty=True)
        with bpy.data.libraries.load(path, link=True) as (_, wanted):
            wanted.collections = [name]
        (linked,) = wanted.collections
        scene, layer = bpy.context.scene, bpy.context.view_layer
        if is_overridden:
            linked = linked.override_hierarchy_create(scene, layer)
        else:
            scene.collection.children.link(linked)
        layer.update()
        layer.objects.active = next(
            item for item in linked.objects if item.get("headsmith_rig") == "head"
        )
        return active_rig()

    return into_empty_file


def refusal(operator: str) -> str:
    with pytest.raises(RuntimeError) as caught:
        getattr(bpy.ops.headsmith, operator)()
    (sentence,) = [line for line in str(caught.value).splitlines() if "poll" in line]
    return sentence


@pytest.mark.parametrize("is_overridden", [False, True])
def test_the_shape_of_a_linked_head_stays(link: Link, is_overridden: bool) -> None:
    rig = link(is_overridden)
    assert rig is not None and rig.is_linked
    for operator in CHANGING:
        assert "linked from another file; change it there" in refusal(operator)


def test_a_linked_head_is_posed_with_an_override_only(link: Link) -> None:
    link(False)
    assert "make a library override or a local copy" in refusal("pose_reset")


def test_the_pose_of_an_overridden_head_is_put_back(link: Link) -> None:
    rig = link(True)
    rig.armature.pose.bones["jaw"].rotation_euler.x = 0.3
    assert bpy.ops.headsmith.pose_reset() == {"FINISHED"}
    assert tuple(rig.armature.pose.bones["jaw"].rotation_euler) == (0.0, 0.0, 0.0)


def test_a_linked_head_is_exported(link: Link, tmp_path: Path) -> None:
    link(False)
    path = tmp_path / "head.glb"
    assert bpy.ops.headsmith.export_head(filepath=str(path), format="GLB") == {"FINISHED"}
    assert path.stat().st_size > 100_000


def test_a_head_that_was_made_local_is_changed(link: Link) -> None:
    link(False)
    bpy.ops.object.select_all(action="SELECT")
    bpy.ops.object.make_local(type="ALL")
    rig = active_rig()
    assert not rig.is_linked
    for operator in CHANGING:
        assert getattr(bpy.ops.headsmith, operator)() == {"FINISHED"}
