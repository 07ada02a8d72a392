"""The sidebar's panels for rig-ready heads: the pose of the active one, and making one of any mesh."""

from __future__ import annotations

import re
from typing import Any

import bpy

from ..backend import wire
from .blender_data import keys_of
from .panel_parts import SidebarPanel
from .properties import landmark_property, settings_of
from .rig_objects import RigObjects, find_rig, level_number

# Titles, and how the names of their shapes begin.
GROUPS = (
    ("Eyes", ("eye",)),
    ("Brows", ("brow",)),
    ("Jaw", ("jaw",)),
    ("Mouth", ("mouth",)),
    ("Cheeks and Nose", ("cheek", "nose")),
    ("Tongue", ("tongue",)),
)


class HEADSMITH_PT_rig(SidebarPanel, bpy.types.Panel):
    bl_label = "Rig"
    bl_description = "Pose, change and export the active rig-ready head"
    bl_parent_id = "HEADSMITH_PT_main"
    bl_order = 5

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return find_rig(context.active_object) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout, rig = self.layout, find_rig(context.active_object)
        if rig is None:
            return
        layout.operator("headsmith.export_head", icon="EXPORT")
        layout.operator("headsmith.pose_reset", icon="LOOP_BACK")
        layout.prop(rig.armature, "show_in_front", text="Bones in Front", icon="BONE_DATA")
        keys = keys_of(rig.head).key_blocks
        for title, beginnings in GROUPS:
            # The stubs do not know that it returns two layouts.
            halves: Any = layout.panel(  # type: ignore[func-returns-value]
                f"headsmith_{beginnings[0]}", default_closed=True
            )
            header, body = halves
            header.label(text=title)
            if body is not None:
                shapes = [name for name in wire.ARKIT_SHAPES if name.startswith(beginnings)]
                _draw_shapes(body.column(align=True), keys, shapes)
        row = layout.row(align=True)
        row.operator("headsmith.symmetrise_head", icon="MOD_MIRROR")
        row.operator("headsmith.mirror_head", icon="ARROW_LEFTRIGHT")
        layout.operator("headsmith.add_metarig", icon="ARMATURE_DATA")
        layout.operator("headsmith.level_add", icon="MOD_DECIM")
        if rig.levels:
            _draw_levels(layout.row(align=True), rig)


def _draw_levels(layout: bpy.types.UILayout, rig: RigObjects) -> None:
    """A button for each level, pressed where it is the one that is seen."""
    for item in (rig.head, *rig.levels):
        number = level_number(item)
        text, is_shown = f"LOD{number}" if number else "Full", not item.hide_get()
        layout.operator("headsmith.level_show", text=text, depress=is_shown).level = number


def _draw_shapes(
    layout: bpy.types.UILayout,
    keys: bpy.types.bpy_prop_collection[bpy.types.ShapeKey],
    names: list[str],
) -> None:
    """A slider for every shape that is still there, left and right in one row."""
    for name in names:
        partner = name.replace("Left", "Right")
        if name not in keys or (name.endswith("Right") and name.replace("Right", "Left") in keys):
            continue
        row = layout.row(align=True)
        row.prop(keys[name], "value", text=shape_label(name), slider=True)
        if partner != name and partner in keys:
            row.prop(keys[partner], "value", text="R", slider=True)


def shape_label(name: str) -> str:
    """`eyeBlinkLeft` as a slider shows it below "Eyes": "Blink L"; `jawLeft`: "Jaw L"."""
    region, *words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).split()
    sides = {"Left": "L", "Right": "R"}
    if words[0] in sides:
        words.insert(0, region.capitalize())
    return " ".join(sides.get(word, word) for word in words)


class HEADSMITH_PT_make_rig_ready(SidebarPanel, bpy.types.Panel):
    bl_label = "Any Mesh to a Rig-Ready Head"
    bl_description = "Wrap the rig-ready head onto a scan, a sculpt or another generator's head"
    bl_parent_id = "HEADSMITH_PT_main"
    bl_order = 6
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, settings_of(context)
        layout.operator("headsmith.make_rig_ready", icon="OUTLINER_OB_ARMATURE")
        layout.prop(settings, "symmetric")
        box = layout.box()
        row = box.row(align=True)
        row.label(text="Landmarks (optional)")
        row.operator("headsmith.landmark_clear", text="", icon="X")
        for index, name in enumerate(wire.LANDMARKS):
            field = landmark_property(name)
            is_set = settings.is_property_set(field)
            row = box.row(align=True)
            row.label(text=name.title(), icon="CHECKMARK" if is_set else "DOT")
            row.operator("headsmith.landmark_pick", text="", icon="EYEDROPPER").index = index
            if is_set:
                box.row(align=True).prop(settings, field, text="")


CLASSES = (HEADSMITH_PT_rig, HEADSMITH_PT_make_rig_ready)
