"""The button Variations of It: `bpy.ops.headsmith.gallery_vary(wait=False)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty

from ..backend import wire
from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.conditions import chosen_candidate, has_choice
from ..blender_addon.job_request import (
    draw_seed,
    exploring,
    panel_request,
    start_job,
    starting_from,
)
from ..blender_addon.properties import settings_of
from ..blender_addon.session import session
from .generate import WAIT_DESCRIPTION


class HEADSMITH_OT_gallery_vary(bpy.types.Operator):
    """Show eight previews like the chosen one"""

    bl_idname = "headsmith.gallery_vary"
    bl_label = "Variations of It"

    if TYPE_CHECKING:
        wait: bool
    else:
        wait: BoolProperty(
            name="Wait", description=WAIT_DESCRIPTION, options={"HIDDEN", "SKIP_SAVE"}
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_choice(cls, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        draw_seed(context)
        return start_job(self, context, variations_request, self.wait)


def variations_request(context: bpy.types.Context) -> wire.JobRequest:
    """A gallery of heads like the chosen preview."""
    gallery, candidate = session.gallery(), chosen_candidate(context)
    assert gallery is not None and candidate is not None  # poll
    base = wire.LatentBase(candidate.z, use="vary", amount=settings_of(context).variation)
    request = starting_from(panel_request(context), base, like=gallery.request)
    settings_of(context).gallery_index = -1
    return exploring(request)
