"""The whole road from a request to files, with small real models."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from backend.api import (
    GALLERY_SIZE,
    Candidate,
    ErrorCode,
    JobRequest,
    JobResult,
    LatentBase,
    Message,
    Notice,
    Progress,
)
from backend.errors import HeadsmithError, JobCancelledError
from backend.jobs import Job
from backend.models import Models, load_models
from backend.pipeline import CANDIDATE_PX, Pipeline, propose_latents, read_target

Z_DIM = 12
EXPLORE = JobRequest(kind="explore", prompt="an old man with grey hair", seed=3)


@dataclasses.dataclass
class Run:
    """A job that was run, and what was heard of it."""

    folder: Path
    heard: list[Message]
    result: JobResult

    def of(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.heard if isinstance(message, kind)]


Make = Callable[[JobRequest], Run]


def propose(models: Models, request: JobRequest, count: int = 4) -> Tensor:
    return propose_latents(models, read_target(request), request, request.seed, count)


@pytest.fixture(scope="module")
def models(tiny_models: Path) -> Models:
    return load_models(str(tiny_models))


@pytest.fixture(scope="module")
def pipeline(tiny_models: Path) -> Pipeline:
    return Pipeline("cpu", str(tiny_models), 0.1)


@pytest.fixture
def make(pipeline: Pipeline, tmp_path: Path) -> Make:
    count = 0

    def run(request: JobRequest) -> Run:
        nonlocal count
        count += 1
        folder = tmp_path / f"job{count}"
        folder.mkdir()
        heard: list[Message] = []
        return Run(folder, heard, pipeline.run(Job("job", folder, request), heard.append))

    return run


def test_a_gallery_has_eight_pictures_with_their_latents(make: Make) -> None:
    run = make(EXPLORE)
    candidates = [message for message in run.heard if isinstance(message, Candidate)]
    assert [candidate.index for candidate in candidates] == list(range(GALLERY_SIZE))
    assert [(c.path, c.z) for c in candidates] == [(c.path, c.z) for c in run.result.candidates]
    assert all(len(candidate.z) == Z_DIM for candidate in candidates)
    assert len({candidate.z for candidate in candidates}) == GALLERY_SIZE
    for candidate in candidates:
        with Image.open(run.folder / candidate.path) as image:
            assert image.size == (CANDIDATE_PX, CANDIDATE_PX)
            assert np.asarray(image).std() > 5
    assert run.result.heads == ()


def test_a_gallery_is_the_same_again_and_another_with_another_seed(make: Make) -> None:
    first, again = make(EXPLORE), make(EXPLORE)
    assert first.result.candidates == again.result.candidates
    for candidate in first.result.candidates:
        assert (first.folder / candidate.path).read_bytes() == (
            again.folder / candidate.path
        ).read_bytes()
    other = make(dataclasses.replace(EXPLORE, seed=4))
    assert not {c.z for c in first.result.candidates} & {c.z for c in other.result.candidates}


def test_progress_never_falls_and_ends_at_one(make: Make) -> None:
    fractions = [m.fraction for m in make(EXPLORE).heard if isinstance(m, Progress)]
    assert fractions == sorted(fractions)
    assert fractions[-1] > 0.85


def test_words_that_are_not_understood_are_told(make: Make) -> None:
    run = make(dataclasses.replace(EXPLORE, prompt="a zorp man with frabjous hair"))
    (notice,) = [message for message in run.heard if isinstance(message, Notice)]
    assert "zorp" in notice.text
    assert "frabjous" in notice.text
    assert run.result.notices == (notice.text,)


def test_variations_stay_nearer_to_the_chosen_head_the_smaller_the_amount(models: Models) -> None:
    z = propose(models, EXPLORE)[0]

    def distances(amount: float) -> Tensor:
        base = LatentBase(tuple(z.tolist()), "vary", amount)
        return (propose(models, dataclasses.replace(EXPLORE, base=base)) - z).norm(dim=1)

    near, far = distances(0.1), distances(0.9)
    assert 0 < near.min() < near.max() < far.min()


def test_a_chosen_head_is_finished_exactly(models: Models) -> None:
    z = propose(models, EXPLORE)[2]
    request = dataclasses.replace(EXPLORE, base=LatentBase(tuple(z.tolist()), "finish"))
    assert torch.equal(propose(models, request, 1)[0], z)


def test_a_picture_alone_decides_about_the_heads(models: Models, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (200, 50, 50)).save(tmp_path / "a.png")
    Image.new("RGB", (64, 64), (20, 90, 250)).save(tmp_path / "b.png")
    red, blue = (
        propose(models, JobRequest(photo=str(tmp_path / name))) for name in ("a.png", "b.png")
    )
    assert (red - blue).abs().max() > 0.01


def test_a_chosen_head_of_another_model_is_refused(make: Make) -> None:
    base = LatentBase((0.0,) * (Z_DIM + 1), "vary")
    with pytest.raises(HeadsmithError, match="another model") as caught:
        make(dataclasses.replace(EXPLORE, base=base))
    assert caught.value.code is ErrorCode.BAD_REQUEST


@pytest.mark.parametrize("name", ["missing.png", "text.png", "pixel.png"])
def test_a_picture_that_cannot_be_used_is_named(name: str, make: Make, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    Image.new("RGB", (1, 1)).save(tmp_path / "pixel.png")
    with pytest.raises(HeadsmithError, match=name) as caught:
        make(dataclasses.replace(EXPLORE, style_image=str(tmp_path / name)))
    assert caught.value.code is ErrorCode.BAD_PICTURE


def test_a_cancelled_job_ends_at_its_next_step(pipeline: Pipeline, tmp_path: Path) -> None:
    job = Job("job", tmp_path, EXPLORE)
    heard: list[Message] = []

    def cancel_at_the_third(message: Message) -> None:
        heard.append(message)
        if isinstance(message, Candidate) and message.index == 2:
            job.request_cancel()

    with pytest.raises(JobCancelledError):
        pipeline.run(job, cancel_at_the_third)
    assert len([message for message in heard if isinstance(message, Candidate)]) == 3
