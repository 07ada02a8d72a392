"""The topology command: derives the topology of rig-ready heads from the head kit (CC0)."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from ...rig.head_topology import ASSET, PART_LABELS, HeadTopology, triangles_of
from ...wire.rig_names import (
    ARKIT_SHAPES,
    BONES,
    MATERIALS,
)
from ..kit.assets import Floats, HeadKit, Ints, KitError
from ..kit.latent import Z_DIM, parameters_from_latent
from ..kit.neck import cut_neck, quads_of
from ..kit.plausible import plausible_latents
from ..kit.sampler import KIT_UNITS_PER_METRE, LABEL_INDEX, HeadSampler
from ..kit.uv_space import behind_eyes
from .topology_layout import atlas_uvs
from .topology_levels import make_levels

HEADS = 800  # from which the principal shapes come, half of them as the latent space has them
MORPHS = 96
SEED = (2026, 52)
_LASHES = "eyelashes02"
_LASH_GROUPS = tuple(f"helper-{side}-eyelashes-{row}" for side in "lr" for row in (2, 1))
_JOINT_NEIGHBOURS = 48
_JOINT_STIFFNESS = 1e-3


@dataclass(frozen=True)
class _Cut:
    """The quads that the topology keeps, of the whole base mesh."""

    quads: Ints  # [F,4] base vertices
    uvs: Floats  # [F,4,2] in the atlas
    materials: Ints  # [F]


def build_topology(kit: HeadKit, heads: int = HEADS, morphs: int = MORPHS) -> HeadTopology:
    """The topology. Raises KitError when the kit's base mesh is not hm08."""
    sampler = HeadSampler(kit)
    cut = _cut(kit)
    base_index = np.unique(cut.quads)
    place = np.full(len(kit.base.vertices), -1)
    place[base_index] = np.arange(len(base_index))
    shapes = _sample_shapes(sampler, heads)  # of the whole base mesh
    mean = shapes.mean(axis=0)
    loops = _loops(kit)
    joint_anchors, joint_weights = _joints(kit, shapes, base_index)
    return HeadTopology(
        vertices=mean[base_index],
        quads=place[cut.quads].astype(np.int32),
        corner_uvs=cut.uvs,
        face_materials=cut.materials.astype(np.int32),
        labels=_labels(sampler)[base_index].astype(np.int32),
        base_index=base_index.astype(np.int32),
        mirror=place[_mirror(kit)[base_index]].astype(np.int32),
        lid_left=place[loops[0]].astype(np.int32),
        lid_right=place[loops[1]].astype(np.int32),
        lip=place[loops[2]].astype(np.int32),
        neck_ring=place[cut_neck(kit).loop].astype(np.int32),
        shape_offsets=_shape_offsets(kit)[:, base_index],
        morphs=_principal_shapes(shapes[:, base_index], morphs),
        joint_weights=joint_weights,
        joint_anchors=place[joint_anchors].astype(np.int32),
        bone_weights=_bone_weights(kit)[base_index],
    )


def _cut(kit: HeadKit) -> _Cut:
    """Head and neck, eyeballs, lashes, teeth and tongue."""
    groups = kit.base.faces
    lashes = _lash_faces(kit)
    parts = (
        ("skin", quads_of(cut_neck(kit).faces), kit.base.uvs),
        *(("eyes", quads_of(groups[f"helper-{side}-eye"]), kit.base.uvs) for side in "lr"),
        ("lashes", quads_of(lashes), kit.eyelashes[_LASHES].uvs),
        *(
            ("teeth", quads_of(groups[f"helper-{row}-teeth"]), kit.base.uvs)
            for row in ("upper", "lower")
        ),
        ("tongue", quads_of(groups["helper-tongue"]), kit.base.uvs),
    )
    vertices = kit.base.vertices
    uvs = [atlas_uvs(name, quads, uv, vertices) for name, quads, uv in parts]
    counts = [len(quads) for _, quads, _ in parts]
    materials = np.repeat([MATERIALS.index(name) for name, _, _ in parts], counts)
    quads = np.concatenate([quads[:, :4] for _, quads, _ in parts])
    return _Cut(quads, np.concatenate(uvs).astype(np.float32), materials)


def _lash_faces(kit: HeadKit) -> Ints:
    """Faces [F,6] of the base mesh's lash cards with the texture coordinates of the proxy, which is their copy."""
    faces = np.concatenate([kit.base.faces[name] for name in _LASH_GROUPS])
    proxy = kit.eyelashes[_LASHES].faces
    first = faces[:, :3].min()
    known = {frozenset(face.tolist()) for face in faces[:, :3] - first}
    if known != {frozenset(face.tolist()) for face in proxy[:, :3]}:
        raise KitError(
            f"The kit's {_LASHES} are no copy of the base mesh's lash cards; get them again."
        )
    return np.concatenate([proxy[:, :3] + first, proxy[:, 3:]], axis=1)


