"""Drawing the frozen heads."""

import numpy as np
import pytest

pytest.importorskip("moderngl", reason="the frozen heads are drawn with OpenGL")

from backend.training.truth.frozen import most_frequent


def test_a_block_has_its_commonest_label_wherever_in_it_that_lies() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, (24, 40)).astype(np.uint8)
    found = most_frequent(labels, 4)
    assert found.shape == (6, 10)
    for row in range(6):
        for column in range(10):
            block = labels[4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
            counts = np.bincount(block.ravel(), minlength=5)
            assert counts[found[row, column]] == counts.max()
