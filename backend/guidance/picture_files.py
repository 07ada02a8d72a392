"""The one place that opens picture files of users: few formats, little memory, one sentence for everything else."""

from __future__ import annotations

import math
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from ..errors import HeadsmithError
from ..wire.requests import (
    ErrorCode,
)

Bytes = NDArray[np.uint8]

# Pillow would also hand an EPS program to Ghostscript, whatever the file's name ends with. These are decoded inside
# the process, and their headers tell the size.
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
MAX_PIXELS = 100_000_000
MAX_DECODED_BYTES = 256 * 1024 * 1024  # that a decoder may hold at once: a PNG of 8192 x 8192
MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_SIDE = 65_535  # pixels: a band is at least one row
_BAND_PIXELS = 1 << 20  # that are brought to plain colours at once
_LANCZOS_REACH = 3.0  # pixels of the smaller picture
_GREY = 128  # under transparent pixels

# What a damaged file can make Pillow's decoders raise; they have no error of their own.
_DAMAGED = (
    OSError,
    ValueError,
    EOFError,
    SyntaxError,
    struct.error,
    zlib.error,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    ZeroDivisionError,
    RuntimeError,
)
# Bytes of a pixel while it is decoded, as Pillow lays modes out in memory.
_MODE_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
# Copies that a format's decoder keeps beside the picture: a strip may hold all of a TIFF; WebP decodes whole frames.
_TILE_WIDTH, _TILE_HEIGHT = 322, 323  # tags of TIFF
_COPIES = {"TIFF": 2, "WEBP": 3, "GIF": 4}


class PictureError(HeadsmithError):
    """A picture that cannot be used; the text says which and what to do."""

    def __init__(self, path: Path, what: str, cure: str, detail: str = "") -> None:
        name = path.name if len(path.name) <= 60 else f"{path.name[:57]}..."
        shown = "".join(sign if sign.isprintable() else "?" for sign in name)
        super().__init__(ErrorCode.BAD_PICTURE, f"The picture {shown} {what}; {cure}.", detail)
        self.path = path


_CHOOSE = "choose a PNG, JPEG, WebP, BMP, TIFF or GIF picture"


