"""Writes requirements.lock and requirements-cuda.lock from requirements.in, and the locks of other Blenders.

The resolver looks at every platform of Python 3.11 at once. On Linux torch comes in two builds: one for CPUs,
and one that needs several gigabytes of CUDA packages. The first is in requirements.lock, the second and its
packages in requirements-cuda.lock, which build.py takes where pip's package sources offer no CPU build.

Versions that are locked and still fit stay; `--upgrade` takes the newest of everything that is not pinned.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from .environment import CUDA_LOCK, LOCK, without_torch
from .other_blenders import OTHER_BLENDERS, OtherBlender

ROOT = Path(__file__).resolve().parent.parent
CUDA_PREFIXES = ("nvidia-", "cuda-", "triton")
LOCK_HEADER = """\
# Made by `python -m build_tools.lock` from requirements.in; do not edit.
# Complete for Python 3.11 on Linux, macOS and Windows: install with --no-deps --require-hashes.
"""
OTHER_HEADER = """\
# Made by `python -m build_tools.lock` from build_tools/other_blenders.py; do not edit.
# Blender {blender} for its tests, complete for Python {python} on Linux, macOS and Windows.
"""
CUDA_HEADER = """\
# Made by `python -m build_tools.lock` from requirements.in; do not edit.
# torch's CUDA build for Linux and what it needs, in place of the torch of requirements.lock.
"""


@dataclass(frozen=True)
class LockEntry:
    """One pinned package with the hashes of every file that may be installed for it."""

    requirement: Requirement
    hashes: tuple[str, ...]  # "sha256:..."

    def render(self) -> str:
        lines = [str(self.requirement), *(f"    --hash={value}" for value in self.hashes)]
        return " \\\n".join(lines) + "\n"


def resolve(requirements: Path, preferred: str, python: str = "3.11") -> str:
    """Returns the resolver's output: pinned requirements with markers and hashes.

    Of the versions that fit it takes those in `preferred`, the text of a lock.
    """
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
    command += ["--python-version", python, "--generate-hashes", "--no-annotate", "--no-header"]
    command += ["--no-emit-index-url", str(requirements)]
    with tempfile.TemporaryDirectory() as folder:
        # The resolver prefers what it finds in the file that it is about to write.
        lock = Path(folder) / "requirements.lock"
        lock.write_text(preferred, encoding="utf-8")
        subprocess.run([*command, "--output-file", str(lock)], check=True, capture_output=True)
        return lock.read_text(encoding="utf-8")


def locked_versions() -> str:
    """Returns the text of both locks, without torch: its CPU build is found by its own way."""
    texts = [path.read_text(encoding="utf-8") for path in (LOCK, CUDA_LOCK)]
    return "".join(without_torch(text) for text in texts)


def parse_entries(text: str) -> list[LockEntry]:
    """Reads pinned requirements, each followed by its --hash lines."""
    entries = []
    for block in text.replace(" \\\n", " ").splitlines():
        if block and not block.startswith("#"):
            head, *hashes = block.split(" --hash=")
            entries.append(LockEntry(Requirement(head.strip()), tuple(h.strip() for h in hashes)))
    return entries


def is_reachable(entry: LockEntry, version: str = "3.11") -> bool:
    """Tells whether any platform that runs Blender installs the entry for this Python."""
    marker = entry.requirement.marker
    if marker is None:
        return True
    machines = [("linux", "x86_64"), ("darwin", "arm64"), ("win32", "AMD64"), ("win32", "ARM64")]
    python = {
        "python_version": version,
        "python_full_version": f"{version}.9",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    return any(
        marker.evaluate({**python, "sys_platform": platform, "platform_machine": machine})
        for platform, machine in machines
    )


def cpu_torch_hash(version: str) -> str:
    """Returns the hash of torch's CPU build for Linux, from whatever package sources pip knows."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run([*command, "--dest", folder, f"torch=={version}+cpu"], check=True)
        (wheel,) = Path(folder).glob("torch-*.whl")
        return "sha256:" + hashlib.sha256(wheel.read_bytes()).hexdigest()


def write_locks(entries: list[LockEntry], root: Path) -> None:
    """Splits the entries into the common lock with a CPU torch and the CUDA lock for Linux."""
    (torch,) = [entry for entry in entries if entry.requirement.name == "torch"]
    cuda = [entry for entry in entries if entry.requirement.name.startswith(CUDA_PREFIXES)]
    common = [entry for entry in entries if entry not in cuda and entry is not torch]
    pin = str(torch.requirement)
    version = pin.removeprefix("torch==")
    common += [
        LockEntry(Requirement(f'{pin}+cpu; sys_platform == "linux"'), (cpu_torch_hash(version),)),
        LockEntry(Requirement(f'{pin}; sys_platform != "linux"'), torch.hashes),
    ]
    cuda.append(torch)
    for name, header, chosen in (
        ("requirements.lock", LOCK_HEADER, common),
        ("requirements-cuda.lock", CUDA_HEADER, cuda),
    ):
        text = header + "".join(entry.render() for entry in chosen)
        (root / name).write_text(text, encoding="utf-8")


def write_other_lock(blender: OtherBlender, preferred: str) -> None:
    """Resolves and writes the lock of another Blender."""
    python = ".".join(str(number) for number in blender.python)
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.in"
        requirements.write_text("\n".join(blender.requirements), encoding="utf-8")
        entries = parse_entries(resolve(requirements, preferred, python))
    text = OTHER_HEADER.format(blender=blender.version, python=python)
    text += "".join(entry.render() for entry in entries if is_reachable(entry, python))
    blender.lock.write_text(text, encoding="utf-8")


def main() -> int:
    """Resolves, splits and writes the locks."""
    parser = argparse.ArgumentParser(prog="build_tools.lock", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    is_upgrade = parser.parse_args().upgrade
    preferred = "" if is_upgrade else locked_versions()
    entries = parse_entries(resolve(ROOT / "requirements.in", preferred))
    write_locks([entry for entry in entries if is_reachable(entry)], ROOT)
    for blender in OTHER_BLENDERS:
        is_kept = blender.lock.exists() and not is_upgrade
        write_other_lock(blender, blender.lock.read_text(encoding="utf-8") if is_kept else "")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
