"""Colour spaces of pictures, whatever the user's colour management calls them."""

from __future__ import annotations

import contextlib
from typing import Any, Literal

import bpy

ColorSpace = Literal["sRGB", "Non-Color"]


def set_color_space(image: bpy.types.Image, wanted: ColorSpace) -> None:
    """Give a picture that was just opened its colour space, that of the nearest role where none is called so.

    Configurations of OpenColorIO name their spaces as they like, but each tells which one is that of data, and
    which one that of pictures with 8 bits a channel; Blender gave this picture the latter when it opened it.
    """
    # Its names are the configuration's, which no types know.
    settings: Any = image.colorspace_settings
    if wanted == "Non-Color":
        settings.is_data = True
        return
    with contextlib.suppress(TypeError):
        settings.name = wanted
