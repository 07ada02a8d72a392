"""Headsmith: textured 3D heads from words and pictures, inside Blender."""

from __future__ import annotations


def register() -> None:
    """Called by Blender when the extension is enabled."""
    # Imported here, not above: the tests read this package without Blender.
    from . import blender_addon, operators

    operators.register()
    blender_addon.register()


def unregister() -> None:
    """Called by Blender when the extension is disabled; also ends the backend."""
    from . import blender_addon, operators

    blender_addon.unregister()
    operators.unregister()
