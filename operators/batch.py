"""The button Run Batch: `bpy.ops.headsmith.batch(filepath="", wait=False)`."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, StringProperty

from ..backend import wire
from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.conditions import has_editable_scene
from ..blender_addon.job_request import panel_request, refuse
from ..blender_addon.prompt_file import question, read_prompts
from ..blender_addon.properties import settings_of
from ..blender_addon.session import JobGroup, session
from .generate import WAIT_DESCRIPTION


class HEADSMITH_OT_batch(bpy.types.Operator):
    """Make a head for every line of the prompts file; one that fails does not stop the rest. Many are asked about first"""

    bl_idname = "headsmith.batch"
    bl_label = "Run Batch"

    if TYPE_CHECKING:
        filepath: str
        wait: bool
    else:
        filepath: StringProperty(
            name="Prompts File",
            description="A text or CSV file; empty for the one in the panel",
            subtype="FILE_PATH",
            options={"SKIP_SAVE"},
        )
        wait: BoolProperty(
            name="Wait", description=WAIT_DESCRIPTION, options={"HIDDEN", "SKIP_SAVE"}
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_editable_scene(cls, context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Asks before many heads are begun."""
        try:
            path, batch = self.read(context)
        except wire.RequestError as error:
            return refuse(self, error.user_text)
        text = question(batch)
        if not text:
            return self.execute(context)
        manager = context.window_manager
        assert manager is not None
        return manager.invoke_confirm(
            self, event, title=f"Make all of {path.name}?", message=text, confirm_text="Make Them"
        )

    def read(self, context: bpy.types.Context) -> tuple[Path, wire.PromptBatch]:
        """The chosen file. Raises RequestError with one sentence."""
        chosen = self.filepath or settings_of(context).batch_file
        return read_prompts(chosen, panel_request(context))

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        try:
            path, batch = self.read(context)
            group = JobGroup(uuid.uuid4().hex, path.name)
            jobs = [session.submit(context, request, group) for request in batch.requests]
        except wire.RequestError as error:
            return refuse(self, error.user_text)
        for text in batch.told_rows(path.name):
            session.note("WARNING", text)
        self.report({"INFO"}, f"{len(jobs)} jobs of {path.name} are queued")
        if self.wait:
            for job in jobs:
                session.run_until_ended(job)
        return {"FINISHED"}
