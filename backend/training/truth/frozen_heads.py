"""The frozen heads: draws that no training sees, with their true views, surfaces and skins, in compact form.

The fidelity of the starter is measured against them without the kit that drew them.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...views.cameras import Camera, look_at_camera
from ..kit.latent import Z_DIM
from ..kit.plausible import plausible_latents

VIEW_SIZE = 256  # pixels
SKIN_SIZE = (512, 320)  # rows, columns of the packed skin
GREY = 0.5  # behind the heads
MEAN_POINTS = 24_000  # of the average head's surface
HEAD_POINTS = 6000
_VIEWED_HEIGHT = 0.98  # field units at the box's centre that fill a view
_RADIUS = 2.7  # field units
_AIMS = (  # yaw and pitch in radians
    (0.0, 0.0),
    (0.45, 0.12),
    (-0.5, -0.15),
    (1.2, 0.05),
    (-1.45, 0.2),
    (2.3, -0.05),
    (-2.4, 0.25),
    (3.1, 0.02),
)
FRONTAL_VIEWS = (0, 1, 2)  # in which both eyes show
FRONT_VIEW, BACK_VIEW = 0, 7
_POINT_STEPS = 8192  # to a field unit: 0.04 mm
_NORMAL_STEPS = 127
_VOXEL = 0.0055  # field units, 2 mm
_QUALITY = {"views": 93, "skin": 95}  # of WebP; masks and labels are kept exactly

Floats = NDArray[np.floating[Any]]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class SurfacePoints:
    """Points spread over a surface, with outward unit normals. Field frame and units."""

    points: NDArray[np.float32]  # [N,3]
    normals: NDArray[np.float32]  # [N,3]


@dataclass(frozen=True)
class FrozenHead:
    """One head and what is true of it."""

    z: NDArray[np.float32]  # [Z]
    male: float  # 0..1
    age_years: float
    skin_tone: float  # 0 very pale .. 1 very dark
    views: Bytes  # [V,S,S,3] unlit sRGB on grey
    coverage: Bytes  # [V,S,S]
    labels: Bytes  # [V,S,S] index into the part labels, 0 beside the head
    surface: SurfacePoints
    skin: Bytes  # [rows,columns,3] packed as in uv_layout


@dataclass(frozen=True)
class FrozenHeads:
    """All of them, and the surface of the average head, whose z is 0."""

    heads: tuple[FrozenHead, ...]
    mean_surface: SurfacePoints


def frozen_cameras() -> tuple[Camera, ...]:
    """The cameras of the views; the head fills most of the picture."""
    fov = math.degrees(2 * math.atan(_VIEWED_HEIGHT / 2 / _RADIUS))
    return tuple(look_at_camera(yaw, pitch, _RADIUS, fov) for yaw, pitch in _AIMS)


def spread_points(points: Floats, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which of the points [N,3] to keep so that `count` are spread evenly over their surface."""
    order = rng.permutation(len(points))
    cells = np.floor(points[order] / _VOXEL).astype(np.int64) + (1 << 20)
    keys = (cells[:, 0] << 42) + (cells[:, 1] << 21) + cells[:, 2]
    _, first = np.unique(keys, return_index=True)
    kept = order[first]
    return np.sort(rng.permutation(kept)[:count])


