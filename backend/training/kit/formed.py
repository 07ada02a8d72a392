"""Proxies whose form has numbers of its own: hair with volume and length, and what is built for the kit."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from .assets import Floats, HeadKit, Ints, Proxy, ShadedPicture
from .noise import smooth_step
from .variety import HairForm

_FRINGES = ("bob01", "bob02", "short03")  # a fringe cannot recede
_HEAD_CENTRE = np.array([0.0, 7.35, 0.45], np.float32)  # kit frame, base mesh at rest


@dataclass(frozen=True)
class FormedProxy:
    """A proxy with displacements [P,3] that are added to its offsets by an amount each. Kit frame, decimetres."""

    proxy: Proxy
    forms: tuple[Floats, ...]

    def formed(self, amounts: tuple[float, ...]) -> Proxy:
        """The proxy in one form; `amounts` has a number for each of the forms."""
        offsets = self.proxy.offsets.copy()
        for amount, form in zip(amounts, self.forms, strict=True):
            offsets += np.float32(amount) * form
        return dataclasses.replace(self.proxy, offsets=offsets)


def hair_forms(kit: HeadKit, style: str) -> FormedProxy:
    """A style of the kit's hair with the forms of `hair_amounts`."""
    proxy = kit.hair[style]
    rest = proxy.fit(kit.base.vertices)
    outward = rest - _HEAD_CENTRE
    # Hair grows away from the scalp, not from the face: locks before the face keep their depth.
    volume = 0.16 * outward * np.array([1.0, 1.0, 0.8], np.float32)
    volume[:, 1] = np.maximum(volume[:, 1], 0)
    below = np.maximum(7.75 - rest[:, 1], 0)
    length = np.zeros_like(rest)
    length[:, 1] = -0.30 * below * smooth_step(below, 0.0, 0.8)
    front = hairline_front(rest)
    if style in _FRINGES:
        front = 0 * front
    # The hair over the forehead slides up and back along the skull, and stays above it.
    across, up, ahead = outward.T
    slide = np.stack([0.03 * across, 0.42 * ahead + 0.03 * up, 0.03 * ahead - 0.38 * up], axis=1)
    hairline = front[:, None] * slide
    return FormedProxy(proxy, (volume, length, hairline.astype(np.float32)))


def hairline_front(points: Floats) -> Floats:
    """Where hair recedes [N]: above the forehead, at points [N,3] of the head at rest."""
    return smooth_step(points[:, 2], 0.75, 1.15) * smooth_step(points[:, 1], 7.45, 7.8)


def hair_amounts(form: HairForm) -> tuple[float, float, float]:
    """How much of each of the hair's forms a head has; hair that shrinks would show the scalp."""
    length = form.length if form.length > 0 else 0.6 * form.length
    return max(0.0, form.volume), length, form.hairline


def made_proxy(
    kit: HeadKit, faces: Ints, anchors: Ints, weights: Floats, rest: Floats
) -> tuple[Proxy, Floats]:
    """A proxy without a picture of its own that has `rest` [P,3] as its place on the base mesh.

    Returns it with offsets of zero, and its offsets [P,3]: what they are multiplied with is its form.
    """
    bound = (kit.base.vertices[anchors] * weights[..., None]).sum(1)
    plain = ShadedPicture(np.ones((2, 2, 1), np.float32), np.full((2, 2), 255, np.uint8))
    proxy = Proxy(
        faces=np.concatenate([faces, np.zeros_like(faces)], axis=1),
        uvs=np.full((1, 2), 0.5, np.float32),
        anchors=anchors,
        weights=weights.astype(np.float32),
        offsets=np.zeros_like(rest, dtype=np.float32),
        scales=((0, 0, 0.0),) * 3,
        picture=plain,
    )
    return proxy, (rest - bound).astype(np.float32)


def tube(path: Floats, radius: Floats, sides: int, *, closed: bool) -> tuple[Floats, Ints]:
    """A tube [M*sides,3] around a path [M,3] with radii [M] or [M,2] (across, upright); faces [F,3] outward."""
    ahead = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0)
    if not closed:
        ahead[0], ahead[-1] = path[1] - path[0], path[-1] - path[-2]
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    # One fixed reference keeps the rings from twisting; no path here runs along it.
    reference = np.array([0.05, 0.1, 1.0]) if closed else np.array([0.1, 1.0, 0.1])
    across = np.cross(ahead, reference)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    upright = np.cross(across, ahead)
    turns = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    radii = np.broadcast_to(radius if radius.ndim == 2 else radius[:, None], (len(path), 2))
    rings = (
        path[:, None]
        + np.cos(turns)[None, :, None] * (across * radii[:, :1])[:, None]
        + np.sin(turns)[None, :, None] * (upright * radii[:, 1:])[:, None]
    )
    faces = []
    for step in range(len(path) if closed else len(path) - 1):
        following = (step + 1) % len(path)
        for side in range(sides):
            a, b = step * sides + side, step * sides + (side + 1) % sides
            c, d = following * sides + side, following * sides + (side + 1) % sides
            faces += [(a, c, b), (b, c, d)]
    if not closed:
        last = (len(path) - 1) * sides
        faces += [(0, k, k + 1) for k in range(1, sides - 1)]
        faces += [(last, last + k + 1, last + k) for k in range(1, sides - 1)]
    return rings.reshape(-1, 3).astype(np.float32), np.array(faces)
