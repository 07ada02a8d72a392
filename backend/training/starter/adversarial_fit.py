"""The starter's fifth stage: super-resolution, first from pairs, then also against a discriminator.

The pairs are what the renderer gives of a patch, and the true patch at four times the resolution. Once paired
training has learned what it can, a dual discriminator asks for the sharpness that averages lack; the paired
loss stays on, and the other's gradient is a fixed share of it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from ...generator.config import SuperResolutionConfig
from ...generator.model import Generator
from ...generator.superres import SuperResolution
from .adversarial_losses import (
    discriminator_loss,
    generator_loss,
    gradient_penalty,
    paired_loss,
    shared_gradient,
)
from .augment import Augment
from .config import SUPERRESOLUTION
from .discriminator import DualDiscriminator
from .enlarging import measure, save_picture
from .patch_batches import PatchBatch, PatchConfig, draw_batch, random_places, without_margin
from .resume import Checkpoint, ProgressLine
from .view_pool import PoolConfig, ViewPool, load_pool

_REPORT = 250  # steps


@dataclass(frozen=True)
class AdversarialTraining:
    pool: PoolConfig = field(default_factory=PoolConfig)
    held_out: int = 8  # heads of the pool, its first, that only measure
    steps: int = 6000
    paired_steps: int = 3600  # before the discriminator comes in
    patches: PatchConfig = field(default_factory=PatchConfig)
    learning_rate: float = 1e-2  # of weights with unit variance, which move little at usual rates
    discriminator_rate: float = 1.5e-3
    warm_up: int = 100  # steps in which an optimiser rises from zero
    share: float = 0.5  # length of the adversarial gradient at the picture, of the paired one's
    r1_gamma: float = 1.0
    r1_every: int = 16
    average_decay: float = 0.998
    channels: tuple[int, ...] = (32, 48, 64, 96, 96)  # of the discriminator, down to 4 x 4
    half: bool = True  # bfloat16 for the convolutions
    seed: int = 0
    stop_after: int | None = None  # end at this step, to go on another time

    @classmethod
    def of_length(cls, steps: int) -> AdversarialTraining:
        """As usual, but longer or shorter."""
        return cls(steps=steps, paired_steps=round(steps * cls.paired_steps / cls.steps))


def fit_adversarial(generator: Generator, config: AdversarialTraining, work: Path) -> None:
    """Train `generator.superresolution`, which is added where it is missing; it becomes its running average."""
    made = add_superresolution(generator).requires_grad_(True)
    pool = load_pool(generator, config.pool, work)
    first = config.held_out * config.pool.patches
    held_out, pool = pool.part(slice(first)), pool.part(slice(first, None))
    judge, augment = _judge(config, pool), Augment()
    average = copy.deepcopy(made).requires_grad_(False)
    made_by = torch.optim.Adam(made.parameters(), config.learning_rate, (0.5, 0.99))
    judged_by = torch.optim.Adam(judge.parameters(), config.discriminator_rate, (0.0, 0.99))
    parts = nn.ModuleDict({"made": made, "average": average, "judge": judge, "augment": augment})
    checkpoint = Checkpoint(work / "adversarial.pt", parts, made_by, (judged_by,))
    step, sums = checkpoint.load(), torch.zeros(4)
    progress = ProgressLine("adversarial", step, config.steps, config.patches.count, "patches")
    while step < (config.stop_after or config.steps):
        _set_rates(made_by, judged_by, config, step)
        random = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        batch = draw_batch(pool, config.patches, random)
        picture = enlarge_patch(made, batch, config)
        paired = paired_loss(picture, batch.truth, batch.weights)
        made_by.zero_grad(set_to_none=True)
        if step < config.paired_steps:
            paired.backward()
        else:
            against = generator_loss(_score(judge, picture, batch, augment, random, config.half))
            rise = min(1.0, (step - config.paired_steps) / (3 * config.warm_up))
            picture.backward(shared_gradient(picture, paired, against, config.share * rise))
            sums[1] += against.item()
        made_by.step()
        _follow(average, made, min(config.average_decay, (step + 1) / (step + 10)))
        if step >= config.paired_steps:
            judged_by.zero_grad(set_to_none=True)
            sums[2] += _judge_step(judge, picture.detach(), batch, augment, random, config, step)
            judged_by.step()
            if step % 8 == 7:
                sums[3] = augment.adjust()
        step, sums[0] = step + 1, sums[0] + paired.item()
        if step % _REPORT == 0 or step == (config.stop_after or config.steps):
            checkpoint.save(step)
            progress.report(step, _figures(average, held_out, sums, augment))
            save_picture(average, held_out, work / "adversarial.png")
            sums.zero_()
    generator.superresolution = average.requires_grad_(False)
    if step == config.steps:
        checkpoint.remove()


def add_superresolution(
    generator: Generator, settings: SuperResolutionConfig = SUPERRESOLUTION
) -> SuperResolution:
    """The generator's super-resolution; a new one begins as nearly plain enlarging."""
    if generator.superresolution is None:
        generator.config = replace(generator.config, superresolution=settings)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            generator.superresolution = SuperResolution(generator.config, settings)
        for name, parameter in generator.superresolution.named_parameters():
            if name.endswith("torgb.weight"):
                parameter.data.mul_(0.02)
    return generator.superresolution


