"""Weights files: safetensors with the configuration as JSON in the header. Reading one never runs code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ..wire.json_coding import from_json_text, to_json
from .config import GeneratorConfig
from .config_limits import check_limits
from .model import Generator

FORMAT = "headsmith-generator-1"


class CheckpointError(RuntimeError):
    """A weights file that cannot be used; the text is one sentence for the user."""


@dataclass(frozen=True)
class TrainingStage:
    """One stage of a training as it was run, from its first step to its last."""

    name: str
    command: str  # that runs it again
    steps: int
    seconds: float  # all its runs together
    examples: str  # what it learned from: "heads", "latents", "images"
    examples_per_second: float
    finished: str  # ISO date


@dataclass(frozen=True)
class Provenance:
    """Where weights come from."""

    source: str  # how they were made, in a sentence
    licence: str
    created: str = ""  # ISO date
    stages: tuple[TrainingStage, ...] = ()  # in the order in which they shaped the weights


@dataclass(frozen=True)
class CheckpointHeader:
    """Everything a weights file says besides the weights."""

    config: GeneratorConfig
    provenance: Provenance
    weights_sha256: str = (
        ""  # over names, shapes and values; the same for every file with these weights
    )


def save_generator(
    generator: Generator,
    path: Path,
    provenance: Provenance,
    dtype: torch.dtype = torch.float16,
) -> None:
    """Write the generator's weights, rounded to `dtype`, and its configuration to `path`.

    The file appears complete or not at all: it is written under a temporary name and renamed.
    """
    tensors: dict[str, Tensor] = {}
    for name, tensor in generator.state_dict().items():
        tensors |= _stored(name, tensor.detach().cpu(), dtype)
    header = {
        "format": FORMAT,
        "config": json.dumps(to_json(generator.config)),
        "provenance": json.dumps(to_json(provenance)),
        "weights_sha256": hash_tensors(tensors),
    }
    temporary = path.with_suffix(path.suffix + ".part")
    save_file(tensors, temporary, metadata=header)
    temporary.replace(path)


def load_generator(
    path: Path,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Generator:
    """The generator of a weights file, in inference mode and without gradients on its weights.

    Raises CheckpointError if the file is missing, damaged, or not a generator of ours.
    """
    header = read_header(path)
    generator = _empty_generator(header.config, path)
    try:
        with safe_open(path, framework="pt") as file:
            names = file.keys()
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in names}
            _check_fit(generator, _restored_shapes(shapes), str(path))  # before memory is taken
            tensors = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(_unread(path, error)) from error
    if hash_tensors(tensors) != header.weights_sha256:
        raise CheckpointError(_damaged(path, "its weights are not those that were written"))
    load_tensors(generator, _restored(tensors), str(path))
    return generator.to(device=device, dtype=dtype).eval().requires_grad_(False)


def read_header(path: Path) -> CheckpointHeader:
    """Configuration and provenance of a weights file, without reading the weights."""
    if not path.exists():
        raise CheckpointError(
            f"Weights not found at {path}; reinstall Headsmith or choose another models folder."
        )
    check_is_file(path)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(_unread(path, error)) from error
    if metadata.get("format") != FORMAT:
        raise CheckpointError(
            f"The file {path} is not a Headsmith generator (format {metadata.get('format')!r}, "
            f"expected {FORMAT!r}); choose another file."
        )
    try:
        config = from_json_text(GeneratorConfig, metadata["config"], unknown="refuse")
        check_limits(config)
        provenance = from_json_text(Provenance, metadata["provenance"])
        digest = metadata["weights_sha256"]
    except (KeyError, ValueError) as error:
        raise CheckpointError(_damaged(path, str(error))) from error
    return CheckpointHeader(config, provenance, digest)


def check_is_file(path: Path) -> None:
    """Raise CheckpointError for what is there, but no file: opening a pipe would wait for its other end."""
    if path.exists() and not path.is_file():
        raise CheckpointError(
            f"{path} is a folder, pipe or device, not a file; take it away, or put the file itself there."
        )


def read_tensor(path: Path, name: str) -> Tensor:
    """One tensor of a weights file, as the generator has it. Raises CheckpointError if it cannot be read."""
    try:
        with safe_open(path, framework="pt") as file:
            names = (name, name + _LOW, name + _STEP)
            held = {key: file.get_tensor(key) for key in file.keys() if key in names}  # noqa: SIM118
        return _restored(held)[name]
    except (SafetensorError, OSError, KeyError) as error:
        raise CheckpointError(_unread(path, error)) from error


def load_tensors(generator: Generator, tensors: Mapping[str, Tensor], source: str) -> None:
    """Copy named tensors into the generator; CheckpointError when names or shapes do not fit exactly."""
    _check_fit(generator, {name: tuple(tensor.shape) for name, tensor in tensors.items()}, source)
    expected = generator.state_dict()
    for name, tensor in tensors.items():
        if tensor.is_floating_point() != expected[name].is_floating_point():
            raise CheckpointError(
                f"The weights in {source} do not fit their configuration: {name} is {tensor.dtype}, "
                f"expected {expected[name].dtype}; get the file again."
            )
    taken = {name: tensor.to(expected[name].dtype, copy=True) for name, tensor in tensors.items()}
    generator.load_state_dict(taken, assign=True)  # instead of what an empty generator lacks


Shape = tuple[int, ...]


def _check_fit(generator: Generator, shapes: Mapping[str, Shape], source: str) -> None:
    """Raise CheckpointError unless tensors of these names and shapes are exactly those of the generator."""
    expected = {name: tuple(tensor.shape) for name, tensor in generator.state_dict().items()}
    missing, surplus = sorted(set(expected) - set(shapes)), sorted(set(shapes) - set(expected))
    if missing or surplus:
        raise CheckpointError(
            f"The weights in {source} do not fit their configuration: missing {missing[:3]}, "
            f"unexpected {surplus[:3]}; get the file again."
        )
    for name, shape in shapes.items():
        if shape != expected[name]:
            raise CheckpointError(
                f"The weights in {source} do not fit their configuration: {name} is {shape}, expected "
                f"{expected[name]}; get the file again."
            )


class _WithoutNumbers(TorchFunctionMode):
    """Modules made inside have their shapes without first numbers, which would take seconds: to draw them on a
    real device, on the meta device to import what torch computes their shapes with."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if func is torch.randn:
            return torch.empty(*args, **(kwargs or {}))
        if func is torch.linspace:
            return torch.empty(args[2])
        if func in (Tensor.normal_, Tensor.div, Tensor.__truediv__):
            return args[0]
        return func(*args, **(kwargs or {}))


