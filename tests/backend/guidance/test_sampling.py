"""Drawing, varying and rewriting latents."""

import pytest
import torch
from torch import Tensor

from backend.generator.config import LatentBlock
from backend.guidance.prior import LatentDistribution
from backend.guidance.sampling import rewrite_latent, sample_latents, vary_latent

BLOCKS = (
    LatentBlock("shape", 5, "normal"),
    LatentBlock("hair", 4, "categorical"),
    LatentBlock("age", 1, "normal"),
)
HAIR = slice(5, 9)


def distribution(mean: Tensor, std: Tensor, odds: list[float]) -> LatentDistribution:
    logits = torch.zeros(1, 10)
    logits[0, HAIR] = torch.tensor(odds).log()
    return LatentDistribution(BLOCKS, mean[None], std.log()[None], logits)


UNSAID = distribution(torch.zeros(10), torch.ones(10), [0.25] * 4)


def test_the_first_candidates_do_not_depend_on_the_count() -> None:
    assert torch.equal(sample_latents(UNSAID, 7, 8, 0.8)[:3], sample_latents(UNSAID, 7, 3, 0.8))


def test_seeds_differ_and_repeat() -> None:
    first = sample_latents(UNSAID, 1, 2, 1.0)
    assert torch.equal(first, sample_latents(UNSAID, 1, 2, 1.0))
    assert not torch.allclose(first, sample_latents(UNSAID, 2, 2, 1.0))


def test_a_gallery_shows_every_likely_label_and_no_unlikely_one() -> None:
    said = distribution(torch.zeros(10), torch.ones(10), [0.4, 0.3, 0.28, 0.02])
    labels = sample_latents(said, 3, 8, 1.0)[:, HAIR].argmax(1)
    assert set(labels.tolist()) == {0, 1, 2}


def test_truncation_zero_gives_the_mean_and_the_likeliest_label() -> None:
    mean = torch.arange(10.0)
    said = distribution(mean, torch.ones(10), [0.3, 0.4, 0.2, 0.1])
    z = sample_latents(said, 5, 4, 0.0)
    assert torch.allclose(z[:, [0, 1, 2, 3, 4, 9]], mean[[0, 1, 2, 3, 4, 9]].expand(4, 6))
    assert (z[:, HAIR].argmax(1) == 1).all()


def test_varying_by_nothing_changes_nothing() -> None:
    z = torch.randn(10, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(vary_latent(z, UNSAID, 0.0, 3, 4), z.expand(4, 10))


def test_a_larger_amount_goes_farther_and_small_amounts_keep_the_labels() -> None:
    z = torch.randn(10, generator=torch.Generator().manual_seed(1))
    distances = [
        (vary_latent(z, UNSAID, amount, 3, 32)[:, :5] - z[:5]).norm(dim=1).mean()
        for amount in (0.1, 0.3, 0.6, 1.0)
    ]
    assert distances == sorted(distances)
    assert (vary_latent(z, UNSAID, 0.4, 3, 32)[:, HAIR].argmax(1) == z[HAIR].argmax()).all()


def test_variations_of_a_standard_normal_keep_its_spread() -> None:
    z = torch.randn(2000, 10, generator=torch.Generator().manual_seed(2))
    varied = torch.stack([vary_latent(row, UNSAID, 0.5, i, 1)[0] for i, row in enumerate(z)])
    assert varied[:, :5].std() == pytest.approx(1.0, abs=0.03)


def test_rewriting_changes_only_what_the_words_speak_about() -> None:
    mean, std = torch.zeros(10), torch.ones(10)
    mean[9], std[9] = 1.5, 0.3  # the words say "old"
    said = distribution(mean, std, [0.25] * 4)
    z = torch.randn(10, generator=torch.Generator().manual_seed(4))
    z[9] = -1.0
    rewritten = rewrite_latent(z, said, UNSAID, 0)
    assert torch.equal(rewritten[:9], z[:9])
    assert rewritten[9] > 1.0


def test_rewriting_keeps_what_already_fits() -> None:
    mean, std = torch.zeros(10), torch.ones(10)
    mean[9], std[9] = 1.5, 0.3
    said = distribution(mean, std, [0.01, 0.97, 0.01, 0.01])
    z = torch.zeros(10)
    z[9], z[6] = 1.6, 2.0
    assert torch.equal(rewrite_latent(z, said, UNSAID, 0), z)


def test_rewriting_sets_a_label_that_the_words_name() -> None:
    said = distribution(torch.zeros(10), torch.ones(10), [0.01, 0.97, 0.01, 0.01])
    z = torch.zeros(10)
    z[7] = 2.0
    rewritten = rewrite_latent(z, said, UNSAID, 0)
    assert rewritten[HAIR].argmax() == 1
    assert torch.equal(rewritten[:5], z[:5])
