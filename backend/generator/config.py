"""What a generator is: one frozen configuration from which every part is built.

EG3D, its relatives and the starter that ships are all instances of `GeneratorConfig`. A configuration
travels as JSON in the header of its weights file (see checkpoints.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from .template_config import TemplateConfig

PlaneAxes = Literal["eg3d", "orthogonal", "next3d", "panohead"]
Aggregation = Literal["mean", "concat"]
GeometryInputs = Literal["none", "position_and_depth"]
HiddenActivation = Literal["softplus", "silu", "relu"]
ColorActivation = Literal["eg3d", "sigmoid", "none"]
DensityActivation = Literal["softplus", "sigmoid"]
Upsample = Literal["transposed", "interpolate"]
RayRange = Literal["fixed", "box"]
# "everything": colour features, part labels, opacity, and where on the head each pixel lies.
SuperResolutionInputs = Literal["features", "everything"]

MIN_RESOLUTION = 4


class ConfigError(ValueError):
    """A configuration that no generator can be built from; the text says which value and why."""


@dataclass(frozen=True)
class LatentBlock:
    """A named run of the latent z.

    A categorical block is sent through softmax(sharpness * z) * sqrt(size) before the mapping network,
    so that nearly always one of its labels is chosen; a normal block is used as it is.
    """

    name: str
    size: int
    kind: Literal["normal", "categorical"] = "normal"
    labels: tuple[str, ...] = ()
    sharpness: float = 8.0


@dataclass(frozen=True)
class MappingGroup:
    """A part of w that a few latent blocks alone decide, through a network of its own."""

    blocks: tuple[str, ...]
    outputs: int  # numbers of w
    hidden: int = 64  # width of the two hidden layers
    knots: int = 0  # hinges on each of its numbers, for what sets in at a threshold or is cut off


@dataclass(frozen=True)
class MappingConfig:
    layers: int = 2
    lr_multiplier: float = 0.01
    normalize_z: bool = True
    c_scale: float = 1.0  # factor on the camera label; 0 switches camera conditioning off
    latent_blocks: tuple[LatentBlock, ...] = ()
    groups: tuple[MappingGroup, ...] = ()  # instead of one network for all of w


@dataclass(frozen=True)
class SynthesisConfig:
    channels: tuple[int, ...]  # of the blocks at 4, 8, 16 ...
    patch: int = 1  # the last block paints patch x patch texels at each of its positions
    use_noise: bool = True
    upsample: Upsample = "transposed"  # exact StyleGAN2, or a cheaper bilinear variant

    @classmethod
    def from_base(cls, resolution: int, base: int, maximum: int) -> SynthesisConfig:
        """Channels as StyleGAN2 counts them: base / resolution, at most `maximum`."""
        blocks = int(math.log2(resolution)) - 1
        return cls(tuple(min(base // (MIN_RESOLUTION << i), maximum) for i in range(blocks)))

    @property
    def resolution(self) -> int:
        """Side of the planes in texels."""
        return (MIN_RESOLUTION << (len(self.channels) - 1)) * self.patch

    @property
    def num_ws(self) -> int:
        """Number of w vectors that the synthesis network reads."""
        return 2 * len(self.channels)


@dataclass(frozen=True)
class PlaneInset:
    """A square of the first plane that a plane of its own shows once more, with finer texels."""

    column: float  # its centre, normalised
    row: float
    half: float  # of its side, of half the box


@dataclass(frozen=True)
class PlanesConfig:
    axes: PlaneAxes = "eg3d"
    channels: int = 32  # features of one plane (of one of its layers, if depth is 3)
    depth: int = 1  # 1 tri-plane, 3 tri-grid
    aggregation: Aggregation = "mean"
    inset: PlaneInset | None = None  # a fourth plane, for what is small: a template's face


@dataclass(frozen=True)
class DecoderConfig:
    hidden: int = 64
    hidden_layers: int = 1
    activation: HiddenActivation = "softplus"
    geometry_inputs: GeometryInputs = "none"
    lr_multiplier: float = 1.0
    color_channels: int = 32
    color_activation: ColorActivation = "eg3d"
    label_names: tuple[str, ...] = ()
    reads_sides: bool = False  # the planes show a head from six sides (see side_decoder.py)


@dataclass(frozen=True)
class RendererConfig:
    ray_start: float = 2.25  # field units from the camera
    ray_end: float = 3.3
    ray_range: RayRange = "fixed"  # "box": only the part of the ray inside the box
    depth_resolution: int = 48
    depth_resolution_importance: int = 48
    density_activation: DensityActivation = "softplus"
    density_scale: float = 1.0  # per field unit
    density_sharpness: float = (
        1.0  # factor on sigma before a sigmoid; the surface stays where it is
    )
    white_back: bool = False


@dataclass(frozen=True)
class SuperResolutionConfig:
    """Convolutions after the renderer; with the defaults the two upsampling blocks of EG3D's 8XDC."""

    input_resolution: int = 128
    channels: tuple[int, ...] = (256, 128)  # of the upsampling blocks
    body: tuple[int, ...] = ()  # channels of convolutions before them
    patch: int = 1  # the last block paints patch x patch pixels at each of its positions
    upsample: Upsample = "transposed"
    reads: SuperResolutionInputs = "features"
    reads_w: bool = True  # False: the same weights for every head
    paints_textures: bool | None = None  # None: if its pixels are finer than what the planes hold

    @property
    def factor(self) -> int:
        """How many times larger the picture becomes."""
        return (1 << len(self.channels)) * self.patch

    @property
    def output_resolution(self) -> int:
        """Side of the super-resolved picture in pixels."""
        return self.input_resolution * self.factor


