"""Runs inside a Blender with a window: installs the extension, makes heads, tries undo, takes pictures.

build_tools.screenshot writes the few lines that start it. Every step waits for what the one before it began,
on a timer, so that Blender's own loop goes on as it does for a user.
"""

import contextlib
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
    quality: str
    pictures: str
    states: str  # a folder for a picture of every state of the panel; empty for none
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

    bpy.app.timers.register(tick, first_interval=SETTLE_S, persistent=True)


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
    """The run, step by step; yields the seconds to wait. The view, the colours and the place are the add-on's."""
    install(order)
    bpy.ops.ed.undo_push(message="Begin")
    open_panel()
    yield SETTLE_S
    show_tab()
    yield from state(order, "1-fresh")
    settings = bpy.context.scene.headsmith
    settings.prompt, settings.seed, settings.output = order.prompt, order.seed, order.output
    settings.quality = order.quality
    yield from state(order, "2-prompt")
    report.objects_before = object_names()
    began = time.monotonic()
    press("generate")
    yield from wait_for_job(order, "3-running")
    report.seconds = round(time.monotonic() - began, 1)
    report.messages = messages()
    report.objects_with_head = object_names()
    report.expect(has_head(), "no head came into the scene")
    if not has_head():
        screenshot(order, "blender-failed.png")
        return
    yield SETTLE_S
    screenshot(order, "blender.png")
    yield from state(order, "4-first-head")
    yield from try_undo(report)
    if order.states:
        yield from further_states(order, report)


def further_states(order: Order, report: Report) -> Steps:
    """A second head beside the first, a gallery with a choice, messages, a result whose file was closed."""
    settings = bpy.context.scene.headsmith
    settings.seed += 1
    press("generate")
    yield from wait_for_job(order, "")
    yield from state(order, "5-second-head")
    press("explore")
    yield from wait_for_job(order, "")
    settings.gallery_picture_0 = "3"
    yield from state(order, "6-gallery")
    settings.prompt = ""
    with contextlib.suppress(RuntimeError):
        press("generate")
    yield from state(order, "7-messages")
    settings.prompt = order.prompt
    press("generate")
    yield SETTLE_S
    bpy.ops.wm.read_homefile(use_empty=False)
    yield SETTLE_S  # before that the new file's window is not there yet
    open_panel()
    yield SETTLE_S
    show_tab()
    yield from wait_for_job(order, "")
    yield from state(order, "8-other-file")
    report.messages = messages()


def wait_for_job(order: Order, name: str) -> Steps:
    """Waits until nothing is made any more; takes a picture once a job has a preview."""
    end = time.monotonic() + order.timeout
    while is_busy() and time.monotonic() < end:
        job = session().dispatcher.current
        if name and job is not None and job.preview is not None:
            yield from state(order, name)
            name = ""
        yield TICK_S


def state(order: Order, name: str) -> Steps:
    """A picture of a state, if those are wanted."""
    if order.states:
        yield SETTLE_S
        for area in viewport()[0].screen.areas:
            area.tag_redraw()
        yield SETTLE_S
        save_picture(Path(order.states) / f"{name}.png")


def press(button: str) -> None:
    """Presses a button of the panel."""
    with window_override():
        getattr(bpy.ops.headsmith, button)("INVOKE_DEFAULT")


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
    """Opens the sidebar."""
    viewport()[1].spaces.active.show_region_ui = True


def show_tab() -> None:
    """Brings the add-on's tab of the sidebar to the front."""
    _, area = viewport()
    region = next(region for region in area.regions if region.type == "UI")
    region.active_panel_category = TAB  # type: ignore[assignment]  # any panel's category


def screenshot(order: Order, name: str) -> None:
    """Saves a picture of the whole window among those of the documentation."""
    save_picture(Path(order.pictures) / name)


def save_picture(path: Path) -> None:
    with window_override():
        bpy.ops.screen.screenshot(filepath=str(path))
    if is_one_color(path) and os.environ.get("DISPLAY"):
        save_screen(path)


def is_one_color(path: Path) -> bool:
    """Tells whether a picture shows nothing at all."""
    image = bpy.data.images.load(str(path))
    try:
        width, height = image.size
        pixels = array("f", bytes(4 * width * height * image.channels))
        image.pixels.foreach_get(pixels)
        return all(len(set(pixels[channel :: image.channels])) == 1 for channel in range(3))
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
