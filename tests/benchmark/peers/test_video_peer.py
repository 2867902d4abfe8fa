"""Video peers: one keyframe, the order kept, and what is said where FFmpeg cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrowcast.benchmark.errors import PeerError
from narrowcast.benchmark.peers.catalogue import make_peer
from narrowcast.benchmark.peers.peer import code_clip
from narrowcast.benchmark.peers.video_peer import VideoPeer
from narrowcast.codec.metrics.fidelity import psnr
from tests.benchmark.bench_samples import make_clip
from tests.benchmark.peers.installed import installed

CLIP = make_clip(6)
VIDEO_NAMES = ("x264", "x265", "svt-av1", "vp9")


@pytest.mark.parametrize("name", VIDEO_NAMES)
def test_a_video_peer_has_one_keyframe_and_keeps_the_order(name: str) -> None:
    coded = code_clip(installed(name), CLIP, 30)
    assert len(coded.frame_bytes) == len(CLIP.frames)
    assert coded.frame_bytes[0] > max(coded.frame_bytes[1:])
    for index, decoded in enumerate(coded.frames):
        scores = [psnr(source, [decoded])[0] for source in CLIP.frames]
        assert scores.index(max(scores)) == index


def test_an_encoder_that_is_not_there_is_not_installed() -> None:
    peer = make_peer("x264")
    assert isinstance(peer, VideoPeer)
    with pytest.raises(PeerError, match="not installed"):
        code_clip(replace(peer, encoder="libx999"), CLIP, 30)


def test_an_encoder_that_refuses_its_options_is_named() -> None:
    peer = installed("x264")
    assert isinstance(peer, VideoPeer)
    with pytest.raises(PeerError, match="libx264"):
        code_clip(replace(peer, options={"preset": "leisurely"}), CLIP, 30)


def test_a_payload_that_is_none_is_an_error_of_the_peer() -> None:
    coder = installed("x264").open_stream(128, 96, 15.0, 30)
    with pytest.raises(PeerError):
        coder.decode(b"not a frame")
    coder.close()
