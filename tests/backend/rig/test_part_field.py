"""Distances to a skin, and the solids of parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from backend.rig.head_topology import load_topology
from backend.rig.part_field import (
    PartField,
    PartRegion,
    Samples,
    SkinDistance,
    SmoothedField,
    measure_skin,
)
from backend.surface.field import Field
from tests.backend.rig.balls import BALL_RADIUS, ball_skin, sphere_mesh
from tests.backend.surface.fields import KnownField, ball

UNITS = 2.78  # field units in a metre


def points_in_box(count: int) -> NDArray[np.floating[Any]]:
    return np.random.default_rng(3).random((count, 3)) - 0.5


def test_the_distance_to_a_ball_is_right_near_it_and_has_the_right_sign_everywhere() -> None:
    points = points_in_box(20_000)
    truth = np.linalg.norm(points, axis=1) - BALL_RADIUS
    found = ball_skin()(points)
    is_near = np.abs(truth) < 0.02
    np.testing.assert_allclose(found[is_near], truth[is_near], atol=2e-3)
    is_clear = np.abs(truth) > 1e-3
    assert ((found > 0) == (truth > 0))[is_clear].all()
    np.testing.assert_allclose(found, truth, atol=0.02)


def test_far_from_a_thin_plate_the_sign_is_that_of_its_outside() -> None:
    # The nearest sample may be one of the other side.
    vertices, faces = sphere_mesh(0.3)
    vertices = vertices * np.array([1.0, 1.0, 0.004])
    samples = Samples.of(vertices, faces, 60_000)
    distance = SkinDistance(samples, samples.cloud.points, 0.5)
    points = points_in_box(20_000)
    points = points[np.abs(points[:, 2]) > 0.05]
    assert (distance(points) > 0).all()


def test_the_topology_is_inside_where_its_skull_is_and_outside_before_its_face() -> None:
    topology = load_topology()
    distance = measure_skin(topology, topology.vertices.astype(np.float64) * UNITS, 0.5)
    metres = np.array(
        [[0, 0.02, -0.08], [0.03, 0.05, -0.09], [0, 0, 0.06], [0, -0.05, 0.05], [0, 0.15, -0.1]]
    )
    np.testing.assert_array_equal(distance(metres * UNITS) < 0, [True, True, False, False, False])


def part(head: Field, region: PartRegion, min_thickness: float, embed_depth: float) -> PartField:
    return PartField(head, 1.0, region, 0.01, ball_skin(), min_thickness, embed_depth)


def upper_half() -> PartRegion:
    vertices, _ = sphere_mesh(BALL_RADIUS, steps=5)
    return PartRegion(vertices, np.clip(vertices[:, 1] / 0.01, -1, 1), 0.5)


@pytest.mark.parametrize(
    ("radius", "is_solid"), [(0.196, True), (0.188, False), (0.235, True), (0.245, False)]
)
def test_a_part_reaches_from_its_root_under_the_skin_to_the_heads_surface(
    radius: float, is_solid: bool
) -> None:
    head = KnownField(lambda points: ball(points, (0.0, 0.0, 0.0), 0.24))
    sigma = part(head, upper_half(), min_thickness=-1.0, embed_depth=0.008).sigma
    assert bool(sigma(torch.tensor([[0.0, radius, 0.0]])) > 0) is is_solid


def test_where_the_skin_pokes_out_of_the_head_the_part_covers_it_with_a_film() -> None:
    head = KnownField(lambda points: 100 * ball(points, (0.0, 0.0, 0.0), 0.19))
    sigma = part(head, upper_half(), min_thickness=0.004, embed_depth=0.008).sigma
    up = torch.tensor([[0.0, 1.0, 0.0]])
    assert float(sigma(up * (BALL_RADIUS + 0.002))) > 0
    assert float(sigma(up * (BALL_RADIUS + 0.006))) < 0


def test_what_lies_under_another_part_of_the_surface_does_not_belong_to_it() -> None:
    head = KnownField(lambda points: ball(points, (0.0, 0.0, 0.0), 0.24))
    sigma = part(head, upper_half(), min_thickness=-1.0, embed_depth=0.008).sigma
    mirrored = torch.tensor([[0.0, 0.22, 0.0], [0.0, -0.22, 0.0]])
    np.testing.assert_array_equal((sigma(mirrored) > 0).numpy(), [True, False])


def test_a_region_has_the_share_of_the_nearest_surface_also_deep_inside() -> None:
    region = upper_half()
    deep = np.array([[0.0, 0.05, 0.0], [0.02, -0.05, 0.03]])
    np.testing.assert_allclose(region(deep), [1.0, -1.0], atol=0.05)


def test_smoothing_keeps_a_ball_and_takes_a_thin_spike_away() -> None:
    def spiked(points: torch.Tensor) -> torch.Tensor:
        spike = 0.004 - torch.hypot(points[:, 0], points[:, 1])
        spike = torch.minimum(spike, 0.3 - points[:, 2].abs())
        return torch.maximum(0.2 - points.norm(dim=1), spike).clamp(-0.05, 0.05)

    smooth = SmoothedField(KnownField(spiked), 0.01)
    along = torch.linspace(0.0, 0.45, 1801)
    on_spike, beside = torch.zeros(1801, 3), torch.zeros(1801, 3)
    on_spike[:, 2], beside[:, 0] = along, along
    assert (spiked(on_spike) > 0).float().sum() * 0.25e-3 > 0.29
    for points in (on_spike, beside):
        reached = along[smooth.sigma(points) > 0].max()
        assert float(reached) == pytest.approx(0.2, abs=0.006)
