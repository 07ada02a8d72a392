"""What is wrong with a mesh or with the landmarks on it, told before anything is searched."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import HeadsmithError
from ..wire.mesh_bounds import landmarks_fault, place_fault
from ..wire.requests import ErrorCode
from .mesh_math import Ints
from .pose import fit_similarity

Wide = NDArray[np.float64]

_FLAT = 0.02  # thickness of a mesh against its length
_ONE_PLACE = 0.01  # spread of landmarks against the mesh's
_ONE_LINE = 0.1  # width of the landmarks against their length
_SWAPPED = 0.6  # of the misfit as it is: so much better do landmarks fit a mirrored face whose sides are swapped
_UNLIKE = 0.6  # misfit against the spread of the landmarks; clicks 8 mm off have 0.37, two swapped ones 0.4 and more


def check_place(vertices: Wide) -> None:
    """Raises HeadsmithError for a mesh, vertices [V,3], of another scale than heads, or too far from the origin."""
    fault = place_fault(vertices.min(axis=0).tolist(), vertices.max(axis=0).tolist())
    if fault:
        raise _refused(fault)


def check_extent(vertices: Wide, faces: Ints) -> None:
    """The same for the vertices that a mesh [V,3], [F,3] uses; also raises HeadsmithError if it is flat."""
    used = vertices[np.unique(faces)]
    check_place(used)
    spread = np.sqrt(np.linalg.eigvalsh(np.cov(used.T)).clip(0.0))
    if spread[0] < _FLAT * spread[2]:
        raise _refused(
            "The mesh is flat; check that no scale of the object is 0 and choose the mesh of a whole head."
        )


def check_landmarks(places: Wide, landmarks: Wide, vertices: Wide, faces: Ints) -> None:
    """Raises HeadsmithError for landmarks [5,3] that cannot be those of a face on the mesh [V,3], [F,3].

    Args:
        places: [5,3] of the landmarks on the mean face.
    """
    used = vertices[np.unique(faces)]
    low, high = used.min(axis=0), used.max(axis=0)
    size = float(np.linalg.norm(high - low))
    fault = landmarks_fault(landmarks.tolist(), low.tolist(), high.tolist())
    if fault:
        raise _refused(fault)
    length, width, _ = np.linalg.svd(landmarks - landmarks.mean(axis=0))[1]
    if length < _ONE_PLACE * size:
        raise _refused(
            "The five landmarks lie in one place; point at both eyes, nose, mouth and chin."
        )
    if width < _ONE_LINE * length:
        raise _refused(
            "The five landmarks lie in one line; point at both eyes, nose, mouth and chin."
        )
    as_it_is, mirrored = (_misfit(places * side, landmarks) for side in ((1, 1, 1), (-1, 1, 1)))
    if mirrored < _SWAPPED * as_it_is:
        raise _refused(
            "The landmarks of the left and the right eye are swapped; the left eye is the head's own left."
        )
    if as_it_is > _UNLIKE:
        raise _refused(
            "The landmarks do not lie as eyes, nose, mouth and chin of a face do; point at each of them again."
        )


def _misfit(places: Wide, landmarks: Wide) -> float:
    """Of the landmarks to the mean face's, placed by a similarity, against their spread."""
    pose = fit_similarity(places, landmarks, np.ones(len(places)))
    spread = ((landmarks - landmarks.mean(axis=0)) ** 2).sum()
    return float(np.sqrt(((pose.apply(places) - landmarks) ** 2).sum() / spread))


def _refused(why: str) -> HeadsmithError:
    return HeadsmithError(ErrorCode.BAD_REQUEST, why)
