"""Nothing of a failed import stays: neither data in the file nor pictures beside it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import bpy

KINDS = (
    "objects",
    "meshes",
    "armatures",
    "materials",
    "images",
    "collections",
)  # that imports make


@contextlib.contextmanager
def removed_on_failure(pictures: Path | None) -> Iterator[None]:
    """Whatever was made within is taken away again if an exception leaves the block.

    Args:
        pictures: the folder into which pictures are copied meanwhile, if they are.
    """
    known, files = set(_everything()), _files(pictures)
    try:
        yield
    except BaseException:
        bpy.data.batch_remove([item for uid, item in _everything().items() if uid not in known])
        for path in _files(pictures) - files:
            path.unlink(missing_ok=True)
        raise


def _everything() -> dict[int, bpy.types.ID]:
    """All data of the file that an import could have made, by an id that nothing else gets."""
    return {item.session_uid: item for kind in KINDS for item in getattr(bpy.data, kind)}


def _files(folder: Path | None) -> set[Path]:
    return set(folder.iterdir()) if folder is not None and folder.is_dir() else set()
