"""The portrait CLIP: an open_clip model from a JSON configuration and safetensors weights."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ..errors import HeadsmithError
from ..wire.json_coding import from_json_text, to_json
from ..wire.requests import (
    ErrorCode,
)
from .clip_import import import_open_clip
from .vocabulary import Vocabulary


@dataclass(frozen=True)
class Preprocessing:
    """What is taken from the colours of a picture, and what they are divided by, in sRGB 0..1."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True)
class ClipConfig:
    """What fixes a CLIP: open_clip's own model configuration, its preprocessing, and its words.

    The JSON has the layout of an `open_clip_config.json`, so that one of those is read as well.
    """

    # Keyword arguments of open_clip.model.CLIP, cfg parts as plain objects.
    model: dict[str, Any] = field(metadata={"json": "model_cfg"})
    preprocessing: Preprocessing = field(metadata={"json": "preprocess_cfg"})
    name: str = "open_clip model"
    licence: str = "unknown"
    vocabulary: Vocabulary | None = None  # None: every word is taken for known

    @property
    def image_size(self) -> int:
        """Side of the square input in pixels."""
        return int(self.model["vision_cfg"]["image_size"])

    @property
    def embed_dim(self) -> int:
        return int(self.model["embed_dim"])


def build_clip(config: ClipConfig) -> Any:
    """An untrained open_clip.model.CLIP of this configuration."""
    open_clip = import_open_clip()
    cfg = dict(config.model)
    vision = open_clip.CLIPVisionCfg(**cfg.pop("vision_cfg"))
    text = open_clip.CLIPTextCfg(**cfg.pop("text_cfg"))
    return open_clip.CLIP(cfg.pop("embed_dim"), vision, text, **cfg)


class PortraitClip:
    """Embeds words and pictures in one space; embeddings have length 1."""

    def __init__(self, config: ClipConfig, model: Any, sha256: str = "") -> None:
        self.config = config
        self.model = model  # open_clip.model.CLIP, which carries no types
        self.sha256 = sha256  # of the weights file: a prior belongs to exactly one CLIP
        self._tokenizer = import_open_clip().SimpleTokenizer(
            context_length=config.model["text_cfg"].get("context_length", 77)
        )
        self._mean = torch.tensor(config.preprocessing.mean).view(1, 3, 1, 1)
        self._std = torch.tensor(config.preprocessing.std).view(1, 3, 1, 1)

    def tokenize(self, texts: list[str]) -> Tensor:
        """Token indices [B,context] int64; a longer text is cut."""
        tokens: Tensor = self._tokenizer(texts)
        return tokens

    def fits(self, text: str) -> bool:
        """Whether the model reads the whole text."""
        return len(self._tokenizer.encode(text)) + 2 <= self._tokenizer.context_length

    def encode_text(self, texts: list[str]) -> Tensor:
        """Embeddings [B,D], without gradients."""
        with torch.no_grad():
            embedding: Tensor = self.model.encode_text(self.tokenize(texts), normalize=True)
        return embedding.float()

    def encode_images(self, images: Tensor) -> Tensor:
        """Embeddings [B,D] of images [B,3,H,W], sRGB in [0,1]; differentiable."""
        size = self.config.image_size
        if images.shape[-2:] != (size, size):
            images = F.interpolate(images, (size, size), mode="bilinear", antialias=True)
        prepared = (images - self._mean.to(images)) / self._std.to(images)
        embedding: Tensor = self.model.encode_image(prepared, normalize=True)
        return embedding.float()


def load_portrait_clip(config_path: Path, weights_path: Path) -> PortraitClip:
    """The model of a configuration and its weights, in float32, without gradients on its weights.

    Raises HeadsmithError (WEIGHTS) with one sentence for missing or damaged files.
    """
    try:
        config = from_json_text(ClipConfig, config_path.read_text(encoding="utf-8"))
        state = {
            name: tensor.float() if tensor.is_floating_point() else tensor
            for name, tensor in load_file(weights_path).items()
        }
        digest = hashlib.sha256(weights_path.read_bytes()).hexdigest()
        model = build_clip(config)
        model.load_state_dict(state)
    except FileNotFoundError as error:
        raise _weights_error(f"{error.filename or weights_path} is missing", error) from error
    except (
        OSError,
        SafetensorError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RuntimeError,
    ) as error:
        raise _weights_error(f"{weights_path} or {config_path.name} is damaged", error) from error
    model.eval().requires_grad_(False)
    return PortraitClip(config, model, digest)


def _weights_error(what: str, error: Exception) -> HeadsmithError:
    text = (
        f"The text model cannot be read: {what}; get it again, or install the extension again if it is one "
        "of its own."
    )
    return HeadsmithError(ErrorCode.WEIGHTS, text, detail=str(error))


def save_portrait_clip(
    config: ClipConfig, model: nn.Module, config_path: Path, weights_path: Path
) -> None:
    """Write the configuration as JSON and the weights as safetensors, the large ones in float16."""
    state = {
        name: (tensor.half() if tensor.ndim > 1 else tensor).detach().contiguous()
        for name, tensor in model.state_dict().items()
    }
    header = {"name": config.name, "licence": config.licence}
    save_file(state, weights_path, metadata=header)
    config_path.write_text(json.dumps(to_json(config), indent=1) + "\n", encoding="utf-8")
