"""Symmetric heads."""

from __future__ import annotations

import numpy as np
import pytest

from backend.rig.head_template import load_template
from backend.rig.mirror import mirrored


def test_a_mirrored_head_is_its_own_mirror_image() -> None:
    template = load_template()
    noise = np.random.default_rng(0).normal(0, 0.002, template.vertices.shape)
    head = mirrored(template, (template.vertices + noise).astype(np.float32))
    assert head[template.mirror] * [-1, 1, 1] == pytest.approx(head, abs=1e-7)
    assert np.abs(head - template.vertices).max() < 0.01


def test_a_symmetric_head_stays() -> None:
    template = load_template()
    head = mirrored(template, template.vertices)
    assert mirrored(template, head) == pytest.approx(head, abs=1e-7)
