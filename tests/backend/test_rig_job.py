"""Rig-ready heads as jobs: files, results, and meshes that are of no use."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from backend.bench.rig_truths import remesh
from backend.errors import HeadsmithError, JobCancelledError
from backend.head_mesh import HeadMesh, is_manifold
from backend.pipeline import Pipeline
from backend.process.jobs import Job
from backend.rig.head_pose import pointed_vertices
from backend.rig.head_topology import load_topology
from backend.rig_job import read_users_mesh
from backend.training.kit.latent import block_slices
from backend.training.truth.frozen_rigs import load_frozen_rigs
from backend.wire.messages import (
    Message,
    Progress,
)
from backend.wire.requests import (
    JobRequest,
    LatentBase,
)
from backend.wire.results import (
    JobResult,
)
from backend.wire.rig_names import (
    ARKIT_SHAPES,
    BONES,
)
from tests.backend.rig.starter_heads import bald, wrap

TRIANGLE = {
    "vertices": np.eye(3, dtype=np.float32),
    "faces": np.array([[0, 1, 2]], np.int32),
}


def run(request: JobRequest, folder: Path) -> JobResult:
    request.check()
    return Pipeline("cpu", "", 0.0).run(Job("a", folder, request), lambda _: None)


def test_a_prompt_becomes_a_rig_ready_head_with_hair(tmp_path: Path) -> None:
    request = JobRequest(
        prompt="a man with a beard", seed=2, quality="draft", output="rig", texture_px=256
    )
    (head,) = run(request, tmp_path).heads
    assert head.sculpt is None
    assert head.rig is not None
    assert head.rig.fit.to_surface_mm < 1.0
    assert (head.rig.figures.vertices, head.rig.figures.faces) == (5124, 4990)
    assert head.rig.uv.texture_px == 256
    with np.load(tmp_path / head.rig.mesh) as rig:
        assert rig["shape_offsets"].shape == (len(ARKIT_SHAPES), 5124, 3)
        assert rig["bone_weights"].shape == (5124, len(BONES))
        assert np.array_equal(rig["quads"], load_topology().quads)
    for name, mode in (("albedo", "RGBA"), ("normal", "RGB"), ("roughness", "L")):
        with Image.open(tmp_path / getattr(head.rig, name)) as picture:
            assert (picture.size, picture.mode) == ((256, 256), mode)
    parts = {part.name: part for part in head.rig.parts}
    assert "beard" in parts
    for part in parts.values():
        assert is_manifold(HeadMesh.load(tmp_path / part.mesh).faces)
        assert bool(part.motion) == (part.name == "beard")
    with np.load(tmp_path / parts["beard"].motion) as motion:
        jaw = np.abs(motion["shape_offsets"][ARKIT_SHAPES.index("jawOpen")])
        assert jaw.max() > 0.01


def grinning() -> NDArray[np.float32]:
    """The latent [Z] of a bald man with an open mouth, half-closed eyes and high brows."""
    z, places = bald(), block_slices()
    z[places["expression"]] = (2.0, 2.5, 2.0, -2.5)
    return z


def plain() -> NDArray[np.float32]:
    """The same without an expression."""
    z, places = grinning(), block_slices()
    for block in ("expression", "grimace"):
        z[places[block]] = 0.0
    return z


@pytest.mark.parametrize("is_neutral", [True, False])
def test_a_generated_head_rests_with_or_without_its_expression(
    is_neutral: bool, tmp_path: Path
) -> None:
    request = JobRequest(
        prompt="a bald man",
        base=LatentBase(tuple(grinning().tolist()), "finish"),
        quality="draft",
        output="rig",
        texture_px=128,
        neutral=is_neutral,
    )
    (head,) = run(request, tmp_path).heads
    assert head.rig is not None
    assert head.z == pytest.approx(grinning())
    with np.load(tmp_path / head.rig.mesh) as rig:
        rest = rig["vertices"]
    topology, distances = load_topology(), []
    face = np.concatenate([topology.lip, topology.lid_left, topology.lid_right])
    for z in (plain(), grinning()):
        rested = wrap(z)
        units = rested.placement.units_per_metre
        expected = rested.vertices + rested.placement.origin / units
        distances.append(np.linalg.norm(expected - rest, axis=1)[face].max())
    here, there = distances if is_neutral else distances[::-1]
    assert here < 1e-5
    assert there > 0.005


@pytest.fixture(scope="module")
def wrap_request(tmp_path_factory: pytest.TempPathFactory) -> JobRequest:
    """A true head, and where its landmarks are."""
    topology, truth = load_topology(), load_frozen_rigs()[0]
    vertices, faces = remesh(topology, truth)
    path = tmp_path_factory.mktemp("mesh") / "mesh.npz"
    np.savez(path, vertices=vertices, faces=faces)
    marks = truth[pointed_vertices(topology)].astype(float).tolist()
    return JobRequest(
        kind="wrap", mesh=str(path), texture_px=256, landmarks=tuple(map(tuple, marks))
    )


def test_a_wrap_tells_what_it_does_and_never_goes_back(
    wrap_request: JobRequest, tmp_path: Path
) -> None:
    heard: list[Message] = []
    Pipeline("cpu", "", 0.0).run(Job("a", tmp_path, wrap_request), heard.append)
    told = [message for message in heard if isinstance(message, Progress)]
    assert list(dict.fromkeys(message.text for message in told)) == [
        "Fitting the rig",
        "Looking for the face",
        "Fitting the shape",
        "Bending the skin",
        "Painting the rig-ready head",
    ]
    steps = [after.fraction - before.fraction for before, after in pairwise(told)]
    assert min(steps) >= 0.0
    assert max(steps) < 0.3


def test_a_wrap_is_cancelled_within_its_search(wrap_request: JobRequest, tmp_path: Path) -> None:
    job = Job("a", tmp_path, dataclasses.replace(wrap_request, landmarks=()))
    heard: list[Progress] = []

    def cancel_on_the_way(message: Message) -> None:
        assert isinstance(message, Progress)
        heard.append(message)
        if message.fraction > 0.02:
            job.request_cancel()

    with pytest.raises(JobCancelledError):
        Pipeline("cpu", "", 0.0).run(job, cancel_on_the_way)
    assert heard[-1].text == "Looking for the face"
    assert heard[-1].fraction < 0.2


def test_both_outputs_of_a_head_lie_in_one_frame(tmp_path: Path) -> None:
    request = JobRequest(
        prompt="a bald woman", seed=1, quality="draft", output="both", texture_px=128, faces=2000
    )
    (head,) = run(request, tmp_path).heads
    assert head.rig is not None and head.sculpt is not None
    sculpt = HeadMesh.load(tmp_path / head.sculpt.mesh).vertices
    with np.load(tmp_path / head.rig.mesh) as rig:
        skin = rig["vertices"][load_topology().is_outer_skin]
    assert skin.min(axis=0) == pytest.approx(sculpt.min(axis=0), abs=0.012)
    assert skin.max(axis=0) == pytest.approx(sculpt.max(axis=0), abs=0.012)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_grey_texture_of_16_bits_keeps_its_greys(suffix: str, tmp_path: Path) -> None:
    mesh, texture = tmp_path / "mesh.npz", tmp_path / f"skin{suffix}"
    np.savez(mesh, **TRIANGLE)
    ramp = np.linspace(0, 65_535, 256).astype(np.uint16)
    Image.fromarray(np.tile(ramp, (4, 1))).save(texture)
    read = read_users_mesh(JobRequest(kind="wrap", mesh=str(mesh), mesh_texture=str(texture)))
    assert read.picture is not None
    assert np.abs(read.picture[0, :, 0].astype(int) - np.arange(256)).max() <= 1


@pytest.mark.parametrize(
    ("landmarks", "scale", "says"),
    [
        (((0.0, 0.0, 0.0),) * 5, (1, 1, 1), "in one place"),
        (((5.0, 0.0, 0.0),) * 5, (1, 1, 1), "away from the mesh"),
        ((), (1, 0, 1), "flat"),
        ((), (0.001, 0.001, 0.001), "change its scale"),
        ((), (1e-30, 1e-30, 1e-30), "change its scale"),
    ],
)
def test_what_cannot_be_wrapped_is_told_before_anything_is_searched(
    landmarks: tuple[tuple[float, ...], ...],
    scale: tuple[float, float, float],
    says: str,
    tmp_path: Path,
) -> None:
    topology, path = load_topology(), tmp_path / "mesh.npz"
    heard: list[Message] = []
    np.savez(path, vertices=topology.vertices * scale, faces=topology.part_triangles("skin"))
    request = JobRequest(kind="wrap", mesh=str(path), landmarks=landmarks)
    with pytest.raises(HeadsmithError, match=says):
        Pipeline("cpu", "", 0.0).run(Job("a", tmp_path, request), heard.append)
    assert not any(isinstance(message, Progress) and message.text for message in heard)


def test_a_texture_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    mesh, texture = tmp_path / "mesh.npz", tmp_path / "skin.png"
    np.savez(mesh, **TRIANGLE)
    texture.write_bytes(b"no picture")
    with pytest.raises(HeadsmithError, match=r"skin\.png is not a picture"):
        read_users_mesh(JobRequest(kind="wrap", mesh=str(mesh), mesh_texture=str(texture)))
