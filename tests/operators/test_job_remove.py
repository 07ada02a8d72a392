"""Remove: ended jobs leave the list, their heads stay."""

from typing import Any

import bpy

from ..blender_addon.session_runs import pump, queue, states


def test_clearing_the_list_keeps_what_is_not_ended(session: Any) -> None:
    queue("a man", "slow")
    pump(session, lambda: session.dispatcher.jobs[1].fraction > 0.2)
    bpy.ops.headsmith.job_remove()
    assert states(session) == ["running"]


def test_one_job_is_taken_off_the_list_and_its_head_stays(session: Any) -> None:
    queue("a man", "a woman")
    pump(session)
    first, second = session.dispatcher.jobs
    bpy.ops.headsmith.job_remove(job=first.id)
    assert session.dispatcher.jobs == [second]
    prompts = {item.get("headsmith_prompt") for item in bpy.data.objects}
    assert {"a man", "a woman"} <= prompts


def test_a_job_that_has_not_ended_is_not_removed_by_its_id(session: Any) -> None:
    queue("slow")
    (job,) = session.dispatcher.jobs
    bpy.ops.headsmith.job_remove(job=job.id)
    assert session.dispatcher.jobs == [job]


def test_what_is_removed_no_longer_waits_to_be_imported(session: Any) -> None:
    queue("a man")
    bpy.ops.wm.read_homefile(use_empty=True)
    pump(session)
    assert len(session.unimported()) == 1
    bpy.ops.headsmith.job_remove()
    assert session.unimported() == []
    assert not bpy.ops.headsmith.import_result.poll()
