"""Rigify, enabled for a test."""

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray


@pytest.fixture
def rigify(session: Any) -> Iterator[None]:
    import addon_utils  # there is none before bpy

    assert addon_utils.enable("rigify", default_set=True) is not None
    yield
    bpy.ops.wm.read_homefile(use_empty=True)
    addon_utils.disable("rigify", default_set=True)


def ends(metarig: Any, name: str) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    """A bone's head and tail in the world."""
    bone, world = metarig.data.bones[name], metarig.matrix_world
    return np.array(world @ bone.head_local), np.array(world @ bone.tail_local)
