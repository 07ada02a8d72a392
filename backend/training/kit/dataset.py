"""The dataset command: heads of the kit as lit-free views with their geometry, in shards on disk.

A shard is a folder of .npy files (see `SHARD_FILES`) that is written under a temporary name and renamed when
complete, so that a training may read while more shards are being made.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...views.cameras import Camera, look_at_camera
from .assets import Floats, HeadKit
from .latent import Z_DIM, HeadParameters, parameters_from_latent
from .renderer import KitRenderer, Shot, View
from .sampler import HeadSampler

VIEW_RESOLUTION = 128
VIEWS = 4
CAMERA_RADIUS = 2.7  # field units
CAMERA_FOV = 24.0  # degrees
SHARD_FILES = (
    "z",
    "views",
    "normals",
    "view_depth",
    "labels",
    "cam2world",
)


@dataclass(frozen=True)
class HeadRecord:
    """One head of the dataset."""

    z: Floats  # [Z_DIM]
    parameters: HeadParameters
    views: NDArray[np.uint8]  # [VIEWS,R,R,4]
    normals: NDArray[np.uint8]  # [VIEWS,R,R,3]
    view_depth: NDArray[
        np.float16
    ]  # [VIEWS,R,R] along the camera's axis, field units; inf where nothing is
    labels: NDArray[np.uint8]  # [VIEWS,R,R]
    cam2world: Floats  # [VIEWS,4,4]


class HeadRenderer:
    """Draws whole records."""

    def __init__(self, kit: HeadKit) -> None:
        self.sampler = HeadSampler(kit)
        self.rasteriser = KitRenderer()

    def record(self, z: Floats, cameras: list[Camera]) -> HeadRecord:
        """The head of z [Z_DIM], its planes, and one view for each camera."""
        parameters = parameters_from_latent(z)
        parts = self.sampler.build(parameters)
        shots = [Shot(camera_clip(camera), VIEW_RESOLUTION) for camera in cameras]
        views = self.rasteriser.draw(parts, shots)
        return HeadRecord(
            z=z.astype(np.float32),
            parameters=parameters,
            views=np.stack([view.color for view in views]),
            normals=np.stack([_encode_normal(view) for view in views]),
            view_depth=np.stack([_camera_depth(view.depth) for view in views]),
            labels=np.stack([view.label for view in views]),
            cam2world=np.stack([camera.cam2world.numpy() for camera in cameras]),
        )


_NEAR, _FAR = 1.5, 4.0


def camera_clip(camera: Camera) -> NDArray[np.float64]:
    """OpenGL clip matrix [4,4] of a camera of ours."""
    focal = 2 * float(camera.intrinsics[0, 0])
    projection = np.array(
        [
            [focal, 0, 0, 0],
            [0, focal, 0, 0],
            [0, 0, (_FAR + _NEAR) / (_NEAR - _FAR), 2 * _FAR * _NEAR / (_NEAR - _FAR)],
            [0, 0, -1, 0],
        ]
    )
    opengl_from_opencv = np.diag([1.0, -1.0, -1.0, 1.0])
    clip: NDArray[np.float64] = (
        projection @ opengl_from_opencv @ np.linalg.inv(camera.cam2world.numpy().astype(np.float64))
    )
    return clip


def _camera_depth(depth: Floats) -> NDArray[np.float16]:
    distance = 2 * _NEAR * _FAR / (_FAR + _NEAR - (2 * depth - 1) * (_FAR - _NEAR))
    return np.where(depth < 1, distance, np.inf).astype(np.float16)


def _encode_normal(view: View) -> NDArray[np.uint8]:
    return np.clip(view.normal.astype(np.float32) * 127.5 + 128, 0, 255).astype(np.uint8)


def random_cameras(rng: np.random.Generator) -> list[Camera]:
    """VIEWS cameras: nearly frontal, three-quarter to side, and two from anywhere around."""
    yaws = (
        rng.uniform(-0.43, 0.43),
        rng.choice((-1, 1)) * rng.uniform(0.43, 1.6),
        rng.uniform(-math.pi, math.pi),
        rng.uniform(-math.pi, math.pi),
    )
    return [
        look_at_camera(float(yaw), float(rng.normal(0.03, 0.15)), CAMERA_RADIUS, CAMERA_FOV)
        for yaw in yaws
    ]


def write_shard(renderer: HeadRenderer, folder: Path, seed: int, heads: int) -> None:
    """Draw `heads` heads with this seed into `folder`; complete or absent."""
    rng = np.random.default_rng(seed)
    records = [
        renderer.record(rng.standard_normal(Z_DIM).astype(np.float32), random_cameras(rng))
        for _ in range(heads)
    ]
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name in SHARD_FILES:
        np.save(partial / f"{name}.npy", np.stack([getattr(record, name) for record in records]))
    lines = [json.dumps(dataclasses.asdict(record.parameters)) for record in records]
    (partial / "parameters.jsonl").write_text("\n".join(lines) + "\n")
    os.replace(partial, folder)


def main(argv: list[str]) -> int:
    """`python -m backend.training dataset --kit KIT --out DIR`: make the shards that are missing."""
    parser = argparse.ArgumentParser(prog="train dataset", description=main.__doc__)
    parser.add_argument("--kit", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shards", type=int, default=40)
    parser.add_argument("--heads", type=int, default=128, help="heads in a shard")
    parser.add_argument("--first", type=int, default=0, help="first shard, which is also its seed")
    parser.add_argument(
        "--step", type=int, default=1, help="make every so manieth shard (for two processes)"
    )
    arguments = parser.parse_args(argv)
    renderer = HeadRenderer(HeadKit.load(arguments.kit))
    for index in range(arguments.first, arguments.shards, arguments.step):
        folder = arguments.out / f"shard_{index:05d}"
        if folder.exists():
            continue
        start = time.perf_counter()
        write_shard(renderer, folder, seed=index, heads=arguments.heads)
        rate = arguments.heads / (time.perf_counter() - start)
        left = (
            len(range(index + arguments.step, arguments.shards, arguments.step))
            * arguments.heads
            / rate
        )
        print(
            f"{folder.name}: {arguments.heads} heads, {rate:.2f} a second, {left / 60:.0f} min left",
            flush=True,
        )
    return 0
