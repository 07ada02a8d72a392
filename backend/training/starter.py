"""Training of the starter generator: its planes regressed as pictures, then its decoder on points."""

from __future__ import annotations

import argparse
import copy
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ..generator.checkpoints import Provenance, load_generator, save_generator
from ..generator.config import GeneratorConfig
from ..generator.model import Generator
from .canonical_fit import FitConfig, fit_canonical
from .starter_config import STARTER_CONFIG
from .starter_data import PlaneBatch, PlaneShards, halve, plane_weights
from .starter_decoder import DecoderTraining, train_decoder

PROVENANCE = Provenance("trained on renders of the CC0 MakeHuman head kit", "CC0-1.0")
ASSET = Path(__file__).parents[1] / "assets" / "starter.safetensors"


@dataclass(frozen=True)
class TrainConfig:
    """One run. Everything random is derived from `seed` and the step, so a resumed run repeats exactly."""

    data: Path
    work: Path  # checkpoints, pictures
    out: Path  # EMA weights that ship
    steps: int = 2400
    batch: int = 4
    learning_rate: float = 2.5e-3
    warmup: int = 150
    decay_from: float = 0.55  # share of the steps after which the learning rate falls to 5 %
    coarse_until: float = 0.4  # share of the steps that are trained at half the planes' resolution
    held_out: int = 32  # the first heads of the data are never trained on
    ema: float = 0.998
    seed: int = 0
    stop_after: int | None = None  # end at this step, to go on another time
    architecture: GeneratorConfig = STARTER_CONFIG
    fit: FitConfig = field(default_factory=FitConfig)
    minutes_between_saves: float = 4.0


def plane_loss(planes: Tensor, batch: PlaneBatch) -> tuple[Tensor, float]:
    """Weighted L1 of planes [B,3,11,R,R] and of their differences between neighbours; and the plain colour L1."""
    resolution = planes.shape[-1]
    truth = batch.planes if batch.planes.shape[-1] == resolution else halve(batch.planes)
    error = planes - truth
    plain = (error.detach()[:, :, 2:8].abs() * truth[:, :, 8:9]).sum() / (
        6 * truth[:, :, 8:9].sum()
    )
    weighted = error * plane_weights(batch, resolution)
    across = weighted[..., 1:] - weighted[..., :-1]
    down = weighted[..., 1:, :] - weighted[..., :-1, :]
    return weighted.abs().mean() + 1.2 * (across.abs().mean() + down.abs().mean()), plain.item()


def warp_loss(warp: Tensor, batch: PlaneBatch) -> Tensor:
    """L1 of the warp [B,6,2,V,V], on the head and little around it."""
    size = warp.shape[-2:]
    head = F.adaptive_max_pool2d(batch.planes[:, :, 8], size).repeat_interleave(2, dim=1)
    truth = F.interpolate(batch.warp.flatten(1, 2), size=size, mode="area").unflatten(1, (-1, 2))
    return ((warp - truth).abs() * (0.03 + 0.97 * head)[:, :, None]).mean()


def learning_rate(config: TrainConfig, step: int) -> float:
    share = step / config.steps
    fall = (
        1.0
        if share < config.decay_from
        else max(0.05, 1 - (share - config.decay_from) / (1 - config.decay_from))
    )
    return config.learning_rate * min(1.0, (step + 1) / config.warmup) * fall


def train_planes(config: TrainConfig, shards: PlaneShards) -> None:
    """The whole loop: batch, planes, step, average, report, save."""
    torch.manual_seed(config.seed)
    generator, average, optimizer, step = _start(config, shards)
    started, first_step, saved = time.perf_counter(), step, time.perf_counter()
    totals = [0.0] * 3
    last_step = config.stop_after or config.steps
    while step < last_step:
        for group in optimizer.param_groups:
            group["lr"] = group["share"] * learning_rate(config, step)
        rng = np.random.default_rng((config.seed, step))
        batch = shards.load(
            [int(i) for i in rng.integers(config.held_out, len(shards), config.batch)]
        )
        ws = generator.map(batch.z)
        assert generator.atlas is not None
        is_coarse = step < config.coarse_until * config.steps
        resolution = generator.atlas.resolution // (2 if is_coarse else 1)
        planes, warp = generator.atlas(generator.synthesis(ws), ws[:, -1], resolution)
        regression, plain = plane_loss(planes, batch)
        warping = warp_loss(warp, batch)
        optimizer.zero_grad(set_to_none=True)
        (regression + 3 * warping).backward()
        optimizer.step()
        generator.mapping.update_average(ws)
        _follow(average, generator, min(config.ema, (1 + step) / (10 + step)))
        step += 1
        totals = [
            a + b for a, b in zip(totals, (regression.item(), plain, warping.item()), strict=True)
        ]
        if step % 50 == 0:
            rate = (step - first_step) / (time.perf_counter() - started)
            means = " ".join(f"{total / 50:.4f}" for total in totals)
            print(
                f"step {step}/{config.steps} regression, color L1, warp: {means}  "
                f"{rate * config.batch:.1f} heads/s  {(config.steps - step) / rate / 60:.0f} min left  {len(shards)} heads",
                flush=True,
            )
            totals = [0.0] * 3
            shards.refresh()
        if time.perf_counter() - saved > 60 * config.minutes_between_saves or step == last_step:
            _save(config, generator, average, optimizer, step)
            draw_sheet(average, shards, config.work / f"sheet_{step:06d}.png")
            saved = time.perf_counter()


