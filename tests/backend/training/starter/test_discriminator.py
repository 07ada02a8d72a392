"""The dual discriminator: shapes, and that it looks at everything it is given."""

import torch

from backend.training.starter.discriminator import DualDiscriminator


def judge() -> DualDiscriminator:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return DualDiscriminator((4, 8))


def test_a_score_for_each_picture() -> None:
    assert judge()(torch.randn(3, 6, 16, 16), torch.randn(3, 25)).shape == (3,)


def test_fine_picture_raw_picture_and_camera_all_count() -> None:
    network = judge()
    pictures, cameras = torch.randn(2, 6, 16, 16), torch.randn(2, 25)
    scores = network(pictures, cameras)
    for changes in (
        (torch.cat([-pictures[:, :3], pictures[:, 3:]], 1), cameras),
        (torch.cat([pictures[:, :3], -pictures[:, 3:]], 1), cameras),
        (pictures, -cameras),
    ):
        assert (network(*changes) - scores).abs().min() > 1e-3


def test_sameness_of_a_batch_shows() -> None:
    network = judge()
    picture, other = torch.randn(1, 6, 16, 16), torch.randn(1, 6, 16, 16)
    cameras = torch.randn(1, 25).expand(2, 25)
    same = network(torch.cat([picture, picture]), cameras)[0]
    varied = network(torch.cat([picture, other]), cameras)[0]
    assert (same - varied).abs() > 1e-3


def test_cameras_are_measured_by_their_own_spread() -> None:
    network = judge()
    cameras = torch.randn(50, 25) * 7 + 3
    cameras[:, 24] = 1.0  # always one: it says nothing, and must not be divided by nothing
    network.know_cameras(cameras)
    assert torch.allclose(network.camera_mean, cameras.mean(0))
    assert torch.isfinite(network(torch.randn(50, 6, 16, 16), cameras)).all()
