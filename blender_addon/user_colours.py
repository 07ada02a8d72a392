"""The base colours of any materials as one picture with UVs to match.

One picture alone is passed on as it is. Several, or plain colours beside it, become cells of a square sheet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from .blender_data import input_of, tree_of
from .head_file import Floats, Ints

MAX_SHEET_PX = 4096
PLAIN_CELL_PX = 64
GREY = (0.5, 0.5, 0.5)  # of faces without a material, sRGB
COPIED_AS_THEY_ARE = {"PNG": ".png", "JPEG": ".jpg"}

# UVs [F,3,2] or None, number of faces, slot of each face [F], and what the slots look like.
Painted = tuple[Floats | None, int, Ints, Sequence["Colours"]]


@dataclass(frozen=True)
class Colours:
    """The base colour of a material: a picture, or else one colour."""

    picture: str  # name of a bpy image, or empty
    plain: tuple[float, float, float]  # sRGB
    shows_attribute: bool = False  # the mesh's own colours where it has some


@dataclass(frozen=True)
class ColourPicture:
    """A picture on disk, and the UVs [F,3,2] of all faces in it."""

    path: Path
    corner_uvs: Floats


def colours_of(material: bpy.types.Material | None) -> Colours:
    """What the material's Base Color shows."""
    if material is None:
        return Colours("", GREY, shows_attribute=True)
    nodes = tuple(tree_of(material).nodes) if material.node_tree is not None else ()
    kind = bpy.types.ShaderNodeBsdfPrincipled
    principled = next((node for node in nodes if isinstance(node, kind)), None)
    if principled is None:
        image = next(filter(None, map(_colour_picture, nodes)), None)
        return Colours(image.name if image else "", _encoded(material.diffuse_color[:3]))
    socket = input_of(principled, "Base Color")
    assert isinstance(socket, bpy.types.NodeSocketColor)
    image = _picture_behind(socket)
    plain = _encoded(socket.default_value[:3])
    return Colours(image.name if image else "", plain, bool(socket.links) and image is None)


def _colour_picture(node: bpy.types.Node) -> bpy.types.Image | None:
    """The picture that a node shows, unless it is empty or in tiles."""
    image = node.image if isinstance(node, bpy.types.ShaderNodeTexImage) else None
    is_usable = image is not None and image.source != "TILED" and image.size[0] > 0
    return image if is_usable else None


def _picture_behind(socket: bpy.types.NodeSocket) -> bpy.types.Image | None:
    """The nearest picture that feeds a socket, through whatever mixes or adjusts its colour."""
    waiting = [link.from_node for link in socket.links]
    seen = set()
    while waiting:
        node = waiting.pop(0)
        image = _colour_picture(node)
        if image is not None:
            return image
        if node.name not in seen:
            seen.add(node.name)
            waiting += [link.from_node for field in node.inputs for link in field.links]
    return None


def _encoded(linear: Sequence[float]) -> tuple[float, float, float]:
    """A scene-linear colour in sRGB, IEC 61966-2-1."""
    values = np.clip(np.asarray(linear, np.float64), 0.0, 1.0)
    red, green, blue = np.where(
        values <= 0.0031308, 12.92 * values, 1.055 * values ** (1 / 2.4) - 0.055
    ).tolist()
    return red, green, blue


def make_picture(pieces: Sequence[Painted], stem: Path) -> ColourPicture | None:
    """Write the picture to `stem` with a fitting ending; None if nothing has a picture or two colours."""
    looks: list[Colours] = []
    uvs, cells = [], []
    for corner_uvs, count, slots, colours in pieces:
        own = [c if corner_uvs is not None else Colours("", c.plain) for c in colours]
        for look in own:
            if look not in looks:
                looks.append(look)
        index = np.array([looks.index(look) for look in own])
        cells.append(index[np.clip(slots, 0, len(own) - 1)])
        uvs.append(
            corner_uvs if corner_uvs is not None else np.full((count, 3, 2), 0.5, np.float32)
        )
    all_uvs, cell = np.concatenate(uvs), np.concatenate(cells)
    used = np.unique(cell)
    if len(used) == 1:
        name = looks[used[0]].picture
        return ColourPicture(_save(bpy.data.images[name], stem), all_uvs) if name else None
    return _make_sheet([looks[i] for i in used], np.searchsorted(used, cell), all_uvs, stem)


