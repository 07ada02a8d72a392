"""Where new heads stand: at the 3D cursor if that place is free, else beside what stands there.

Convention: boxes are [2,3], lowest and highest corner, along the world's axes, in scene units.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import bpy
import numpy as np
import numpy.typing as npt

from .blender_data import has_property, scene_of
from .coords import Floats, units_per_metre

Wide = npt.NDArray[np.float64]

SPACING = 1.25  # widths of a head from one to the next
DEFAULT_WIDTH_M = 0.25
STANDING = {"MESH", "CURVE", "CURVES", "SURFACE", "META", "FONT", "VOLUME", "POINTCLOUD"}
# A room or a landscape, in widths of a head along x and y: heads stand in it, not beside it.
SURROUNDINGS = 12.0
REACH = 14.0  # widths of a head that it may move to either side: past what is no surroundings
MAX_ROWS = 40  # in front of a wall that is longer, and of what else stands there
TOUCHING = (
    0.01  # widths of a head that boxes may reach into each other, for instance floor and neck
)
FURTHEST = 1e12  # Blender says 3.4e38 for a mesh with a vertex that is nowhere
MAX_OBSTACLES = 5000  # scattered grass beyond that is in nobody's way


def place_heads(
    context: bpy.types.Context,
    roots: Sequence[bpy.types.Object],
    collection: bpy.types.Collection,
) -> None:
    """Put new roots, which are in no scene yet, in a row along x.

    It begins at the 3D cursor or after the heads that their batch already has in `collection`, and moves
    on until nothing stands in it.
    """
    boxes = [_box_of(root) for root in roots]
    width = max(
        [_width(box) for box in boxes if box is not None]
        or [DEFAULT_WIDTH_M * units_per_metre(scene_of(context).unit_settings.scale_length)]
    )
    start = np.array(scene_of(context).cursor.location, np.float64)
    earlier = [
        i for i in collection.objects if has_property(i, "headsmith_job") and i.parent is None
    ]
    if earlier:
        last = max(earlier, key=lambda item: item.location.x)
        start = np.array(last.location, np.float64)
        last_box = _box_of(last)
        start[0] += SPACING * max(width, 0.0 if last_box is None else _width(last_box))
    steps = [np.array([index * SPACING * width, 0, 0]) for index in range(len(roots))]
    moved = [box + step for box, step in zip(boxes, steps, strict=True) if box is not None]
    if moved:
        row = start + np.array([np.min(moved, (0, 1)), np.max(moved, (0, 1))])
        start += free_shift(row, _obstacles(context), width)
    for root, step in zip(roots, steps, strict=True):
        root.location = (start + step).tolist()


def free_shift(row: Wide, obstacles: Wide, width: float) -> Wide:
    """How far [3] the box [2,3] of a row of heads must move until it overlaps none of the boxes [N,2,3].

    The nearest place along +x, else along -x, both within REACH, else the same in rows behind each other along
    -y, towards the viewer. Where all of that is full it stays.
    """
    sizes = obstacles[:, 1, :2] - obstacles[:, 0, :2]
    things = obstacles[(sizes <= SURROUNDINGS * width).any(1)]
    depth = SPACING * float(row[1, 1] - row[0, 1])
    for number in range(MAX_ROWS):
        step = np.array([0.0, -number * depth, 0.0])
        for sign in (1, -1):
            along_x = _free_along_x(row + step, things, width, sign)
            if along_x is not None:
                return np.array([along_x, step[1], 0.0])
    return np.zeros(3)


def _free_along_x(row: Wide, things: Wide, width: float, sign: int) -> float | None:
    """The nearest free place in one direction; None if there is none within REACH."""
    shift, gap = 0.0, (SPACING - 1.0) * width
    while abs(shift) <= REACH * width:
        place = row + np.array([shift, 0.0, 0.0])
        reach = np.minimum(place[1], things[:, 1]) - np.maximum(place[0], things[:, 0])
        hit = things[(reach > TOUCHING * width).all(1)]
        if len(hit) == 0:
            return shift
        if sign > 0:
            shift = float(hit[:, 1, 0].max() - row[0, 0]) + gap
        else:
            shift = float(hit[:, 0, 0].min() - row[1, 0]) - gap
    return None


def _obstacles(context: bpy.types.Context) -> Wide:
    """The boxes [N,2,3] of all that can be seen in the scene, instances of collections included."""
    boxes = []
    instances = context.evaluated_depsgraph_get().object_instances
    for instance in itertools.islice(instances, MAX_OBSTACLES):
        item = instance.object
        if item is not None and item.type in STANDING:
            corners = np.array(item.bound_box, np.float64)
            world = np.array(instance.matrix_world, np.float64)
            with np.errstate(
                invalid="ignore", over="ignore"
            ):  # of infinite places, which are left out
                points = corners @ world[:3, :3].T + world[:3, 3]
            boxes.append((points.min(0), points.max(0)))
    found = np.array(boxes, np.float64).reshape(-1, 2, 3)
    is_somewhere = (np.abs(found) < FURTHEST).all((1, 2))
    somewhere: Wide = found[is_somewhere]
    return somewhere


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
