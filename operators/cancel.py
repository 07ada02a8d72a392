"""The button Cancel: `bpy.ops.headsmith.cancel(job="", everything=False)`."""

from __future__ import annotations

import time

import bpy
from bpy.props import BoolProperty, StringProperty

from ..blender_addon.backend_process import session
from ..blender_addon.polling import has_work


class HEADSMITH_OT_cancel(bpy.types.Operator):
    """Stop making this head; what waits behind it is made next"""

    bl_idname = "headsmith.cancel"
    bl_label = "Cancel"

    job: StringProperty(
        name="Job", description="Its id; empty for the one that is being made", options={"HIDDEN"}
    )
    everything: BoolProperty(
        name="Everything", description="Also cancel all that waits", options={"HIDDEN", "SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_work(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        client = session.client
        chosen = client.find(self.job) if self.job else client.current or client.waiting[0]
        jobs = [*client.waiting, client.current] if self.everything else [chosen]
        for job in jobs:
            if job is not None:
                client.cancel(job, time.monotonic())
        session.step(time.monotonic())
        session.wake()
        return {"FINISHED"}
