"""From a request to heads, stage by stage: guide, planes, extract, unwrap, bake, write."""

from __future__ import annotations

import gc
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from .delivery.head_files import HeadFiles, head_name, write_surface
from .errors import (
    HeadsmithError,
    JobCancelledError,
    is_disk_full,
    is_out_of_memory,
    log_traceback,
    typed_error,
)
from .generator.fast_field import FastField
from .grown_head import GrownHead, grow_head, grow_pair
from .guidance.guide import GuideTarget, RefineStep, TargetEmbedding
from .models import Models, load_models
from .process.free_memory import check_memory, free_memory_mib
from .process.jobs import Job
from .process.progress import Emit, JobProgress
from .process.stage_meter import StageMeter, peak_memory_mib
from .process.unwrapping import unwrap_apart
from .quality import PRESETS, head_count, plan_job, refine_steps
from .rig_job import make_rig, wrap_users_mesh
from .surface.bake import SurfaceColors
from .surface.build import SurfaceSettings, bake_head, extract_shape
from .surface.part_maps import PartLabels
from .views.detail import look_closely
from .views.previews import portrait_camera, render_preview, save_png
from .wire.messages import (
    Candidate,
    Preview,
)
from .wire.requests import (
    GALLERY_SIZE,
    MAX_SEED,
    ErrorCode,
    JobRequest,
)
from .wire.results import (
    CandidateResult,
    HeadResult,
    JobResult,
    Provenance,
    SculptResult,
)

CANDIDATE_PX = 192
PREVIEW_PX = 256


class Pipeline:
    """Makes heads, one job at a time; keeps the models between jobs."""

    def __init__(self, device: str, models_folder: str, startup_s: float) -> None:
        """`startup_s`: seconds that the process had taken when it answered its first message."""
        self._device = device
        self._models_folder = models_folder
        self._models: Models | None = None
        self._startup_s = startup_s
        # The same request has to give the same head; operations without such a form only warn.
        torch.use_deterministic_algorithms(True, warn_only=True)

    def release(self) -> None:
        """Forget the models, to free their memory."""
        self._models = None
        gc.collect()

    def run(self, job: Job, emit: Emit) -> JobResult:
        """Do a job; its files are written to its folder, all but result.json.

        Raises HeadsmithError and JobCancelledError; `emit` gets progress, previews, notices, candidates.
        """
        began = time.perf_counter()
        if job.request.kind != "explore":
            check_memory(job.request.texture_px, free_memory_mib())
        progress = JobProgress(job, emit, plan_job(job.request, self._models is not None))
        if job.request.kind == "wrap":
            head = wrap_users_mesh(HeadFiles(job.folder, 0), progress)
            seconds = round(time.perf_counter() - began, 3)
            return JobResult(job.request, (head,), notices=tuple(progress.notices), seconds=seconds)
        models = self._load(progress)
        check_base(job.request, models)
        target = models.guide.embed(read_target(job.request))
        self._give_notices((*models.notices, *target.notices), progress)
        result = JobResult(job.request)
        if job.request.kind == "explore":
            result = replace(result, candidates=explore(models, target, progress))
        else:
            heads, failures = make_heads(models, target, progress)
            result = replace(result, heads=heads, failures=failures)
        seconds = round(time.perf_counter() - began, 3)
        return replace(result, notices=tuple(progress.notices), seconds=seconds)

    def _load(self, progress: JobProgress) -> Models:
        if self._models is None:
            began = time.perf_counter()
            with progress.stage("load", "Loading the models"):
                self._models = load_models_or_tell(self._models_folder)
            seconds = self._startup_s + time.perf_counter() - began
            self._startup_s = 0.0
            progress.meter = StageMeter()
            progress.meter.add("backend_start", seconds, peak_memory_mib())
        return self._models

    def _give_notices(self, notices: tuple[str, ...], progress: JobProgress) -> None:
        if self._device == "cuda":
            progress.notice("This version of Headsmith computes on the processor, not on a GPU.")
        for sentence in notices:
            progress.notice(sentence)


