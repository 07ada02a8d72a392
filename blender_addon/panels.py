"""The sidebar panel "Headsmith" of the 3D viewport. Drawing only reads."""

from __future__ import annotations

import textwrap

import bpy

from .job_entry import ACTIVE_STATES, EntryState, JobEntry
from .link import BackendState
from .properties import settings_of
from .session import Note, session

CATEGORY = "Headsmith"
PIXELS_PER_LETTER = 7.0  # of Blender's interface font at a scale of 1
PREVIEW_SCALE = 8.0
CANDIDATE_SCALE = 5.0
CANDIDATE_PIXELS = 105.0
SHOWN_JOBS = 10
SHOWN_NOTES = 5
NOTE_ICONS = {"INFO": "INFO", "WARNING": "ERROR", "ERROR": "CANCEL"}
JOB_ICONS = {
    EntryState.WAITING: "SORTTIME",
    EntryState.RUNNING: "PLAY",
    EntryState.CANCELLING: "X",
    EntryState.DONE: "CHECKMARK",
    EntryState.FAILED: "ERROR",
    EntryState.CANCELLED: "X",
    EntryState.PARKED: "ERROR",
}


class SidebarPanel:
    """What all panels of the add-on share."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY


class HEADSMITH_PT_main(SidebarPanel, bpy.types.Panel):
    bl_label = "Headsmith"

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, settings_of(context)
        layout.prop(settings, "prompt", text="", icon="OUTLINER_DATA_FONT")
        if settings.locked_latent:
            row = layout.row(align=True)
            row.label(text=f"Looks like {settings.locked_title}", icon="LOCKED")
            row.operator("headsmith.look_unlock", text="", icon="UNLOCKED")
        column = layout.column()
        column.use_property_split, column.use_property_decorate = True, False
        column.prop(settings, "style_image")
        column.prop(settings, "photo")
        if (settings.style_image or settings.photo) and settings.prompt.strip():
            column.prop(settings, "image_weight")
        row = column.row(align=True)
        row.prop(settings, "seed")
        row.prop(settings, "random_seed", text="", icon="FILE_REFRESH")
        column.prop(settings, "count")
        column.prop(settings, "output")
        if settings.output != "sculpt":
            column.prop(settings, "neutral")
            column.prop(settings, "symmetric")
        if settings.output != "rig":
            column.prop(settings, "masks")
        column.prop(settings, "quality")
        column.prop(settings, "faces")
        column.prop(settings, "texture_px")
        column.prop(settings, "truncation")
        row = layout.row(align=True)
        row.scale_y = 1.4
        row.operator("headsmith.generate", icon="USER")
        row.operator("headsmith.explore", icon="VIEWZOOM")
        _draw_work(context, layout)


class HEADSMITH_PT_gallery(SidebarPanel, bpy.types.Panel):
    bl_label = "Previews"
    bl_parent_id = "HEADSMITH_PT_main"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return session.gallery() is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings, gallery = self.layout, settings_of(context), session.gallery()
        if gallery is None:
            return
        layout.label(text=gallery.title)
        columns = min(4, max(2, int(_width(context) / CANDIDATE_PIXELS)))
        grid = layout.grid_flow(
            row_major=True, columns=columns, even_columns=True, even_rows=True, align=True
        )
        for candidate in gallery.candidates:
            cell = grid.column(align=True)
            icon = session.pictures.icon(gallery.path(candidate.path))
            cell.template_icon(icon_value=icon, scale=CANDIDATE_SCALE)
            pick = cell.operator(
                "headsmith.gallery_pick",
                text=str(candidate.index + 1),
                depress=candidate.index == settings.gallery_index,
            )
            pick.index = candidate.index
        column = layout.column(align=True)
        column.operator("headsmith.gallery_finish", icon="CHECKMARK")
        column.operator("headsmith.gallery_vary", icon="MOD_ARRAY")
        lock = column.operator("headsmith.look_lock", icon="LOCKED")
        lock.source = "GALLERY"
        column.prop(settings, "variation")


class HEADSMITH_PT_selected(SidebarPanel, bpy.types.Panel):
    bl_label = "Active Head"
    bl_parent_id = "HEADSMITH_PT_main"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.active_object is not None and "headsmith_latent" in context.active_object

    def draw(self, context: bpy.types.Context) -> None:
        layout, item = self.layout, context.active_object
        _draw_wrapped(context, layout, str(item.get("headsmith_prompt", "")), "OUTLINER_DATA_FONT")
        layout.label(text=f"Seed {item.get('headsmith_seed', 0)}", icon="FILE_REFRESH")
        model, licence = item.get("headsmith_model", ""), item.get("headsmith_licence", "")
        layout.label(text=f"{model} ({licence})", icon="INFO")
        column = layout.column(align=True)
        column.operator("headsmith.remake", text="Generate Again").use = "finish"
        column.operator("headsmith.remake", text="Vary").use = "vary"
        column.operator("headsmith.look_lock").source = "OBJECT"


class HEADSMITH_PT_queue(SidebarPanel, bpy.types.Panel):
    bl_label = "Batch and Queue"
    bl_parent_id = "HEADSMITH_PT_main"
    bl_order = 3  # after those of rig_panels
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, dispatcher = self.layout, session.dispatcher
        row = layout.row(align=True)
        row.prop(settings_of(context), "batch_file", text="")
        row.operator("headsmith.batch", text="Run")
        if dispatcher.is_paused and dispatcher.waiting:
            row = layout.row(align=True)
            row.label(text=f"{len(dispatcher.waiting)} wait", icon="PAUSE")
            row.operator("headsmith.backend_start", text="Go On", icon="PLAY")
        for job in list(reversed(dispatcher.jobs))[:SHOWN_JOBS]:
            _draw_job(layout, job)
        if any(job.has_ended for job in dispatcher.jobs):
            layout.operator("headsmith.job_remove", text="Clear the List", icon="TRASH")


class HEADSMITH_PT_messages(SidebarPanel, bpy.types.Panel):
    bl_label = "Messages"
    bl_parent_id = "HEADSMITH_PT_main"
    bl_order = 4

    def draw(self, context: bpy.types.Context) -> None:
        layout, link = self.layout, session.dispatcher.link
        row = layout.row(align=True)
        _draw_wrapped(context, row.column(), f"Backend: {link.status}", "SYSTEM")
        is_stopped = link.state is BackendState.STOPPED
        name, icon = ("start", "PLAY") if is_stopped else ("stop", "CANCEL")
        row.operator(f"headsmith.backend_{name}", text="", icon=icon)
        for note in list(session.notes)[: -SHOWN_NOTES - 1 : -1]:
            _draw_note(context, layout, note)


def _draw_work(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    """Progress of what is being made, its preview, and Cancel."""
    dispatcher = session.dispatcher
    job = dispatcher.current
    if job is not None:
        layout.label(text=job.title, icon="USER")
        layout.progress(factor=job.fraction, text=_progress_text(job))
        if job.preview is not None:
            icon = session.pictures.icon(job.preview)
            layout.template_icon(icon_value=icon, scale=PREVIEW_SCALE)
    elif dispatcher.is_busy:
        layout.label(text=dispatcher.link.status, icon="SORTTIME")
    if job is not None or dispatcher.waiting:
        row = layout.row(align=True)
        row.operator("headsmith.cancel", icon="CANCEL")
        if dispatcher.waiting:
            every = row.operator(
                "headsmith.cancel", text=f"Cancel All ({len(dispatcher.waiting)} wait)"
            )
            every.everything = True
    for waiting in dispatcher.jobs:
        if waiting.is_importable and not waiting.is_imported:
            row = layout.row(align=True)
            row.label(text=f"{waiting.title}: finished, not imported", icon="CHECKMARK")
            row.operator("headsmith.import_result", text="Import").job = waiting.id


def _progress_text(job: JobEntry) -> str:
    text = job.text or job.stage.capitalize()
    return text if job.eta_s < 0 else f"{text} ({duration(job.eta_s)} left)"


def duration(seconds: float) -> str:
    """A time to wait, as short as it can be said."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def _draw_job(layout: bpy.types.UILayout, job: JobEntry) -> None:
    row = layout.row(align=True)
    row.label(text=job.title, icon=JOB_ICONS[job.state])
    if job.is_importable:
        row.operator("headsmith.import_result", text="", icon="IMPORT").job = job.id
    if job.state in (*ACTIVE_STATES, EntryState.WAITING):
        row.operator("headsmith.cancel", text="", icon="CANCEL").job = job.id
    elif job.state is not EntryState.DONE:
        row.operator("headsmith.job_retry", text="", icon="FILE_REFRESH").job = job.id
    if job.has_ended:
        row.operator("headsmith.job_remove", text="", icon="X").job = job.id


def _draw_note(context: bpy.types.Context, layout: bpy.types.UILayout, note: Note) -> None:
    column = layout.column(align=True)
    column.alert = note.level == "ERROR"
    _draw_wrapped(context, column, note.text, NOTE_ICONS[note.level])


def _width(context: bpy.types.Context) -> float:
    """Of the sidebar, in pixels of an interface at a scale of 1."""
    scale = context.preferences.system.ui_scale or 1.0  # 0 where there is no screen
    return context.region.width / scale if context.region else 300.0


def _draw_wrapped(
    context: bpy.types.Context, layout: bpy.types.UILayout, text: str, icon: str
) -> None:
    """A text on as many lines as the sidebar is narrow."""
    letters = max(20, int(_width(context) / PIXELS_PER_LETTER) - 6)
    column = layout.column(align=True)
    for number, line in enumerate(textwrap.wrap(text, letters) or [""]):
        column.label(text=line, icon="BLANK1" if number else icon)


CLASSES = (
    HEADSMITH_PT_main,
    HEADSMITH_PT_gallery,
    HEADSMITH_PT_selected,
    HEADSMITH_PT_queue,
    HEADSMITH_PT_messages,
)
