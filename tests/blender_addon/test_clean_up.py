"""Nothing of a failed import stays."""

from pathlib import Path
from typing import Any

import bpy
import pytest

from ..in_blender import part, texts
from .session_runs import generate, head


def ids() -> dict[str, int]:
    kinds = ("objects", "meshes", "materials", "images", "collections")
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}


def test_a_head_without_a_readable_texture_leaves_the_file_as_it_was(session: Any) -> None:
    bpy.ops.mesh.primitive_cube_add()
    cube, before = bpy.context.active_object, ids()
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="cannot be read"):
        generate(prompt="no texture", count=2)
    assert ids() == before
    assert head() == cube
    assert cube.mode == "EDIT"
    assert "albedo_0.png cannot be read" in texts(session)[-1]
    assert not session.dispatcher.jobs[0].is_imported


def make_one_of_each(folder: Path) -> None:
    """What imports make, and a picture beside the file."""
    mesh = bpy.data.meshes.new("new")
    mesh.materials.append(bpy.data.materials.new("new"))
    collection = bpy.data.collections.new("new")
    bpy.context.scene.collection.children.link(collection)
    collection.objects.link(bpy.data.objects.new("new", mesh))
    collection.objects.link(bpy.data.objects.new("new", bpy.data.armatures.new("new")))
    bpy.data.images.new("new", 4, 4)
    (folder / "new.png").write_bytes(b"any")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_all_that_was_made_is_taken_away_and_all_else_stays(
    session: Any, tmp_path: Path, error: type[BaseException]
) -> None:
    (tmp_path / "old.png").write_bytes(b"any")
    bpy.ops.mesh.primitive_cube_add()
    unused = bpy.data.meshes.new("unused")  # of nobody, but of the user's
    before = ids()
    with pytest.raises(error), part("clean_up").removed_on_failure(tmp_path):
        make_one_of_each(tmp_path)
        raise error
    assert ids() == before
    assert len(bpy.data.armatures) == 0
    assert unused.name == "unused"
    assert [path.name for path in tmp_path.iterdir()] == ["old.png"]


def test_without_a_failure_everything_stays(session: Any, tmp_path: Path) -> None:
    with part("clean_up").removed_on_failure(tmp_path):
        make_one_of_each(tmp_path)
    assert {item.name for item in bpy.data.objects} == {"new", "new.001"}
    assert (tmp_path / "new.png").is_file()


@pytest.mark.parametrize("folder", [None, "gone"])
def test_a_folder_that_is_not_there_is_no_hindrance(
    session: Any, tmp_path: Path, folder: str | None
) -> None:
    pictures = None if folder is None else tmp_path / folder
    with pytest.raises(ValueError), part("clean_up").removed_on_failure(pictures):
        bpy.data.meshes.new("new")
        raise ValueError
    assert "new" not in bpy.data.meshes
