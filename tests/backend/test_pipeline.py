"""The whole road from a request to files, with small real models."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image
from torch import Tensor

from backend.errors import HeadsmithError, JobCancelledError
from backend.head_mesh import HeadMesh, is_closed
from backend.models import Models, load_models
from backend.pipeline import (
    CANDIDATE_PX,
    PREVIEW_PX,
    Pipeline,
    find_latent,
    propose_latents,
    read_target,
)
from backend.process.client import BackendClient
from backend.process.jobs import Job
from backend.process.launch import BackendSettings
from backend.process.progress import JobProgress
from backend.quality import PRESETS, plan_job
from backend.training.kit.sampler import PART_LABELS
from backend.wire.messages import (
    Candidate,
    Message,
    Notice,
    Preview,
    Progress,
)
from backend.wire.requests import (
    GALLERY_SIZE,
    ErrorCode,
    JobRequest,
    LatentBase,
)
from backend.wire.results import (
    HeadResult,
    JobResult,
    SculptResult,
)

Z_DIM = 12
EXPLORE = JobRequest(kind="explore", prompt="an old man with grey hair", seed=3)
HEADS = JobRequest(
    prompt="an old man with grey hair",
    seed=3,
    count=3,
    quality="draft",
    faces=1200,
    texture_px=128,
    masks=True,
)


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
    target = models.guide.embed(read_target(request))
    return propose_latents(models, target, request, request.seed, count)


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
        propose(models, JobRequest(style_image=str(tmp_path / name))) for name in ("a.png", "b.png")
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


@pytest.fixture(scope="module")
def heads(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Three heads, the second of which cannot write its files."""
    folder = tmp_path_factory.mktemp("heads")
    (folder / "head_01").write_text("in the way")
    heard: list[Message] = []
    return Run(folder, heard, pipeline.run(Job("job", folder, HEADS), heard.append))


def sculpt_of(head: HeadResult) -> SculptResult:
    assert head.sculpt is not None
    return head.sculpt


def test_a_head_that_fails_does_not_stop_the_others(heads: Run) -> None:
    assert [head.seed for head in heads.result.heads] == [3, 5]
    (failure,) = heads.result.failures
    assert "head_01" in failure


def test_a_head_is_a_closed_mesh_of_human_size_with_its_texture(heads: Run) -> None:
    for head in heads.result.heads:
        sculpt = sculpt_of(head)
        mesh, figures = HeadMesh.load(heads.folder / sculpt.mesh), sculpt.figures
        assert mesh.figures() == figures
        assert is_closed(mesh.faces)
        assert (figures.components, figures.faces) == (1, HEADS.faces)
        assert 0.15 < figures.height_m < 0.4
        assert mesh.corner_uvs is not None
        assert 0.0 <= mesh.corner_uvs.min() < mesh.corner_uvs.max() <= 1.0
        with Image.open(heads.folder / sculpt.albedo) as albedo:
            assert (albedo.mode, albedo.size) == ("RGB", (128, 128))
        with Image.open(heads.folder / head.preview) as preview:
            assert preview.size == (PREVIEW_PX, PREVIEW_PX)


def test_a_head_has_maps_on_the_texels_of_its_texture(heads: Run) -> None:
    sculpt = sculpt_of(heads.result.heads[0])
    for path, mode in ((sculpt.normal, "RGB"), (sculpt.roughness, "L")):
        with Image.open(heads.folder / path) as picture:
            assert (picture.mode, picture.size) == (mode, (128, 128))
    assert [mask.part for mask in sculpt.masks] == [name.split()[0] for name in PART_LABELS[1:]]
    assert sculpt.masks[5].path == "head_00/masks/teeth.png"
    total = np.zeros((128, 128))
    for mask in sculpt.masks:
        with Image.open(heads.folder / mask.path) as picture:
            assert (picture.mode, picture.size) == ("L", (128, 128))
            total += np.asarray(picture)
    # Up to the rounding, texels of charts belong to parts in whole, and others to none.
    assert set(np.round(total.ravel() / 25.5)) == {0, 10}


def test_masks_are_made_only_where_they_are_asked_for(heads: Run, make: Make) -> None:
    plain = make(dataclasses.replace(HEADS, count=1, masks=False))
    (head,) = plain.result.heads
    sculpt = sculpt_of(head)
    assert sculpt.masks == ()
    assert not (plain.folder / "head_00" / "masks").exists()
    for path in (sculpt.albedo, sculpt.normal, sculpt.roughness):  # the same with masks and without
        assert (plain.folder / path).read_bytes() == (heads.folder / path).read_bytes()


