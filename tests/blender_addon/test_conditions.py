"""When a button can be pressed, and the sentence that says why not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from ..in_blender import part
from .rig_scene import generate


def reason(button: str) -> str:
    """Why Blender refuses a button; empty if it can be pressed."""
    operator = getattr(bpy.ops.headsmith, button)
    if operator.poll():
        return ""
    with pytest.raises(RuntimeError) as caught:
        operator()
    return str(caught.value).strip().partition(".poll() ")[2]


@pytest.mark.parametrize(
    ("button", "sentence"),
    [
        ("gallery_pick", "Press Explore first"),
        ("gallery_finish", "Press Explore first"),
        ("gallery_vary", "Press Explore first"),
        ("remake", "Make a head of Headsmith the active object"),
        ("export_head", "Make a rig-ready head of Headsmith the active object"),
        ("symmetrise_head", "Make a rig-ready head of Headsmith the active object"),
        ("mirror_head", "Make a rig-ready head of Headsmith the active object"),
        ("pose_reset", "Make a rig-ready head of Headsmith the active object"),
        ("level_show", "Make a rig-ready head of Headsmith the active object"),
        ("make_rig_ready", "Select the mesh of a head first"),
        ("cancel", "Nothing is being made"),
        ("import_result", "No head is finished"),
        ("look_unlock", "No look is locked"),
        ("backend_stop", "The backend does not run"),
    ],
)
def test_an_empty_scene_says_what_is_missing(session: Any, button: str, sentence: str) -> None:
    assert reason(button) == sentence


def test_a_gallery_asks_for_a_choice(session: Any) -> None:
    bpy.context.scene.headsmith.prompt = "a man"
    bpy.ops.headsmith.explore(wait=True)
    assert reason("gallery_pick") == ""
    assert reason("gallery_finish") == "Choose one of the previews first"
    bpy.ops.headsmith.gallery_pick(index=6)
    assert (reason("gallery_finish"), reason("gallery_vary")) == ("", "")
    assert part("conditions").chosen_candidate(bpy.context).index == 6
    session.gallery().candidates.pop(6)
    assert reason("gallery_finish") == "Choose one of the previews first"


def test_a_sculpt_is_a_head_but_no_rig(session: Any) -> None:
    bpy.context.scene.headsmith.prompt = "a man"
    bpy.ops.headsmith.generate(wait=True)
    assert reason("remake") == ""
    assert reason("export_head") == "Make a rig-ready head of Headsmith the active object"
    assert reason("make_rig_ready") == ""  # it is a selected mesh


def test_a_rig_asks_for_levels_before_it_shows_one(session: Any) -> None:
    generate()
    assert reason("level_show") == "Add levels of detail first"
    bpy.ops.headsmith.level_add()
    assert reason("level_show") == ""
    bpy.ops.object.select_all(action="DESELECT")
    assert reason("make_rig_ready") == "Select the mesh of a head first"


def test_work_can_be_cancelled_from_the_first_press(session: Any) -> None:
    bpy.context.scene.headsmith.prompt = "slow"
    bpy.ops.headsmith.generate()
    assert reason("cancel") == ""


def test_a_finished_head_can_be_imported_and_its_job_is_found(session: Any) -> None:
    bpy.context.scene.headsmith.prompt = "a man"
    bpy.ops.headsmith.generate(wait=True)
    (job,) = session.dispatcher.jobs
    assert reason("import_result") == ""
    find = part("conditions").finished_job
    assert (find(""), find(job.id), find("job-none")) == (job, job, None)


@pytest.fixture
def linked_scene(session: Any, tmp_path: Path) -> Iterator[None]:
    """The window shows a scene that belongs to another file."""
    bpy.context.scene.name = "Elsewhere"
    path = str(tmp_path / "other.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(path, link=True) as (_, wanted):
        wanted.scenes = ["Elsewhere"]
    bpy.context.window.scene = wanted.scenes[0]
    yield
    bpy.ops.wm.read_homefile(use_empty=True)


@pytest.mark.parametrize("button", ["generate", "explore", "make_rig_ready", "import_result"])
def test_a_scene_of_another_file_takes_no_heads(linked_scene: None, button: str) -> None:
    says = "The scene belongs to a linked file; switch to a scene of this one"
    assert reason(button) == says
