"""Reads the places of a face's vertices off its relief, as seen from the front.

A small convolutional network looks at the height and the slopes of a face whose pose is roughly known, and tells
where the margins of lips and lids and many other vertices of the topology lie. It was trained on heads of the CC0 kit
(backend/training/rig/landmark_fit.py). Closest points alone slide along smooth skin: they take one lip for the other.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from .head_topology import HeadTopology, Ints
from .target_mesh import PointCloud

Wide = NDArray[np.float64]
Reliefs = NDArray[np.float32]

WEIGHTS = Path(__file__).resolve().parents[1] / "assets" / "landmarks.safetensors"
ROWS = COLUMNS = 64
CELL_M = 0.003
TOP_M, LEFT_M = 0.066, -0.096  # of the picture's corner: y and x
CHANNELS = 4  # height, the normal's x and y, whether anything is seen
_DEPTH_M = 0.05  # of a height of 1
_SHEET_M = 0.004  # below the nearest point of a cell: what still counts as seen
_EVERY = 9  # of the face's vertices


def landmark_vertices(topology: HeadTopology) -> Ints:
    """The topology's vertices [L] that are landmarks."""
    y, z = topology.vertices[:, 1], topology.vertices[:, 2]
    face = np.flatnonzero(topology.is_outer_skin & (z > -0.03) & (y > -0.11) & (y < 0.05))
    loops = (topology.lid_left, topology.lid_right, topology.lip)
    return np.unique(np.concatenate([face[::_EVERY], *loops])).astype(np.int32)


def draw_relief(cloud: PointCloud) -> Reliefs:
    """A face as it is seen from the front: points in metres of the topology's frame -> [CHANNELS,ROWS,COLUMNS]."""
    column = np.floor((cloud.points[:, 0] - LEFT_M) / CELL_M).astype(np.int64)
    row = np.floor((TOP_M - cloud.points[:, 1]) / CELL_M).astype(np.int64)
    inside = (column >= 0) & (column < COLUMNS) & (row >= 0) & (row < ROWS)
    inside &= cloud.normals[:, 2] > 0.0
    cell = row[inside] * COLUMNS + column[inside]
    height = cloud.points[inside, 2]
    nearest = np.full(ROWS * COLUMNS, -np.inf)
    np.maximum.at(nearest, cell, height)
    seen = height > nearest[cell] - _SHEET_M
    counts = np.bincount(cell[seen], minlength=ROWS * COLUMNS)
    layers = [height[seen] / _DEPTH_M, *cloud.normals[inside][seen, :2].T]
    means = [np.bincount(cell[seen], x, ROWS * COLUMNS) / np.maximum(counts, 1) for x in layers]
    picture = np.stack([*means, (counts > 0).astype(float)])
    return picture.reshape(CHANNELS, ROWS, COLUMNS).astype(np.float32)


class LandmarkNet(nn.Module):
    """Reliefs [B,CHANNELS,ROWS,COLUMNS] -> offsets [B,L,3] of landmarks from the mean head's, in centimetres."""

    def __init__(self, landmarks: int) -> None:
        super().__init__()
        widths = (CHANNELS, 24, 48, 96, 128)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 3, 2, 1), nn.GroupNorm(8, after), nn.SiLU()]
            layers += [nn.Conv2d(after, after, 3, 1, 1), nn.GroupNorm(8, after), nn.SiLU()]
        side = ROWS >> (len(widths) - 1)
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Sequential(
            nn.Linear(widths[-1] * side * side, 160), nn.SiLU(), nn.Linear(160, 3 * landmarks)
        )

    def forward(self, relief: Tensor) -> Tensor:
        return torch.as_tensor(self.head(self.body(relief))).unflatten(1, (-1, 3))


@lru_cache(maxsize=1)
def load_landmarks() -> LandmarkNet:
    """The network that ships. Raises FileNotFoundError with what to do if it is missing."""
    if not WEIGHTS.is_file():
        raise FileNotFoundError(f"The file {WEIGHTS.name} is missing; install Headsmith again.")
    weights = load_file(WEIGHTS)
    net = LandmarkNet(len(weights["head.2.bias"]) // 3)
    net.load_state_dict(weights)
    return net.eval()


def read_landmarks(topology: HeadTopology, cloud: PointCloud) -> Wide:
    """Where the landmarks [L,3] lie on a face in roughly the topology's frame; metres."""
    with torch.inference_mode():
        offsets = load_landmarks()(torch.from_numpy(draw_relief(cloud))[None])[0].double().numpy()
    return topology.vertices[landmark_vertices(topology)] + offsets / 100
