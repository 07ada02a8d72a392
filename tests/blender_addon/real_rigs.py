"""Two rig-ready heads that the real backend made, as finished jobs: one generated, one wrapped onto a mesh."""

import json
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from backend import api
from backend.bench.rig_truths import remesh
from backend.jobs import Job
from backend.pipeline import Pipeline
from backend.rig.mesh_fit import pointed_vertices
from backend.training.frozen_rigs import load_frozen_rigs

from ..in_blender import part
from .rig_scene import active_rig, template

TEXTURE_PX = 256


def make_real_rigs(folder: Path) -> tuple[Path, Path]:
    """The folders of two jobs."""
    truth = load_frozen_rigs()[0]
    vertices, faces = remesh(template(), truth)
    np.savez(folder / "mesh.npz", vertices=vertices, faces=faces)
    marks = truth[pointed_vertices(template())].astype(float).tolist()
    generated = api.JobRequest(
        prompt="a bald old man", quality="draft", output="rig", texture_px=TEXTURE_PX
    )
    wrapped = api.JobRequest(
        kind="wrap",
        mesh=str(folder / "mesh.npz"),
        texture_px=TEXTURE_PX,
        landmarks=tuple(map(tuple, marks)),
    )
    pipeline, folders = Pipeline("cpu", "", 0.0), (folder / "generated", folder / "wrapped")
    for place, request in zip(folders, (generated, wrapped), strict=True):
        place.mkdir()
        result = pipeline.run(Job(place.name, place, request), lambda _: None)
        (place / "result.json").write_text(json.dumps(api.to_json(result)), encoding="utf-8")
    return folders


def import_rig(folder: Path) -> Any:
    """The head of a finished job into the scene."""
    jobs = part("jobs")
    result = jobs.read_result(folder / "result.json")
    job = jobs.Job(result.request, folder, folder.name, folder.name, result=result)
    part("import_head").import_job(bpy.context, job)
    return active_rig()