def _make_sheet(looks: Sequence[Colours], cell: Ints, uvs: Floats, stem: Path) -> ColourPicture:
    """Cells of one size, row by row from below; `cell` [F] names each face's."""
    side = math.ceil(math.sqrt(len(looks)))
    images = [bpy.data.images[look.picture] for look in looks if look.picture]
    largest = max([PLAIN_CELL_PX, *(max(image.size) for image in images)])
    size = min(largest, MAX_SHEET_PX // side)
    sheet = np.ones((side * size, side * size, 4), np.float32)
    for number, look in enumerate(looks):
        row, column = divmod(number, side)
        target = sheet[row * size : (row + 1) * size, column * size : (column + 1) * size]
        if look.picture:
            target[:] = _resized(_pixels(bpy.data.images[look.picture]), size)
        else:
            target[..., :3] = look.plain
    # Whole numbers in a UV only say how often the picture was repeated before.
    inside = uvs - np.floor(uvs.mean(axis=1, keepdims=True))
    inside = np.clip(inside, 0.5 / size, 1.0 - 0.5 / size)
    corner = np.stack([cell % side, cell // side], axis=1)[:, None, :]
    path = stem.with_suffix(".png")
    _write_png(sheet, path)
    return ColourPicture(path, ((inside + corner) / side).astype(np.float32))


def _save(image: bpy.types.Image, stem: Path) -> Path:
    suffix = COPIED_AS_THEY_ARE.get(image.file_format)
    if suffix and image.source == "FILE" and not image.is_dirty:
        path = stem.with_suffix(suffix)
        if image.packed_file is not None:
            path.write_bytes(image.packed_file.data)  # type: ignore[arg-type]  # it is no str
            return path
        original = Path(bpy.path.abspath(image.filepath, library=image.library))
        if original.is_file():
            path.write_bytes(original.read_bytes())
            return path
    path = stem.with_suffix(".png")
    _write_png(_pixels(image), path)
    return path


def _pixels(image: bpy.types.Image) -> Floats:
    """[H,W,4] sRGB, from below."""
    width, height = image.size
    flat = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(flat)  # type: ignore[attr-defined]  # they are no float
    found = np.ones((height, width, 4), np.float32)
    channels = flat.reshape(height, width, image.channels)
    found[..., : min(4, image.channels)] = channels[..., :4]
    if image.channels < 3:
        found[..., :3] = channels[..., :1]
    if image.is_float:
        linear = np.clip(found[..., :3], 0.0, 1.0)
        found[..., :3] = np.where(
            linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
        )
    return found


def _resized(pixels: Floats, size: int) -> Floats:
    rows = (np.arange(size) + 0.5) * pixels.shape[0] / size
    columns = (np.arange(size) + 0.5) * pixels.shape[1] / size
    picked: Floats = pixels[rows.astype(np.int64)[:, None], columns.astype(np.int64)]
    return picked


def _write_png(pixels: Floats, path: Path) -> None:
    image = bpy.data.images.new("Headsmith", pixels.shape[1], pixels.shape[0], alpha=True)
    try:
        image.alpha_mode = "CHANNEL_PACKED"
        flat = np.ascontiguousarray(pixels).ravel()
        image.pixels.foreach_set(flat)  # type: ignore[attr-defined]  # they are no float
        image.file_format = "PNG"
        image.filepath_raw = str(path)
        image.save()
    finally:
        bpy.data.images.remove(image)
