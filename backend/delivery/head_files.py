"""The files of a head in its job's folder, and what the head is called."""

from __future__ import annotations

import re
from pathlib import Path

from ..surface.build import SurfaceResult
from ..views.previews import save_png
from ..wire.mesh_names import name_of_stem
from ..wire.requests import (
    JobRequest,
)
from ..wire.results import (
    MaskFile,
    Provenance,
    SculptResult,
)
from .files import make_folder, write_atomically
from .gltf import write_glb

MAX_NAME_LENGTH = 48


class HeadFiles:
    """The folder of one head of a job, and the files in it."""

    def __init__(self, job_folder: Path, index: int) -> None:
        self._job_folder = job_folder
        folder = make_folder(job_folder / f"head_{index:02d}")
        self.mesh = folder / "mesh.npz"
        self.albedo = folder / "albedo.png"
        self.normal = folder / "normal.png"
        self.roughness = folder / "roughness.png"
        self.masks = folder / "masks"
        self.glb = folder / "head.glb"
        self.preview = folder / "preview.png"
        self.rig = folder / "rig"

    def relative(self, path: Path) -> str:
        """`path` as messages and results name it."""
        return path.relative_to(self._job_folder).as_posix()

    def mask(self, part: str) -> Path:
        """The mask of a part of the head."""
        return self.masks / f"{part}.png"


def write_surface(
    files: HeadFiles, surface: SurfaceResult, name: str, provenance: Provenance
) -> SculptResult:
    """Write the mesh, its maps, and all but the masks together as glTF; the result names it all."""
    maps = surface.maps
    write_atomically(files.mesh, surface.mesh.save)
    save_png(files.albedo, maps.albedo)
    save_png(files.normal, maps.normal)
    save_png(files.roughness, maps.roughness)
    for mask in maps.masks:
        make_folder(files.masks)
        save_png(files.mask(mask.part), mask.picture)
    write_atomically(
        files.glb,
        lambda temporary: write_glb(temporary, surface.mesh, maps, name, provenance),
    )
    return SculptResult(
        mesh=files.relative(files.mesh),
        albedo=files.relative(files.albedo),
        glb=files.relative(files.glb),
        figures=surface.figures,
        uv=surface.uv,
        normal=files.relative(files.normal),
        roughness=files.relative(files.roughness),
        masks=tuple(
            MaskFile(mask.part, files.relative(files.mask(mask.part))) for mask in maps.masks
        ),
    )


def head_name(request: JobRequest) -> str:
    """A short name from the prompt, or else from the picture or the mesh."""
    source = request.style_image or request.photo
    words = request.prompt or (
        Path(source).stem if source else name_of_stem(Path(request.mesh).stem)
    )
    words = re.sub(r"[^\w'’ -]+|_", " ", words)
    words = re.sub(r"^\s*(a|an|the)\b", "", words, flags=re.IGNORECASE)
    name = " ".join(words.split())
    if len(name) > MAX_NAME_LENGTH:
        name = name[: MAX_NAME_LENGTH + 1].rsplit(" ", 1)[0][:MAX_NAME_LENGTH]
    return name[:1].upper() + name[1:] or "Head"
