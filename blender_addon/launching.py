"""How the preferences decide which backend is started."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

import bpy

from ..backend import wire
from .blender_data import all_preferences
from .child import Launch
from .paths import (
    PYTHON_IN_ENVIRONMENT,
    ROOT_PACKAGE,
    backend_script,
    default_environment,
    guess_backend_python,
    log_file,
)

if TYPE_CHECKING:
    from .preferences import HeadsmithPreferences

NEW_PYTHON = "py -3.11" if os.name == "nt" else "python3.11"


def preferences_of(context: bpy.types.Context) -> HeadsmithPreferences:
    """The preferences of this extension."""
    own = all_preferences(context).addons[ROOT_PACKAGE].preferences
    return cast("HeadsmithPreferences", own)


def setup_commands() -> tuple[str, str]:
    """What a user types in a terminal to install the backend where Headsmith looks for it."""
    environment = default_environment()
    requirements = backend_script().with_name("requirements.txt")
    return (
        f'{NEW_PYTHON} -m venv "{environment}"',
        f'"{environment / PYTHON_IN_ENVIRONMENT}" -m pip install -r "{requirements}"',
    )


def chosen_python(preferences: HeadsmithPreferences) -> Path:
    """The Python that runs the backend. Raises RequestError (BACKEND_START) if none is installed."""
    chosen = preferences.backend_python.strip()
    if chosen:
        return Path(bpy.path.abspath(chosen))
    python = guess_backend_python()
    if not python.is_file():
        make, fill = setup_commands()
        raise wire.RequestError(
            f"The backend is not installed: there is no {python}. Run `{make}` and then `{fill}` in a"
            " terminal, or choose its Python in the preferences of Headsmith.",
            wire.ErrorCode.BACKEND_START,
        )
    return python


def current_launch() -> Launch:
    """The backend that the preferences ask for now. Raises RequestError if it cannot be started."""
    preferences = preferences_of(bpy.context)
    models = preferences.models_folder.strip()
    return Launch(
        python=chosen_python(preferences),
        script=backend_script(),
        log_file=log_file(),
        device=preferences.device,
        models_folder=bpy.path.abspath(models) if models else "",
    )
