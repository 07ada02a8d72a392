"""Previews of a field that is known in closed form."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from backend.views.cameras import look_at_camera
from backend.views.previews import BACKGROUND, first_crossing, render_preview, save_png

SIZE = 128


class Ball:
    """A ball beside the origin: red where x > 0, green elsewhere, blue grows with y."""

    box_half = 0.5
    centre = torch.tensor([0.05, -0.1, 0.02])
    radius = 0.3

    def sigma(self, points: Tensor) -> Tensor:
        return (self.radius - (points - self.centre).norm(dim=1)) * 50

    def rgb(self, points: Tensor) -> Tensor:
        is_right = (points[:, 0] > 0).float()
        return torch.stack([is_right, 1 - is_right, points[:, 1] + 0.5], dim=1)


def covered(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.any(picture != np.round(np.array(BACKGROUND) * 255).astype(np.uint8), axis=2)


def test_the_silhouette_is_the_balls() -> None:
    camera = look_at_camera(0.0, 0.0, 2.7, 24.0)
    picture = render_preview(Ball(), camera, SIZE)
    assert picture.shape == (SIZE, SIZE, 3)
    rows, columns = np.nonzero(covered(picture))
    focal = 0.5 / math.tan(math.radians(12))
    distance = 2.7 - 0.02
    tangent = math.tan(math.asin(0.3 / distance))
    assert rows.mean() / SIZE == pytest.approx(0.5 + focal * 0.1 / distance, abs=0.015)
    assert columns.mean() / SIZE == pytest.approx(0.5 + focal * 0.05 / distance, abs=0.015)
    assert len(rows) / SIZE**2 == pytest.approx(math.pi * (focal * tangent) ** 2, rel=0.03)


def test_left_is_left_and_up_is_up() -> None:
    picture = render_preview(Ball(), look_at_camera(0.0, 0.0, 2.7, 24.0), SIZE)
    mask = covered(picture)
    right, left = mask.copy(), mask.copy()
    right[:, : SIZE // 2 + 4] = False
    left[:, SIZE // 2 - 4 :] = False
    assert picture[right][:, 0].min() > picture[right][:, 1].max()
    assert picture[left][:, 1].min() > picture[left][:, 0].max()
    rows = np.nonzero(mask)[0]
    assert picture[rows.min() + 10, SIZE // 2 + 8, 2] > picture[rows.max() - 10, SIZE // 2 + 8, 2]


def test_from_behind_the_sides_are_exchanged() -> None:
    picture = render_preview(Ball(), look_at_camera(math.pi, 0.0, 2.7, 24.0), SIZE)
    middle = picture[int(SIZE * 0.6)]
    assert middle[SIZE // 3, 0] > middle[SIZE // 3, 1]


def test_the_surface_is_found_to_a_fraction_of_the_step() -> None:
    origins = torch.tensor([[0.05, -0.1, 2.0], [0.15, -0.1, 2.0], [0.45, 0.45, 2.0]])
    directions = torch.tensor([[0.0, 0.0, -1.0]]).expand(3, 3)
    near, far = torch.full((3,), 1.5), torch.full((3,), 2.5)
    depth = first_crossing(Ball(), origins, directions, near, far, samples=20)
    assert depth[0] == pytest.approx(2.0 - 0.32, abs=2e-3)
    assert depth[1] == pytest.approx(2.0 - 0.02 - math.sqrt(0.09 - 0.01), abs=2e-3)
    assert depth[2] == math.inf


def test_an_empty_field_is_all_background() -> None:
    class Nothing(Ball):
        def sigma(self, points: Tensor) -> Tensor:
            return torch.full_like(points[:, 0], -1.0)

    assert not covered(render_preview(Nothing(), look_at_camera(0.4, 0.1, 2.7, 24.0), SIZE)).any()


def test_a_saved_preview_is_read_back_equal(tmp_path: Path) -> None:
    picture = render_preview(Ball(), look_at_camera(0.4, 0.1, 2.7, 24.0), SIZE)
    save_png(tmp_path / "preview.png", picture)
    with Image.open(tmp_path / "preview.png") as image:
        assert np.array_equal(np.asarray(image), picture)
    assert [path.name for path in tmp_path.iterdir()] == ["preview.png"]
