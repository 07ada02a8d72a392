"""What goes wrong in one head, or with the models, is told as such and costs no more than it must."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import cast

import pytest

from backend.errors import HeadsmithError, JobCancelledError
from backend.models import Models, load_models
from backend.pipeline import Pipeline, make_heads, read_target
from backend.process.jobs import Job
from backend.process.progress import JobProgress
from backend.wire.requests import ErrorCode, JobRequest

EXPLORE = JobRequest(kind="explore", prompt="an old man with grey hair", seed=3)
HEADS = JobRequest(prompt="an old man with grey hair", seed=3)


@pytest.fixture(scope="module")
def models(tiny_models: Path) -> Models:
    return load_models(str(tiny_models))


def make_with_faults(
    faults: dict[int, Exception],
    models: Models,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[list[int], tuple[str, ...]]:
    """Which heads of a job are made if these raise, and the sentences on those that are not."""

    def fail_or_make(models: Models, target: object, progress: object, index: int, _: int) -> int:
        if index in faults:
            raise faults[index]
        return index

    monkeypatch.setattr("backend.pipeline.make_head", fail_or_make)
    request = dataclasses.replace(HEADS, count=4)
    progress = JobProgress(Job("job", tmp_path, request), lambda message: None, [])
    target = models.guide.embed(read_target(request))
    made, failures = make_heads(models, target, progress)
    return [cast(int, head) for head in made], failures


@pytest.mark.parametrize(
    "error",
    [OSError(5, "Input/output error"), IndexError("no such row"), KeyError("hair"), TypeError("x")],
    ids=lambda error: type(error).__name__,
)
def test_any_error_in_one_head_is_that_heads_failure(
    error: Exception, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, failures = make_with_faults({1: error}, models, tmp_path, monkeypatch)
    assert made == [0, 2, 3]
    assert len(failures) == 1
    assert type(error).__name__ in failures[0]


def test_a_full_disk_and_a_cancellation_end_the_job(
    models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(28, "No space left on device")
    made, failures = make_with_faults({1: full}, models, tmp_path, monkeypatch)
    assert made == [0]
    (failure,) = failures
    assert failure.startswith("The disk is full (No space left on device); free some disk space")
    with pytest.raises(JobCancelledError):
        make_with_faults({1: JobCancelledError()}, models, tmp_path, monkeypatch)


def test_a_memory_too_small_for_the_models_is_told_of_the_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_out(folder: str) -> Models:
        raise MemoryError

    monkeypatch.setattr("backend.pipeline.load_models", run_out)
    with pytest.raises(HeadsmithError, match="models of /mine do not fit") as caught:
        Pipeline("cpu", "/mine", 0.0).run(Job("job", tmp_path, EXPLORE), lambda message: None)
    assert caught.value.code is ErrorCode.OUT_OF_MEMORY
    assert "draft" not in caught.value.user_text


def test_weights_that_are_not_read_are_a_notice_of_the_job(
    tiny_models: Path, tmp_path: Path
) -> None:
    models_folder = Path(shutil.copytree(tiny_models, tmp_path / "models"))
    (models_folder / "ffhq.pkl").touch()
    pipeline = Pipeline("cpu", str(models_folder), 0.0)
    result = pipeline.run(Job("job", tmp_path, EXPLORE), lambda message: None)
    assert [notice for notice in result.notices if "ffhq.pkl" in notice]
