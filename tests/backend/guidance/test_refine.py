"""Refining a latent: what it may move, how far, downhill of what, and that it never ends lower than it began."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from backend.generator.model import Generator
from backend.guidance import refine
from backend.guidance.prior import LatentDistribution
from backend.guidance.refine import Refinement, RefineStep, refine_latent
from backend.guidance.views import VIEW_WEIGHTS, render_views, view_labels
from tests.backend.guidance.tiny import BLOCKS, GROWN_BLOCKS, tiny_clip, tiny_generator

SIDE = 20  # of the views in pixels; the claims hold for any, and small ones are quick
STD, REACH = 0.5, 0.7  # the words' spread, and how many of them a number may go
SPOKEN = (0, 1, 4)  # of the six numbers of the shape; the last four are labels of hair


def start() -> Tensor:
    """The latent [10] that is refined."""
    return torch.randn(10, generator=torch.Generator().manual_seed(3))


def said_of(ahead: float) -> LatentDistribution:
    """The words say something about the numbers SPOKEN only: that they lie so far ahead of the latent's."""
    middle, log_std = start()[None] + ahead, torch.zeros(1, 10)
    log_std[0, list(SPOKEN)] = math.log(STD)
    middle[0, [n for n in range(10) if n not in SPOKEN]] = 0.0
    return LatentDistribution(BLOCKS, middle, log_std, torch.zeros(1, 10))


def setting_of(generator: Generator, seed: int = 4) -> Refinement:
    random = torch.Generator().manual_seed(seed)
    target, neutral = F.normalize(torch.randn(2, 8, generator=random), dim=1)
    nothing = torch.zeros(10, dtype=torch.bool)
    unsaid = LatentDistribution(BLOCKS, *torch.zeros(3, 1, 10).unbind())
    tail = torch.zeros(generator.config.z_dim - 10)
    return Refinement(
        generator, tiny_clip(), said_of(0.1), unsaid, target, neutral, nothing, tail
    )  # fmt: skip


@pytest.fixture(autouse=True)
def small_views(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refine, "RESOLUTION", SIDE)


@pytest.fixture(scope="module")
def setting() -> Refinement:
    return setting_of(tiny_generator())


@pytest.fixture
def z() -> Tensor:
    return start()


def ignore(step: RefineStep) -> None:
    pass


def views_of(setting: Refinement, z: Tensor) -> Tensor:
    generator = setting.generator
    planes = generator.draft_planes(generator.map(torch.cat([z, setting.tail])[None], None))
    return render_views(generator, planes, view_labels(generator.config), SIDE).clamp(0, 1)


def similarity_of(setting: Refinement, z: Tensor) -> float:
    with torch.no_grad():
        cosines = setting.clip.encode_images(views_of(setting, z)) @ setting.target
    return float(cosines @ torch.tensor(VIEW_WEIGHTS))


def objective_of(setting: Refinement, z: Tensor) -> float:
    """What is made small: minus similarity, minus half the turn towards the words, minus the prior's share."""
    with torch.no_grad():
        seen = setting.clip.encode_images(views_of(setting, z))
        moved = seen - setting.clip.encode_images(views_of(setting, torch.zeros(10)))
        turn = F.normalize(moved, dim=1) @ F.normalize(setting.target - setting.neutral, dim=0)
        wanted = (seen @ setting.target + 0.5 * turn) @ torch.tensor(VIEW_WEIGHTS)
        return float(-wanted - 0.3 * setting.distribution.log_likelihood(z[None])[0] / 10)


def test_every_step_tells_where_it_stands_with_the_picture_of_it(
    setting: Refinement, z: Tensor
) -> None:
    steps: list[RefineStep] = []
    refine_latent(setting, z, 3, steps.append)
    assert [(step.index, step.total) for step in steps] == [(1, 3), (2, 3), (3, 3)]
    assert steps[0].similarity == pytest.approx(similarity_of(setting, z), abs=1e-5)
    front = views_of(setting, z)[0].permute(1, 2, 0).numpy() * 255
    assert steps[0].preview is not None
    assert steps[0].preview.shape == (SIDE, SIDE, 3)
    assert abs(steps[0].preview.astype(float) - front).max() < 0.51


