"""report.json has the names that others read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.delivery.report import write_report
from backend.wire.results import (
    HeadResult,
    MeshFigures,
    Provenance,
    SculptResult,
    StageFigure,
    UvFigures,
)

HEAD = HeadResult(
    name="a man",
    stages=(
        StageFigure("guide", 2.0, 300.0),
        StageFigure("bake", 1.0, 500.0),
        StageFigure("total", 3.0, 500.0),
    ),
    provenance=Provenance("a man", 5, "starter", "00ff", "CC0-1.0"),
    sculpt=SculptResult(
        mesh="m",
        albedo="a",
        glb="g",
        figures=MeshFigures(10, 16, True, 1, 0, 0.25),
        uv=UvFigures(0.7, 1024),
    ),
    seed=5,
    text_similarity=0.25,
)


def test_the_report_has_the_heads_figures_and_counts_stages_from_outside(tmp_path: Path) -> None:
    write_report(tmp_path / "report.json", HEAD, (StageFigure("import", 0.5, 900.0),))
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["seconds"] == pytest.approx(
        {"guide": 2.0, "bake": 1.0, "import": 0.5, "total": 3.5}
    )
    assert report["peak_mib"] == {"guide": 300.0, "bake": 500.0, "import": 900.0, "total": 900.0}
    assert report["mesh"] == {
        "vertices": 10,
        "faces": 16,
        "watertight": True,
        "components": 1,
        "genus": 0,
        "height_m": 0.25,
    }
    assert report["uv"] == {"coverage": 0.7, "texture_px": 1024}
    assert (report["seed"], report["prompt"], report["model"]) == (5, "a man", "starter")
    assert report["text_similarity"] == 0.25
