"""What the panels of the sidebar share: their place, wrapped text, times."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import bpy

from .blender_data import Icon, all_preferences

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import RegionTypeItems, SpaceTypeItems

CATEGORY = "Headsmith"
PIXELS_PER_LETTER = 7.0  # of Blender's interface font at a scale of 1


class SidebarPanel:
    """What all panels of the add-on share."""

    if TYPE_CHECKING:  # as Blender's types have them, but that a panel always has a layout
        layout: bpy.types.UILayout
        bl_space_type: SpaceTypeItems
        bl_region_type: RegionTypeItems
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY


def width_of(context: bpy.types.Context) -> float:
    """Of the sidebar, in pixels of an interface at a scale of 1."""
    scale = all_preferences(context).system.ui_scale or 1.0  # 0 where there is no screen
    return context.region.width / scale if context.region else 300.0


def draw_wrapped(
    context: bpy.types.Context,
    layout: bpy.types.UILayout,
    text: str,
    icon: Icon,
    buttons: int = 0,
) -> None:
    """A text on as many lines as the sidebar is narrow, with room for `buttons` square ones beside it."""
    letters = max(20, int(width_of(context) / PIXELS_PER_LETTER) - 6 - 3 * buttons)
    column = layout.column(align=True)
    for number, line in enumerate(textwrap.wrap(text, letters) or [""]):
        column.label(text=line, icon="BLANK1" if number else icon)


def duration(seconds: float) -> str:
    """A time to wait, as short as it can be said."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
