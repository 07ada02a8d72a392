"""Opening files of users: only pictures are ever opened, in little memory, and anything else is one sentence."""

import ast
import os
import subprocess
import sys
import zlib
from pathlib import Path
from struct import pack

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from PIL import Image

from backend.guidance import picture_files
from backend.guidance.picture_files import FORMATS, PictureError, read_texture
from backend.guidance.pictures import read_picture
from backend.wire.requests import ErrorCode
from tests.source_tree import ROOT, modules

MAX_MIB = 400
EPS = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 64 64
%%EndComments
(%pipe%true) (w) file
showpage
%%EOF
"""
ENDINGS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "BMP": "bmp", "TIFF": "tif", "GIF": "gif"}


def run_apart(code: str, *arguments: object, path: str = "") -> list[str]:
    """Lines that some code prints in a Python of its own, whose PATH starts with a folder."""
    environment = {**os.environ, "PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    return ended.stdout.splitlines()


READ = """
import sys
from pathlib import Path
from backend.guidance.picture_files import PictureError, read_texture
try:
    print(read_texture(Path(sys.argv[1]), int(sys.argv[2])).shape)
except PictureError as error:
    print(error.user_text)
"""
OPEN_PLAINLY = "import sys; from PIL import Image; Image.open(sys.argv[1]).load(scale=1)"


@pytest.fixture
def ghostscript(tmp_path: Path) -> Path:
    """A folder with a `gs` that leaves the file `ran` behind."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "gs"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\nexit 1\n")
    program.chmod(0o755)
    return folder


@pytest.mark.skipif(os.name != "posix", reason="the program that must not run is a shell script")
@pytest.mark.parametrize("ending", ["png", "jpg", "eps"])
def test_a_program_named_like_a_picture_never_runs(
    tmp_path: Path, ghostscript: Path, ending: str
) -> None:
    path = tmp_path / f"face.{ending}"
    path.write_bytes(EPS)
    (said,) = run_apart(READ, path, 1024, path=str(ghostscript))
    assert said.startswith(f"The picture face.{ending} is not a picture that can be read")
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(os.name != "posix", reason="the program that must not run is a shell script")
def test_the_program_would_run_if_any_format_were_opened(tmp_path: Path, ghostscript: Path) -> None:
    path = tmp_path / "face.png"
    path.write_bytes(EPS)
    with pytest.raises(subprocess.CalledProcessError):
        run_apart(OPEN_PLAINLY, path, path=str(ghostscript))
    assert (tmp_path / "ran").exists()


def test_every_picture_is_opened_with_the_formats_named() -> None:
    plain = [
        f"{module.path.relative_to(ROOT)}:{node.lineno}"
        for module in modules(("backend", "build_tools", "build"))
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("Image.open")
        and "formats" not in {keyword.arg for keyword in node.keywords}
    ]
    assert plain == []


def write_png(path: Path, width: int, height: int, depth: int, kind: int) -> None:
    """A PNG of one value, written row by row; `kind` 0 is grey, 2 RGB, 3 a palette, 6 RGBA."""
    channels = {0: 1, 2: 3, 3: 1, 6: 4}[kind]
    row = bytes([0]) + b"\x80" * (width * channels * depth // 8)
    packer = zlib.compressobj(1)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        header = pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
        palette = [(b"PLTE", bytes(range(256)) * 3)] if kind == 3 else []
        for name, data in ((b"IHDR", header), *palette, (b"IDAT", body), (b"IEND", b"")):
            file.write(pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data)))


LARGE_PNGS = {  # width, height, bits, kind
    "grey1.png": (9_944, 9_944, 1, 0),
    "grey16.png": (10_000, 9_900, 16, 0),
    "palette.png": (8_000, 8_000, 8, 3),
    "rgb16.png": (7_740, 7_740, 16, 2),
    "rgba.png": (8_192, 8_192, 8, 6),
    "rgba16.png": (8_192, 8_192, 16, 6),
    "wide.png": (65_528, 1_020, 8, 6),
}


