"""Pictures that cannot show a face are told apart from those that may."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from backend.guidance.faceless import why_faceless
from backend.models import ASSETS
from backend.training.truth.held_out import load_held_out

SIDE = 256
_RAMP = torch.linspace(0, 1, SIDE)
_FAR = ((_RAMP - 0.5)[:, None] ** 2 + (_RAMP - 0.5)[None] ** 2).sqrt()


def noise(side: int) -> torch.Tensor:
    values = np.random.default_rng(1).random((1, 3, side, side), np.float32)
    return F.interpolate(torch.from_numpy(values), (SIDE, SIDE), mode="nearest")[0]


def checkers(count: int) -> torch.Tensor:
    place = torch.arange(SIDE) * count // SIDE
    return ((place[:, None] + place[None]) % 2).float().expand(3, SIDE, SIDE)


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (torch.zeros(3, SIDE, SIDE), "one colour"),
        (torch.ones(3, SIDE, SIDE), "one colour"),
        (torch.full((3, SIDE, SIDE), 0.5), "one colour"),
        (noise(SIDE), "noise or a fine pattern"),
        (noise(SIDE).mean(0).expand(3, -1, -1), "noise or a fine pattern"),
        (checkers(64), "noise or a fine pattern"),
        (_RAMP.expand(3, SIDE, SIDE), "gradient"),
        (_RAMP[:, None].expand(3, SIDE, SIDE), "gradient"),
        ((1 - _FAR).expand(3, SIDE, SIDE), "gradient"),
    ],
)
def test_what_cannot_be_a_face_is_named(picture: torch.Tensor, why: str) -> None:
    assert why in why_faceless(picture)


def test_no_head_is_taken_for_a_picture_without_a_face() -> None:
    heads = load_held_out(ASSETS / "held_out_heads.npz").images
    assert len(heads) > 200
    assert [why_faceless(head) for head in heads if why_faceless(head)] == []
