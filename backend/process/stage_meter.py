"""Seconds and peak memory of the stages of a job."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..wire.results import (
    StageFigure,
)

_CLEAR_REFS = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_MIB = 1 << 20


class StageMeter:
    """Adds up, by stage, the seconds and the largest resident size of this process."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._peak_mib: dict[str, float] = {}

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Count what runs inside as `stage`; repeats add the seconds and keep the larger peak."""
        reset_peak_memory()
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.add(stage, time.perf_counter() - begin, peak_memory_mib())

    def add(self, stage: str, seconds: float, peak_mib: float) -> None:
        self._seconds[stage] = self._seconds.get(stage, 0.0) + seconds
        self._peak_mib[stage] = max(self._peak_mib.get(stage, 0.0), peak_mib)

    def figures(self) -> tuple[StageFigure, ...]:
        """The stages in the order in which they first ended, and their `total`."""
        stages = tuple(
            StageFigure(stage, round(self._seconds[stage], 3), round(self._peak_mib[stage], 1))
            for stage in self._seconds
        )
        return (*stages, total_of(stages))


def total_of(stages: tuple[StageFigure, ...]) -> StageFigure:
    """The stage `total`: the sum of the seconds and the largest of the peaks."""
    seconds = sum(figure.seconds for figure in stages)
    peak_mib = max((figure.peak_mib for figure in stages), default=0.0)
    return StageFigure("total", round(seconds, 3), peak_mib)


def reset_peak_memory() -> bool:
    """Let the system forget the largest resident size so far; False where it cannot."""
    try:
        _CLEAR_REFS.write_text("5")
    except OSError:
        return False
    return True


def peak_memory_mib() -> float:
    """The largest resident size since the last reset that worked, or else the start (MiB)."""
    if _STATUS.exists():
        peak = re.search(r"^VmHWM:\s+(\d+) kB", _STATUS.read_text(), re.MULTILINE)
        if peak:
            return int(peak.group(1)) / 1024
    if sys.platform == "win32":
        return _windows_peak_mib()
    import resource

    peak_size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_size / _MIB if sys.platform == "darwin" else peak_size / 1024


def _windows_peak_mib() -> float:
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        _fields_ = [
            ("cb", wintypes.DWORD),
            ("PageFaultCount", wintypes.DWORD),
            ("PeakWorkingSetSize", ctypes.c_size_t),
            ("WorkingSetSize", ctypes.c_size_t),
            ("QuotaPeakPagedPoolUsage", ctypes.c_size_t),
            ("QuotaPagedPoolUsage", ctypes.c_size_t),
            ("QuotaPeakNonPagedPoolUsage", ctypes.c_size_t),
            ("QuotaNonPagedPoolUsage", ctypes.c_size_t),
            ("PagefileUsage", ctypes.c_size_t),
            ("PeakPagefileUsage", ctypes.c_size_t),
        ]

    counters = Counters(cb=ctypes.sizeof(Counters))
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 mypy on Linux knows no ctypes.windll
    kernel.GetCurrentProcess.restype = wintypes.HANDLE
    kernel.K32GetProcessMemoryInfo.argtypes = [wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD]
    kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.cb)
    return float(counters.PeakWorkingSetSize) / _MIB