def _sample_shapes(sampler: HeadSampler, count: int) -> Floats:
    """Base meshes [N,V,3] of random heads: metres, the origin halfway between the eyes."""
    rng = np.random.default_rng(SEED)
    half = count // 2
    latents = np.concatenate(
        [
            rng.standard_normal((half, Z_DIM)).astype(np.float32),
            plausible_latents(count - half, rng),
        ]
    )
    shapes = np.zeros((count, len(sampler.kit.base.vertices), 3), np.float32)
    for shape, z in zip(shapes, latents, strict=True):
        head = sampler.shape(parameters_from_latent(z))
        shape[:] = (head.kit_vertices - head.eyes) / KIT_UNITS_PER_METRE
    return shapes


def _principal_shapes(shapes: Floats, count: int) -> Floats:
    """[K,V,3]: principal components of shapes [N,V,3], times their standard deviations."""
    flat = (shapes - shapes.mean(axis=0)).reshape(len(shapes), -1).astype(np.float64)
    values, vectors = np.linalg.eigh(flat @ flat.T / (len(flat) - 1))
    top = vectors[:, np.argsort(values)[::-1][:count]]
    return (top.T @ flat / np.sqrt(len(flat) - 1)).reshape(count, -1, 3).astype(np.float32)


def _shape_offsets(kit: HeadKit) -> Floats:
    offsets = np.zeros((len(ARKIT_SHAPES), *kit.base.vertices.shape), np.float32)
    for shape, name in zip(offsets, ARKIT_SHAPES, strict=True):
        kit.add_target(shape, f"faceunits/{name}", 1.0 / KIT_UNITS_PER_METRE)
    return offsets


def _mirror(kit: HeadKit) -> Ints:
    """[V] the vertex on the other side, or the vertex itself."""
    mirror = np.arange(len(kit.base.vertices))
    for line in (kit.folder / "hm08.mirror").read_text().splitlines():
        words = line.split()
        if len(words) >= 2 and words[0].isdigit():
            mirror[int(words[0])], mirror[int(words[1])] = int(words[1]), int(words[0])
    return mirror


def _labels(sampler: HeadSampler) -> Ints:
    """[V] index into PART_LABELS for every base vertex."""
    labels = np.zeros(len(sampler.kit.base.vertices), np.int64)
    for index, name in enumerate(PART_LABELS[:-1]):
        labels[sampler.body_labels == LABEL_INDEX[name]] = index
    inside, outside = _socket_sides(sampler.kit)
    labels[np.setdiff1d(inside, outside)] = PART_LABELS.index("eye socket")
    return labels


def _socket_sides(kit: HeadKit) -> tuple[Ints, Ints]:
    """Base vertices of the faces in the eyes' sockets, and those of all other faces."""
    faces = cut_neck(kit).faces
    is_behind = behind_eyes(*kit.base.uvs[faces[:, 3:]].mean(axis=1).T)
    return np.unique(faces[is_behind, :3]), np.unique(faces[~is_behind, :3])


def _loops(kit: HeadKit) -> tuple[Ints, Ints, Ints]:
    """Base vertices in order around the margins of the left lids, of the right lids, and of the lips.

    The texture's islands end inside the sockets and behind the lips; the margins that are seen lie a ring further out.
    """
    inside, outside = _socket_sides(kit)
    edge = np.intersect1d(inside, outside)
    left = kit.base.vertices[edge, 0] > 0
    faces = quads_of(cut_neck(kit).faces)[:, :4]
    mouth = HeadSampler(kit).body_labels == LABEL_INDEX["mouth interior"]
    lining = np.unique(faces[mouth[faces].any(axis=1)])
    rings = (edge[left], edge[~left], np.setdiff1d(lining, np.flatnonzero(mouth)))
    hidden = (inside, inside, lining)
    return tuple(  # type: ignore[return-value]
        _ordered(_ring_outside(ring, within, faces), faces, kit.base.vertices)
        for ring, within in zip(rings, hidden, strict=True)
    )


def _ring_outside(ring: Ints, within: Ints, faces: Ints) -> Ints:
    """The vertices that quads with an edge on the ring have opposite to it, on the side that is not `within`."""
    beside = faces[np.isin(faces, ring).sum(axis=1) >= 2]
    return np.setdiff1d(beside, np.union1d(within, ring))


def _ordered(loop: Ints, faces: Ints, vertices: Floats) -> Ints:
    """The vertices of a closed loop in order along its edges, from its leftmost one."""
    neighbours: dict[int, set[int]] = {int(v): set() for v in loop}
    for start, end in zip(
        faces.ravel().tolist(), np.roll(faces, -1, axis=1).ravel().tolist(), strict=True
    ):
        if start in neighbours and end in neighbours:
            neighbours[start].add(end)
            neighbours[end].add(start)
    if any(len(near) != 2 for near in neighbours.values()):
        raise KitError("A loop of the base mesh is not closed; get base.obj again.")
    order = [int(loop[np.argmax(vertices[loop, 0])])]
    order.append(min(neighbours[order[0]], key=lambda v: -float(vertices[v, 1])))
    while len(order) < len(loop):
        order.append(next(v for v in neighbours[order[-1]] if v != order[-2]))
    return np.array(order)


# ---- bones ------------------------------------------------------------------------------------------------

