"""The button Make Rig-Ready: `bpy.ops.headsmith.make_rig_ready(wait=False)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty

from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.conditions import has_selected_mesh
from ..blender_addon.job_request import start_job
from ..blender_addon.wrap_request import wrap_request
from .generate import WAIT_DESCRIPTION


class HEADSMITH_OT_make_rig_ready(bpy.types.Operator):
    """Wrap the rig-ready head onto the selected meshes, whatever made them; they stay as they are"""

    bl_idname = "headsmith.make_rig_ready"
    bl_label = "Make Rig-Ready"

    if TYPE_CHECKING:
        wait: bool
    else:
        wait: BoolProperty(
            name="Wait", description=WAIT_DESCRIPTION, options={"HIDDEN", "SKIP_SAVE"}
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_selected_mesh(cls, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        return start_job(self, context, wrap_request, self.wait)
