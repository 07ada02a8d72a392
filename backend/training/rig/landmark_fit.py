"""The landmarks command: trains the network that reads a face's vertices off its relief, on heads of the kit."""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from scipy.spatial.transform import Rotation
from torch import Tensor

from ...rig.head_topology import HeadTopology, load_topology
from ...rig.landmarks import WEIGHTS, LandmarkNet, draw_relief, landmark_vertices
from ...rig.pose import Similarity
from ...rig.target_mesh import PointCloud, sample_surface
from ..kit.assets import Floats, HeadKit
from ..kit.latent import Z_DIM, parameters_from_latent
from ..kit.plausible import plausible_latents
from ..kit.sampler import KIT_UNITS_PER_METRE, HeadSampler

HEADS, VIEWS = 5000, 3  # of each head
HELD_OUT = 200  # heads
EPOCHS, BATCH = 26, 64
LEARNING_RATE = 1.5e-3
SEED = (2026, 68)
WORKERS = 2
_POINTS = 90_000
# Standard deviations of what the rough pose may be off by: radians, metres, share of the size.
_TURN, _SHIFT, _SIZE = 0.05, 0.004, 0.04
_FRINGE_ODDS, _FRINGE_M = 0.35, 0.014


@dataclass(frozen=True)
class Examples:
    reliefs: Tensor  # [N,C,H,W]
    offsets: Tensor  # [N,L,3] centimetres


def kit_shapes(kit: HeadKit, topology: HeadTopology, count: int, seed: int) -> Floats:
    """Template vertices [N,V,3] of random heads: metres, the origin halfway between the eyes."""
    rng, sampler = np.random.default_rng((*SEED, seed)), HeadSampler(kit)
    half = count // 2
    normal = rng.standard_normal((half, Z_DIM)).astype(np.float32)
    latents = np.concatenate([normal, plausible_latents(count - half, rng)])
    shapes = np.zeros((count, len(topology.base_index), 3), np.float32)
    for shape, z in zip(shapes, latents, strict=True):
        head = sampler.shape(parameters_from_latent(z))
        vertices = (head.kit_vertices - head.eyes) / KIT_UNITS_PER_METRE
        shape[:] = vertices[topology.base_index]
    return shapes


def make_examples(shapes: Floats, seed: int) -> Examples:
    """Every head as `VIEWS` reliefs in slightly wrong poses."""
    topology, rng = load_topology(), np.random.default_rng((*SEED, 1, seed))
    marks = landmark_vertices(topology)
    skin = [topology.part_triangles(name) for name in ("skin", "eyes")]
    mouth = [topology.part_triangles(name) for name in ("teeth", "tongue")]
    reliefs, offsets = [], []
    for shape in shapes:
        for _ in range(VIEWS):
            faces = np.concatenate([*skin, *mouth] if rng.random() < 0.5 else skin)
            pose = _rough_pose(rng)
            vertices = pose.apply(shape.astype(np.float64))
            cloud = sample_surface(vertices, faces, _POINTS, rng)
            if rng.random() < _FRINGE_ODDS:
                cloud = _with_fringe(cloud, rng)
            reliefs.append(draw_relief(cloud))
            offsets.append(100 * (vertices[marks] - topology.vertices[marks]))
    return Examples(
        torch.from_numpy(np.stack(reliefs)),
        torch.from_numpy(np.stack(offsets).astype(np.float32)),
    )


def _rough_pose(rng: np.random.Generator) -> Similarity:
    rotation = Rotation.from_rotvec(rng.normal(0, _TURN, 3)).as_matrix()
    return Similarity(float(np.exp(rng.normal(0, _SIZE))), rotation, rng.normal(0, _SHIFT, 3))


def _with_fringe(cloud: PointCloud, rng: np.random.Generator) -> PointCloud:
    """Hair over a part of the forehead or the sides: what lies beyond a slanting line is lifted."""
    angle, height = rng.uniform(-0.9, 0.9), rng.uniform(0.0, 0.05)
    beyond = cloud.points[:, 1] * np.cos(angle) + cloud.points[:, 0] * np.sin(angle) > height
    points = cloud.points.copy()
    points[beyond] += rng.uniform(0.2, 1.0) * _FRINGE_M * cloud.normals[beyond]
    return PointCloud(points, cloud.normals)


def train(examples: Examples, epochs: int, log: str = "") -> LandmarkNet:
    """The network after so many rounds over the examples."""
    torch.manual_seed(SEED[1])
    net = LandmarkNet(examples.offsets.shape[1])
    steps = epochs * (len(examples.reliefs) // BATCH)
    optimiser = torch.optim.AdamW(net.parameters(), LEARNING_RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    for epoch in range(epochs):
        began, total = time.perf_counter(), 0.0
        order = torch.randperm(len(examples.reliefs))[: steps // epochs * BATCH]
        for some in order.split(BATCH):
            predicted = net(examples.reliefs[some])
            loss = torch.nn.functional.smooth_l1_loss(predicted, examples.offsets[some], beta=0.2)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
        seconds = time.perf_counter() - began
        print(
            f"{log}epoch {epoch + 1} loss {total * epochs / steps:.4f} {seconds:.0f} s", flush=True
        )
    return net.eval()


def errors_mm(net: LandmarkNet, examples: Examples) -> NDArray[np.float32]:
    """[L] mean distance of every landmark from its true place."""
    with torch.inference_mode():
        found = torch.cat([net(some) for some in examples.reliefs.split(256)])
    return np.asarray(10 * (found - examples.offsets).norm(dim=2).mean(dim=0))


def main(argv: list[str]) -> int:
    """`python -m backend.training landmarks --kit KIT`: train the network of landmarks."""
    parser = argparse.ArgumentParser(prog="train landmarks", description=main.__doc__)
    parser.add_argument("--kit", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--heads", type=int, default=HEADS)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    arguments = parser.parse_args(argv)
    topology, kit = load_topology(), HeadKit.load(arguments.kit)
    with ProcessPoolExecutor(WORKERS) as pool:
        count = (arguments.heads + HELD_OUT) // WORKERS
        shapes = np.concatenate(
            list(pool.map(partial(kit_shapes, kit, topology, count), range(WORKERS)))
        )
        shapes = shapes[np.random.default_rng(SEED).permutation(len(shapes))]
        pieces = np.array_split(shapes, 8 * WORKERS)
        made = list(pool.map(make_examples, pieces, range(len(pieces))))
    examples = Examples(
        torch.cat([piece.reliefs for piece in made]), torch.cat([piece.offsets for piece in made])
    )
    kept = VIEWS * HELD_OUT
    print(f"{len(examples.reliefs)} reliefs", flush=True)
    net = train(Examples(examples.reliefs[kept:], examples.offsets[kept:]), arguments.epochs)
    wrong = errors_mm(net, Examples(examples.reliefs[:kept], examples.offsets[:kept]))
    save_file(
        {name: tensor.contiguous() for name, tensor in net.state_dict().items()}, arguments.out
    )
    marks = landmark_vertices(topology)
    for name, loop in (("lids", topology.lid_left), ("lips", topology.lip), ("all", marks)):
        print(f"{name}: {wrong[np.isin(marks, loop)].mean():.2f} mm on held-out heads", flush=True)
    return 0
