"""On how many pictures of heads a face is found.

A detector is any program that was made for photographs of people; the figures need one that is not ours. A
photograph shows light and shade, so the unlit heads are lit by a lamp at the camera.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.interpolate import griddata

from ..camera import Camera
from ..training.frozen_heads import (
    BACK_VIEW,
    FRONT_VIEW,
    GREY,
    VIEW_SIZE,
    FrozenHead,
    SurfacePoints,
    frozen_cameras,
    spread_points,
)
from ..unlit_view import LabelledField, UnlitRenderer
from .surface_scores import field_normals

Picture = NDArray[np.uint8]  # [H,W,3] sRGB
Floats = NDArray[np.floating]

LIT_POINTS = 2700  # of a view, about as many as a frozen head has there
_AMBIENT = 0.4  # of the light; chosen on the kit's own heads
_GRAZING = 0.05  # cosine; points that face the camera less are probably hidden


class FaceDetector(Protocol):
    """Looks for faces."""

    def finds_face(self, picture: Picture) -> bool:
        """Whether there is at least one."""
        ...


@dataclass(frozen=True)
class FrontAndBack:
    """A lit head from ahead and from behind, on grey."""

    front: Picture
    back: Picture


@dataclass(frozen=True)
class FaceCounts:
    """On how many heads a face is found."""

    front: int
    back: int


def grown_views(field: LabelledField) -> FrontAndBack:
    """The head of a field."""
    renderer = UnlitRenderer(field)

    def draw(index: int) -> Picture:
        camera = frozen_cameras()[index]
        view = renderer.draw(camera, VIEW_SIZE)
        kept = spread_points(view.points.numpy(), LIT_POINTS, np.random.default_rng(0))
        points = view.points[torch.from_numpy(kept)]
        surface = SurfacePoints(points.numpy(), field_normals(field, points))
        return light(view.over(GREY).numpy(), view.coverage.numpy(), surface, camera)

    return FrontAndBack(draw(FRONT_VIEW), draw(BACK_VIEW))


def frozen_views(head: FrozenHead) -> FrontAndBack:
    """The head that the kit drew."""

    def draw(index: int) -> Picture:
        picture, coverage = (x[index] / 255 for x in (head.views, head.coverage))
        return light(picture, coverage, head.surface, frozen_cameras()[index])

    return FrontAndBack(draw(FRONT_VIEW), draw(BACK_VIEW))


def light(picture: Floats, coverage: Floats, surface: SurfacePoints, camera: Camera) -> Picture:
    """An unlit picture [S,S,3] on grey, lit from the camera, given points of the head's surface."""
    facing = _facing(surface, camera, len(picture))[..., None]
    background = GREY * (1 - coverage[..., None])
    lit = background + (picture - background) * (_AMBIENT + (1 - _AMBIENT) * facing)
    return (lit.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def count_faces(detector: FaceDetector, heads: Iterable[FrontAndBack]) -> FaceCounts:
    """On how many of the heads the detector finds a face, in front and behind."""
    found = [(detector.finds_face(h.front), detector.finds_face(h.back)) for h in heads]
    return FaceCounts(*(sum(column) for column in zip(*found, strict=True)))


def _facing(surface: SurfacePoints, camera: Camera, size: int) -> Floats:
    """How much the surface faces the camera, 0..1 [S,S], between those points that the camera sees."""
    offset = surface.points - camera.cam2world[:3, 3].numpy()
    toward = -offset / np.linalg.norm(offset, axis=1, keepdims=True)
    cosine = (surface.normals * toward).sum(1)
    x, y, z = (offset @ camera.cam2world[:3, :3].numpy()).T
    (fx, _, cx), (_, fy, cy), _ = camera.intrinsics.tolist()
    places = np.stack([cy + fy * y / z, cx + fx * x / z], axis=1) * size - 0.5
    seen = cosine > _GRAZING
    rows, columns = np.mgrid[:size, :size]
    facing: Floats = griddata(places[seen], cosine[seen], (rows, columns), fill_value=0.0)
    return facing
