"""Find Earlier Heads: what other sessions finished comes back to the list, and what is damaged does not."""

from pathlib import Path
from typing import Any

import bpy
import pytest

from ..in_blender import part, texts


def make(operator: str, prompt: str) -> None:
    bpy.context.scene.headsmith.prompt = prompt
    getattr(bpy.ops.headsmith, operator)(wait=True)


@pytest.fixture
def earlier(session: Any) -> Any:
    """A session that has forgotten a head and a gallery; their files are there."""
    for folder in part("paths").jobs_folder().iterdir():
        folder.rename(folder.with_name("other-" + folder.name))
    make("generate", "a man")
    make("explore", "a woman")
    session.dispatcher.jobs.clear()
    bpy.ops.wm.read_homefile(use_empty=True)
    assert session.gallery() is None
    return session


def folders() -> list[Path]:
    found = part("paths").jobs_folder().glob("job-*")
    return sorted(found, key=lambda folder: (folder / "result.json").stat().st_mtime_ns)


def test_a_finished_head_comes_back_and_can_be_imported(earlier: Any) -> None:
    bpy.ops.headsmith.jobs_recover()
    job = earlier.dispatcher.jobs[0]
    assert (job.title, job.state.value) == ("a man", "done")
    assert earlier.unimported() == []  # nobody asked for it in this session
    bpy.ops.headsmith.import_result(job=job.id)
    assert bpy.context.view_layer.objects.active["headsmith_prompt"] == "a man"


def test_a_gallery_comes_back_and_its_previews_can_be_chosen(earlier: Any) -> None:
    bpy.ops.headsmith.jobs_recover()
    assert earlier.gallery().title == "a woman"
    bpy.ops.headsmith.gallery_pick(index=3)
    bpy.ops.headsmith.gallery_finish(wait=True)
    assert bpy.context.view_layer.objects.active["headsmith_prompt"] == "a woman"


def test_what_is_listed_already_is_not_listed_twice_and_stays_last(earlier: Any) -> None:
    make("explore", "a child")
    bpy.ops.headsmith.jobs_recover()
    bpy.ops.headsmith.jobs_recover()
    assert [job.title for job in earlier.dispatcher.jobs] == ["a man", "a woman", "a child"]
    assert earlier.gallery().title == "a child"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("request.json", b"[]"),
        ("request.json", b"[" * 300_000),
        ("result.json", b"{}"),
        ("result.json", b"\xff\xfe"),
        ("result.json", None),
    ],
)
def test_a_job_whose_files_are_damaged_is_left_out(
    earlier: Any, name: str, content: bytes | None
) -> None:
    path = folders()[0] / name
    path.unlink() if content is None else path.write_bytes(content)
    bpy.ops.headsmith.jobs_recover()
    assert [job.title for job in earlier.dispatcher.jobs] == ["a woman"]
    assert not any("error of its own" in text for text in texts(earlier))
