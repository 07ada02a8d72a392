"""The normal map gives a coarse mesh the normals of what it stands for."""

import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from backend.surface.normal_map import FLAT, MAX_TILT, bake_normal_map, limit_tilt, to_tangent_space
from backend.surface.tangents import corner_tangents
from backend.surface.texels import UvMesh, locate_texels
from tests.backend.surface.test_bake import octant

SIDE = 128


def ball() -> UvMesh:
    return UvMesh(*octant())


def waves(points: Tensor) -> Tensor:
    """The directions from the middle, tilted to and fro."""
    tilt = 0.3 * torch.sin(20 * points) * torch.tensor([1.0, 1.0, 0.0])
    return F.normalize(F.normalize(points, dim=1) + tilt, dim=1)


def shaded(
    mesh: UvMesh, picture: NDArray[np.uint8]
) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    """Points of the mesh and the normals that a renderer makes there of the map."""
    texels = locate_texels(mesh, SIDE)
    everything = slice(None)
    normal = texels.interpolate(mesh.normals[mesh.faces], everything)
    tangent = texels.interpolate(corner_tangents(mesh), everything)
    bitangent = tangent[:, 3:] * np.cross(normal, tangent[:, :3])
    x, y, z = (picture.reshape(-1, 3)[texels.flat] / 127.5 - 1.0).T[..., None]
    made = x * tangent[:, :3] + y * bitangent + z * normal
    return texels.points, made / np.linalg.norm(made, axis=1, keepdims=True)


def test_renderers_see_the_detailed_normals() -> None:
    mesh = ball()
    picture = bake_normal_map(waves, mesh, locate_texels(mesh, SIDE))
    points, normals = shaded(mesh, picture)
    expected = waves(torch.from_numpy(points)).numpy()
    angles = np.degrees(np.arccos((normals * expected).sum(axis=1).clip(-1, 1)))
    tilts = np.degrees(np.arccos((expected * mesh.normals[0]).sum(axis=1).clip(-1, 1)))
    assert tilts.max() > 20
    # The limit takes a little of the steepest ones.
    assert np.median(angles) < 0.8
    assert angles.max() < 6


def test_without_detail_the_map_is_flat() -> None:
    mesh = ball()
    texels = locate_texels(mesh, SIDE)
    picture = bake_normal_map(lambda points: F.normalize(points, dim=1), mesh, texels)
    assert np.abs(picture.astype(int) - FLAT).max() <= 2


def test_where_the_detail_is_that_of_another_sheet_the_map_is_flat() -> None:
    mesh = ball()
    for detail in (lambda points: -F.normalize(points, dim=1), torch.zeros_like):
        picture = bake_normal_map(detail, mesh, locate_texels(mesh, SIDE), 0.01)
        assert np.abs(picture.astype(int) - FLAT).max() <= 1


def test_smoothing_takes_fine_noise_away() -> None:
    mesh = ball()
    texels = locate_texels(mesh, SIDE)

    def noisy(points: Tensor) -> Tensor:
        noise = torch.randn(points.shape, generator=torch.Generator().manual_seed(1))
        return F.normalize(F.normalize(points, dim=1) + 0.2 * noise, dim=1)

    rough, smooth = (
        bake_normal_map(noisy, mesh, texels, width * texels.size).astype(float) - FLAT
        for width in (0, 3)
    )
    inner = slice(SIDE // 3, -SIDE // 3)  # at the edge of a chart there is less to average
    assert smooth[inner, inner].std() < rough[inner, inner].std() / 3


def test_small_tilts_stay_and_large_ones_are_limited() -> None:
    angles = torch.tensor([0.05, 0.5, 0.8, 1.2, 1.6, 3.0])
    given = torch.stack([angles.sin(), torch.zeros(6), angles.cos()], dim=1)
    limited = limit_tilt(given)
    found = torch.atan2(limited[:, 0], limited[:, 2])
    assert float(found[0]) == pytest.approx(0.05, abs=1e-3)
    assert float(found.max()) < MAX_TILT
    assert torch.allclose(found[-2:], torch.zeros(2), atol=1e-6)
    assert torch.allclose(limited.norm(dim=1), torch.ones(6))


def test_tilts_that_are_noise_are_hardly_drawn() -> None:
    angles = torch.tensor([0.02, 0.5])
    given = torch.stack([angles.sin(), torch.zeros(2), angles.cos()], dim=1)
    quiet, strong = torch.atan2(*limit_tilt(given, 0.1)[:, [0, 2]].t())
    assert 0.0 < float(quiet) < 0.1 * 0.02 + 1e-3
    assert 0.3 < float(strong) < 0.41


def test_a_mirrored_frame_turns_the_green_channel_round() -> None:
    detail = F.normalize(torch.tensor([[0.1, 0.2, 1.0]]), dim=1)
    normal = torch.tensor([[0.0, 0.0, 1.0]])
    for sign in (1.0, -1.0):
        tangent = torch.tensor([[1.0, 0.0, 0.0, sign]])
        found = to_tangent_space(detail, normal, tangent)
        assert torch.allclose(found, detail * torch.tensor([1.0, sign, 1.0]))


def test_where_uvs_have_no_direction_the_map_is_flat() -> None:
    found = to_tangent_space(
        torch.tensor([[0.0, 0.6, 0.8]]), torch.tensor([[0.0, 0.0, 1.0]]), torch.zeros(1, 4)
    )
    flat = limit_tilt(found)
    assert torch.allclose(flat, torch.tensor([[0.0, 0.0, 1.0]]))
    assert math.isfinite(float(flat.sum()))


def test_an_exception_from_the_progress_cancels() -> None:
    def cancel(_share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        bake_normal_map(waves, ball(), locate_texels(ball(), SIDE), 0.0, 0.0, cancel)
