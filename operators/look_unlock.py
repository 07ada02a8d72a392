"""The button Unlock: `bpy.ops.headsmith.look_unlock()`."""

from __future__ import annotations

import bpy

from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.properties import settings_of


class HEADSMITH_OT_look_unlock(bpy.types.Operator):
    """Make new heads from the words alone again"""

    bl_idname = "headsmith.look_unlock"
    bl_label = "Unlock"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if settings_of(context).locked_latent:
            return True
        cls.poll_message_set("No look is locked")
        return False

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        settings = settings_of(context)
        settings.locked_latent = settings.locked_title = ""
        return {"FINISHED"}
