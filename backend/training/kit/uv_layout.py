"""The head's part of the base mesh's UV map, packed into a picture of its own: most of it is a body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from .assets import Floats

TEXTURE_SIZE = (1024, 640)  # rows, columns


@dataclass(frozen=True)
class Island:
    """A box of the base mesh's UV map (v up) and where it goes in the packed picture (rows down)."""

    low: tuple[float, float]  # u, v
    high: tuple[float, float]
    row: int
    column: int
    rows: int
    columns: int
    is_turned: bool = False  # u runs down the rows

    def contains(self, uvs: Floats) -> Floats:
        """[N] bool for uvs [N,2]."""
        return np.all((uvs >= self.low) & (uvs <= self.high), axis=1)

    def place(self, uvs: Floats) -> Floats:
        """uvs [N,2] of the base mesh -> column and row [N,2] in texels of the packed picture."""
        share = (uvs - np.array(self.low)) / (np.array(self.high) - np.array(self.low))
        across, down = (
            (share[:, 1], share[:, 0]) if self.is_turned else (share[:, 0], 1 - share[:, 1])
        )
        return np.stack([self.column + across * self.columns, self.row + down * self.rows], axis=1)

    def sources(self) -> Floats:
        """Base uvs [rows,columns,2] of this island's texels."""
        down = (np.arange(self.rows) + 0.5) / self.rows
        across = (np.arange(self.columns) + 0.5) / self.columns
        down_grid, across_grid = np.meshgrid(down, across, indexing="ij")
        share = (
            np.stack([down_grid, across_grid], axis=-1)
            if self.is_turned
            else np.stack([across_grid, 1 - down_grid], axis=-1)
        )
        return np.array(self.low) + share * (np.array(self.high) - np.array(self.low))


ISLANDS = (
    Island((0.636, 0.144), (0.999, 0.823), 0, 0, 1024, 546),  # face, scalp, ears, upper neck
    Island((0.256, 0.846), (0.505, 0.979), 2, 548, 170, 90, is_turned=True),  # lower neck
    Island((0.753, 0.007), (0.929, 0.141), 176, 548, 120, 90, is_turned=True),  # inside the mouth
    Island((0.007, 0.542), (0.0815, 0.638), 300, 548, 68, 52),  # behind the right eye
    Island((0.0815, 0.542), (0.156, 0.638), 372, 548, 68, 52),  # behind the left eye
)


def pack_uvs(uvs: Floats) -> Floats:
    """Base uvs [N,2] -> (u along columns, v down rows) [N,2] in 0..1; outside all islands at the first texel."""
    packed = np.zeros_like(uvs)
    for island in ISLANDS:
        inside = island.contains(uvs)
        packed[inside] = island.place(uvs[inside])
    rows, columns = TEXTURE_SIZE
    return (packed / np.array([columns, rows])).astype(np.float32)


def pack_picture(picture: Floats) -> Floats:
    """A picture [P,P,C] on the base mesh's UV map (row 0 at v = 1) -> [rows,columns,C]."""
    source = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None]
    packed = np.zeros((*TEXTURE_SIZE, picture.shape[2]), np.float32)
    for island in ISLANDS:
        uvs = island.sources()
        grid = np.stack([2 * uvs[..., 0] - 1, 1 - 2 * uvs[..., 1]], axis=-1)
        found = F.grid_sample(source, torch.from_numpy(grid[None]).to(source), align_corners=False)[
            0
        ]
        rows = slice(island.row, island.row + island.rows)
        columns = slice(island.column, island.column + island.columns)
        packed[rows, columns] = found.permute(1, 2, 0).numpy()
    return packed