@dataclass(frozen=True)
class CameraConfig:
    """The default orbit: where portraits are seen from."""

    radius: float = 2.7  # field units
    fov_y_degrees: float = 13.373
    pivot: tuple[float, float, float] = (0.0, 0.0, 0.2)
    yaw_limit_degrees: float | None = (
        None  # beyond it pictures are bad; None: as such planes have it
    )


@dataclass(frozen=True)
class GeneratorConfig:
    """Everything that fixes the architecture and the meaning of a generator's weights.

    Convention: the field frame is right-handed, y up, the face looks along +z; the box is centred on the
    origin and has the side `box_warp`.
    """

    name: str
    licence: str
    z_dim: int
    w_dim: int
    synthesis: SynthesisConfig | None = None
    template: TemplateConfig | None = None  # draws the planes instead of a synthesis network
    c_dim: int = 25  # cam2world (16) then intrinsics (9); 0 for no camera conditioning
    mapping: MappingConfig = MappingConfig()
    planes: PlanesConfig = PlanesConfig()
    decoder: DecoderConfig = DecoderConfig()
    renderer: RendererConfig = RendererConfig()
    superresolution: SuperResolutionConfig | None = None
    camera: CameraConfig = CameraConfig()
    box_warp: float = 1.0  # side of the box in field units
    field_units_per_metre: float = 1.0
    surface_sigma: float = 10.0  # raw sigma at which the surface lies
    neural_resolution: int = 128  # side of the rendered picture in pixels

    def __post_init__(self) -> None:
        self._check_sizes()
        self._check_parts()
        self._check_latent_blocks()

    def _check_sizes(self) -> None:
        if self.c_dim not in (0, 25):
            raise ConfigError(f"c_dim is {self.c_dim}; it must be 25 (a camera label) or 0 (none).")
        if (self.synthesis is None) == (self.template is None):
            raise ConfigError("A generator has either a synthesis network or a template; give one.")
        if self.synthesis is not None:
            _check_synthesis(self.synthesis)
        if self.planes.depth not in (1, 3):
            raise ConfigError(f"Plane depth is {self.planes.depth}; it must be 1 or 3.")
        needs_depth = self.decoder.geometry_inputs == "position_and_depth"
        if needs_depth and (self.planes.channels < 2 or self.planes.depth != 1):
            raise ConfigError(
                "Depth inputs need tri-planes (depth 1) with two or more channels, not depth "
                f"{self.planes.depth} with {self.planes.channels}."
            )
        if self.renderer.depth_resolution < 2:
            raise ConfigError(
                f"Depth resolution is {self.renderer.depth_resolution}; a ray needs 2 or more samples."
            )
        if self.superresolution is not None:
            _check_superresolution(self.superresolution)

    def _check_parts(self) -> None:
        if self.planes.inset is not None and self.template is None:
            raise ConfigError(
                "Only a template draws an inset of its planes; leave planes.inset out."
            )
        if (self.template is not None) != self.decoder.reads_sides:
            raise ConfigError(
                "A template needs a decoder that reads its sides, and only a template."
            )
        if self.template is not None:
            self._check_template(self.template)

    def _check_template(self, template: TemplateConfig) -> None:
        if self.planes.channels != template.plane_channels or self.planes.depth != 1:
            raise ConfigError(
                f"A template with label codes of {template.label_code} needs tri-planes (depth 1) with "
                f"{template.plane_channels} channels, not depth {self.planes.depth} with "
                f"{self.planes.channels}."
            )
        decoder = self.decoder
        if decoder.color_activation != "none" or decoder.color_channels != 3:
            raise ConfigError(
                "A template paints finished colours: it needs 3 colour channels with activation 'none', "
                f"not {decoder.color_channels} with {decoder.color_activation!r}."
            )
        names = {surface.name for surface in template.surfaces}
        if len(names) != len(template.surfaces) or "" in names:
            raise ConfigError("Every surface of a template needs a name of its own.")
        for choice in template.choices:
            if unknown := set(choice.options) - names - {""}:
                raise ConfigError(
                    f"Choice {choice.name!r} offers unknown surfaces {sorted(unknown)}."
                )

    def _check_latent_blocks(self) -> None:
        blocks = self.mapping.latent_blocks
        if blocks and sum(block.size for block in blocks) != self.z_dim:
            total = sum(block.size for block in blocks)
            raise ConfigError(f"The latent blocks have {total} numbers, but z_dim is {self.z_dim}.")
        if len({block.name for block in blocks}) != len(blocks):
            raise ConfigError("Two latent blocks have the same name; give each its own.")
        for group in self.mapping.groups:
            if unknown := set(group.blocks) - {block.name for block in blocks}:
                raise ConfigError(f"A mapping group reads unknown latent blocks {sorted(unknown)}.")
        if self.mapping.groups and self.c_dim:
            raise ConfigError("Mapping groups do not read the camera; set c_dim to 0.")
        outputs = sum(group.outputs for group in self.mapping.groups)
        if self.mapping.groups and outputs != self.w_dim:
            raise ConfigError(
                f"The mapping groups give {outputs} numbers, but w_dim is {self.w_dim}."
            )
        for block in blocks:
            if block.labels and len(block.labels) != block.size:
                raise ConfigError(
                    f"Latent block {block.name!r} has {block.size} numbers and {len(block.labels)} labels."
                )

    @property
    def num_ws(self) -> int:
        return self.synthesis.num_ws if self.synthesis is not None else 1

    @property
    def plane_resolution(self) -> int:
        """Side of the planes in texels."""
        if self.template is not None:
            return self.template.resolution
        assert self.synthesis is not None
        return self.synthesis.resolution

    def latent_slice(self, name: str) -> slice:
        """Where the named block lies in z."""
        start = 0
        for block in self.mapping.latent_blocks:
            if block.name == name:
                return slice(start, start + block.size)
            start += block.size
        known = ", ".join(block.name for block in self.mapping.latent_blocks) or "none"
        raise ConfigError(f"No latent block {name!r}; there are: {known}.")


def _check_superresolution(settings: SuperResolutionConfig) -> None:
    if not settings.channels or min((*settings.channels, *settings.body)) < 1:
        raise ConfigError(
            f"Super-resolution has the channels {settings.channels} after {settings.body}; give one or more "
            "blocks."
        )
    if settings.patch not in (1, 2, 4):
        raise ConfigError(f"Super-resolution's patch is {settings.patch}; it must be 1, 2 or 4.")


def _check_synthesis(synthesis: SynthesisConfig) -> None:
    if not synthesis.channels or min(synthesis.channels) < 1:
        raise ConfigError(f"Synthesis channels are {synthesis.channels}; give one or more.")
    if synthesis.patch not in (1, 2, 4):
        raise ConfigError(f"The synthesis patch is {synthesis.patch}; it must be 1, 2 or 4.")
