"""The one place that imports open_clip.

open_clip imports torchvision. torchvision's compiled operators do not load beside a torch from another
source (a CPU build, say), and its Python part then fails while it registers shape functions for operators
that nobody declared. open_clip needs none of them, so declaring the two schemas is enough.
"""

from __future__ import annotations

import importlib
from functools import cache
from types import ModuleType

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


@cache
def import_open_clip() -> ModuleType:
    """The open_clip module. It is imported at the first call, which takes some seconds."""
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "does not exist" not in str(error):
            raise
        library = torch.library.Library("torchvision", "DEF")
        for schema in _SCHEMAS:
            library.define(schema)
        # A Library takes its declarations back when it is collected; this one has to stay.
        _KEPT.append(library)
    return importlib.import_module("open_clip")


_KEPT: list[torch.library.Library] = []
