"""How closely delivered heads look like what the generator draws, and what their textures are like.

A head is made as the pipeline makes it, and its textured triangles are drawn through cameras that also draw the
field itself, both unlit before the same grey. What is compared is every pixel that either of the two covers at
all: nothing is left out, so an outline that decimation moved counts in full, as head against background.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..generator.checkpoints import load_generator
from ..generator.fast_field import FastField
from ..generator.model import Generator
from ..models import ASSETS, GENERATOR_FILE
from ..process.unwrapping import unwrap_apart
from ..surface.bake import SurfaceColors
from ..surface.build import (
    Shape,
    SurfaceResult,
    SurfaceSettings,
    bake_head,
    extract_shape,
)
from ..surface.part_maps import PartLabels
from ..surface.texture_maps import ALBEDO_SHARE, LOCATE_SHARE
from ..training.truth.frozen_heads import GREY
from ..views.cameras import Camera
from ..views.previews import portrait_camera
from ..views.unlit import LabelledField, UnlitRenderer
from .figures import Figure
from .image_scores import NOTHING, SquareSum, squared_error
from .mesh_view import draw_mesh
from .seams import seam_error
from .side_by_side import WORKERS, head_of, one_thread_each

HEADS = 8
TRUNCATION = 0.7
TEXTURE_PX, FINE_TEXTURE_PX = 2048, 4096
VIEW_PX = 256
YAWS = {
    "front": 0.0,
    "left": math.pi / 4,
    "right": -math.pi / 4,
    "side": math.pi / 2,
    "back": math.pi,
}
MIN_PSNR_DB, MAX_BAKE_S = 30, 60


def _ignore(_share: float) -> None:
    """Nobody follows the progress."""


@dataclass(frozen=True)
class Eye:
    """Where heads are looked at from, and the field units in their metres."""

    at: Callable[[float], Camera]  # by yaw
    units_per_metre: float
    label_names: tuple[str, ...] = ()  # of the field


@dataclass(frozen=True)
class TextureScores:
    """One head."""

    views: tuple[SquareSum, ...]  # in the order of YAWS; where either picture shows the head
    inside: tuple[SquareSum, ...]  # where both pictures show nothing but the head
    coverage: float
    seam_error: float


def measure() -> tuple[Figure, ...]:
    """The likeness of some random heads, and the seconds of a fine texture."""
    generator = load_generator(ASSETS / GENERATOR_FILE).eval().requires_grad_(False)
    config = generator.config
    eye = Eye(
        lambda yaw: portrait_camera(config, yaw),
        config.field_units_per_metre,
        config.decoder.label_names,
    )
    settings = SurfaceSettings(texture_px=TEXTURE_PX)
    with one_thread_each(), ThreadPoolExecutor(WORKERS) as pool:
        scores = list(
            pool.map(
                lambda seed: score_head(random_head(generator, seed), settings, eye), range(HEADS)
            )
        )
    return (*_likeness(scores), *_fine_texture(generator))


def score_head(field: LabelledField, settings: SurfaceSettings, eye: Eye) -> TextureScores:
    """Deliver the head of a field, draw both from all sides, and compare."""
    head = deliver(field, settings, eye)
    uvs = head.mesh.corner_uvs
    assert uvs is not None
    renderer = UnlitRenderer(field)
    views, inside = [], []
    for yaw in YAWS.values():
        camera = eye.at(yaw)
        points = head.mesh.vertices * np.float32(eye.units_per_metre)
        actual = draw_mesh(points, head.mesh.faces, uvs, head.maps.albedo, camera, VIEW_PX)
        true = renderer.draw(camera, VIEW_PX)
        either = ((actual.coverage > 0) | (true.coverage > 0)).numpy()
        both = ((actual.coverage == 1) & (true.coverage == 1)).numpy()
        pictures = actual.over(GREY).numpy(), true.over(GREY).numpy()
        views.append(squared_error(*pictures, either))
        inside.append(squared_error(*pictures, both))
    seams = seam_error(head.mesh.faces, uvs, head.maps.albedo)
    return TextureScores(tuple(views), tuple(inside), head.uv.coverage, seams)


def random_head(generator: Generator, seed: int) -> FastField:
    z = np.random.default_rng(seed).standard_normal(generator.config.z_dim, np.float32)
    return head_of(generator, z, TRUNCATION)


def deliver(field: LabelledField, settings: SurfaceSettings, eye: Eye) -> SurfaceResult:
    """The head as the pipeline makes it."""
    labels = PartLabels(eye.label_names, field.labels) if eye.label_names else None
    shape = extract_shape(field, settings, _ignore, labels)
    uvs = unwrap(shape, settings.texture_px)
    return bake_head(SurfaceColors(field), shape, uvs, settings, eye.units_per_metre, _ignore)


def unwrap(shape: Shape, texture_px: int) -> NDArray[np.float32]:
    """The UVs [F,3,2] of a shape, by the product's own way."""
    with tempfile.TemporaryDirectory() as folder:
        return unwrap_apart(shape, texture_px, Path(folder), _ignore)[0]


def _likeness(scores: list[TextureScores]) -> tuple[Figure, ...]:
    each = np.array([[view.psnr_db for view in score.views] for score in scores])
    inside = sum((view for score in scores for view in score.inside), NOTHING)
    by_view = each.mean(axis=0)
    return (
        Figure("psnr_db", float(each.mean()), f"mean over views; at least {MIN_PSNR_DB}"),
        Figure("psnr_worst_db", float(each.min()), "the worst view of all"),
        Figure("psnr_inside_db", inside.psnr_db, "without outlines, of all pixels together"),
        *(
            Figure(f"psnr_{name}_db", float(value), "mean over heads")
            for name, value in zip(YAWS, by_view, strict=True)
        ),
        Figure("coverage", float(np.mean([s.coverage for s in scores])), "of the texture"),
        Figure(
            "coverage_worst", min(s.coverage for s in scores), "of the texture, the emptiest one"
        ),
        Figure(
            "seam_error",
            float(np.mean([s.seam_error for s in scores])),
            "colour difference across seams, 0..1",
        ),
    )


def _fine_texture(generator: Generator) -> tuple[Figure, ...]:
    """The seconds of a texture for close pictures: its colours, and all maps."""
    field = random_head(generator, 0)
    labels = PartLabels(generator.config.decoder.label_names, field.labels)
    times: list[tuple[float, float]] = []  # shares done, and when

    def follow(share: float) -> None:
        times.append((share, time.perf_counter()))

    settings = SurfaceSettings(texture_px=FINE_TEXTURE_PX)
    shape = extract_shape(field, settings, _ignore, labels)
    uvs = unwrap(shape, settings.texture_px)
    start = time.perf_counter()
    units = generator.config.field_units_per_metre
    bake_head(SurfaceColors(field), shape, uvs, settings, units, follow, labels)
    end = time.perf_counter()
    colored = min(when for share, when in times if share >= LOCATE_SHARE + ALBEDO_SHARE - 1e-9)
    size = f"s, a texture of {FINE_TEXTURE_PX} texels a side"
    return (
        Figure("bake4k_s", colored - start, f"{size}; at most {MAX_BAKE_S}"),
        Figure(
            "maps4k_s",
            end - start,
            f"{size} with normals and roughness; at most {MAX_BAKE_S}",
        ),
    )
