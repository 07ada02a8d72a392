"""Names for Blender, which keeps 63 bytes of a name and drops the rest. No bpy here."""

from __future__ import annotations

from pathlib import Path

MAX_NAME_BYTES = 63
ROOM_FOR_NUMBER = 4  # ".001", which Blender adds to a name that is taken
TITLE_LENGTH = 60


def blender_name(text: str, suffix: str = "") -> str:
    """`text` on one line, cut between words where possible, short enough to stay whole; then the suffix."""
    words = " ".join(text.split()) or "Head"
    limit = MAX_NAME_BYTES - ROOM_FOR_NUMBER - len(suffix.encode())
    if len(words.encode()) <= limit:
        return words + suffix
    cut = words.encode()[:limit].decode(errors="ignore")
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut) + suffix


def file_stem(name: str) -> str:
    """`name` as the stem of a file on every system, with its spaces."""
    safe = "".join(sign if sign.isalnum() or sign in " -_" else "_" for sign in name)
    return safe.strip() or "Mesh"


def job_title(prompt: str, *pictures: str) -> str:
    """What the user calls the job: the prompt, else the picture's name."""
    text = " ".join(prompt.split())
    if not text:
        text = next((Path(picture).stem for picture in pictures if picture), "Head")
    return text if len(text) <= TITLE_LENGTH else text[: TITLE_LENGTH - 1].rstrip() + "…"
