"""Requests: which values a button may ask for, and the sentence about each other one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.wire.requests import (
    MAX_COUNT,
    MAX_PROMPT_LENGTH,
    MAX_SEED,
    ErrorCode,
    JobRequest,
    LatentBase,
    RequestError,
)
from backend.wire.rig_names import LANDMARKS

WRAP = JobRequest(kind="wrap", mesh="/meshes/a.npz")
POINTS = tuple((0.01 * i, 0.02, 0.03) for i in range(len(LANDMARKS)))


def test_a_plain_request_is_accepted() -> None:
    JobRequest(prompt="a man").check()
    JobRequest(photo="/p.png").check()
    JobRequest(base=LatentBase((0.0,))).check()


def test_no_prompt_no_picture_and_no_head_is_nothing_to_make() -> None:
    with pytest.raises(RequestError) as caught:
        JobRequest(prompt=" \t").check()
    assert caught.value.code is ErrorCode.NOTHING_TO_MAKE


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (JobRequest(prompt="a", seed=-1), "Seed"),
        (JobRequest(prompt="a", seed=MAX_SEED + 1), "Seed"),
        (JobRequest(prompt="a", count=0), "Count"),
        (JobRequest(prompt="a", count=MAX_COUNT + 1), "Count"),
        (JobRequest(prompt="a", faces=0), "Faces"),
        (JobRequest(prompt="a", faces=10**6), "Faces"),
        (JobRequest(prompt="a", texture_px=1), "Texture"),
        (JobRequest(prompt="a", texture_px=10**5), "Texture"),
        (JobRequest(prompt="a", image_weight=1.01), "weight"),
        (JobRequest(prompt="a", image_weight=float("nan")), "weight"),
        (JobRequest(prompt="a", truncation=-0.1), "Truncation"),
        (JobRequest(prompt="x" * (MAX_PROMPT_LENGTH + 1)), "prompt"),
        (JobRequest(base=LatentBase((0.0,), "vary", 1.5)), "Variation"),
    ],
)
def test_a_value_out_of_its_range_is_named(request_: JobRequest, name: str) -> None:
    with pytest.raises(RequestError, match=name) as caught:
        request_.check()
    assert caught.value.code is ErrorCode.BAD_REQUEST
    assert caught.value.user_text.endswith(".")


def test_a_mesh_to_wrap_needs_no_words_and_all_landmarks_or_none() -> None:
    WRAP.check()
    replace(WRAP, landmarks=POINTS).check()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"mesh": ""}, "select a mesh"),
        ({"landmarks": POINTS[:-1]}, LANDMARKS[-1]),
        ({"landmarks": (*POINTS[:-1], (0.0, 1.0))}, "all of these or at none"),
        ({"texture_px": 64}, "Texture size is 64"),
    ],
)
def test_a_mesh_that_cannot_be_wrapped_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(RequestError, match=says):
        replace(WRAP, **change).check()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "edge",
    [
        {"seed": 0}, {"seed": MAX_SEED}, {"count": 1}, {"count": MAX_COUNT}, {"faces": 500},
        {"faces": 100_000}, {"texture_px": 128}, {"texture_px": 8192}, {"image_weight": 0.0},
        {"image_weight": 1.0}, {"truncation": 0.0}, {"truncation": 1.5},
        {"prompt": "x" * MAX_PROMPT_LENGTH},
    ],
)  # fmt: skip
def test_the_ends_of_every_range_belong_to_it(edge: dict[str, object]) -> None:
    replace(JobRequest(prompt="a man"), **edge).check()  # type: ignore[arg-type]
