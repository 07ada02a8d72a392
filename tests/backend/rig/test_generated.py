"""The starter's own heads are wrapped to within a millimetre of the heads that they are."""

import numpy as np
import torch

from backend.generator.checkpoints import load_generator
from backend.models import ASSETS, GENERATOR_FILE
from backend.rig.generated import Placement, wrap_generated
from backend.rig.head_topology import Floats, HeadTopology
from backend.training.truth.frozen import ASSET as FROZEN_HEADS
from backend.training.truth.frozen_heads import load_frozen
from backend.training.truth.frozen_rigs import EVERY


def test_places_go_to_the_field_and_back() -> None:
    placement = Placement(np.array([0.0, 0.3, -0.2]), 2.7)
    points = np.random.default_rng(0).standard_normal((5, 3))
    assert np.allclose(placement.to_metres(placement.to_field(points)), points)
    assert np.allclose(placement.to_field(np.zeros((1, 3))), [[0.0, 0.3, -0.2]])


def test_a_frozen_head_is_wrapped_to_a_millimetre(
    topology: HeadTopology, true_heads: Floats
) -> None:
    index = 6
    generator = load_generator(ASSETS / GENERATOR_FILE).eval().requires_grad_(False)
    z = torch.from_numpy(load_frozen(FROZEN_HEADS).heads[EVERY * index].z)[None]
    with torch.inference_mode():
        ws = generator.map(z, None)
    wrapped = wrap_generated(generator, topology, ws.reshape(-1, ws.shape[-1])[0])
    assert wrapped is not None
    vertices, placement = wrapped
    found = placement.to_field(vertices) / placement.units_per_metre
    away = np.linalg.norm(found - true_heads[index], axis=1)[topology.is_outer_skin]
    assert away.mean() < 0.001
