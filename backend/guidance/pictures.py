"""Reading the user's pictures: whatever the file holds, the result is sRGB or one clear sentence."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from torch import Tensor

from ..errors import HeadsmithError
from ..wire.requests import (
    ErrorCode,
)

MAX_PIXELS = 100_000_000
MIN_SIDE = 16
KEPT_SIDE = 1024  # longer sides are scaled down to this
BACKGROUND = 128  # grey under transparent pixels


class PictureError(HeadsmithError):
    """A picture that cannot be used; the text says which and what to do."""

    def __init__(self, path: Path, what: str, cure: str, detail: str = "") -> None:
        super().__init__(ErrorCode.BAD_PICTURE, f"The picture {path.name} {what}; {cure}.", detail)
        self.path = path


_CHOOSE = "choose a PNG or JPEG picture"


def read_picture(path: Path) -> Tensor:
    """The picture as sRGB [3,H,W] float32 in [0,1], upright, its longer side at most KEPT_SIDE pixels.

    Transparent pixels lie over grey. Raises PictureError with one sentence for anything unusable.
    """
    if not path.exists():
        raise PictureError(path, "does not exist", "choose it again, or another one")
    if not path.is_file():
        raise PictureError(path, "is not a file", _CHOOSE)
    try:
        with warnings.catch_warnings():
            # Pillow warns at half of the size at which it refuses; the limit here is our own.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                _check_size(path, image.size)
                # A JPEG can be decoded at a fraction of its size, which saves memory and time.
                image.draft("RGB", (2 * KEPT_SIDE, 2 * KEPT_SIDE))
                return _to_tensor(_to_rgb(ImageOps.exif_transpose(image)))
    except (UnidentifiedImageError, SyntaxError) as error:
        raise PictureError(
            path, "is not a picture that can be read", _CHOOSE, str(error)
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_large(path, str(error)) from error
    except PermissionError as error:
        raise PictureError(path, "may not be read", "check its permissions", str(error)) from error
    except (OSError, ValueError, EOFError) as error:
        raise PictureError(
            path, "is damaged or cut short", "choose another one", str(error)
        ) from error


def _check_size(path: Path, size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise _too_large(path, f"{width} x {height}")
    if min(width, height) < MIN_SIDE:
        what = f"has only {width} x {height} pixels"
        raise PictureError(path, what, f"choose one with {MIN_SIDE} or more on each side")


def _too_large(path: Path, detail: str) -> PictureError:
    what = f"has more than {MAX_PIXELS // 1_000_000} million pixels"
    return PictureError(path, what, "scale it down first", detail)


def _to_rgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode.startswith(("I", "F")):
        image = Image.fromarray(_wide_to_bytes(np.asarray(image)))
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (BACKGROUND, BACKGROUND, BACKGROUND, 255))
        image = Image.alpha_composite(ground, image)
    elif profile:
        image = _apply_profile(image, profile)
    image = image.convert("RGB")
    image.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS)
    return image


def _wide_to_bytes(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Grey values of more than 8 bits, scaled to bytes by their depth (floats by their range)."""
    wide = np.nan_to_num(values.astype(np.float64))
    if np.issubdtype(values.dtype, np.floating):
        full = max(1.0, float(wide.max(initial=0.0)))
    else:
        full = 65535.0 if wide.max(initial=0.0) > 255 else 255.0
    return (np.clip(wide / full, 0, 1) * 255 + 0.5).astype(np.uint8)


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
