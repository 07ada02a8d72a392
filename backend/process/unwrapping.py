"""Unwrapping in a process of its own.

xatlas holds Python's lock for as long as it runs, which is seconds to minutes: in the backend itself no ping
would be answered and no cancellation noticed meanwhile. A process of its own can also be ended.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import HeadsmithError
from ..surface.build import Shape
from ..surface.triangle_packing import pack_triangles
from ..surface.unwrap import unwrap_uvs
from ..wire.requests import (
    ErrorCode,
)
from .keeper import MEMORY_EXIT_CODE, end_kept, start_kept
from .stage_meter import peak_memory_mib

POLL_S = 0.05
PATIENCE_S = 60.0  # heads take a few; meshes with thousands of charts would take for ever
SLOWEST = 10.0  # times what is expected, that slow computers may take beside
EXPECTED_S = 3e-4  # for a face, on the computer that plans are made for


def unwrap_apart(
    shape: Shape, texture_px: int, folder: Path, on_progress: Callable[[float], None]
) -> tuple[NDArray[np.float32], float]:
    """UVs [F,3,2] of the shape, and the largest resident size of the process that made them (MiB).

    What xatlas does not cut into charts in about a minute is packed triangle by triangle.

    Args:
        folder: where the two processes exchange their files, which are removed in the end.
        on_progress: called often with the share done, as far as it can be told; an exception raised in it
            ends the process.
    """
    with tempfile.TemporaryDirectory(prefix=".unwrap-", dir=folder) as exchange:
        given, made = Path(exchange) / "shape.npz", Path(exchange) / "uvs.npz"
        np.savez(given, vertices=shape.vertices, faces=shape.faces, texture_px=texture_px)
        process = start_kept("unwrap", given, made)
        try:
            is_over = _wait(process, len(shape.faces) * EXPECTED_S, on_progress)
        finally:
            end_kept(process)
        if not is_over:
            return pack_triangles(shape.vertices, shape.faces, texture_px), 0.0
        with np.load(made, allow_pickle=False) as arrays:
            return arrays["uvs"], float(arrays["peak_mib"])


def _wait(
    process: subprocess.Popen[bytes], expected_s: float, on_progress: Callable[[float], None]
) -> bool:
    """Whether the process ended in time."""
    began = time.monotonic()
    while process.poll() is None:
        elapsed = time.monotonic() - began
        if elapsed > PATIENCE_S + SLOWEST * expected_s:
            return False
        on_progress(elapsed / (elapsed + expected_s))
        time.sleep(POLL_S)
    if process.returncode == MEMORY_EXIT_CODE:
        raise MemoryError("while unwrapping")
    if process.returncode != 0:
        raise HeadsmithError(
            ErrorCode.INTERNAL,
            f"The head could not be unwrapped (exit code {process.returncode}); try fewer faces or another seed.",
            retryable=True,
        )
    return True


def work(given: Path, made: Path) -> int:
    """What the process does: unwrap the shape in file `given` into file `made`; returns the exit code."""
    try:
        with np.load(given, allow_pickle=False) as arrays:
            uvs = unwrap_uvs(arrays["vertices"], arrays["faces"], int(arrays["texture_px"]))
    except MemoryError:
        return MEMORY_EXIT_CODE
    np.savez(made, uvs=uvs, peak_mib=peak_memory_mib())
    return 0
