"""The second stage of the starter: its decoder, trained on labelled points near the surfaces."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..generator.layers import FullyConnected
from ..generator.model import Generator
from .starter_data import PlaneShards, PointBatch, sample_points


@dataclass(frozen=True)
class DecoderTraining:
    steps: int = 900
    heads: int = 4  # of a batch, alternately with true planes and with the generator's
    points: int = 2048  # surface points of each head
    learning_rate: float = 4e-3
    hull_gain: float = 5.0  # where the hull term begins; the network learns what to add
    # The depths seen from below are the least sure, and the outlines from the front and the side say enough
    # there. The loss alone would let them cut long hair open.
    side_slack: tuple[float, ...] = (0.0, 0.0, 0.0, 0.2, 0.03, 0.03)
    held_out: int = 32
    seed: int = 0


def train_decoder(generator: Generator, shards: PlaneShards, config: DecoderTraining) -> None:
    """Train `generator.decoder` in place; everything else stays as it is."""
    decoder = generator.decoder
    _start_from_hull(generator, config)
    decoder.requires_grad_(True)
    # The slack and the blend's penalty are choices: the loss hardly sees the few places that they mend.
    parameters = [*decoder.layers.parameters(), decoder.hull_gain, decoder.blend_sharpness]
    optimizer = torch.optim.Adam(parameters, config.learning_rate, (0.9, 0.99))
    started, total = time.perf_counter(), 0.0
    for step in range(config.steps):
        share = step / config.steps
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * min(1.0, (step + 1) / 50, 1.05 - share)
        rng = np.random.default_rng((config.seed, step, 1))
        batch = shards.load(
            [int(i) for i in rng.integers(config.held_out, len(shards), config.heads)]
        )
        planes = batch.planes
        if step % 2:
            with torch.no_grad():
                planes = generator.synthesize_planes(generator.map(batch.z))
        points = sample_points(batch, config.points, torch.Generator().manual_seed(step))
        loss = point_loss(generator, planes, points)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += loss.item()
        if (step + 1) % 50 == 0:
            seconds = time.perf_counter() - started
            left = seconds / (step + 1) * (config.steps - step - 1)
            print(
                f"decoder {step + 1}/{config.steps} points {total / 50:.4f}  {left / 60:.1f} min left",
                flush=True,
            )
            total = 0.0
    decoder.requires_grad_(False)


def _start_from_hull(generator: Generator, config: DecoderTraining) -> None:
    """A fresh decoder whose surface is the hull of the depth maps."""
    with torch.no_grad():
        generator.decoder.hull_gain.fill_(config.hull_gain)
        generator.decoder.side_slack.copy_(torch.tensor(config.side_slack))
        last = generator.decoder.layers[-1]
        assert isinstance(last, FullyConnected)
        last.weight.mul_(0.03)


def point_loss(generator: Generator, planes: Tensor, points: PointBatch) -> Tensor:
    """Colour and label at the surface, solid behind it, empty in front of it."""
    count = points.surface.shape[1]
    half_box = generator.config.box_warp / 2
    everything = torch.cat([points.surface, points.solid, points.empty], dim=1) * half_box
    sample = generator.sample_field(planes, everything)
    assert sample.labels is not None
    color = (sample.rgb[:, :count] - points.rgb).abs().mean()
    label = F.cross_entropy(sample.labels[:, :count].flatten(0, 1), points.labels.flatten())
    inside = sample.sigma[:, count : 2 * count]
    outside = sample.sigma[:, 2 * count :]
    occupancy = F.softplus(-inside).mean() + F.softplus(outside).mean()
    # Behind the surface colours are read too, by previews and bakes that miss it by a little.
    behind = (sample.rgb[:, count : 2 * count] - points.rgb).abs().mean()
    return 4 * color + behind + 0.15 * label + occupancy