def write_large(folder: Path, kind: str) -> Path:
    path = folder / kind
    if kind in LARGE_PNGS:
        write_png(path, *LARGE_PNGS[kind])
    elif kind == "plain.jpg":
        Image.new("L", (10_000, 9_900), 128).save(path)
    elif kind == "progressive.jpg":
        Image.new("RGB", (6_000, 6_000), (128,) * 3).save(path, progressive=True)
    elif kind == "one_strip.tif":
        image = Image.new("RGB", (5_700, 5_700), (128,) * 3)
        image.save(path, compression="tiff_adobe_deflate", tiffinfo={278: 5_700})
    elif kind == "canvas.webp":
        Image.new("RGB", (4_600, 4_600), (128,) * 3).save(path, method=0)
    return path


MEASURE = READ + "from backend.process.stage_meter import peak_memory_mib\nprint(peak_memory_mib())"


@pytest.mark.parametrize(
    "kind",
    ["grey16.png", "rgba.png", "rgba16.png", "plain.jpg", "progressive.jpg", "one_strip.tif", "canvas.webp"],
)  # fmt: skip
def test_a_large_picture_is_read_in_little_memory(tmp_path: Path, kind: str) -> None:
    said, peak = run_apart(MEASURE, write_large(tmp_path, kind), 1024)
    assert said.startswith("(10"), said
    assert float(peak) < MAX_MIB


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("grey1.png", (4096, 4096, 3)),
        ("rgb16.png", (4096, 4096, 3)),
        ("palette.png", (4096, 4096, 3)),
        ("wide.png", (64, 4096, 3)),
    ],
)
def test_a_large_texture_is_read_in_little_memory(
    tmp_path: Path, kind: str, shape: tuple[int, ...]
) -> None:
    said, peak = run_apart(MEASURE, write_large(tmp_path, kind), 4096)
    assert said == str(shape)
    assert float(peak) < MAX_MIB


def test_a_side_longer_than_a_band_is_refused(tmp_path: Path) -> None:
    write_png(tmp_path / "line.png", 1_000_000, 2, 1, 0)
    with pytest.raises(PictureError, match="a side of more than 65535 pixels; scale it down first"):
        read_texture(tmp_path / "line.png", 4096)


def test_a_picture_that_cannot_be_reduced_while_it_is_decoded_is_refused(tmp_path: Path) -> None:
    write_png(tmp_path / "wide.png", 9_000, 9_000, 8, 6)
    said, peak = run_apart(MEASURE, tmp_path / "wide.png", 4096)
    assert said == (
        "The picture wide.png of 9000 x 9000 pixels takes too much memory as PNG; scale it down first."
    )
    assert float(peak) < 100


@pytest.mark.parametrize("band_pixels", [1 << 20, 30_000, 1])
def test_a_picture_read_by_bands_is_the_reduced_picture(
    tmp_path: Path, band_pixels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_files, "_BAND_PIXELS", band_pixels)
    values = np.random.default_rng(0).integers(0, 256, (3001, 1003, 3), np.uint8)
    Image.fromarray(values).save(tmp_path / "a.png")
    found = read_texture(tmp_path / "a.png", 200)
    whole = Image.fromarray(values).reduce(3001 // 400)
    whole.thumbnail((200, 200), Image.Resampling.LANCZOS)
    assert found.shape == (200, 67, 3)
    assert np.abs(found.astype(int) - np.asarray(whole)).max() <= 1


def test_a_texture_that_is_small_enough_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_files, "_BAND_PIXELS", 500)
    values = np.random.default_rng(0).integers(0, 256, (101, 67, 3), np.uint8)
    Image.fromarray(values).save(tmp_path / "a.png")
    assert np.array_equal(read_texture(tmp_path / "a.png", 101), values)


