"""Textures that do not fit are refused before anything is done."""

from pathlib import Path

import pytest

from backend.errors import HeadsmithError
from backend.process.free_memory import (
    _group_free,
    _system_free,
    check_memory,
    free_memory_mib,
    needed_mib,
)
from backend.wire.requests import (
    ErrorCode,
)


def test_a_texture_that_fits_passes_and_so_does_an_unknown_computer() -> None:
    check_memory(4096, needed_mib(4096))
    check_memory(8192, None)


def test_one_that_does_not_is_refused_in_one_sentence_that_names_what_would_fit() -> None:
    with pytest.raises(HeadsmithError) as caught:
        check_memory(8192, 3000.0)
    assert caught.value.code is ErrorCode.OUT_OF_MEMORY
    text = caught.value.user_text
    assert "8192 x 8192" in text
    assert "a smaller texture (4096)" in text
    assert "2.9 GiB are free" in text
    assert text.count(". ") == 0
    assert text.endswith(".")


def test_where_nothing_fits_only_other_programs_can_be_closed() -> None:
    with pytest.raises(HeadsmithError, match="free: choose close other programs") as caught:
        check_memory(128, 100.0)
    assert "smaller" not in caught.value.user_text


def test_sizes_cost_what_their_texels_cost() -> None:
    assert needed_mib(4096) - needed_mib(0) == pytest.approx(4 * (needed_mib(2048) - needed_mib(0)))
    assert 1500 < needed_mib(4096) < 4000


def test_free_memory_is_read_from_the_system(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:  9 kB\nMemAvailable:    2048 kB\n")
    assert _system_free(tmp_path) == 2 << 20
    assert _system_free(tmp_path / "none") is None


def test_a_containers_limit_counts_less_what_it_uses_for_good(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("5000000\n")
    (tmp_path / "memory.current").write_text("3000000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 1000000\n")
    assert _group_free(tmp_path) == 3000000
    (tmp_path / "memory.max").write_text("max\n")
    assert _group_free(tmp_path) is None


def test_this_computer_has_some() -> None:
    free = free_memory_mib()
    assert free is not None
    assert free > 100
