"""The 3D views of a window: new heads are shown in them, and in colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import bpy
import numpy as np
from mathutils import Euler, Vector

from .coords import Floats

# At eye level from the front, a little from the head's left, as portraits are drawn.
THREE_QUARTER = Euler((1.45, 0.0, 0.45))
SENSOR_MM = 36.0  # what a viewport's focal length counts on, along the longer side of the region
ROOM = 1.25  # of the view around a head
SEEN_CENTRE = 0.9  # of the half width and height, 1 being the edge of the region
SEEN_SIZES = (0.15, 4.0)  # of a head's box, in the same unit: neither a dot nor a wall


def show_textures(context: bpy.types.Context) -> bool:
    """Let solid views of the window that show plain material colours show textures; whether there was one."""
    is_changed = False
    for space, _ in _views(context.window):
        if space.shading.type == "SOLID" and space.shading.color_type == "MATERIAL":
            space.shading.color_type, is_changed = "TEXTURE", True
    return is_changed


def look_at_heads(
    context: bpy.types.Context, objects: Sequence[bpy.types.Object], in_the_face: bool
) -> None:
    """Move the window's 3D views to new heads that are not seen in them, or with `in_the_face` in any case.

    A view through a camera stays as it is.
    """
    box = _box_of(objects)
    for space, region in _views(context.window):
        view = space.region_3d
        if box is None or view is None or view.view_perspective == "CAMERA":
            continue
        if in_the_face or not is_seen(box, np.array(view.perspective_matrix, np.float32)):
            _look_at(box, space, region)
        if in_the_face:
            view.view_rotation = THREE_QUARTER.to_quaternion()


def show_in_local_views(context: bpy.types.Context, objects: Sequence[bpy.types.Object]) -> None:
    """A view that shows only some objects shows the new heads too; else they would seem to be lost."""
    for window in context.window_manager.windows:
        if window.scene != context.scene:
            continue
        for area in window.screen.areas:
            for space in area.spaces:
                if space.type == "VIEW_3D" and space.local_view is not None:
                    for item in objects:
                        item.local_view_set(space, True)


def is_seen(box: Floats, to_clip: Floats) -> bool:
    """Whether a box [2,3] in the world lies in a view, neither tiny nor all around the eye.

    `to_clip` [4,4] takes world positions to clip space.
    """
    corners = np.array([[box[i, 0], box[j, 1], box[k, 2]] for i, j, k in np.ndindex(2, 2, 2)])
    points = np.concatenate([corners, corners.mean(0, keepdims=True)])
    clip = np.c_[points, np.ones(len(points))] @ to_clip.T
    if (clip[:, 3] <= 0).any():  # behind the eye
        return False
    places = clip[:, :2] / clip[:, 3:]
    size = float(np.ptp(places[:-1], axis=0).max())
    is_inside = bool((np.abs(places[-1]) <= SEEN_CENTRE).all())
    return is_inside and SEEN_SIZES[0] <= size <= SEEN_SIZES[1]


def _look_at(box: Floats, space: bpy.types.SpaceView3D, region: bpy.types.Region) -> None:
    """As Blender's own View Selected does, from where the view looks already."""
    view = space.region_3d
    radius = 0.5 * float(np.linalg.norm(box[1] - box[0]))
    sides = sorted((max(region.width, 1), max(region.height, 1)))
    view.view_location = Vector((0.5 * (box[0] + box[1])).tolist())
    view.view_distance = ROOM * radius * space.lens / SENSOR_MM * sides[1] / sides[0]


def _views(
    window: bpy.types.Window | None,
) -> Iterator[tuple[bpy.types.SpaceView3D, bpy.types.Region]]:
    for area in window.screen.areas if window is not None else ():
        if area.type == "VIEW_3D":
            region = next(region for region in area.regions if region.type == "WINDOW")
            yield area.spaces.active, region


def _box_of(objects: Sequence[bpy.types.Object]) -> Floats | None:
    """Around the meshes of placed heads [2,3]; their roots are moved, but not turned or scaled."""
    corners = [
        np.array(item.bound_box, np.float32) + np.array((item.parent or item).location, np.float32)
        for item in objects
        if item.type == "MESH"
    ]
    if not corners:
        return None
    points = np.concatenate(corners)
    return np.stack([points.min(0), points.max(0)])
