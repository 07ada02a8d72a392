"""Explore: previews first, then one of them is finished, varied, or locked while the words change."""

from typing import Any

from .explored import heads, settings


def test_explore_makes_eight_previews_and_no_head(gallery: Any) -> None:
    assert len(gallery.candidates) == 8
    assert all(gallery.path(candidate.path).is_file() for candidate in gallery.candidates)
    assert heads() == []
    assert settings().gallery_index == -1
