"""The extracted surface of a head into Blender: one mesh with its maps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy

from ..backend import wire
from .color_space import ColorSpace
from .head_file import HeadFile, read_head
from .import_rig import Frame
from .job_entry import JobEntry
from .material import MaterialMaps, Place, load_map, make_material
from .meshes import UV_MAP, make_mesh


@dataclass(frozen=True)
class SculptSource:
    """A sculpt, as read from the job's folder; a backend may bake the colour only."""

    mesh: HeadFile
    albedo: Path
    normal: Path | None
    roughness: Path | None
    masks: tuple[tuple[str, Path], ...]  # part and picture


def read_sculpt(job: JobEntry, result: wire.SculptResult) -> SculptSource:
    """Read the files of a result. Raises RequestError with one sentence."""
    return SculptSource(
        read_head(job.path(result.mesh)),
        job.texture(result.albedo),
        job.texture(result.normal) if result.normal else None,
        job.texture(result.roughness) if result.roughness else None,
        tuple((mask.part, job.texture(mask.path)) for mask in result.masks),
    )


def make_sculpt(name: str, source: SculptSource, frame: Frame, place: Place) -> bpy.types.Object:
    """The object of a sculpt."""
    material = make_material(name, _load_maps(source, name, frame.scale, place))
    mesh = make_mesh(name, source.mesh, frame.origin, frame.scale)
    mesh.materials.append(material)
    return bpy.data.objects.new(name, mesh)


def _load_maps(files: SculptSource, name: str, scale: float, place: Place) -> MaterialMaps:
    def load(path: Path, kind: str) -> bpy.types.Image:
        color_space: ColorSpace = "sRGB" if kind == "albedo" else "Non-Color"
        return load_map(path, f"{name} {kind}", color_space, place)

    return MaterialMaps(
        load(files.albedo, "albedo"),
        load(files.normal, "normal") if files.normal else None,
        load(files.roughness, "roughness") if files.roughness else None,
        tuple((part, load(path, f"{part} mask")) for part, path in files.masks),
        UV_MAP,
        scale,
    )
