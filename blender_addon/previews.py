"""Pictures in the panel: files of the jobs' folders as icons."""

from __future__ import annotations

from pathlib import Path

import bpy.utils.previews

from ..backend import wire

MAX_PICTURES = 64
MAX_PREVIEW_PX = 2048


class PictureCache:
    """Icons of picture files; a file that was written anew is read anew."""

    def __init__(self) -> None:
        self._collection: bpy.utils.previews.ImagePreviewCollection | None = None
        self._names: dict[Path, str] = {}

    def icon(self, path: Path | None) -> int:
        """The icon of the picture at `path`, 0 if there is none yet or it is none to be shown."""
        if path is None:
            return 0
        collection = self._collection
        if collection is None:
            collection = self._collection = bpy.utils.previews.new()
        try:
            written = path.lstat().st_mtime_ns
            name = f"{path}|{written}"
            if self._names.get(path) != name:
                wire.check_picture(path, MAX_PREVIEW_PX)
                self._load(collection, path, name)
        except (OSError, ValueError):
            return 0
        return int(collection[name].icon_id)

    def _load(
        self, collection: bpy.utils.previews.ImagePreviewCollection, path: Path, name: str
    ) -> None:
        outdated = self._names.pop(path, None)
        if outdated is not None:
            del collection[outdated]
        while len(self._names) >= MAX_PICTURES:
            oldest = next(iter(self._names))
            del collection[self._names.pop(oldest)]
        collection.load(name, str(path), "IMAGE")
        self._names[path] = name

    def clear(self) -> None:
        """Give all icons back."""
        if self._collection is not None:
            bpy.utils.previews.remove(self._collection)
        self._collection = None
        self._names = {}
