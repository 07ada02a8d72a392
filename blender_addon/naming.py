"""Names for Blender, which keeps 63 bytes of a name and drops the rest. No bpy here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from ..backend import wire

MAX_NAME_BYTES = 63
ROOM_FOR_NUMBER = 4  # ".001", which Blender adds to a name that is taken
TITLE_LENGTH = 60


def blender_name(text: str, suffix: str = "") -> str:
    """`text` on one line, cut between words where possible, short enough to stay whole; then the suffix."""
    words = wire.one_line(text) or "Head"
    limit = MAX_NAME_BYTES - ROOM_FOR_NUMBER - len(suffix.encode())
    if len(words.encode()) <= limit:
        return words + suffix
    cut = words.encode()[:limit].decode(errors="ignore")
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut) + suffix


def common_words(names: Sequence[str]) -> str:
    """The words with which all names begin: "Rex" of "Rex_Head" and "Rex_Eye.L"; empty if they share none."""
    words = [re.findall(r"[^ _.\-]+|[ _.\-]+", name) for name in names]
    shared = list(takewhile(lambda same: len(set(same)) == 1, zip(*words, strict=False)))
    return "".join(same[0] for same in shared).strip(" _.-")


def job_title(prompt: str, *pictures: str, mesh: str = "") -> str:
    """What the user calls the job: the prompt, else the mesh's or the picture's name."""
    text = wire.one_line(prompt)
    if not text and mesh:
        text = wire.name_of_stem(Path(mesh).stem)
    if not text:
        text = next((Path(picture).stem for picture in pictures if picture), "Head")
    text = wire.one_line(text)
    return text if len(text) <= TITLE_LENGTH else text[: TITLE_LENGTH - 1].rstrip() + "…"
