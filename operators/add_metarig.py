"""The button Add Metarig: `bpy.ops.headsmith.add_metarig()`."""

from __future__ import annotations

import bpy

from ..backend import wire
from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.conditions import has_rig
from ..blender_addon.job_request import refuse
from ..blender_addon.metarig import add_metarig
from ..blender_addon.rig_objects import find_rig


class HEADSMITH_OT_add_metarig(bpy.types.Operator):
    """Lay Rigify's metarig for neck, head and face onto the active rig-ready head"""

    bl_idname = "headsmith.add_metarig"
    bl_label = "Add Metarig"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_rig(cls, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        rig = find_rig(context.active_object)
        assert rig is not None  # poll
        try:
            add_metarig(context, rig)
        except wire.RequestError as error:
            return refuse(self, error.user_text)
        return {"FINISHED"}
