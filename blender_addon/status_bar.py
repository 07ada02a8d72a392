"""The end of Blender's status bar: heads that are finished and wait to be imported, whichever file is open."""

from __future__ import annotations

from typing import Any

import bpy

from .session import session


def draw(self: Any, context: bpy.types.Context) -> None:
    """The latest such head and its button; nothing if there is none."""
    waiting = session.unimported()
    if waiting:
        more = f" and {len(waiting) - 1} more" if waiting[1:] else ""
        row = self.layout.row(align=True)
        row.label(text=f"Headsmith: {waiting[-1].title} is finished{more}", icon="CHECKMARK")
        row.operator("headsmith.import_result", text="Import").job = waiting[-1].id


def register() -> None:
    bpy.types.STATUSBAR_HT_header.append(draw)


def unregister() -> None:
    bpy.types.STATUSBAR_HT_header.remove(draw)
