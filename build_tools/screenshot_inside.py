"""Runs inside a Blender with a window: installs the extension, makes a head, tries undo, takes pictures.

build_tools.screenshot writes the few lines that start it. Every step waits for what the one before it began,
on a timer, so that Blender's own loop goes on as it does for a user.
"""

import json
import os
import sys
import time
from array import array
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from .x11_picture import save_screen

EXTENSION = "bl_ext.user_default.headsmith"
TAB = "Headsmith"
TICK_S = 0.5
SETTLE_S = 3.0  # a software-drawn window needs a while until a change is on the screen


@dataclass(frozen=True)
class Order:
    """What to make and where to put it."""

    package: str
    backend_python: str
    prompt: str
    seed: int
    output: str
    pictures: str
    report: str
    timeout: float


def start(order: Order) -> None:
    """Begins the run once the window is up; called before that, early enough to stop the splash."""
    bpy.context.preferences.view.show_splash = False
    steps = take_pictures(order, report := Report())

    def tick() -> float | None:
        try:
            return next(steps)
        except StopIteration:
            pass
        except Exception as error:  # noqa: BLE001 whatever happens, the report says so and Blender ends
            report.problems.append(repr(error))
        Path(order.report).write_text(json.dumps(vars(report), indent=2), encoding="utf-8")
        bpy.ops.wm.quit_blender()
        return None

    bpy.app.timers.register(tick, first_interval=SETTLE_S)


class Report:
    """What was seen; `problems` stays empty if all went well."""

    def __init__(self) -> None:
        self.blender = bpy.app.version_string
        self.seconds = 0.0
        self.objects_before: list[str] = []
        self.objects_with_head: list[str] = []
        self.objects_after_undo: list[str] = []
        self.objects_after_redo: list[str] = []
        self.messages: list[str] = []
        self.problems: list[str] = []

    def expect(self, is_so: bool, otherwise: str) -> None:
        if not is_so:
            self.problems.append(otherwise)


Steps = Generator[float, None, None]


def take_pictures(order: Order, report: Report) -> Steps:
    """The run, step by step; yields the seconds to wait."""
    install(order)
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    bpy.ops.ed.undo_push(message="Remove the cube")
    open_panel()
    yield SETTLE_S
    show_tab()
    settings = bpy.context.scene.headsmith
    settings.prompt, settings.seed, settings.output = order.prompt, order.seed, order.output
    report.objects_before = object_names()
    began = time.monotonic()
    with window_override():
        bpy.ops.headsmith.generate("INVOKE_DEFAULT")
    while not has_head() and is_busy() and time.monotonic() - began < order.timeout:
        yield TICK_S
    report.seconds = round(time.monotonic() - began, 1)
    report.messages = messages()
    report.objects_with_head = object_names()
    report.expect(has_head(), "no head came into the scene")
    if not has_head():
        screenshot(order, "blender-failed.png")
        return
    frame_head()
    yield SETTLE_S
    screenshot(order, "blender.png")
    yield from try_undo(report)


def try_undo(report: Report) -> Steps:
    """Undoes the import and makes it undone again."""
    with window_override():
        bpy.ops.ed.undo()
    yield SETTLE_S
    report.objects_after_undo = object_names()
    report.expect(
        report.objects_after_undo == report.objects_before, "one undo does not take away the head"
    )
    with window_override():
        bpy.ops.ed.redo()
    yield SETTLE_S
    report.objects_after_redo = object_names()
    report.expect(
        report.objects_after_redo == report.objects_with_head, "redo does not bring the head back"
    )
    heads = [
        item for item in bpy.data.objects if item.type == "MESH" and "headsmith_latent" in item
    ]
    report.expect(
        all(is_textured(item) for item in heads), "after redo the head has lost its texture"
    )


def install(order: Order) -> None:
    """Installs the package the way "Install from Disk" does, and sets the backend's Python."""
    bpy.ops.extensions.package_install_files(
        filepath=order.package, repo="user_default", enable_on_install=True
    )
    bpy.context.preferences.addons[EXTENSION].preferences.backend_python = order.backend_python


def viewport() -> tuple[bpy.types.Window, bpy.types.Area]:
    """Returns the largest 3D viewport of the first window."""
    window = bpy.context.window_manager.windows[0]
    areas = [area for area in window.screen.areas if area.type == "VIEW_3D"]
    return window, max(areas, key=lambda area: area.width * area.height)


def window_override() -> "bpy.types.ContextTempOverride":
    """Lets operators run as if the mouse were over the 3D viewport."""
    window, area = viewport()
    region = next(region for region in area.regions if region.type == "WINDOW")
    return bpy.context.temp_override(window=window, area=area, region=region)


def open_panel() -> None:
    """Opens the sidebar and shows textures in the viewport."""
    _, area = viewport()
    space = area.spaces.active
    space.show_region_ui = True
    space.shading.type = "SOLID"
    space.shading.color_type = "TEXTURE"
    space.overlay.show_relationship_lines = False
    space.overlay.show_bones = False  # they are drawn before the face


def show_tab() -> None:
    """Brings the add-on's tab of the sidebar to the front."""
    _, area = viewport()
    region = next(region for region in area.regions if region.type == "UI")
    region.active_panel_category = TAB


def frame_head() -> None:
    """Looks at the head from the front, a little from its left."""
    from mathutils import Euler

    with window_override():
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_selected()
    _, area = viewport()
    area.spaces.active.region_3d.view_rotation = Euler((1.45, 0.0, 0.45)).to_quaternion()


def screenshot(order: Order, name: str) -> None:
    """Saves a picture of the whole window."""
    path = Path(order.pictures) / name
    with window_override():
        bpy.ops.screen.screenshot(filepath=str(path))
    if is_one_color(path) and os.environ.get("DISPLAY"):
        save_screen(path)


def is_one_color(path: Path) -> bool:
    """Tells whether a picture shows nothing at all."""
    image = bpy.data.images.load(str(path))
    try:
        pixels = array("f", bytes(4 * len(image.pixels)))
        image.pixels.foreach_get(pixels)
        return all(len(set(pixels[channel::4])) == 1 for channel in range(3))
    finally:
        bpy.data.images.remove(image)


def has_head() -> bool:
    return any("headsmith_latent" in item for item in bpy.context.scene.objects)


def is_textured(item: bpy.types.Object) -> bool:
    nodes = item.active_material.node_tree.nodes
    return any(node.type == "TEX_IMAGE" and node.image and node.image.packed_file for node in nodes)


def object_names() -> list[str]:
    return sorted(item.name for item in bpy.context.scene.objects)


def session() -> Any:
    return sys.modules[f"{EXTENSION}.blender_addon.session"].session


def is_busy() -> bool:
    return bool(session().is_busy)


def messages() -> list[str]:
    return [note.text for note in session().notes]
