"""What the quality presets mean, and the plan of a job that follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .process.jobs import PlannedStage
from .wire.requests import (
    GALLERY_SIZE,
    JobRequest,
    Quality,
)

LOAD_S = 5.0
CANDIDATE_S = 1.5
# Of rig-ready heads: fitting a generated one, any mesh, one with landmarks; hair, files; texels of 1024.
FIT_S, WRAP_S, MARKED_S, PARTS_S, FILES_S, PAINT_S = 1.5, 15.0, 5.0, 10.0, 0.5, 1.0
ATTACHED_S = 6.0  # looking for hair on a mesh, and making it where there is some


@dataclass(frozen=True)
class Preset:
    """How much work goes into a head. Seconds are those of two cores, for the plan of a job."""

    refine_steps: int
    resolution: int  # cells along a side of the generator's box when the surface is extracted
    refine_step_s: float
    planes_s: float
    extract_s: float
    unwrap_s: float
    bake_s: float


PRESETS: dict[Quality, Preset] = {
    "draft": Preset(0, 160, 2.0, 2.0, 4.0, 3.0, 3.0),
    "standard": Preset(12, 256, 2.0, 2.0, 10.0, 6.0, 4.0),
    "high": Preset(40, 448, 2.0, 2.0, 30.0, 6.0, 4.0),
}


def plan_job(request: JobRequest, is_loaded: bool) -> tuple[PlannedStage, ...]:
    """The stages of a job in their order."""
    if request.kind == "wrap":
        fit_s = MARKED_S if request.landmarks else WRAP_S
        return (
            PlannedStage("fit", fit_s),
            PlannedStage("rig", ATTACHED_S + FILES_S + paint_seconds(request)),
        )
    load = () if is_loaded else (PlannedStage("load", LOAD_S),)
    if request.kind == "explore":
        gallery = PlannedStage("planes", CANDIDATE_S * GALLERY_SIZE)
        return (*load, PlannedStage("guide", 0.2), gallery)
    return (*load, *(stage for _ in range(head_count(request)) for stage in _plan_head(request)))


def head_count(request: JobRequest) -> int:
    """How many heads a `generate` makes; a finished latent is one head, however often it is asked for."""
    is_one = request.base is not None and request.base.use == "finish"
    return 1 if is_one else request.count


def refine_steps(request: JobRequest) -> int:
    """Steps of optimisation; a head that starts from another keeps the look that was chosen."""
    return 0 if request.base is not None else PRESETS[request.quality].refine_steps


def _plan_head(request: JobRequest) -> Iterator[PlannedStage]:
    preset = PRESETS[request.quality]
    faces, texels = request.faces / JobRequest.faces, (request.texture_px / 1024) ** 2
    yield PlannedStage("guide", 0.5 + refine_steps(request) * preset.refine_step_s)
    yield PlannedStage("planes", preset.planes_s)
    if request.output != "rig":
        yield PlannedStage("extract", preset.extract_s)
        yield PlannedStage("unwrap", preset.unwrap_s * faces)
        yield PlannedStage("bake", preset.bake_s * texels)
        yield PlannedStage("write", 0.5 + 0.5 * texels)
    if request.output != "sculpt":
        yield PlannedStage("fit", FIT_S)
        yield PlannedStage("rig", PARTS_S + FILES_S + paint_seconds(request))


def paint_seconds(request: JobRequest) -> float:
    """That a rig-ready head's maps take."""
    return PAINT_S * (request.texture_px / 1024) ** 2
