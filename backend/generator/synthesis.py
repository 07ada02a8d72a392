"""The synthesis network of StyleGAN2: ws -> the planes of a head as one picture with many channels."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import MIN_RESOLUTION, GeneratorConfig, SynthesisConfig, Upsample
from .layers import ModulatedConv, NoiseMode, ToPlanes, at_least_float32, upsample_skip


class SynthesisBlock(nn.Module):
    """Two modulated convolutions and a skip to the output; doubles the resolution unless it is the first."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        image_channels: int,
        w_dim: int,
        resolution: int,
        upsample: Upsample,
        use_noise: bool,
        patch: int = 1,
    ) -> None:
        super().__init__()
        self.patch = patch
        self.is_first = inputs == 0
        self.exact = upsample == "transposed"
        if self.is_first:
            self.const = nn.Parameter(torch.randn(outputs, resolution, resolution))
        else:
            self.conv0 = ModulatedConv(inputs, outputs, w_dim, resolution, upsample, use_noise)
        self.conv1 = ModulatedConv(outputs, outputs, w_dim, resolution, None, use_noise)
        self.torgb = ToPlanes(outputs, image_channels * patch**2, w_dim)

    def forward(
        self,
        x: Tensor | None,
        image: Tensor | None,
        ws: Tensor,
        noise_mode: NoiseMode,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Features and picture of this resolution; ws [B,2 or 3,w_dim], the last of them for the picture."""
        if self.is_first:
            x = self.const.unsqueeze(0).repeat(ws.shape[0], 1, 1, 1)
            x = x.contiguous(memory_format=torch.channels_last)
        else:
            assert x is not None
            x = self.conv0(x, ws[:, 0], noise_mode, generator)
        x = self.conv1(x, ws[:, -2], noise_mode, generator)
        # float32 keeps the sum of all skips exact where the layers run in 16 bits.
        addition = at_least_float32(self.torgb(x, ws[:, -1]))
        if self.patch > 1:
            addition = F.pixel_shuffle(addition, self.patch)
        while image is not None and image.shape[-1] < addition.shape[-1]:
            image = upsample_skip(image, self.exact)
        return x, addition if image is None else image + addition


class Synthesis(nn.Module):
    """Blocks b4, b8, ... up to the resolution of the planes."""

    def __init__(self, config: GeneratorConfig, synthesis: SynthesisConfig) -> None:
        super().__init__()
        planes = config.planes
        image_channels = 3 * planes.channels * planes.depth
        self.resolutions = [MIN_RESOLUTION << i for i in range(len(synthesis.channels))]
        inputs = 0
        for resolution, outputs in zip(self.resolutions, synthesis.channels, strict=True):
            block = SynthesisBlock(
                inputs,
                outputs,
                image_channels,
                config.w_dim,
                resolution,
                synthesis.upsample,
                synthesis.use_noise,
                synthesis.patch if resolution == self.resolutions[-1] else 1,
            )
            self.add_module(f"b{resolution}", block)
            inputs = outputs

    def forward(
        self,
        ws: Tensor,
        noise_mode: NoiseMode = "const",
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """ws [B,num_ws,w_dim] -> picture [B,3*C*depth,H,W]."""
        x: Tensor | None = None
        image: Tensor | None = None
        first = 0
        for resolution in self.resolutions:
            # A block's picture shares its w with the first convolution of the next block.
            count = 2 if resolution == MIN_RESOLUTION else 3
            block = self.get_submodule(f"b{resolution}")
            x, image = block(x, image, ws[:, first : first + count], noise_mode, generator)
            first += count - 1
        assert image is not None
        return image