def _empty_generator(config: GeneratorConfig, path: Path) -> Generator:
    """A generator on the meta device: it has shapes and takes no memory, however large its weights would be."""
    try:
        with torch.device("meta"), _WithoutNumbers():
            generator = Generator(config)
    except (RuntimeError, TypeError, ValueError, LookupError, ArithmeticError) as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise CheckpointError(_damaged(path, reason)) from error
    held = [name for name, _ in (*generator.named_parameters(), *generator.named_buffers())]
    assert set(held) == set(generator.state_dict()), "what is not in the file would stay empty"
    return generator


# Pictures are most of a template's weights, and eight bits of each one's range show no difference.
_PICTURES = (".pictures", ".masks", ".alpha")
_EXACT = (
    ".mean",
    ".anchor_weights",
    ".offsets",
)  # small, and their rounding would roughen the skin
_LOW, _STEP = ".low", ".step"


def _stored(name: str, tensor: Tensor, dtype: torch.dtype) -> dict[str, Tensor]:
    """A tensor as it goes into the file: pictures in 8 bits, whole numbers as they are, others as `dtype`."""
    if not tensor.is_floating_point():
        return {name: tensor.contiguous()}
    if name.endswith(_EXACT):
        return {name: tensor.float().contiguous()}
    if not name.endswith(_PICTURES):
        return {name: tensor.to(dtype).contiguous()}
    low, high = tensor.amin((-2, -1), keepdim=True), tensor.amax((-2, -1), keepdim=True)
    step = ((high - low) / 255).clamp(min=1e-12)
    levels = ((tensor - low) / step).round().to(torch.uint8)
    return {name: levels.contiguous(), name + _LOW: low.float(), name + _STEP: step.float()}


def _restored(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors of a file as the generator has them."""
    restored = dict(tensors)
    for name, levels in tensors.items():
        low, step = tensors.get(name + _LOW), tensors.get(name + _STEP)
        scales = (*levels.shape[:-2], 1, 1)
        if low is not None and step is not None and low.shape == step.shape == scales:
            restored[name] = low + levels.float() * step
            del restored[name + _LOW], restored[name + _STEP]
    return restored


def _restored_shapes(shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """Names and shapes of a file's tensors as the generator has them."""
    return {
        name: shape
        for name, shape in shapes.items()
        if not (name.endswith((_LOW, _STEP)) and name.rpartition(".")[0] in shapes)
    }


def hash_file(path: Path) -> str:
    """SHA-256 of the file in hexadecimal: the identity of a model in a head's provenance."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def hash_tensors(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, shapes and values, independent of the file that holds them."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
        digest.update(tensor.flatten().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _unread(path: Path, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None:  # the system's, not the format's
        reason = f"The weights file {path} cannot be read ({error.strerror})"
        return f"{reason}; make it readable, or choose another models folder."
    return _damaged(path, str(error))


def _damaged(path: Path, reason: str) -> str:
    return f"The weights file {path} is damaged ({reason}); get it again."
