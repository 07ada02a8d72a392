"""The button Finish This One: `bpy.ops.headsmith.gallery_finish(wait=False)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty

from ..backend import wire
from ..blender_addon.blender_data import OperatorResult
from ..blender_addon.conditions import chosen_candidate, has_choice
from ..blender_addon.job_request import panel_request, start_job, starting_from
from ..blender_addon.session import session
from .generate import WAIT_DESCRIPTION


class HEADSMITH_OT_gallery_finish(bpy.types.Operator):
    """Make the chosen preview a finished head"""

    bl_idname = "headsmith.gallery_finish"
    bl_label = "Finish This One"

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
        return start_job(self, context, finishing_request, self.wait)


def finishing_request(context: bpy.types.Context) -> wire.JobRequest:
    """The chosen preview as a finished head."""
    gallery, candidate = session.gallery(), chosen_candidate(context)
    assert gallery is not None and candidate is not None  # poll
    base = wire.LatentBase(candidate.z, use="finish")
    return starting_from(panel_request(context), base, like=gallery.request)
