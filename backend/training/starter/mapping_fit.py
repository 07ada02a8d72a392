"""The starter's second stage: the mapping learns the numbers that its template reads.

Its teacher is a function of the latent alone (features.py), so there are as many examples as one likes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ...generator.mapping import Mapping, apply_latent_blocks
from ...generator.model import Generator
from ...generator.template_surface import TemplateSurface
from ..kit.latent import Z_DIM, block_slices
from ..kit.variety import VARIETY_BLOCKS
from .features import latent_features, teaching_latents
from .resume import Checkpoint, ProgressLine

_HELD_OUT = 1024  # the last latents only measure


@dataclass(frozen=True)
class MappingTraining:
    latents: int = 100_000
    steps: int = 16_000
    batch: int = 512
    learning_rate: float = (
        3e-2  # of weights with unit variance: a tenth of it or less reaches a layer
    )
    seed: int = 0
    stop_after: int | None = None  # end at this step, to go on another time


def fit_mapping(generator: Generator, config: MappingTraining, work: Path) -> None:
    """Train `generator.mapping` in place. Everything random is derived from the seed and the step."""
    importance = feature_importance(generator)
    z = teaching_latents(config.latents, np.random.default_rng((config.seed, 2)))
    truth = torch.from_numpy(latent_features(z)) * importance
    inputs = apply_latent_blocks(torch.from_numpy(z), generator.config.mapping.latent_blocks)
    mapping = generator.mapping.requires_grad_(True)
    optimizer = torch.optim.Adam(
        mapping.parameters(), config.learning_rate, (0.9, 0.99), fused=True
    )
    checkpoint = Checkpoint(work / "mapping.pt", mapping, optimizer)
    step = checkpoint.load()
    progress = ProgressLine("mapping", step, config.steps, config.batch, "latents")
    while step < (config.stop_after or config.steps):
        for group in optimizer.param_groups:
            rise, fall = min(1.0, (step + 1) / 100), 1.02 - step / config.steps
            group["lr"] = config.learning_rate * min(rise, fall)
        pick = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        rows = torch.randint(0, len(z) - _HELD_OUT, (config.batch,), generator=pick)
        loss = (_features(mapping, inputs[rows]) * importance - truth[rows]).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step += 1
        if step % 500 == 0 or step == (config.stop_after or config.steps):
            checkpoint.save(step)
            unexplained = _unexplained(mapping, inputs[-_HELD_OUT:], importance, truth[-_HELD_OUT:])
            progress.report(step, f"unexplained {unexplained:.2e}")
    mapping.requires_grad_(False)
    set_average(mapping)
    if step == config.steps:
        checkpoint.remove()


def set_average(mapping: Mapping, heads: int = 4096) -> None:
    """Set the w to which truncation draws: the mean of heads that have only what every head has.

    With the rest in it, every truncated head would have a trace of every style, beard and make-up.
    """
    z = np.random.default_rng((0, 4)).standard_normal((heads, Z_DIM)).astype(np.float32)
    z[:, block_slices()[VARIETY_BLOCKS[0].name].start :] = 0.0
    with torch.no_grad():
        inputs = apply_latent_blocks(torch.from_numpy(z), mapping.config.mapping.latent_blocks)
        mapping.w_avg.copy_(_features(mapping, inputs).mean(0))


def _features(mapping: Mapping, inputs: Tensor) -> Tensor:
    """w [N,w_dim] of latents whose blocks were applied."""
    return torch.cat([group(inputs) for group in mapping.groups], dim=1)


def _unexplained(mapping: Mapping, inputs: Tensor, importance: Tensor, truth: Tensor) -> float:
    """Share of the variance of what w is for."""
    with torch.no_grad():
        error = (_features(mapping, inputs) * importance - truth).square().mean()
    return (error / truth.var(0).mean()).item()


def feature_importance(generator: Generator) -> Tensor:
    """[F] how much each feature moves (in units of a fortieth of the box) and colours a head."""
    template = generator.template
    assert template is not None
    size = template.shapes.flatten(1).square().mean(1).sqrt() * 40  # [K]
    total = (template.shape_mix.weight * size[:, None]).square().sum(0)
    for surface in template.surfaces:
        assert isinstance(surface, TemplateSurface)
        total += 0.1 * surface.picture_mix.weight.square().sum(0)
        if surface.config.layers:
            total += 0.1 * surface.layer_mix.weight.square().sum(0)
        if surface.config.forms:
            total += 0.1 * surface.form_mix.weight.square().sum(0)
    for readout in template.choices:
        assert isinstance(readout, nn.Linear)
        total += readout.weight.square().sum(0)
    return total.sqrt().clamp(min=0.02)
