"""The benchmark of textures, on a ball that is red in front."""

from dataclasses import replace

import pytest

from backend.bench import texture
from backend.bench.texture import YAWS, Eye, score_head
from backend.surface.build import SurfaceResult, SurfaceSettings, bake_head
from backend.views.cameras import look_at_camera
from tests.backend.bench.balls import RedInFront

SETTINGS = SurfaceSettings(64, 4000, 1024)
EYE = Eye(lambda yaw: look_at_camera(yaw, 0.1, 1.5, 30.0), 2.5)


def test_a_delivered_ball_looks_like_its_field() -> None:
    scores = score_head(RedInFront(), SETTINGS, EYE)
    assert len(scores.views) == len(YAWS)
    assert min(view.psnr_db for view in scores.views) > 30
    assert min(view.psnr_db for view in scores.inside) > 30
    assert 0.3 < scores.coverage < 1
    assert scores.seam_error < 0.02


def test_a_texture_that_is_darker_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def darker(*arguments: object) -> SurfaceResult:
        head = bake_head(*arguments)  # type: ignore[arg-type]
        dark = head.maps.albedo - head.maps.albedo // 5
        return replace(head, maps=replace(head.maps, albedo=dark))

    monkeypatch.setattr(texture, "bake_head", darker)
    scores = score_head(RedInFront(), SETTINGS, EYE)
    # A fifth darker: 14 dB where it is white, more where it is red.
    assert all(13.5 < view.psnr_db < 19.5 for view in scores.inside)
    assert all(view.psnr_db < 20 for view in scores.views)