@contextmanager
def open_picture(path: Path, longest: int) -> Iterator[Image.Image]:
    """Opens a picture of one of FORMATS, whose pixels are not decoded yet.

    A JPEG opens at the smallest fraction of its size whose sides are still twice `longest` pixels.
    Raises PictureError (BAD_PICTURE) for a file that is none, for one too large to be decoded in MAX_DECODED_BYTES,
    and for whatever a damaged one makes the decoder raise inside the `with` block.
    """
    size = _checked_file(path)
    try:
        with warnings.catch_warnings():
            # Pillow warns at half of the size at which it refuses; the limits here are our own.
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS) as image:
                _check_memory(path, image, size, longest)
                yield image
    except UnidentifiedImageError as error:
        raise PictureError(
            path, "is not a picture that can be read", _CHOOSE, str(error)
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_large(path, str(error)) from error
    except PermissionError as error:
        raise PictureError(path, "may not be read", "check its permissions", str(error)) from error
    except _DAMAGED as error:
        raise PictureError(
            path, "is damaged or cut short", "choose another one", repr(error)
        ) from error


def read_texture(path: Path, longest: int) -> Bytes:
    """A mesh's texture as it lies in its file, without alpha: sRGB [H,W,3], the longer side at most `longest`.

    Beside the opened picture only the result and a few of its rows are held. Raises PictureError.
    """
    with open_picture(path, longest) as image:
        bands = _Bands(image, longest, background=False)
        width, height = bands.fitted(longest)
        texture = np.empty((height, width, 3), np.uint8)
        scale = bands.height / height
        # What Lanczos' filter reaches beyond a band.
        margin = math.ceil(_LANCZOS_REACH * max(1.0, scale)) + 1
        step = max(1, int(_BAND_PIXELS / (bands.width * scale)))
        for top in range(0, height, step):
            bottom = min(top + step, height)
            first = max(0, int(top * scale) - margin)
            last = min(bands.height, math.ceil(bottom * scale) + margin)
            rows = bands.rows(first, last)
            box = (0, top * scale - first, bands.width, min(bottom * scale - first, rows.height))
            band = rows.resize((width, bottom - top), Image.Resampling.LANCZOS, box)
            texture[top:bottom] = np.asarray(band.convert("RGB"))
        return texture


def shrink(image: Image.Image, longest: int, *, background: bool) -> Image.Image:
    """An opened picture without alpha or wide numbers, its longer side at least `longest` and less than four times that,
    or as it is if that is smaller. Keeps what the file says beside its pixels (`info`).

    Args:
        background: whether transparent pixels lie over grey; else alpha is left out.
    """
    bands = _Bands(image, longest, background=background)
    small = bands.rows(0, bands.height)
    small.info = dict(image.info)
    return small


class _Bands:
    """An opened picture as `shrink` makes it, of which any rows are made when they are asked for.

    Large pictures are reduced band by band, so that no second one of their size is ever held.
    """

    def __init__(self, image: Image.Image, longest: int, *, background: bool) -> None:
        image.load()
        self._image, self._background = image, background
        self._full = _full_scale(image)
        self._factor = max(1, max(image.size) // (2 * longest))
        self.width, self.height = (-(-side // self._factor) for side in image.size)

    def fitted(self, longest: int) -> tuple[int, int]:
        """Width and height that keep the picture's shape, each at most `longest`."""
        share = min(1.0, longest / max(self.width, self.height))
        return max(1, round(share * self.width)), max(1, round(share * self.height))

    def rows(self, first: int, last: int) -> Image.Image:
        """Rows first..last of the reduced picture: grey, RGB, CMYK or LAB of 8 bits."""
        step = max(1, _BAND_PIXELS // (self._image.width * self._factor))
        top = self._band(first, min(first + step, last))
        if first + step >= last:
            return top
        found = Image.new(top.mode, (self.width, last - first))
        found.paste(top)
        for row in range(first + step, last, step):
            found.paste(self._band(row, min(row + step, last)), (0, row - first))
        return found

    def _band(self, first: int, last: int) -> Image.Image:
        width, height = self._image.size
        box = (0, first * self._factor, width, min(last * self._factor, height))
        plain = _plain(self._image.crop(box), self._full, background=self._background)
        return plain.reduce(self._factor) if self._factor > 1 else plain


def _checked_file(path: Path) -> int:
    """Bytes of a regular file: a pipe or a device could be read for ever."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        cure = "choose it again, or another one"
        raise PictureError(path, "does not exist", cure, str(error)) from error
    except PermissionError as error:
        cure = "check the permissions of its folder"
        raise PictureError(path, "may not be read", cure, str(error)) from error
    except (OSError, ValueError) as error:
        cure = "give it a shorter, plain name or choose another one"
        raise PictureError(path, "cannot be found by its name", cure, str(error)) from error
    if not stat.S_ISREG(found.st_mode):
        raise PictureError(path, "is not a file", _CHOOSE)
    if found.st_size > MAX_FILE_BYTES:
        what = f"has more than {MAX_FILE_BYTES >> 20} MiB"
        raise PictureError(path, what, "save it smaller first", f"{found.st_size} bytes")
    return found.st_size


def _check_memory(path: Path, image: Image.Image, file_bytes: int, longest: int) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise _too_large(path, f"{width} x {height}")
    if max(width, height) > MAX_SIDE:
        what = f"has a side of more than {MAX_SIDE} pixels"
        raise PictureError(path, what, "scale it down first", f"{width} x {height}")
    needed = _scan_bytes(image) if image.info.get("progressive") else 0.0
    image.draft(image.mode, (2 * longest, 2 * longest))
    pixel = _MODE_BYTES.get(image.mode, 4) * _COPIES.get(str(image.format), 1)
    needed += pixel * image.width * image.height
    if isinstance(image, TiffImageFile):
        tags = image.tag_v2
        needed += 8.0 * int(tags.get(_TILE_WIDTH, 0)) * int(tags.get(_TILE_HEIGHT, 0))
    if image.format == "WEBP":
        needed += file_bytes  # is read whole
    if needed > MAX_DECODED_BYTES:
        what = f"of {width} x {height} pixels takes too much memory as {image.format}"
        raise PictureError(path, what, "scale it down first", f"{needed:.0f} bytes")


def _scan_bytes(image: Image.Image) -> float:
    """Bytes that a progressive JPEG's coefficients take, of which all are kept while it is decoded."""
    # `layer` holds (name, samples across, samples down, table) of each component.
    layers = [(across, down) for _, across, down, _ in getattr(image, "layer", ())]
    most = max(across for across, _ in layers) * max(down for _, down in layers)
    samples = sum(across * down for across, down in layers) / most
    return 2.0 * samples * image.width * image.height


def _too_large(path: Path, detail: str) -> PictureError:
    what = f"has more than {MAX_PIXELS // 1_000_000} million pixels"
    return PictureError(path, what, "scale it down first", detail)


def _full_scale(image: Image.Image) -> float:
    """The number that is white in a picture of wide numbers."""
    if not image.mode.startswith(("I", "F")):
        return 255.0
    if image.mode.startswith("I;16"):
        return 65535.0
    rows = max(1, _BAND_PIXELS // image.width)
    bands = (
        image.crop((0, y, image.width, min(y + rows, image.height)))
        for y in range(0, image.height, rows)
    )
    largest = max(float(np.nan_to_num(np.asarray(band), posinf=0.0).max()) for band in bands)
    if image.mode == "F":
        return max(1.0, largest)
    return next((full for full in (255.0, 65535.0) if largest <= full), largest)


def _plain(image: Image.Image, full: float, *, background: bool) -> Image.Image:
    """The picture as grey, RGB, CMYK or LAB of 8 bits."""
    if image.mode.startswith(("I", "F")):
        wide = np.nan_to_num(np.asarray(image).astype(np.float32), posinf=full, neginf=0.0)
        return Image.fromarray((np.clip(wide / full, 0, 1) * 255 + 0.5).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        colors = image.convert("RGBA")
        if background:
            ground = Image.new("RGBA", image.size, (_GREY, _GREY, _GREY, 255))
            colors = Image.alpha_composite(ground, colors)
        return colors.convert("RGB")
    return image if image.mode in ("L", "RGB", "CMYK", "LAB") else image.convert("RGB")
