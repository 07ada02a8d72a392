"""Training of the starter generator in three stages: its template, the mapping that steers it, its decoder.

template: shape, pictures and readouts by least squares from the head kit (template_fit.py).
mapping:  gradient descent on unlimited latents (mapping_fit.py).
decoder:  gradient descent on what the template looks like from anywhere (decoder_fit.py).
Each stage begins with the weights that the one before left; an interrupted one goes on where it stopped. The weights
file tells of every stage its command, its steps, its seconds and its speed.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..generator.checkpoints import (
    Provenance,
    TrainingStage,
    load_generator,
    read_header,
    save_generator,
)
from ..generator.model import Generator
from .decoder_fit import DecoderTraining, fit_decoder
from .kit import HeadKit
from .mapping_fit import MappingTraining, fit_mapping
from .sampler import HeadSampler
from .stage_clock import Amount, StageClock, command_line, today
from .starter_config import starter_config
from .template_build import build_generator, kit_surfaces
from .template_fit import HEADS, fit_template

SOURCE, LICENCE = "trained on the CC0 MakeHuman head kit", "CC0-1.0"
ASSET = Path(__file__).parents[1] / "assets" / "starter.safetensors"
STAGES = ("template", "mapping", "decoder")


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
    arguments = parser.parse_args(argv)
    stages = STAGES if arguments.stage == "all" else (arguments.stage,)
    if "template" in stages and not arguments.kit:
        parser.error("the template is fitted to the head kit: give its folder with --kit")
    arguments.work.mkdir(parents=True, exist_ok=True)
    for stage in stages:
        clock = StageClock(arguments.work, stage, _amounts(arguments)[stage])
        if stage == "template":
            generator = new_starter(Path(arguments.kit))
        else:
            generator = load_generator(arguments.out)
        if stage == "mapping":
            fit_mapping(generator, MappingTraining(steps=arguments.mapping_steps), arguments.work)
        elif stage == "decoder":
            fit_decoder(generator, DecoderTraining(steps=arguments.decoder_steps), arguments.work)
        record = clock.finish(command_line("starter", argv, stage))
        save_generator(generator, arguments.out, _provenance(record, arguments.out))
    return 0


def _amounts(arguments: argparse.Namespace) -> dict[str, Amount]:
    """What each stage goes through."""
    return {
        "template": Amount(1, HEADS, "heads"),
        "mapping": Amount(arguments.mapping_steps, MappingTraining.batch, "latents"),
        "decoder": Amount(arguments.decoder_steps, 1, "heads"),
    }


def _provenance(record: TrainingStage, path: Path) -> Provenance:
    """With the new stage after those of the weights at `path` that it went on from."""
    is_first = record.name == STAGES[0]
    earlier = () if is_first else read_header(path).provenance.stages
    return Provenance(SOURCE, LICENCE, today(), (*earlier, record))
