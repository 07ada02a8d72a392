"""Masks of creatures, face paints and materials."""

from __future__ import annotations

import numpy as np

from .assets import Floats
from .canvas import EYE, MOUTH_Y, Canvas
from .noise import clouds, smooth_step, value_noise, veins


def everywhere(canvas: Canvas) -> Floats:
    """All of the head, less so inside the mouth."""
    return 0.4 + 0.6 * canvas.space.outside


def mottle(canvas: Canvas) -> Floats:
    """Blotches of rotten or mossy skin."""
    return smooth_step(clouds(canvas.space.points, 4, 51), 0.47, 0.62) * canvas.space.outside


def wounds(canvas: Canvas) -> Floats:
    """A few raw patches with dark hearts."""
    raw = smooth_step(clouds(canvas.space.points, 2.6, 61, 5), 0.60, 0.66)
    return raw * canvas.space.outside * smooth_step(canvas.space.from_lids, 0.05, 0.1)


def dark_veins(canvas: Canvas) -> Floats:
    """Veins that shine through, more on temples and neck."""
    lines = veins(canvas.space.points, 3.0, 71, 0.022) * smooth_step(
        clouds(canvas.space.points, 2, 72), 0.4, 0.6
    )
    return lines * (1 - 0.5 * canvas.face) * canvas.space.outside


def panels(canvas: Canvas) -> Floats:
    """The seams and bolts of a robot's plates."""
    width = 0.012

    def seam(values: Floats, place: float) -> Floats:
        return smooth_step(np.abs(values - place), 1.5 * width, 0.6 * width)

    eyes = canvas.around(EYE[0], EYE[1], (1, 1))
    lines = [
        seam(canvas.y, 7.62) * smooth_step(canvas.angle, 0.30, 0.32),
        seam(canvas.y, 6.86) * smooth_step(canvas.angle, 0.50, 0.52),
        seam(canvas.angle, 0.78) * (canvas.y > 6.3) * (canvas.y < 7.62),
        seam(canvas.angle, 1.9),
        seam(canvas.x, 0.0) * (canvas.y > 7.62),
        seam(canvas.x, 0.30) * (canvas.y < 6.58) * (canvas.z > 1.0),
        seam(canvas.y, 6.05) * smooth_step(canvas.z, 1.3, 1.0),
        seam(canvas.y, 5.80),
        seam(eyes, 0.25) * canvas.face,
    ]
    bolts = [
        smooth_step(np.hypot(0.9 * (canvas.angle - a), canvas.y - y), 0.030, 0.018)
        for a, y in (
            (0.87, 7.52),
            (0.87, 7.0),
            (0.87, 6.72),
            (0.68, 6.72),
            (0.5, 7.72),
            (1.8, 7.72),
        )
    ]
    return np.clip(np.max([*lines, *bolts], axis=0), 0, 1) * canvas.space.outside


def skull_white(canvas: Canvas) -> Floats:
    """The bone."""
    streaky = 0.92 + 0.08 * value_noise(canvas.space.points, 20, 81)
    return canvas.face * streaky


def skull_black(canvas: Canvas) -> Floats:
    """Sockets, nose, teeth and the hollows of the cheeks."""
    rough = 0.12 * (clouds(canvas.mirrored, 8, 82) - 0.5)
    eyes = smooth_step(canvas.around(EYE[0], EYE[1] + 0.01, (0.235, 0.19)) + rough, 1.06, 0.94)
    half = np.interp(canvas.y, (6.84, 6.88, 6.96, 7.10, 7.13), (0.0, 0.12, 0.13, 0.02, 0.0))
    nose = smooth_step(half - canvas.x + 0.1 * rough, 0.0, 0.03) * (canvas.y > 6.84)
    hollow = canvas.around(0.62, 6.80, (0.19, 0.23)) + 2 * rough
    cheeks = 0.9 * smooth_step(hollow, 1.1, 0.9) * smooth_step(canvas.x, 0.40, 0.46)
    smile = MOUTH_Y + 0.25 * canvas.x**2
    mouth = smooth_step(np.abs(canvas.y - smile), 0.020, 0.010) * smooth_step(canvas.x, 0.50, 0.46)
    tall = np.interp(canvas.x, (0.0, 0.3, 0.48), (0.13, 0.11, 0.05))
    gaps = smooth_step(np.abs((canvas.angle / 0.085) % 1 - 0.5), 0.36, 0.44)
    teeth = gaps * smooth_step(np.abs(canvas.y - smile), tall, tall - 0.03)
    teeth *= smooth_step(canvas.x, 0.48, 0.44)
    crack = 0.8 * canvas.line(((0.06, 7.85), (0.10, 7.74), (0.07, 7.66), (0.13, 7.56)), 0.010)
    return np.clip(np.max([eyes, nose, cheeks, mouth, teeth, crack], axis=0), 0, 1) * canvas.face


def tiger_orange(canvas: Canvas) -> Floats:
    """The coat, streaked by the brush."""
    return canvas.face * (0.88 + 0.12 * value_noise(canvas.space.points, 24, 91))


def tiger_white(canvas: Canvas) -> Floats:
    """Muzzle, chin and the spots over the eyes."""
    muzzle = smooth_step(canvas.around(0.17, 6.73, (0.21, 0.16)), 1.15, 0.8)
    chin = smooth_step(canvas.around(0.0, 6.40, (0.26, 0.17)), 1.15, 0.8)
    brows = smooth_step(canvas.around(0.27, 7.47, (0.20, 0.09)), 1.2, 0.75)
    return np.max([muzzle, chin, brows], axis=0) * canvas.face


