"""How near wrapped heads come to heads whose template vertices are known, from their field and from a mesh."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context

import numpy as np
import torch

from ..generator.checkpoints import load_generator
from ..generator.fast_field import FastField
from ..generator.model import Generator
from ..models import ASSETS, GENERATOR_FILE
from ..rig.generated import Placement, wrap_generated
from ..rig.head_template import Floats, HeadTemplate, load_template
from ..rig.mesh_fit import wrap_mesh
from ..rig.shape_transfer import transfer_shapes
from ..surface.extract import extract_surface
from ..training.frozen import ASSET as FROZEN_HEADS
from ..training.frozen_heads import load_frozen
from ..training.frozen_rigs import EVERY, load_frozen_rigs
from .figures import Figure
from .rig_scores import Surface, WrapScore, score_wrap
from .rig_shapes import blink_gap, shapes_that_hold
from .rig_summary import WrappedHead, summary
from .rig_truths import random_placement, remesh

SEED = 5  # of the places where the meshes are put
_PROCESSES = 2
_RESOLUTION = 256
_BARE = ("skin", "lips", "ear", "neck")  # labels of what the template's skin was wrapped onto
_THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def measure() -> tuple[Figure, ...]:
    """The frozen heads, half of which have known vertices, wrapped in both ways."""
    count = len(load_frozen_rigs())
    kept = {name: os.environ.get(name) for name in _THREAD_SETTINGS}
    os.environ.update(dict.fromkeys(_THREAD_SETTINGS, "1"))  # numpy reads it where a process starts
    try:
        with ProcessPoolExecutor(_PROCESSES, get_context("spawn")) as pool:
            heads = []
            for head in pool.map(wrap_both, range(count)):
                heads.append(head)
                print(_line(len(heads) - 1, head), flush=True)
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return summary(heads)


def _line(index: int, head: WrappedHead) -> str:
    return f"{index:>3} " + "  ".join(
        f"{way}: {score.vertex_mm:.2f} mm, lids {score.lid_mm:.2f}, lips {score.lip_mm:.2f}"
        for way, score in (("field", head.generated), ("mesh", head.mesh))
    )


def wrap_both(index: int) -> WrappedHead:
    """Wrap one of the heads whose vertices are known; a process of its own calls it with one thread."""
    torch.set_num_threads(1)
    template, truth = load_template(), load_frozen_rigs()[index]
    start = time.process_time()
    field, vertices, placement = _wrap_field(template, index)
    offsets = transfer_shapes(template, vertices)
    from_field = time.process_time() - start
    generated = score_wrap(
        template,
        placement.to_field(vertices) / placement.units_per_metre,
        truth,
        _distance_to_field(template, field, placement, vertices),
    )
    start = time.process_time()
    mesh, fitted = _wrap_remeshed(template, truth, index)
    ways = ((vertices, offsets), (fitted, transfer_shapes(template, fitted)))
    return WrappedHead(
        generated,
        mesh,
        np.all([shapes_that_hold(template, *way) for way in ways], axis=0),
        1000.0 * max(blink_gap(template, *way) for way in ways),
        from_field,
        time.process_time() - start,
    )


@cache
def _starter() -> Generator:
    return load_generator(ASSETS / GENERATOR_FILE).eval().requires_grad_(False)


def _wrap_field(template: HeadTemplate, index: int) -> tuple[FastField, Floats, Placement]:
    """The starter's own head for the frozen head's latent, wrapped."""
    generator = _starter()
    z = torch.from_numpy(load_frozen(FROZEN_HEADS).heads[EVERY * index].z)[None]
    with torch.inference_mode():
        ws = generator.map(z, None)
        field = FastField(generator, generator.synthesize_planes(ws))
    wrapped = wrap_generated(generator, field, template, ws[0] if ws.ndim == 2 else ws[0, 0])
    if wrapped is None:
        raise ValueError("The starter has no template whose vertices could be wrapped.")
    return field, *wrapped


def _distance_to_field(
    template: HeadTemplate, field: FastField, placement: Placement, vertices: Floats
) -> float:
    """Mean distance in millimetres of the outer skin from the field's surface where that shows skin."""
    surface = Surface(*extract_surface(field, _RESOLUTION))
    points = placement.to_field(vertices[template.is_outer_skin].astype(np.float64))
    away, places = surface.distances(points)
    names = _starter().config.decoder.label_names
    with torch.inference_mode():
        labels = field.labels(torch.from_numpy(places.astype(np.float32))).argmax(dim=1).numpy()
    is_bare = np.isin(names, _BARE)[labels]
    return float(1000.0 * away[is_bare].mean() / placement.units_per_metre)


def _wrap_remeshed(template: HeadTemplate, truth: Floats, index: int) -> tuple[WrapScore, Floats]:
    """The true head as a mesh of other triangles, put anywhere, wrapped and brought back."""
    vertices, faces = remesh(template, truth)
    put = random_placement(np.random.default_rng((SEED, index)))
    fit = wrap_mesh(template, put.apply(vertices), faces)
    back = put.inverse().apply(fit.pose.apply(fit.vertices.astype(np.float64)))
    away, _ = Surface(vertices, faces).distances(back[template.is_outer_skin])
    return score_wrap(template, back, truth, float(1000.0 * away.mean())), fit.vertices
