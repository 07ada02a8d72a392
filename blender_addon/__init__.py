"""Everything of the add-on that is no operator: settings, preferences, panels, the backend, the import."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import panels, properties, queue_panel, rig_panels, status_bar
from .preferences import HeadsmithPreferences, apply_to_untouched_scenes
from .session import session

CLASSES = (HeadsmithPreferences, *panels.CLASSES, *rig_panels.CLASSES, *queue_panel.CLASSES)


@persistent  # type: ignore[untyped-decorator]
def after_load(*_: Any) -> None:
    """Another file is open: give it the usual settings, and let the queue go on."""
    apply_to_untouched_scenes(bpy.context)
    session.wake()


def register() -> None:
    properties.register()
    for kind in CLASSES:
        bpy.utils.register_class(kind)
    status_bar.register()
    bpy.app.handlers.load_post.append(after_load)


def unregister() -> None:
    session.close()
    bpy.app.handlers.load_post.remove(after_load)
    status_bar.unregister()
    for kind in reversed(CLASSES):
        bpy.utils.unregister_class(kind)
    properties.unregister()