def frozen_latents(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Latents [count,Z_DIM]: half standard normal, half plausible."""
    half = count // 2
    normal = rng.standard_normal((half, Z_DIM)).astype(np.float32)
    return np.concatenate([normal, plausible_latents(count - half, rng)])


def save_frozen(frozen: FrozenHeads, path: Path) -> None:
    """Write everything as one .npz: pictures as WebP, points in whole steps."""
    arrays: dict[str, NDArray[np.generic]] = {
        "z": np.stack([head.z for head in frozen.heads]),
        "facts": np.array([[h.male, h.age_years, h.skin_tone] for h in frozen.heads], np.float32),
    }
    for name in ("views", "coverage", "labels"):
        _store_pictures(arrays, name, [_row(getattr(head, name)) for head in frozen.heads])
    _store_pictures(arrays, "skin", [head.skin for head in frozen.heads])
    for name, surfaces in (
        ("head", [head.surface for head in frozen.heads]),
        ("mean", [frozen.mean_surface]),
    ):
        arrays[f"{name}_counts"] = np.array([len(s.points) for s in surfaces])
        stored = [_quantised(surface) for surface in surfaces]
        arrays[f"{name}_points"] = np.concatenate([points for points, _ in stored])
        arrays[f"{name}_normals"] = np.concatenate([normals for _, normals in stored])
    np.savez_compressed(path, **arrays)


def load_frozen(path: Path) -> FrozenHeads:
    """The heads of `save_frozen`. Raises FileNotFoundError if the file is missing."""
    if not path.is_file():
        raise FileNotFoundError(
            f"No frozen heads at {path}; make them with `python -m backend.training frozen --kit KIT`."
        )
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    views, coverage, labels = (
        _read_pictures(arrays, name) for name in ("views", "coverage", "labels")
    )
    skins = _read_pictures(arrays, "skin")
    surfaces = _read_surfaces(arrays, "head")
    heads = tuple(
        FrozenHead(
            z=z,
            male=float(facts[0]),
            age_years=float(facts[1]),
            skin_tone=float(facts[2]),
            views=_column(views[index]),
            coverage=_column(coverage[index]),
            labels=_column(labels[index]),
            surface=surfaces[index],
            skin=skins[index],
        )
        for index, (z, facts) in enumerate(zip(arrays["z"], arrays["facts"], strict=True))
    )
    return FrozenHeads(heads, _read_surfaces(arrays, "mean")[0])


def _row(pictures: Bytes) -> Bytes:
    """[V,S,S,...] -> side by side [S,V*S,...]."""
    return np.concatenate(list(pictures), axis=1)


def _column(row: Bytes) -> Bytes:
    return np.stack(np.split(row, row.shape[1] // row.shape[0], axis=1))


def _store_pictures(
    arrays: dict[str, NDArray[np.generic]], name: str, pictures: list[Bytes]
) -> None:
    files = []
    for picture in pictures:
        stored, image = io.BytesIO(), Image.fromarray(picture)
        if name in _QUALITY:
            image.save(stored, "WEBP", quality=_QUALITY[name], method=6, use_sharp_yuv=True)
        else:
            # WebP has no grey pictures.
            image.convert("RGB").save(stored, "WEBP", lossless=True, method=6)
        files.append(np.frombuffer(stored.getvalue(), np.uint8))
    arrays[f"{name}_sizes"] = np.array([len(file) for file in files])
    arrays[name] = np.concatenate(files)


def _read_pictures(arrays: dict[str, NDArray[np.generic]], name: str) -> list[Bytes]:
    ends = np.cumsum(arrays[f"{name}_sizes"])
    pictures = []
    for file in np.split(arrays[name], ends[:-1]):
        with Image.open(io.BytesIO(file.tobytes()), formats=("WEBP",)) as image:
            picture = np.asarray(image.convert("RGB"))
        pictures.append(picture if name in _QUALITY else picture[..., 0])
    return pictures


def _quantised(surface: SurfacePoints) -> tuple[NDArray[np.int16], NDArray[np.int8]]:
    """Points and normals in whole steps, sorted and as differences, which compress well."""
    points = np.round(surface.points * _POINT_STEPS).astype(np.int16)
    order = np.lexsort((points[:, 2], points[:, 1] >> 6, points[:, 0] >> 6))
    normals = np.round(surface.normals[order] * _NORMAL_STEPS).astype(np.int8)
    return np.diff(points[order], axis=0, prepend=np.int16(0)), normals


def _read_surfaces(arrays: dict[str, NDArray[np.generic]], name: str) -> list[SurfacePoints]:
    ends = np.cumsum(arrays[f"{name}_counts"])[:-1]
    surfaces = []
    for steps, stored in zip(
        np.split(arrays[f"{name}_points"], ends),
        np.split(arrays[f"{name}_normals"], ends),
        strict=True,
    ):
        points = np.cumsum(steps, axis=0, dtype=np.int16).astype(np.float32) / _POINT_STEPS
        normals = stored.astype(np.float32)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        surfaces.append(SurfacePoints(points, normals))
    return surfaces
