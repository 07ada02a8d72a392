"""The button Add Levels of Detail: `bpy.ops.headsmith.level_add()`."""

from __future__ import annotations

import bpy

from ..backend import wire
from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.conditions import has_local_rig
from ..blender_addon.job_request import refuse
from ..blender_addon.rig_levels import add_levels
from ..blender_addon.rig_objects import find_rig


class HEADSMITH_OT_level_add(bpy.types.Operator):
    """Add simpler meshes with the same UVs, shapes and bones, for games; those of before are made anew"""

    bl_idname = "headsmith.level_add"
    bl_label = "Add Levels of Detail"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_local_rig(cls, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        rig = find_rig(context.active_object)
        assert rig is not None  # poll
        try:
            add_levels(context, rig)
        except wire.RequestError as error:
            return refuse(self, error.user_text)
        return {"FINISHED"}
