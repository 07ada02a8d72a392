"""The command line makes heads through the real backend, and the same heads in every process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.generate import SCULPT_FILES, main, read_order
from backend.head_mesh import HeadMesh
from backend.pipeline import Pipeline
from backend.process.jobs import Job
from backend.process.launch import BACKEND_MAIN
from backend.wire.requests import (
    JobRequest,
)

SMALL = ("--quality", "draft", "--faces", "1000", "--texture", "128")
PROMPT = "an old man with grey hair"


def run(temporary: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "backend.generate", *arguments]
    names = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    return subprocess.run(
        command,
        cwd=BACKEND_MAIN.parent.parent,
        env={**os.environ, **names},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def batch(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a batch with two good rows and two bad ones, and what was printed."""
    folder = tmp_path_factory.mktemp("batch")
    (folder / "heads.csv").write_text(
        f"prompt,seed,style\n{PROMPT},4,\na girl,oops,\na boy,1,missing.png\n,5,look.png\n"
    )
    Image.new("RGB", (64, 64), (90, 60, 50)).save(folder / "look.png")
    out = folder / "out"
    (folder / "temporary").mkdir()
    done = run(
        folder / "temporary",
        "--batch",
        str(folder / "heads.csv"),
        "--out",
        str(out),
        "--masks",
        "--models",
        str(tiny_models),
        *SMALL,
    )
    (folder / "stdout").write_text(done.stdout)
    (folder / "stderr").write_text(done.stderr)
    assert done.returncode == 1
    return folder


def test_good_rows_are_made_and_bad_rows_named(batch: Path) -> None:
    folders = sorted(path.name for path in (batch / "out").iterdir())
    assert folders == ["001-old-man-with-grey-hair-seed4", "002-look-seed5"]
    for folder in folders:
        files = {path.name for path in (batch / "out" / folder).iterdir()}
        assert files == {"preview.png", *SCULPT_FILES.values(), "masks", "report.json"}
    problems = (batch / "stderr").read_text()
    assert "Line 3: seed must be a whole number" in problems
    assert "missing.png" in problems
    assert "100%" not in problems
    assert "Finding the surface" in (batch / "stdout").read_text()


def test_nothing_is_left_but_the_heads_and_a_log_with_words_in_it(batch: Path) -> None:
    assert sorted(path.name[0] for path in (batch / "out").iterdir()) == ["0", "0"]
    left = [path for path in (batch / "temporary").iterdir() if path.name.startswith("headsmith_")]
    assert [path for path in left if path.stat().st_size == 0] == []
    assert len(left) <= 1


def test_the_report_has_the_names_that_others_read(batch: Path) -> None:
    text = (batch / "out" / "001-old-man-with-grey-hair-seed4" / "report.json").read_text()
    report = json.loads(text)
    stages = {"backend_start", "guide", "planes", "extract", "unwrap", "bake", "write", "total"}
    assert set(report["seconds"]) == set(report["peak_mib"]) == stages
    assert set(report["mesh"]) == {
        "vertices",
        "faces",
        "watertight",
        "components",
        "genus",
        "height_m",
    }
    assert set(report["uv"]) == {"coverage", "texture_px"}
    assert (report["prompt"], report["seed"], report["model"]) == (PROMPT, 4, "Tiny")
    assert report["mesh"]["watertight"] is True


def test_another_process_makes_the_same_head(
    batch: Path, tiny_models: Path, tmp_path: Path
) -> None:
    request = JobRequest(prompt=PROMPT, seed=4, quality="draft", faces=1000, texture_px=128)
    pipeline = Pipeline("cpu", str(tiny_models), 0.0)
    (head,) = pipeline.run(Job("job", tmp_path, request), lambda message: None).heads
    assert head.sculpt is not None
    ours = HeadMesh.load(tmp_path / head.sculpt.mesh)
    there = batch / "out" / "001-old-man-with-grey-hair-seed4"
    theirs = HeadMesh.load(there / "mesh.npz")
    assert np.array_equal(ours.vertices, theirs.vertices)
    assert np.array_equal(ours.faces, theirs.faces)
    assert (tmp_path / head.sculpt.albedo).read_bytes() == (there / "albedo.png").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Nothing to make"),
        (["a man", "--seed", "-1"], "Seed is -1"),
        (["a man", "--count", "0"], "Count is 0"),
        (["--batch", "missing.txt"], "Cannot read the batch file"),
    ],
)
def test_a_wrong_command_line_gives_one_sentence(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 1
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_cannot_be_made_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main(["a man", "--out", str(tmp_path / "file" / "out")]) == 1
    assert "Cannot write to the folder" in capsys.readouterr().err


def test_a_head_keeps_its_expression_only_if_asked_to() -> None:
    for options, is_neutral in (([], True), (["--keep-expression"], False)):
        (request,) = read_order(["a man", *options]).requests
        assert request.neutral is is_neutral


def test_masks_are_written_only_if_asked_for() -> None:
    for options, is_wanted in (([], False), (["--masks"], True)):
        (request,) = read_order(["a man", *options]).requests
        assert request.masks is is_wanted


def test_relative_pictures_are_those_of_the_working_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (request,) = read_order(["--style", "a.png", "--photo", "b.png"]).requests
    assert request.style_image == str(tmp_path / "a.png")
    assert request.photo == str(tmp_path / "b.png")