def load_models_or_tell(models_folder: str) -> Models:
    """`load_models`; a memory too small for them cannot be helped by what a head asks for."""
    try:
        return load_models(models_folder)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        where = f" of {models_folder}" if models_folder else ""
        raise HeadsmithError(
            ErrorCode.OUT_OF_MEMORY,
            f"The models{where} do not fit into the free memory; close other programs, or choose a models "
            "folder with a smaller generator.",
            str(error),
            retryable=True,
        ) from error


def read_target(request: JobRequest) -> GuideTarget:
    """What the guide is asked for; a photo counts as a second style picture that has to show a face."""
    style = (Path(request.style_image),) if request.style_image else ()
    photo = Path(request.photo) if request.photo else None
    return GuideTarget(request.prompt, style, photo, request.image_weight)


def check_base(request: JobRequest, models: Models) -> None:
    """Raise BAD_REQUEST if the head to start from was made by another kind of generator."""
    z_dim = models.generator.config.z_dim
    if request.base is not None and len(request.base.z) != z_dim:
        raise HeadsmithError(
            ErrorCode.BAD_REQUEST,
            f"The chosen head was made by another model (its latent has {len(request.base.z)} numbers, "
            f"{models.name} needs {z_dim}); choose a head of this model, or that model again.",
        )


def explore(
    models: Models, target: TargetEmbedding, progress: JobProgress
) -> tuple[CandidateResult, ...]:
    """A gallery of small pictures, each announced as soon as it is there."""
    job = progress.job
    with progress.stage("guide", "Thinking of heads"):
        latents = propose_latents(models, target, job.request, job.request.seed, GALLERY_SIZE)
    candidates = []
    with progress.stage("planes", "Drawing the gallery"):
        for index, z in enumerate(latents):
            field = grow_head(models, z).field
            picture = render_preview(field, portrait_camera(models.generator.config), CANDIDATE_PX)
            name = f"candidate_{index}.png"
            save_png(job.folder / name, picture)
            candidates.append(CandidateResult(name, tuple(z.tolist())))
            progress.emit(Candidate(job.id, index, name, candidates[-1].z))
            progress.advance((index + 1) / GALLERY_SIZE)
    return tuple(candidates)


def make_heads(
    models: Models, target: TargetEmbedding, progress: JobProgress
) -> tuple[tuple[HeadResult, ...], tuple[str, ...]]:
    """All heads of a job and a sentence for each that failed; raises if every one of them did."""
    count = head_count(progress.job.request)
    heads: list[HeadResult] = []
    failures: list[HeadsmithError] = []
    for index in range(count):
        try:
            heads.append(make_head(models, target, progress, index, count))
        except JobCancelledError:
            raise
        except Exception as error:  # noqa: BLE001 boundary of a head: the others are made
            log_traceback(error)
            failures.append(typed_error(error))
            if failures[-1].code is ErrorCode.OUT_OF_MEMORY or is_disk_full(error):
                break  # the next head would meet it too
        progress.meter = StageMeter()
    if not heads:
        raise failures[0]
    return tuple(heads), tuple(error.user_text for error in failures)