def _follow(average: Generator, generator: Generator, decay: float) -> None:
    with torch.no_grad():
        slow: list[Tensor] = list(average.parameters())
        fast: list[Tensor] = list(generator.parameters())
        torch._foreach_lerp_(slow, fast, 1 - decay)
        average.mapping.w_avg.copy_(generator.mapping.w_avg)


def _start(
    config: TrainConfig, shards: PlaneShards
) -> tuple[Generator, Generator, torch.optim.Adam, int]:
    """From the last checkpoint in the work folder, else from the EMA weights, else from nothing."""
    generator = Generator(config.architecture)
    checkpoint = config.work / "checkpoint.pt"
    if not checkpoint.exists():
        if config.out.exists():
            generator.load_state_dict(load_generator(config.out).state_dict())
        else:
            _soften(generator)
            fit_canonical(generator, shards, config.fit)
    average = copy.deepcopy(generator).eval().requires_grad_(False)
    optimizer = torch.optim.Adam(
        _parameter_groups(generator), config.learning_rate, (0.9, 0.99), fused=True
    )
    step = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        generator.load_state_dict(state["generator"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
    return generator, average, optimizer, step


def _parameter_groups(generator: Generator) -> list[dict[str, Any]]:
    """Parameters by how large they are: Adam's steps are absolute."""
    shares: dict[float, list[Tensor]] = {1.0: [], 0.1: [], 0.04: [], 0.01: []}
    for name, parameter in generator.named_parameters():
        if name.startswith("decoder"):
            continue  # trained afterwards, on points
        if name.startswith("atlas.warp") and "mix" not in name:
            shares[0.01].append(parameter)
        elif name.startswith(("atlas.bases", "atlas.pictures")):
            shares[0.04].append(parameter)
        elif name.startswith(("atlas", "mapping")):
            shares[0.1].append(parameter)
        else:
            shares[1.0].append(parameter)
    return [{"params": parameters, "share": share} for share, parameters in shares.items()]


def _soften(generator: Generator) -> None:
    """Let the backbone begin with almost nothing: it learns what the atlas leaves.

    Demodulated convolutions do not feel the scale of their weights, but Adam's steps are larger relative to
    smaller weights.
    """
    with torch.no_grad():
        for name, weight in generator.synthesis.named_parameters():
            if name.endswith("weight"):
                weight.mul_(0.0 if "torgb.weight" in name else 0.3 if "affine" in name else 0.1)


def _save(
    config: TrainConfig,
    generator: Generator,
    average: Generator,
    optimizer: torch.optim.Adam,
    step: int,
) -> None:
    config.work.mkdir(parents=True, exist_ok=True)
    config.out.parent.mkdir(parents=True, exist_ok=True)
    temporary = config.work / "checkpoint.partial"
    torch.save(
        {
            "generator": generator.state_dict(),
            "average": average.state_dict(),
            "optimizer": optimizer.state_dict(),
            "step": step,
        },
        temporary,
    )
    temporary.replace(config.work / "checkpoint.pt")
    save_generator(average, config.out, PROVENANCE)


def draw_sheet(generator: Generator, shards: PlaneShards, path: Path) -> None:
    """Truth and prediction side by side for three held-out heads and two trained ones: front, side, back, depth."""
    indices = [0, 1, 2, 3, len(shards) - 2]
    batch = shards.load(indices)
    with torch.no_grad():
        planes = generator.synthesize_planes(generator.map(batch.z))
    rows = []
    for head in range(len(indices)):
        tiles = []
        for plane, first in ((0, 2), (2, 2), (0, 5)):
            for source in (batch.planes, planes):
                tiles.append(source[head, plane, first : first + 3].float())
        for source in (batch.planes, planes):
            tiles.append((source[head, 0, :1].float() / 2 + 0.5).expand(3, -1, -1))
        rows.append(torch.cat(tiles, dim=2).flip(1))
    picture = (torch.cat(rows, dim=1).clamp(0, 1).permute(1, 2, 0) * 255).byte().numpy()
    Image.fromarray(picture).save(path)


def main(argv: list[str]) -> int:
    """`python -m backend.training starter --data DIR --work DIR`: train, or go on training."""
    parser = argparse.ArgumentParser(prog="train starter", description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True, help="shards made by `train dataset`")
    parser.add_argument("--work", type=Path, required=True, help="checkpoints and pictures")
    parser.add_argument("--out", type=Path, default=ASSET, help="the weights that ship")
    parser.add_argument("--steps", type=int, default=TrainConfig.steps)
    parser.add_argument("--batch", type=int, default=TrainConfig.batch)
    parser.add_argument("--learning-rate", type=float, default=TrainConfig.learning_rate)
    parser.add_argument("--coarse-until", type=float, default=TrainConfig.coarse_until)
    parser.add_argument("--stage", choices=("planes", "decoder", "all"), default="all")
    parser.add_argument("--decoder-steps", type=int, default=DecoderTraining.steps)
    arguments = parser.parse_args(argv)
    config = TrainConfig(
        data=arguments.data,
        work=arguments.work,
        out=arguments.out,
        steps=arguments.steps,
        batch=arguments.batch,
        learning_rate=arguments.learning_rate,
        coarse_until=arguments.coarse_until,
    )
    shards = PlaneShards(config.data)
    if arguments.stage in ("planes", "all"):
        train_planes(config, shards)
    if arguments.stage in ("decoder", "all"):
        generator = load_generator(config.out)
        train_decoder(generator, shards, DecoderTraining(steps=arguments.decoder_steps))
        save_generator(generator, config.out, PROVENANCE)
    return 0
