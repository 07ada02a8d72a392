"""A rig-ready head that is pulled out of its symmetry, and measures of it."""

from typing import Any

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from ..in_blender import part
from .rig_scene import generate, topology


def own(item: Any) -> NDArray[np.floating[Any]]:
    return part("rig_objects").places(item.data.vertices)


def moves(item: Any) -> dict[str, NDArray[np.floating[Any]]]:
    keys = item.data.shape_keys.key_blocks
    basis = part("rig_objects").places(keys[0].data)
    return {key.name: part("rig_objects").places(key.data) - basis for key in keys[1:]}


def bend(item: Any) -> None:
    """Pulls the head's left side out, in every shape."""
    for key in item.data.shape_keys.key_blocks:
        points = part("rig_objects").places(key.data)
        points[points[:, 0] > 0] *= [1.15, 1.0, 1.05]
        key.data.foreach_set("co", points.ravel())
    item.data.vertices.foreach_set(
        "co", part("rig_objects").places(item.data.shape_keys.key_blocks[0].data).ravel()
    )
    item.data.update()


def asymmetry(points: NDArray[np.floating[Any]]) -> float:
    return float(np.abs(points[topology().mirror] * [-1, 1, 1] - points).max())


@pytest.fixture
def bent(session: Any) -> Any:
    rig = generate("a man with hair")
    bend(rig.head)
    with part("rig_bones").edit_bones(bpy.context, rig.armature) as bones:
        bones["eye.L"].head.z += 0.004
    return rig
