"""The detector knows a face, and says what to do where its library is missing."""

import sys

import numpy as np
import pytest

from backend.bench.face_counts import count_faces, frozen_views
from backend.bench.face_detector import DlibDetector, MissingDetectorError
from backend.bench.starter import FROZEN
from backend.training.truth.frozen_heads import load_frozen


def test_most_frozen_heads_have_a_face_in_front_and_none_behind() -> None:
    heads = load_frozen(FROZEN).heads[::5]
    counts = count_faces(DlibDetector(), map(frozen_views, heads))
    assert counts.front >= 0.8 * len(heads)
    assert counts.back == 0


def test_there_is_no_face_in_an_empty_picture_or_in_noise() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    assert not DlibDetector().finds_face(noise)
    assert not DlibDetector().finds_face(np.full((256, 256, 3), 128, np.uint8))


def test_a_missing_library_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(MissingDetectorError, match="pip install dlib-bin"):
        DlibDetector()
