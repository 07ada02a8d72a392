"""The field of one head, evaluated as fast as a CPU can: for extracting surfaces and baking textures.

`Generator.sample_field` is the reference, and tests hold both together. This path has no gradients.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .decoder import FieldSample, activate_color
from .fast_network import NetworkField
from .fast_sides import SideField
from .model import Generator
from .side_decoder import SideDecoder


class FastField:
    """The field of one head at any points.

    Convention: points are in field units in the field frame; the box is centred on the origin.
    """

    def __init__(self, generator: Generator, planes: Tensor) -> None:
        """planes [1,3,C*depth,H,W] of the head."""
        if planes.shape[0] != 1:
            raise ValueError(
                f"A FastField holds one head, but {planes.shape[0]} were given; pass planes[i : i + 1]."
            )
        self._config = generator.config
        picture, decoder = planes[0].detach().float(), generator.decoder
        self._field: NetworkField | SideField
        if isinstance(decoder, SideDecoder):
            self._field = SideField(self._config, decoder, picture)
        else:
            self._field = NetworkField(self._config, decoder, picture)

    @property
    def box_half(self) -> float:
        """Half the side of the box in field units."""
        return self._config.box_warp / 2.0

    def sigma(self, points: Tensor) -> Tensor:
        """points [N,3] -> [N]: raw sigma less the level of the surface, so positive inside."""
        level = self._config.surface_sigma
        return self._outputs(points, 0, 1)[0] - level

    def rgb(self, points: Tensor) -> Tensor:
        """points [N,3] -> [N,3] unlit sRGB colour in [0,1]."""
        activation = self._config.decoder.color_activation
        color = activate_color(self._outputs(points, 1, 4), activation)
        return color.clamp(0.0, 1.0).t().contiguous()

    def labels(self, points: Tensor) -> Tensor:
        """points [N,3] -> [N,L] logits of the part labels."""
        first = 1 + self._config.decoder.color_channels
        last = first + len(self._config.decoder.label_names)
        return self._outputs(points, first, last).t().contiguous()

    def sample(self, points: Tensor) -> FieldSample:
        """points [N,3] -> what `Generator.sample_field` gives for one head, with a batch axis of 1."""
        decoder = self._config.decoder
        counts = [1, decoder.color_channels, len(decoder.label_names)]
        everything = self._outputs(points, 0, sum(counts))
        sigma, color, labels = everything.t()[None].split(counts, dim=-1)
        rgb = activate_color(color, decoder.color_activation)
        return FieldSample(sigma, rgb, labels if decoder.label_names else None)

    def _outputs(self, points: Tensor, first: int, last: int) -> Tensor:
        """Values first..last of sigma, colours, labels at points [N,3], as [last-first,N]."""
        with torch.no_grad():
            coordinates = (points.detach().float() * (2.0 / self._config.box_warp)).t().contiguous()
            return self._field.outputs(coordinates, first, last)
