"""The CLIP's loss, its narrow token table, and an exact continuation."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from backend.training.kit.latent import Z_DIM, parameters_from_latent
from backend.training.words.captions import write_caption
from backend.training.words.clip_data import ClipBatch
from backend.training.words.clip_losses import agreement, contrastive_loss
from backend.training.words.facts import fact_degrees
from backend.training.words.portrait_clip import (
    ClipRun,
    ClipTraining,
    learning_rate,
    narrow_tokens,
    restore_run,
    save_run,
    start_run,
    taught_tokens,
    train_step,
    widen_tokens,
)
from tests.backend.guidance.tiny import tiny_clip

TRAINING = ClipTraining(steps=10, batch=6, warmup=2, learning_rate=1e-3)


def batch(seed: int) -> ClipBatch:
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((6, Z_DIM)).astype(np.float32)
    degrees = fact_degrees([parameters_from_latent(row) for row in z])
    captions = [write_caption(row, rng) for row in degrees]
    images = torch.rand(6, 3, 32, 32, generator=torch.Generator().manual_seed(seed))
    return ClipBatch(images, captions, torch.from_numpy(degrees))


def test_a_head_fits_a_caption_by_the_product_of_its_facts() -> None:
    stated = torch.tensor([[1.0, 1, 0], [0, 0, 0], [0, 1, 1]])
    degrees = torch.tensor([[0.5, 0.8, 0.1], [1.0, 0.0, 1.0]])
    expected = torch.tensor([[0.4, 0.001], [1.0, 1.0], [0.08, 0.001]])
    assert torch.allclose(agreement(stated, degrees), expected, atol=1e-4)


def test_heads_with_the_same_looks_are_no_negatives() -> None:
    embedding = torch.eye(3)
    fits = torch.tensor([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])
    alike = torch.stack([embedding[0], embedding[0], embedding[2]])
    scale = torch.tensor(20.0)
    same = contrastive_loss(alike, alike, fits, scale)
    apart = contrastive_loss(embedding, embedding, fits, scale)
    assert same < 0.7 < apart


def test_the_loss_is_least_where_the_logits_are_the_targets() -> None:
    fits = torch.tensor([[0.6, 0.4], [0.4, 0.6]])
    text = torch.eye(2)
    losses = []
    for angle in (0.0, 0.2, 0.4, 0.6):
        cosine, sine = np.cos(angle), np.sin(angle)
        image = torch.tensor([[cosine, sine], [sine, cosine]], dtype=torch.float32)
        losses.append(float(contrastive_loss(text, image, fits, torch.tensor(2.0))))
    gaps = [2.0 * (np.cos(a) - np.sin(a)) for a in (0.0, 0.2, 0.4, 0.6)]
    wanted = np.log(0.6 / 0.4)
    assert int(np.argmin(losses)) == int(np.argmin(np.abs(np.array(gaps) - wanted)))


def test_the_rate_rises_holds_and_falls() -> None:
    rates = [learning_rate(step, ClipTraining(steps=100, warmup=10)) for step in range(100)]
    peak = ClipTraining.learning_rate
    assert rates[0] < rates[5] < rates[9] == peak == rates[45]
    assert rates[50] == pytest.approx(peak) and rates[75] == pytest.approx(peak / 2)
    assert rates[99] <= 0.04 * peak


def test_a_narrow_token_table_reads_the_same() -> None:
    clip = tiny_clip()
    texts = ["an old man with grey hair", "70-year-old, dark skin", ""]
    before = clip.encode_text(texts)
    used = taught_tokens(clip)
    narrow_tokens(clip, used)
    assert clip.model.token_embedding.weight.shape[0] == len(used) < 1000
    tokens = torch.searchsorted(used, clip.tokenize(texts))
    narrow = clip.model.encode_text(tokens, normalize=True)
    assert torch.allclose(narrow, before, atol=1e-6)
    widen_tokens(clip, used)
    assert torch.allclose(clip.encode_text(texts), before, atol=1e-6)


def tiny_run() -> ClipRun:
    return start_run(TRAINING, replace(tiny_clip().config), None)


def test_training_lowers_the_loss() -> None:
    run = tiny_run()
    losses = [train_step(run, batch(0), replace(TRAINING, steps=100)) for _ in range(25)]
    assert sum(losses[-1]) < 0.9 * sum(losses[0])


def test_a_continued_training_is_the_same_training(tmp_path: Path) -> None:
    whole = tiny_run()
    for step in range(4):
        train_step(whole, batch(step), TRAINING)
    first = tiny_run()
    for step in range(2):
        train_step(first, batch(step), TRAINING)
    save_run(first, tmp_path / "run.safetensors")
    second = tiny_run()
    restore_run(second, tmp_path / "run.safetensors")
    assert second.step == 2
    for step in range(2, 4):
        train_step(second, batch(step), TRAINING)
    for one, other in zip(
        whole.clip.model.parameters(), second.clip.model.parameters(), strict=True
    ):
        assert torch.allclose(one, other, atol=1e-7)
