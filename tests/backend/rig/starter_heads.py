"""Heads of the generator that ships, with the topology wrapped onto them."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from backend.bench.sheet_subjects import plain_head, styled
from backend.generator.checkpoints import load_generator
from backend.generator.fast_field import FastField
from backend.generator.model import Generator
from backend.models import ASSETS, GENERATOR_FILE
from backend.rig.generated import wrap_generated
from backend.rig.head_topology import HeadTopology, load_topology
from backend.rig.parts import GeneratedHead
from backend.training.kit.latent import block_slices


@cache
def starter() -> Generator:
    return load_generator(ASSETS / GENERATOR_FILE).eval().requires_grad_(False)


@cache
def topology() -> HeadTopology:
    return load_topology()


def bearded_with_glasses() -> NDArray[np.float32]:
    """The latent [Z] of a man with short hair, a beard and glasses."""
    z = plain_head(gender=1.2, age=0.2, hair_style="short04", hair_color="brown")
    for block in ("beard", "moustache", "glasses"):
        z[block_slices()[block]] = 2.0
    return z


def bald() -> NDArray[np.float32]:
    """The latent [Z] of a man without hair."""
    return plain_head(gender=1.2, age=0.2, hair_style="bald", hair_color="brown")


def demon() -> NDArray[np.float32]:
    """The latent [Z] of a bald demon."""
    return styled(bald(), "creature", "demon", 1.0)


def wrap(z: NDArray[np.float32]) -> GeneratedHead:
    generator = starter()
    with torch.inference_mode():
        ws = generator.map(torch.from_numpy(z)[None])
        field = FastField(generator, generator.synthesize_planes(ws))
    w = ws.reshape(-1)
    wrapped = wrap_generated(generator, topology(), w)
    assert wrapped is not None
    return GeneratedHead(generator, field, w, topology(), *wrapped)
