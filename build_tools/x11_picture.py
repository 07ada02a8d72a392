"""A picture of an X11 screen, by nothing but the standard library and libX11.

Blender's own screenshot reads the window's front buffer, which is black where Mesa draws in software.
"""

import ctypes
import struct
import zlib
from pathlib import Path

ALL_PLANES = 0xFFFFFFFF
Z_PIXMAP = 2


class XImage(ctypes.Structure):
    """The head of Xlib's XImage; the functions behind it are not needed."""

    _fields_ = (
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("xoffset", ctypes.c_int),
        ("format", ctypes.c_int),
        ("data", ctypes.c_void_p),
        ("byte_order", ctypes.c_int),
        ("bitmap_unit", ctypes.c_int),
        ("bitmap_bit_order", ctypes.c_int),
        ("bitmap_pad", ctypes.c_int),
        ("depth", ctypes.c_int),
        ("bytes_per_line", ctypes.c_int),
        ("bits_per_pixel", ctypes.c_int),
    )


def save_screen(path: Path) -> None:
    """Saves the whole screen of $DISPLAY as a PNG. Raises OSError where there is no such screen."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XDefaultRootWindow.restype = ctypes.c_ulong
    x11.XGetImage.restype = ctypes.POINTER(XImage)
    opened = x11.XOpenDisplay(None)
    if not opened:
        raise OSError("no X11 display can be opened; set DISPLAY")
    display = ctypes.c_void_p(opened)
    try:
        screen = x11.XDefaultScreen(display)
        width, height = x11.XDisplayWidth(display, screen), x11.XDisplayHeight(display, screen)
        root = ctypes.c_ulong(x11.XDefaultRootWindow(display))
        planes = ctypes.c_ulong(ALL_PLANES)
        image = x11.XGetImage(display, root, 0, 0, width, height, planes, Z_PIXMAP)
        if not image or image.contents.bits_per_pixel != 32:
            raise OSError("the X11 screen has no 32 bits a pixel")
        row = image.contents.bytes_per_line
        raw = ctypes.string_at(image.contents.data, row * height)
    finally:
        x11.XCloseDisplay(display)
    path.write_bytes(encode_png(raw, width, height, row))


def encode_png(bgrx: bytes, width: int, height: int, bytes_per_line: int) -> bytes:
    """Returns an RGB PNG of rows of blue, green, red and padding bytes."""
    rows = bytearray()
    for start in range(0, bytes_per_line * height, bytes_per_line):
        line = bgrx[start : start + 4 * width]
        rgb = bytearray(3 * width)
        rgb[0::3], rgb[1::3], rgb[2::3] = line[2::4], line[1::4], line[0::4]
        rows += b"\0" + rgb  # filter type 0: as it is
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(bytes(rows), 9))
        + png_chunk(b"IEND", b"")
    )


def png_chunk(name: bytes, content: bytes) -> bytes:
    """Returns one chunk with its length and checksum."""
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
