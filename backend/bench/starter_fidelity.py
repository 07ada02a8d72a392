"""How closely the generator draws heads whose true views, surfaces and skins are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor

from ..generator.fast_field import FastField
from ..generator.model import Generator
from ..generator.template_surface import UV_STEPS, TemplateSurface
from ..surface.field import field_normals
from ..training.kit.sampler import LABEL_INDEX, PART_LABELS
from ..training.truth.frozen_heads import (
    FRONTAL_VIEWS,
    GREY,
    HEAD_POINTS,
    SKIN_SIZE,
    VIEW_SIZE,
    FrozenHead,
    SurfacePoints,
    frozen_cameras,
    spread_points,
)
from ..views.unlit import UnlitRenderer, UnlitView
from .image_scores import (
    NOTHING,
    Mask,
    Picture,
    SquareSum,
    box_around,
    confusion,
    gradient_energy,
    near,
    squared_error,
    structural_similarity,
)
from .surface_scores import Floats, two_way_distances

SEED = 5
_FACE = [LABEL_INDEX[name] for name in ("brow", "eye", "lips", "teeth", "mouth interior")]
_FACE_MARGIN = 0.15  # of the box around brows, eyes and mouth
_EYE = LABEL_INDEX["eye"]
_EYE_PIXELS = 5  # around the eyes that count as theirs


@dataclass(frozen=True)
class Compared:
    """Sums over pictures of one head."""

    error: SquareSum = NOTHING
    energy: SquareSum = NOTHING  # of the generated pictures' gradients
    true_energy: SquareSum = NOTHING

    def __add__(self, other: Compared) -> Compared:
        return Compared(
            self.error + other.error,
            self.energy + other.energy,
            self.true_energy + other.true_energy,
        )


@dataclass(frozen=True)
class HeadScores:
    """One head against its truth."""

    head: Compared  # all views
    face: Compared  # frontal views
    eyes: Compared  # frontal views
    skin: Compared  # in UV space
    ssim: float
    distances: Floats  # [N] field units, both ways
    labels: NDArray[np.int64]  # [L,L] true label, given label


def score_head(generator: Generator, head: FrozenHead) -> HeadScores:
    """Draw the head of the frozen latent and compare everything."""
    with torch.inference_mode():
        ws = generator.map(torch.from_numpy(head.z)[None])
        field = FastField(generator, generator.synthesize_planes(ws))
        skin = skin_picture(generator, ws)
    renderer = UnlitRenderer(field)
    views = [renderer.draw(camera, VIEW_SIZE) for camera in frozen_cameras()]
    whole = face = eyes = Compared()
    ssims, labels = [], np.zeros((len(PART_LABELS),) * 2, np.int64)
    for index, view in enumerate(views):
        actual, true = _over_grey(view), _unit(head.views[index])
        covered, truly = view.coverage.numpy() > 0, head.coverage[index] > 0
        either = covered | truly
        # The outline is judged by the error; sharpness is about what both show.
        both = (view.coverage.numpy() > 0.99) & (head.coverage[index] == 255)
        whole += compare(actual, true, either, both)
        ssims.append(structural_similarity(actual, true, either))
        labels += confusion(view.labels.numpy(), head.labels[index], either, len(PART_LABELS))
        if index in FRONTAL_VIEWS:
            parts = box_around(np.isin(head.labels[index], _FACE), _FACE_MARGIN)
            face += compare(actual, true, either & parts, both & parts)
            at_eyes = near(head.labels[index] == _EYE, _EYE_PIXELS)
            eyes += compare(actual, true, either & at_eyes, both & at_eyes)
    return HeadScores(
        head=whole,
        face=face,
        eyes=eyes,
        skin=_compare_skins(generator, skin, _unit(head.skin)),
        ssim=float(np.mean(ssims)),
        distances=two_way_distances(_seen_surface(field, views), head.surface),
        labels=labels,
    )


def compare(actual: Picture, true: Picture, mask: Mask, sharp_mask: Mask) -> Compared:
    """Errors within one mask, sharpness within another."""
    return Compared(
        squared_error(actual, true, mask),
        gradient_energy(actual, sharp_mask),
        gradient_energy(true, sharp_mask),
    )


def skin_picture(generator: Generator, ws: Tensor) -> Picture:
    """The skin [rows,columns,3] that the generator paints for ws [1,num_ws,w_dim]."""
    painted = _skin_surface(generator).paint(ws[0, 0])
    reduced = F.interpolate(painted[None], SKIN_SIZE, mode="area")[0]
    return cast(Picture, reduced.permute(1, 2, 0).numpy())


def _skin_surface(generator: Generator) -> TemplateSurface:
    if generator.template is None:
        raise ValueError(
            f"The generator {generator.config.name!r} has no texture branch; measure the starter."
        )
    surfaces = cast(list[TemplateSurface], list(generator.template.surfaces))
    return next(surface for surface in surfaces if surface.config.name == "skin")


def _compare_skins(generator: Generator, actual: Picture, true: Picture) -> Compared:
    used = _used_texels(_skin_surface(generator))
    return compare(actual, true, used, used)


@cache
def _used_texels(surface: TemplateSurface) -> Mask:
    """Where triangles lie: nobody sees the rest of the picture."""
    rows, columns = SKIN_SIZE
    picture = Image.new("1", (columns, rows))
    draw = ImageDraw.Draw(picture)
    uvs = surface.corner_uvs[surface.triangle_corners.long()].double() / UV_STEPS
    for corners in (uvs * torch.tensor([columns, rows])).flatten(1).tolist():
        draw.polygon(corners, fill=1)
    return np.asarray(picture)


def _seen_surface(field: FastField, views: list[UnlitView]) -> SurfacePoints:
    """The surface as the true one was taken: what the views see, spread evenly."""
    points = torch.cat([view.points for view in views])
    kept = spread_points(points.numpy(), HEAD_POINTS, np.random.default_rng(SEED))
    chosen = points[torch.from_numpy(kept)]
    normals = field_normals(field, chosen, field.box_half / 200)
    return SurfacePoints(chosen.numpy(), normals.numpy())


def _over_grey(view: UnlitView) -> Picture:
    return cast(Picture, view.over(GREY).numpy())


def _unit(picture: NDArray[np.uint8]) -> Picture:
    return picture.astype(np.float32) / 255
