"""A gallery of previews to choose from."""

from typing import Any

import bpy
import pytest


def settings() -> Any:
    return bpy.context.scene.headsmith


def heads() -> list[Any]:
    return [item for item in bpy.data.objects if "headsmith_latent" in item]


@pytest.fixture
def gallery(session: Any) -> Any:
    settings().prompt, settings().seed = "a man", 3
    bpy.ops.headsmith.explore(wait=True)
    return session.gallery()
