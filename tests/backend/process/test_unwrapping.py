"""Unwrapping apart gives the same UVs, does not hold Python's lock, and can be ended."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
import trimesh

from backend.errors import JobCancelledError
from backend.process.unwrapping import unwrap_apart
from backend.surface.build import Shape
from backend.surface.unwrap import unwrap_uvs


def ball(subdivisions: int) -> Shape:
    mesh = trimesh.creation.icosphere(subdivisions)
    return Shape(np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64))


def test_the_uvs_are_those_of_unwrapping_here() -> None:
    shape = ball(3)
    shares: list[float] = []
    uvs, peak_mib = unwrap_apart(shape, 256, shares.append)
    assert np.array_equal(uvs, unwrap_uvs(shape.vertices, shape.faces, 256))
    assert shares == sorted(shares)
    assert peak_mib > 10


def test_another_thread_goes_on_meanwhile() -> None:
    gaps: list[float] = []
    is_over = threading.Event()

    def tick() -> None:
        last = time.monotonic()
        while not is_over.wait(0.02):
            now = time.monotonic()
            gaps.append(now - last)
            last = now

    clock = threading.Thread(target=tick)
    clock.start()
    began = time.monotonic()
    unwrap_apart(ball(4), 512, lambda share: None)
    seconds = time.monotonic() - began
    is_over.set()
    clock.join()
    assert max(gaps) < 0.5 * seconds


def test_a_cancellation_ends_the_process_at_once() -> None:
    def cancel(share: float) -> None:
        raise JobCancelledError

    began = time.monotonic()
    with pytest.raises(JobCancelledError):
        unwrap_apart(ball(6), 2048, cancel)
    assert time.monotonic() - began < 20.0
