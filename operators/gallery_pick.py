"""A click on a preview: `bpy.ops.headsmith.gallery_pick(index=0)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import IntProperty

from ..backend import wire
from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.conditions import chosen_candidate, has_gallery
from ..blender_addon.job_request import refuse
from ..blender_addon.properties import settings_of


class HEADSMITH_OT_gallery_pick(bpy.types.Operator):
    """Choose this preview"""

    bl_idname = "headsmith.gallery_pick"
    bl_label = "Choose Preview"

    if TYPE_CHECKING:
        index: int
    else:
        index: IntProperty(
            name="Index", description="Place in the gallery", min=0, max=wire.GALLERY_SIZE - 1
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_gallery(cls, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        settings_of(context).gallery_index = self.index
        if chosen_candidate(context) is None:
            settings_of(context).gallery_index = -1
            return refuse(self, f"The gallery has no preview {self.index + 1}; choose another one.")
        return {"FINISHED"}
