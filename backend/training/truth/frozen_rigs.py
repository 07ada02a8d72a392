"""The rigs command: keeps where the topology's vertices truly lie on half of the frozen heads."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...rig.head_topology import load_topology
from ..kit.assets import HeadKit
from ..kit.latent import parameters_from_latent
from ..kit.sampler import FIELD_UNITS_PER_METRE, HeadSampler
from .frozen import ASSET as FROZEN_HEADS
from .frozen_heads import load_frozen

ASSET = Path(__file__).parents[2] / "assets" / "frozen_rigs.npz"
EVERY = 2  # of the frozen heads
STEPS_PER_METRE = 50_000  # 0.02 mm


def load_frozen_rigs(path: Path = ASSET) -> NDArray[np.float32]:
    """True vertices [N,V,3], metres in the field frame, of every second frozen head.

    Raises FileNotFoundError if the file is missing.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"No true vertices at {path}; make them with `python -m backend.training rigs --kit KIT`."
        )
    with np.load(path) as file:
        steps = file["vertices"].astype(np.int32).cumsum(axis=1)
    return (steps / STEPS_PER_METRE).astype(np.float32)


def main(argv: list[str]) -> int:
    """`python -m backend.training rigs --kit KIT`: keep the true vertices of frozen heads."""
    parser = argparse.ArgumentParser(prog="train rigs", description=main.__doc__)
    parser.add_argument("--kit", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ASSET)
    arguments = parser.parse_args(argv)
    sampler, topology = HeadSampler(HeadKit.load(arguments.kit)), load_topology()
    heads = load_frozen(FROZEN_HEADS).heads[::EVERY]
    shapes = [sampler.shape(parameters_from_latent(head.z)).vertices for head in heads]
    metres = np.stack(shapes)[:, topology.base_index] / FIELD_UNITS_PER_METRE
    steps = np.round(metres * STEPS_PER_METRE).astype(np.int32)
    differences = np.diff(steps, axis=1, prepend=0).astype(np.int16)
    np.savez_compressed(arguments.out, vertices=differences)
    print(f"{len(heads)} heads in {arguments.out}", flush=True)
    return 0
