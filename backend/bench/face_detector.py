"""A detector of faces that is not ours: histograms of gradients, made for photographs of people.

"Histograms of Oriented Gradients for Human Detection" (Dalal and Triggs, CVPR 2005), as dlib ships it inside its
library. Nothing is downloaded.
"""

from __future__ import annotations

from importlib import import_module

import numpy as np
from numpy.typing import NDArray

# Chosen on the kit's own heads, where it finds more faces than 0 and still none on backs.
_THRESHOLD = -0.2
_UPSCALINGS = 0  # a face fills half of our pictures, and the detector was made for 80 pixels


class MissingDetectorError(RuntimeError):
    """The detector's library is not installed; the text says how to install it."""


class DlibDetector:
    """Finds faces that look roughly ahead. Raises MissingDetectorError without dlib."""

    def __init__(self) -> None:
        try:
            dlib = import_module("dlib")
        except ImportError as error:
            raise MissingDetectorError(
                "The figures of faces need dlib, which is missing here; start the benchmark as "
                "`python build.py bench starter`, or run `pip install dlib-bin` in your environment."
            ) from error
        self._detector = dlib.get_frontal_face_detector()

    def finds_face(self, picture: NDArray[np.uint8]) -> bool:
        """Whether there is at least one in the picture [H,W,3], sRGB."""
        found, _, _ = self._detector.run(np.ascontiguousarray(picture), _UPSCALINGS, _THRESHOLD)
        return len(found) > 0
