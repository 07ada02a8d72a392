"""The button Find Earlier Heads: `bpy.ops.headsmith.jobs_recover()`."""

from __future__ import annotations

import bpy

from ..backend import wire
from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.job_request import refuse
from ..blender_addon.session import session


class HEADSMITH_OT_jobs_recover(bpy.types.Operator):
    """List what was finished in the last two weeks, previews of Explore too, to be imported or chosen from"""

    bl_idname = "headsmith.jobs_recover"
    bl_label = "Find Earlier Heads"

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        try:
            count = session.recover()
        except wire.RequestError as error:
            return refuse(self, error.user_text)
        found = f"Found {count} earlier jobs" if count else "There are no other finished jobs"
        self.report({"INFO"}, found)
        return {"FINISHED"}
