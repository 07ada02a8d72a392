"""Reading the user's pictures: whatever the file holds, the result is sRGB or one clear sentence."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageCms, ImageOps
from torch import Tensor

from .picture_files import PictureError, open_picture, shrink

MIN_SIDE = 16
KEPT_SIDE = 1024  # longer sides are scaled down to this
BACKGROUND = 128  # grey beside a picture that is not square


def read_picture(path: Path) -> Tensor:
    """The picture as sRGB [3,H,W] float32 in [0,1], upright, its longer side at most KEPT_SIDE pixels.

    Transparent pixels lie over grey. Raises PictureError with one sentence for anything unusable.
    """
    with open_picture(path, KEPT_SIDE) as opened:
        width, height = opened.size
        if min(width, height) < MIN_SIDE:
            what = f"has only {width} x {height} pixels"
            raise PictureError(path, what, f"choose one with {MIN_SIDE} or more on each side")
        small = shrink(opened, KEPT_SIDE, background=True)
        upright, profile = ImageOps.exif_transpose(small), _profile(opened)
    return _to_tensor(_to_rgb(upright, profile))


def _profile(image: Image.Image) -> bytes | None:
    """The colour profile of a picture without alpha; beside alpha colours count as sRGB."""
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    profile = image.info.get("icc_profile")
    return profile if isinstance(profile, bytes) and not has_alpha else None


def _to_rgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        image = _apply_profile(image, profile)
    image = image.convert("RGB")
    image.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS)
    return image


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image  # a broken profile makes the colours a little wrong, no more
    return converted if converted is not None else image


def _to_tensor(image: Image.Image) -> Tensor:
    values = np.asarray(image, np.float32) / 255
    return torch.from_numpy(values).permute(2, 0, 1).contiguous()


def square_crops(picture: Tensor) -> Tensor:
    """Two squares of a picture [3,H,W] for the encoder: the whole of it on grey, and its middle [2,3,S,S].

    The middle is taken a little above the centre, where a portrait has its face.
    """
    _, height, width = picture.shape
    large, small = max(height, width), min(height, width)
    whole = torch.full((3, large, large), BACKGROUND / 255)
    top, left = (large - height) // 2, (large - width) // 2
    whole[:, top : top + height, left : left + width] = picture
    row, column = (height - small) // 3, (width - small) // 2
    middle = picture[None, :, row : row + small, column : column + small]
    middle = torch.nn.functional.interpolate(
        middle, (large, large), mode="bilinear", antialias=True
    )
    return torch.cat([whole[None], middle])
