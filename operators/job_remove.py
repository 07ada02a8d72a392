"""The button Remove of a job: `bpy.ops.headsmith.job_remove(job="")`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import StringProperty

from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.session import session


class HEADSMITH_OT_job_remove(bpy.types.Operator):
    """Take ended jobs off the list; imported heads stay as they are"""

    bl_idname = "headsmith.job_remove"
    bl_label = "Remove"

    if TYPE_CHECKING:
        job: str
    else:
        job: StringProperty(
            name="Job",
            description="Its id; empty for all that have ended",
            options={"HIDDEN", "SKIP_SAVE"},
        )

    @classmethod
    def description(
        cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties
    ) -> str:
        which = "this job" if properties.job else "all jobs that have ended"
        return f"Take {which} off the list; imported heads stay as they are"

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        for job in list(session.dispatcher.jobs):
            if job.has_ended and self.job in ("", job.id):
                session.dispatcher.remove(job)
        return {"FINISHED"}