# Bones of the kit's rig where ours begin and end: (name, "head" or "tail").
_HEADS = (
    ("neck01", "head"), ("head", "head"), ("jaw", "head"), ("tongue01", "head"), ("tongue02", "head"),
    ("tongue03", "head"), ("eye.L", "head"), ("eye.R", "head"),
)  # fmt: skip
_TAILS = (
    ("head", "head"), ("head", "tail"), ("jaw", "tail"), ("tongue02", "head"), ("tongue03", "head"),
    ("tongue03", "tail"), ("eye.L", "tail"), ("eye.R", "tail"),
)  # fmt: skip
_ALIASES = {
    "tongue00": "jaw", "tongue01": "tongue.01", "tongue02": "tongue.02", "tongue03": "tongue.03",
    "tongue04": "tongue.03", "neck01": "neck", "neck02": "neck", "neck03": "neck",
}  # fmt: skip


def _rig(kit: HeadKit) -> dict[str, dict[str, object]]:
    rig = json.loads((kit.folder / "rig" / "rig.default.json").read_text())
    return dict(rig.get("bones", rig))


def _bone_weights(kit: HeadKit) -> Floats:
    """[V,J]: the kit's weights, those of small bones given to the nearest of ours above them."""
    rig = _rig(kit)
    table = json.loads((kit.folder / "rig" / "weights.default.json").read_text())["weights"]
    weights = np.zeros((len(kit.base.vertices), len(BONES)), np.float32)
    for name, entries in table.items():
        owner = name
        while owner and _ALIASES.get(owner, owner) not in BONES:
            owner = str(rig[owner]["parent"]) if owner in rig else ""
        column = (
            BONES.index(_ALIASES.get(owner, owner)) if owner else 0
        )  # the body moves the neck's root
        rows = np.array([[int(v), float(w)] for v, w in entries])
        if len(rows):
            weights[rows[:, 0].astype(int), column] += rows[:, 1].astype(np.float32)
    for group, bone in (("helper-l-eye", "eye.L"), ("helper-r-eye", "eye.R"), ("helper-upper-teeth", "head"),
                        ("helper-lower-teeth", "jaw")):  # fmt: skip
        vertices = np.unique(kit.base.faces[group][:, :3])
        weights[vertices] = np.eye(len(BONES), dtype=np.float32)[BONES.index(bone)]
    empty = weights.sum(axis=1) < 1e-6
    weights[empty, BONES.index("head")] = 1.0
    return weights / weights.sum(axis=1, keepdims=True)


def _joints(kit: HeadKit, shapes: Floats, base_index: Ints) -> tuple[Ints, Floats]:
    """Anchors (base vertices) and weights [2J,N] that give the joints of every head.

    Joint regressors as in SMPL (Loper et al., 2015), fitted to the joints of the sampled heads.
    """
    rig, mean = _rig(kit), shapes.mean(axis=0)
    tree = cKDTree(mean[base_index])
    anchors, weights = [], []
    for name, end in (*_HEADS, *_TAILS):
        sources = _joint_vertices(kit, rig[name][end])
        near = base_index[tree.query(mean[sources].mean(axis=0), _JOINT_NEIGHBOURS)[1]]
        points = shapes[:, near].astype(np.float64).transpose(0, 2, 1).reshape(-1, len(near))
        wanted = shapes[:, sources].mean(axis=1).astype(np.float64).reshape(-1)
        # The weights sum to 1, so that a moved head moves its joints with it: the last row says so strongly.
        rows = np.concatenate([points, np.full((1, len(near)), 1e3)])
        goal = np.concatenate([wanted, [1e3]])
        ridge = _JOINT_STIFFNESS * np.eye(len(near))
        start = np.full(len(near), 1 / len(near))
        fitted = start + np.linalg.solve(rows.T @ rows + ridge, rows.T @ (goal - rows @ start))
        anchors.append(near)
        weights.append(fitted / fitted.sum())
    return np.array(anchors), np.array(weights, np.float32)


def _joint_vertices(kit: HeadKit, end: object) -> Ints:
    """The base vertices whose mean is a bone's end."""
    assert isinstance(end, dict)
    if end["strategy"] == "CUBE":
        return np.unique(kit.base.faces[end["cube_name"]][:, :3])
    if end["strategy"] == "MEAN":
        return np.array(end["vertex_indices"])
    return np.array([end["vertex_index"]])


def main(argv: list[str]) -> int:
    """`python -m backend.training topology --kit KIT`: make the topology of rig-ready heads."""
    parser = argparse.ArgumentParser(prog="train topology", description=main.__doc__)
    parser.add_argument("--kit", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ASSET)
    arguments = parser.parse_args(argv)
    bare = build_topology(HeadKit.load(arguments.kit))
    topology = replace(bare, levels=make_levels(bare))
    topology.save(arguments.out)
    print(
        f"{len(topology.vertices)} vertices, {len(topology.quads)} quads, levels of"
        f" {', '.join(str(len(triangles_of(level))) for level in topology.levels)} triangles in {arguments.out}",
        flush=True,
    )
    return 0
