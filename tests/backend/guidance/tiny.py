"""A generator, a portrait CLIP and a prior of the real kinds, small enough to build and run in a test."""

import torch

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
from backend.guidance.encoder import ClipConfig, PortraitClip, build_clip
from backend.guidance.guide import Guide
from backend.guidance.prior import Prior, PriorConfig
from backend.training.words.portrait_clip import clip_config

BLOCKS = (
    LatentBlock("shape", 6, "normal"),
    LatentBlock("hair", 4, "categorical", ("bald", "bob", "long", "afro")),
)


GROWN_BLOCKS = (
    *BLOCKS,
    LatentBlock("beard", 2, "normal"),
    LatentBlock("glasses", 2, "categorical", ("round", "square")),
)


def tiny_generator(blocks: tuple[LatentBlock, ...] = BLOCKS) -> Generator:
    """Random weights: its pictures mean nothing, but they answer to z."""
    config = GeneratorConfig(
        name="tiny",
        licence="CC0-1.0",
        z_dim=sum(block.size for block in blocks),
        w_dim=16,
        c_dim=0,
        synthesis=SynthesisConfig(channels=(16, 16, 16)),
        mapping=MappingConfig(layers=1, lr_multiplier=1.0, latent_blocks=blocks),
        planes=PlanesConfig(axes="orthogonal", channels=4),
        decoder=DecoderConfig(hidden=16, color_channels=3, color_activation="sigmoid"),
        renderer=RendererConfig(ray_range="box", density_activation="sigmoid", density_scale=40.0),
        camera=CameraConfig(radius=2.7, fov_y_degrees=18.0, pivot=(0.0, 0.0, 0.0)),
        surface_sigma=0.0,
    )
    with torch.random.fork_rng():
        torch.default_generator.manual_seed(3)
        generator = Generator(config)
    return generator.eval().requires_grad_(False)


def tiny_clip() -> PortraitClip:
    """An untrained CLIP with the real words and tokenizer."""
    real = clip_config()
    config = ClipConfig(
        model={
            "embed_dim": 8,
            "vision_cfg": {"image_size": 32, "patch_size": 8, "width": 16, "head_width": 8, "layers": 1},
            "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
        },
        preprocessing=real.preprocessing,
        vocabulary=real.vocabulary,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.default_generator.manual_seed(4)
        model = build_clip(config)
    model.eval().requires_grad_(False)
    return PortraitClip(config, model)


def tiny_guide(generator_blocks: tuple[LatentBlock, ...] = BLOCKS) -> Guide:
    """A guide whose prior knows BLOCKS only."""
    with torch.random.fork_rng():
        torch.default_generator.manual_seed(5)
        prior = Prior(PriorConfig(8, 16, BLOCKS)).eval().requires_grad_(False)
    # Words say something about the first two numbers, and next to nothing about the rest.
    prior.get_parameter("layers.4.weight")[:2].mul_(8.0)
    return Guide(tiny_generator(generator_blocks), tiny_clip(), prior)
