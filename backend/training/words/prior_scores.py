"""How well prompts become heads: latents proposed for a prompt, decoded, and compared with its words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ...guidance.encoder import PortraitClip
from ...guidance.prior import Prior
from ...guidance.sampling import sample_latents
from ..kit.latent import parameters_from_latent
from .facts import all_facts, fact_degrees


@dataclass(frozen=True)
class PromptCase:
    """A prompt and the facts that must hold of every head made from it."""

    prompt: str
    facts: tuple[str, ...]


# The demonstration's prompts first; the others cover each attribute in words of their own.
PROMPT_CASES = (
    PromptCase("an old man with grey hair", ("man", "old", "grey hair")),
    PromptCase("a young woman with long red hair", ("woman", "young", "long hair", "red hair")),
    PromptCase("a bald man with dark skin", ("man", "bald", "dark")),
    PromptCase("an Asian girl with black bob hair", ("girl", "asian", "bob", "black hair")),
    PromptCase("smiling boy with curly brown hair", ("boy", "smiling", "afro", "brown hair")),
    PromptCase("elderly lady, white hair, blue eyes", ("woman", "old", "white hair", "blue eyes")),
    PromptCase("a fat middle-aged man with short black hair", ("man", "heavy", "middle-aged", "short hair")),
    PromptCase("portrait of an african woman with an afro", ("woman", "african", "afro")),
    PromptCase("green-eyed blonde woman with a ponytail", ("woman", "green eyes", "blond hair", "ponytail")),
    PromptCase("a thin pale teenager with dark hair", ("teenager", "thin", "very pale", "dark hair")),
    PromptCase("a surprised man with a big nose", ("man", "surprised", "a big nose")),
    PromptCase("a grandfather with big ears and bushy eyebrows", ("grandfather", "big ears", "thick brows")),
    PromptCase("70 year old woman", ("woman", "old")),
    PromptCase("angry woman with full lips", ("woman", "angry", "full lips")),
    PromptCase("a white man with auburn hair and hazel eyes", ("man", "european", "auburn hair", "hazel eyes")),
    PromptCase("kid with freckles and an open mouth", ("child", "open mouth")),
)  # fmt: skip
_CANDIDATES = 16
_TRUNCATION = 0.8


def prompt_accuracy(clip: PortraitClip, prior: Prior) -> dict[str, float]:
    """Share of (candidate, fact) pairs that hold, in all and for the demonstration's prompts.

    A fact holds when it is more true than false of the head's decoded parameters.
    """
    names = [fact.name for fact in all_facts()]
    shares = []
    for case in PROMPT_CASES:
        vocabulary = clip.config.vocabulary
        text = case.prompt if vocabulary is None else vocabulary.read(case.prompt).text
        with torch.no_grad():
            distribution = prior(clip.encode_text([text]), torch.zeros(1))
        z = sample_latents(distribution, 0, _CANDIDATES, _TRUNCATION).numpy()
        degrees = fact_degrees([parameters_from_latent(row) for row in z])
        holds = degrees[:, [names.index(fact) for fact in case.facts]] > 0.5
        shares.append(holds.mean(axis=0))
    return {
        "prompt_facts": float(np.concatenate(shares).mean()),
        "demo_facts": float(np.concatenate(shares[:4]).mean()),
        "worst_demo_fact": float(np.concatenate(shares[:4]).min()),
    }
