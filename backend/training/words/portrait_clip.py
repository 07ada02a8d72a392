"""Training of the portrait CLIP, then of its prior: `python -m backend.training clip --data DIR`."""

from __future__ import annotations

import argparse
import copy
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ...guidance.encoder import (
    ClipConfig,
    PortraitClip,
    Preprocessing,
    build_clip,
    load_portrait_clip,
    save_portrait_clip,
)
from ...guidance.vocabulary import Vocabulary
from ..truth.held_out import held_out_heads, save_held_out
from .clip_data import (
    ClipBatch,
    ClipShard,
    PictureBatch,
    draw_pictures,
    fact_mask,
    load_shard,
    shard_folders,
    write_captions,
)
from .clip_losses import FactHeads, agreement, contrastive_loss
from .clip_scores import attribute_accuracy
from .lexicon import caption_lexicon
from .prior_training import PriorTraining, train_prior

# Adam moves a number by no more than its rate in a step: rows of words that are rare in the captions, and
# the heads, would not get anywhere in some hundred steps at the rate of the rest.
_FAST = ("token_embedding", "logit_scale")
_FAST_PACE = 10.0
HELD_OUT = 2  # the first shards of a dataset are for figures, never for training


@dataclass(frozen=True)
class ClipTraining:
    """How the portrait CLIP is trained."""

    steps: int = 900
    batch: int = 96  # pictures in a step
    captions: int = 1  # for each picture
    reuse: int = 2  # steps on the same pictures, with other captions
    learning_rate: float = 2.0e-3
    warmup: int = 30  # steps
    decay: float = 0.5  # share of the steps
    weight_decay: float = 0.03
    fact_weight: float = 4.0  # weight of naming the facts, beside the contrastive loss
    refresh_every: int = 20  # steps between looks at the folder, which may still be growing
    save_every: int = 20
    seed: int = 0


def clip_config() -> ClipConfig:
    """The portrait CLIP that ships: 64 px, a small residual network and text tower, 128 numbers."""
    lexicon = caption_lexicon()
    return ClipConfig(
        model={
            "embed_dim": 128,
            # A small residual network: in the minutes that the training may take on a CPU, a transformer of
            # the same cost learns next to nothing from pictures as varied as these.
            "vision_cfg": {"image_size": 64, "layers": [1, 1, 1, 1], "width": 16, "head_width": 64},
            "text_cfg": {
                "context_length": 26, "vocab_size": 49408, "width": 128, "heads": 4, "layers": 2,
            },
        },
        preprocessing=Preprocessing((0.5, 0.45, 0.42), (0.28, 0.27, 0.27)),
        name="headsmith-portrait-clip",
        licence="CC0-1.0",
        vocabulary=Vocabulary(
            frozenset(lexicon.words),
            {part: frozenset(words) for part, words in lexicon.colors.items()},
            {part: frozenset(words) for part, words in lexicon.nouns.items()},
        ),
    )  # fmt: skip


def learning_rate(step: int, training: ClipTraining) -> float:
    """Linear warm-up, a plateau from which a training can be prolonged, a linear decay at the end."""
    up = (step + 1) / training.warmup
    down = (training.steps - step) / max(1.0, training.decay * training.steps)
    return training.learning_rate * max(0.02, min(1.0, up, down))


@dataclass
class ClipRun:
    """What a training carries from step to step."""

    clip: PortraitClip
    heads: FactHeads
    optimiser: torch.optim.AdamW
    used_tokens: Tensor  # [T] ascending; the token table is narrowed to them
    step: int = 0


def start_run(training: ClipTraining, config: ClipConfig, start_from: Path | None) -> ClipRun:
    """A fresh run, or one that goes on from the weights beside `start_from` (a clip.json)."""
    with torch.random.fork_rng():
        torch.default_generator.manual_seed(training.seed)
        model = build_clip(config)
        heads = FactHeads(config.embed_dim)
    model.visual.to(memory_format=torch.channels_last)
    if start_from is not None and start_from.exists():
        model.load_state_dict(
            load_portrait_clip(
                start_from, start_from.with_suffix(".safetensors")
            ).model.state_dict()
        )
    clip = PortraitClip(config, model)
    used = taught_tokens(clip)
    narrow_tokens(clip, used)
    slow = {name: p for name, p in model.named_parameters() if not name.startswith(_FAST)}
    fast = [p for name, p in model.named_parameters() if name.startswith(_FAST)]
    decays = [p for p in slow.values() if p.ndim > 1]
    others = [p for p in slow.values() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [
            {"params": decays, "weight_decay": training.weight_decay, "pace": 1.0},
            {"params": others, "weight_decay": 0.0, "pace": 1.0},
            {"params": [*fast, *heads.parameters()], "weight_decay": 0.0, "pace": _FAST_PACE},
        ],
        betas=(0.9, 0.98),
    )
    return ClipRun(clip, heads, optimiser, used)


