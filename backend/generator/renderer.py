"""Volume rendering: rays, stratified and importance samples, compositing.

Max, "Optical models for direct volume rendering" (1995) in the discrete form of NeRF (2020), with values
taken at the midpoints of neighbouring samples as EG3D does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .config import DensityActivation, RendererConfig
from .decoder import FieldSample

FieldFunction = Callable[[Tensor], FieldSample]  # points [B,N,3]
SigmaFunction = Callable[[Tensor], Tensor]  # points [N,3] -> raw sigma [N]

_FAINTEST = 2e-4  # share of a sample in its pixel


@dataclass(frozen=True)
class Rays:
    """Rays in field units; directions have unit length; order of rays: row by row."""

    origins: Tensor  # [B,R,3]
    directions: Tensor  # [B,R,3]


@dataclass(frozen=True)
class RayColors:
    """What the rays of a picture see."""

    color: Tensor  # [B,R,K] in [-1,1]
    labels: Tensor | None  # [B,R,L] mixed label probabilities
    depth: Tensor  # [B,R,1] along the ray in field units
    weights_sum: Tensor  # [B,R,1] opacity


@dataclass(frozen=True)
class _Samples:
    depths: Tensor  # [B,R,S,1] ascending
    sigma: Tensor  # [B,R,S,1]
    rgb: Tensor  # [B,R,S,K]
    labels: Tensor | None  # [B,R,S,L] probabilities


def camera_rays(cameras: Tensor, resolution: int) -> Rays:
    """Rays of the camera labels [B,25], resolution^2 each.

    Convention: label = cam2world (16, row-major, OpenCV axes: x right, y down, z forward) then intrinsics
    (9, normalised by the picture's size); pixel centres at (i + 0.5) / resolution, x along columns.
    """
    cam2world = cameras[:, :16].view(-1, 4, 4)
    intrinsics = cameras[:, 16:25].view(-1, 3, 3)
    centres = (
        torch.arange(resolution, device=cameras.device, dtype=cameras.dtype) + 0.5
    ) / resolution
    v, u = (axis.flatten() for axis in torch.meshgrid(centres, centres, indexing="ij"))
    fx, skew, cx = (intrinsics[:, 0, i, None] for i in range(3))
    fy, cy = intrinsics[:, 1, 1, None], intrinsics[:, 1, 2, None]
    y = (v - cy) / fy
    x = (u - cx - skew * y) / fx
    directions = torch.stack([x, y, torch.ones_like(x)], dim=-1) @ cam2world[:, :3, :3].transpose(
        1, 2
    )
    origins = cam2world[:, None, :3, 3].expand_as(directions)
    return Rays(origins, F.normalize(directions, dim=-1))


def density_from_sigma(sigma: Tensor, config: RendererConfig) -> Tensor:
    """Raw sigma -> density per field unit."""
    activation: DensityActivation = config.density_activation
    if activation == "softplus":
        return F.softplus(sigma - 1.0) * config.density_scale
    return torch.sigmoid(sigma * config.density_sharpness) * config.density_scale


def render_rays(
    field: FieldFunction,
    rays: Rays,
    config: RendererConfig,
    box_warp: float,
    generator: torch.Generator | None = None,
) -> RayColors:
    """Composite the field along rays, coarse samples first, then more where the surface is.

    Without a random generator the coarse samples lie in the middle of their steps and the importance
    samples at evenly spaced quantiles.
    """
    depths = _coarse_depths(rays, config, box_warp, generator)
    samples = _evaluate(field, rays, depths)
    if config.depth_resolution_importance > 0:
        weights = _compositing_weights(samples, config)
        fine = _importance_depths(
            depths.detach(), weights.detach(), config.depth_resolution_importance, generator
        )
        samples = _merge(samples, _evaluate(field, rays, fine))
    return _composite(samples, config)


def render_rays_sparsely(
    sigma: SigmaFunction, field: FieldFunction, rays: Rays, config: RendererConfig, box_warp: float
) -> RayColors:
    """What `render_rays` gives of one head without gradients, up to what is too faint to be seen.

    Nearly all samples lie in empty space or behind a surface. So only sigma is asked for everywhere, and the rest
    where it counts.
    """
    depths = _coarse_depths(rays, config, box_warp, None)
    values = _sigma_along(sigma, rays, depths)
    if config.depth_resolution_importance > 0:
        weights = _interval_weights(depths, values, config)
        fine = _importance_depths(depths, weights, config.depth_resolution_importance, None)
        depths, order = torch.cat([depths, fine], dim=2).sort(dim=2)
        values = torch.cat([values, _sigma_along(sigma, rays, fine)], dim=2).gather(2, order)
    weights = _interval_weights(depths, values, config)[..., 0]  # [1,R,S-1]
    # Half of what an interval weighs goes to each of its ends.
    shares = (F.pad(weights, (1, 0)) + F.pad(weights, (0, 1))) / 2
    _, ray, place = torch.nonzero(shares > _FAINTEST, as_tuple=True)
    points = rays.origins[0, ray] + depths[0, ray, place] * rays.directions[0, ray]
    sample, share = field(points[None]), shares[0, ray, place, None]

    def gathered(x: Tensor) -> Tensor:
        total = x.new_zeros(1, rays.origins.shape[1], x.shape[-1])
        return total.index_add_(1, ray, x * share)

    labels = None if sample.labels is None else gathered(torch.softmax(sample.labels, dim=-1))
    return _finished(gathered(sample.rgb), labels, depths, weights[..., None], config)


def _sigma_along(sigma: SigmaFunction, rays: Rays, depths: Tensor) -> Tensor:
    """Raw sigma [B,R,S,1] at depths [B,R,S,1]."""
    points = rays.origins.unsqueeze(2) + depths * rays.directions.unsqueeze(2)
    return sigma(points.flatten(0, 2)).view(depths.shape)


def _ray_limits(rays: Rays, config: RendererConfig, box_warp: float) -> tuple[Tensor, Tensor]:
    """Where sampling starts and ends, [B,R,1] each."""
    start = torch.full_like(rays.origins[..., :1], config.ray_start)
    end = torch.full_like(start, config.ray_end)
    if config.ray_range == "fixed":
        return start, end
    half = box_warp / 2
    safe = torch.where(rays.directions.abs() < 1e-9, 1e-9, rays.directions)
    first, second = (-half - rays.origins) / safe, (half - rays.origins) / safe
    enter = torch.minimum(first, second).amax(-1, keepdim=True).clamp_min(0.0)
    leave = torch.maximum(first, second).amin(-1, keepdim=True)
    hit = leave > enter
    return torch.where(hit, enter, start), torch.where(hit, leave, end)


def _coarse_depths(
    rays: Rays, config: RendererConfig, box_warp: float, generator: torch.Generator | None
) -> Tensor:
    """[B,R,S,1] stratified depths."""
    start, end = _ray_limits(rays, config, box_warp)
    count = config.depth_resolution
    steps = torch.linspace(0.0, 1.0, count, device=start.device, dtype=start.dtype)
    shape = (*start.shape[:2], count)
    if generator is None:
        jitter = torch.full(shape, 0.5, device=start.device, dtype=start.dtype)
    else:
        jitter = torch.rand(shape, generator=generator, device=start.device, dtype=start.dtype)
    return (start + (end - start) * (steps + jitter / (count - 1))).unsqueeze(-1)


def _evaluate(field: FieldFunction, rays: Rays, depths: Tensor) -> _Samples:
    points = rays.origins.unsqueeze(2) + depths * rays.directions.unsqueeze(2)
    count = depths.shape[1:3]
    sample = field(points.flatten(1, 2))
    labels = None
    if sample.labels is not None:
        labels = torch.softmax(sample.labels, dim=-1).unflatten(1, count)
    return _Samples(
        depths, sample.sigma.unflatten(1, count), sample.rgb.unflatten(1, count), labels
    )


def _compositing_weights(samples: _Samples, config: RendererConfig) -> Tensor:
    """[B,R,S-1,1] share of every interval in the picture."""
    return _interval_weights(samples.depths, samples.sigma, config)


def _interval_weights(depths: Tensor, sigma: Tensor, config: RendererConfig) -> Tensor:
    """[B,R,S-1,1] share of every interval between ascending depths in the picture; sigma likewise [B,R,S,1]."""
    density = density_from_sigma(_midpoints(sigma), config)
    alpha = 1.0 - torch.exp(-density * depths.diff(dim=2))
    through = torch.cat([torch.ones_like(alpha[:, :, :1]), 1.0 - alpha + 1e-10], dim=2)
    return alpha * torch.cumprod(through, dim=2)[:, :, :-1]


def _midpoints(x: Tensor) -> Tensor:
    return (x[:, :, :-1] + x[:, :, 1:]) / 2


def _composite(samples: _Samples, config: RendererConfig) -> RayColors:
    weights = _compositing_weights(samples, config)
    color = (weights * _midpoints(samples.rgb)).sum(dim=2)
    labels = None
    if samples.labels is not None:
        labels = (weights * _midpoints(samples.labels)).sum(dim=2)
    return _finished(color, labels, samples.depths, weights, config)


def _finished(
    color: Tensor, labels: Tensor | None, depths: Tensor, weights: Tensor, config: RendererConfig
) -> RayColors:
    """Sums along rays [B,R,...], with depths [B,R,S,1] and the weights [B,R,S-1,1] of the intervals between."""
    weights_sum = weights.sum(dim=2)
    if config.white_back:
        color = color + 1.0 - weights_sum
    depth = (weights * _midpoints(depths)).sum(dim=2)
    is_seen = weights_sum > 0
    # Dividing only where something is seen keeps the gradients finite everywhere.
    depth = torch.where(is_seen, depth / torch.where(is_seen, weights_sum, 1.0), float("inf"))
    depth = depth.clamp(depths.min(), depths.max())
    return RayColors(color * 2.0 - 1.0, labels, depth, weights_sum)


def _importance_depths(
    depths: Tensor, weights: Tensor, count: int, generator: torch.Generator | None
) -> Tensor:
    """[B,R,count,1] more depths, distributed as the smoothed coarse weights [B,R,S-1,1]."""
    batch, rays = depths.shape[:2]
    flat = weights.reshape(batch * rays, 1, -1)
    # Dilating before averaging keeps samples on both sides of a thin surface.
    flat = F.max_pool1d(flat, 2, stride=1, padding=1)
    flat = F.avg_pool1d(flat, 2, stride=1).squeeze(1) + 0.01
    middles = _midpoints(depths).reshape(batch * rays, -1)
    if generator is None:
        quantiles = torch.linspace(0.0, 1.0, count, device=depths.device, dtype=depths.dtype)
        quantiles = quantiles.expand(batch * rays, count).contiguous()
    else:
        shape = (batch * rays, count)
        quantiles = torch.rand(shape, generator=generator, device=depths.device, dtype=depths.dtype)
    fine = invert_distribution(middles, flat[:, 1:-1], quantiles)
    return fine.view(batch, rays, count, 1)


def invert_distribution(edges: Tensor, weights: Tensor, quantiles: Tensor) -> Tensor:
    """Positions [R,Q] at the quantiles [R,Q] of a piecewise constant distribution.

    edges [R,S+1] ascending, weights [R,S] of the bins between them (not normalised).
    """
    weights = weights + 1e-5
    cumulative = torch.cumsum(weights / weights.sum(-1, keepdim=True), dim=-1)
    cumulative = F.pad(cumulative, (1, 0))
    upper = torch.searchsorted(cumulative, quantiles, right=True)
    lower = (upper - 1).clamp_min(0)
    upper = upper.clamp_max(weights.shape[-1])
    low, high = cumulative.gather(-1, lower), cumulative.gather(-1, upper)
    left, right = edges.gather(-1, lower), edges.gather(-1, upper)
    width = high - low
    share = (quantiles - low) / torch.where(width < 1e-5, torch.ones_like(width), width)
    return left + share * (right - left)


def _merge(coarse: _Samples, fine: _Samples) -> _Samples:
    depths, order = torch.cat([coarse.depths, fine.depths], dim=2).sort(dim=2)

    def sorted_values(a: Tensor, b: Tensor) -> Tensor:
        both = torch.cat([a, b], dim=2)
        return both.gather(2, order.expand(-1, -1, -1, both.shape[-1]))

    labels = None
    if coarse.labels is not None and fine.labels is not None:
        labels = sorted_values(coarse.labels, fine.labels)
    sigma = sorted_values(coarse.sigma, fine.sigma)
    return _Samples(depths, sigma, sorted_values(coarse.rgb, fine.rgb), labels)
