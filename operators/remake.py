"""From the active head: `bpy.ops.headsmith.remake(use="finish")` or `use="vary"`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty

from ..backend import wire
from ..blender_addon.blender_data import OperatorResult, custom_property
from ..blender_addon.conditions import has_editable_scene, has_selected_head
from ..blender_addon.job_request import draw_seed, panel_request, start_job, starting_from
from ..blender_addon.properties import settings_of
from .generate import WAIT_DESCRIPTION

USES = (
    ("finish", "Generate Again", "The same head with the present detail and texture size"),
    ("vary", "Vary", "As many heads like it as Count says"),
)


class HEADSMITH_OT_remake(bpy.types.Operator):
    """Make the active head anew, or others like it, from what is stored on it"""

    bl_idname = "headsmith.remake"
    bl_label = "Generate Again"

    if TYPE_CHECKING:
        use: wire.LatentUse
        wait: bool
    else:
        use: EnumProperty(name="Use", description="What to make of the head", items=USES)
        wait: BoolProperty(
            name="Wait", description=WAIT_DESCRIPTION, options={"HIDDEN", "SKIP_SAVE"}
        )

    @classmethod
    def description(
        cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties
    ) -> str:
        texts = {use: text for use, _, text in USES}
        return f"{texts[properties.use]}, from what is stored on the active head"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_editable_scene(cls, context) and has_selected_head(cls, context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        if self.use == "vary":
            draw_seed(context)
        return start_job(self, context, self.request, self.wait)

    def request(self, context: bpy.types.Context) -> wire.JobRequest:
        """The active head as the start of a new one."""
        item = context.active_object
        assert item is not None  # poll
        made = wire.JobRequest(
            prompt=str(custom_property(item, "headsmith_prompt", "")),
            seed=int(custom_property(item, "headsmith_seed", 0)),
        )
        base = wire.LatentBase(
            tuple(item["headsmith_latent"]), self.use, settings_of(context).variation
        )
        return starting_from(panel_request(context), base, like=made)
