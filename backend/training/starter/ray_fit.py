"""The starter's fourth stage: its decoder learns what is still wrong in volume-rendered pictures.

Small patches of rays from random cameras are rendered as every picture is, and compared with the meshes of the
same head drawn from the same camera. What the third stage teaches about points goes on beside it, so that the
surface stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from scipy.spatial.transform import Rotation
from torch import Tensor

from ...generator.model import Generator, Rendered
from ...generator.side_decoder import SideDecoder
from ...generator.template_surface import DrawnHead
from ...views.mesh_views import TrueView, draw_view
from .config import RENDERER
from .decoder_fit import Observation, observe, point_loss
from .features import latent_features, teaching_latents
from .resume import Checkpoint, ProgressLine
from .view_cameras import patch_of_view, random_view

_POINT_VIEWS = 2
_REPORT = 50  # steps
_HELD_OUT_SEED = 1_000_003  # no step draws from it


@dataclass(frozen=True)
class RayTraining:
    steps: int = 600
    steps_per_head: int = 8
    patch: int = 24  # rays along a side
    view: int = 160  # pixels along the side of the view that a patch is of
    points: int = 2048  # of a step, for what the third stage teaches
    learning_rate: float = 2e-3
    held_out: int = (
        12  # heads on which before and after are compared; 0: keep what was learned anyway
    )
    seed: int = 0
    stop_after: int | None = None  # end at this step, to go on another time


@dataclass(frozen=True)
class _Head:
    drawn: DrawnHead
    seen: Observation  # holds the planes, too


def fit_rays(generator: Generator, config: RayTraining, work: Path) -> None:
    """Train `generator.decoder` in place, if held-out views gain by it."""
    decoder = generator.decoder
    assert isinstance(decoder, SideDecoder)
    generator.config = replace(generator.config, renderer=RENDERER)
    before = {name: tensor.clone() for name, tensor in decoder.state_dict().items()}
    decoder.requires_grad_(True)
    parameters = [*decoder.layers.parameters(), decoder.hull_gain, decoder.nearness]
    parameters.append(decoder.label_gain)
    optimizer = torch.optim.Adam(parameters, config.learning_rate, (0.9, 0.99))
    checkpoint = Checkpoint(work / "rays.pt", decoder, optimizer)
    step, total, head = checkpoint.load(), 0.0, None
    progress = ProgressLine("rays", step, config.steps, config.patch**2, "rays")
    while step < (config.stop_after or config.steps):
        for group in optimizer.param_groups:
            rise, fall = min(1.0, (step + 1) / 50), 1.02 - step / config.steps
            group["lr"] = config.learning_rate * min(rise, fall)
        if head is None or step % config.steps_per_head == 0:
            head = _draw_head(generator, (config.seed, 4, step // config.steps_per_head))
        rng = np.random.default_rng((config.seed, 5, step))
        random = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        camera = _patch_camera(generator, head, config, rng)
        truth = draw_view(head.drawn, generator.config.box_warp, camera, config.patch)
        seen = generator.render(head.seen.planes, camera[None], config.patch, generator=random)
        loss = ray_loss(seen, truth) + point_loss(generator, head.seen, config.points, random)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step, total = step + 1, total + loss.item()
        if step % _REPORT == 0 or step == (config.stop_after or config.steps):
            checkpoint.save(step)
            progress.report(step, f"loss {total / _REPORT:.4f}")
            total = 0.0
    decoder.requires_grad_(False)
    if step == config.steps:
        if config.held_out > 0:
            _keep_better(generator, before, config)
        checkpoint.remove()


def ray_loss(seen: Rendered, truth: TrueView) -> Tensor:
    """Colour, coverage and label of one patch.

    Rays that meet the head and rays that pass it count as two means: neither an empty box nor a full one is
    a good answer, however much of the patch is background.
    """
    is_head = truth.coverage > 0.5
    cover = (seen.weights_sum[0, 0] - is_head.float()).abs()
    color = ((seen.image_raw[0].permute(1, 2, 0) + 1) / 2 - truth.color).abs().mean(-1)
    error = cover + 2 * color
    assert seen.labels is not None
    right = seen.labels[0].permute(1, 2, 0).gather(2, truth.labels.long()[..., None])[..., 0]
    unlikely = -right.clamp(min=1e-4).log()
    means = [error[mask].mean() for mask in (is_head, ~is_head) if mask.any()]
    label = unlikely[is_head].mean() if is_head.any() else error.new_zeros(())
    return torch.stack(means).sum() + 0.1 * label


def _draw_head(generator: Generator, seed: tuple[int, ...]) -> _Head:
    rng = np.random.default_rng(seed)
    z = teaching_latents(4, rng)[rng.integers(4)]  # the four are of three kinds
    turns = Rotation.random(_POINT_VIEWS, random_state=rng.integers(2**31)).as_matrix()
    w = torch.from_numpy(latent_features(z[None]))[0]
    assert generator.template is not None
    with torch.no_grad():
        seen = observe(generator, w, torch.from_numpy(turns).float())
        return _Head(generator.template.assemble(w), seen)


def _patch_camera(
    generator: Generator, head: _Head, config: RayTraining, rng: np.random.Generator
) -> Tensor:
    """A patch around a corner of the meshes: they are finest where a face has most detail."""
    corners = head.drawn.corners.flatten(0, 1)
    point = corners[rng.integers(len(corners))] * (generator.config.box_warp / 2)
    return patch_of_view(random_view(generator.config, rng), point, config.patch / config.view)


def view_errors(generator: Generator, heads: int, seed: int, size: int = 96) -> Tensor:
    """Mean square errors [heads,2] of whole volume-rendered views: everywhere, and where both show the head."""
    errors = []
    for index in range(heads):
        head = _draw_head(generator, (seed, _HELD_OUT_SEED, index))
        camera = random_view(generator.config, np.random.default_rng((seed, index)))
        truth = draw_view(head.drawn, generator.config.box_warp, camera, size)
        with torch.inference_mode():
            seen = generator.render(head.seen.planes, camera[None], size, with_labels=False)
        square = F.mse_loss(
            (seen.image_raw[0].permute(1, 2, 0) + 1) / 2, truth.color, reduction="none"
        )
        both = (truth.coverage > 0.5) & (seen.weights_sum[0, 0] > 0.9)
        errors.append(torch.stack([square.mean(), square[both].mean()]))
    return torch.stack(errors)


def _keep_better(generator: Generator, before: dict[str, Tensor], config: RayTraining) -> None:
    """Undo the training if held-out views did not gain."""
    after = {name: tensor.clone() for name, tensor in generator.decoder.state_dict().items()}
    figures = []
    for weights in (before, after):
        generator.decoder.load_state_dict(weights)
        error = view_errors(generator, config.held_out, config.seed)[:, 0]
        figures.append(float(-10 * error.log10().mean()))
    if figures[1] < figures[0]:
        generator.decoder.load_state_dict(before)
    kept = "kept" if figures[1] >= figures[0] else "undone"
    print(f"rays: held-out views {figures[0]:.2f} -> {figures[1]:.2f} dB, {kept}", flush=True)
