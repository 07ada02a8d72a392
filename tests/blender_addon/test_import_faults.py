"""Imports that go wrong: one sentence each, and nothing of them stays."""

import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from ..in_blender import MODULE, part, texts, wire
from .rig_scene import ids

RESULT = "result.json"
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\ud800", "..", "a\0b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip
EXAMPLES = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def finished(prompt: str = "an old man with maps", output: str = "sculpt") -> Any:
    """A job whose heads were made and taken out of the scene again."""
    bpy.context.scene.headsmith.prompt, bpy.context.scene.headsmith.output = prompt, output
    bpy.ops.headsmith.generate(wait=True)
    clear()
    return part("session").session.dispatcher.jobs[-1]


def clear() -> None:
    """Take everything out of the file."""
    kinds = ("objects", "meshes", "armatures", "materials", "images", "collections")
    bpy.data.batch_remove([item for kind in kinds for item in getattr(bpy.data, kind)])


def import_again(job: Any) -> str:
    """Reads the job's result anew and imports it; the sentence if that fails, in which case nothing may stay."""
    session, before, told = part("session").session, ids(), len(part("session").session.notes)
    try:
        job.result = wire().read_result(job.folder, RESULT, job.request.kind)
    except wire().RequestError as error:
        return str(error.user_text)
    try:
        bpy.ops.headsmith.import_result(job=job.id)
    except RuntimeError:
        sentence = texts(session)[-1]
        session.notes.clear()
        assert ids() == before
        assert bpy.context.mode == "OBJECT"
        return sentence
    assert len(session.notes) == told + 1
    session.notes.clear()
    clear()
    return ""


def is_sentence(text: str) -> bool:
    return text.endswith(".") and len(text.splitlines()) == 1 and len(text) < 500


def huge_png(path: Path, side: int) -> None:
    """A picture of `side` pixels a side, whole but for its rows."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"\0" * 9999)), (b"IEND", b""))  # fmt: skip
    content = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)


def test_a_job_without_a_head_fails_with_a_sentence(session: Any) -> None:
    bpy.context.scene.headsmith.prompt = "no head"
    with pytest.raises(RuntimeError, match="without a head"):
        bpy.ops.headsmith.generate(wait=True)
    (job,) = session.dispatcher.jobs
    assert job.state.value == "failed"
    assert "without a head" in texts(session)[-1]


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def replace_by_endless(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def replace_by_huge_picture(path: Path) -> None:
    huge_png(path, 20_000)


def replace_by_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
@pytest.mark.parametrize("spoil", [replace_by_pipe, replace_by_endless, replace_by_half])
@pytest.mark.parametrize("name", ["head_0.npz", "albedo_0.png", "roughness.png", RESULT])
def test_a_file_that_is_none_gives_a_sentence(
    session: Any, spoil: Callable[[Path], None], name: str
) -> None:
    job = finished()
    spoil(job.folder / name)
    sentence = import_again(job)
    assert is_sentence(sentence), sentence
    assert name in sentence or "through a link" in sentence


def test_a_picture_of_20000_pixels_is_refused_before_it_is_decoded(session: Any) -> None:
    job = finished()
    huge_png(job.folder / "albedo_0.png", 20_000)
    assert "albedo_0.png cannot be read (it has 20000 x 20000 pixels" in import_again(job)


def test_a_preview_of_30000_pixels_or_none_at_all_has_no_icon(session: Any, tmp_path: Path) -> None:
    cache = part("previews").PictureCache()
    huge_png(tmp_path / "large.png", 30_000)
    replace_by_pipe(touched(tmp_path / "pipe.png"))
    (tmp_path / "text.png").write_text("none")
    for name in ("large.png", "pipe.png", "text.png", "missing.png"):
        assert cache.icon(tmp_path / name) == 0
    cache.clear()


def touched(path: Path) -> Path:
    path.touch()
    return path


def break_the_last_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise KeyError("nobody expected this")

    monkeypatch.setattr(part("import_head"), "select_only", fail)


@pytest.mark.parametrize("output", ["sculpt", "both"])
def test_an_error_that_nobody_expected_is_one_sentence_and_leaves_nothing(
    session: Any, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    job = finished("an old man with hair", output)
    break_the_last_step(monkeypatch)
    sentence = import_again(job)
    assert sentence == (
        "\"an old man with hair\" could not be imported ('nobody expected this'); generate it again."
    )


def test_pictures_beside_the_file_go_with_a_failed_import(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = finished()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    preferences = bpy.context.preferences.addons[MODULE].preferences
    (tmp_path / "textures").mkdir()
    (tmp_path / "textures" / "mine.png").write_bytes(b"mine")
    break_the_last_step(monkeypatch)
    preferences.textures = "BESIDE"
    try:
        assert "could not be imported" in import_again(job)
    finally:
        preferences.textures = "PACKED"
    assert [path.name for path in (tmp_path / "textures").iterdir()] == ["mine.png"]


def damage(content: bytes, changes: list[tuple[float, int]], kept: float) -> bytes:
    """`content` with single bytes changed, cut after a share of it."""
    damaged = bytearray(content)
    for place, value in changes:
        damaged[int(place * (len(damaged) - 1))] = value
    return bytes(damaged[: int(kept * len(damaged))])


BYTE_CHANGES = st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(0, 255)), max_size=6)
KEPT = st.just(1.0) | st.floats(0.0, 1.0)


@pytest.mark.parametrize("name", ["head_0.npz", "rig.npz", RESULT])
def test_damaged_bytes_leave_nothing_and_give_one_sentence(session: Any, name: str) -> None:
    job = finished("an old man", "both" if name == "rig.npz" else "sculpt")
    path = job.folder / name
    if name == "head_0.npz":  # deflated, as the backend writes it
        with np.load(path) as arrays:
            np.savez_compressed(path, **arrays)
    whole = path.read_bytes()

    @EXAMPLES
    @given(BYTE_CHANGES, KEPT)
    def check(changes: list[tuple[float, int]], kept: float) -> None:
        path.write_bytes(damage(whole, changes, kept))
        sentence = import_again(job)
        assert sentence == "" or is_sentence(sentence)

    check()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all values in plain JSON types."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()  # fmt: skip
    return [path, *(way for key, item in inner for way in places(item, (*path, key)))]


def test_results_with_other_values_leave_nothing_and_give_one_sentence(session: Any) -> None:
    job = finished("an old man with maps and hair", "both")
    path = job.folder / RESULT
    whole = path.read_text()
    ways = places(json.loads(whole))[1:]

    @EXAMPLES
    @given(st.sampled_from(ways), JSON_VALUES)
    def check(way: tuple[Any, ...], value: Any) -> None:
        data = json.loads(whole)
        holder = data
        for key in way[:-1]:
            holder = holder[key]
        holder[way[-1]] = value
        path.write_text(json.dumps(data))
        sentence = import_again(job)
        assert sentence == "" or is_sentence(sentence)

    check()
