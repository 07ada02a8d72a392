"""report.json: what a finished head took and what came out, under names that stay."""

from __future__ import annotations

from pathlib import Path

from ..process.stage_meter import total_of
from ..wire.results import (
    HeadResult,
    StageFigure,
)
from .files import write_json


def write_report(path: Path, head: HeadResult, more: tuple[StageFigure, ...] = ()) -> None:
    """Write the figures of a head; `more` are stages that were measured outside of the backend."""
    stages = tuple(figure for figure in head.stages if figure.stage != "total") + more
    stages = (*stages, total_of(stages))
    made = head.sculpt or head.rig
    assert made is not None  # a head is delivered in at least one of both forms
    write_json(
        path,
        {
            "prompt": head.provenance.prompt,
            "seed": head.seed,
            "model": head.provenance.model,
            "model_sha256": head.provenance.model_sha256,
            "licence": head.provenance.licence,
            "text_similarity": head.text_similarity,
            "seconds": {figure.stage: figure.seconds for figure in stages},
            "peak_mib": {figure.stage: figure.peak_mib for figure in stages},
            "mesh": {
                "vertices": made.figures.vertices,
                "faces": made.figures.faces,
                "watertight": made.figures.watertight,
                "components": made.figures.components,
                "genus": made.figures.genus,
                "height_m": made.figures.height_m,
            },
            "uv": {"coverage": made.uv.coverage, "texture_px": made.uv.texture_px},
        },
    )
