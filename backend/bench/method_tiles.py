"""The pictures of the method's drawing: what a head is at each step, drawn from real data."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor

from ..generator.config import LatentBlock, PlaneAxes
from ..generator.fast_field import FastField
from ..generator.planes import PLANE_AXES
from ..views.cameras import Camera

SIDE = 420  # pixels of a tile
INK, PALE = (40, 42, 46), (250, 250, 251)
BLUE, ORANGE = (92, 142, 214), (230, 158, 84)
_KIND_INKS = {"normal": BLUE, "categorical": ORANGE}
_SLICE_POINTS = 420  # along a side of the slice through the field

Picture = Image.Image


def draw_latent(z: Tensor, blocks: tuple[LatentBlock, ...]) -> Picture:
    """z [Z] as bars, one colour for numbers that are amounts and one for choices; large blocks are named."""
    tile = Image.new("RGB", (SIDE, SIDE), PALE)
    draw = ImageDraw.Draw(tile)
    row_height, start = SIDE / len(blocks), 0
    for index, block in enumerate(blocks):
        values = z[start : start + block.size].tolist()
        start += block.size
        top = round(index * row_height)
        draw.text((4, top), block.name.replace("_", " "), fill=INK, font_size=10)
        width = (SIDE - 120) / 13
        for column, value in enumerate(values):
            left, middle = 116 + column * width, top + row_height / 2
            reach = max(-1.0, min(value / 2.5, 1.0)) * row_height * 0.48
            box = (left, min(middle, middle - reach), left + width - 2, max(middle, middle - reach))
            draw.rectangle(box, fill=_KIND_INKS[block.kind])
    return tile


def draw_vector(values: Tensor) -> Picture:
    """A vector [N] as a square of grey cells, row by row."""
    side = int(np.ceil(np.sqrt(len(values))))
    cells = np.full(side * side, 0.98)
    scaled = values.double().numpy() / max(float(values.abs().max()), 1e-9)
    cells[: len(values)] = 0.5 + 0.48 * np.sign(scaled) * np.sqrt(np.abs(scaled))
    picture = Image.fromarray((cells.reshape(side, side) * 255).astype(np.uint8))
    return picture.resize((SIDE, SIDE), Image.Resampling.NEAREST).convert("RGB")


def draw_planes(planes: Tensor) -> Picture:
    """Planes [P,C,R,R] of a template: a row for each with near depth, far depth, near and far colour.

    Row 0 of a plane lies at the lower end of its axis: here it is drawn at the bottom.
    """
    tile = Image.new("RGB", (SIDE, SIDE), PALE)
    cell = SIDE // 4
    for row, plane in enumerate(planes):
        inside = (plane[0] > plane[1]).numpy()
        layers = [_grey(plane[0], inside), _grey(plane[1], inside)]
        layers += [_color(plane[2:5], inside), _color(plane[5:8], inside)]
        for column, layer in enumerate(layers):
            small = Image.fromarray(layer[::-1]).resize((cell - 4, cell - 4), Image.Resampling.BOX)
            tile.paste(small, (column * cell + 2, row * cell + 2))
    return tile


def draw_slabs(field: FastField, planes: Tensor, axes: PlaneAxes) -> Picture:
    """The middle of the head cut from front to back: what the slabs of the front and of the top plane leave.

    The slab of the front plane runs from its far to its near depth at every height (blue), that of the plane seen
    from above at every depth (orange). The head is where all slabs are; its outline is the field's surface.
    """
    steps = (torch.arange(_SLICE_POINTS) + 0.5) * (2 / _SLICE_POINTS) - 1
    y, z = torch.meshgrid(-steps, steps, indexing="ij")
    coordinates = torch.stack([torch.zeros_like(y), y, z], dim=-1)
    picture = np.full((_SLICE_POINTS, _SLICE_POINTS, 3), PALE, np.float32)
    for plane, (column, row, depth) in zip(planes, PLANE_AXES[axes], strict=False):
        ink = {2: BLUE, 1: ORANGE}.get(depth)
        if ink is not None:
            near, far = _look_up(plane[:2], coordinates[..., column], coordinates[..., row])
            inside = ((coordinates[..., depth] < near) & (coordinates[..., depth] > far)).numpy()
            picture[inside] = picture[inside] * 0.5 + np.array(ink, np.float32) * 0.5
    sigma = field.sigma(coordinates.reshape(-1, 3) * field.box_half).view(y.shape).numpy()
    head = sigma > 0
    edge = head ^ np.roll(head, 1, 0) | head ^ np.roll(head, 1, 1)
    edge |= np.roll(edge, 1, 0) | np.roll(edge, 1, 1)
    picture[edge] = INK
    return Image.fromarray(picture.astype(np.uint8)).resize((SIDE, SIDE))


def draw_edges(
    vertices: NDArray[np.floating[Any]], polygons: NDArray[np.integer[Any]], camera: Camera
) -> Picture:
    """The edges of polygons [F,K] that face the camera; vertices [V,3] in field units."""
    points = torch.as_tensor(np.asarray(vertices), dtype=torch.float32)
    eye, turn = camera.cam2world[:3, 3], camera.cam2world[:3, :3]
    x, y, z = ((points - eye) @ turn).unbind(1)
    focal = camera.intrinsics[0, 0]
    screen = torch.stack([focal * x / z + 0.5, focal * y / z + 0.5, z], dim=1).numpy()
    corners = screen[np.asarray(polygons)]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    # Rows run down, so what is counter-clockwise from outside is clockwise on the screen.
    faces = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0] < 0
    order = np.argsort(-corners[:, :, 2].mean(axis=1))
    scale = 2 * SIDE
    tile = Image.new("RGB", (scale, scale), PALE)
    draw = ImageDraw.Draw(tile)
    for index in order[faces[order]]:
        flat = [(float(a) * scale, float(b) * scale) for a, b, _ in corners[index]]
        draw.polygon(flat, fill=(214, 217, 222), outline=(92, 98, 108))
    return tile.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def draw_charts(corner_uvs: NDArray[np.floating[Any]], texture: NDArray[np.uint8]) -> Picture:
    """The texture [H,W,3] with the triangles of its UVs [F,3,2] on the left half."""
    picture = Image.fromarray(texture).resize((2 * SIDE, 2 * SIDE))
    draw = ImageDraw.Draw(picture)
    for triangle in corner_uvs * [2 * SIDE, -2 * SIDE] + [0, 2 * SIDE]:
        if triangle[:, 0].max() < SIDE:
            draw.polygon([(float(a), float(b)) for a, b in triangle], fill=PALE, outline=INK)
    return picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _look_up(layers: Tensor, column: Tensor, row: Tensor) -> tuple[Tensor, Tensor]:
    grid = torch.stack([column, row], dim=-1)[None]
    near, far = torch.nn.functional.grid_sample(
        layers[None].float(), grid, padding_mode="border", align_corners=False
    )[0]
    return near, far


def _grey(depth: Tensor, inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    values = depth.numpy()
    shown = values[inside]
    low, high = (float(shown.min()), float(shown.max())) if len(shown) else (0.0, 1.0)
    grey = 40 + 200 * ((values - low) / max(high - low, 1e-6)).clip(0, 1)
    return np.where(inside[..., None], grey[..., None], 250).repeat(3, -1).astype(np.uint8)[..., :3]


def _color(rgb: Tensor, inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    values = (rgb.permute(1, 2, 0).numpy() * 255).clip(0, 255)
    return np.where(inside[..., None], values, 250).astype(np.uint8)
