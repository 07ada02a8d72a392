"""Small models with made-up weights, written as real files: boxes for heads, but by the real road."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from torch import nn

from backend.generator.checkpoints import Provenance, save_generator
from backend.generator.config import (
    CameraConfig,
    DecoderConfig,
    GeneratorConfig,
    LatentBlock,
    MappingConfig,
    PlanesConfig,
    RendererConfig,
    SynthesisConfig,
)
from backend.generator.model import Generator
from backend.guidance.encoder import ClipConfig, Preprocessing, build_clip, save_portrait_clip
from backend.guidance.prior import Prior, PriorConfig, save_prior
from backend.guidance.vocabulary import Vocabulary
from backend.training.kit.dataset import CAMERA_FOV, CAMERA_RADIUS
from backend.training.kit.sampler import FIELD_UNITS_PER_METRE, PART_LABELS

BLOCKS = (LatentBlock("shape", 8), LatentBlock("hair", 4, "categorical", ("a", "b", "c", "d")))
HALF_SIZE = (0.4, 0.6, 0.3)  # of the box along z, y and x: the depths of planes 0, 1 and 2
WORDS = "old young man woman with long short red grey hair bald"
TINY_CONFIG = GeneratorConfig(
    name="Tiny",
    licence="CC0-1.0",
    z_dim=12,
    w_dim=32,
    c_dim=0,
    mapping=MappingConfig(layers=2, lr_multiplier=1.0, normalize_z=False, latent_blocks=BLOCKS),
    synthesis=SynthesisConfig((16, 16, 16, 16), use_noise=False, upsample="interpolate"),
    planes=PlanesConfig(axes="orthogonal", channels=11, aggregation="concat"),
    decoder=DecoderConfig(
        hidden=64,
        hidden_layers=2,
        activation="silu",
        geometry_inputs="position_and_depth",
        color_channels=3,
        color_activation="sigmoid",
        label_names=PART_LABELS,
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


def write_models(folder: Path) -> Path:
    """Fill a models folder; the same every time."""
    save_generator(make_generator(), folder / "tiny.safetensors", Provenance("made up", "CC0-1.0"))
    config = ClipConfig(
        model={
            "embed_dim": 16,
            "vision_cfg": {
                "image_size": 32,
                "patch_size": 16,
                "width": 32,
                "head_width": 16,
                "layers": 1,
            },
            "text_cfg": {
                "context_length": 16,
                "vocab_size": 49408,
                "width": 16,
                "heads": 1,
                "layers": 1,
            },
        },
        preprocessing=Preprocessing((0.5, 0.5, 0.5), (0.25, 0.25, 0.25)),
        vocabulary=Vocabulary(frozenset(WORDS.split()), {}, {}),
    )
    clip = build_clip(config)
    fill(clip, 1)
    save_portrait_clip(config, clip, folder / "clip.json", folder / "clip.safetensors")
    sha256 = hashlib.sha256((folder / "clip.safetensors").read_bytes()).hexdigest()
    prior = Prior(PriorConfig(16, 32, BLOCKS, sha256))
    fill(prior, 2)
    save_prior(prior, folder / "prior.safetensors")
    return folder


def make_generator() -> Generator:
    """A generator whose heads are boxes of about HALF_SIZE that depend on z."""
    generator = Generator(TINY_CONFIG)
    fill(generator, 0)
    with torch.no_grad():
        for name, parameter in generator.named_parameters():
            if "torgb.weight" in name:
                parameter.mul_(0.05)
            if "decoder.layers.2.weight" in name:
                parameter[0] *= 0.1
        bias = torch.zeros(3, TINY_CONFIG.planes.channels)
        bias[:, 0], bias[:, 1] = torch.tensor(HALF_SIZE), -torch.tensor(HALF_SIZE)
        generator.get_parameter("synthesis.b32.torgb.bias").copy_(bias.flatten())
        generator.decoder.hull_gain.fill_(1.0)
    return generator


def fill(module: nn.Module, seed: int) -> None:
    """Weights from a seed, biases 0, gains of normalisations 1."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.ndim > 1:
                parameter.normal_(generator=generator)
                if "embedding" not in name and not isinstance(module, Generator):
                    parameter.div_(parameter[0].numel() ** 0.5)
            else:
                parameter.fill_(1.0 if name.endswith("weight") or "affine.bias" in name else 0.0)
