"""The portrait CLIP: an open_clip model from a JSON configuration and safetensors weights."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ..errors import HeadsmithError
from ..wire.requests import (
    ErrorCode,
)
from .clip_import import import_open_clip
from .vocabulary import Vocabulary


@dataclass(frozen=True)
class ClipConfig:
    """What fixes a CLIP: open_clip's own model configuration, its preprocessing, and its words.

    The JSON has the layout of an `open_clip_config.json`, so that one of those is read as well.
    """

    model: dict[str, Any]  # keyword arguments of open_clip.model.CLIP, cfg parts as plain objects
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
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

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "model_cfg": self.model,
            "preprocess_cfg": {"mean": list(self.mean), "std": list(self.std)},
            "name": self.name,
            "licence": self.licence,
        }
        if self.vocabulary is not None:
            data["vocabulary"] = self.vocabulary.to_json()
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ClipConfig:
        """Raises KeyError or TypeError for anything that is no such configuration."""
        preprocess = data["preprocess_cfg"]
        words = data.get("vocabulary")
        return cls(
            model=dict(data["model_cfg"]),
            mean=tuple(preprocess["mean"]),
            std=tuple(preprocess["std"]),
            name=data.get("name", "open_clip model"),
            licence=data.get("licence", "unknown"),
            vocabulary=None if words is None else Vocabulary.from_json(words),
        )


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
        self._mean = torch.tensor(config.mean).view(1, 3, 1, 1)
        self._std = torch.tensor(config.std).view(1, 3, 1, 1)

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
        config = ClipConfig.from_json(json.loads(config_path.read_text(encoding="utf-8")))
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
    config_path.write_text(json.dumps(config.to_json(), indent=1) + "\n", encoding="utf-8")
