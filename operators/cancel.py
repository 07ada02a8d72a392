"""The button Cancel: `bpy.ops.headsmith.cancel(job="", everything=False)`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, StringProperty

from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.conditions import has_work
from ..blender_addon.session import session


class HEADSMITH_OT_cancel(bpy.types.Operator):
    """Stop making this head; what waits behind it is made next"""

    bl_idname = "headsmith.cancel"
    bl_label = "Cancel"

    if TYPE_CHECKING:
        job: str
        everything: bool
    else:
        job: StringProperty(
            name="Job",
            description="Its id; empty for the one that is being made",
            options={"HIDDEN"},
        )
        everything: BoolProperty(
            name="Everything",
            description="Also cancel all that waits",
            options={"HIDDEN", "SKIP_SAVE"},
        )

    @classmethod
    def description(
        cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties
    ) -> str:
        if properties.everything:
            return "Stop making this head, and forget all that wait behind it"
        return "Stop making this head; what waits behind it is made next"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_work(cls, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        dispatcher = session.dispatcher
        chosen = (
            dispatcher.find(self.job) if self.job else dispatcher.current or dispatcher.waiting[0]
        )
        jobs = [*dispatcher.waiting, dispatcher.current] if self.everything else [chosen]
        for job in jobs:
            if job is not None:
                dispatcher.cancel(job, time.monotonic())
        session.step(time.monotonic())
        session.wake()
        return {"FINISHED"}
