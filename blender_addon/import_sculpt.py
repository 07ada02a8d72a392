"""The extracted surface of a head into Blender: one mesh with its maps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy

from ..backend import wire
from .head_file import HeadFile, read_head
from .import_rig import Frame
from .job_entry import JobEntry
from .material import ColorSpace, MaterialMaps, Place, load_map, make_material
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
        job.path(result.albedo),
        job.path(result.normal) if result.normal else None,
        job.path(result.roughness) if result.roughness else None,
        tuple((mask.part, job.path(mask.path)) for mask in result.masks),
    )


def make_sculpt(
    name: str, source: SculptSource, frame: Frame, place: Place, made: list[bpy.types.ID]
) -> bpy.types.Object:
    """The object of a sculpt; everything that was made goes to `made`."""
    material = make_material(name, _load_maps(source, name, frame.scale, place, made))
    made.append(material)
    mesh = make_mesh(name, source.mesh, frame.origin, frame.scale)
    made.append(mesh)
    mesh.materials.append(material)
    item = bpy.data.objects.new(name, mesh)
    made.append(item)
    return item


def _load_maps(
    files: SculptSource, name: str, scale: float, place: Place, made: list[bpy.types.ID]
) -> MaterialMaps:
    def load(path: Path, kind: str) -> bpy.types.Image:
        color_space: ColorSpace = "sRGB" if kind == "albedo" else "Non-Color"
        made.append(load_map(path, f"{name} {kind}", color_space, place))
        return made[-1]

    return MaterialMaps(
        load(files.albedo, "albedo"),
        load(files.normal, "normal") if files.normal else None,
        load(files.roughness, "roughness") if files.roughness else None,
        tuple((part, load(path, f"{part} mask")) for part, path in files.masks),
        UV_MAP,
        scale,
    )
