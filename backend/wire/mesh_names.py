"""How the file of a mesh carries the name of its object: JobRequest.mesh has nothing but a path."""

from __future__ import annotations

import re


def file_stem(name: str) -> str:
    """`name` as the stem of a file on every system; `name_of_stem` gives it back."""
    safe = (
        sign if sign.isalnum() or sign in " -_." else f"%{ord(sign):X};" for sign in name.strip()
    )
    return "".join(safe) or "Mesh"


def name_of_stem(stem: str) -> str:
    return re.sub(r"%([0-9A-F]{1,6});", lambda found: chr(int(found[1], 16)), stem)
