"""The prior's distribution: likelihoods, files, and what it says when nothing is said."""

import math
from pathlib import Path

import pytest
import torch

from backend.errors import HeadsmithError
from backend.generator.config import LatentBlock
from backend.guidance.prior import (
    LatentDistribution,
    Prior,
    PriorConfig,
    blend_embeddings,
    load_prior,
    negative_log_likelihood,
    save_prior,
)

BLOCKS = (
    LatentBlock("shape", 3, "normal"),
    LatentBlock("hair", 4, "categorical", ("bald", "bob", "long", "afro")),
    LatentBlock("age", 1, "normal"),
)
Z_DIM = 8


def distribution(rows: int = 1) -> LatentDistribution:
    generator = torch.Generator().manual_seed(0)
    mean, log_std, logits = torch.randn(3, rows, Z_DIM, generator=generator).unbind()
    return LatentDistribution(BLOCKS, mean, log_std.clamp(-2, 0.3), 2 * logits)


def test_the_likelihood_of_normal_blocks_is_a_gaussians() -> None:
    found = distribution()
    z = torch.randn(1, Z_DIM, generator=torch.Generator().manual_seed(1))
    normal = [0, 1, 2, 7]
    gaussian = torch.distributions.Normal(found.mean, found.log_std.exp())
    expected = gaussian.log_prob(z)[:, normal].sum()
    moved = z.clone()
    moved[:, normal] = found.mean[:, normal]
    difference = found.log_likelihood(moved) - found.log_likelihood(z)
    expected_difference = gaussian.log_prob(moved)[:, normal].sum() - expected
    assert torch.allclose(difference[0], expected_difference, atol=1e-4)


def test_the_training_loss_of_a_label_is_its_surprise() -> None:
    found = distribution()
    z = found.mean.clone()
    z[:, 3:7] = torch.tensor([0.1, 0.2, 3.0, 0.0])
    loss = negative_log_likelihood(found, z)
    gaussian = found.log_std[:, [0, 1, 2, 7]].sum()
    assert torch.allclose(loss - gaussian, -found.odds("hair")[:, 2].log(), atol=1e-5)


def test_likelihood_gradients_reach_every_number() -> None:
    found = distribution()
    z = torch.randn(1, Z_DIM, generator=torch.Generator().manual_seed(2)).double()
    double = LatentDistribution(
        BLOCKS, found.mean.double(), found.log_std.double(), found.logits.double()
    )
    assert torch.autograd.gradcheck(double.log_likelihood, z.requires_grad_(True))


def small_prior() -> Prior:
    config = PriorConfig(6, 16, BLOCKS, clip_sha256="abc")
    return Prior(config).eval()


def test_a_saved_prior_comes_back(tmp_path: Path) -> None:
    prior = small_prior()
    save_prior(prior, tmp_path / "prior.safetensors")
    loaded = load_prior(tmp_path / "prior.safetensors")
    assert loaded.config == prior.config
    embedding = torch.nn.functional.normalize(torch.ones(2, 6), dim=1)
    first, second = (p(embedding, torch.zeros(2)).mean for p in (prior, loaded))
    assert torch.allclose(first, second, atol=5e-3)


@pytest.mark.parametrize("content", [b"", b"no safetensors", b"\x08" * 4000])
def test_a_damaged_prior_gives_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "prior.safetensors"
    path.write_bytes(content)
    with pytest.raises(HeadsmithError, match="install the extension again"):
        load_prior(path)


def test_the_spread_stays_within_its_limits() -> None:
    prior = small_prior()
    for parameter in prior.parameters():
        torch.nn.init.normal_(parameter, std=5.0, generator=torch.Generator().manual_seed(3))
    found = prior(torch.nn.functional.normalize(torch.ones(1, 6), dim=1), torch.ones(1))
    assert found.log_std.max() <= 0.3001 and found.log_std.min() >= -3.0001
    assert torch.isfinite(prior.unconditional().mean).all()


def test_a_blend_has_length_one_and_ends_at_its_parts() -> None:
    text, image = torch.nn.functional.normalize(
        torch.randn(2, 1, 6, generator=torch.Generator().manual_seed(4)), dim=2
    )
    for share, end in ((0.0, text), (1.0, image)):
        assert torch.allclose(blend_embeddings(text, image, torch.tensor([share])), end, atol=1e-6)
    middle = blend_embeddings(text, image, torch.tensor([0.5]))
    assert math.isclose(float(middle.norm()), 1.0, abs_tol=1e-5)
    assert torch.allclose((middle * text).sum(), (middle * image).sum(), atol=1e-5)
