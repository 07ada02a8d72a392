"""The button Forget Landmarks: `bpy.ops.headsmith.landmark_clear()`."""

from __future__ import annotations

import bpy

from ..backend import wire
from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.properties import landmark_property, settings_of


class HEADSMITH_OT_landmark_clear(bpy.types.Operator):
    """Forget all five landmarks: the face is found without them"""

    bl_idname = "headsmith.landmark_clear"
    bl_label = "Forget Landmarks"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        for name in wire.LANDMARKS:
            settings_of(context).property_unset(landmark_property(name))
        return {"FINISHED"}
