"""Stop: the backend ends, and what it was making waits."""

from typing import Any

import bpy

from ..blender_addon.dispatcher_runs import is_alive
from ..blender_addon.session_runs import pump


def test_the_real_backend_ends(real: Any) -> None:
    assert not bpy.ops.headsmith.backend_stop.poll()
    bpy.ops.headsmith.backend_start()
    pump(real)
    pid = real.dispatcher.link.pid
    bpy.ops.headsmith.backend_stop()
    pump(real)
    assert (real.dispatcher.link.state.value, real.dispatcher.link.pid) == ("stopped", 0)
    assert not is_alive(pid)


def test_a_backend_that_starts_can_be_stopped_at_once(real: Any) -> None:
    bpy.ops.headsmith.backend_start()
    real.step(0.0)
    assert real.dispatcher.link.state.value == "starting"
    assert bpy.ops.headsmith.backend_stop.poll()
    bpy.ops.headsmith.backend_stop()
    pump(real)
    assert real.dispatcher.link.state.value == "stopped"


def test_what_is_being_made_goes_back_to_the_queue_which_waits(session: Any, running: Any) -> None:
    bpy.ops.headsmith.backend_stop()
    pump(session)
    assert [job.state.value for job in session.dispatcher.jobs] == ["waiting", "waiting"]
    assert running.crashes == 0
    assert session.dispatcher.is_paused
