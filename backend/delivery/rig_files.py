"""The files of a rig-ready head in its job's folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..rig.atlas import AtlasMaps
from ..rig.part_motion import PARTS_ON_SKIN, follow_skin
from ..rig.parts import HeadPart
from ..rig.relief import HAIR_RELIEF, relief
from ..rig.rig_head import RigHead
from ..views.previews import save_png
from ..wire.results import (
    FitFigures,
    MeshFigures,
    RigPart,
    RigResult,
    UvFigures,
)
from .files import make_folder, write_atomically
from .head_files import HeadFiles


def write_rig(
    files: HeadFiles,
    head: RigHead,
    maps: AtlasMaps,
    parts: Sequence[HeadPart],
    figures: MeshFigures,
    uv: UvFigures,
    fit: FitFigures,
) -> RigResult:
    """Write everything; the result names it."""
    folder = make_folder(files.rig)
    mesh, albedo, normal, roughness = (
        folder / name for name in ("rig.npz", "albedo.png", "normal.png", "roughness.png")
    )
    write_atomically(mesh, head.save)
    save_png(albedo, maps.albedo)
    save_png(normal, maps.normal)
    save_png(roughness, maps.roughness)
    return RigResult(
        mesh=files.relative(mesh),
        albedo=files.relative(albedo),
        normal=files.relative(normal),
        roughness=files.relative(roughness),
        parts=tuple(_write_part(files, folder, head, part) for part in parts),
        figures=figures,
        uv=uv,
        fit=fit,
    )


def _write_part(files: HeadFiles, folder: Path, head: RigHead, part: HeadPart) -> RigPart:
    mesh, albedo = folder / f"{part.name}.npz", folder / f"{part.name}.png"
    normal = folder / f"{part.name}_normal.png"
    write_atomically(mesh, part.mesh.save)
    save_png(albedo, part.albedo)
    save_png(normal, relief(part.albedo, HAIR_RELIEF))
    motion = ""
    if part.name in PARTS_ON_SKIN:
        path = folder / f"{part.name}_motion.npz"
        write_atomically(path, follow_skin(head, part.mesh.vertices).save)
        motion = files.relative(path)
    return RigPart(
        part.name, files.relative(mesh), files.relative(albedo), files.relative(normal), motion
    )
