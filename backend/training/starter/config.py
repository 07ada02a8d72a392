"""The architecture of the starter generator."""

from __future__ import annotations

from ...generator.config import (
    CameraConfig,
    DecoderConfig,
    GeneratorConfig,
    MappingConfig,
    MappingGroup,
    PlaneInset,
    PlanesConfig,
    RendererConfig,
    SuperResolutionConfig,
)
from ..kit.dataset import CAMERA_FOV, CAMERA_RADIUS
from ..kit.latent import LATENT_BLOCKS, Z_DIM
from ..kit.sampler import FIELD_UNITS_PER_METRE, PART_LABELS
from .features import FEATURE_GROUPS, group_sizes
from .template_build import KitSurface, template_config

SHAPES = 144
PLANE_RESOLUTION = 512
FACE = PlaneInset(0.0, -0.1, 0.36)  # brows, eyes and mouth of every head
RENDERER = RendererConfig(
    ray_range="box",
    depth_resolution=40,
    depth_resolution_importance=24,
    density_activation="sigmoid",
    density_scale=400.0,
    # Sigma grows by 40 in half a box. Unsharpened, a fog as thick as a finger lies around every head.
    density_sharpness=12.0,
)
SUPERRESOLUTION = SuperResolutionConfig(
    channels=(32,),
    body=(64, 64, 64, 64),
    patch=2,
    upsample="interpolate",
    reads="everything",
    # Labels and places tell what a pixel shows; and weights that read no w fit any template and mapping.
    reads_w=False,
)


def starter_config(
    surfaces: list[KitSurface], resolution: int = PLANE_RESOLUTION
) -> GeneratorConfig:
    """The starter with these meshes."""
    sizes = group_sizes()
    template = template_config(surfaces, SHAPES, resolution)
    groups = tuple(
        MappingGroup(group.blocks, size, group.hidden, group.knots)
        for group, size in zip(FEATURE_GROUPS, sizes, strict=True)
    )
    return GeneratorConfig(
        name="Headsmith starter",
        licence="CC0-1.0",
        z_dim=Z_DIM,
        w_dim=sum(sizes),
        c_dim=0,
        mapping=MappingConfig(normalize_z=False, latent_blocks=LATENT_BLOCKS, groups=groups),
        template=template,
        planes=PlanesConfig("orthogonal", template.plane_channels, 1, "concat", FACE),
        decoder=DecoderConfig(
            hidden=64,
            hidden_layers=2,
            activation="silu",
            geometry_inputs="position_and_depth",
            color_channels=3,
            color_activation="none",
            label_names=PART_LABELS,
            reads_sides=True,
        ),
        renderer=RENDERER,
        camera=CameraConfig(radius=CAMERA_RADIUS, fov_y_degrees=CAMERA_FOV, pivot=(0.0, 0.0, 0.0)),
        field_units_per_metre=FIELD_UNITS_PER_METRE,
        surface_sigma=0.0,
    )
