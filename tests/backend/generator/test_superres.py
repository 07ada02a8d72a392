"""Super-resolution: sizes, and the one w that it reads."""

import torch

from tests.backend.generator.configs import EG3D_LIKE, build


def test_any_size_becomes_four_times_the_input_resolution() -> None:
    superresolution = build(EG3D_LIKE).superresolution
    assert superresolution is not None
    ws = torch.randn(2, EG3D_LIKE.num_ws, EG3D_LIKE.w_dim)
    for side in (8, 5, 20):
        image, features = torch.randn(2, 3, side, side), torch.randn(2, 5, side, side)
        assert superresolution(image, features, ws).shape == (2, 3, 32, 32)


def test_only_the_last_w_is_read() -> None:
    superresolution = build(EG3D_LIKE).superresolution
    assert superresolution is not None
    ws = torch.randn(1, EG3D_LIKE.num_ws, EG3D_LIKE.w_dim)
    image, features = torch.randn(1, 3, 8, 8), torch.randn(1, 5, 8, 8)
    expected = superresolution(image, features, ws)
    changed = ws.clone()
    changed[:, :-1] = 0.0
    assert torch.equal(superresolution(image, features, changed), expected)
    changed[:, -1] += 0.5
    assert not torch.allclose(superresolution(image, features, changed), expected)
