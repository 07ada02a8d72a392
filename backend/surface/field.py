"""What this package needs to know of a head: where it is solid, and which colour it has."""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import HeadsmithError
from ..wire.requests import (
    ErrorCode,
)


class Field(Protocol):
    """A solid with colours inside a box.

    Convention: points are in field units in the field frame (right-handed, y up, the face looks along +z);
    the box is centred on the origin and everything outside of it counts as empty.
    """

    @property
    def box_half(self) -> float:
        """Half the side of the box in field units."""
        ...

    def sigma(self, points: Tensor) -> Tensor:
        """[N,3] float32 -> [N]: positive inside, negative outside, 0 on the surface."""
        ...

    def rgb(self, points: Tensor) -> Tensor:
        """[N,3] float32 -> [N,3] unlit sRGB-encoded colour in [0,1]."""
        ...


def field_normals(field: Field, points: Tensor, step: float) -> Tensor:
    """Outward unit normals [N,3] at points [N,3] near the surface, from differences over `step` field units.

    Four evaluations a point, at the corners of a tetrahedron. `Generator.sample_normals` is exact and slower.
    """
    corners = torch.tensor(
        [[1.0, -1.0, -1.0], [-1.0, -1.0, 1.0], [-1.0, 1.0, -1.0], [1.0, 1.0, 1.0]]
    )
    offsets = corners * step
    with torch.inference_mode():
        values = field.sigma((points[:, None] + offsets).reshape(-1, 3)).view(-1, 4)
        return F.normalize(-(values @ offsets), dim=1)  # sigma grows inwards


class EmptySurfaceError(HeadsmithError):
    """The field is empty wherever it was looked at."""

    def __init__(self) -> None:
        super().__init__(
            ErrorCode.EMPTY_SURFACE,
            "The model made an empty volume instead of a head; try another seed or other words.",
            retryable=True,
        )


def broken_field_error() -> HeadsmithError:
    """The error for a field with values that are no numbers."""
    return HeadsmithError(
        ErrorCode.WEIGHTS,
        "The model's field has values that are not numbers; its weights are damaged or do not fit, so "
        "choose another model.",
    )
