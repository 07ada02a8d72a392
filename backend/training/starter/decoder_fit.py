"""The starter's third stage: its decoder learns what the template looks like from anywhere.

The six sides of the planes leave some of a head to the decoder: what they see at a grazing angle or not at all.
Views of the same template from random directions say where it is solid, where empty, and what colour it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from scipy.spatial.transform import Rotation
from torch import Tensor

from ...generator.layers import FullyConnected
from ...generator.model import Generator
from ...generator.plane_drawing import View, look, see_both_sides
from ...generator.side_decoder import SideDecoder
from ...generator.side_rasteriser import barycentric
from ...generator.template_surface import DrawnHead
from .features import teaching_latents
from .resume import Checkpoint, ProgressLine

_VIEW_RESOLUTION = 256
_VIEW_SCALE = 0.7  # of the box, so that its corners stay in the view


@dataclass(frozen=True)
class DecoderTraining:
    heads: int = 40
    views: int = 4  # of each head
    steps: int = 1500
    points: int = 6144  # of a step, from one head
    learning_rate: float = 2e-3
    seed: int = 0
    stop_after: int | None = None  # end at this step, to go on another time


@dataclass(frozen=True)
class Observation:
    """What views from anywhere say of one head; coordinates normalised to the box."""

    planes: Tensor  # [1,P,C,R,R]
    points: Tensor  # [N,3] on the visible surface
    toward: Tensor  # [N,3] unit vectors to the viewer
    thickness: Tensor  # [N] of the head behind the point, as the view sees it
    rgb: Tensor  # [N,3]
    labels: Tensor  # [N]


def fit_decoder(generator: Generator, config: DecoderTraining, work: Path) -> None:
    """Train `generator.decoder` in place. Everything random is derived from the seed and the step."""
    decoder = generator.decoder
    assert isinstance(decoder, SideDecoder)
    pool = _observe_heads(generator, config)
    decoder.requires_grad_(True)
    sides = [decoder.nearness, decoder.caution, decoder.label_gain]
    parameters = [*decoder.layers.parameters(), *sides]
    optimizer = torch.optim.Adam(parameters, config.learning_rate, (0.9, 0.99))
    checkpoint = Checkpoint(work / "decoder.pt", decoder, optimizer)
    step, total = checkpoint.load(), 0.0
    if step == 0:
        _start_from_hull(decoder)
    progress = ProgressLine("decoder", step, config.steps, 1, "heads")
    while step < (config.stop_after or config.steps):
        for group in optimizer.param_groups:
            rise, fall = min(1.0, (step + 1) / 50), 1.02 - step / config.steps
            group["lr"] = config.learning_rate * min(rise, fall)
        random = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        seen = pool[int(torch.randint(0, len(pool), (1,), generator=random))]
        loss = point_loss(generator, seen, config.points, random)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step, total = step + 1, total + loss.item()
        if step % 200 == 0 or step == (config.stop_after or config.steps):
            checkpoint.save(step)
            progress.report(step, f"points {total / 200:.4f}")
            total = 0.0
    decoder.requires_grad_(False)
    if step == config.steps:
        checkpoint.remove()


def _start_from_hull(decoder: SideDecoder) -> None:
    """A decoder whose surface is the hull of the depth maps, to begin with."""
    last = decoder.layers[-1]
    assert isinstance(last, FullyConnected)
    with torch.no_grad():
        last.weight.mul_(0.03)


def _observe_heads(generator: Generator, config: DecoderTraining) -> list[Observation]:
    rng = np.random.default_rng((config.seed, 3))
    z = torch.from_numpy(teaching_latents(config.heads, rng))
    turns = Rotation.random(config.heads * config.views, random_state=rng.integers(2**31))
    matrices = torch.from_numpy(turns.as_matrix()).float().view(config.heads, config.views, 3, 3)
    with torch.no_grad():
        return [
            observe(generator, w, matrix)
            for w, matrix in zip(generator.map(z)[:, 0], matrices, strict=True)
        ]


def observe(generator: Generator, w: Tensor, turns: Tensor) -> Observation:
    """Views of the head of w [w_dim], turned by each of the matrices [V,3,3]."""
    template = generator.template
    assert template is not None
    drawn = template.assemble(w)
    views = [_view(drawn, turn) for turn in turns]
    points, toward, thickness, rgb, labels = (torch.cat(c) for c in zip(*views, strict=True))
    return Observation(
        generator.synthesize_planes(w[None, None]), points, toward, thickness, rgb, labels
    )


def _view(drawn: DrawnHead, turn: Tensor) -> tuple[Tensor, ...]:
    """Points, directions to the viewer, thicknesses, colours, labels of one view."""
    corners = drawn.corners @ turn.t() * _VIEW_SCALE
    near, far = see_both_sides(drawn, corners, _VIEW_RESOLUTION)
    front = look(drawn, corners, View(2, 1.0, 2 / _VIEW_RESOLUTION), near, _VIEW_RESOLUTION)
    weights = barycentric(corners, far, _VIEW_RESOLUTION)
    back = (corners[far.triangles][..., 2] * weights).sum(1)
    rows = torch.div(near.texels, _VIEW_RESOLUTION, rounding_mode="floor")
    columns = near.texels - rows * _VIEW_RESOLUTION
    across, down = ((i + 0.5) * (2 / _VIEW_RESOLUTION) - 1 for i in (columns, rows))
    points = torch.stack([across, down, front[:, 0]], dim=1) / _VIEW_SCALE @ turn
    toward = turn[2].expand_as(points)
    labels = (front[:, 5:] @ drawn.label_codes.t()).argmax(1)
    return points, toward, (front[:, 0] - back) / _VIEW_SCALE, front[:, 1:4], labels


def point_loss(
    generator: Generator, seen: Observation, count: int, random: torch.Generator
) -> Tensor:
    """Colour and label at the surface, solid just behind it, empty before it."""
    picked = torch.randint(0, len(seen.points), (count,), generator=random)
    points, toward = seen.points[picked], seen.toward[picked]
    step = 0.003 + 0.05 * torch.rand(count, 1, generator=random) ** 2
    behind = torch.minimum(step, seen.thickness[picked, None] / 2)
    away = 0.05 + torch.rand(count, 1, generator=random)
    places = torch.cat(
        [points, points - behind * toward, points + step * toward, points + away * toward]
    )
    sample = generator.sample_field(seen.planes, places[None] * (generator.config.box_warp / 2))
    assert sample.labels is not None
    sigma = 6.0 * sample.sigma[0, :, 0]
    # Hair has no inside worth the name: there only what is empty counts.
    is_thick = (seen.thickness[picked] > 0.05).float()
    solid = (F.softplus(-sigma[count : 2 * count]) * is_thick).mean()
    empty = F.softplus(sigma[2 * count :]).mean()
    color = (sample.rgb[0, :count] - seen.rgb[picked]).abs().mean()
    label = F.cross_entropy(sample.labels[0, :count], seen.labels[picked])
    return solid + empty + 4 * color + 0.15 * label
