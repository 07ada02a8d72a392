"""The add-on's preferences: which Python runs the backend, on what, and the usual settings of a head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..backend import wire
from .blender_data import Icon
from .launching import preferences_of, setup_commands
from .link import BackendState
from .material import Place
from .paths import ROOT_PACKAGE, guess_backend_python, user_path
from .properties import DEFAULT_FACES, DEFAULT_TEXTURE_PX, PATH_OPTIONS, settings_in
from .session import session

DEVICES = (
    ("auto", "Automatic", "The best device that the backend can use: for now the processor"),
    ("cpu", "CPU", "The processor"),
    ("cuda", "CUDA", "Not used yet: heads are computed on the processor"),
)
TEXTURES = (
    ("PACKED", "Packed", "Textures of new heads are kept inside the .blend file"),
    (
        "BESIDE",
        "Beside the File",
        "The folder textures beside the .blend file; new heads are packed while it is not saved",
    ),
)
STATE_ICONS: dict[BackendState, Icon] = {
    BackendState.STOPPED: "RADIOBUT_OFF",
    BackendState.STARTING: "SORTTIME",
    BackendState.READY: "RADIOBUT_ON",
    BackendState.STOPPING: "SORTTIME",
}


def _use_for_open_scenes(preferences: HeadsmithPreferences, context: bpy.types.Context) -> None:
    for scene in bpy.data.scenes:
        settings_in(scene).faces = preferences.faces
        settings_in(scene).texture_px = preferences.texture_px


class HeadsmithPreferences(bpy.types.AddonPreferences):
    bl_idname = ROOT_PACKAGE

    if TYPE_CHECKING:
        backend_python: str
        device: str
        models_folder: str
        faces: int
        texture_px: int
        textures: Place
        show_new_heads: bool
    else:
        backend_python: StringProperty(
            name="Backend Python",
            description="The Python program of the environment that holds the backend's packages. Empty:"
            " Headsmith looks for its own environment",
            subtype="FILE_PATH",
            options=PATH_OPTIONS,
        )
        device: EnumProperty(
            name="Device", description="What the backend computes on", items=DEVICES, default="auto"
        )
        models_folder: StringProperty(
            name="Models Folder",
            description="A folder with checkpoints of your own; empty for the models that come with"
            " Headsmith",
            subtype="DIR_PATH",
            options=PATH_OPTIONS,
        )
        faces: IntProperty(
            name="Detail",
            description="Triangles of a head in new files; changing it also changes the open scenes",
            default=DEFAULT_FACES,
            min=500,
            max=100_000,
            step=1000,
            update=_use_for_open_scenes,
        )
        texture_px: IntProperty(
            name="Texture",
            description="Texture size in new files; changing it also changes the open scenes",
            default=DEFAULT_TEXTURE_PX,
            min=128,
            max=8192,
            step=256,
            subtype="PIXEL",
            update=_use_for_open_scenes,
        )
        textures: EnumProperty(
            name="Textures", description="Where the textures of heads are kept", items=TEXTURES
        )
        show_new_heads: BoolProperty(
            name="Show New Heads",
            description="Move the 3D view to a new head that is not seen in it, and look the first head of a scene"
            " in the face; with that one, a solid view goes over to textures",
            default=True,
        )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "backend_python")
        if not self.backend_python:
            guess = guess_backend_python()
            if guess.is_file():
                layout.label(text=f"Empty: {guess} is used.", icon="INFO")
            else:
                layout.label(text=f"Empty: {guess} is missing; in a terminal, run", icon="ERROR")
                for command in setup_commands():
                    layout.label(text=command)
        layout.prop(self, "device")
        layout.prop(self, "models_folder")
        layout.prop(self, "faces")
        layout.prop(self, "texture_px")
        layout.prop(self, "textures")
        layout.prop(self, "show_new_heads")
        _draw_backend(layout)


def _draw_backend(layout: bpy.types.UILayout) -> None:
    dispatcher = session.dispatcher
    box = layout.box()
    box.label(text=wire.one_line(dispatcher.link.status), icon=STATE_ICONS[dispatcher.link.state])
    row = box.row(align=True)
    row.operator("headsmith.backend_test", icon="CHECKMARK")
    row.operator("headsmith.backend_start", icon="PLAY")
    row.operator("headsmith.backend_stop", icon="CANCEL")
    box.label(text=f"Log: {user_path('logs')}", icon="TEXT")


def apply_to_untouched_scenes(context: bpy.types.Context) -> None:
    """Give scenes where the user set no detail or texture size the usual ones."""
    preferences = preferences_of(context)
    for scene in bpy.data.scenes:
        for name in ("faces", "texture_px"):
            if not settings_in(scene).is_property_set(name):
                setattr(settings_in(scene), name, getattr(preferences, name))
