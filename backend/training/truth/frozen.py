"""The frozen command: draws the heads that the starter's fidelity is measured on."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from ..kit.assets import HeadKit
from ..kit.dataset import camera_clip
from ..kit.latent import Z_DIM, parameters_from_latent
from ..kit.renderer import KitRenderer, Shot, View
from ..kit.sampler import HeadSampler
from ..kit.skin_layers import skin_look
from ..kit.uv_layout import pack_picture
from .frozen_heads import (
    GREY,
    HEAD_POINTS,
    MEAN_POINTS,
    SKIN_SIZE,
    VIEW_SIZE,
    FrozenHead,
    FrozenHeads,
    SurfacePoints,
    frozen_cameras,
    frozen_latents,
    save_frozen,
    spread_points,
)

ASSET = Path(__file__).parents[2] / "assets" / "frozen_heads.npz"
SEED = (2026, 100)  # no training draws from it
HEADS = 100  # half of them as the latent space has them, half plausible
_FINER = (
    4  # the views are drawn so many times larger: true depths, and colours without jagged edges
)
_COVERAGE_STEPS = 15
_GRAZING = 0.2  # cosine below which a pixel's depth says little


@dataclass(frozen=True)
class _Drawn:
    """What the cameras see of one head."""

    views: NDArray[np.uint8]  # [V,S,S,3] on grey
    coverage: NDArray[np.uint8]  # [V,S,S]
    labels: NDArray[np.uint8]  # [V,S,S]
    points: NDArray[np.float32]  # [N,3] everything that is seen
    normals: NDArray[np.float32]  # [N,3]


class FrozenPainter:
    """Draws heads of the kit with what is true of them."""

    def __init__(self, kit: HeadKit) -> None:
        self._sampler = HeadSampler(kit)
        self._rasteriser = KitRenderer()
        self._clips = [camera_clip(camera) for camera in frozen_cameras()]

    def head(self, z: NDArray[np.float32], rng: np.random.Generator) -> FrozenHead:
        """The head of z [Z_DIM]."""
        p, drawn = parameters_from_latent(z), self._draw(z)
        return FrozenHead(
            z=z,
            male=p.male,
            age_years=p.age_years,
            skin_tone=p.skin_tone,
            views=drawn.views,
            coverage=drawn.coverage,
            labels=drawn.labels,
            surface=_spread(drawn, HEAD_POINTS, rng),
            skin=_small(pack_picture(self._sampler.skin.paint(skin_look(p)).clip(0, 1))),
        )

    def mean_surface(self, rng: np.random.Generator) -> SurfacePoints:
        """The surface of the head whose z is 0."""
        return _spread(self._draw(np.zeros(Z_DIM, np.float32)), MEAN_POINTS, rng)

    def _draw(self, z: NDArray[np.float32]) -> _Drawn:
        parts = self._sampler.build(parameters_from_latent(z))
        shots = [Shot(clip, VIEW_SIZE * _FINER) for clip in self._clips]
        views = self._rasteriser.draw(parts, shots)
        seen = [_seen_points(view, clip) for view, clip in zip(views, self._clips, strict=True)]
        coverage = np.stack([_coverage(view) for view in views])
        return _Drawn(
            np.stack([_on_grey(view) for view in views]),
            coverage,
            np.stack([most_frequent(view.label, _FINER) for view in views]),
            np.concatenate([points for points, _ in seen]),
            np.concatenate([normals for _, normals in seen]),
        )


def most_frequent(labels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """[H,W] -> the commonest label of each block of side x side pixels [H/side,W/side].

    A pixel's label then does not hang on one place in it, which parts a few pixels wide cannot afford.
    """
    rows, columns = (length // side for length in labels.shape)
    blocks = labels.reshape(rows, side, columns, side)
    counts = [(blocks == label).sum(axis=(1, 3)) for label in range(int(labels.max()) + 1)]
    return np.argmax(counts, axis=0).astype(np.uint8)


def _blocks(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """[H,W,C] -> the means of its blocks of pixels [H/F,W/F,C]."""
    side = len(picture) // _FINER
    blocks = picture.reshape(side, _FINER, side, _FINER, -1).astype(np.float32)
    return np.asarray(blocks.mean(axis=(1, 3)))


def _on_grey(view: View) -> NDArray[np.uint8]:
    mean = _blocks(view.color)
    return (mean[..., :3] + GREY * (255 - mean[..., 3:]) + 0.5).astype(np.uint8)


def _coverage(view: View) -> NDArray[np.uint8]:
    share = np.round(_blocks(view.color)[..., 3] / 255 * _COVERAGE_STEPS)
    return (share * (255 // _COVERAGE_STEPS)).astype(np.uint8)


def _seen_points(
    view: View, clip: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where the pixels' rays meet the head [N,3], and the normals there [N,3]."""
    side = len(view.depth)
    rows, columns = np.nonzero(view.color[..., 3] == 255)
    depth = view.depth[rows, columns].astype(np.float64)
    x, y = (2 * (columns + 0.5) / side - 1, 1 - 2 * (rows + 0.5) / side)
    inverse = np.linalg.inv(clip)
    corners = np.stack([x, y, 2 * depth - 1, np.ones_like(x)], axis=1) @ inverse.T
    points = corners[:, :3] / corners[:, 3:]
    normals = view.normal[rows, columns].astype(np.float64)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    eye = inverse @ np.array([0.0, 0.0, -1.0, 0.0])
    towards = eye[:3] / eye[3] - points
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    facing = (normals * towards).sum(1)
    # The hair's cards are seen from both sides.
    normals *= np.sign(facing)[:, None]
    kept = (np.abs(facing) > _GRAZING) & (depth < 1)
    return points[kept].astype(np.float32), normals[kept].astype(np.float32)


def _spread(drawn: _Drawn, count: int, rng: np.random.Generator) -> SurfacePoints:
    kept = spread_points(drawn.points, count, rng)
    return SurfacePoints(drawn.points[kept], drawn.normals[kept])


def _small(skin: NDArray[np.float32]) -> NDArray[np.uint8]:
    picture = torch.from_numpy(skin).permute(2, 0, 1)[None]
    reduced = F.interpolate(picture, SKIN_SIZE, mode="area")[0].permute(1, 2, 0)
    return (reduced * 255 + 0.5).byte().numpy()


def main(argv: list[str]) -> int:
    """`python -m backend.training frozen --kit KIT`: draw the frozen heads."""
    parser = argparse.ArgumentParser(prog="train frozen", description=main.__doc__)
    parser.add_argument("--kit", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ASSET)
    parser.add_argument("--heads", type=int, default=HEADS)
    arguments = parser.parse_args(argv)
    rng = np.random.default_rng(SEED)
    latents = frozen_latents(arguments.heads, rng)
    painter = FrozenPainter(HeadKit.load(arguments.kit))
    heads = tuple(painter.head(z, rng) for z in latents)
    save_frozen(FrozenHeads(heads, painter.mean_surface(rng)), arguments.out)
    size = arguments.out.stat().st_size / 2**20
    print(f"{len(heads)} heads in {arguments.out} ({size:.1f} MiB)", flush=True)
    return 0
