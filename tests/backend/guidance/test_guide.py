"""The guide's verbs on a small generator, CLIP and prior."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from backend.errors import HeadsmithError
from backend.guidance.absence import Absence
from backend.guidance.guide import Guide, GuideTarget, RefineStep, TargetEmbedding
from backend.guidance.picture_files import PictureError
from tests.backend.guidance.tiny import GROWN_BLOCKS, tiny_generator, tiny_guide

WORDS = GuideTarget("an old man with grey hair")


@pytest.fixture(scope="module")
def guide() -> Guide:
    return tiny_guide()


@pytest.fixture(scope="module")
def words(guide: Guide) -> TargetEmbedding:
    return guide.embed(WORDS)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    values = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    Image.fromarray(values).save(tmp_path / "style.png")
    return tmp_path / "style.png"


def ignore(step: RefineStep) -> None:
    pass


def test_the_same_words_and_seed_give_the_same_latents(
    guide: Guide, words: TargetEmbedding
) -> None:
    first = guide.propose(words, seed=3, count=4)
    assert first.shape == (4, 10)
    assert torch.equal(first, guide.propose(words, seed=3, count=4))
    assert not torch.equal(first, guide.propose(words, seed=4, count=4))


def test_harmless_and_unknown_words_do_not_move_the_embedding(guide: Guide) -> None:
    known = guide.embed(GuideTarget("an old man")).embedding
    more = guide.embed(GuideTarget("an old cyborg man")).embedding
    assert torch.allclose(known, more)
    assert guide.embed(GuideTarget("an old cyborg man")).notices == ("Not understood: cyborg.",)


def test_nothing_understood_is_an_empty_target(guide: Guide) -> None:
    assert guide.embed(GuideTarget("cyborg zebra")).is_empty
    assert guide.propose(guide.embed(GuideTarget("cyborg zebra")), 0, 2).shape == (2, 10)


def test_words_and_picture_are_blended_by_weight(guide: Guide, picture: Path) -> None:
    words = guide.embed(WORDS).embedding
    image = guide.embed(GuideTarget(image_paths=(picture,))).embedding
    for weight, end in ((0.0, words), (1.0, image)):
        blend = guide.embed(GuideTarget(WORDS.prompt, (picture,), image_weight=weight))
        assert torch.allclose(blend.embedding, end, atol=1e-5)
        assert blend.image_share == weight
    middle = guide.embed(GuideTarget(WORDS.prompt, (picture,), image_weight=0.5)).embedding
    assert (middle @ words) > (image @ words) and (middle @ image) > (image @ words)


def test_an_unusable_picture_is_refused_by_name(guide: Guide, tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"gone\.png does not exist"):
        guide.embed(GuideTarget(image_paths=(tmp_path / "gone.png",)))


def test_a_prompt_longer_than_the_context_is_read_to_its_end(guide: Guide) -> None:
    start = "an old man with grey hair, blue eyes, a big nose, full lips, big ears, a wide mouth"
    first = guide.embed(GuideTarget(start)).embedding
    second = guide.embed(GuideTarget(start + ", a thin neck, a round face")).embedding
    assert not torch.allclose(first, second, atol=1e-4)


def test_refining_raises_the_similarity_and_repeats(guide: Guide, words: TargetEmbedding) -> None:
    z = guide.propose(words, 0, 1)[0]
    seen: list[RefineStep] = []
    refined = guide.refine(z, words, 6, seen.append)
    assert [step.index for step in seen] == list(range(1, 7))
    assert all(step.total == 6 and step.preview is not None for step in seen)
    assert max(step.similarity for step in seen) > seen[0].similarity
    assert torch.equal(refined, guide.refine(z, words, 6, ignore))


def test_refining_by_no_steps_or_to_nothing_returns_the_latent(
    guide: Guide, words: TargetEmbedding
) -> None:
    z = torch.randn(10, generator=torch.Generator().manual_seed(0))
    assert torch.equal(guide.refine(z, words, 0, ignore), z)
    assert torch.equal(guide.refine(z, guide.embed(GuideTarget()), 5, ignore), z)


def test_similarity_is_a_cosine_and_zero_without_a_target(
    guide: Guide, words: TargetEmbedding
) -> None:
    with torch.no_grad():
        planes = guide.generator.synthesize_planes(guide.generator.map(torch.zeros(1, 10)))
    assert -1 <= guide.similarity(planes, words) <= 1
    assert guide.similarity(planes, words) != 0
    assert guide.similarity(planes, guide.embed(GuideTarget())) == 0


def test_a_prior_of_another_generator_is_refused(guide: Guide) -> None:
    other = tiny_generator()
    mapping = type(other.config.mapping)(layers=1)
    object.__setattr__(other, "config", type(other.config)(
        **{**vars(other.config), "mapping": mapping}
    ))  # fmt: skip
    with pytest.raises(HeadsmithError, match="do not belong together"):
        Guide(other, guide.clip, guide.prior)


@pytest.fixture(scope="module")
def older_guide() -> Guide:
    """Its generator has grown blocks that its prior does not know."""
    return tiny_guide(GROWN_BLOCKS)


def test_blocks_that_the_prior_does_not_know_rest_in_a_proposal(
    older_guide: Guide, words: TargetEmbedding
) -> None:
    proposed = older_guide.propose(words, 3, 4)
    assert proposed.shape == (4, 14)
    assert (proposed[:, 10:] == 0).all() and (proposed[:, :10] != 0).any()
    assert torch.equal(proposed[:, :10], tiny_guide().propose(words, 3, 4))


def test_blocks_that_the_prior_does_not_know_are_kept(
    older_guide: Guide, words: TargetEmbedding
) -> None:
    z = torch.randn(14, generator=torch.Generator().manual_seed(2))
    changed = (
        older_guide.vary(z, 0.7, 1, 2)[1],
        older_guide.rewrite(z, words, 1),
        older_guide.refine(z, words, 2, ignore),
    )
    for head in changed:
        assert head.shape == z.shape
        assert torch.equal(head[10:], z[10:])
    assert not torch.equal(changed[0][:10], z[:10])


def test_a_repainted_picture_is_seen_again(guide: Guide, picture: Path) -> None:
    before = guide.embed(GuideTarget(image_paths=(picture,))).embedding
    assert torch.equal(guide.embed(GuideTarget(image_paths=(picture,))).embedding, before)
    Image.new("RGB", (64, 48), (200, 40, 40)).save(picture)
    after = guide.embed(GuideTarget(image_paths=(picture,))).embedding
    assert not torch.allclose(before, after, atol=1e-4)


def test_few_pictures_are_remembered(guide: Guide, tmp_path: Path) -> None:
    for index in range(40):
        path = tmp_path / f"{index}.png"
        Image.new("RGB", (16, 16), (index, 0, 0)).save(path)
        guide.embed(GuideTarget(image_paths=(path,)))
    assert len(guide._pictures) <= 16


def test_a_style_picture_without_a_face_is_told(guide: Guide, picture: Path) -> None:
    Image.new("RGB", (64, 48)).save(picture)
    (notice,) = guide.embed(GuideTarget(image_paths=(picture,))).notices
    assert notice.startswith("No face is seen in the picture style.png (it is of one colour)")


def test_a_photo_without_a_face_is_refused(guide: Guide, picture: Path) -> None:
    Image.new("RGBA", (64, 48), (200, 40, 40, 0)).save(picture)
    with pytest.raises(PictureError, match=r"style\.png shows no face \(it is of one colour\)"):
        guide.embed(GuideTarget(photo=picture))


def test_a_denial_is_kept_by_the_refinement(guide: Guide, words: TargetEmbedding) -> None:
    high = torch.full((10,), torch.inf)
    high[:2] = -0.2
    free = torch.zeros(10, dtype=torch.bool)
    absence = Absence(torch.full((10,), -torch.inf), high, torch.full((10,), 0.5), free)
    target = dataclasses.replace(words, absence=absence)
    z = guide.propose(target, 0, 1)[0]
    assert (z[:2] <= -0.2).all()
    assert torch.equal(guide.refine(z, target, 4, ignore)[:2], z[:2])
