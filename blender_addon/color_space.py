"""Colour spaces of pictures, whatever the user's colour management calls them."""

from __future__ import annotations

from typing import Literal

import bpy

ColorSpace = Literal["sRGB", "Non-Color"]


def set_color_space(image: bpy.types.Image, wanted: ColorSpace) -> None:
    """Give a picture with 8 bits a channel its colour space, by that of the nearest role where there is none so called.

    Configurations of OpenColorIO name their spaces as they like, but each tells which one data has, and which one
    pictures with bytes have; the latter is what Blender chose when it opened this one.
    """
    settings = image.colorspace_settings
    if wanted == "Non-Color":
        settings.is_data = True
        return
    settings.is_data = False
    names = [item.identifier for item in settings.bl_rna.properties["name"].enum_items]
    alike = [name for name in names if "srgb" in name.lower() and "lin" not in name.lower()]
    for name in ("sRGB", *sorted(alike, key=len)):
        try:
            settings.name = name
        except TypeError:
            continue
        return
