"""What a template's configuration says of the planes that it draws."""

from dataclasses import replace

import pytest

from backend.generator.template_config import TemplateConfig
from tests.backend.generator.configs import latents
from tests.backend.generator.templates import rich_template


def test_the_channels_are_those_that_a_template_draws() -> None:
    generator = rich_template()
    template = generator.config.template
    assert template is not None
    planes = generator.synthesize_planes(generator.map(latents(generator.config, 1)))
    assert planes.shape[2] == template.plane_channels


@pytest.mark.parametrize(("label_code", "channels"), [(1, 12), (4, 18), (7, 24)])
def test_each_number_of_a_label_code_takes_two_channels(label_code: int, channels: int) -> None:
    config = TemplateConfig(vertices=3, shapes=1, surfaces=())
    assert replace(config, label_code=label_code).plane_channels == channels
