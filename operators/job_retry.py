"""The button Try Again of a job: `bpy.ops.headsmith.job_retry(job="...")`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import StringProperty

from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.job_entry import EntryState
from ..blender_addon.job_request import refuse
from ..blender_addon.session import session


class HEADSMITH_OT_job_retry(bpy.types.Operator):
    """Put this job at the end of the queue again"""

    bl_idname = "headsmith.job_retry"
    bl_label = "Try Again"

    if TYPE_CHECKING:
        job: str
    else:
        job: StringProperty(name="Job", description="Its id", options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        job = session.dispatcher.find(self.job)
        if job is None or not job.has_ended or job.state is EntryState.DONE:
            return refuse(self, "This job is not one that can be tried again.")
        session.dispatcher.try_again(job)
        session.wake()
        return {"FINISHED"}
