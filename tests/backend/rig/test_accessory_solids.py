"""Solids that a generator hangs on a head."""

from __future__ import annotations

import numpy as np
import torch

from backend.rig.accessory_solids import AccessoryField, SolidUnion, find_accessory
from tests.backend.rig.balls import ball_skin, sphere_mesh
from tests.backend.rig.starter_heads import bald, bearded_with_glasses, demon, wrap
from tests.backend.surface.fields import KnownField, ball

SHIFT = np.array([0.08, 0.0, 0.0])


def two_balls() -> SolidUnion:
    """Radius 0.1 each, around -SHIFT and SHIFT, so that they overlap."""
    vertices, faces = sphere_mesh(0.1)
    both = np.concatenate([vertices - SHIFT, vertices + SHIFT])
    return SolidUnion(both, np.concatenate([faces, faces + len(vertices)]))


def test_the_distance_to_solids_that_overlap_is_that_to_their_union() -> None:
    points = np.random.default_rng(1).random((20_000, 3)) * 0.4 - 0.2
    accessory = two_balls()
    truth = np.minimum(*(np.linalg.norm(points - c, axis=1) - 0.1 for c in (SHIFT, -SHIFT)))
    found = accessory(points)
    # Inside of both the nearest surface of each counts by itself; far away nobody looks.
    is_near = np.abs(truth) < 0.03
    np.testing.assert_allclose(found[is_near], truth[is_near], atol=2e-3)
    is_clear = np.abs(truth) > 2e-3
    is_known = is_clear & (truth > -0.035)
    np.testing.assert_array_equal(found[is_known] < 0, truth[is_known] < 0)


def test_a_moulded_solid_ends_under_the_skin() -> None:
    head = KnownField(lambda points: ball(points, (0.0, 0.0, 0.0), 0.3))
    vertices, faces = sphere_mesh(0.03)
    accessory = SolidUnion(
        vertices + np.array([0.0, 0.2, 0.0]), faces
    )  # half of it in a skin of radius 0.2
    field = AccessoryField(head, accessory, ball_skin(), embed_depth=0.01)
    heights = torch.tensor(
        [[0.0, 0.235, 0.0], [0.0, 0.225, 0.0], [0.0, 0.195, 0.0], [0.0, 0.185, 0.0]]
    )
    np.testing.assert_array_equal(field.sigma(heights).numpy() > 0, [False, True, True, False])


def test_only_what_a_head_has_is_an_accessory() -> None:
    heads = {"bald": wrap(bald()), "glasses": wrap(bearded_with_glasses()), "demon": wrap(demon())}
    found = {
        (name, part)
        for name, head in heads.items()
        for part in ("glasses", "horns")
        if find_accessory(head.generator, head.w, part) is not None
    }
    assert found == {("glasses", "glasses"), ("demon", "horns")}
