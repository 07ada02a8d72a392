"""Cancel, Try Again, Remove: the user's hand on the queue."""

from typing import Any

import bpy

from ..blender_addon.session_runs import pump, queue, states
from ..in_blender import texts


def test_cancelling_ends_what_is_being_made_and_the_next_follows(session: Any) -> None:
    queue("slow", "a man")
    pump(session, lambda: session.dispatcher.jobs[0].fraction > 0.2)
    bpy.ops.headsmith.cancel()
    pump(session)
    assert states(session) == ["cancelled", "done"]
    assert '"slow" was cancelled.' in texts(session)


def test_cancelling_everything_empties_the_queue(session: Any) -> None:
    queue("slow", "a man", "a woman")
    pump(session, lambda: session.dispatcher.jobs[0].fraction > 0.2)
    bpy.ops.headsmith.cancel(everything=True)
    pump(session)
    assert states(session) == ["cancelled"] * 3
    assert not any("headsmith_latent" in item for item in bpy.data.objects)


def test_one_waiting_job_can_be_cancelled(session: Any) -> None:
    queue("slow", "a man")
    bpy.ops.headsmith.cancel(job=session.dispatcher.jobs[1].id)
    assert states(session)[1] == "cancelled"
    assert states(session)[0] != "cancelled"


def test_there_is_nothing_to_cancel_in_an_idle_queue(session: Any) -> None:
    assert not bpy.ops.headsmith.cancel.poll()
