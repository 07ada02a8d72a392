"""The benchmark of surfaces: what it calls sound."""

from typing import Any

import numpy as np
import pytest

from backend.bench import surface
from backend.generator.checkpoints import load_generator
from backend.models import ASSETS, GENERATOR_FILE
from backend.surface.build import Shape, extract_shape


def test_a_head_is_sound_and_one_without_a_face_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = load_generator(ASSETS / GENERATOR_FILE).eval().requires_grad_(False)
    z = np.random.default_rng(1).standard_normal(generator.config.z_dim, np.float32)
    assert surface.is_sound(generator, z)

    def torn(*arguments: Any) -> Shape:
        shape = extract_shape(*arguments)
        return Shape(shape.vertices, shape.faces[1:])

    monkeypatch.setattr(surface, "extract_shape", torn)
    assert not surface.is_sound(generator, z)
