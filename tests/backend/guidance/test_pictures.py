"""Reading pictures of every kind, and refusing the others with one sentence."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from backend.guidance import picture_files
from backend.guidance.picture_files import PictureError
from backend.guidance.pictures import KEPT_SIDE, read_picture, square_crops
from backend.wire.requests import (
    ErrorCode,
)


def asymmetric(width: int, height: int) -> Image.Image:
    """Red on the left quarter, green on the top right, blue below."""
    values = np.zeros((height, width, 3), np.uint8)
    values[..., 2] = 255
    values[: height // 2] = (0, 255, 0)
    values[:, : width // 4] = (255, 0, 0)
    return Image.fromarray(values)


def assert_is_asymmetric(picture: torch.Tensor) -> None:
    _, height, width = picture.shape
    corners = picture[:, [2, 2, height - 3], [2, width - 3, width - 3]].T
    expected = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]])
    assert torch.allclose(corners, expected, atol=0.06)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tif", "a.bmp"])
def test_common_formats_keep_colors_and_orientation(tmp_path: Path, name: str) -> None:
    asymmetric(96, 64).save(tmp_path / name, quality=95)
    picture = read_picture(tmp_path / name)
    assert picture.shape == (3, 64, 96) and picture.dtype == torch.float32
    assert_is_asymmetric(picture)


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    asymmetric(96, 64).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    assert_is_asymmetric(read_picture(tmp_path / "a.jpg"))


def test_a_turned_photo_is_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it rotated by 90 degrees clockwise
    turned = asymmetric(96, 64).transpose(Image.Transpose.ROTATE_90)
    turned.save(tmp_path / "a.jpg", quality=95, exif=exif)
    picture = read_picture(tmp_path / "a.jpg")
    assert picture.shape == (3, 64, 96)
    assert_is_asymmetric(picture)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bits_keep_their_brightness(tmp_path: Path, name: str) -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)[None].repeat(32, 0)
    Image.fromarray(ramp).save(tmp_path / name)
    picture = read_picture(tmp_path / name)
    assert torch.allclose(picture[1, 5], torch.linspace(0, 1, 64), atol=0.01)


def test_transparent_pixels_lie_on_grey(tmp_path: Path) -> None:
    image = asymmetric(96, 64).convert("RGBA")
    image.putalpha(Image.fromarray(np.tile(np.array([[255] * 48 + [0] * 48], np.uint8), (64, 1))))
    image.save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png")
    assert torch.allclose(picture[:, 2, 2], torch.tensor([1.0, 0, 0]), atol=0.01)
    assert torch.allclose(picture[:, 2, 90], torch.full((3,), 0.5), atol=0.01)


def test_a_palette_with_a_transparent_color_is_read(tmp_path: Path) -> None:
    asymmetric(96, 64).quantize(8).save(tmp_path / "a.gif", transparency=0)
    assert read_picture(tmp_path / "a.gif").shape == (3, 64, 96)


def test_a_large_picture_is_scaled_down(tmp_path: Path) -> None:
    asymmetric(3000, 2000).save(tmp_path / "a.jpg")
    picture = read_picture(tmp_path / "a.jpg")
    assert picture.shape[2] == KEPT_SIDE and abs(picture.shape[1] - KEPT_SIDE * 2 / 3) <= 1
    assert_is_asymmetric(picture)


def bad_file(folder: Path, kind: str) -> Path:
    path = folder / f"{kind}.png"
    if kind == "text":
        path.write_text("no picture at all")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "folder":
        path.mkdir()
    elif kind == "pixel":
        asymmetric(1, 1).save(path)
    elif kind == "cut":
        asymmetric(400, 300).save(path)
        path.write_bytes(path.read_bytes()[:300])
    elif kind == "huge":
        asymmetric(200, 200).save(path)
    return path


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("missing", "does not exist"),
        ("text", "is not a picture"),
        ("empty", "is not a picture"),
        ("folder", "is not a file"),
        ("pixel", "has only 1 x 1 pixels"),
        ("cut", "is damaged or cut short"),
        ("huge", "has more than 0 million pixels"),
    ],
)
def test_bad_files_give_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, says: str
) -> None:
    if kind == "huge":
        monkeypatch.setattr(picture_files, "MAX_PIXELS", 30_000)
    path = bad_file(tmp_path, kind)
    with pytest.raises(PictureError) as caught:
        read_picture(path)
    text = caught.value.user_text
    assert caught.value.code is ErrorCode.BAD_PICTURE
    assert says in text and path.name in text
    assert text.endswith(".") and "\n" not in text and len(text) < 160


def png_header(width: int, height: int) -> bytes:
    """The start of an 8-bit grey PNG of this size; its pixels are missing."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    ihdr = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    idat = struct.pack(">I", 10) + b"IDAT" + bytes(10)
    return b"\x89PNG\r\n\x1a\n" + ihdr + idat


@pytest.mark.parametrize("side", [12_000, 30_000, 2_000_000])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path: Path, side: int) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(side, side))
    with pytest.raises(PictureError, match="more than 100 million pixels"):
        read_picture(path)


def test_crops_are_square_and_hold_the_whole_and_the_middle() -> None:
    picture = torch.rand(3, 60, 40)
    crops = square_crops(picture)
    assert crops.shape == (2, 3, 60, 60)
    assert torch.equal(crops[0, :, :, 10:50], picture)
    assert torch.allclose(crops[0, :, :, :10], torch.tensor(128 / 255))