def train_step(run: ClipRun, batch: ClipBatch, training: ClipTraining) -> tuple[float, float]:
    """One optimisation step; returns the contrastive and the fact loss."""
    model, clip = run.clip.model, run.clip
    for group in run.optimiser.param_groups:
        group["lr"] = group["pace"] * learning_rate(run.step, training)
    image = clip.encode_images(batch.images.contiguous(memory_format=torch.channels_last))
    texts = [caption.text for caption in batch.captions]
    tokens = torch.searchsorted(run.used_tokens, clip.tokenize(texts))
    text = model.encode_text(tokens, normalize=True)
    stated = fact_mask(batch.captions)
    fits = agreement(stated, batch.degrees)
    contrast = contrastive_loss(text, image, fits, model.logit_scale.exp().clamp_max(50))
    facts = run.heads.loss(image, text, batch.degrees, stated)
    run.optimiser.zero_grad(set_to_none=True)
    (contrast + training.fact_weight * facts).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    run.optimiser.step()
    run.step += 1
    return float(contrast.detach()), float(facts.detach())


def save_run(run: ClipRun, path: Path) -> None:
    """Everything that an exact continuation needs, as safetensors."""
    tensors = {f"model.{name}": value for name, value in run.clip.model.state_dict().items()}
    tensors |= {f"heads.{name}": value for name, value in run.heads.state_dict().items()}
    for index, state in run.optimiser.state_dict()["state"].items():
        tensors |= {f"adam.{index}.{name}": value for name, value in state.items()}
    partial = path.with_suffix(".partial")
    save_file(
        {name: value.contiguous() for name, value in tensors.items()},
        partial,
        {"step": str(run.step)},
    )
    partial.replace(path)
    path.with_suffix(".json").write_text(json.dumps({"step": run.step}))


def restore_run(run: ClipRun, path: Path) -> None:
    """Continue from `save_run`."""
    tensors = load_file(path)
    run.step = json.loads(path.with_suffix(".json").read_text())["step"]

    def part(prefix: str) -> dict[str, Tensor]:
        return {
            name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)
        }

    run.clip.model.load_state_dict(part("model."))
    run.heads.load_state_dict(part("heads."))
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in part("adam.").items():
        index, key = name.split(".")
        state.setdefault(int(index), {})[key] = value
    run.optimiser.load_state_dict({**run.optimiser.state_dict(), "state": state})


