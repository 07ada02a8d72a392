"""The session: finished heads go into their own scene or stay in the list, whatever happened to the file."""

import os
import time
from pathlib import Path
from typing import Any

import bpy
import pytest

from ..in_blender import part, texts, wire
from .session_runs import pump


def submit(session: Any, prompt: str = "a man", **fields: Any) -> Any:
    return session.submit(bpy.context, wire().JobRequest(prompt=prompt, **fields))


def heads() -> list[Any]:
    return [item for item in bpy.data.objects if "headsmith_latent" in item]


def test_a_finished_head_is_imported_into_the_scene_it_was_asked_for(session: Any) -> None:
    job = submit(session)
    pump(session)
    assert job.is_imported
    assert job.import_seconds > 0
    (head,) = heads()
    assert head.name in bpy.context.scene.objects
    assert texts(session)[-1] == "Imported A man."


def test_a_switched_scene_gets_no_head_that_was_asked_for_elsewhere(session: Any) -> None:
    job = submit(session)
    first = bpy.context.scene
    other = bpy.data.scenes.new("Other")
    bpy.context.window.scene = other
    pump(session)
    assert heads() == []
    assert not job.is_imported
    assert "finished, but its scene Scene is not open" in texts(session)[-1]
    bpy.context.window.scene = first
    bpy.ops.headsmith.import_result()
    assert heads()[0].name in first.objects


def test_a_closed_file_gets_no_head_and_the_result_is_kept(session: Any) -> None:
    job = submit(session)
    pump(session, lambda: job.fraction > 0)
    bpy.ops.wm.read_homefile(use_empty=True)
    pump(session)
    assert heads() == []
    assert (job.state.value, job.is_imported) == ("done", False)
    bpy.ops.headsmith.import_result(job=job.id)
    assert len(heads()) == 1


def test_the_same_file_opened_again_gets_its_head(session: Any, tmp_path: Path) -> None:
    job = submit(session)
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=path)
    pump(session)
    assert job.is_imported


def test_a_deleted_scene_leaves_the_result_in_the_list(session: Any) -> None:
    bpy.context.window.scene = bpy.data.scenes.new("Short-lived")
    job = submit(session)
    bpy.data.scenes.remove(bpy.data.scenes["Short-lived"])
    pump(session)
    assert (job.state.value, job.is_imported) == ("done", False)
    assert heads() == []


def test_a_scene_whose_mark_was_undone_is_still_known(session: Any) -> None:
    job = submit(session)
    del bpy.context.scene["headsmith_scene"]
    pump(session)
    assert job.is_imported


def test_a_failed_job_tells_one_sentence_and_changes_nothing(session: Any) -> None:
    before = {kind: len(getattr(bpy.data, kind)) for kind in ("objects", "meshes", "images")}
    submit(session, "bad weights")
    pump(session)
    assert texts(session) == ["The weights starter.safetensors are damaged; install them again."]
    assert before == {kind: len(getattr(bpy.data, kind)) for kind in before}


def test_words_that_were_not_understood_are_told_once_and_at_once(session: Any) -> None:
    job = submit(session, "slow zorblax")
    pump(session, lambda: bool(job.notices))
    assert texts(session).count("not understood: zorblax") == 1
    assert not job.has_ended
    session.dispatcher.cancel(job, time.monotonic())
    pump(session)
    assert texts(session).count("not understood: zorblax") == 1


def test_a_note_is_one_line_that_can_be_drawn_whatever_it_is_made_of(session: Any) -> None:
    session.note("ERROR", "No file /a/\udcff.png;\nchoose another.")
    assert texts(session) == ["No file /a/?.png; choose another."]
    job = submit(session, "", style_image="/pictures/\udcff.png")
    assert job.title == "?"
    session.dispatcher.cancel(job, time.monotonic())
    pump(session)


def test_a_gallery_is_kept_and_not_imported(session: Any) -> None:
    job = submit(session, kind="explore", count=8)
    pump(session)
    assert session.gallery() is job
    assert len(job.candidates) == 8
    assert heads() == []
    assert session.latest_importable() is None


def test_a_job_folder_that_cannot_be_made_refuses_the_job(session: Any) -> None:
    folder = part("paths").jobs_folder()
    folder.rmdir() if not any(folder.iterdir()) else folder.rename(f"{folder}.aside")
    folder.write_text("in the way")
    try:
        with pytest.raises(wire().RequestError, match="jobs cannot be made") as caught:
            submit(session)
        assert caught.value.code.value == "job_folder"
        assert session.dispatcher.jobs == []
    finally:
        folder.unlink()


def test_the_timer_runs_only_while_there_is_something_to_do(session: Any) -> None:
    tick = part("session")._tick
    assert not bpy.app.timers.is_registered(tick)
    submit(session)
    assert bpy.app.timers.is_registered(tick)
    assert tick() > 0
    pump(session)
    assert tick() is None


def test_an_error_of_our_own_is_told_once_and_fails_the_job_it_met(session: Any) -> None:
    def launch() -> Any:
        raise AttributeError("'bpy.app' object has no attribute 'module'")

    session.dispatcher = part("dispatcher").Dispatcher(launch)
    first, second = submit(session), submit(session)
    assert part("session")._tick() is None
    assert (first.state.value, first.error_code.value) == ("failed", "internal")
    assert second.state.value == "waiting"
    assert texts(session) == [first.error]
    assert "no attribute 'module'" in first.error


def test_an_error_of_our_own_ends_the_backend_that_worked_on_the_job(session: Any) -> None:
    job = submit(session, "slow")
    pump(session, lambda: job.fraction > 0)
    pid = session.dispatcher.link.pid
    job.notices = None  # stands for any mistake of ours
    session.step(time.monotonic())
    assert (job.state.value, session.is_busy) == ("failed", False)
    assert len(texts(session)) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_timer_comes_back_with_another_file(session: Any) -> None:
    tick = part("session")._tick
    submit(session, "slow")
    bpy.app.timers.unregister(tick)
    bpy.ops.wm.read_homefile(use_empty=True)
    assert bpy.app.timers.is_registered(tick)


def test_closing_ends_the_backend_and_the_timer(session: Any) -> None:
    job = submit(session, "slow")
    pump(session, lambda: job.fraction > 0)
    pid = session.dispatcher.link.pid
    session.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not bpy.app.timers.is_registered(part("session")._tick)
    assert job.state.value == "waiting"
