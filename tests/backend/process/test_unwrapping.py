"""Unwrapping apart gives the same UVs, does not hold Python's lock, and can be ended."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import trimesh

from backend.errors import JobCancelledError
from backend.process import unwrapping
from backend.process.unwrapping import unwrap_apart
from backend.surface.build import Shape
from backend.surface.triangle_packing import pack_triangles
from backend.surface.unwrap import unwrap_uvs


def ball(subdivisions: int) -> Shape:
    mesh = trimesh.creation.icosphere(subdivisions)
    return Shape(np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64))


def test_the_uvs_are_those_of_unwrapping_here(tmp_path: Path) -> None:
    shape = ball(3)
    shares: list[float] = []
    uvs, peak_mib = unwrap_apart(shape, 256, tmp_path, shares.append)
    assert np.array_equal(uvs, unwrap_uvs(shape.vertices, shape.faces, 256))
    assert shares == sorted(shares)
    assert peak_mib > 10
    assert os.listdir(tmp_path) == []


def test_what_is_not_cut_in_time_is_packed_triangle_by_triangle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unwrapping, "PATIENCE_S", 0.1)
    monkeypatch.setattr(unwrapping, "SLOWEST", 0.0)
    shape = ball(6)
    began = time.monotonic()
    uvs, _ = unwrap_apart(shape, 1024, tmp_path, lambda share: None)
    assert time.monotonic() - began < 20.0
    assert np.array_equal(uvs, pack_triangles(shape.vertices, shape.faces, 1024))
    assert os.listdir(tmp_path) == []


def test_another_thread_goes_on_meanwhile(tmp_path: Path) -> None:
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
    unwrap_apart(ball(4), 512, tmp_path, lambda share: None)
    seconds = time.monotonic() - began
    is_over.set()
    clock.join()
    assert max(gaps) < 0.5 * seconds


def test_a_cancellation_ends_the_process_at_once(tmp_path: Path) -> None:
    def cancel(share: float) -> None:
        raise JobCancelledError

    began = time.monotonic()
    with pytest.raises(JobCancelledError):
        unwrap_apart(ball(6), 2048, tmp_path, cancel)
    assert time.monotonic() - began < 20.0
    assert os.listdir(tmp_path) == []
