"""Batches of patches: aligned with their truth, and with the cameras that see them."""

import torch

from backend.generator.renderer import camera_rays
from backend.training.kit.sampler import LABEL_INDEX
from backend.training.starter.patch_batches import (
    PatchBatch,
    PatchConfig,
    draw_batch,
    pixel_weights,
    without_margin,
)
from backend.training.starter.view_pool import ViewPool
from backend.views.cameras import look_at_camera

CONFIG = PatchConfig(count=5, side=12, margin=2)


def known_pool() -> ViewPool:
    """Raw pictures and truths that show where on their patch they are."""
    rows = torch.arange(24.0)[:, None].expand(24, 24) / 24
    inputs = torch.stack([rows, rows.t(), torch.zeros(24, 24)]).half().expand(3, 3, 24, 24)
    rows = (torch.arange(96)[:, None].expand(96, 96) * 2).byte()
    truth = torch.stack([rows, rows.t(), torch.zeros_like(rows)]).expand(3, 3, 96, 96)
    camera = look_at_camera(0.3, 0.1, 2.7, 12.0).label()
    labels = torch.zeros(3, 96, 96, dtype=torch.uint8)
    return ViewPool(inputs, truth, labels, camera.expand(3, 25), torch.zeros(3, 4))


def drawn(seed: int = 1) -> PatchBatch:
    return draw_batch(known_pool(), CONFIG, torch.Generator().manual_seed(seed))


def test_sizes() -> None:
    batch = drawn()
    assert batch.inputs.shape == (5, 3, 12, 12)
    assert batch.raw.shape == batch.truth.shape == (5, 3, 32, 32)
    assert batch.weights.shape == (5, 1, 32, 32)
    assert batch.ws.shape == (5, 1, 4)


def test_truth_and_raw_picture_show_the_same_place() -> None:
    batch = drawn()
    place = (batch.truth[:, :2] + 1) / 2 * 255 / 2 / 96  # both count from the patch's corner
    assert (place - batch.raw[:, :2]).abs().max() < 1.5 / 24


def test_the_camera_sees_what_is_judged() -> None:
    batch = drawn()
    whole = camera_rays(known_pool().cameras[:1], 96).directions.view(96, 96, 3)
    for truth, camera in zip(batch.truth, batch.cameras, strict=True):
        row, column = ((truth[:2, 0, 0] + 1) / 2 * 255 / 2).round().long().tolist()
        mine = camera_rays(camera[None], 32).directions.view(32, 32, 3)
        assert torch.allclose(mine, whole[row : row + 32, column : column + 32], atol=1e-6)


def test_batches_repeat_with_their_seed() -> None:
    assert torch.equal(drawn(2).inputs, drawn(2).inputs)
    assert not torch.equal(drawn(2).inputs, drawn(3).inputs)


def test_faces_count_more_than_skin() -> None:
    labels = torch.tensor([[LABEL_INDEX["skin"], LABEL_INDEX["eye"]]], dtype=torch.uint8)
    assert pixel_weights(labels).tolist() == [[1.0, 3.0]]


def test_margins_are_cut_on_all_sides() -> None:
    x = torch.arange(24.0).view(4, 6)
    assert without_margin(x, 1).tolist() == [[7, 8, 9, 10], [13, 14, 15, 16]]
