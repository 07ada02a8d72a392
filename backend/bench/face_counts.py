"""On how many pictures of heads a face is found.

A detector is any program that was made for photographs of people; the figures need one that is not ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..training.frozen_heads import BACK_VIEW, FRONT_VIEW, GREY, VIEW_SIZE, frozen_cameras
from ..unlit_view import LabelledField, UnlitRenderer

Picture = NDArray[np.uint8]  # [H,W,3] sRGB


class FaceDetector(Protocol):
    """Looks for faces."""

    def finds_face(self, picture: Picture) -> bool:
        """Whether there is at least one."""
        ...


def front_and_back(field: LabelledField) -> tuple[Picture, Picture]:
    """The unlit head of a field from ahead and from behind, on grey."""
    renderer, cameras = UnlitRenderer(field), frozen_cameras()
    front, back = (
        renderer.draw(cameras[index], VIEW_SIZE).over(GREY) for index in (FRONT_VIEW, BACK_VIEW)
    )
    return _bytes(front.numpy()), _bytes(back.numpy())


def count_faces(detector: FaceDetector, pictures: Iterable[Picture]) -> int:
    """On how many of the pictures the detector finds a face."""
    return sum(detector.finds_face(picture) for picture in pictures)


def _bytes(picture: NDArray[np.float32]) -> Picture:
    return (picture.clip(0, 1) * 255 + 0.5).astype(np.uint8)
