"""Whether a scene is where it was, whatever the light."""

from __future__ import annotations

import numpy as np

from narrowcast.receiver.events.sample import make_sample
from narrowcast.receiver.events.viewpoint import Viewpoint
from tests.receiver.events.scenes import Camera, wall

SECOND_US = 1_000_000


def learned(camera: Camera) -> Viewpoint:
    viewpoint = Viewpoint()
    for second in range(20):
        viewpoint.learn(make_sample(camera.picture(), second * SECOND_US))
    return viewpoint


def test_only_another_view_is_elsewhere() -> None:
    camera = Camera(wall())
    viewpoint = learned(camera)
    for light in (0.4, 1.0, 1.5):
        assert not viewpoint.is_elsewhere(make_sample(camera.picture(light=light), 0))
    assert not viewpoint.is_elsewhere(make_sample(camera.picture(disc_at=(100, 90)), 0))
    assert viewpoint.is_elsewhere(make_sample(camera.picture(shift=40), 0))
    assert viewpoint.is_elsewhere(make_sample(Camera(wall(9)).picture(), 0))


def test_a_new_view_is_known_from_its_first_picture_on() -> None:
    camera = Camera(wall())
    viewpoint = learned(camera)
    turned = make_sample(camera.picture(shift=40), 0)
    viewpoint.restart(turned)
    assert not viewpoint.is_elsewhere(make_sample(camera.picture(shift=40), 0))


def test_nothing_is_said_of_a_view_without_detail_or_of_another_size() -> None:
    plain = Camera(np.full((180, 320), 128.0))
    assert not learned(plain).is_elsewhere(make_sample(Camera(wall()).picture(), 0))
    viewpoint = learned(Camera(wall()))
    assert not viewpoint.is_elsewhere(make_sample(plain.picture()[:100], 0))
    assert not Viewpoint().is_elsewhere(make_sample(plain.picture(), 0))
