"""Training of the starter generator in five stages, each for parts of its own.

template:    shape, pictures and readouts by least squares from the head kit (template_fit.py).
mapping:     gradient descent on unlimited latents (mapping_fit.py).
decoder:     gradient descent on what the template looks like from anywhere (decoder_fit.py).
rays:        the decoder again, by volume-rendered patches of views (ray_fit.py).
adversarial: super-resolution of rendered views, by pairs and a discriminator (adversarial_fit.py).
Each stage begins with the weights that the one before left; an interrupted one goes on where it stopped. The weights
file tells of every stage its command, its steps, its seconds and its speed.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from ...generator.checkpoints import (
    Provenance,
    TrainingStage,
    load_generator,
    read_header,
    save_generator,
)
from ...generator.model import Generator
from ..kit.assets import HeadKit
from ..kit.sampler import HeadSampler
from .adversarial_fit import AdversarialTraining, add_superresolution, fit_adversarial
from .config import starter_config
from .decoder_fit import DecoderTraining, fit_decoder
from .mapping_fit import MappingTraining, fit_mapping, set_average
from .patch_batches import PatchConfig
from .ray_fit import RayTraining, fit_rays
from .stage_clock import Amount, StageClock, command_line, today
from .template_build import build_generator, kit_surfaces
from .template_fit import HEADS, fit_template

SOURCE, LICENCE = "trained on the CC0 MakeHuman head kit", "CC0-1.0"
ASSET = Path(__file__).parents[2] / "assets" / "starter.safetensors"
STAGES = ("template", "mapping", "decoder", "rays", "adversarial")


def new_starter(kit: Path) -> Generator:
    """A generator with a fitted template, whose mapping has learned nothing yet."""
    sampler = HeadSampler(HeadKit.load(kit))
    surfaces = kit_surfaces(sampler)
    generator = build_generator(starter_config(surfaces), surfaces)
    fit_template(generator, sampler)
    return generator


def main(argv: list[str]) -> int:
    """`python -m backend.training starter --kit FOLDER`: train, or go on training."""
    parser = argparse.ArgumentParser(prog="train starter", description=main.__doc__)
    parser.add_argument("--kit", type=Path, default=os.environ.get("HEADSMITH_KIT"))
    parser.add_argument("--work", type=Path, required=True, help="checkpoints")
    parser.add_argument("--out", type=Path, default=ASSET, help="the weights that ship")
    parser.add_argument("--stage", choices=(*STAGES, "all"), default="all")
    parser.add_argument("--mapping-steps", type=int, default=MappingTraining.steps)
    parser.add_argument("--decoder-steps", type=int, default=DecoderTraining.steps)
    parser.add_argument("--ray-steps", type=int, default=RayTraining.steps)
    parser.add_argument("--adversarial-steps", type=int, default=AdversarialTraining.steps)
    parser.add_argument(
        "--take-from",
        type=Path,
        help="instead of training the stage, take over what it trained in these weights",
    )
    arguments = parser.parse_args(argv)
    if arguments.take_from:
        if arguments.stage in ("template", "all"):
            parser.error(f"--take-from needs a --stage: one of {', '.join(STAGES[1:])}")
        take_over(arguments.stage, arguments.take_from, arguments.out)
        return 0
    stages = STAGES if arguments.stage == "all" else (arguments.stage,)
    if "template" in stages and not arguments.kit:
        parser.error("the template is fitted to the head kit: give its folder with --kit")
    arguments.work.mkdir(parents=True, exist_ok=True)
    for stage in stages:
        clock = StageClock(arguments.work, stage, _amounts(arguments)[stage])
        generator = _train(stage, arguments)
        record = clock.finish(command_line("starter", argv, stage))
        earlier = () if stage == STAGES[0] else read_header(arguments.out).provenance.stages
        save_generator(generator, arguments.out, _provenance((*earlier, record)))
    return 0


def _train(stage: str, arguments: argparse.Namespace) -> Generator:
    """The generator after a stage."""
    if stage == "template":
        return new_starter(Path(arguments.kit))
    generator, work = load_generator(arguments.out), arguments.work
    if stage == "mapping":
        fit_mapping(generator, MappingTraining(steps=arguments.mapping_steps), work)
    elif stage == "decoder":
        fit_decoder(generator, DecoderTraining(steps=arguments.decoder_steps), work)
    elif stage == "rays":
        fit_rays(generator, RayTraining(steps=arguments.ray_steps), work)
    else:
        training = AdversarialTraining.of_length(arguments.adversarial_steps)
        fit_adversarial(generator, training, work)
    return generator


def _amounts(arguments: argparse.Namespace) -> dict[str, Amount]:
    """What each stage goes through."""
    return {
        "template": Amount(1, HEADS, "heads"),
        "mapping": Amount(arguments.mapping_steps, MappingTraining.batch, "latents"),
        "decoder": Amount(arguments.decoder_steps, 1, "heads"),
        "rays": Amount(arguments.ray_steps, 1, "patches"),
        "adversarial": Amount(arguments.adversarial_steps, PatchConfig.count, "patches"),
    }


def take_over(stage: str, source_path: Path, path: Path) -> None:
    """Give the weights at `path` what a stage trained in other weights, with the record of it.

    A mapping fits every template that reads the same features. The decoder and super-resolution read neither w
    nor z, so they fit as long as both generators have the same part labels.
    """
    generator, source = load_generator(path), load_generator(source_path)
    if stage == "mapping":
        generator.mapping.load_state_dict(source.mapping.state_dict())
        set_average(generator.mapping)
    elif stage in ("decoder", "rays"):
        generator.decoder.load_state_dict(source.decoder.state_dict())
        generator.config = replace(generator.config, renderer=source.config.renderer)
    else:
        settings, theirs = source.config.superresolution, source.superresolution
        if settings is None or theirs is None:
            raise ValueError(f"The weights in {source_path.name} have no super-resolution.")
        generator.superresolution = None
        add_superresolution(generator, settings).load_state_dict(theirs.state_dict())
    records = read_header(path).provenance.stages
    taken = [r for r in read_header(source_path).provenance.stages if r.name == stage]
    save_generator(generator, path, _provenance((*records, *taken)))


def _provenance(records: tuple[TrainingStage, ...]) -> Provenance:
    """Of weights that went through these stages: of one that was done again, the last time counts."""
    latest = {record.name: record for record in records}
    return Provenance(SOURCE, LICENCE, today(), tuple(latest[n] for n in STAGES if n in latest))
