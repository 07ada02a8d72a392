"""What random heads of the generator are like: in one piece, varied, and like the kit's own as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..generator.model import Generator
from ..guidance.encoder import PortraitClip
from ..training.truth.frozen_heads import (
    FRONTAL_VIEWS,
    GREY,
    HEAD_POINTS,
    VIEW_SIZE,
    FrozenHeads,
    frozen_cameras,
    spread_points,
)
from ..views.unlit import UnlitRenderer
from .face_counts import FaceCounts, FaceDetector, FrontAndBack, count_faces, grown_views
from .set_scores import Floats, kernel_distance, variety
from .side_by_side import head_of
from .surface_scores import radial_shape, solid_parts

_BATCH = 50  # pictures that are encoded at a time


@dataclass(frozen=True)
class HeadSet:
    """Heads as they are compared with other heads."""

    features: Floats  # [N,V,D] of the frontal views, each of length 1
    shapes: Floats  # [N,directions] field units


@dataclass(frozen=True)
class RandomCounts:
    """How many of some random heads are as they should be."""

    clean: int  # in one piece
    faces: FaceCounts


@dataclass(frozen=True)
class _Made:
    views: NDArray[np.float32]  # [V,S,S,3] on grey
    shape: Floats  # [directions]


def random_counts(
    generator: Generator, latents: Floats, truncation: float, detector: FaceDetector, workers: int
) -> RandomCounts:
    """The counts over heads of latents [N,Z], each of which is grown once."""

    def look_at(z: Floats) -> tuple[bool, FrontAndBack]:
        field = head_of(generator, z, truncation)
        return solid_parts(field) == 1, grown_views(field)

    with ThreadPoolExecutor(workers) as pool:
        looks = list(pool.map(look_at, latents))
    clean = sum(is_clean for is_clean, _ in looks)
    return RandomCounts(clean, count_faces(detector, [views for _, views in looks]))


def generated_heads(
    generator: Generator, clip: PortraitClip, latents: Floats, truncation: float, workers: int
) -> HeadSet:
    """The heads of latents [N,Z]."""

    def make(z: Floats) -> _Made:
        field = head_of(generator, z, truncation)
        renderer = UnlitRenderer(field)
        cameras = frozen_cameras()
        views = [renderer.draw(cameras[index], VIEW_SIZE, 1) for index in FRONTAL_VIEWS]
        pictures = np.stack([view.over(GREY).numpy() for view in views])
        return _Made(pictures, _shape(renderer.guide.numpy()))

    with ThreadPoolExecutor(workers) as pool:
        made = list(pool.map(make, latents))
    return HeadSet(
        _features(clip, [head.views for head in made]), np.stack([head.shape for head in made])
    )


def true_heads(frozen: FrozenHeads, clip: PortraitClip) -> HeadSet:
    """The kit's own."""
    views = [head.views[list(FRONTAL_VIEWS)].astype(np.float32) / 255 for head in frozen.heads]
    return HeadSet(
        _features(clip, views), np.stack([_shape(head.surface.points) for head in frozen.heads])
    )


def distribution_distance(first: HeadSet, second: HeadSet) -> float:
    """KID between their views."""
    return kernel_distance(
        first.features.reshape(-1, first.features.shape[-1]),
        second.features.reshape(-1, second.features.shape[-1]),
    )


def halves(heads: HeadSet) -> tuple[HeadSet, HeadSet]:
    """Every other head, and the rest."""
    return (
        HeadSet(heads.features[::2], heads.shapes[::2]),
        HeadSet(heads.features[1::2], heads.shapes[1::2]),
    )


def relative_variety(heads: HeadSet, reference: HeadSet) -> float:
    """How much the frontal views and the shapes vary, relative to those of other heads: the mean of both."""
    views = variety(heads.features[:, 0]) / variety(reference.features[:, 0])
    shapes = variety(heads.shapes) / variety(reference.shapes)
    return (views + shapes) / 2


def _shape(points: NDArray[np.float32]) -> Floats:
    """From equally many points spread over the surface."""
    return radial_shape(points[spread_points(points, HEAD_POINTS, np.random.default_rng(0))])


def _features(clip: PortraitClip, heads: Sequence[NDArray[np.float32]]) -> Floats:
    views = torch.from_numpy(np.stack(heads)).permute(0, 1, 4, 2, 3)  # [N,V,3,S,S]
    with torch.inference_mode():
        features = [clip.encode_images(some) for some in views.flatten(0, 1).split(_BATCH)]
    return torch.cat(features).view(len(heads), views.shape[1], -1).numpy()
