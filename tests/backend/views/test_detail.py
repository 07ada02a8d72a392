"""Pictures of a head that super-resolution makes: which heads get them, from where, and what of them counts."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from backend.bench.parity import load_small_eg3d
from backend.generator.checkpoints import Provenance, read_header, save_generator
from backend.generator.config import GeneratorConfig, SuperResolutionConfig
from backend.generator.fast_field import FastField
from backend.generator.model import Generator
from backend.models import ASSETS, GENERATOR_FILE
from backend.pipeline import Pipeline
from backend.process.jobs import Job
from backend.surface.bake import SurfaceColors
from backend.surface.build import SurfaceSettings, bake_head, extract_shape
from backend.surface.unwrap import unwrap_uvs
from backend.surface.view_detail import ViewDetail
from backend.views.cameras import look_at_camera
from backend.views.detail import (
    detail_cameras,
    draw_surface,
    look_closely,
    paints_textures,
    trust_inside,
    without_tint,
    yaw_limit_degrees,
)
from backend.views.unlit import UnlitRenderer
from backend.wire.json_coding import from_json, to_json
from backend.wire.messages import (
    Message,
    Progress,
)
from backend.wire.requests import (
    JobRequest,
)
from tests.backend.generator.configs import EG3D_LIKE, TRI_GRID, build, latents, points_in
from tests.backend.tiny_models import TINY_CONFIG, make_generator
from tests.backend.views.test_unlit import HalvedBall

SIZE = 128
STRIPE = 2  # pixels
FINE = replace(
    TINY_CONFIG,
    superresolution=SuperResolutionConfig(
        16, (6,), patch=STRIPE * 2, reads_w=False, upsample="interpolate"
    ),
    neural_resolution=16,
    camera=replace(TINY_CONFIG.camera, yaw_limit_degrees=0.0),  # few views are quick
)


def ignore(_share: float) -> None:
    """Nobody follows the progress."""


def boxes(stripes: float) -> tuple[Generator, FastField, torch.Tensor]:
    """A head that is a box, and super-resolution that adds upright stripes of this strength to its pictures."""
    source, generator = make_generator(), Generator(FINE).eval().requires_grad_(False)
    generator.load_state_dict(source.state_dict(), strict=False)
    for name, parameter in generator.named_parameters():
        if name.startswith("superresolution"):
            parameter.zero_()
    # What the last layer paints whatever it reads: each of its positions is a patch of pixels.
    patch = generator.get_parameter("superresolution.block0.torgb.bias").view(3, 2 * STRIPE, -1)
    patch[:, :, :STRIPE], patch[:, :, STRIPE:] = stripes, -stripes
    with torch.inference_mode():
        ws = source.map(torch.zeros(1, FINE.z_dim))
        return generator, FastField(generator, generator.synthesize_planes(ws)), ws


def test_only_pictures_finer_than_the_planes_paint_textures() -> None:
    published = load_small_eg3d().config
    assert paints_textures(published)
    assert not paints_textures(read_header(ASSETS / GENERATOR_FILE).config)
    assert not paints_textures(TRI_GRID)  # it has no super-resolution
    assert published.superresolution is not None
    never = replace(published.superresolution, paints_textures=False)
    assert not paints_textures(replace(published, superresolution=never))


def test_heads_are_looked_at_only_from_where_pictures_are_good() -> None:
    def yaws(config: GeneratorConfig) -> list[float]:
        positions = [camera.cam2world[:3, 3] for camera in detail_cameras(config)]
        offsets = [at - torch.tensor(config.camera.pivot) for at in positions]
        return [math.degrees(math.atan2(float(x), float(z))) for x, _, z in offsets]

    assert (yaw_limit_degrees(EG3D_LIKE), yaw_limit_degrees(TRI_GRID)) == (45.0, 180.0)
    assert sorted({round(yaw) for yaw in yaws(EG3D_LIKE)}) == [-45, 0, 45]
    around = [round(yaw) % 360 for yaw in yaws(TRI_GRID)]
    assert sorted(set(around)) == [0, 45, 90, 135, 180, 225, 270, 315]
    assert around.count(180) == 1
    narrow = replace(EG3D_LIKE, camera=replace(EG3D_LIKE.camera, yaw_limit_degrees=20.0))
    assert from_json(GeneratorConfig, to_json(narrow), unknown="refuse") == narrow
    assert sorted({round(yaw) for yaw in yaws(narrow)}) == [-20, 0, 20]


@pytest.mark.parametrize("size", [64, 48])
def test_a_picture_of_the_surface_knows_its_depths(size: int) -> None:
    camera = look_at_camera(0.0, 0.0, 2.0, 25.0)
    color, depth = draw_surface(UnlitRenderer(HalvedBall()), camera, size)
    assert color.shape == (3, size, size)
    assert depth[size // 2, size // 2] == pytest.approx(1.7, abs=1e-3)
    assert depth[0, 0] == 0.0
    assert color[:, size // 2, size // 2 + 8].tolist() == [1, 0, 0]


def test_outlines_steps_and_borders_are_not_trusted() -> None:
    camera = look_at_camera(0.0, 0.0, 2.0, 25.0)
    depth = torch.full((SIZE, SIZE), 2.0)
    depth[:, :30] = 0.0
    depth[:, 80:] = 2.2
    trust = trust_inside(depth, camera, 4.0)
    assert (trust[:, :34] == 0).all()
    assert (trust[:, 77:83] == 0).all()
    assert (trust[:3] == 0).all() and (trust[-3:] == 0).all()
    assert (trust[30:-30, 45:65] == 1).all()
    assert trust.diff(dim=1).abs().max() < 0.25


def test_slow_changes_of_colour_are_taken_out_and_fine_ones_stay() -> None:
    rows = torch.linspace(-1, 1, SIZE)[:, None].expand(SIZE, SIZE)
    columns = torch.arange(SIZE).expand(SIZE, SIZE)
    fine = 0.1 * torch.sin(columns * 1.5)
    trust = torch.zeros(SIZE, SIZE)
    trust[16:-16, 16:-16] = 1.0
    kept = without_tint((fine + 0.2 + 0.02 * rows).expand(3, -1, -1), trust)
    inner = slice(32, -32)
    assert (kept - fine)[:, inner, inner].abs().max() < 0.01


def test_a_generator_without_finer_pictures_is_not_looked_at() -> None:
    generator = make_generator()
    field = FastField(generator, torch.zeros(1, 3, 11, 4, 4))
    assert look_closely(generator, field, torch.zeros(1, 8, 32), ignore) is None


@pytest.fixture(scope="module")
def striped() -> tuple[FastField, ViewDetail, list[float]]:
    """A box, what its striped pictures add, and the shares of the work that were told."""
    generator, field, ws = boxes(0.2)
    shares: list[float] = []
    detail = look_closely(generator, field, ws, shares.append)
    assert detail is not None
    return field, detail, shares


def test_stripes_come_into_the_texture_where_they_are_seen(
    striped: tuple[FastField, ViewDetail, list[float]],
) -> None:
    field, detail, _ = striped
    settings = SurfaceSettings(32, 1200, 256)
    shape = extract_shape(field, settings, ignore)
    uvs = unwrap_uvs(shape.vertices, shape.faces, settings.texture_px)
    units = FINE.field_units_per_metre
    plain, painted = (
        bake_head(SurfaceColors(field, added), shape, uvs, settings, units, ignore).maps.albedo
        / 255.0
        for added in (None, detail)
    )
    # The pictures span 2 where colours span 1.
    assert 0.05 < np.quantile(np.abs(painted - plain), 0.98) < 0.15
    # The back of the box is seen from nowhere.
    rng = np.random.default_rng(0)
    back = np.concatenate([rng.uniform(-0.2, 0.2, (50, 2)), np.full((50, 1), -0.2)], axis=1)
    assert (detail.at(back, np.array([[0.0, 0.0, -1.0]]).repeat(50, axis=0)) == 0).all()


def test_stripes_lie_in_the_pixels_that_show_them(
    striped: tuple[FastField, ViewDetail, list[float]],
) -> None:
    _, detail, shares = striped
    assert len(shares) == len(detail.views)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    front = detail.views[0]
    middle = front.detail.shape[-1] // 2
    around = front.detail[:, middle - 8 : middle + 8, middle - 8 : middle + 8]
    is_bright = torch.arange(middle - 8, middle + 8) // STRIPE % 2 == 0
    bright, dark = around[..., is_bright].mean(), around[..., ~is_bright].mean()
    assert float(bright - dark) == pytest.approx(0.2, abs=0.03)


def test_an_exception_from_the_progress_cancels() -> None:
    generator, field, ws = boxes(0.0)

    def cancel(_share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        look_closely(generator, field, ws, cancel)


def test_a_generator_like_the_published_ones_goes_all_the_way() -> None:
    generator, camera = build(EG3D_LIKE), detail_cameras(EG3D_LIKE)[1]
    with torch.inference_mode():
        ws = generator.map(latents(EG3D_LIKE, 1), camera.label()[None])
        # Chance has no surface where trained weights have theirs, and a ragged one anywhere else.
        coarse = F.adaptive_avg_pool2d(generator.synthesize_planes(ws)[0], 3)
        planes = F.interpolate(coarse, size=(32, 32), mode="bicubic")[None]
        points = points_in(EG3D_LIKE, 1, 4096)[0].clamp(-0.5, 0.5)
        level = float(FastField(generator, planes).sigma(points).quantile(0.6))
    generator.config = replace(EG3D_LIKE, surface_sigma=EG3D_LIKE.surface_sigma + level)
    detail = look_closely(generator, FastField(generator, planes), ws, ignore)
    assert detail is not None
    assert {view.detail.shape for view in detail.views} == {(3, 32, 32)}
    assert all(bool(view.detail.isfinite().all()) for view in detail.views)
    assert max(float(view.depth.max()) for view in detail.views) > 1.0


@pytest.mark.slow
def test_a_job_paints_what_super_resolution_shows(tiny_models: Path, tmp_path: Path) -> None:
    request = JobRequest(
        prompt="an old man", seed=3, quality="draft", faces=400, texture_px=256, output="sculpt"
    )
    pictures = []
    for strength in (0.0, 0.2):
        folder, job = tmp_path / f"models{strength}", tmp_path / f"job{strength}"
        shutil.copytree(tiny_models, folder)
        job.mkdir()
        made_up = Provenance("made up", "CC0-1.0")
        save_generator(boxes(strength)[0], folder / "tiny.safetensors", made_up)
        told: list[Message] = []
        result = Pipeline("cpu", str(folder), 0.1).run(Job("job", job, request), told.append)
        sculpt = result.heads[0].sculpt
        assert sculpt is not None
        with Image.open(job / sculpt.albedo) as image:
            pictures.append(np.asarray(image.convert("RGB")) / 255.0)
        # Where the generator is looked at closely, the stage goes on after its beginning.
        planes = {m.fraction for m in told if isinstance(m, Progress) and m.stage == "planes"}
        assert len(planes) > 1
    assert 0.05 < np.quantile(np.abs(pictures[1] - pictures[0]), 0.98) < 0.15
