"""On how many pictures of heads a face is found.

A detector is any program that was made for photographs of people; the figures need one that is not ours. A
photograph shows light and shade, so the unlit heads are lit by a lamp at the camera.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..training.truth.frozen_heads import (
    BACK_VIEW,
    FRONT_VIEW,
    GREY,
    VIEW_SIZE,
    FrozenHead,
    frozen_cameras,
)
from ..views.unlit import LabelledField, UnlitRenderer
from .lit_views import draw_lit, light

Picture = NDArray[np.uint8]  # [H,W,3] sRGB

LIT_POINTS = 2700  # of a view, about as many as a frozen head has there
AMBIENT = 0.4  # of the light; chosen on the kit's own heads


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
        return draw_lit(renderer, camera, VIEW_SIZE, AMBIENT, GREY, LIT_POINTS)

    return FrontAndBack(draw(FRONT_VIEW), draw(BACK_VIEW))


def frozen_views(head: FrozenHead) -> FrontAndBack:
    """The head that the kit drew."""

    def draw(index: int) -> Picture:
        picture, coverage = (x[index] / 255 for x in (head.views, head.coverage))
        return light(picture, coverage, head.surface, frozen_cameras()[index], AMBIENT, GREY)

    return FrontAndBack(draw(FRONT_VIEW), draw(BACK_VIEW))


def count_faces(detector: FaceDetector, heads: Iterable[FrontAndBack]) -> FaceCounts:
    """On how many of the heads the detector finds a face, in front and behind."""
    found = [(detector.finds_face(h.front), detector.finds_face(h.back)) for h in heads]
    return FaceCounts(*(sum(column) for column in zip(*found, strict=True)))
