"""Super-resolution: the rendered feature picture -> a picture of four times its side."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from .config import GeneratorConfig, SuperResolutionConfig
from .synthesis import SynthesisBlock


class SuperResolution(nn.Module):
    """Two StyleGAN2 blocks, steered by the last w only (EG3D's 8XDC)."""

    def __init__(self, config: GeneratorConfig, settings: SuperResolutionConfig) -> None:
        super().__init__()
        self.input_resolution = settings.input_resolution
        widths = (config.decoder.color_channels, *settings.channels)
        for i in range(2):
            block = SynthesisBlock(
                inputs=widths[i],
                outputs=widths[i + 1],
                image_channels=3,
                w_dim=config.w_dim,
                resolution=settings.input_resolution * (2 << i),
                upsample="transposed",
                use_noise=False,  # published with noise, but never switched on
            )
            self.add_module(f"block{i}", block)

    def forward(self, image: Tensor, features: Tensor, ws: Tensor) -> Tensor:
        """image [B,3,H,W] in [-1,1], features [B,K,H,W], ws [B,num_ws,w_dim] -> [B,3,4S,4S]."""
        if features.shape[-1] != self.input_resolution:
            image, features = (self._resize(image), self._resize(features))
        last = ws[:, -1:].expand(-1, 3, -1)
        features = features.to(next(self.parameters()).dtype)
        for i in range(2):
            features, image = self.get_submodule(f"block{i}")(features, image, last, "none")
        return image

    def _resize(self, x: Tensor) -> Tensor:
        size = (self.input_resolution, self.input_resolution)
        return F.interpolate(x, size=size, mode="bilinear", antialias=True)
