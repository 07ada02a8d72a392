"""The sidebar panel "Headsmith" of the 3D viewport. Drawing only reads.

From the top: the words, Generate, what is being made, messages; all else below, closed where it is seldom needed.
"""

from __future__ import annotations

import bpy

from ..backend import wire
from .blender_data import Icon, custom_property, has_property
from .conditions import chosen_candidate
from .job_entry import EntryState, JobEntry
from .panel_parts import SidebarPanel, draw_wrapped, duration, width_of
from .properties import gallery_property, settings_of
from .session import Level, Note, session

PREVIEW_SCALE = 8.0
CANDIDATE_SCALE = 5.0
CANDIDATE_MENU_SCALE = 9.0
CANDIDATE_PIXELS = 105.0
SHOWN_NOTES = 6
NOTE_ICONS: dict[Level, Icon] = {"INFO": "INFO", "WARNING": "ERROR", "ERROR": "CANCEL"}


class HEADSMITH_PT_main(SidebarPanel, bpy.types.Panel):
    bl_label = "Headsmith"
    bl_description = "Heads from words and pictures"

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, settings_of(context)
        row = layout.row()
        row.scale_y = 1.3
        row.prop(settings, "prompt", text="", placeholder="An old man with a grey beard")
        if settings.locked_latent:
            row = layout.row(align=True)
            draw_wrapped(context, row, f"Looks like {settings.locked_title}", "LOCKED", buttons=1)
            row.operator("headsmith.look_unlock", text="", icon="UNLOCKED")
        layout.row(align=True).prop(settings, "output", expand=True)
        column = layout.column(align=True)
        row = column.row(align=True)
        row.scale_y = 1.8
        row.operator("headsmith.generate", icon="USER")
        column.operator("headsmith.explore", icon="VIEWZOOM")
        _draw_work(context, layout)


class HEADSMITH_PT_messages(SidebarPanel, bpy.types.Panel):
    bl_label = "Messages"
    bl_description = "What happened, the newest first"
    bl_parent_id = "HEADSMITH_PT_main"
    bl_order = 0

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(session.notes)

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        self.layout.operator("headsmith.messages_clear", text="", icon="TRASH", emboss=False)

    def draw(self, context: bpy.types.Context) -> None:
        settings, notes = settings_of(context), list(reversed(session.notes))
        hidden = len(notes) - SHOWN_NOTES
        for note in notes if settings.all_messages else notes[:SHOWN_NOTES]:
            _draw_note(context, self.layout, note)
        if hidden > 0:
            text = "Show the newest only" if settings.all_messages else f"{hidden} more"
            self.layout.prop(settings, "all_messages", text=text, toggle=True)


class HEADSMITH_PT_gallery(SidebarPanel, bpy.types.Panel):
    bl_label = "Previews"
    bl_description = "The heads that Explore found, to choose from"
    bl_parent_id = "HEADSMITH_PT_main"
    bl_order = 1

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return session.gallery() is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings, gallery = self.layout, settings_of(context), session.gallery()
        if gallery is None:
            return
        draw_wrapped(context, layout, gallery.title, "OUTLINER_DATA_FONT")
        column = layout.column(align=True)
        column.operator("headsmith.gallery_finish", icon="CHECKMARK")
        column.operator("headsmith.gallery_vary", icon="MOD_ARRAY")
        row = column.row(align=True)
        row.enabled = chosen_candidate(context) is not None  # it would lock the active head else
        lock = row.operator("headsmith.look_lock", icon="LOCKED")
        lock.source = "GALLERY"
        column.prop(settings, "variation")
        columns = min(4, max(2, int(width_of(context) / CANDIDATE_PIXELS)))
        grid = layout.grid_flow(
            row_major=True, columns=columns, even_columns=True, even_rows=True, align=True
        )
        for candidate in gallery.candidates:
            cell = grid.column(align=True)
            cell.template_icon_view(
                settings,
                gallery_property(candidate.index),
                scale=CANDIDATE_SCALE,
                scale_popup=CANDIDATE_MENU_SCALE,
            )
            pick = cell.operator(
                "headsmith.gallery_pick",
                text=str(candidate.index + 1),
                depress=candidate.index == settings.gallery_index,
            )
            pick.index = candidate.index


class HEADSMITH_PT_pictures(SidebarPanel, bpy.types.Panel):
    bl_label = "Pictures"
    bl_description = "Pictures that the head follows, alone or together with the words"
    bl_parent_id = "HEADSMITH_PT_main"
    bl_order = 2
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        column, settings = _property_column(self.layout), settings_of(context)
        column.prop(settings, "style_image")
        column.prop(settings, "photo")
        if (settings.style_image or settings.photo) and settings.prompt.strip():
            column.prop(settings, "image_weight")


