"""Painting skins and eyes: the masks of all layers in UV space, and the pictures made of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy.ndimage import gaussian_filter

from . import skin_masks, style_masks
from .assets import Floats, HeadKit
from .canvas import Canvas
from .formed import hairline_front
from .noise import smooth_step
from .skin_layers import EyeLook, LayerLook, SkinLook
from .uv_space import UvSpace

_LIPS_FROM = "young_lightskinned_female_diffuse2"
_DRAWN: dict[str, Callable[[Canvas], Floats]] = {
    "freckles": skin_masks.freckles,
    "moles": skin_masks.moles,
    "blush": skin_masks.blush,
    "wrinkles": skin_masks.wrinkles,
    "creature": style_masks.everywhere,
    "mottle": style_masks.mottle,
    "wounds": style_masks.wounds,
    "sunken": skin_masks.sunken,
    "dark veins": style_masks.dark_veins,
    "stubble": skin_masks.stubble,
    "beard": skin_masks.beard,
    "moustache": skin_masks.moustache,
    "eyeshadow": skin_masks.eyeshadow,
    "eyeliner": skin_masks.eyeliner,
    "lipstick": skin_masks.lipstick,
    "skull white": style_masks.skull_white,
    "skull black": style_masks.skull_black,
    "tiger orange": style_masks.tiger_orange,
    "tiger white": style_masks.tiger_white,
    "tiger stripes": style_masks.tiger_stripes,
    "material": style_masks.everywhere,
    "wood grain": style_masks.wood_grain,
    "marble veins": style_masks.marble_veins,
    "hollows": style_masks.hollows,
    "metal shade": style_masks.metal_shade,
    "metal light": style_masks.metal_light,
    "patina": style_masks.patina,
    "crackle": style_masks.crackle,
    "panels": style_masks.panels,
}


class SkinPainter:
    """Pictures of skin on the kit's UV map, row 0 at v = 1. Skins and masks are made once and kept."""

    def __init__(self, kit: HeadKit, pixels: int) -> None:
        self.pixels = pixels
        self._kit = kit
        self._skins: dict[str, Floats] = {}
        self._masks: dict[str, Floats] = {}
        self._boxes: dict[str, tuple[slice, slice]] = {}

    def skin(self, name: str) -> Floats:
        """One of the kit's skins [H,W,3] in 0..1."""
        if name not in self._skins:
            with Image.open(
                self._kit.folder / "skins" / "textures" / f"{name}.jpg", formats=("JPEG",)
            ) as image:
                size = (self.pixels, self.pixels)
                resized = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
            self._skins[name] = np.asarray(resized, np.float32) / 255
        return self._skins[name]

    def mask(self, name: str) -> Floats:
        """Where the layer `name` covers: [H,W] in 0..1. Raises ValueError for an unknown layer."""
        if name not in self._masks:
            if name == "scalp":
                self._masks[name] = self._scalp
            elif name == "hairline":
                self._masks[name] = self._scalp * self.space.image(
                    hairline_front(self.space.points)
                )
            elif name in _DRAWN:
                self._masks[name] = self.space.image(_DRAWN[name](self.canvas))
            else:
                raise ValueError(f"There is no skin layer {name!r}; see LAYER_NAMES.")
        return self._masks[name]

    @cached_property
    def space(self) -> UvSpace:
        """The head's texels at this resolution."""
        return UvSpace(self._kit, self.pixels)

    @cached_property
    def canvas(self) -> Canvas:
        """What the masks are drawn from."""
        red, green, blue = self.space.values(self.skin(_LIPS_FROM)).T
        # Lips are redder than the cheek beside them, and only they are so around the mouth.
        redness = (red - green) / (red + green + blue)
        x, y, z = self.space.points.T
        near = (np.abs(x) < 0.24) & (y > 6.46) & (y < 6.74) & (z > 1.3)
        found = self.space.image((redness > 0.12) * near * self.space.outside)
        soft = gaussian_filter(found, 1.6 * self.pixels / 1024)
        return Canvas(self.space, smooth_step(self.space.values(soft), 0.28, 0.55))

    def paint(self, look: SkinLook) -> Floats:
        """The picture [H,W,3], in 0..1 as far as the looks' colours are."""
        picture = np.zeros((self.pixels, self.pixels, 3), np.float32)
        for name, weight in look.weights:
            if weight > 0.01:
                picture += np.float32(weight) * self.skin(name)
        picture *= look.gain
        for layer in look.layers:
            if layer.strength > 0:
                mask = self.mask(layer.name)
                if layer.name not in self._boxes:
                    self._boxes[layer.name] = _box(mask)
                box = self._boxes[layer.name]
                _cover(picture[box], mask[box], layer)
        return picture

    @cached_property
    def _scalp(self) -> Floats:
        """Where the kit's skins paint shaved hair."""
        # Found at the size at which its threshold and filters were chosen.
        size = 768
        with Image.open(
            self._kit.folder / "skins" / "textures" / "young_darkskinned_male_diffuse.jpg",
            formats=("JPEG",),
        ) as image:
            small = image.convert("RGB").resize((size, size), Image.Resampling.LANCZOS)
        dark = np.asarray(small, np.float32).mean(-1)
        mask = np.zeros((size, size), np.uint8)
        rows, columns = (
            slice(int(0.15 * size), int(0.88 * size)),
            slice(int(0.62 * size), int(0.92 * size)),
        )
        mask[rows, columns] = np.where(dark[rows, columns] < 42, 255, 0)
        found = Image.fromarray(mask).filter(ImageFilter.MedianFilter(9))
        found = found.filter(ImageFilter.MaxFilter(9)).filter(ImageFilter.GaussianBlur(5))
        scaled = found.resize((self.pixels, self.pixels), Image.Resampling.BILINEAR)
        return np.asarray(scaled, np.float32) / 255


