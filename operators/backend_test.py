"""The button Test Connection: `bpy.ops.headsmith.backend_test(wait_s=10.0)`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import bpy
from bpy.props import FloatProperty

from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.job_request import refuse
from ..blender_addon.link import BackendState
from ..blender_addon.session import session


class HEADSMITH_OT_backend_test(bpy.types.Operator):
    """Start the backend if it does not run, and show what it answers"""

    bl_idname = "headsmith.backend_test"
    bl_label = "Test Connection"

    if TYPE_CHECKING:
        wait_s: float
    else:
        wait_s: FloatProperty(
            name="Wait",
            description="Seconds to wait for an answer",
            default=10.0,
            min=0.0,
            max=120.0,
        )

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        link = session.dispatcher.link
        session.step(time.monotonic())  # notices a backend that ended while nobody looked
        session.dispatcher.start()
        deadline = time.monotonic() + self.wait_s
        while link.state is not BackendState.READY and time.monotonic() < deadline:
            session.step(time.monotonic())
            if session.dispatcher.is_paused:  # it could not be started
                return refuse(self, link.status)
            time.sleep(0.02)
        session.wake()
        if link.state is not BackendState.READY:
            self.report({"WARNING"}, "No answer yet; the status shows when it comes.")
            return {"FINISHED"}
        self.report({"INFO"}, f"{link.status} It answered after {link.start_seconds:.2f} s.")
        return {"FINISHED"}
