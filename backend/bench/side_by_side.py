"""Heads, and working on several of them at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..generator.fast_field import FastField
from ..generator.model import Generator

WORKERS = min(8, os.cpu_count() or 1)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Heads side by side use the cores better than the threads of one head."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def head_of(generator: Generator, z: NDArray[np.floating[Any]], truncation: float) -> FastField:
    """The field of a latent [Z]."""
    with torch.inference_mode():
        latent = torch.from_numpy(np.asarray(z, np.float32))[None]
        ws = generator.map(latent, truncation=truncation)
        return FastField(generator, generator.synthesize_planes(ws))
