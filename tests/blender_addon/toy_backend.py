"""The real server with a toy for a worker: the prompt says what goes wrong, else it makes an egg with a nose,
or the topology where a rig-ready head is asked for.

Started as a file, as the backend is: toy_backend.py puts the repository on its path itself.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # they are on the path only when main has run
    import numpy as np
    from numpy.typing import NDArray

    from backend import wire
    from backend.process.jobs import Job
    from backend.process.server import Emit

ROOT = Path(__file__).resolve().parents[2]
Z_DIM = 6


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from backend.__main__ import exit_now, take_standard_streams
    from backend.process.server import Server

    source, sink = take_standard_streams()
    Server(source, sink, lambda settings: Toy(), exit_now).serve()
    exit_now()


class Toy:
    """A worker without a model."""

    def release(self) -> None:
        pass

    def run(self, job: Job, emit: Emit) -> wire.JobResult:
        from backend import wire

        emit(wire.Progress(job.id, "load", 0.1, -1.0, "Loading"))
        misbehave(job)
        emit(wire.Progress(job.id, "guide", 0.25, 3.0, "Steering"))
        write_picture(job.folder / "live.png")
        emit(wire.Preview(job.id, "live.png"))
        notices = tuple(
            f"not understood: {word}" for word in ("zorblax",) if word in job.request.prompt
        )
        for text in notices:
            emit(wire.Notice(job.id, text))
        if "slow" in job.request.prompt:
            for _ in range(600):
                job.check_cancelled()
                time.sleep(0.05)
        if job.request.kind == "explore":
            return wire.JobResult(job.request, candidates=self.explore(job, emit), notices=notices)
        count = 0 if "no head" in job.request.prompt else job.request.count
        heads = tuple(self.deliver(job, number) for number in range(count))
        return wire.JobResult(job.request, heads=heads, notices=notices, seconds=0.1)

    def explore(self, job: Job, emit: Emit) -> tuple[wire.CandidateResult, ...]:
        from backend import wire

        found = []
        for index in range(job.request.count):
            name = f"candidate_{index}.png"
            write_picture(job.folder / name)
            emit(wire.Candidate(job.id, index, name, latent(job.request, index)))
            found.append(wire.CandidateResult(name, latent(job.request, index)))
        return tuple(found)

    def deliver(self, job: Job, number: int) -> wire.HeadResult:
        """The head as a sculpt, rig-ready, or both."""
        from tests.blender_addon.toy_rig import make_rig

        request = job.request
        if request.output == "sculpt" and request.kind != "wrap":
            return self.make(job, number)
        head = dataclasses.replace(self.make(job, number), rig=make_rig(job.folder, request))
        if request.kind == "wrap":
            head = dataclasses.replace(head, z=())
        if request.output != "both":
            head = dataclasses.replace(head, sculpt=None)
        return head

    def make(self, job: Job, number: int) -> wire.HeadResult:
        import numpy as np

        from backend import wire

        vertices, faces, uvs = egg(1.0 + 0.1 * number)
        normals = vertices / np.linalg.norm(vertices, axis=1, keepdims=True)
        np.savez(
            job.folder / f"head_{number}.npz",
            vertices=vertices,
            faces=faces,
            corner_uvs=uvs,
            normals=normals.astype(np.float32),
        )
        write_picture(job.folder / f"albedo_{number}.png")
        if "no texture" in job.request.prompt:
            (job.folder / f"albedo_{number}.png").write_bytes(b"no picture")
        normal, roughness, masks = (
            maps(job.folder) if "with maps" in job.request.prompt else ("", "", ())
        )
        mesh = "../../other.npz" if "outside" in job.request.prompt else f"head_{number}.npz"
        sculpt = wire.SculptResult(
            mesh=mesh,
            albedo=f"albedo_{number}.png",
            glb=f"head_{number}.glb",
            figures=wire.MeshFigures(len(vertices), len(faces), True, 1, 0, 0.3),
            uv=wire.UvFigures(0.7, 8),
            normal=normal,
            roughness=roughness,
            masks=masks,
        )
        return wire.HeadResult(
            name=job.request.prompt.capitalize() or "Head",
            stages=(wire.StageFigure("guide", 0.1, 10.0),),
            provenance=wire.Provenance(
                job.request.prompt, job.request.seed, "toy", "ab" * 32, "CC0-1.0"
            ),
            sculpt=sculpt,
            preview="live.png",
            z=latent(job.request, number),
            seed=job.request.seed + number,
            text_similarity=0.3,
        )


def maps(folder: Path) -> tuple[str, str, tuple[wire.MaskFile, ...]]:
    """A tilted normal map, rising roughness, and two masks."""
    from PIL import Image

    from backend.wire.results import (
        MaskFile,
    )

    Image.new("RGB", (8, 8), (160, 128, 250)).save(folder / "normal.png")
    Image.linear_gradient("L").resize((8, 8)).save(folder / "roughness.png")
    for part in ("skin", "hair"):
        Image.new("L", (8, 8), 255).save(folder / f"{part}.png")
    masks = tuple(MaskFile(part, f"{part}.png") for part in ("skin", "hair"))
    return "normal.png", "roughness.png", masks


def misbehave(job: Job) -> None:
    from backend.errors import HeadsmithError
    from backend.wire.requests import (
        ErrorCode,
    )

    prompt = job.request.prompt
    if "die once" in prompt and not (job.folder / "died").exists():
        (job.folder / "died").touch()
        os._exit(3)
    if "die always" in prompt:
        os._exit(3)
    if "killed" in prompt:
        os.kill(os.getpid(), signal.SIGKILL)
    if "stands still" in prompt:
        os.kill(os.getpid(), signal.SIGSTOP)
    if "deaf" in prompt:
        time.sleep(60)
    if "too much memory" in prompt:
        raise MemoryError
    if "bad weights" in prompt:
        raise HeadsmithError(
            ErrorCode.WEIGHTS, "The weights starter.safetensors are damaged; install them again."
        )


def latent(request: wire.JobRequest, index: int) -> tuple[float, ...]:
    """Numbers that tell the seed, the place, and where they come from."""
    if request.base is not None and request.base.use == "finish":
        return request.base.z
    start = request.base.z[0] if request.base is not None else 0.1
    return (start, float(request.seed), float(index), *[0.5] * (Z_DIM - 3))


def egg(size: float) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.float32]]:
    """An ellipsoid 0.16 x 0.26 x 0.2 m with a nose towards +z and one ear towards +x, field frame."""
    import numpy as np

    rows, columns = 24, 32
    theta = np.linspace(0.02, np.pi - 0.02, rows)
    phi = np.linspace(0.0, 2.0 * np.pi, columns, endpoint=False)
    t, p = (grid.ravel() for grid in np.meshgrid(theta, phi, indexing="ij"))
    points = np.stack(
        [0.08 * np.sin(t) * np.sin(p), 0.13 * np.cos(t), 0.1 * np.sin(t) * np.cos(p)], 1
    )
    points[:, 2] += 0.04 * np.exp(
        -20.0 * ((t - np.pi / 2) ** 2 + np.minimum(p, 2 * np.pi - p) ** 2)
    )
    points[:, 0] += 0.02 * np.exp(-20.0 * ((t - np.pi / 2) ** 2 + (p - np.pi / 2) ** 2))
    r, c = (
        grid.ravel() for grid in np.meshgrid(np.arange(rows - 1), np.arange(columns), indexing="ij")
    )
    here, right = r * columns + c, r * columns + (c + 1) % columns
    faces = np.concatenate(
        [
            np.stack([here, here + columns, right], 1),
            np.stack([right, here + columns, right + columns], 1),
        ]
    )
    u = (c / columns)[:, None] + np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 1.0]])[:, None] / columns
    v = 1.0 - (r[:, None] + np.array([[0.0, 1.0, 0.0], [0.0, 1.0, 1.0]])[:, None]) / (rows - 1)
    uvs = np.stack([u, v], -1).reshape(-1, 3, 2)
    return (points * size).astype(np.float32), faces.astype(np.int32), uvs.astype(np.float32)


def write_picture(path: Path) -> None:
    """8 x 8: red at the left, blue at the right."""
    from PIL import Image

    picture = Image.new("RGB", (8, 8), (200, 30, 30))
    picture.paste((30, 30, 200), (4, 0, 8, 8))
    picture.save(path)


if __name__ == "__main__":
    main()
