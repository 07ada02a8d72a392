"""Lock It and Change the Words: `bpy.ops.headsmith.look_lock(source="GALLERY")`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty

from ..blender_addon.blender_data import OperatorResult, has_property
from ..blender_addon.conditions import chosen_candidate, has_choice, has_selected_head
from ..blender_addon.job_request import write_latent
from ..blender_addon.properties import settings_of
from ..blender_addon.session import session

SOURCES = (
    ("GALLERY", "Preview", "The chosen preview of the gallery"),
    ("OBJECT", "Active Object", "The active head"),
)


class HEADSMITH_OT_look_lock(bpy.types.Operator):
    """Keep the look of this head: new words then change only what they speak about"""

    bl_idname = "headsmith.look_lock"
    bl_label = "Lock It and Change the Words"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        source: str
    else:
        source: EnumProperty(name="Source", description="Whose look is kept", items=SOURCES)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_selected_head(cls, context) or has_choice(cls, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        settings, candidate, item = (
            settings_of(context),
            chosen_candidate(context),
            context.active_object,
        )
        gallery = session.gallery()
        if self.source == "OBJECT" and item is not None and has_property(item, "headsmith_latent"):
            settings.locked_latent = write_latent(item["headsmith_latent"])
            settings.locked_title = item.name
        elif self.source == "GALLERY" and candidate is not None and gallery is not None:
            settings.locked_latent = write_latent(candidate.z)
            settings.locked_title = f"{gallery.title}, preview {candidate.index + 1}"
        else:
            self.report({"ERROR"}, "Choose a preview, or make a head of Headsmith active, first.")
            return {"CANCELLED"}
        return {"FINISHED"}
