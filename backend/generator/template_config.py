"""What the template of a texture-rasterised generator consists of."""

from __future__ import annotations

from dataclasses import dataclass, field

from .soft_box import SoftBox


@dataclass(frozen=True)
class SurfaceConfig:
    """One mesh that hangs on the template's vertices and has a texture of its own."""

    name: str
    points: int
    corners: int  # texture coordinates
    triangles: int
    texture: tuple[int, int]  # rows, columns of its pictures
    rank: int  # pictures that w mixes into the colour
    layers: int = 0  # masks through which w lays further colours over it, in order
    mask: tuple[int, int] = (1, 1)  # rows, columns of the masks
    alpha_cut: float = 0.0  # texels with less opacity are not drawn; 0: all are
    is_hair: bool = False
    forms: int = 0  # displacements of its points that w mixes


@dataclass(frozen=True)
class ChoiceConfig:
    """Surfaces of which a head has one at most: hair styles, brows."""

    name: str
    options: tuple[str, ...]  # names of surfaces; "" stands for none of them


@dataclass(frozen=True)
class TemplateConfig:
    """A head of meshes that w shapes and paints, drawn into the planes (see template.py)."""

    vertices: int  # of the template
    shapes: int  # displacements that w mixes
    surfaces: tuple[SurfaceConfig, ...]
    choices: tuple[ChoiceConfig, ...] = ()
    resolution: int = 512  # side of the planes in texels
    soft_box: SoftBox = field(default_factory=SoftBox, metadata={"json": "gather"})
    label_code: int = 4  # channels that stand for a side's part label
    # Of parts that lie in a cavity wider than its opening.
    cavity_labels: tuple[int, ...] = field(default=(), metadata={"json": "hollow_labels"})

    @property
    def plane_channels(self) -> int:
        """Near and far depth, near and far rgb, near and far depth_error, near and far label code."""
        return 10 + 2 * self.label_code
