"""The measures of the starter on data whose answers are known, and the frozen heads."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from backend.bench.image_scores import (
    box_around,
    confusion,
    energy_ratio,
    gradient_energy,
    mean_iou,
    near,
    squared_error,
    structural_similarity,
)
from backend.bench.set_scores import kernel_distance, variety
from backend.bench.starter import FROZEN
from backend.bench.starter_summary import worst_ratio
from backend.bench.surface_scores import (
    SOLID_RESOLUTION,
    distances,
    radial_shape,
    solid_parts,
    two_way_distances,
)
from backend.training.truth.frozen_heads import (
    VIEW_SIZE,
    FrozenHead,
    FrozenHeads,
    SurfacePoints,
    frozen_cameras,
    load_frozen,
    save_frozen,
    spread_points,
)

EVERYWHERE = np.ones((32, 48), np.bool_)


def noise(seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((32, 48, 3)).astype(np.float32)


def sphere(radius: float, count: int, seed: int) -> SurfacePoints:
    normals = np.random.default_rng(seed).standard_normal((count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return SurfacePoints((radius * normals).astype(np.float32), normals.astype(np.float32))


class Balls:
    """Solid balls, given as x of the centre and radius."""

    box_half = 0.5

    def __init__(self, *balls: tuple[float, float]) -> None:
        self.balls = balls

    def sigma(self, points: Tensor) -> Tensor:
        centres = [torch.tensor([x, 0.0, 0.0]) for x, _ in self.balls]
        inside = [
            radius - (points - centre).norm(dim=1)
            for centre, (_, radius) in zip(centres, self.balls, strict=True)
        ]
        return torch.stack(inside).amax(dim=0)

    def rgb(self, points: Tensor) -> Tensor:
        return torch.zeros_like(points)


class JoinedBalls(Balls):
    """Balls that a sheet thinner than a cell of the coarse grid joins."""

    def sigma(self, points: Tensor) -> Tensor:
        sheet = 0.0012 - (points[:, 2] - 0.5 / SOLID_RESOLUTION).abs()
        beside = (points[:, 0] - 0.1).abs() - 0.25
        return torch.maximum(super().sigma(points), torch.minimum(sheet, -beside))


def test_an_error_of_a_tenth_is_20_db() -> None:
    true = noise() * 0.5
    assert squared_error(true + 0.1, true, EVERYWHERE).psnr_db == pytest.approx(20, abs=1e-3)


def test_errors_outside_the_mask_do_not_count() -> None:
    mask = EVERYWHERE.copy()
    mask[:, 24:] = False
    wrong = noise()
    wrong[:, 24:] += 1
    assert squared_error(wrong, noise(), mask).psnr_db == 100
    assert math.isnan(squared_error(wrong, noise(), ~EVERYWHERE).psnr_db)


def test_half_the_contrast_has_a_quarter_of_the_gradient_energy() -> None:
    energies = [gradient_energy(picture, EVERYWHERE) for picture in (noise() / 2, noise())]
    assert energy_ratio(*energies) == pytest.approx(0.25, rel=1e-5)


def test_a_step_at_the_masks_edge_is_no_sharpness() -> None:
    mask = EVERYWHERE.copy()
    mask[:, 24:] = False
    picture = np.zeros((32, 48, 3), np.float32)
    picture[:, 24:] = 1
    assert gradient_energy(picture, mask).total == 0


def test_structural_similarity_is_one_for_the_same_and_near_zero_for_unrelated_noise() -> None:
    assert structural_similarity(noise(), noise(), EVERYWHERE) == pytest.approx(1)
    assert abs(structural_similarity(noise(1), noise(2), EVERYWHERE)) < 0.1


def test_structural_similarity_of_two_constants_follows_the_formula() -> None:
    low, high = (np.full((32, 48, 3), value, np.float32) for value in (0.25, 0.5))
    expected = (2 * 0.25 * 0.5 + 1e-4) / (0.25**2 + 0.5**2 + 1e-4)
    assert structural_similarity(low, high, EVERYWHERE) == pytest.approx(expected, rel=1e-4)


def test_mean_iou_leaves_out_the_background_and_labels_that_do_not_occur() -> None:
    true = np.array([[1, 1, 2, 2, 0]], np.uint8)
    given = np.array([[1, 2, 2, 2, 3]], np.uint8)
    counts = confusion(given, true, np.ones((1, 5), np.bool_), 5)
    # Label 1: 1 of 2; label 2: 2 of 3; label 3 is given but does not occur.
    assert mean_iou(counts) == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_a_box_grows_by_a_share_of_its_longer_side_and_stays_in_the_picture() -> None:
    mask = np.zeros((32, 48), np.bool_)
    mask[2, 10], mask[8, 30] = True, True
    rows, columns = np.nonzero(box_around(mask, 0.25))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (0, 13, 5, 35)
    assert not box_around(~EVERYWHERE, 0.25).any()


def test_what_is_near_a_pixel_is_a_diamond() -> None:
    mask = np.zeros((9, 9), np.bool_)
    mask[4, 4] = True
    assert near(mask, 2).sum() == 13


def test_distances_between_spheres_are_their_difference_in_radius_though_points_lie_between() -> (
    None
):
    # Nearest points are about 0.006 apart: without the normals that would be the distance.
    found = two_way_distances(sphere(0.30, 5000, 1), sphere(0.305, 5000, 2))
    assert len(found) == 10_000
    assert found.mean() == pytest.approx(0.005, rel=0.02)
    assert two_way_distances(sphere(0.3, 5000, 1), sphere(0.3, 5000, 2)).mean() < 1e-4


def test_a_part_that_the_truth_lacks_counts_with_its_whole_distance() -> None:
    bit = SurfacePoints(np.array([[0.5, 0, 0]], np.float32), np.array([[0, 1, 0]], np.float32))
    assert distances(bit, sphere(0.3, 5000, 1)) == pytest.approx([0.2], abs=5e-3)


def test_the_shape_of_a_sphere_is_its_radius_in_every_direction() -> None:
    assert radial_shape(sphere(0.3, 4000, 1).points) == pytest.approx(0.3, abs=1e-5)


def test_separate_parts_are_counted_and_dust_is_not() -> None:
    assert solid_parts(Balls((-0.1, 0.3))) == 1
    assert solid_parts(Balls((-0.1, 0.3), (0.35, 0.05))) == 2
    assert solid_parts(Balls((-0.1, 0.3), (0.3515625, 0.004))) == 1
    assert solid_parts(Balls((-0.1, 0.3), (0.27, 0.05))) == 2
    assert solid_parts(JoinedBalls((-0.1, 0.3), (0.27, 0.05))) == 1


def test_the_kernel_distance_is_that_of_a_double_loop_and_grows_with_the_difference() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((6, 4)), rng.standard_normal((5, 4)) + 1
    first, second = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (first, second))

    def mean(x: NDArray[np.float32], y: NDArray[np.float32], same: bool) -> float:
        pairs = [(a, b) for i, a in enumerate(x) for j, b in enumerate(y) if not same or i != j]
        return float(np.mean([(a @ b + 1) ** 3 for a, b in pairs]))

    expected = (
        mean(first, first, True) + mean(second, second, True) - 2 * mean(first, second, False)
    )
    assert kernel_distance(first, second) == pytest.approx(expected)
    assert kernel_distance(first, second) > kernel_distance(first[::2], first[1::2])


def test_variety_is_the_mean_distance_of_pairs() -> None:
    assert variety(np.array([[0.0], [1.0], [3.0]])) == pytest.approx(2)


def test_the_worst_group_is_found_in_either_error() -> None:
    groups = {
        "all": {"picture_error": 0.1, "surface_mean_mm": 1.0},
        "old": {"picture_error": 0.12, "surface_mean_mm": 1.1},
        "young": {"picture_error": 0.08, "surface_mean_mm": 1.3},
    }
    assert worst_ratio(groups) == pytest.approx(1.3)


def test_points_are_spread_evenly_however_densely_a_place_was_seen() -> None:
    rng = np.random.default_rng(0)
    square = rng.random((40_000, 3)) * [0.3, 0.3, 0]
    square[:30_000, 0] *= 0.5  # so that 7 of 8 points are in the left half
    kept = square[spread_points(square, 1000, rng)]
    assert len(kept) == 1000
    assert abs((kept[:, 0] < 0.15).mean() - 0.5) < 0.06


def test_frozen_heads_come_back_as_they_were_saved(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    views, size = len(frozen_cameras()), VIEW_SIZE
    labels = rng.integers(0, 12, (views, 16, 16)).astype(np.uint8).repeat(16, 1).repeat(16, 2)
    head = FrozenHead(
        z=rng.standard_normal(7).astype(np.float32),
        male=0.25,
        age_years=30,
        skin_tone=0.75,
        views=np.full((views, size, size, 3), 100, np.uint8),
        coverage=np.where(labels > 0, 255, 0).astype(np.uint8),
        labels=labels,
        surface=sphere(0.3, 500, 1),
        skin=np.full((32, 20, 3), 200, np.uint8),
    )
    save_frozen(FrozenHeads((head, head), sphere(0.25, 300, 2)), tmp_path / "heads.npz")
    loaded = load_frozen(tmp_path / "heads.npz")
    again = loaded.heads[1]
    assert np.array_equal(again.z, head.z)
    assert (again.male, again.age_years, again.skin_tone) == (0.25, 30, 0.75)
    assert np.array_equal(again.labels, labels)
    assert np.array_equal(again.coverage, head.coverage)
    assert np.abs(again.views.astype(int) - 100).max() <= 2
    assert np.abs(again.skin.astype(int) - 200).max() <= 2
    assert distances(again.surface, head.surface).max() < 1e-3
    assert np.linalg.norm(again.surface.points, axis=1) == pytest.approx(0.3, abs=2e-4)
    assert len(loaded.mean_surface.points) == 300


def test_missing_frozen_heads_are_explained(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="training frozen --kit"):
        load_frozen(tmp_path / "nowhere.npz")


def test_the_repository_holds_a_hundred_different_frozen_heads() -> None:
    frozen = load_frozen(FROZEN)
    assert len({head.z.tobytes() for head in frozen.heads}) == 100
    for head in frozen.heads:
        assert head.views.shape == (8, VIEW_SIZE, VIEW_SIZE, 3)
        assert 0.1 < (head.coverage > 0).mean() < 0.9
        assert ((head.labels > 0) <= (head.coverage > 0)).mean() > 0.99
        assert len(head.surface.points) > 4000