class HEADSMITH_PT_settings(SidebarPanel, bpy.types.Panel):
    bl_label = "Settings"
    bl_description = "Seed, number, quality and size of the heads"
    bl_parent_id = "HEADSMITH_PT_main"
    bl_order = 3
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        column, settings = _property_column(self.layout), settings_of(context)
        row = column.row(align=True)
        row.prop(settings, "seed")
        row.prop(settings, "random_seed", text="", icon="FILE_REFRESH")
        column.prop(settings, "count")
        if settings.output != "sculpt":
            column.prop(settings, "neutral")
            column.prop(settings, "symmetric")
        if settings.output != "rig":
            column.prop(settings, "masks")
        column.prop(settings, "quality")
        column.prop(settings, "faces")
        column.prop(settings, "texture_px")
        column.prop(settings, "truncation")


class HEADSMITH_PT_selected(SidebarPanel, bpy.types.Panel):
    bl_label = "Active Head"
    bl_description = "Where the active head comes from, and others like it"
    bl_parent_id = "HEADSMITH_PT_main"
    bl_order = 4

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.active_object is not None and has_property(
            context.active_object, "headsmith_latent"
        )

    def draw(self, context: bpy.types.Context) -> None:
        layout, item = self.layout, context.active_object
        if item is None:
            return
        prompt = str(custom_property(item, "headsmith_prompt", ""))
        draw_wrapped(context, layout, prompt, "OUTLINER_DATA_FONT")
        seed = custom_property(item, "headsmith_seed", 0)
        layout.label(text=f"Seed {seed}", icon="FILE_REFRESH")
        model = custom_property(item, "headsmith_model", "")
        licence = custom_property(item, "headsmith_licence", "")
        draw_wrapped(context, layout, f"{model} ({licence})", "INFO")
        column = layout.column(align=True)
        column.operator("headsmith.remake", text="Generate Again").use = "finish"
        column.operator("headsmith.remake", text="Vary").use = "vary"
        column.operator("headsmith.look_lock").source = "OBJECT"


def _property_column(layout: bpy.types.UILayout) -> bpy.types.UILayout:
    column = layout.column()
    column.use_property_split, column.use_property_decorate = True, False
    return column


def _draw_work(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    """Progress and Cancel, then what may come and go: nothing above a button changes its height."""
    dispatcher = session.dispatcher
    job = dispatcher.current
    if dispatcher.is_busy or dispatcher.waiting:
        column = layout.column(align=True)
        if dispatcher.is_paused:
            row = column.row(align=True)
            row.label(text=f"{len(dispatcher.waiting)} wait", icon="PAUSE")
            row.operator("headsmith.backend_start", text="Go On", icon="PLAY")
        else:
            column.progress(factor=job.fraction if job else 0.0, text=_progress_text(job))
        _draw_cancel(column.row(align=True))
    draw_unimported(context, layout)
    if job is not None:
        draw_wrapped(context, layout, job.title, "USER")
        if job.preview is not None:
            icon = session.pictures.icon(job.preview)
            layout.template_icon(icon_value=icon, scale=PREVIEW_SCALE)


def _draw_cancel(row: bpy.types.UILayout) -> None:
    waiting = session.dispatcher.waiting
    if session.dispatcher.current is None and not waiting:
        return  # the backend is starting or ending for nobody
    row.operator("headsmith.cancel", icon="CANCEL")
    if waiting:
        every = row.operator("headsmith.cancel", text=f"Cancel All ({len(waiting)} wait)")
        every.everything = True


def draw_unimported(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    """Heads that are finished, but whose scene was not open then, each with its button."""
    for job in session.unimported():
        box = layout.box()
        draw_wrapped(context, box, f"{job.title}: finished, not imported", "CHECKMARK", buttons=1)
        box.operator("headsmith.import_result", text="Import", icon="IMPORT").job = job.id


def _progress_text(job: JobEntry | None) -> str:
    link = session.dispatcher.link
    if job is None:
        return wire.one_line(link.status)
    if job.state is EntryState.CANCELLING:
        return "Cancelling ..."
    if link.silent_s > 0:
        return f"No answer from the backend for {duration(link.silent_s)}"
    text = job.text or job.stage.capitalize()
    return text if job.eta_s < 0 else f"{text} ({duration(job.eta_s)} left)"


def _draw_note(context: bpy.types.Context, layout: bpy.types.UILayout, note: Note) -> None:
    column = layout.column(align=True)
    column.alert = note.level == "ERROR"
    draw_wrapped(context, column, f"{note.time}  {note.text}", NOTE_ICONS[note.level])


CLASSES = (
    HEADSMITH_PT_main,
    HEADSMITH_PT_messages,
    HEADSMITH_PT_gallery,
    HEADSMITH_PT_pictures,
    HEADSMITH_PT_settings,
    HEADSMITH_PT_selected,
)
