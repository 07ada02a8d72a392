"""The session with the real backend, which loads no model for its buttons."""

from collections.abc import Iterator
from typing import Any

import bpy
import pytest

from ..in_blender import MODULE, part


@pytest.fixture
def real(session: Any) -> Iterator[Any]:
    """The session with the backend that the preferences ask for."""
    session.dispatcher = part("dispatcher").Dispatcher(part("launching").current_launch)
    yield session
    bpy.context.preferences.addons[MODULE].preferences.backend_python = ""
