"""How well words and pictures are understood: zero-shot attributes of held-out heads, prompts to latents."""

from __future__ import annotations

from pathlib import Path

from ..guidance.encoder import load_portrait_clip
from ..guidance.prior import load_prior
from ..training.truth.held_out import load_held_out
from ..training.words.clip_scores import attribute_accuracy
from ..training.words.prior_scores import prompt_accuracy
from .figures import Figure

ASSETS = Path(__file__).resolve().parent.parent / "assets"


def measure() -> tuple[Figure, ...]:
    """Shares of right answers, 0..1."""
    clip = load_portrait_clip(ASSETS / "clip.json", ASSETS / "clip.safetensors")
    heads = load_held_out(ASSETS / "held_out_heads.npz")
    seen = attribute_accuracy(clip, heads)
    made = prompt_accuracy(clip, load_prior(ASSETS / "prior.safetensors"))
    return (
        *(Figure(name, value, "of held-out heads named right") for name, value in seen.items()),
        *(
            Figure(name, value, "of the prompts' facts hold of the heads")
            for name, value in made.items()
        ),
    )
