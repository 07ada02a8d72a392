"""The button Generate: `bpy.ops.headsmith.generate(wait=False)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty

from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.conditions import has_editable_scene
from ..blender_addon.job_request import draw_seed, panel_request, start_job

WAIT_DESCRIPTION = (
    "Return only when the job has ended; for scripts, as Blender stands still meanwhile"
)


class HEADSMITH_OT_generate(bpy.types.Operator):
    """Make heads from the prompt and the pictures"""

    bl_idname = "headsmith.generate"
    bl_label = "Generate"
    bl_description = (
        "Make heads from the prompt and the pictures. They come to the 3D cursor, or beside what stands there."
        " The first one is framed, and a solid view then shows textures; its Shading menu changes it back"
    )

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
        return start_job(self, context, panel_request, self.wait)
