"""Super-resolution: what the renderer gives -> a picture of several times its side."""

from __future__ import annotations

import math
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from .config import GeneratorConfig, SuperResolutionConfig
from .layers import ModulatedConv
from .synthesis import SynthesisBlock


class SuperResolution(nn.Module):
    """StyleGAN2's layers, steered by the last w only; as EG3D's 8XDC two blocks, or others as configured."""

    def __init__(self, config: GeneratorConfig, settings: SuperResolutionConfig) -> None:
        super().__init__()
        self.settings = settings
        inputs = config.decoder.color_channels
        if settings.reads == "everything":
            inputs += len(config.decoder.label_names) + 4
        w_dim = config.w_dim if settings.reads_w else 1
        # Published with noise, but never switched on.
        use_noise, resolution = False, settings.input_resolution
        widths = (inputs, *settings.body)
        for i, (before, after) in enumerate(pairwise(widths)):
            layer = ModulatedConv(before, after, w_dim, resolution, None, use_noise)
            self.add_module(f"body{i}", layer)
        widths = (widths[-1], *settings.channels)
        for i, (before, after) in enumerate(pairwise(widths)):
            is_last = i == len(settings.channels) - 1
            block = SynthesisBlock(
                inputs=before,
                outputs=after,
                image_channels=3,
                w_dim=w_dim,
                resolution=resolution * (2 << i),
                upsample=settings.upsample,
                use_noise=use_noise,
                patch=settings.patch if is_last else 1,
            )
            self.add_module(f"block{i}", block)

    def forward(self, image: Tensor, features: Tensor, ws: Tensor) -> Tensor:
        """image [B,3,H,W] in [-1,1], features [B,K,H,W], ws [B,num_ws,w_dim] -> [B,3,S,S]; S is the
        configuration's output resolution."""
        if features.shape[-1] != self.settings.input_resolution:
            image, features = (self._resize(image), self._resize(features))
        return self.enlarge(image, features, ws)

    def enlarge(self, image: Tensor, features: Tensor, ws: Tensor) -> Tensor:
        """The same for pictures of any size, which become `factor` times larger: for parts of pictures."""
        last = ws[:, -1] if self.settings.reads_w else ws.new_ones(len(ws), 1)
        features = features.to(next(self.parameters()).dtype)
        for i in range(len(self.settings.body)):
            made = self.get_submodule(f"body{i}")(features, last, "none")
            # What a layer adds is learned much sooner than what it passes on.
            is_same = made.shape[1] == features.shape[1]
            features = (features + made) * math.sqrt(0.5) if is_same else made
        last = last[:, None].expand(-1, 3, -1)
        for i in range(len(self.settings.channels)):
            features, image = self.get_submodule(f"block{i}")(features, image, last, "none")
        return image

    def _resize(self, x: Tensor) -> Tensor:
        size = (self.settings.input_resolution, self.settings.input_resolution)
        return F.interpolate(x, size=size, mode="bilinear", antialias=True)
