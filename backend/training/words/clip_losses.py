"""What the portrait CLIP is trained for: telling captions apart by who fits them, and naming facts."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn

from .facts import all_facts


class FactHeads(nn.Module):
    """Names the facts from an embedding; they only help the training and do not ship."""

    def __init__(self, embed_dim: int) -> None:
        super().__init__()
        count = len(all_facts())
        self.scale = math.sqrt(embed_dim)
        self.image = nn.Linear(embed_dim, count)
        self.text = nn.Linear(embed_dim, count)

    def loss(self, image: Tensor, text: Tensor, degrees: Tensor, stated: Tensor) -> Tensor:
        """Binary cross-entropies of image [B,D] against degrees [B,facts] and text against stated facts."""
        seen = F.binary_cross_entropy_with_logits(self.image(image * self.scale), degrees)
        said = F.binary_cross_entropy_with_logits(self.text(text * self.scale), stated)
        return seen + 4 * said


def agreement(stated: Tensor, degrees: Tensor) -> Tensor:
    """How well each head [B,facts] fits each caption [K,facts]: the product of its facts' degrees [K,B]."""
    return (stated @ degrees.clamp_min(1e-3).log().T).exp()


def contrastive_loss(text: Tensor, image: Tensor, fits: Tensor, logit_scale: Tensor) -> Tensor:
    """Symmetric cross-entropy of text [K,D] and image [B,D] against soft targets.

    Heads that fit a caption as well as its own head are right answers too, so the targets are the
    agreements [K,B], normalised by row and by column.
    """
    logits = logit_scale * text @ image.T
    fits = fits * (fits > 0.02)
    rows = fits / fits.sum(1, keepdim=True).clamp_min(1e-6)
    columns = fits / fits.sum(0, keepdim=True).clamp_min(1e-6)
    by_row = -(rows * logits.log_softmax(1)).sum(1).mean()
    by_column = -(columns * logits.log_softmax(0)).sum(0).mean()
    return (by_row + by_column) / 2
