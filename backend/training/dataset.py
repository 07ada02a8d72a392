"""The dataset command: heads of the kit as six-sided planes and as lit-free views, in shards on disk.

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
from scipy import ndimage

from ..camera import Camera, look_at_camera
from .kit import Floats, HeadKit
from .latent import Z_DIM, HeadParameters, parameters_from_latent
from .rasterise import Rasteriser, Shot, View
from .sampler import LABEL_INDEX, NECK_CUT, NECK_HALF_WIDTH, NECK_RISE, HeadSampler

PLANE_RESOLUTION = 256
VIEW_RESOLUTION = 128
VIEWS = 4
CAMERA_RADIUS = 2.7  # field units
CAMERA_FOV = 24.0  # degrees
DEPTH_RANGE = 1.1  # plane depths lie in [-1.1, 1.1] of half the box
_MIN_HALF_THICKNESS = 0.012  # of half the box: hair cards have no thickness of their own
# column axis, row axis, depth axis of the generator's orthogonal planes
PLANE_AXES = ((0, 1, 2), (0, 2, 1), (2, 1, 0))
SHARD_FILES = (
    "planes",
    "depth",
    "warp",
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
    planes: NDArray[np.uint8]  # [3,9,P,P]: near rgb, far rgb, coverage, near label, far label
    depth: NDArray[np.uint16]  # [3,2,P,P]: near, far; see `decode_depth`
    warp: NDArray[np.float16]  # [3,2,2,P/2,P/2]: column and row displacement to the canonical head
    views: NDArray[np.uint8]  # [VIEWS,R,R,4]
    normals: NDArray[np.uint8]  # [VIEWS,R,R,3]
    view_depth: NDArray[
        np.float16
    ]  # [VIEWS,R,R] along the camera's axis, field units; inf where nothing is
    labels: NDArray[np.uint8]  # [VIEWS,R,R]
    cam2world: Floats  # [VIEWS,4,4]


def encode_depth(depth: Floats) -> NDArray[np.uint16]:
    return np.round(
        (np.clip(depth, -DEPTH_RANGE, DEPTH_RANGE) + DEPTH_RANGE) / (2 * DEPTH_RANGE) * 65535
    ).astype(np.uint16)


def decode_depth(stored: NDArray[np.uint16]) -> Floats:
    """Plane depths in [-DEPTH_RANGE, DEPTH_RANGE], as a share of half the box."""
    return stored.astype(np.float32) * np.float32(2 * DEPTH_RANGE / 65535) - np.float32(DEPTH_RANGE)


class HeadRenderer:
    """Draws whole records."""

    def __init__(self, kit: HeadKit) -> None:
        self.sampler = HeadSampler(kit)
        self.rasteriser = Rasteriser()

    def record(self, z: Floats, cameras: list[Camera]) -> HeadRecord:
        """The head of z [Z_DIM], its planes, and one view for each camera."""
        parameters = parameters_from_latent(z)
        parts = self.sampler.build(parameters)
        shots = [
            Shot(_side_clip(axes, side), PLANE_RESOLUTION, canonical=True)
            for axes in PLANE_AXES
            for side in (1, -1)
        ]
        shots += [Shot(camera_clip(camera), VIEW_RESOLUTION) for camera in cameras]
        drawn = self.rasteriser.draw(parts, shots)
        sides, views = drawn[:6], drawn[6:]
        pairs = [_plane(sides[2 * k], sides[2 * k + 1], axes) for k, axes in enumerate(PLANE_AXES)]
        return HeadRecord(
            z=z.astype(np.float32),
            parameters=parameters,
            planes=np.stack([pair.colors for pair in pairs]),
            depth=np.stack([pair.depth for pair in pairs]),
            warp=np.stack([pair.warp for pair in pairs]),
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


def _side_clip(axes: tuple[int, int, int], side: int) -> NDArray[np.float64]:
    """Orthographic clip matrix that looks along the depth axis from its `side` (+1 or -1)."""
    clip = np.zeros((4, 4))
    clip[0, axes[0]] = clip[1, axes[1]] = 2.0
    clip[2, axes[2]] = -2.0 * side
    clip[3, 3] = 1.0
    return clip


def _encode_normal(view: View) -> NDArray[np.uint8]:
    return np.clip(view.vector.astype(np.float32) * 127.5 + 128, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class _PlanePair:
    """One plane, drawn from its near and its far side; row 0 is the row axis' negative end."""

    colors: NDArray[np.uint8]  # [9,P,P]
    depth: NDArray[np.uint16]  # [2,P,P]
    warp: NDArray[np.float16]  # [2,2,P/2,P/2]


