"""A Blender without a window in this process, with the packaged extension installed and enabled."""

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

EXTENSION = "bl_ext.user_default.headsmith"


def start_blender(user_resources: Path, backend_python: str = sys.executable) -> None:
    """Loads Blender with a user folder of its own, an empty scene and the installed extension."""
    # Blender reads this once, while it loads.
    os.environ["BLENDER_USER_RESOURCES"] = str(user_resources)
    import bpy

    bpy.ops.wm.read_factory_settings()
    import addon_utils  # found only once Blender is loaded

    bpy.data.objects.remove(bpy.data.objects["Cube"])
    if addon_utils.enable(EXTENSION, default_set=True) is None:
        raise SystemExit("Blender could not enable the extension; its error is above.")
    bpy.context.preferences.addons[EXTENSION].preferences.backend_python = backend_python


def add_on_module(name: str) -> Any:
    """Returns a module of the installed extension, such as "blender_addon.session"."""
    return sys.modules[f"{EXTENSION}.{name}"]


def stop_extension() -> None:
    """Disables the extension, so that its backend ends."""
    import addon_utils

    addon_utils.disable(EXTENSION, default_set=True)


def end_process(exit_code: int) -> NoReturn:
    """Ends this process at once: some releases of Blender's wheel hang or crash at an orderly end."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)