class EyePainter:
    """Pictures of an eyeball's front, the pupil in the middle: sclera, iris with fibres, pupil. No highlight."""

    def __init__(self, pixels: int = 256) -> None:
        self.pixels = pixels

    def mask(self, name: str) -> Floats:
        """Where the layer `name` covers: [H,W] in 0..1."""
        return self._masks[name]

    def paint(self, look: EyeLook) -> Floats:
        """The picture [H,W,3] in 0..1."""
        picture = np.ones((self.pixels, self.pixels, 3), np.float32)
        for layer in look.layers:
            if layer.strength > 0:
                _cover(picture, self.mask(layer.name), layer)
        return picture

    @cached_property
    def _masks(self) -> dict[str, Floats]:
        places = (np.arange(self.pixels, dtype=np.float32) + 0.5) / self.pixels * 2 - 1
        x, y = np.meshgrid(places, places)
        radius, angle = np.hypot(x, y), np.arctan2(y, x)
        fibres = 1 + 0.10 * np.sin(angle * 23) + 0.07 * np.sin(angle * 41 + 1.3)
        rim = 1 - 0.5 * np.clip((radius - 0.36) / 0.10, 0, 1)
        light = (0.72 + 0.75 * radius) * fibres * rim / 1.25
        iris = np.clip((0.46 - radius) / 0.03, 0, 1)
        wide = np.clip((0.66 - radius) / 0.03, 0, 1)
        wide_rim = 1 - 0.6 * np.clip((radius - 0.54) / 0.12, 0, 1)
        wide_light = (0.55 + 0.35 * (1 + y) + 0.3 * radius) * fibres * wide_rim / 1.25
        return {
            "sclera": np.ones_like(radius),
            "sclera shade": 0.14 * np.clip(radius - 0.5, 0, 1),
            "iris": iris,
            "iris shade": iris * np.clip(1 - light, 0, 1),
            "wide iris": wide,
            "wide iris shade": wide * np.clip(1 - wide_light, 0, 1),
            "pupil": np.clip((0.19 - radius) / 0.03, 0, 1),
            "wide pupil": np.clip((0.30 - radius) / 0.03, 0, 1),
            "slit": np.clip((1 - np.hypot(x / 0.07, y / 0.40)) / 0.15, 0, 1),
        }


def _box(mask: Floats) -> tuple[slice, slice]:
    """The rows and columns outside of which a mask is 0."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0), slice(0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _cover(picture: Floats, mask: Floats, layer: LayerLook) -> None:
    """Paint one layer over the picture [H,W,3] in place."""
    share = (np.float32(layer.strength) * mask)[..., None]
    picture *= 1 - share
    picture += share * np.asarray(layer.rgb, np.float32)


def texels(picture: Floats) -> NDArray[np.uint8]:
    """An opaque picture [H,W,3] in 0..1 as bytes [H,W,4]."""
    table = np.full((*picture.shape[:2], 4), 255, np.uint8)
    table[..., :3] = np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)
    return table
