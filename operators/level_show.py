"""The buttons of levels of detail: `bpy.ops.headsmith.level_show(level=2)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import IntProperty

from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.conditions import has_levels
from ..blender_addon.rig_levels import show_level
from ..blender_addon.rig_objects import find_rig


class HEADSMITH_OT_level_show(bpy.types.Operator):
    """Show this level of detail of the active rig-ready head, and hide the others"""

    bl_idname = "headsmith.level_show"
    bl_label = "Show Level of Detail"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        level: int
    else:
        level: IntProperty(
            name="Level", description="0 is the head itself, 3 the simplest", min=0, max=3
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_levels(cls, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        rig = find_rig(context.active_object)
        assert rig is not None  # poll
        show_level(context, rig, self.level)
        return {"FINISHED"}