def tiger_stripes(canvas: Canvas) -> Floats:
    """Stripes that run in from the sides and down the forehead, the nose, and the mouth."""
    wave = clouds(canvas.mirrored, 3.5, 92) - 0.5
    bands = np.sin(23 * (canvas.y + 0.35 * canvas.x) + 7 * wave)
    sides = smooth_step(bands, 0.45, 0.62) * smooth_step(canvas.x + 0.3 * wave, 0.43, 0.52)
    arcs = np.sin(26 * (canvas.y - 0.9 * canvas.x**2) + 5 * wave)
    brow = smooth_step(arcs, 0.35, 0.55) * smooth_step(canvas.y, 7.52, 7.56)
    brow *= smooth_step(canvas.x + 0.25 * wave, 0.36, 0.28)
    tip = smooth_step(canvas.around(0.0, 6.92, (0.12, 0.075)), 1.1, 0.85) * (canvas.z > 1.5)
    philtrum = canvas.line(((0.0, 6.86), (0.0, 6.70)), 0.014)
    eyes = smooth_step(canvas.space.from_lids, 0.055, 0.03)
    whiskers = canvas.spots(
        26, (0.014, 0.02), tiger_white(canvas) * (canvas.y > 6.62) * (canvas.y < 6.85), 93
    )
    drawn = np.max([sides, brow, tip, philtrum, eyes, whiskers, canvas.lips], axis=0)
    return np.clip(drawn, 0, 1) * canvas.face


def hollows(canvas: Canvas) -> Floats:
    """The creases of a statue, where dirt and shade gather, and what faces down."""
    down = 0.35 * smooth_step(-canvas.space.normals[:, 1], 0.1, 0.9)
    lids = 0.5 * smooth_step(canvas.space.from_lids, 0.07, 0.0)
    lips = 0.25 * canvas.lips + 0.5 * canvas.line(((0.0, MOUTH_Y), (0.20, MOUTH_Y + 0.005)), 0.016)
    inside = 1 - canvas.space.outside
    return np.clip(0.8 * canvas.space.cavity + down + lids + lips + inside, 0, 1)


def _reflected_height(canvas: Canvas) -> Floats:
    """Height [-1,1] of what a polished head mirrors to someone before each of its points."""
    normals = canvas.space.normals + 0.10 * (
        np.stack([clouds(canvas.space.points, 5, 100 + k) for k in range(3)], axis=1) - 0.5
    )
    level = np.hypot(normals[:, 0], normals[:, 2])
    return 2 * level * normals[:, 1]


def metal_light(canvas: Canvas) -> Floats:
    """The bright sky in polished metal, strongest from the upper front."""
    height = _reflected_height(canvas)
    towards = canvas.space.normals @ np.array([0.35, 0.55, 0.76], np.float32)
    sky = 0.55 * smooth_step(height, 0.10, 0.30) * smooth_step(height, 1.05, 0.55)
    return np.clip(sky + 0.8 * smooth_step(towards, 0.80, 0.99), 0, 1) * canvas.space.outside


def metal_shade(canvas: Canvas) -> Floats:
    """The dark horizon and the ground in polished metal."""
    height = _reflected_height(canvas)
    horizon = smooth_step(np.abs(height - 0.02), 0.14, 0.02)
    ground = 0.55 * smooth_step(height, -0.15, -0.75)
    return np.clip(0.55 * horizon + ground, 0, 1) * canvas.space.outside


def patina(canvas: Canvas) -> Floats:
    """Verdigris: in the creases and in runs down from them."""
    stretched = canvas.space.points * np.array([1, 0.35, 1], np.float32)
    runs = clouds(stretched, 5, 111)
    return smooth_step(runs + 0.30 * canvas.space.cavity, 0.52, 0.70) * canvas.space.outside


def marble_veins(canvas: Canvas) -> Floats:
    """Grey veins, broad and soft beside thin and dark."""
    points = canvas.space.points + 0.25 * (clouds(canvas.space.points, 2, 121) - 0.5)[:, None]
    broad = 0.45 * veins(points, 1.1, 122, 0.07)
    return np.clip(broad + 0.8 * veins(points, 1.7, 123, 0.018), 0, 1) * canvas.space.outside


def wood_grain(canvas: Canvas) -> Floats:
    """Rings of a trunk that stands a little askew, with fine fibres."""
    x, y, z = canvas.space.points.T
    wave = clouds(canvas.space.points * np.array([1, 0.3, 1], np.float32), 2.2, 131) - 0.5
    rings = np.hypot(x + 0.25 + 0.06 * y, z - 2.3 + 0.05 * y) + 0.16 * wave
    ring = (5.0 * rings + 0.6 * wave) % 1  # slowly darker, then suddenly light: early and late wood
    fibres = value_noise(canvas.space.points * np.array([1, 0.08, 1], np.float32), 38, 132)
    return np.clip(
        0.6 * ring**2 * smooth_step(ring, 1.0, 0.9) + 0.55 * (fibres - 0.3), 0, 1
    ).astype(np.float32)


def crackle(canvas: Canvas) -> Floats:
    """Fine cracks of a glaze or of dried clay."""
    return veins(canvas.space.points, 4.5, 141, 0.016) * canvas.space.outside