def test_the_glb_is_the_mesh_with_its_texture_and_provenance(heads: Run) -> None:
    head = heads.result.heads[0]
    scene = trimesh.load_scene(heads.folder / sculpt_of(head).glb)
    (geometry,) = scene.geometry.values()
    assert geometry.visual.material.baseColorTexture.size == (128, 128)
    geometry.merge_vertices(merge_tex=True, merge_norm=True)
    assert geometry.is_watertight
    assert len(geometry.faces) == sculpt_of(head).figures.faces
    provenance = scene.metadata["headsmith"]
    assert (provenance["prompt"], provenance["seed"]) == (HEADS.prompt, head.seed)
    assert provenance["model_sha256"] == head.provenance.model_sha256


def test_another_seed_is_another_head(heads: Run) -> None:
    first, second = (
        HeadMesh.load(heads.folder / sculpt_of(head).mesh) for head in heads.result.heads
    )
    assert heads.result.heads[0].z != heads.result.heads[1].z
    assert np.abs(np.ptp(first.vertices, axis=0) - np.ptp(second.vertices, axis=0)).max() > 1e-3


def test_a_chosen_latent_gives_the_same_mesh_again(heads: Run, make: Make) -> None:
    head = heads.result.heads[0]
    base = LatentBase(head.z, "finish")
    again = make(dataclasses.replace(HEADS, base=base, seed=99))
    (same,) = again.result.heads
    ours, theirs = sculpt_of(head), sculpt_of(same)
    first = HeadMesh.load(heads.folder / ours.mesh)
    second = HeadMesh.load(again.folder / theirs.mesh)
    assert np.array_equal(first.vertices, second.vertices)
    assert np.array_equal(first.faces, second.faces)
    assert np.array_equal(np.asarray(first.corner_uvs), np.asarray(second.corner_uvs))
    assert (heads.folder / ours.albedo).read_bytes() == (again.folder / theirs.albedo).read_bytes()


def test_every_stage_is_measured_for_every_head(heads: Run) -> None:
    stages = ["guide", "planes", "extract", "unwrap", "bake", "write", "total"]
    for head in heads.result.heads:
        figures = {figure.stage: figure for figure in head.stages}
        assert [name for name in figures if name != "backend_start"] == stages
        assert all(figure.peak_mib > 10 for figure in figures.values())
        assert figures["total"].seconds == pytest.approx(
            sum(figures[name].seconds for name in figures if name != "total"), abs=0.01
        )


def test_the_stages_of_several_heads_are_told_in_their_order(heads: Run) -> None:
    told = [message for message in heads.heard if isinstance(message, Progress)]
    assert [m.fraction for m in told] == sorted(m.fraction for m in told)
    texts = list(dict.fromkeys(m.text for m in told if m.stage == "extract"))
    assert texts == ["Head 1 of 3: Finding the surface", "Head 3 of 3: Finding the surface"]


def test_a_steered_head_shows_itself_step_by_step(
    models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PRESETS, "draft", dataclasses.replace(PRESETS["draft"], refine_steps=1))
    heard: list[Message] = []
    progress = JobProgress(Job("job", tmp_path, HEADS), heard.append, plan_job(HEADS, True))
    with progress.stage("guide", "Finding the look"):
        target = models.guide.embed(read_target(HEADS))
        z = find_latent(models, target, progress, seed=3, index=0)
    assert z.shape == (Z_DIM,)
    (preview,) = [message for message in heard if isinstance(message, Preview)]
    with Image.open(tmp_path / preview.path) as image:
        assert image.mode == "RGB"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_memory_that_runs_out_fails_the_job_and_leaves_the_backend_in_order(
    tiny_models: Path, tmp_path: Path
) -> None:
    settings = BackendSettings(
        main=Path(__file__).parent / "fake_backends" / "little_memory.py",
        models_folder=str(tiny_models),
        log=tmp_path / "log",
        start_timeout_s=300.0,
        environment={"HEADSMITH_SPARE_MIB": "900"},
    )
    small = dataclasses.replace(HEADS, count=1)
    with BackendClient(settings) as backend:
        with pytest.raises(HeadsmithError, match="smaller texture") as caught:
            backend.make(dataclasses.replace(small, texture_px=8192), tmp_path / "large")
        assert caught.value.code is ErrorCode.OUT_OF_MEMORY
        assert [path.name for path in (tmp_path / "large").iterdir()] == []  # no work was begun
        assert not (tmp_path / "large" / "result.json").exists()
        assert len(backend.make(small, tmp_path / "small").heads) == 1