def _judge(config: AdversarialTraining, pool: ViewPool) -> DualDiscriminator:
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        judge = DualDiscriminator(config.channels)
    random = torch.Generator().manual_seed(config.seed)
    many = replace(config.patches, count=min(1024, 4 * len(pool.inputs)))
    judge.know_cameras(random_places(pool, many, random)[2])
    return judge


def enlarge_patch(
    superresolution: SuperResolution, batch: PatchBatch, config: AdversarialTraining
) -> Tensor:
    """The super-resolved patches [B,3,S,S] without their margins."""
    with torch.autocast("cpu", torch.bfloat16, enabled=config.half):
        picture = superresolution.enlarge(batch.inputs[:, :3], batch.inputs, batch.ws)
    return without_margin(picture.float(), config.patches.margin * superresolution.settings.factor)


def _score(
    judge: DualDiscriminator,
    pictures: Tensor,
    batch: PatchBatch,
    augment: Augment,
    random: torch.Generator,
    half: bool,
) -> Tensor:
    # The raw picture is the same beside true and made ones: it is not trained here, and a discriminator
    # that could tell the two by it would have nothing to teach.
    both = augment(torch.cat([pictures, batch.raw], dim=1), random)
    both = both.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        return judge(both, batch.cameras).float()


def _judge_step(
    judge: DualDiscriminator,
    picture: Tensor,
    batch: PatchBatch,
    augment: Augment,
    random: torch.Generator,
    config: AdversarialTraining,
    step: int,
) -> float:
    """Gradients of the discriminator's losses; the logistic one."""
    true_scores = _score(judge, batch.truth, batch, augment, random, config.half)
    augment.watch(true_scores)
    loss = discriminator_loss(
        true_scores, _score(judge, picture, batch, augment, random, config.half)
    )
    loss.backward()
    if step % config.r1_every == 0:
        # Without augmentation and in full precision: rare, and second derivatives are delicate.
        penalty = gradient_penalty(
            lambda pictures: judge(pictures, batch.cameras),
            torch.cat([batch.truth, batch.raw], dim=1),
        )
        (penalty * (config.r1_gamma * config.r1_every)).backward()
    return loss.item()


def _set_rates(
    made_by: torch.optim.Adam, judged_by: torch.optim.Adam, config: AdversarialTraining, step: int
) -> None:
    """Both optimisers rise from zero; the generator's falls to a fifth."""
    rise, fall = min(1.0, (step + 1) / config.warm_up), 1.0 - 0.8 * step / config.steps
    made_by.param_groups[0]["lr"] = config.learning_rate * rise * fall
    rise = min(1.0, max(0, step + 1 - config.paired_steps) / config.warm_up)
    judged_by.param_groups[0]["lr"] = config.discriminator_rate * rise


@torch.no_grad()
def _follow(average: nn.Module, made: nn.Module, decay: float) -> None:
    """Move the running average towards the weights."""
    for old, new in zip(average.parameters(), made.parameters(), strict=True):
        old.lerp_(new, 1 - decay)


def _figures(average: SuperResolution, held_out: ViewPool, sums: Tensor, augment: Augment) -> str:
    paired, against, judged, sign = (sums / torch.tensor([_REPORT, _REPORT, _REPORT, 1])).tolist()
    # Every head is seen, and measuring takes a small share of the time.
    error, energy = measure(average, held_out.part(slice(None, None, 3)))
    return (
        f"paired {paired:.4f} against {against:.3f} judged {judged:.3f} sign {sign:+.2f} "
        f"p {float(augment.p):.2f}  held out {error:.2f} dB, gradients {energy:.3f}"
    )
