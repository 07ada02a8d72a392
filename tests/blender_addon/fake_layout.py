"""A stand-in for Blender's layout, which takes only what Blender would take."""

from types import SimpleNamespace
from typing import Any

import bpy

ICONS = set(bpy.types.UILayout.bl_rna.functions["prop"].parameters["icon"].enum_items.keys())


class ButtonProperties:
    """Takes only properties that the operator has."""

    names: set[str]

    def __init__(self, name: str) -> None:
        area, _, operator = name.partition(".")
        rna = getattr(getattr(bpy.ops, area), operator).get_rna_type()
        object.__setattr__(self, "names", set(rna.properties.keys()))

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in self.names, f"the operator has no property {name}"


class Layout:
    """Stands in for Blender's layout, which nothing draws without a window."""

    def __init__(self, root: "Layout | None" = None) -> None:
        self.words: list[str] = root.words if root else []
        self.buttons: list[str] = root.buttons if root else []
        self.pictures: list[Any] = root.pictures if root else []
        self.order: list[str] = root.order if root else []  # words, buttons and pictures

    def row(self, **_: Any) -> "Layout":
        return Layout(self)

    column = box = grid_flow = row

    def label(self, text: str = "", icon: str = "NONE") -> None:
        assert icon in ICONS, icon
        self._add_word(text)

    def _add_word(self, text: str) -> None:
        self.words.append(text)
        self.order.append("text")

    def prop(
        self,
        owner: Any,
        name: str,
        text: str | None = None,
        icon: str = "NONE",
        slider: bool = False,
        expand: bool = False,
        placeholder: str = "",
        toggle: bool = False,
    ) -> None:
        assert icon in ICONS, icon
        assert name in owner.bl_rna.properties
        # What is animated has names of its own: a shape key's slider is called by the key.
        self._add_word(owner.name if slider else name)

    def panel(self, idname: str, default_closed: bool = False) -> "tuple[Layout, Layout]":
        return Layout(self), Layout(self)

    def operator(
        self,
        name: str,
        text: str = "",
        icon: str = "NONE",
        depress: bool = False,
        emboss: bool = True,
    ) -> ButtonProperties:
        assert icon in ICONS, icon
        self.buttons.append(name)
        self.order.append(name)
        return ButtonProperties(name)

    def progress(self, factor: float, text: str) -> None:
        assert 0.0 <= factor <= 1.0
        self._add_word(text)

    def template_icon_view(self, owner: Any, name: str, scale: float, scale_popup: float) -> None:
        self.pictures.append(owner.bl_rna.properties[name].identifier)

    def template_icon(self, icon_value: int, scale: float) -> None:
        self.pictures.append(icon_value)
        self.order.append("picture")


def draw(name: str) -> Layout:
    """Draws one panel, if Blender would show it."""
    panel, layout = getattr(bpy.types, f"HEADSMITH_PT_{name}"), Layout()
    if not hasattr(panel, "poll") or panel.poll(bpy.context):
        for method in ("draw_header_preset", "draw"):
            if hasattr(panel, method):
                getattr(panel, method)(SimpleNamespace(layout=layout), bpy.context)
    return layout
