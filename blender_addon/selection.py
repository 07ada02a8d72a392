"""Mode and selection: what operators have to change, and to put back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import bpy

from .blender_data import view_layer_of


def leave_mode(context: bpy.types.Context) -> None:
    """To Object mode: another object's mode cannot stay when a new one becomes active."""
    active = view_layer_of(context).objects.active
    if active is not None and active.mode != "OBJECT" and _can_set_mode():
        bpy.ops.object.mode_set(mode="OBJECT")


def select_only(
    context: bpy.types.Context, objects: Sequence[bpy.types.Object], active: bpy.types.Object | None
) -> None:
    """Select these objects alone and make one active, as far as the view layer holds them."""
    for item in view_layer_of(context).objects:
        item.select_set(False)
    # Raised for what another collection's settings keep out; asking beforehand is asking a stale list.
    for item in objects:
        with contextlib.suppress(RuntimeError):
            item.select_set(True)
    with contextlib.suppress(RuntimeError):
        view_layer_of(context).objects.active = active


def _can_set_mode() -> bool:
    return bpy.ops.object.mode_set.poll()  # type: ignore[call-arg]  # the stubs ask for a self


@contextlib.contextmanager
def selection_kept(context: bpy.types.Context) -> Iterator[None]:
    """Afterwards the same objects are selected, and the same one is active."""
    active = view_layer_of(context).objects.active
    selected = [item for item in view_layer_of(context).objects if item.select_get()]
    try:
        yield
    finally:
        select_only(context, selected, active)
