"""A pool of patches of views for training super-resolution: what the renderer gives, beside the truth.

Volume rendering is most of the work of such a training, and what it gives does not change: it is done once.
Each head is one file, written under a temporary name and renamed, so that an interrupted pool goes on where it
stopped. The pool of other weights lies in another folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from ...generator.checkpoints import hash_tensors
from ...generator.fast_field import FastField
from ...generator.fast_render import render_fast
from ...generator.model import Generator
from ...views.mesh_views import draw_view
from ..kit.assets import Floats
from ..kit.latent import Z_DIM
from ..kit.plausible import plausible_latents
from .features import latent_features, teaching_latents
from .resume import ProgressLine
from .view_cameras import patch_of_view, random_view

_SUPERSAMPLES = 3


@dataclass(frozen=True)
class PoolConfig:
    heads: int = 240
    patches: int = 6  # of each head
    side: int = 64  # rays along a side of a patch
    view: int = 128  # pixels along the side of the view that a patch is of
    seed: int = 0


@dataclass(frozen=True)
class ViewPool:
    """N patches; those of one head lie together."""

    inputs: Tensor  # [N,K,S,S] float16, what super-resolution reads; the first three are the raw picture
    truth: Tensor  # [N,3,F*S,F*S] uint8, unlit sRGB times coverage
    labels: Tensor  # [N,F*S,F*S] uint8
    cameras: Tensor  # [N,25]
    w: Tensor  # [N,w_dim]

    def part(self, cut: slice) -> ViewPool:
        """Some of the patches."""
        return ViewPool(
            self.inputs[cut], self.truth[cut], self.labels[cut], self.cameras[cut], self.w[cut]
        )


def load_pool(generator: Generator, config: PoolConfig, work: Path) -> ViewPool:
    """The pool of these weights; what of it is missing is rendered first."""
    folder = work / f"views_{_fingerprint(generator)}_{config.seed}_{config.side}"
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"head_{index:05d}.safetensors" for index in range(config.heads)]
    missing = [index for index, path in enumerate(paths) if not path.exists()]
    progress = ProgressLine("views", 0, len(missing), config.patches, "patches")
    for done, index in enumerate(missing, start=1):
        partial = paths[index].with_suffix(".partial")
        save_file(render_head(generator, config, index), partial)
        partial.replace(paths[index])
        if done % 10 == 0 or done == len(missing):
            progress.report(done, folder.name)
    files = [load_file(path) for path in paths]
    names = ("inputs", "truth", "labels", "cameras", "w")
    return ViewPool(*(torch.cat([file[name] for file in files]) for name in names))


def render_head(generator: Generator, config: PoolConfig, index: int) -> dict[str, Tensor]:
    """The fields of `ViewPool` for one head."""
    settings, template = generator.config.superresolution, generator.template
    assert settings is not None and template is not None
    rng = np.random.default_rng((config.seed, 6, index))
    w = torch.from_numpy(latent_features(_any_latent(rng)))
    parts: list[tuple[Tensor, ...]] = []
    with torch.inference_mode():
        field = FastField(generator, generator.synthesize_planes(w[:, None]))
        drawn = template.assemble(w[0])
        corners = drawn.corners.flatten(0, 1) * (generator.config.box_warp / 2)
        for _ in range(config.patches):
            # Meshes are finest where a face has most detail.
            point = corners[rng.integers(len(corners))]
            camera = patch_of_view(
                random_view(generator.config, rng), point, config.side / config.view
            )
            seen = render_fast(generator, field, camera, config.side)
            inputs = generator.superresolution_inputs(seen, camera[None])
            side = config.side * settings.factor
            truth = draw_view(drawn, generator.config.box_warp, camera, side, _SUPERSAMPLES)
            color = (truth.color.permute(2, 0, 1)[None] * 255 + 0.5).byte()
            parts.append((inputs.half(), color, truth.labels[None], camera[None], w))
    names = ("inputs", "truth", "labels", "cameras", "w")
    columns = (torch.cat(column).contiguous() for column in zip(*parts, strict=True))
    return dict(zip(names, columns, strict=True))


def _any_latent(rng: np.random.Generator) -> Floats:
    """A latent [1,Z_DIM] as chance has it, or as people look, or one that shows much at once."""
    kind = rng.integers(3)
    if kind == 0:
        return rng.standard_normal((1, Z_DIM)).astype(np.float32)
    if kind == 1:
        return plausible_latents(1, rng)
    return teaching_latents(4, rng)[rng.integers(4)][None]


def _fingerprint(generator: Generator) -> str:
    tensors = {
        name: tensor
        for name, tensor in generator.state_dict().items()
        if name.startswith(("template.", "decoder."))
    }
    return hash_tensors(tensors)[:12]