def train_clip(
    data: Path, work: Path, training: ClipTraining, start_from: Path | None
) -> PortraitClip:
    """Train on the shards of `data`, with checkpoints in `work`; returns the trained CLIP."""
    run = start_run(training, clip_config(), start_from)
    checkpoint = work / "clip_run.safetensors"
    if checkpoint.exists():
        restore_run(run, checkpoint)
    loaded: dict[Path, ClipShard] = {}
    pictures: PictureBatch | None = None
    started, first = time.perf_counter(), run.step
    while run.step < training.steps:
        if run.step % training.refresh_every == 0 or not loaded:
            folders = shard_folders(data)[HELD_OUT:]
            loaded |= {folder: load_shard(folder) for folder in folders if folder not in loaded}
        if pictures is None or run.step % training.reuse == 0:
            rng = np.random.default_rng([training.seed, run.step // training.reuse])
            size = run.clip.config.image_size
            pictures = draw_pictures(list(loaded.values()), training.batch, size, rng)
        rng = np.random.default_rng([training.seed, run.step, 1])
        batch = write_captions(pictures, training.captions, rng)
        contrast, facts = train_step(run, batch, training)
        if run.step % 10 == 0:
            pace = (time.perf_counter() - started) / (run.step - first)
            print(
                f"clip {run.step}/{training.steps}: contrast {contrast:.3f} facts {facts:.4f} "
                f"scale {run.clip.model.logit_scale.exp().item():.1f} shards {len(loaded)} {pace:.2f} s a step",
                flush=True,
            )
        if run.step % training.save_every == 0 or run.step == training.steps:
            save_run(run, checkpoint)
        if run.step % 150 == 0 or run.step == training.steps:
            _report(run, data)
    widen_tokens(run.clip, run.used_tokens)
    return run.clip


def _report(run: ClipRun, data: Path) -> None:
    """Figures on the held-out heads, with a copy of the model as it would ship."""
    clip = PortraitClip(run.clip.config, copy.deepcopy(run.clip.model).eval())
    widen_tokens(clip, run.used_tokens)
    shards = [load_shard(folder) for folder in shard_folders(data)[:HELD_OUT]]
    for name, value in attribute_accuracy(clip, held_out_heads(shards)).items():
        print(f"  {name} {value:.3f}", flush=True)


def taught_tokens(clip: PortraitClip) -> Tensor:
    """Ascending indices of the tokens that the vocabulary's words use."""
    vocabulary = clip.config.vocabulary
    assert vocabulary is not None
    # Commas, hyphens, single digits and the two ends of a text are tokens as well.
    extra = [", - .", ",", "-", "'s", "0 1 2 3 4 5 6 7 8 9", "0123456789"]
    return clip.tokenize([*sorted(vocabulary.words), *extra]).unique()


def narrow_tokens(clip: PortraitClip, used: Tensor) -> None:
    """Keep only the used rows of the token table while training: Adam would walk through all 49408.

    Narrow indices keep the order of the wide ones, so the end of a text still has the largest.
    """
    wide = clip.model.token_embedding.weight.detach()
    clip.model.token_embedding = nn.Embedding.from_pretrained(wide[used].clone(), freeze=False)


def widen_tokens(clip: PortraitClip, used: Tensor) -> None:
    """Undo `narrow_tokens`; rows of words that were never taught become zero."""
    narrow = clip.model.token_embedding.weight.detach()
    wide = torch.zeros(clip.config.model["text_cfg"]["vocab_size"], narrow.shape[1])
    wide[used] = narrow
    clip.model.token_embedding = nn.Embedding.from_pretrained(wide, freeze=False)


def main(argv: list[str]) -> int:
    """`clip --data DATASET --out ASSETS`: train the portrait CLIP, then the prior, and save both."""
    parser = argparse.ArgumentParser(prog="train clip", description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder made by `train dataset`")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "assets")
    parser.add_argument("--work", type=Path, help="folder of checkpoints; DATA/clip if not given")
    parser.add_argument("--steps", type=int, default=ClipTraining.steps)
    parser.add_argument(
        "--seed", type=int, default=0, help="another one goes on with other pictures"
    )
    parser.add_argument("--prior-steps", type=int, default=PriorTraining.steps)
    parser.add_argument("--fresh", action="store_true", help="do not start from the weights in OUT")
    parser.add_argument(
        "--only-prior", action="store_true", help="keep the CLIP in OUT, train its prior"
    )
    arguments = parser.parse_args(argv)
    work = arguments.work or arguments.data / "clip"
    work.mkdir(parents=True, exist_ok=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    config_path, weights_path = arguments.out / "clip.json", arguments.out / "clip.safetensors"
    if not arguments.only_prior:
        start_from = None if arguments.fresh else config_path
        training = ClipTraining(steps=arguments.steps, seed=arguments.seed)
        clip = train_clip(arguments.data, work, training, start_from)
        save_portrait_clip(clip.config, clip.model, config_path, weights_path)
    clip = load_portrait_clip(config_path, weights_path)
    shards = [load_shard(folder) for folder in shard_folders(arguments.data)]
    save_held_out(shards[:HELD_OUT], arguments.out / "held_out_heads.npz")
    train_prior(
        clip,
        shards[HELD_OUT:],
        PriorTraining(steps=arguments.prior_steps),
        arguments.out / "prior.safetensors",
    )
    return 0