def make_head(
    models: Models, target: TargetEmbedding, progress: JobProgress, index: int, count: int
) -> HeadResult:
    """One head, from its latent to its files."""
    request = progress.job.request
    seed = (request.seed + index) % (MAX_SEED + 1)
    files = HeadFiles(progress.job.folder, index)

    progress.prefix = f"Head {index + 1} of {count}: " if count > 1 else ""
    with progress.stage("guide", "Finding the look"):
        z = find_latent(models, target, progress, seed, index)
    with progress.stage("planes", "Growing the head"):
        shown, neutral = grow_pair(models, z, request)
        similarity = models.guide.similarity(shown.planes, target)
        camera = portrait_camera(models.generator.config)
        save_png(files.preview, render_preview(shown.field, camera, PREVIEW_PX))
        progress.emit(Preview(progress.job.id, files.relative(files.preview), index))
        colors = look_at(shown, models, progress)
        neutral_colors = colors if neutral is shown else look_at(neutral, models, progress)
    origin = Provenance(request.prompt, seed, models.name, models.sha256, models.licence)
    sculpt, rig = None, None
    if request.output != "rig":
        sculpt = make_sculpt(models, shown.field, colors, origin, files, progress)
    if request.output != "sculpt":
        w = neutral.ws[0, 0]
        rig = make_rig(models.generator, neutral.field, neutral_colors, w, files, progress)
    return HeadResult(
        name=head_name(request),
        stages=progress.meter.figures(),
        provenance=origin,
        sculpt=sculpt,
        rig=rig,
        preview=files.relative(files.preview),
        z=tuple(z.tolist()),
        seed=seed,
        text_similarity=round(similarity, 4),
    )


def make_sculpt(
    models: Models,
    field: FastField,
    colors: SurfaceColors,
    origin: Provenance,
    files: HeadFiles,
    progress: JobProgress,
) -> SculptResult:
    """The extracted surface of a field with UVs and maps of its own: the stages "extract" to "write"."""
    request = progress.job.request
    settings = surface_settings(request)
    with progress.stage("extract", "Finding the surface"):
        labels = part_labels(models, field, request.masks)
        shape = extract_shape(field, settings, progress.advance, labels)
    with progress.stage("unwrap", "Unwrapping"):
        folder = progress.job.folder
        corner_uvs, more_mib = unwrap_apart(shape, settings.texture_px, folder, progress.advance)
        progress.meter.add("unwrap", 0.0, peak_memory_mib() + more_mib)
    with progress.stage("bake", "Painting the texture"):
        units = models.generator.config.field_units_per_metre
        surface = bake_head(colors, shape, corner_uvs, settings, units, progress.advance, labels)
    with progress.stage("write", "Writing the files"):
        return write_surface(files, surface, head_name(request), origin)


def find_latent(
    models: Models, target: TargetEmbedding, progress: JobProgress, seed: int, index: int
) -> Tensor:
    """The latent [Z] of a head: chosen, varied, rewritten, or proposed and then refined."""
    job = progress.job
    z = propose_latents(models, target, job.request, seed, 1)[0]

    def follow(step: RefineStep) -> None:
        if step.preview is not None:
            name = f"steering_{index:02d}_{step.index:03d}.png"
            save_png(job.folder / name, step.preview)
            progress.emit(Preview(job.id, name, index))
        progress.advance(step.index / step.total)

    return models.guide.refine(z, target, refine_steps(job.request), follow)


def propose_latents(
    models: Models, target: TargetEmbedding, request: JobRequest, seed: int, count: int
) -> Tensor:
    """Latents [count,Z] that fit the request."""
    guide, base = models.guide, request.base
    if base is None:
        return guide.propose(target, seed, count, request.truncation)
    z = torch.tensor(base.z)
    if base.use == "finish":
        return z.repeat(count, 1)
    if base.use == "vary":
        return guide.vary(z, base.amount, seed, count)
    return torch.stack([guide.rewrite(z, target, seed + i) for i in range(count)])


def surface_settings(request: JobRequest) -> SurfaceSettings:
    return SurfaceSettings(PRESETS[request.quality].resolution, request.faces, request.texture_px)


def part_labels(models: Models, field: FastField, masks: bool) -> PartLabels | None:
    """The parts of a head, if the model knows them."""
    names = models.generator.config.decoder.label_names
    return PartLabels(names, field.labels, masks) if names else None


def look_at(head: GrownHead, models: Models, progress: JobProgress) -> SurfaceColors:
    """The colours of a head, with what super-resolved pictures of it add."""
    detail = look_closely(models.generator, head.field, head.ws, progress.advance)
    return SurfaceColors(head.field, detail)
