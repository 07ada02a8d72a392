"""open_clip is imported beside a torchvision whose operators do not load, late, and once."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from backend.guidance.clip_import import import_open_clip

from ...source_tree import ROOT

# As beside a torch of another source: no compiled operator of torchvision's can be loaded.
WITHOUT_OPERATORS = """
import importlib, sys
import backend.guidance.clip_import as ours
print("open_clip" in sys.modules, "torchvision" in sys.modules)
import torch

def refuse(path):
    raise OSError("undefined symbol")

torch.ops.load_library = refuse
try:
    importlib.import_module("torchvision")
except RuntimeError as error:
    print("does not exist" in str(error))
open_clip = ours.import_open_clip()
print(open_clip.SimpleTokenizer(context_length=5)(["head"]).shape)
"""


def test_operators_that_do_not_load_are_no_hindrance_and_nothing_is_imported_before() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_OPERATORS], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["False False", "True", "torch.Size([1, 5])"], done.stderr


def test_it_is_the_one_module_of_open_clip_at_every_call() -> None:
    assert import_open_clip() is import_open_clip() is sys.modules["open_clip"]


def test_the_declared_operators_stay_for_as_long_as_the_process_lives() -> None:
    import_open_clip()
    schema = torch.ops.torchvision.nms.default._schema
    assert [argument.name for argument in schema.arguments] == ["dets", "scores", "iou_threshold"]


def test_another_fault_of_torchvision_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise RuntimeError(f"{name} was built for another CUDA")

    monkeypatch.setattr("backend.guidance.clip_import.importlib.import_module", fail)
    with pytest.raises(RuntimeError, match="torchvision was built for another CUDA"):
        import_open_clip.__wrapped__()
