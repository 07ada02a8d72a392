"""The button Stop: `bpy.ops.headsmith.backend_stop()`."""

from __future__ import annotations

import time

import bpy

from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.link import BackendState
from ..blender_addon.session import session


class HEADSMITH_OT_backend_stop(bpy.types.Operator):
    """End the backend and free its memory. What is being made goes back to the queue, which waits for Start"""

    bl_idname = "headsmith.backend_stop"
    bl_label = "Stop"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if session.dispatcher.link.state in (BackendState.READY, BackendState.STARTING):
            return True
        cls.poll_message_set("The backend does not run")
        return False

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        session.dispatcher.stop(time.monotonic())
        session.wake()
        return {"FINISHED"}
