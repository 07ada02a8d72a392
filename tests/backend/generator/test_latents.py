"""Edited latents, and those with blocks of others, remain latents of heads, and only what was named changes."""

import pytest
import torch

from backend.generator.config import LatentBlock
from backend.generator.latents import (
    MARGIN,
    LatentError,
    edit_latent,
    force_labels,
    neutral_latent,
    split_blocks,
    swap_blocks,
    swap_expression,
)
from tests.backend.generator.configs import STARTER_LIKE, build, latents

BLOCKS = (
    LatentBlock("age", 1),
    LatentBlock("nose", 40, labels=tuple(f"nose {i}" for i in range(40))),
    LatentBlock("hair", 4, "categorical", ("bald", "bob", "long", "afro")),
    LatentBlock("expression", 2, labels=("smile", "jaw")),
)
PLACES = split_blocks(BLOCKS)
HAIR = PLACES["hair"]
NORMAL = [*range(41), 45, 46]


def heads(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, 47, generator=torch.Generator().manual_seed(seed))


def lead(z: torch.Tensor) -> torch.Tensor:
    """By how much the chosen hair wins, [N]."""
    best = z[:, HAIR].topk(2, dim=1).values
    return best[:, 0] - best[:, 1]


def changed(before: torch.Tensor, after: torch.Tensor) -> set[int]:
    return set(torch.nonzero((before != after).any(0))[:, 0].tolist())


def test_a_block_of_one_number_moves_by_the_amount() -> None:
    z = heads(5)
    edited = edit_latent(z, BLOCKS, "age", -1.5)
    assert changed(z, edited) == {0}
    assert torch.allclose(edited[:, 0], z[:, 0] - 1.5)


def test_one_labelled_number_moves_alone() -> None:
    z = heads(5)
    edited = edit_latent(z, BLOCKS, "nose", 2.0, "nose 3")
    assert changed(z, edited) == {4}
    assert torch.allclose(edited[:, 4], z[:, 4] + 2)


def test_a_whole_block_becomes_more_of_what_it_is() -> None:
    z = heads(5)
    nose = z[:, PLACES["nose"]]
    edited = edit_latent(z, BLOCKS, "nose", 0.7)[:, PLACES["nose"]]
    assert torch.allclose(
        torch.nn.functional.cosine_similarity(nose, edited), torch.ones(5), atol=1e-6
    )
    grown = edited.square().mean(1).sqrt() - nose.square().mean(1).sqrt()
    assert torch.allclose(grown, torch.full((5,), 0.7), atol=1e-5)


@pytest.mark.parametrize("amount", [-3.0, -0.5, 0.1, 0.5, 1.0, 5.0])
def test_hair_is_clearly_one_label_after_any_edit(amount: float) -> None:
    z = heads(200)
    edited = edit_latent(z, BLOCKS, "hair", amount, "long")
    assert lead(edited).min() >= MARGIN - 1e-6
    raised = z.clone()
    raised[:, HAIR.start + 2] += amount
    assert torch.equal(edited[:, HAIR].argmax(1), raised[:, HAIR].argmax(1))


@pytest.mark.parametrize(
    ("block", "label", "message"),
    [
        ("ears", "", "no block 'ears'; it has age, nose, hair, expression"),
        ("hair", "", "chooses one of bald, bob, long, afro; say which"),
        ("expression", "sneer", "no label 'sneer'; it has smile, jaw"),
        ("expression", "", "no direction to go on in; say which of smile, jaw"),
    ],
)
def test_what_cannot_be_edited_is_explained(block: str, label: str, message: str) -> None:
    with pytest.raises(LatentError, match=message):
        edit_latent(torch.zeros(2, 47), BLOCKS, block, 1.0, label)


def test_an_expression_is_taken_over_and_nothing_else() -> None:
    z, donor = heads(3, 1), heads(3, 2)
    swapped = swap_expression(z, donor, BLOCKS)
    assert changed(z, swapped) == {45, 46}
    assert torch.equal(swapped[:, 45:], donor[:, 45:])
    assert changed(z, swap_blocks(z, donor, BLOCKS, ["age", "hair"])) == {0, 41, 42, 43, 44}


def test_a_face_at_rest_is_the_same_head_without_its_expression() -> None:
    z = heads(3, 1)
    rest = neutral_latent(z, BLOCKS)
    assert changed(z, rest) == {45, 46}
    assert (rest[:, 45:] == 0).all()
    assert torch.equal(neutral_latent(z[:, :45], BLOCKS[:3]), z[:, :45])


def test_forced_labels_win_by_the_margin_and_the_rest_is_kept() -> None:
    block = torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(200) % 4
    forced = force_labels(block, labels)
    others = forced.clone()
    others[torch.arange(200), labels] = -99
    assert (forced[torch.arange(200), labels] - others.amax(1) >= MARGIN - 1e-6).all()
    changed = (forced != block).sum(1)
    assert changed.max() <= 2


def test_a_generator_edits_by_its_own_blocks() -> None:
    generator, z = build(STARTER_LIKE), latents(STARTER_LIKE, 4)
    edited = generator.edit(z, "hair", 9.0, "long")
    assert (edited[:, 5:].argmax(1) == 2).all()
    assert torch.equal(edited[:, :5], z[:, :5])
    with pytest.raises(LatentError, match="no block 'beard'"):
        generator.edit(z, "beard", 1.0)
