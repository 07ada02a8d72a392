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
                "vertices": head.figures.vertices,
                "faces": head.figures.faces,
                "watertight": head.figures.watertight,
                "components": head.figures.components,
                "genus": head.figures.genus,
                "height_m": head.figures.height_m,
            },
            "uv": {"coverage": head.uv.coverage, "texture_px": head.uv.texture_px},
        },
    )
