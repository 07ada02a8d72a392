"""Presets and the plan of a job."""

from __future__ import annotations

import dataclasses

from backend.quality import PRESETS, head_count, plan_job, refine_steps
from backend.wire.requests import (
    JobRequest,
    LatentBase,
)

REQUEST = JobRequest(prompt="a man", count=2)
STAGES = ["guide", "planes", "extract", "unwrap", "bake", "write"]


def test_a_higher_quality_takes_more_steps_cells_and_seconds() -> None:
    draft, standard, high = (PRESETS[name] for name in ("draft", "standard", "high"))
    assert draft.refine_steps < standard.refine_steps < high.refine_steps
    assert draft.resolution < standard.resolution < high.resolution
    seconds = [
        sum(step.seconds for step in plan_job(dataclasses.replace(REQUEST, quality=quality), True))
        for quality in PRESETS
    ]
    assert seconds == sorted(seconds)


def test_every_head_goes_through_every_stage_and_models_are_loaded_once() -> None:
    assert [step.stage for step in plan_job(REQUEST, is_loaded=True)] == STAGES * 2
    assert [step.stage for step in plan_job(REQUEST, is_loaded=False)] == ["load", *STAGES * 2]


def test_a_gallery_makes_no_meshes() -> None:
    plan = plan_job(dataclasses.replace(REQUEST, kind="explore"), is_loaded=True)
    assert [step.stage for step in plan] == ["guide", "planes"]


def test_a_chosen_head_is_finished_once_and_not_steered_away() -> None:
    request = dataclasses.replace(REQUEST, base=LatentBase((0.0,), "finish"))
    assert head_count(request) == 1
    assert refine_steps(request) == 0
    assert head_count(dataclasses.replace(request, base=LatentBase((0.0,), "vary"))) == 2
