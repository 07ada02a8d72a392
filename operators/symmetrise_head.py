"""The button Symmetrise: `bpy.ops.headsmith.symmetrise_head()`."""

from __future__ import annotations

import bpy

from ..backend import wire
from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.conditions import has_local_rig
from ..blender_addon.job_request import refuse
from ..blender_addon.mirror_rig import make_symmetric
from ..blender_addon.rig_objects import find_rig


class HEADSMITH_OT_symmetrise_head(bpy.types.Operator):
    """Make the active rig-ready head the same on both sides, its shapes and bones too; hair stays"""

    bl_idname = "headsmith.symmetrise_head"
    bl_label = "Symmetrise"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_local_rig(cls, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        rig = find_rig(context.active_object)
        assert rig is not None  # poll
        try:
            make_symmetric(context, rig)
        except wire.RequestError as error:
            return refuse(self, error.user_text)
        return {"FINISHED"}
