"""The buttons of the landmarks: `bpy.ops.headsmith.landmark_pick(index=0)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import IntProperty

from ..backend import wire
from ..blender_addon.blender_data import OperatorResult, scene_of
from ..blender_addon.properties import landmark_property, settings_of


class HEADSMITH_OT_landmark_pick(bpy.types.Operator):
    """Put this landmark where the 3D cursor is (Shift and right mouse button set it on a surface)"""

    bl_idname = "headsmith.landmark_pick"
    bl_label = "From 3D Cursor"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        index: int
    else:
        index: IntProperty(
            name="Index", description="Which landmark", min=0, max=len(wire.LANDMARKS) - 1
        )

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        name = landmark_property(wire.LANDMARKS[self.index])
        setattr(settings_of(context), name, scene_of(context).cursor.location)
        return {"FINISHED"}
