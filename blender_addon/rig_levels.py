"""Levels of detail of a rig-ready head: simpler meshes of its own vertices, made of the head as it is now."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import numpy as np

from ..backend import wire
from .blender_data import keys_of, mesh_of, view_layer_of
from .head_file import Floats, Ints
from .level_file import LevelFile, read_levels
from .meshes import UV_MAP, fill_mesh
from .naming import blender_name
from .rig_binding import add_group, add_numbers, bind, drive_shapes
from .rig_objects import (
    BASE_INDEX,
    LEVEL,
    LEVEL_NUMBER,
    MIRROR_INDEX,
    ROLE,
    RigObjects,
    level_number,
    mirror_of,
    places,
)
from .selection import leave_mode

UNFIT = "has other faces than a rig-ready head is made with, so its levels of detail do not fit."


@dataclass(frozen=True)
class _Head:
    """A head as it is, from which levels are taken by index."""

    item: bpy.types.Object
    vertices: Ints  # [4F] of the corners
    uvs: Floats  # [4F,2]
    materials: Ints  # [F]
    rest: Floats  # [V,3]
    mirror: Ints  # [V]
    base_index: Ints  # [V]
    weights: dict[str, Floats]  # [V] of each vertex group


def add_levels(context: bpy.types.Context, rig: RigObjects) -> None:
    """Make all levels, hidden, in place of those that were there. Raises RequestError with one sentence."""
    leave_mode(context)
    file = read_levels()
    head = _read(rig.head, file)
    shown = _shown(rig)
    active = view_layer_of(context).objects.active
    if active in rig.levels:
        view_layer_of(context).objects.active = rig.head
    for item in rig.levels:
        mesh = mesh_of(item)
        bpy.data.objects.remove(item)
        if not mesh.users:
            bpy.data.meshes.remove(mesh)
    made = tuple(_make(head, number, corners) for number, corners in enumerate(file.levels, 1))
    for item in made:
        for collection in rig.head.users_collection:
            collection.objects.link(item)
        bind(item, rig.armature)
        item.matrix_parent_inverse = rig.head.matrix_parent_inverse.copy()
        item.matrix_basis = rig.head.matrix_basis.copy()
        _follow_modifiers(item, rig.head)
    view_layer_of(context).update()
    renewed = RigObjects(rig.armature, rig.head, rig.parts, made)
    _set_shown(renewed, shown)
    if not rig.head.visible_get() and shown:
        view_layer_of(context).objects.active = renewed.levels[shown - 1]


def check_levels(rig: RigObjects) -> None:
    """Raise RequestError with one sentence if there are levels that could not follow a changed head."""
    if rig.levels:
        _read(rig.head, read_levels())


def renew_levels(context: bpy.types.Context, rig: RigObjects) -> None:
    """Let levels that are there follow a head whose places have changed."""
    if rig.levels:
        add_levels(context, rig)


def show_level(context: bpy.types.Context, rig: RigObjects, number: int) -> None:
    """Show one level, 0 being the head itself, and hide the others, in renders too."""
    leave_mode(context)
    _set_shown(rig, number)
    shown = next((i for i in (rig.head, *rig.levels) if level_number(i) == number), rig.head)
    if view_layer_of(context).objects.active in (rig.head, *rig.levels):
        view_layer_of(context).objects.active = shown
    if shown.visible_get():
        shown.select_set(True)


@contextlib.contextmanager
def levels_shown(context: bpy.types.Context, rig: RigObjects) -> Iterator[None]:
    """For exporters, which leave out what is hidden: within, the head and all its levels are seen."""
    items = (rig.head, *rig.levels) if rig.levels else ()
    before = [(item, item.hide_get(), item.hide_viewport, item.hide_render) for item in items]
    try:
        for item in items:
            _set_hidden(item, False)
            item.hide_viewport = False
        view_layer_of(context).update()
        yield
    finally:
        for item, is_hidden, is_off, is_unrendered in before:
            _set_hidden(item, is_hidden)
            item.hide_viewport, item.hide_render = is_off, is_unrendered


def _shown(rig: RigObjects) -> int:
    """The number of the level that is seen: the head's, if it is."""
    seen = [level_number(item) for item in rig.levels if not item.hide_get()]
    return seen[0] if seen and rig.head.hide_get() else 0


def _set_shown(rig: RigObjects, number: int) -> None:
    numbers = [level_number(item) for item in rig.levels]
    for item in (rig.head, *rig.levels):
        # Of a level that the user threw away nothing could be seen.
        wanted = number if number in numbers else 0
        _set_hidden(item, level_number(item) != wanted)


