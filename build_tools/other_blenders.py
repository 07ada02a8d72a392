"""Environments with the oldest and the newest Blender that the extension runs in, for the tests of both.

    python -m build_tools.other_blenders

makes .venv-blender-VERSION from requirements-blender-VERSION.lock, as build.py makes .venv: once, and again
only when the lock has changed.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from .environment import ROOT, ensure_locked
from .system import SetupError


@dataclass(frozen=True)
class OtherBlender:
    """A Blender beside the one of requirements.in, as a Python module with only what it needs."""

    version: str
    python: tuple[int, int]  # the only version that its wheel is made for
    requirements: tuple[str, ...]

    @property
    def environment(self) -> Path:
        return ROOT / f".venv-blender-{self.version}"

    @property
    def lock(self) -> Path:
        return ROOT / f"requirements-blender-{self.version}.lock"

    def ensure(self) -> Path:
        """Returns its interpreter, making the environment if needed. Raises SetupError."""
        return ensure_locked(self.environment, (self.lock,), self.python, 450)


OTHER_BLENDERS = (
    # With the NumPy of the Blender that users install; the wheel itself would take any.
    OtherBlender("4.2", (3, 11), ("bpy==4.2.23", "numpy==1.24.4")),
    OtherBlender("5.3", (3, 13), ("bpy==5.3.0",)),
)


def main() -> int:
    """Makes what is missing and prints the interpreters."""
    exit_code = 0
    for blender in OTHER_BLENDERS:
        try:
            print(f"Blender {blender.version}: {blender.ensure()}")
        except SetupError as error:
            print(f"Blender {blender.version}: {error}", file=sys.stderr)
            exit_code = 1
    return exit_code


if __name__ == "__main__":
    raise SystemExit(main())
