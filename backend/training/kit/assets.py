"""Reading the head kit: the base mesh, its morph targets, and the proxies (hair, brows, lashes) that fit it."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class KitError(ValueError):
    """The head kit's folder lacks something; the message says what."""


@dataclass(frozen=True)
class TriangleMesh:
    """Triangles with their own texture coordinates.

    Kit frame: right-handed, y up, the face looks along +z, decimetres.
    """

    vertices: Floats  # [V,3]
    uvs: Floats  # [T,2], v grows upwards
    faces: dict[str, Ints]  # group -> [F,6]: three vertex indices, three uv indices


@dataclass(frozen=True)
class ShadedPicture:
    """A picture without colour: it is multiplied with the colour of what it covers."""

    shade: Floats  # [H,W,1] around 1
    alpha: NDArray[np.uint8]  # [H,W]


@dataclass(frozen=True)
class Proxy:
    """A mesh (hair, brow, lash) bound to the base mesh by three weighted vertices and an offset each."""

    faces: Ints  # [F,6]
    uvs: Floats  # [T,2]
    anchors: Ints  # [P,3] base vertices
    weights: Floats  # [P,3]
    offsets: Floats  # [P,3]
    scales: tuple[
        tuple[int, int, float], ...
    ]  # per axis: two base vertices and their distance at rest
    picture: Path | ShadedPicture

    def fit(self, base: Floats) -> Floats:
        """Positions [P,3] of the proxy's vertices on the morphed base mesh [V,3]."""
        scale = np.ones(3, np.float32)
        for axis, (first, second, rest) in enumerate(self.scales):
            if rest > 0:
                scale[axis] = abs(base[first, axis] - base[second, axis]) / rest
        placed: Floats = (base[self.anchors] * self.weights[..., None]).sum(1)
        return placed + self.offsets * scale


@dataclass
class HeadKit:
    """Everything of the kit, morph targets read when first used."""

    folder: Path
    base: TriangleMesh
    hair: dict[str, Proxy]
    eyebrows: dict[str, Proxy]
    eyelashes: dict[str, Proxy]
    target_paths: dict[str, Path]
    _targets: dict[str, tuple[Ints, Floats]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> HeadKit:
        """Read the kit. Raises KitError when `folder` is not a head kit."""
        if not (folder / "base.obj").is_file():
            raise KitError(
                f"No head kit at {folder}: base.obj is missing; pass the kit with --kit."
            )
        targets = {
            path.relative_to(folder / "targets")
            .as_posix()
            .removesuffix(".gz")
            .removesuffix(".target"): path
            for path in sorted((folder / "targets").rglob("*.target*"))
        }
        return cls(
            folder=folder,
            base=_read_obj(folder / "base.obj"),
            hair=_read_proxies(folder / "hair"),
            eyebrows=_read_proxies(folder / "eyebrows"),
            eyelashes=_read_proxies(folder / "eyelashes"),
            target_paths=targets,
        )

    def add_target(self, vertices: Floats, name: str, weight: float) -> None:
        """Add `weight` times the morph target `name` to `vertices` [V,3] in place."""
        if name not in self._targets:
            if name not in self.target_paths:
                raise KitError(f"The head kit has no morph target {name!r}.")
            self._targets[name] = _read_target(self.target_paths[name])
        indices, offsets = self._targets[name]
        vertices[indices] += np.float32(weight) * offsets


def _read_target(path: Path) -> tuple[Ints, Floats]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as lines:
        rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    return table[:, 0].astype(np.int64), table[:, 1:].astype(np.float32)


def _read_obj(path: Path) -> TriangleMesh:
    vertices: list[list[float]] = []
    uvs: list[list[float]] = []
    groups: dict[str, list[list[int]]] = {}
    group = "body"
    for line in path.read_text().splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            vertices.append([float(word) for word in words[1:4]])
        elif words[0] == "vt":
            uvs.append([float(word) for word in words[1:3]])
        elif words[0] == "g":
            group = words[1]
        elif words[0] == "f":
            corners = [([*word.split("/"), "1"])[:2] for word in words[1:]]
            points = [int(corner[0]) - 1 for corner in corners]
            texels = [int(corner[1] or 1) - 1 for corner in corners]
            for k in range(1, len(points) - 1):
                triangle = [
                    points[0],
                    points[k],
                    points[k + 1],
                    texels[0],
                    texels[k],
                    texels[k + 1],
                ]
                groups.setdefault(group, []).append(triangle)
    return TriangleMesh(
        vertices=np.array(vertices, np.float32),
        uvs=np.array(uvs, np.float32),
        faces={name: np.array(faces, np.int64) for name, faces in groups.items()},
    )


def _read_proxies(folder: Path) -> dict[str, Proxy]:
    proxies = {}
    for path in sorted(folder.glob("*/*.mhclo")):
        pictures = sorted(path.parent.glob("*_diffuse.png")) or sorted(path.parent.glob("*.png"))
        if pictures:
            proxies[path.parent.name] = _read_proxy(path, pictures[0])
    return proxies


def _read_proxy(path: Path, picture: Path) -> Proxy:
    scales = {"x_scale": (0, 0, 0.0), "y_scale": (0, 0, 0.0), "z_scale": (0, 0, 0.0)}
    mesh_name = ""
    rows: list[list[float]] = []
    in_vertices = False
    for line in path.read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] in scales:
            scales[words[0]] = (int(words[1]), int(words[2]), float(words[3]))
        elif words[0] == "obj_file":
            mesh_name = words[1]
        elif words[0] == "verts":
            in_vertices = True
        elif in_vertices and (row := _numbers(words)) is not None:
            rows.append(row if len(row) > 1 else [row[0], 0, 1, 1, 0, 0, 0, 0, 0])
        elif (
            in_vertices and rows
        ):  # after `verts 0` header lines may still come, then the rows, then no more
            in_vertices = False
    table = np.array([row[:9] for row in rows], np.float64)
    mesh = _read_obj(path.parent / mesh_name)
    return Proxy(
        faces=np.concatenate(list(mesh.faces.values())),
        uvs=mesh.uvs,
        anchors=table[:, :3].astype(np.int64),
        weights=table[:, 3:6].astype(np.float32),
        offsets=table[:, 6:9].astype(np.float32),
        scales=(scales["x_scale"], scales["y_scale"], scales["z_scale"]),
        picture=picture,
    )


def _numbers(words: list[str]) -> list[float] | None:
    try:
        return [float(word) for word in words]
    except ValueError:
        return None
