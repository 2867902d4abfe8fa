"""x264's rate: what the link leaves for video, and that the encoder holds it without delay."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from narrowcast.benchmark.link.peers.peer_program import PeerSettings
from narrowcast.benchmark.link.peers.x264_peer import make_encoder, video_bps
from narrowcast.benchmark.peers.video_peer import to_rgb, to_yuv
from tests.benchmark.bench_samples import make_clip


def test_headers_are_counted_against_the_link() -> None:
    assert video_bps(64, 15) == pytest.approx(0.9 * 64_000 - 8 * 15 * 78)
    assert video_bps(64, 15) > video_bps(64, 30)
    assert video_bps(16, 30) == 6400  # the headers alone would take nearly all


def test_each_picture_comes_out_at_once_and_the_rate_is_held() -> None:
    settings = PeerSettings(
        source="", width=128, height=96, fps=15.0, kbps=64.0, jpeg_quality=10, pictures=Path()
    )
    encoder = make_encoder(settings)
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count = 1
    sizes = []
    for index, rgb in enumerate(make_clip(30).frames):
        frame = to_yuv(rgb)
        frame.pts = index
        data = b"".join(bytes(packet) for packet in encoder.encode(frame))
        sizes.append(len(data))
        (shown,) = decoder.decode(av.Packet(data))
        assert to_rgb(shown).shape == (96, 128, 3)
    assert 8 * sum(sizes[15:]) <= 1.2 * video_bps(64, 15)
