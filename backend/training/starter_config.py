"""The architecture of the starter generator, and how far apart its numbers are in training."""

from __future__ import annotations

from ..generator.config import (
    AtlasConfig,
    CameraConfig,
    DecoderConfig,
    GeneratorConfig,
    MappingConfig,
    PlanesConfig,
    RendererConfig,
    SynthesisConfig,
)
from .dataset import CAMERA_FOV, CAMERA_RADIUS
from .latent import LATENT_BLOCKS, Z_DIM
from .sampler import FIELD_UNITS_PER_METRE, PART_LABELS

PLANE_CHANNELS = 11  # near depth, far depth, near rgb, far rgb, coverage, near hair, far hair

STARTER_CONFIG = GeneratorConfig(
    name="Headsmith starter",
    licence="CC0-1.0",
    z_dim=Z_DIM,
    w_dim=384,
    c_dim=0,
    mapping=MappingConfig(
        layers=3, lr_multiplier=1.0, normalize_z=False, latent_blocks=LATENT_BLOCKS
    ),
    synthesis=SynthesisConfig(
        (256, 256, 192, 128, 64, 32), use_noise=False, upsample="interpolate"
    ),
    atlas=AtlasConfig(),
    planes=PlanesConfig(axes="orthogonal", channels=PLANE_CHANNELS, depth=1, aggregation="concat"),
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
    renderer=RendererConfig(
        ray_range="box",
        depth_resolution=40,
        depth_resolution_importance=24,
        density_activation="sigmoid",
        density_scale=400.0,
    ),
    camera=CameraConfig(radius=CAMERA_RADIUS, fov_y_degrees=CAMERA_FOV, pivot=(0.0, 0.0, 0.0)),
    field_units_per_metre=FIELD_UNITS_PER_METRE,
    surface_sigma=0.0,
)
