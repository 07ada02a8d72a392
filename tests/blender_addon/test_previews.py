"""Pictures in the panel: icons of files, read anew when the file was written anew."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

from ..in_blender import part


@pytest.fixture
def cache(extension: ModuleType) -> Iterator[Any]:
    cache = part("previews").PictureCache()
    yield cache
    cache.clear()


def picture(path: Path, seconds: int = 1, size: tuple[int, int] = (4, 4)) -> Path:
    """A picture file, written at this second."""
    Image.new("RGB", size).save(path)
    os.utime(path, (seconds, seconds))
    return path


def held(cache: Any) -> list[str]:
    """The names of the pictures that are in memory. Without a window Blender numbers no icons."""
    return sorted(cache._collection or ())


def test_what_is_no_picture_has_no_icon(cache: Any, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_bytes(b"no picture")
    (tmp_path / "folder.png").mkdir()
    for path in (None, tmp_path / "none.png", tmp_path / "text.png", tmp_path / "folder.png"):
        assert cache.icon(path) == 0
    assert held(cache) == []


def test_a_picture_is_read_once_until_it_is_written_anew(cache: Any, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    cache.icon(path)
    (first,) = held(cache)
    cache.icon(path)
    assert held(cache) == [first]
    picture(path, 2)
    cache.icon(path)
    (second,) = held(cache)  # the one before it is given back
    assert second != first


def test_a_picture_that_became_none_is_not_shown(cache: Any, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    cache.icon(path)
    path.write_bytes(b"no picture")
    assert cache.icon(path) == 0


def test_a_picture_that_is_too_large_for_a_panel_is_not_read(cache: Any, tmp_path: Path) -> None:
    limit = part("previews").MAX_PREVIEW_PX
    cache.icon(picture(tmp_path / "fits.png", size=(limit, 1)))
    cache.icon(picture(tmp_path / "large.png", size=(limit + 1, 1)))
    (name,) = held(cache)
    assert "fits.png" in name


def test_only_the_latest_pictures_are_kept_and_older_ones_come_back(
    cache: Any, tmp_path: Path
) -> None:
    limit = part("previews").MAX_PICTURES
    paths = [picture(tmp_path / f"{number}.png") for number in range(limit + 3)]
    for path in paths:
        cache.icon(path)
    assert len(held(cache)) == limit
    assert not any(name.startswith(f"{path}|") for path in paths[:3] for name in held(cache))
    cache.icon(paths[0])
    assert len(held(cache)) == limit
    assert any(name.startswith(f"{paths[0]}|") for name in held(cache))


def test_a_cleared_cache_can_be_used_again(cache: Any, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    cache.icon(path)
    cache.clear()
    cache.clear()
    assert held(cache) == []
    cache.icon(path)
    assert len(held(cache)) == 1
