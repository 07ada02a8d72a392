"""The sidebar's panel for batches, the list of jobs and the backend."""

from __future__ import annotations

import bpy

from .blender_data import Icon
from .job_entry import ACTIVE_STATES, EntryState, JobEntry
from .link import BackendState
from .panel_parts import SidebarPanel, draw_wrapped
from .properties import settings_of
from .session import session

SHOWN_JOBS = 10
JOB_ICONS: dict[EntryState, Icon] = {
    EntryState.WAITING: "SORTTIME",
    EntryState.RUNNING: "PLAY",
    EntryState.CANCELLING: "X",
    EntryState.DONE: "CHECKMARK",
    EntryState.FAILED: "ERROR",
    EntryState.CANCELLED: "X",
    EntryState.PARKED: "ERROR",
}


class HEADSMITH_PT_queue(SidebarPanel, bpy.types.Panel):
    bl_label = "Batch and Queue"
    bl_description = "A file of prompts, the list of what is made, and the backend"
    bl_parent_id = "HEADSMITH_PT_main"
    bl_order = 7  # after those of rig_panels
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, dispatcher = self.layout, session.dispatcher
        row = layout.row(align=True)
        row.prop(settings_of(context), "batch_file", text="")
        row.operator("headsmith.batch", text="Run")
        _draw_backend(context, layout.row(align=True))
        for job in list(reversed(dispatcher.jobs))[:SHOWN_JOBS]:
            _draw_job(context, layout, job)
        hidden = len(dispatcher.jobs) - SHOWN_JOBS
        if hidden > 0:
            layout.label(text=f"and {hidden} earlier", icon="BLANK1")
        column = layout.column(align=True)
        if any(job.has_ended for job in dispatcher.jobs):
            column.operator("headsmith.job_remove", text="Clear the List", icon="TRASH")
        column.operator("headsmith.jobs_recover", icon="RECOVER_LAST")
        draw_wrapped(
            context,
            layout,
            "This list and the previews belong to the session, not to the file.",
            "INFO",
        )


def _draw_backend(context: bpy.types.Context, row: bpy.types.UILayout) -> None:
    link = session.dispatcher.link
    draw_wrapped(context, row.column(), f"Backend: {link.status}", "SYSTEM", buttons=1)
    if link.state is BackendState.STOPPED:
        row.operator("headsmith.backend_start", text="", icon="PLAY")
    else:
        row.operator("headsmith.backend_stop", text="", icon="CANCEL")


def _draw_job(context: bpy.types.Context, layout: bpy.types.UILayout, job: JobEntry) -> None:
    row = layout.row(align=True)
    draw_wrapped(context, row.column(), job.title, JOB_ICONS[job.state], buttons=2)
    if job.is_importable:
        row.operator("headsmith.import_result", text="", icon="IMPORT").job = job.id
    if job.state in (*ACTIVE_STATES, EntryState.WAITING):
        row.operator("headsmith.cancel", text="", icon="CANCEL").job = job.id
    elif job.state is not EntryState.DONE:
        row.operator("headsmith.job_retry", text="", icon="FILE_REFRESH").job = job.id
    if job.has_ended:
        row.operator("headsmith.job_remove", text="", icon="X").job = job.id


CLASSES = (HEADSMITH_PT_queue,)