def test_it_raises_the_similarity_and_repeats(setting: Refinement, z: Tensor) -> None:
    refined = refine_latent(setting, z, 5, ignore)
    assert similarity_of(setting, refined) > similarity_of(setting, z)
    assert objective_of(setting, refined) < objective_of(setting, z)
    assert torch.equal(refined, refine_latent(setting, z, 5, ignore))


@pytest.mark.parametrize("seed", range(3))
def test_it_never_ends_with_less_similarity_than_it_began_with(seed: int, z: Tensor) -> None:
    """However strongly the prior pulls elsewhere."""
    setting = replace(setting_of(tiny_generator(), seed), distribution=said_of(5.0))
    refined = refine_latent(setting, z, 5, ignore)
    assert similarity_of(setting, refined) >= similarity_of(setting, z) - 1e-6


def test_the_first_step_goes_downhill_of_what_is_wanted(setting: Refinement, z: Tensor) -> None:
    """By finite differences of the objective, written down once more."""
    moved = refine_latent(setting, z, 2, ignore) - z
    for number in SPOKEN:
        ahead = torch.zeros(10)
        ahead[number] = 0.02
        slope = (objective_of(setting, z + ahead) - objective_of(setting, z - ahead)) / 0.04
        assert abs(slope) > 1e-3
        # Adam's first step has the same length for every number.
        assert float(moved[number]) == pytest.approx(-math.copysign(0.05, slope), abs=1e-4)


def test_only_numbers_move_that_the_words_speak_about_and_do_not_hold(
    setting: Refinement, z: Tensor
) -> None:
    held = torch.zeros(10, dtype=torch.bool)
    held[1] = True
    moved = refine_latent(replace(setting, held=held), z, 3, ignore) - z
    free = [number for number in SPOKEN if number != 1]
    assert (moved[free].abs() > 1e-3).all()
    moved[free] = 0.0
    assert torch.equal(moved, torch.zeros(10))


def test_where_views_tell_nothing_apart_the_prior_alone_pulls_as_far_as_it_may(z: Tensor) -> None:
    generator = tiny_generator()
    for parameter in generator.mapping.parameters():
        parameter.zero_()
    setting = replace(setting_of(generator), distribution=said_of(20.0))
    refined = refine_latent(setting, z, 9, ignore)
    expected = z.clone()
    expected[list(SPOKEN)] += REACH * STD
    torch.testing.assert_close(refined, expected, atol=1e-5, rtol=0)


def test_there_it_ends_where_the_prior_is_likeliest(z: Tensor) -> None:
    generator = tiny_generator()
    for parameter in generator.mapping.parameters():
        parameter.zero_()
    moved = refine_latent(setting_of(generator), z, 12, ignore) - z
    assert moved[list(SPOKEN)].tolist() == pytest.approx([0.1] * len(SPOKEN), abs=0.02)


def test_newer_numbers_of_the_latent_are_seen_but_stay(z: Tensor) -> None:
    setting = setting_of(tiny_generator(GROWN_BLOCKS))
    told: dict[float, float] = {}
    for value in (0.0, 2.0):
        tail = torch.full((4,), value)
        refined = refine_latent(replace(setting, tail=tail), z, 2, told_to(told, value))
        assert refined.shape == z.shape
        assert told[value] == pytest.approx(similarity_of(replace(setting, tail=tail), z), abs=1e-5)
    assert told[0.0] != told[2.0]


def told_to(told: dict[float, float], value: float) -> Callable[[RefineStep], None]:
    """Keeps the similarity of the first step."""
    return lambda step: told.__setitem__(value, told.get(value, step.similarity))


def test_the_latent_that_was_given_is_left_as_it_was(setting: Refinement, z: Tensor) -> None:
    before = z.clone()
    refined = refine_latent(setting, z, 2, ignore)
    assert torch.equal(z, before)
    assert not refined.requires_grad


def test_what_on_step_raises_ends_it(setting: Refinement, z: Tensor) -> None:
    class CancelledError(Exception):
        pass

    heard: list[int] = []

    def cancel(step: RefineStep) -> None:
        heard.append(step.index)
        if step.index == 2:
            raise CancelledError

    with pytest.raises(CancelledError):
        refine_latent(setting, z, 50, cancel)
    assert heard == [1, 2]
