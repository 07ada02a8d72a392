"""Try Again: what failed, was parked or cancelled goes to the end of the queue."""

from typing import Any

import bpy
import pytest

from ..blender_addon.session_runs import pump
from ..in_blender import texts


def generate(*prompts: str) -> None:
    for prompt in prompts:
        bpy.context.scene.headsmith.prompt = prompt
        bpy.ops.headsmith.generate()


def test_a_parked_job_is_tried_again(session: Any) -> None:
    generate("die always")
    pump(session)
    job = session.dispatcher.jobs[0]
    assert job.state.value == "parked"
    bpy.ops.headsmith.job_retry(job=job.id)
    assert (job.state.value, job.crashes) == ("waiting", 0)
    pump(session)
    assert job.state.value == "parked"


def test_a_finished_job_is_not_tried_again(session: Any) -> None:
    generate("a man")
    pump(session)
    with pytest.raises(RuntimeError, match="not one that can be tried again"):
        bpy.ops.headsmith.job_retry(job=session.dispatcher.jobs[0].id)


@pytest.mark.parametrize("job_id", ["", "job-none"])
def test_a_job_that_is_not_there_is_refused(session: Any, job_id: str) -> None:
    with pytest.raises(RuntimeError, match="not one that can be tried again"):
        bpy.ops.headsmith.job_retry(job=job_id)
    assert "tried again" in texts(session)[-1]


def test_a_waiting_job_is_not_tried_again(session: Any) -> None:
    generate("slow")
    with pytest.raises(RuntimeError, match="not one that can be tried again"):
        bpy.ops.headsmith.job_retry(job=session.dispatcher.jobs[0].id)
    assert len(session.dispatcher.waiting) == 1


def test_a_cancelled_job_goes_to_the_end_of_the_queue_and_is_made(session: Any) -> None:
    generate("first", "second")
    first, second = session.dispatcher.jobs
    bpy.ops.headsmith.cancel(job=first.id)
    bpy.ops.headsmith.job_retry(job=first.id)
    assert list(session.dispatcher.waiting) == [second, first]
    pump(session)
    assert [first.state.value, second.state.value] == ["done", "done"]
