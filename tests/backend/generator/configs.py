"""Small generators of every family: the same code as the big ones, in a fraction of a second."""

import dataclasses

import torch

from backend.generator.config import (
    DecoderConfig,
    GeneratorConfig,
    LatentBlock,
    MappingConfig,
    PlanesConfig,
    RendererConfig,
    SuperResolutionConfig,
    SynthesisConfig,
)
from backend.generator.model import Generator

RENDERER = RendererConfig(depth_resolution=12, depth_resolution_importance=12)

EG3D_LIKE = GeneratorConfig(
    name="narrow EG3D",
    licence="none",
    z_dim=8,
    w_dim=16,
    synthesis=SynthesisConfig((16, 16, 8, 8)),
    planes=PlanesConfig(axes="eg3d", channels=6),
    decoder=DecoderConfig(hidden=16, color_channels=5),
    renderer=RENDERER,
    superresolution=SuperResolutionConfig(input_resolution=8, channels=(6, 4)),
)

STARTER_LIKE = GeneratorConfig(
    name="narrow starter",
    licence="none",
    z_dim=8,
    w_dim=16,
    c_dim=0,
    mapping=MappingConfig(
        normalize_z=False,
        latent_blocks=(
            LatentBlock("shape", 5),
            LatentBlock("hair", 3, "categorical", ("bald", "bob", "long")),
        ),
    ),
    synthesis=SynthesisConfig((16, 16, 8), patch=2, use_noise=False, upsample="interpolate"),
    planes=PlanesConfig(axes="orthogonal", channels=4, aggregation="concat"),
    decoder=DecoderConfig(
        hidden=16,
        hidden_layers=2,
        activation="silu",
        geometry_inputs="position_and_depth",
        color_channels=3,
        color_activation="sigmoid",
        label_names=("skin", "hair"),
    ),
    renderer=dataclasses.replace(
        RENDERER, ray_range="box", density_activation="sigmoid", density_scale=400.0
    ),
    surface_sigma=0.5,
    field_units_per_metre=2.5,
)

TRI_GRID = dataclasses.replace(
    EG3D_LIKE,
    name="narrow tri-grid",
    box_warp=0.7,
    planes=PlanesConfig(axes="panohead", channels=6, depth=3),
    decoder=DecoderConfig(hidden=16, color_channels=5, color_activation="none"),
    superresolution=None,
)

FAMILIES = (EG3D_LIKE, STARTER_LIKE, TRI_GRID)


def build(config: GeneratorConfig, seed: int = 0) -> Generator:
    """A generator with reproducible random weights, noise and biases that do something."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        generator = Generator(config)
        for name, parameter in generator.named_parameters():
            if name.endswith(("noise_strength", "bias")):
                torch.nn.init.normal_(parameter, std=0.3)
        generator.mapping.w_avg.normal_()
    return generator.eval()


def latents(config: GeneratorConfig, count: int, seed: int = 1) -> torch.Tensor:
    """z [count,z_dim]."""
    return torch.randn(count, config.z_dim, generator=torch.Generator().manual_seed(seed))


def planes_of(config: GeneratorConfig, count: int = 1, seed: int = 2) -> torch.Tensor:
    """Random planes [count,3,C*depth,H,W], higher than wide; a fourth one for an inset."""
    channels = config.planes.channels * config.planes.depth
    random = torch.Generator().manual_seed(seed)
    planes = 3 if config.planes.inset is None else 4
    return torch.randn(count, planes, channels, 12, 10, generator=random)


def front_camera(config: GeneratorConfig, count: int = 1) -> torch.Tensor:
    """Labels [count,25] of a camera on the +z axis that sees a bit more than the box."""
    radius = config.camera.radius
    cam2world = torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0]))
    cam2world[2, 3] = radius
    focal = 0.4 * radius / config.box_warp
    intrinsics = torch.tensor([[focal, 0.0, 0.5], [0.0, focal, 0.5], [0.0, 0.0, 1.0]])
    return torch.cat([cam2world.flatten(), intrinsics.flatten()]).expand(count, 25)


def points_in(config: GeneratorConfig, batch: int, count: int, seed: int = 3) -> torch.Tensor:
    """Points [batch,count,3] in the box and a little around it."""
    random = torch.Generator().manual_seed(seed)
    return (torch.rand(batch, count, 3, generator=random) * 2 - 1) * 0.6 * config.box_warp
