"""Numbers of a picture that do not depend on its size, nor the contrast on the light."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from narrowcast.receiver.events.sample import WIDTH, make_sample
from tests.receiver.events.scenes import Camera, wall


def test_a_picture_of_any_size_gives_nearly_the_same_numbers() -> None:
    picture = Camera(wall(), noise=0.0).picture()
    small = make_sample(picture, 7)
    large = make_sample(np.asarray(cv2.resize(picture, (1280, 720)), np.uint8), 7)
    assert small.at_us == 7 and small.grey.shape == large.grey.shape == (90, WIDTH)
    assert large.mean == pytest.approx(small.mean, abs=1)
    assert large.contrast == pytest.approx(small.contrast, rel=0.1)


def test_half_the_light_is_as_much_contrast() -> None:
    camera = Camera(wall(), noise=2.0)
    bright, dim = (make_sample(camera.picture(light=light), 0) for light in (1.0, 0.5))
    assert dim.mean == pytest.approx(bright.mean / 2, rel=0.05)
    assert dim.contrast == pytest.approx(bright.contrast, rel=0.15)


def test_a_smooth_picture_has_none() -> None:
    smooth = make_sample(np.full((90, 160, 3), 120, np.uint8), 0)
    assert smooth.contrast < 1e-5 and smooth.bright == pytest.approx(120, abs=1)