def _plane(near: View, far: View, axes: tuple[int, int, int]) -> _PlanePair:
    colors, labels, depths, places = [], [], [], []
    alphas = [view.color[::-1, :, 3].astype(np.float32) / 255 for view in (near, far)]
    for view, alpha, side in ((near, alphas[0], 1), (far, alphas[1], -1)):
        rgb = view.color[::-1, :, :3].astype(np.float32) / np.maximum(alpha, 0.25)[..., None]
        depth = (-side * (2 * view.depth[::-1] - 1)).astype(np.float32)
        label = view.label[::-1].copy()
        if axes[2] == 1 and side < 0:
            rgb, depth, label = _close_neck(view, rgb, depth, label)
        colors.append(rgb)
        depths.append(depth)
        labels.append(label)
        place = view.vector[::-1].astype(np.float32) / np.maximum(alpha, 0.25)[..., None]
        places.append(2 * place[..., axes[:2]])
    covered = np.maximum(*alphas)
    solid = (np.minimum(*alphas) > 0.5) & (np.abs(depths[0]) < 0.999) & (np.abs(depths[1]) < 0.999)
    distance, (rows, columns) = ndimage.distance_transform_edt(~solid, return_indices=True)
    middle = (depths[0] + depths[1]) / 2
    half = np.maximum((depths[0] - depths[1]) / 2, _MIN_HALF_THICKNESS)
    # Outside the outline the slab gets negative thickness that grows with the distance: a signed field
    # without a jump, which a network can learn and which carves the outline where it belongs.
    outside = np.minimum(distance * (2.0 / PLANE_RESOLUTION), 0.3)
    half = np.where(solid, half, -outside)
    middle = middle[rows, columns]
    filled = np.stack([color[rows, columns] for color in colors]).transpose(0, 3, 1, 2)
    planes = np.concatenate(
        [
            filled.reshape(6, *solid.shape),
            covered[None] * 255,
            np.stack([np.where(solid, label, 0) for label in labels]),
        ]
    )
    return _PlanePair(
        colors=np.clip(planes + 0.5, 0, 255).astype(np.uint8),
        depth=encode_depth(np.stack([middle + half, middle - half])),
        warp=np.stack([_warp(place, rows, columns) for place in places]),
    )


def _warp(
    place: Floats, rows: NDArray[np.int32], columns: NDArray[np.int32]
) -> NDArray[np.float16]:
    """Displacement [2,P/2,P/2] from each texel to its place [P,P,2] on the canonical head, normalised."""
    centres = (np.arange(PLANE_RESOLUTION, dtype=np.float32) + 0.5) / PLANE_RESOLUTION * 2 - 1
    own = np.stack(np.meshgrid(centres, centres), axis=-1)
    displacement = np.clip((place - own)[rows, columns], -0.4, 0.4)
    half = PLANE_RESOLUTION // 2
    small = displacement.reshape(half, 2, half, 2, 2).mean((1, 3))
    return small.transpose(2, 0, 1).astype(np.float16)


def _close_neck(
    view: View, rgb: Floats, depth: Floats, label: NDArray[np.uint8]
) -> tuple[Floats, Floats, NDArray[np.uint8]]:
    """Put a lid on the cut neck: seen from below, the inside of the skin becomes the cut's surface."""
    lid = ndimage.binary_fill_holes(view.is_inside[::-1])
    centres = (np.arange(PLANE_RESOLUTION) + 0.5) / PLANE_RESOLUTION - 0.5
    beyond = np.maximum(np.abs(centres) - NECK_HALF_WIDTH, 0)[None, :]
    base = (2 * (NECK_CUT + NECK_RISE * beyond)).astype(np.float32)
    lid &= depth > base
    edge = ndimage.binary_dilation(lid, iterations=3) & ~lid & (label == LABEL_INDEX["neck"])
    tone = (
        np.median(rgb[edge], axis=0)
        if edge.any()
        else np.median(rgb[lid], axis=0)
        if lid.any()
        else 0
    )
    return (
        np.where(lid[..., None], tone, rgb).astype(np.float32),
        np.where(lid, base, depth),
        np.where(lid, LABEL_INDEX["neck"], label).astype(np.uint8),
    )


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
