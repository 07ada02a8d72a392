"""How much memory is free, and whether a texture fits into it: told before the work begins, not after it failed."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from ..errors import HeadsmithError
from ..wire.requests import (
    ErrorCode,
)

BYTES_PER_TEXEL = 130  # of the whole square, measured while all maps were baked and written
OTHER_MIB = 500  # the models and the surface
SIZES_PX = (4096, 2048, 1024, 512, 256, 128)  # that are offered instead

_PROC = Path("/proc")
_CGROUP = Path("/sys/fs/cgroup")  # version 2
_MIB = 1 << 20


def needed_mib(texture_px: int) -> float:
    """What a head with a texture of this side takes at its worst moment."""
    return OTHER_MIB + BYTES_PER_TEXEL * texture_px**2 / _MIB


def check_memory(texture_px: int, free_mib: float | None) -> None:
    """Raise OUT_OF_MEMORY if a texture of this side does not fit; `free_mib` is None where nobody knows."""
    if free_mib is None or needed_mib(texture_px) <= free_mib:
        return
    fitting = [px for px in SIZES_PX if px < texture_px and needed_mib(px) <= free_mib]
    advice = f"a smaller texture ({fitting[0]}) or " if fitting else ""
    raise HeadsmithError(
        ErrorCode.OUT_OF_MEMORY,
        f"A texture of {texture_px} x {texture_px} needs {needed_mib(texture_px) / 1024:.1f} GiB of free "
        f"memory, but {free_mib / 1024:.1f} GiB are free: choose {advice}close other programs.",
        retryable=True,
    )


def free_memory_mib() -> float | None:
    """Memory that this process may still take (MiB), or all of the computer's where only that is known."""
    if sys.platform == "win32":
        return _windows_free_mib()
    if sys.platform != "linux":
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _MIB
    limits = (_system_free(_PROC), _group_free(_CGROUP), _process_free(_PROC))
    known = [limit for limit in limits if limit is not None]
    return min(known) / _MIB if known else None


def _system_free(proc: Path) -> int | None:
    return _kib_of(proc / "meminfo", "MemAvailable")


def _group_free(group: Path) -> int | None:
    """What the limit of a container leaves; its file cache can be given back."""
    try:
        limit, used = (
            (group / name).read_text().strip() for name in ("memory.max", "memory.current")
        )
        cache = re.search(
            r"^inactive_file (\d+)", (group / "memory.stat").read_text(), re.MULTILINE
        )
    except OSError:
        return None
    if not limit.isdigit():
        return None
    return int(limit) - int(used) + (int(cache.group(1)) if cache else 0)


def _process_free(proc: Path) -> int | None:
    """What a limit of this process's address space leaves (`ulimit -v`)."""
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    size = _kib_of(proc / "self" / "status", "VmSize")
    return None if limit == resource.RLIM_INFINITY or size is None else limit - size


def _kib_of(path: Path, name: str) -> int | None:
    """The number of a line "NAME:  N kB" in bytes."""
    try:
        found = re.search(rf"^{name}:\s+(\d+) kB", path.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found.group(1)) << 10 if found else None


def _windows_free_mib() -> float:
    import ctypes
    from ctypes import wintypes

    class Status(ctypes.Structure):
        _fields_ = [
            ("dwLength", wintypes.DWORD),
            ("dwMemoryLoad", wintypes.DWORD),
            ("ullTotalPhys", ctypes.c_uint64),
            ("ullAvailPhys", ctypes.c_uint64),
            ("ullTotalPageFile", ctypes.c_uint64),
            ("ullAvailPageFile", ctypes.c_uint64),
            ("ullTotalVirtual", ctypes.c_uint64),
            ("ullAvailVirtual", ctypes.c_uint64),
            ("ullAvailExtendedVirtual", ctypes.c_uint64),
        ]

    status = Status(dwLength=ctypes.sizeof(Status))
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 mypy on Linux knows no ctypes.windll
    kernel.GlobalMemoryStatusEx(ctypes.byref(status))
    return float(status.ullAvailPhys) / _MIB
