"""How well a portrait CLIP names what it sees: zero-shot accuracy by attribute on held-out heads."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from ...guidance.encoder import PortraitClip
from ..truth.held_out import HeldOutHeads
from .facts import all_facts

_TEMPLATES = ("a portrait of {}", "{}", "a photo of {}, front view")


@dataclass(frozen=True)
class Attribute:
    """A question with alternative answers: fact name -> prompt."""

    name: str
    answers: dict[str, str]


ATTRIBUTES = (
    Attribute("gender", {"man": "a man", "woman": "a woman"}),
    Attribute(
        "age",
        {"child": "a child", "young": "a young adult", "middle-aged": "a middle-aged person",
         "old": "an old person"},
    ),
    Attribute(
        "ethnicity",
        {"african": "an african person", "asian": "an asian person", "european": "a european person"},
    ),
    Attribute(
        "skin",
        {"light": "a person with light skin", "tan": "a person with tan skin", "dark": "a person with dark skin"},
    ),
    Attribute(
        "hair_style",
        {"bald": "a bald person", "short hair": "a person with short hair", "bob": "a person with a bob",
         "long hair": "a person with long hair",
         "ponytail": "a person with a ponytail", "afro": "a person with an afro"},
    ),
    Attribute(
        "hair_color",
        {"black hair": "black hair", "brown hair": "brown hair", "blond hair": "blond hair", "red hair": "red hair",
         "grey hair": "grey hair", "white hair": "white hair"},
    ),
    Attribute(
        "eye_color",
        {"brown eyes": "brown eyes", "green eyes": "green eyes", "blue eyes": "blue eyes", "grey eyes": "grey eyes"},
    ),
)  # fmt: skip


def attribute_accuracy(clip: PortraitClip, heads: HeldOutHeads) -> dict[str, float]:
    """Share of the held-out heads whose attribute the best prompt names, for each attribute.

    Heads count only where an answer is clearly true; where two are (a child is young), both are right.
    """
    with torch.no_grad():
        images = torch.cat([clip.encode_images(part) for part in heads.images.split(64)])
    names = [fact.name for fact in all_facts()]
    scores = {}
    for attribute in ATTRIBUTES:
        columns = [names.index(fact) for fact in attribute.answers]
        truth = heads.degrees[:, columns]
        is_clear = truth.amax(1) > 0.8
        prompts = torch.stack(
            [
                F.normalize(clip.encode_text([t.format(text) for t in _TEMPLATES]).mean(0), dim=0)
                for text in attribute.answers.values()
            ]
        )
        guess = (images @ prompts.T).argmax(1, keepdim=True)
        is_right = truth.gather(1, guess)[:, 0] > 0.5
        scores[f"clip_{attribute.name}"] = float(is_right[is_clear].float().mean())
    return scores
