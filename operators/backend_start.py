"""The button Start: `bpy.ops.headsmith.backend_start()`."""

from __future__ import annotations

import bpy

from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.link import BackendState
from ..blender_addon.session import session


class HEADSMITH_OT_backend_start(bpy.types.Operator):
    """Start the backend now, and let a queue that waits go on. Without this it starts with the first head"""

    bl_idname = "headsmith.backend_start"
    bl_label = "Start"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        dispatcher = session.dispatcher
        if dispatcher.link.state is BackendState.STOPPED or dispatcher.is_paused:
            return True
        cls.poll_message_set("The backend runs")
        return False

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        session.dispatcher.start()
        session.wake()
        return {"FINISHED"}
