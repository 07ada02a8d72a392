"""Moving about among latents whose blocks have names, without ever leaving the heads that training knows.

Numbers of normal blocks stay normally distributed; categorical blocks always choose one label clearly, for heads
between two labels were never seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .config import LatentBlock

MARGIN = 0.6  # of the chosen label over the others in z: softmax(8 z) then gives it 99 %
EXPRESSION_BLOCKS = ("expression", "grimace")  # what a face does, not whose it is

Blocks = tuple[LatentBlock, ...]


class LatentError(ValueError):
    """A block or a label that the generator does not have; the text names those it has."""


def split_blocks(blocks: Blocks) -> dict[str, slice]:
    """Where each block lies in z."""
    places, start = {}, 0
    for block in blocks:
        places[block.name] = slice(start, start + block.size)
        start += block.size
    return places


def edit_latent(z: Tensor, blocks: Blocks, name: str, amount: float, label: str = "") -> Tensor:
    """z [...,Z] with one block moved by `amount` standard deviations.

    Args:
        name: the block.
        label: one number of it. A categorical block then chooses this label, or no longer does, once the amount
            is large enough. Without a label a normal block becomes more (or less) of what it is: its distance
            from the average head grows by `amount` for each of its numbers, in root mean square.
    """
    block = _find(blocks, name)
    where = split_blocks(blocks)[name]
    edited = z.clone()
    if label or (block.size == 1 and block.kind == "normal"):
        index = _index(block, label) if label else 0
        edited[..., where.start + index] += amount
        if block.kind == "categorical":
            edited[..., where] = _decided(edited[..., where])
        return edited
    if block.kind == "categorical":
        raise LatentError(
            f"The block {name!r} chooses one of {', '.join(block.labels)}; say which."
        )
    distance = z[..., where].square().mean(-1, keepdim=True).sqrt()
    if not bool((distance > 0).all()):
        raise LatentError(
            f"The block {name!r} is at the average, so it has no direction to go on in; say which of "
            f"{', '.join(block.labels)} to change."
        )
    edited[..., where] *= (distance + amount) / distance
    return edited


def swap_blocks(z: Tensor, donor: Tensor, blocks: Blocks, names: Sequence[str]) -> Tensor:
    """z [...,Z] with the named blocks of the donor [...,Z]."""
    swapped = z.clone()
    for name in names:
        where = split_blocks(blocks)[_find(blocks, name).name]
        swapped[..., where] = donor[..., where]
    return swapped


def swap_expression(z: Tensor, donor: Tensor, blocks: Blocks) -> Tensor:
    """The head of z [...,Z] with what the donor's face does; whose face it is stays."""
    has = [block.name for block in blocks if block.name in EXPRESSION_BLOCKS]
    return swap_blocks(z, donor, blocks, has)


def neutral_latent(z: Tensor, blocks: Blocks) -> Tensor:
    """The head of z [...,Z] with a face at rest; z itself from a generator whose latent tells no expression apart."""
    return swap_expression(z, torch.zeros_like(z), blocks)


def normal_numbers(blocks: Blocks) -> Tensor:
    """Which numbers of z belong to normal blocks, [Z] bool."""
    return torch.cat([torch.full((b.size,), b.kind == "normal") for b in blocks])


def force_labels(block: Tensor, labels: Tensor) -> Tensor:
    """Numbers of a categorical block [N,size] reordered so that labels [N] win clearly."""
    forced = block.clone()
    rows = torch.arange(len(block))
    top = forced.argmax(1)
    forced[rows, top], forced[rows, labels] = block[rows, labels], block[rows, top]
    others = forced.clone()
    others[rows, labels] = -math.inf
    forced[rows, labels] = torch.maximum(forced[rows, labels], others.amax(1) + MARGIN)
    return forced


def _decided(block: Tensor) -> Tensor:
    """Numbers of a categorical block [...,size] whose largest wins clearly."""
    flat = block.reshape(-1, block.shape[-1])
    return force_labels(flat, flat.argmax(1)).view(block.shape)


def _find(blocks: Blocks, name: str) -> LatentBlock:
    for block in blocks:
        if block.name == name:
            return block
    known = ", ".join(block.name for block in blocks) or "none"
    raise LatentError(f"The generator has no block {name!r}; it has {known}.")


def _index(block: LatentBlock, label: str) -> int:
    if label not in block.labels:
        known = ", ".join(block.labels) or "none"
        raise LatentError(f"The block {block.name!r} has no label {label!r}; it has {known}.")
    return block.labels.index(label)
