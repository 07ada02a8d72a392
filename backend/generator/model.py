"""The generator: every part of the 3D-aware GAN behind four verbs: map, synthesize, sample, render."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import GeneratorConfig
from .decoder import Decoder, FieldSample
from .latents import edit_latent
from .layers import NoiseMode
from .mapping import Mapping
from .planes import normalize_points, sample_planes
from .renderer import RayColors, camera_rays, density_from_sigma, render_rays
from .side_decoder import LOOK_CHANNELS, SideDecoder
from .superres import SuperResolution
from .synthesis import Synthesis
from .template import Template

DRAFT_RESOLUTION = 192  # side of the planes for small pictures, in texels


@dataclass(frozen=True)
class Rendered:
    """Pictures of a head from one camera each; row 0 is the top."""

    image_raw: Tensor  # [B,3,H,W] in [-1,1], volume-rendered
    features: Tensor  # [B,K,H,W] all colour channels
    depth: Tensor  # [B,1,H,W] along the ray in field units
    weights_sum: Tensor  # [B,1,H,W] opacity 0..1
    image: Tensor | None  # [B,3,S,S] super-resolved, if the generator does that and got ws
    labels: Tensor | None  # [B,L,H,W] label probabilities times opacity


class Generator(nn.Module):
    """A 3D-aware GAN described by its configuration.

    Convention: points are in field units in the field frame (right-handed, y up, face along +z).
    """

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.mapping = Mapping(config)
        self.synthesis = Synthesis(config, config.synthesis) if config.synthesis else None
        self.template = Template(config, config.template) if config.template else None
        self.decoder = SideDecoder(config) if config.decoder.reads_sides else Decoder(config)
        settings = config.superresolution
        self.superresolution = SuperResolution(config, settings) if settings else None

    def map(
        self,
        z: Tensor,
        camera_label: Tensor | None = None,
        truncation: float = 1.0,
        truncation_cutoff: int | None = None,
    ) -> Tensor:
        """Latents z [B,z_dim] (and camera labels [B,25]) -> ws [B,num_ws,w_dim]."""
        return cast(Tensor, self.mapping(z, camera_label, truncation, truncation_cutoff))

    def edit(self, z: Tensor, block: str, amount: float, label: str = "") -> Tensor:
        """z [...,z_dim] with a named block, or one labelled number of it, moved by standard deviations.

        Raises LatentError for a block or label that this generator does not have.
        """
        return edit_latent(z, self.config.mapping.latent_blocks, block, amount, label)

    def synthesize_planes(
        self,
        ws: Tensor,
        noise_mode: NoiseMode = "const",
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """ws [B,num_ws,w_dim] -> planes [B,3,C*depth,H,W]; `generator` is for noise_mode "random"."""
        if self.template is not None:
            return cast(Tensor, self.template(ws[:, 0]))
        assert self.synthesis is not None
        picture = cast(Tensor, self.synthesis(ws, noise_mode, generator))
        return picture.unflatten(1, (3, -1))

    def draft_planes(self, ws: Tensor) -> Tensor:
        """Planes good enough for small pictures: a template draws them with fewer texels, others are as ever."""
        if self.template is not None:
            return cast(Tensor, self.template(ws[:, 0], DRAFT_RESOLUTION))
        return self.synthesize_planes(ws)

    def sample_field(self, planes: Tensor, points: Tensor) -> FieldSample:
        """The field of planes [B,3,C*depth,H,W] at points [B,N,3]; differentiable in both."""
        coordinates = normalize_points(points, self.config.box_warp)
        sampled = sample_planes(planes, coordinates, self.config.planes)
        return cast(FieldSample, self.decoder(sampled, coordinates))

    def sample_normals(self, planes: Tensor, points: Tensor) -> Tensor:
        """Outward unit normals [B,N,3] at points [B,N,3]: where sigma falls fastest, by its gradient."""
        with torch.inference_mode(False), torch.enable_grad():
            places = points.detach().clone().requires_grad_(True)
            sigma = self.sample_field(planes.detach().clone(), places).sigma
            (gradient,) = torch.autograd.grad(sigma.sum(), places)
        return F.normalize(-gradient, dim=-1)

    def density(self, sigma: Tensor) -> Tensor:
        """Raw sigma -> density per field unit."""
        return density_from_sigma(sigma, self.config.renderer)

    def render(
        self,
        planes: Tensor,
        cameras: Tensor,
        resolution: int,
        ws: Tensor | None = None,
        depth_samples: tuple[int, int] | None = None,
        generator: torch.Generator | None = None,
        with_labels: bool = True,
    ) -> Rendered:
        """Volume-render planes [B,3,C*depth,H,W] from the camera labels [B,25].

        Args:
            depth_samples: coarse and importance samples along a ray; the configuration's by default.
            generator: jitters the samples; without it they are fixed and pictures repeat exactly.
            with_labels: False spares a template's generator the work of its part labels, unless its
                super-resolution reads them.
        """
        enlarges = self.superresolution is not None and ws is not None
        if self.template is not None and not with_labels and not enlarges:
            planes = planes[:, :, :LOOK_CHANNELS]
        settings = self.config.renderer
        if depth_samples is not None:
            coarse, fine = depth_samples
            settings = replace(settings, depth_resolution=coarse, depth_resolution_importance=fine)
        rays = camera_rays(cameras, resolution)
        seen = render_rays(
            lambda points: self.sample_field(planes, points),
            rays,
            settings,
            self.config.box_warp,
            generator,
        )

        return self.finish_pictures(seen, cameras, ws)

    def finish_pictures(self, seen: RayColors, cameras: Tensor, ws: Tensor | None) -> Rendered:
        """Rays of the camera labels [B,25] as pictures, and super-resolution if there are ws."""
        resolution = math.isqrt(seen.depth.shape[1])

        def as_picture(x: Tensor) -> Tensor:
            return x.transpose(1, 2).unflatten(2, (resolution, resolution))

        features = as_picture(seen.color)
        labels = None if seen.labels is None else as_picture(seen.labels)
        depth, weights_sum = as_picture(seen.depth), as_picture(seen.weights_sum)
        rendered = Rendered(features[:, :3], features, depth, weights_sum, None, labels)
        if self.superresolution is None or ws is None:
            return rendered
        inputs = self.superresolution_inputs(rendered, cameras)
        return replace(rendered, image=self.superresolution(rendered.image_raw, inputs, ws))

    def superresolution_inputs(self, seen: Rendered, cameras: Tensor) -> Tensor:
        """What super-resolution reads [B,K,H,W] of pictures from the camera labels [B,25]."""
        settings = self.config.superresolution
        if settings is None or settings.reads == "features":
            return seen.features
        rays = camera_rays(cameras, seen.depth.shape[-1])
        depth = seen.depth.flatten(2).transpose(1, 2)  # [B,R,1]
        places = normalize_points(rays.origins + depth * rays.directions, self.config.box_warp)
        parts = [seen.features, seen.weights_sum]
        parts.append(places.transpose(1, 2).unflatten(2, seen.depth.shape[2:]) * seen.weights_sum)
        if seen.labels is not None:
            parts.append(seen.labels)
        return torch.cat(parts, dim=1)