def test_wide_grey_numbers_keep_their_brightness_in_a_large_picture(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 3000).astype(np.uint16)[None].repeat(2500, 0)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    found = read_texture(tmp_path / "a.png", 300)[100, :, 0] / 255
    assert np.allclose(found, np.linspace(0, 1, 300), atol=0.01)


def test_a_dark_picture_of_wide_numbers_stays_dark(tmp_path: Path) -> None:
    Image.fromarray(np.full((32, 32), 200, np.uint16)).save(tmp_path / "a.png")
    assert read_texture(tmp_path / "a.png", 64).max() <= 1


def test_a_texture_keeps_the_colours_below_its_alpha(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 4), (200, 100, 50, 0)).save(tmp_path / "a.png")
    found = read_texture(tmp_path / "a.png", 64)
    assert found.shape == (4, 8, 3) and (found == (200, 100, 50)).all()


def refusal(path: Path) -> str:
    with pytest.raises(PictureError) as caught:
        read_picture(path)
    text = caught.value.user_text
    assert caught.value.code is ErrorCode.BAD_PICTURE
    assert text.endswith(".") and "\n" not in text and len(text) < 200
    return text


@pytest.mark.parametrize(
    "name", ["a" * 300 + ".png", "a\0b.png", "face.png/below.png", "\ud800.png"]
)
def test_a_name_that_no_file_can_have_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "face.png").write_bytes(b"")
    assert "cannot be found by its name" in (text := refusal(tmp_path / name)) or (
        "does not exist" in text
    )


@pytest.mark.skipif(os.name != "posix", reason="named pipes and loops of links are POSIX's")
def test_a_pipe_a_device_and_a_loop_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "loop.png").symlink_to("loop.png")
    assert "is not a file" in refusal(tmp_path / "pipe.png")
    assert "is not a file" in refusal(tmp_path / "zero.png")
    assert "cannot be found" in refusal(tmp_path / "loop.png")


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="permissions hold for users other than root"
)
def test_a_folder_that_may_not_be_searched_is_one_sentence(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0)
    try:
        assert "check the permissions of its folder" in refusal(closed / "face.png")
    finally:
        closed.chmod(0o700)


def test_a_refused_permission_is_told_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "stat", refuse)
    assert "may not be read; check the permissions of its folder" in refusal(tmp_path / "face.png")


def sample_file(folder: Path, kind: str) -> bytes:
    values = np.random.default_rng(3).integers(0, 256, (20, 24, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = folder / f"sample.{ENDINGS[kind]}"
    if not path.exists():
        Image.fromarray(values).save(path, kind, exif=exif)
    return path.read_bytes()


def read_or_refuse(path: Path) -> None:
    try:
        picture = read_picture(path)
    except PictureError as error:
        assert error.code is ErrorCode.BAD_PICTURE
    else:
        assert picture.shape[0] == 3 and bool(picture.isfinite().all())


FUZZ = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
START = {
    "PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff", "WEBP": b"RIFF\x40\0\0\0WEBPVP8 ", "BMP": b"BM",
    "TIFF": b"II*\0\x08\0\0\0", "GIF": b"GIF89a",
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
@given(data=st.data())
@FUZZ
def test_mutated_files_are_a_picture_or_a_refusal(
    tmp_path: Path, kind: str, data: st.DataObject
) -> None:
    whole = bytearray(sample_file(tmp_path, kind))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, min(len(whole), 400) - 1) | st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.just(len(whole)) | st.integers(0, len(whole)))
    path = tmp_path / f"mutated.{ENDINGS[kind]}"
    path.write_bytes(bytes(whole[:end]))
    read_or_refuse(path)


@pytest.mark.parametrize("kind", FORMATS)
@given(rest=st.binary(max_size=200))
@FUZZ
def test_random_bytes_are_a_refusal(tmp_path: Path, kind: str, rest: bytes) -> None:
    path = tmp_path / f"random.{ENDINGS[kind]}"
    path.write_bytes(START[kind] + rest)
    read_or_refuse(path)
