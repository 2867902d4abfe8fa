"""The encoder of both codecs, and what its packets decode to."""

from __future__ import annotations

from typing import get_args

import av
import numpy as np
import pytest

from narrowcast.receiver.whep.encoder import KEYFRAME_US, WebRtcCodec, WebRtcEncoder
from tests.codec.picture_samples import camera_like

CODECS: tuple[WebRtcCodec, ...] = get_args(WebRtcCodec)
PICTURES = [camera_like(96, 64, seed=seed) for seed in range(4)]


@pytest.mark.parametrize("codec", CODECS)
def test_each_picture_is_a_packet_at_once(codec: WebRtcCodec) -> None:
    encoder = WebRtcEncoder(codec)
    decoder = av.CodecContext.create("h264" if codec == "H264" else "vp8", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count = 1  # more hold frames back
    for number, rgb in enumerate(PICTURES):
        (packet,) = encoder.code(rgb, 40_000 * number, keyframe=number == 2)
        assert packet.is_keyframe == (number in (0, 2))
        assert packet.pts == 3600 * number
        assert encoder.since_keyframe_us == 40_000 * (number % 2)
        (frame,) = decoder.decode(packet)
        assert np.abs(frame.to_ndarray(format="rgb24").astype(int) - rgb).mean() < 12


@pytest.mark.parametrize("codec", CODECS)
def test_another_size_begins_with_a_keyframe(codec: WebRtcCodec) -> None:
    encoder = WebRtcEncoder(codec)
    assert encoder.code(PICTURES[0], 0, keyframe=False)[0].is_keyframe
    assert not encoder.code(PICTURES[0], 40_000, keyframe=False)[0].is_keyframe
    assert encoder.code(camera_like(128, 64, seed=9), 80_000, keyframe=False)[0].is_keyframe


def test_a_keyframe_comes_though_nobody_asks() -> None:
    encoder = WebRtcEncoder("VP8")
    keys = [
        encoder.code(PICTURES[0], at, keyframe=False)[0].is_keyframe for at in (0, 9_000_000, KEYFRAME_US)
    ]
    assert keys == [True, False, True]
