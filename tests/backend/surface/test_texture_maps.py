"""All maps of one mesh at once."""

import numpy as np
import torch
from torch import Tensor

from backend.surface.bake import SurfaceColors
from backend.surface.normal_map import FLAT
from backend.surface.part_maps import PartLabels
from backend.surface.texels import UvMesh
from backend.surface.texture_maps import TextureMaps, bake_maps, detail_of
from tests.backend.surface.fields import RADIUS, KnownField, gradient, sphere
from tests.backend.surface.test_bake import octant

SIDE = 96


def halves(points: Tensor) -> Tensor:
    return torch.stack([points[:, 0] * 0, points[:, 0] * 400, points[:, 0] * -400], dim=1)


LABELS = PartLabels(("background", "skin", "hair"), halves, masks=True)


def maps(labels: PartLabels | None, told: list[float] | None = None) -> TextureMaps:
    told = [] if told is None else told
    return bake_maps(
        SurfaceColors(KnownField(sphere, gradient)),
        labels,
        UvMesh(*octant()),
        SIDE,
        0.02,
        told.append,
    )


def test_all_maps_have_the_size_asked_for() -> None:
    made = maps(LABELS)
    assert made.albedo.shape == made.normal.shape == (SIDE, SIDE, 3)
    assert made.roughness.shape == (SIDE, SIDE)
    assert [mask.picture.shape for mask in made.masks] == [(SIDE, SIDE)] * 2


def test_a_field_without_parts_has_no_masks_and_even_roughness() -> None:
    made = maps(None)
    assert made.masks == ()
    assert len(np.unique(made.roughness)) == 1


def test_progress_rises_from_0_to_1() -> None:
    told: list[float] = []
    maps(LABELS, told)
    assert told == sorted(told)
    assert abs(told[-1] - 1.0) < 1e-9


def test_a_ball_on_its_own_normals_has_a_flat_map() -> None:
    assert np.abs(maps(None).normal.astype(int) - FLAT).max() <= 3


def test_detail_is_the_fields_but_none_at_the_faces_of_its_box() -> None:
    normals = detail_of(KnownField(sphere))
    points = torch.tensor([[0.0, RADIUS, 0.0], [0.2, 0.499, 0.1]])
    found = normals(points)
    assert torch.allclose(found[0], torch.tensor([0.0, 1.0, 0.0]), atol=1e-3)
    assert not found[1].any()
