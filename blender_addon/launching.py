"""How the preferences decide which backend is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from .child import Launch
from .paths import ROOT_PACKAGE, backend_script, guess_backend_python, log_file


def preferences_of(context: bpy.types.Context) -> Any:
    """The HeadsmithPreferences of this extension."""
    return context.preferences.addons[ROOT_PACKAGE].preferences


def chosen_python(preferences: Any) -> Path:
    """The Python that runs the backend."""
    chosen = preferences.backend_python.strip()
    return Path(bpy.path.abspath(chosen)) if chosen else guess_backend_python()


def current_launch() -> Launch:
    """The backend that the preferences ask for now. Raises RequestError if the log cannot be written."""
    preferences = preferences_of(bpy.context)
    models = preferences.models_folder.strip()
    return Launch(
        python=chosen_python(preferences),
        script=backend_script(),
        log_file=log_file(),
        device=preferences.device,
        models_folder=bpy.path.abspath(models) if models else "",
    )
