"""Where a head's files lie in its job's folder, and what the head is called."""

from __future__ import annotations

import re
from pathlib import Path

from .api import JobRequest
from .files import make_folder

MAX_NAME_LENGTH = 48


class HeadFiles:
    """The folder of one head of a job, and the files in it."""

    def __init__(self, job_folder: Path, index: int) -> None:
        self._job_folder = job_folder
        folder = make_folder(job_folder / f"head_{index:02d}")
        self.mesh = folder / "mesh.npz"
        self.albedo = folder / "albedo.png"
        self.glb = folder / "head.glb"
        self.preview = folder / "preview.png"

    def relative(self, path: Path) -> str:
        """`path` as messages and results name it."""
        return path.relative_to(self._job_folder).as_posix()


def head_name(request: JobRequest) -> str:
    """A short name from the prompt, or else from the picture."""
    picture = request.style_image or request.photo
    words = request.prompt or (Path(picture).stem if picture else "")
    words = re.sub(r"[^\w'’ -]+|_", " ", words)
    words = re.sub(r"^\s*(a|an|the)\b", "", words, flags=re.IGNORECASE)
    name = " ".join(words.split())
    if len(name) > MAX_NAME_LENGTH:
        name = name[: MAX_NAME_LENGTH + 1].rsplit(" ", 1)[0][:MAX_NAME_LENGTH]
    return name[:1].upper() + name[1:] or "Head"
