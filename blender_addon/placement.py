"""Where new heads stand: at the 3D cursor if that place is free, else beside what stands there.

Convention: boxes are [2,3], lowest and highest corner, along the world's axes, in scene units.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import bpy
import numpy as np

from .blender_data import has_property, scene_of
from .coords import Floats, units_per_metre

SPACING = 1.25  # widths of a head from one to the next
DEFAULT_WIDTH_M = 0.25
STANDING = {"MESH", "CURVE", "CURVES", "SURFACE", "META", "FONT", "VOLUME", "POINTCLOUD"}
# A room or a landscape, in widths of a head along x and y: heads stand in it, not beside it.
SURROUNDINGS = 12.0
TOUCHING = (
    0.01  # widths of a head that boxes may reach into each other, for instance floor and neck
)
MAX_OBSTACLES = 5000  # scattered grass beyond that is in nobody's way


def place_heads(
    context: bpy.types.Context,
    roots: Sequence[bpy.types.Object],
    collection: bpy.types.Collection,
) -> None:
    """Put new roots, which are in no scene yet, in a row along x.

    It begins at the 3D cursor or after the heads that their batch already has in `collection`, and moves
    on along x until nothing stands in it.
    """
    boxes = [_box_of(root) for root in roots]
    width = max(
        [_width(box) for box in boxes if box is not None]
        or [DEFAULT_WIDTH_M * units_per_metre(scene_of(context).unit_settings.scale_length)]
    )
    start = np.array(scene_of(context).cursor.location, np.float32)
    earlier = [
        i for i in collection.objects if has_property(i, "headsmith_job") and i.parent is None
    ]
    if earlier:
        last = max(earlier, key=lambda item: item.location.x)
        start = np.array(last.location, np.float32)
        last_box = _box_of(last)
        start[0] += SPACING * max(width, 0.0 if last_box is None else _width(last_box))
    steps = [np.array([index * SPACING * width, 0, 0], np.float32) for index in range(len(roots))]
    moved = [box + step for box, step in zip(boxes, steps, strict=True) if box is not None]
    if moved:
        row = start + np.array([np.min(moved, (0, 1)), np.max(moved, (0, 1))], np.float32)
        start[0] += free_shift(row, _obstacles(context), width)
    for root, step in zip(roots, steps, strict=True):
        root.location = (start + step).tolist()


def free_shift(row: Floats, obstacles: Floats, width: float) -> float:
    """How far the box of a row of heads must move along +x until it overlaps none of the boxes [N,2,3]."""
    sizes = obstacles[:, 1] - obstacles[:, 0]
    is_thing = (sizes[:, :2] <= SURROUNDINGS * width).any(1)
    lows, highs = obstacles[is_thing, 0], obstacles[is_thing, 1]
    shift = 0.0
    while True:
        place = row + np.array([shift, 0, 0], np.float32)
        reach = np.minimum(place[1], highs) - np.maximum(place[0], lows)
        hit = (reach > TOUCHING * width).all(1)
        if not hit.any():
            return shift
        shift = float(highs[hit, 0].max() - row[0, 0]) + (SPACING - 1.0) * width


def _obstacles(context: bpy.types.Context) -> Floats:
    """The boxes [N,2,3] of all that can be seen in the scene, instances of collections included."""
    boxes = []
    instances = context.evaluated_depsgraph_get().object_instances
    for instance in itertools.islice(instances, MAX_OBSTACLES):
        item = instance.object
        if item is not None and item.type in STANDING:
            corners = np.array(item.bound_box, np.float32)
            world = np.array(instance.matrix_world, np.float32)
            points = corners @ world[:3, :3].T + world[:3, 3]
            boxes.append((points.min(0), points.max(0)))
    return np.array(boxes, np.float32).reshape(-1, 2, 3)


def _box_of(root: bpy.types.Object) -> Floats | None:
    """About the root's own place, with the meshes that hang on it; also before it was ever evaluated."""
    meshes = [item for item in (root, *root.children) if item.type == "MESH"]
    if not meshes:
        return None
    corners = np.concatenate([np.array(item.bound_box, np.float32) for item in meshes])
    corners *= np.array(root.scale, np.float32)
    box: Floats = np.stack([corners.min(0), corners.max(0)])
    return box


def _width(box: Floats) -> float:
    return float(box[1, 0] - box[0, 0])
