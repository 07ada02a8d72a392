"""Start: the backend runs before the first head, and a queue that waits goes on."""

from typing import Any

import bpy

from ..blender_addon.session_runs import pump


def test_the_backend_is_started_without_a_job(real: Any) -> None:
    bpy.ops.headsmith.backend_start()
    pump(real)
    assert real.dispatcher.link.state.value == "ready"
    assert not bpy.ops.headsmith.backend_start.poll()


def test_a_queue_that_was_stopped_goes_on(session: Any, running: Any) -> None:
    bpy.ops.headsmith.backend_stop()
    pump(session)
    assert (session.is_busy, running.state.value) == (False, "waiting")
    assert bpy.ops.headsmith.backend_start.poll()
    bpy.ops.headsmith.backend_start()
    pump(session, lambda: running.state.value == "running")
