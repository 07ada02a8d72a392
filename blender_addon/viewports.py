"""The 3D views of a window: new heads are shown in them, and in colour."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np
from mathutils import Euler, Vector

from .blender_data import scene_of, windows_of
from .coords import Floats

# At eye level from the front, a little from the head's left, as portraits are drawn.
THREE_QUARTER = Euler((1.45, 0.0, 0.45))
SENSOR_MM = 36.0  # what a viewport's focal length counts on, along the longer side of the region
ROOM = 1.25  # of the view around a head
SEEN_SHARE = 0.8  # of a head's box that must lie in the view
SEEN_SIZES = (0.15, 4.0)  # of its longer side, the view's being 2: neither a dot nor a wall


def show_textures(context: bpy.types.Context) -> bool:
    """Let solid views of the window that show plain material colours show textures; whether there was one."""
    is_changed = False
    for area in _views(context.window):
        space = _space_of(area)
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
    for area in _views(context.window):
        space = _space_of(area)
        view = space.region_3d
        if box is None or view is None or view.view_perspective == "CAMERA":
            continue
        region = next(region for region in area.regions if region.type == "WINDOW")
        to_clip = np.array(view.perspective_matrix, np.float32)
        if in_the_face or not is_seen(box, to_clip, _free_width(area, region)):
            _look_at(box, space, region)
        if in_the_face:
            view.view_rotation = THREE_QUARTER.to_quaternion()


def show_in_local_views(context: bpy.types.Context, objects: Sequence[bpy.types.Object]) -> None:
    """A view that shows only some objects shows the new heads too; else they would seem to be lost."""
    for window in windows_of(context):
        if window.scene != scene_of(context):
            continue
        for area in window.screen.areas:
            for space in area.spaces:
                if isinstance(space, bpy.types.SpaceView3D) and space.local_view is not None:
                    for item in objects:
                        item.local_view_set(space, True)


def _space_of(area: bpy.types.Area) -> bpy.types.SpaceView3D:
    space = area.spaces.active
    assert isinstance(space, bpy.types.SpaceView3D)  # _views
    return space


def is_seen(box: Floats, to_clip: Floats, free: tuple[float, float] = (-1.0, 1.0)) -> bool:
    """Whether most of a box [2,3] in the world lies in a view, neither tiny nor all around the eye.

    `to_clip` [4,4] takes world positions to clip space; `free` is what no sidebar covers, from left to right,
    -1 and 1 being the edges of the region.
    """
    corners = np.array([[box[i, 0], box[j, 1], box[k, 2]] for i, j, k in np.ndindex(2, 2, 2)])
    clip = np.c_[corners, np.ones(len(corners))] @ to_clip.T
    if (clip[:, 3] <= 0).any():  # behind the eye
        return False
    places = clip[:, :2] / clip[:, 3:]
    low, high = places.min(0), places.max(0)
    inside = np.minimum(high, [free[1], 1.0]) - np.maximum(low, [free[0], -1.0])
    share = np.prod(np.maximum(inside, 0.0)) / max(float(np.prod(high - low)), 1e-12)
    size = float((high - low).max())
    return bool(share >= SEEN_SHARE and SEEN_SIZES[0] <= size <= SEEN_SIZES[1])


def _free_width(area: bpy.types.Area, view: bpy.types.Region) -> tuple[float, float]:
    """What toolbar and sidebar leave of a view, from left to right, -1 and 1 being its edges."""
    left, right = 0, view.width
    for region in area.regions:
        if region.type in ("TOOLS", "UI") and region.width > 1:
            start = region.x - view.x
            if start + region.width / 2 < view.width / 2:
                left = max(left, start + region.width)
            else:
                right = min(right, start)
    scale = 2.0 / max(view.width, 1)
    return left * scale - 1.0, right * scale - 1.0


def _look_at(box: Floats, space: bpy.types.SpaceView3D, region: bpy.types.Region) -> None:
    """As Blender's own View Selected does, from where the view looks already."""
    view = space.region_3d
    assert view is not None  # look_at_heads
    radius = 0.5 * float(np.linalg.norm(box[1] - box[0]))
    sides = sorted((max(region.width, 1), max(region.height, 1)))
    view.view_location = Vector((0.5 * (box[0] + box[1])).tolist())
    view.view_distance = ROOM * radius * space.lens / SENSOR_MM * sides[1] / sides[0]


def _views(window: bpy.types.Window | None) -> list[bpy.types.Area]:
    areas = window.screen.areas if window is not None else ()
    return [area for area in areas if area.type == "VIEW_3D"]


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
    box: Floats = np.stack([points.min(0), points.max(0)])
    return box
