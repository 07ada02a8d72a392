"""The list of jobs: what stands in it, with what can be done."""

import time
from typing import Any

import bpy

from ..in_blender import part
from .dispatcher_runs import MakeEntry
from .fake_layout import draw


def test_the_queue_shows_each_job_with_what_can_be_done(running: Any, session: Any) -> None:
    layout = draw("queue")
    assert layout.words.count("slow") == 2
    assert layout.buttons.count("headsmith.cancel") == 2
    assert "headsmith.backend_stop" in layout.buttons
    session.dispatcher.stop(time.monotonic())
    layout = draw("main")
    assert "2 wait" in layout.words
    assert "headsmith.backend_start" in layout.buttons


def test_the_queue_says_what_a_file_does_not_keep(session: Any) -> None:
    layout = draw("queue")
    assert "belong to the session, not to the file" in " ".join(layout.words)
    assert "headsmith.jobs_recover" in layout.buttons
    assert "Backend: Not started; it starts with the first job." in " ".join(layout.words)


def test_every_state_has_its_icon_and_what_can_be_done_with_it(
    make_job: MakeEntry, session: Any
) -> None:
    states = part("job_entry").EntryState
    assert set(part("queue_panel").JOB_ICONS) == set(states)
    expected = {
        "waiting": ["cancel"],
        "running": ["cancel"],
        "cancelling": ["cancel"],
        "done": ["job_remove"],
        "failed": ["job_retry", "job_remove"],
        "cancelled": ["job_retry", "job_remove"],
        "parked": ["job_retry", "job_remove"],
    }
    for state in states:
        job = make_job()
        job.state = state
        session.dispatcher.jobs[:] = [job]
        buttons = [name.removeprefix("headsmith.") for name in draw("queue").buttons]
        of_list = ["job_remove"] if job.has_ended else []
        assert buttons == [
            "batch",
            "backend_start",
            *expected[state.value],
            *of_list,
            "jobs_recover",
        ]
    session.dispatcher.jobs.clear()


def test_a_finished_head_can_be_imported_from_the_list_again(session: Any) -> None:
    bpy.context.scene.headsmith.prompt = "a man"
    bpy.ops.headsmith.generate(wait=True)
    assert "headsmith.import_result" in draw("queue").buttons
    bpy.ops.headsmith.explore(wait=True)  # a gallery is nothing to import
    assert draw("queue").buttons.count("headsmith.import_result") == 1


def test_the_latest_ten_stand_first_and_the_others_are_counted(
    make_job: MakeEntry, session: Any
) -> None:
    session.dispatcher.jobs[:] = [make_job(f"man {number}") for number in range(13)]
    words = draw("queue").words
    shown = [word for word in words if word.startswith("man")]
    assert shown == [f"man {number}" for number in range(12, 2, -1)]
    assert "and 3 earlier" in words
    session.dispatcher.jobs.clear()
