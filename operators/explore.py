"""The button Explore: `bpy.ops.headsmith.explore(wait=False)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty

from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.conditions import has_editable_scene
from ..blender_addon.job_request import draw_seed, exploring, panel_request, start_job
from ..blender_addon.properties import settings_of
from .generate import WAIT_DESCRIPTION


class HEADSMITH_OT_explore(bpy.types.Operator):
    """Show eight quick previews for the prompt and the pictures, to choose from before a head is made"""

    bl_idname = "headsmith.explore"
    bl_label = "Explore"

    if TYPE_CHECKING:
        wait: bool
    else:
        wait: BoolProperty(
            name="Wait", description=WAIT_DESCRIPTION, options={"HIDDEN", "SKIP_SAVE"}
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_editable_scene(cls, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        draw_seed(context)
        settings_of(context).gallery_index = -1
        return start_job(
            self, context, lambda context: exploring(panel_request(context)), self.wait
        )
