"""Writes requirements.lock and requirements-cuda.lock from requirements.in.

The resolver looks at every platform of Python 3.11 at once. torch from the registry needs CUDA packages on
Linux, several gigabytes of them; a CPU build of the same version does not. They go into a lock of their
own, which build.py installs only where the torch it got asks for them.
"""

import argparse
import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
CUDA_PREFIXES = ("nvidia-", "cuda-", "triton")
LOCK_HEADER = """\
# Made by `python -m build_tools.lock` from requirements.in; do not edit.
# Complete for Python 3.11 on Linux, macOS and Windows: install with --no-deps --require-hashes.
"""
CUDA_HEADER = """\
# Made by `python -m build_tools.lock` from requirements.in; do not edit.
# What torch's CUDA build for Linux needs on top of requirements.lock.
"""


@dataclass(frozen=True)
class LockEntry:
    """One pinned package with the hashes of every file that may be installed for it."""

    requirement: Requirement
    hashes: tuple[str, ...]  # "sha256:..."

    def render(self) -> str:
        lines = [str(self.requirement), *(f"    --hash={value}" for value in self.hashes)]
        return " \\\n".join(lines) + "\n"


def resolve(requirements: Path) -> str:
    """Returns the resolver's output: pinned requirements with markers and hashes."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
    command += ["--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-header"]
    command += ["--no-emit-index-url", str(requirements)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def parse_entries(text: str) -> list[LockEntry]:
    """Reads pinned requirements, each followed by its --hash lines."""
    entries = []
    for block in text.replace(" \\\n", " ").splitlines():
        if block and not block.startswith("#"):
            head, *hashes = block.split(" --hash=")
            entries.append(LockEntry(Requirement(head.strip()), tuple(h.strip() for h in hashes)))
    return entries


def is_reachable(entry: LockEntry) -> bool:
    """Tells whether any platform that runs Python 3.11 and Blender installs the entry."""
    marker = entry.requirement.marker
    if marker is None:
        return True
    machines = [("linux", "x86_64"), ("darwin", "arm64"), ("win32", "AMD64"), ("win32", "ARM64")]
    python = {
        "python_version": "3.11",
        "python_full_version": "3.11.9",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    return any(
        marker.evaluate({**python, "sys_platform": platform, "platform_machine": machine})
        for platform, machine in machines
    )


def add_wheel_hash(entries: list[LockEntry], wheel: Path) -> list[LockEntry]:
    """Accepts a local wheel too, such as a CPU build of torch, for the package of its name."""
    name = wheel.name.split("-")[0].lower()
    if not any(entry.requirement.name == name for entry in entries):
        raise SystemExit(f"{wheel.name} is no package of the lock: expected one of its names.")
    value = "sha256:" + hashlib.sha256(wheel.read_bytes()).hexdigest()
    return [
        LockEntry(entry.requirement, tuple(sorted({*entry.hashes, value})))
        if entry.requirement.name == name
        else entry
        for entry in entries
    ]


def write_locks(entries: list[LockEntry], root: Path) -> None:
    """Writes both locks; the CUDA packages are told by their names."""
    cuda = [entry for entry in entries if entry.requirement.name.startswith(CUDA_PREFIXES)]
    common = [entry for entry in entries if entry not in cuda]
    for name, header, chosen in (
        ("requirements.lock", LOCK_HEADER, common),
        ("requirements-cuda.lock", CUDA_HEADER, cuda),
    ):
        (root / name).write_text(header + "".join(e.render() for e in chosen), encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Resolves, splits and writes the locks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--wheel",
        type=Path,
        action="append",
        default=[],
        help="a local wheel whose hash is accepted as well (a CPU build of torch)",
    )
    options = parser.parse_args(arguments)
    entries = [e for e in parse_entries(resolve(ROOT / "requirements.in")) if is_reachable(e)]
    for wheel in options.wheel:
        entries = add_wheel_hash(entries, wheel)
    write_locks(entries, ROOT)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
