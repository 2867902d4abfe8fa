"""Small pictures of a real stream are those that the whole pictures give when they are scaled down."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from narrowcast import codec
from narrowcast.codec.hybrid.thumbnails import thumbnail_decoder
from tests.codec.picture_samples import camera_like


def test_small_pictures_are_those_of_the_stream() -> None:
    encoder = codec.create_encoder("hybrid", width=160, height=96, threads=1)
    whole = codec.create_decoder("hybrid", width=160, height=96, threads=1, restore="never")
    small = thumbnail_decoder(160, 96, (80, 48))
    for number in range(3):
        payload = encoder.encode(camera_like(160, 96, seed=number), quality=0.8).payload
        expected = cv2.resize(whole.decode(payload), (80, 48), interpolation=cv2.INTER_AREA)
        if number == 1:
            small.follow(payload)
            continue
        found = small.decode(payload)
        assert found.shape == (48, 80, 3)
        assert np.abs(found.astype(int) - expected).mean() < 4
    with pytest.raises(codec.BitstreamError):
        small.decode(payload[:-1])
