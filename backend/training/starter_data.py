"""Batches for the starter: six-sided planes as pictures, and labelled points near their surfaces."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .dataset import DEPTH_RANGE, PLANE_AXES
from .sampler import LABEL_INDEX, PART_LABELS

_DETAIL = ("brow", "eye", "lips", "teeth", "mouth interior")


@dataclass(frozen=True)
class PlaneBatch:
    """True planes of B heads and how much each texel counts."""

    z: Tensor  # [B,z_dim]
    planes: Tensor  # [B,3,11,P,P] in the order of the generator's channels
    warp: Tensor  # [B,6,2,P/2,P/2]
    labels: Tensor  # [B,3,2,P,P] uint8, near and far


@dataclass(frozen=True)
class PointBatch:
    """Labelled points of B heads, normalised to the box [-1,1]^3."""

    surface: Tensor  # [B,N,3] near the surface, with colour and label
    rgb: Tensor  # [B,N,3] sRGB 0..1
    labels: Tensor  # [B,N] int64
    solid: Tensor  # [B,N,3] inside
    empty: Tensor  # [B,2N,3] outside


class PlaneShards:
    """All shards in a folder, read through memory maps; new shards are seen after `refresh`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shards: dict[str, tuple[np.ndarray, ...]] = {}
        self.refresh()

    def refresh(self) -> None:
        for path in sorted(self.folder.glob("shard_?????")):
            if path.name not in self._shards:
                names = ("z", "planes", "depth", "warp")
                self._shards[path.name] = tuple(
                    np.load(path / f"{name}.npy", mmap_mode="r") for name in names
                )
        if not self._shards:
            raise FileNotFoundError(f"No shards in {self.folder}; make them with `train dataset`.")
        self._names = list(self._shards)
        self._counts = [len(self._shards[name][0]) for name in self._names]

    def __len__(self) -> int:
        return sum(self._counts)

    def load(self, indices: list[int]) -> PlaneBatch:
        """The heads of these indices, counted through all shards."""
        rows: list[list[Tensor]] = []
        for index in indices:
            for name, count in zip(self._names, self._counts, strict=True):
                if index < count:
                    rows.append(
                        [torch.from_numpy(_signed(array[index])) for array in self._shards[name]]
                    )
                    break
                index -= count
        z, planes, depth, warp = (torch.stack(column) for column in zip(*rows, strict=True))
        return _assemble(z, planes, depth, warp)


def _signed(array: np.ndarray) -> np.ndarray:
    """A copy in a type that torch has."""
    return np.array(array, np.int32 if array.dtype == np.uint16 else array.dtype)


def _assemble(z: Tensor, stored: Tensor, stored_depth: Tensor, warp: Tensor) -> PlaneBatch:
    depth = stored_depth.float() * (2 * DEPTH_RANGE / 65535) - DEPTH_RANGE
    labels = stored[:, :, 7:9]
    coverage = stored[:, :, 6:7].float() / 255
    hair = (labels == LABEL_INDEX["hair"]).float()
    planes = torch.cat([depth, stored[:, :, :6].float() / 255, coverage, hair], dim=2)
    return PlaneBatch(z, planes, warp.float().flatten(1, 2), labels)


def halve(planes: Tensor) -> Tensor:
    """[B,3,C,P,P] -> [B,3,C,P/2,P/2]"""
    return F.avg_pool2d(planes.flatten(0, 1), 2).unflatten(0, planes.shape[:2])


def plane_weights(batch: PlaneBatch, resolution: int) -> Tensor:
    """Where the planes matter [B,3,11,R,R]: on the head and a rim around it, most at eyes, brows and lips."""
    coverage = batch.planes[:, :, 8:9].flatten(0, 1)
    rim = _grown(coverage, 4, 3, resolution)
    wide = _grown(coverage, 8, 5, resolution)
    table = torch.zeros(len(PART_LABELS))
    table[[LABEL_INDEX[name] for name in _DETAIL]] = 1.0
    detail = _grown(table[batch.labels.flatten(0, 1).int()], 2, 3, resolution)
    color = 0.02 + 0.98 * rim
    depth = 4 * (0.05 + 0.35 * wide + 0.6 * rim) * (1 + detail)
    near, far = (
        1.6 * (color * (1 + 3 * detail[:, k : k + 1])).expand(-1, 3, -1, -1) for k in (0, 1)
    )
    covered = 0.5 * (0.3 + 0.7 * wide)
    hair = 0.4 * color.expand(-1, 2, -1, -1)
    return torch.cat([depth, near, far, covered, hair], dim=1).unflatten(0, batch.planes.shape[:2])


def _grown(mask: Tensor, cell: int, reach: int, resolution: int) -> Tensor:
    """mask [B,C,P,P] grown by about cell * reach / 2 texels, as a picture of another resolution."""
    small = F.max_pool2d(F.max_pool2d(mask, cell), reach, 1, reach // 2)
    return F.interpolate(small, size=(resolution, resolution), mode="nearest")


def sample_points(batch: PlaneBatch, count: int, generator: torch.Generator) -> PointBatch:
    """`count` surface points a head from its six sides, with solid and empty points along the same rays."""
    heads, size = batch.planes.shape[0], batch.planes.shape[-1]
    near, far = batch.planes[:, :, 0], batch.planes[:, :, 1]
    covered = (batch.planes[:, :, 8] > 0.5) & (near > far)
    table = torch.ones(len(PART_LABELS))
    table[[LABEL_INDEX[name] for name in (*_DETAIL, "ear")]] = 5.0
    chance = (covered[:, :, None] * table[batch.labels.int()]).flatten(1)  # [B, 3*2*P*P]
    picked = torch.multinomial(chance, count, replacement=True, generator=generator)
    plane = picked // (2 * size * size)
    side = (picked // (size * size)) % 2  # 0 near, 1 far
    row, column = (picked // size) % size, picked % size
    head = torch.arange(heads)[:, None].expand_as(picked)
    depth = torch.where(side == 0, near[head, plane, row, column], far[head, plane, row, column])
    half = (near - far)[head, plane, row, column] / 2
    first = 2 + 3 * side
    rgb = torch.stack([batch.planes[head, plane, first + k, row, column] for k in range(3)], dim=-1)
    outward = 1.0 - 2.0 * side.float()

    def random(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(picked.shape, generator=generator)

    def place(along: Tensor) -> Tensor:
        """Points at these coordinates along the depth axis of each picked texel's plane."""
        axes = torch.tensor(PLANE_AXES)[plane]  # [B,N,3]: column, row, depth axis
        values = torch.stack(
            [(column + random(0, 1)) / size * 2 - 1, (row + random(0, 1)) / size * 2 - 1, along],
            dim=-1,
        )
        return torch.zeros_like(values).scatter_(-1, axes, values)

    # A texel or two away from the surface: closer labels would contradict each other between planes.
    just = random(0.006, 0.04)
    room = torch.where(side == 0, 1.0 - depth, depth + 1.0).clamp(min=0.0)
    return PointBatch(
        surface=place(depth + outward * random(-0.012, 0.004)),
        rgb=rgb,
        labels=batch.labels[head, plane, side, row, column].long(),
        solid=place(depth - outward * torch.minimum(just, half)),
        empty=torch.cat(
            [place(depth + outward * just), place(depth + outward * (0.02 + random(0, 1) * room))],
            dim=1,
        ),
    )
