"""The button Clear Messages: `bpy.ops.headsmith.messages_clear()`."""

from __future__ import annotations

import bpy

from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.session import session


class HEADSMITH_OT_messages_clear(bpy.types.Operator):
    """Take all messages off the list"""

    bl_idname = "headsmith.messages_clear"
    bl_label = "Clear Messages"

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        session.clear_notes()
        return {"FINISHED"}
