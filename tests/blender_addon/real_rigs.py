"""Two rig-ready heads that the real backend made, as finished jobs: one generated, one wrapped onto a mesh
with hair."""

import json
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from backend import wire
from backend.bench.sheet_subjects import plain_head
from backend.pipeline import Pipeline
from backend.process.jobs import Job
from backend.rig.head_pose import pointed_vertices
from backend.surface.extract import extract_surface

from ..backend.rig.starter_heads import wrap
from ..in_blender import part
from .rig_scene import active_rig, topology

TEXTURE_PX = 256


def make_real_rigs(folder: Path) -> tuple[Path, Path]:
    """The folders of two jobs."""
    worn = wrap(plain_head(gender=-1.2, age=0.2, hair_style="short01", hair_color="brown"))
    points, faces = extract_surface(worn.field, 160)
    np.savez(folder / "mesh.npz", vertices=worn.placement.to_metres(points), faces=faces)
    marks = worn.vertices[pointed_vertices(topology())].astype(float).tolist()
    generated = wire.JobRequest(
        prompt="a bald old man", quality="draft", output="rig", texture_px=TEXTURE_PX
    )
    wrapped = wire.JobRequest(
        kind="wrap",
        mesh=str(folder / "mesh.npz"),
        texture_px=TEXTURE_PX,
        landmarks=tuple(map(tuple, marks)),
    )
    pipeline, folders = Pipeline("cpu", "", 0.0), (folder / "generated", folder / "wrapped")
    for place, request in zip(folders, (generated, wrapped), strict=True):
        place.mkdir()
        result = pipeline.run(Job(place.name, place, request), lambda _: None)
        (place / "result.json").write_text(json.dumps(wire.to_json(result)), encoding="utf-8")
    return folders


def import_rig(folder: Path) -> Any:
    """The head of a finished job into the scene."""
    jobs = part("job_entry")
    result = jobs.wire.read_result(folder, "result.json", "generate")
    job = jobs.JobEntry(result.request, folder, folder.name, folder.name, result=result)
    part("import_head").import_job(bpy.context, job)
    return active_rig()