def _set_hidden(item: bpy.types.Object, is_hidden: bool) -> None:
    item.hide_render = is_hidden
    with contextlib.suppress(RuntimeError):  # a collection that this view layer leaves out
        item.hide_set(is_hidden)


def _read(item: bpy.types.Object, file: LevelFile) -> _Head:
    """The head's arrays. Raises RequestError with one sentence if it no longer has the topology's faces."""
    mesh, mirror = mesh_of(item), mirror_of(mesh_of(item))
    vertices = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", vertices)
    base: bpy.types.Attribute | None = mesh.attributes.get(BASE_INDEX)
    same = np.array_equal(vertices, file.quads.ravel())
    is_whole = isinstance(base, bpy.types.IntAttribute) and base.domain == "POINT"
    if mirror is None or not is_whole or not same:
        raise wire.RequestError(f"The mesh of {item.name} {UNFIT}")
    base_index = np.empty(len(mesh.vertices), np.int32)
    assert isinstance(base, bpy.types.IntAttribute)  # is_whole
    base.data.foreach_get("value", base_index)
    layer = mesh.uv_layers.get(UV_MAP) or mesh.uv_layers.active
    if not np.array_equal(base_index, file.base_index) or layer is None:
        raise wire.RequestError(f"The mesh of {item.name} {UNFIT}")
    uvs = np.empty(2 * len(vertices), np.float32)
    layer.uv.foreach_get("vector", uvs)
    materials = np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("material_index", materials)
    rest = places(keys_of(item).key_blocks[0].data)
    return _Head(
        item, vertices, uvs.reshape(-1, 2), materials, rest, mirror, base_index, _weights(item)
    )


def _weights(item: bpy.types.Object) -> dict[str, Floats]:
    weights = {
        group.name: np.zeros(len(mesh_of(item).vertices), np.float32)
        for group in item.vertex_groups
    }
    names = [group.name for group in item.vertex_groups]
    for vertex in mesh_of(item).vertices:
        for entry in vertex.groups:
            weights[names[entry.group]][vertex.index] = entry.weight
    return weights


def _make(head: _Head, number: int, corners: Ints) -> bpy.types.Object:
    """One level from corners [F,4] of the head's faces."""
    is_corner = corners >= 0
    vertices = np.where(is_corner, head.vertices[corners], -1)
    kept = np.unique(vertices[is_corner])
    place = np.full(len(head.rest) + 1, -1, np.int32)  # its last one is that of -1
    place[kept] = np.arange(len(kept), dtype=np.int32)
    name = blender_name(head.item.name, f"_LOD{number}")
    mesh = fill_mesh(name, head.rest[kept], place[vertices], head.uvs[corners])
    mesh.polygons.foreach_set("material_index", head.materials[corners[:, 0] // 4])
    for slot in head.item.material_slots:
        mesh.materials.append(slot.material)
    add_numbers(mesh, BASE_INDEX, head.base_index[kept])
    add_numbers(mesh, MIRROR_INDEX, place[head.mirror[kept]])
    item = bpy.data.objects.new(name, mesh)
    item[ROLE], item[LEVEL_NUMBER] = LEVEL, number
    for group, weights in head.weights.items():
        add_group(item, group, weights[kept])
    _add_shapes(item, head.item, kept)
    return item


def _add_shapes(item: bpy.types.Object, head: bpy.types.Object, kept: Ints) -> None:
    """All shapes of the head as they are now, driven by it."""
    keys = keys_of(head).key_blocks
    item.shape_key_add(name=keys[0].name, from_mix=False)
    for source in keys[1:]:
        key = item.shape_key_add(name=source.name, from_mix=False)
        key.data.foreach_set("co", places(source.data)[kept].ravel())
        key.slider_min, key.slider_max = source.slider_min, source.slider_max
        key.value = 0.0  # Blender 5 makes keys that are in force
    drive_shapes(item, head, [key.name for key in keys[1:]])


def _follow_modifiers(item: bpy.types.Object, head: bpy.types.Object) -> None:
    """The armature that moves the head moves the level, even where the user gave it another."""
    kind = bpy.types.ArmatureModifier
    source = next((modifier for modifier in head.modifiers if isinstance(modifier, kind)), None)
    own = item.modifiers[0]
    if source is not None and isinstance(own, kind):
        own.object = source.object
