"""What is wrong with a mesh or with the landmarks on it, told before anything is searched."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import HeadsmithError
from ..wire.requests import ErrorCode
from ..wire.rig_names import LANDMARKS
from .mesh_math import Ints
from .pose import fit_similarity

Wide = NDArray[np.float64]

_FARTHEST_SIZES = (
    1e4  # of the mesh, from the origin: farther out 32-bit numbers are coarser than skin
)
_FLAT = 0.02  # thickness of a mesh against its length
_ONE_PLACE = 0.01  # spread of landmarks against the mesh's
_ONE_LINE = 0.1  # width of the landmarks against their length
_AWAY = 0.1  # of the mesh's diagonal, outside of its box
_SWAPPED = 0.6  # of the misfit as it is: so much better do landmarks fit a mirrored face whose sides are swapped
_UNLIKE = 0.6  # misfit against the spread of the landmarks; clicks 8 mm off have 0.37, two swapped ones 0.4 and more


def check_extent(vertices: Wide, faces: Ints) -> None:
    """Raises HeadsmithError for a mesh [V,3], [F,3] that is flat, or so far away that its vertices are rounded."""
    used = vertices[np.unique(faces)]
    size = float(np.linalg.norm(np.ptp(used, axis=0)))
    away = float(np.abs(used).max())
    if away > _FARTHEST_SIZES * size:
        raise _refused(
            f"The mesh lies {away:.3g} m from the origin, where its vertices are rounded; move it to the origin "
            "and try again."
        )
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
    away = np.linalg.norm(landmarks - landmarks.clip(low, high), axis=1)
    worst = int(away.argmax())
    if not np.isfinite(landmarks).all() or away[worst] > _AWAY * size:
        raise _refused(
            f"The landmark “{LANDMARKS[worst]}” lies {away[worst]:.3g} m away from the mesh; place the landmarks "
            "on this mesh or clear them."
        )
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
