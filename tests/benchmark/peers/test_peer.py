"""A clip through a peer: frame by frame, a keyframe first."""

from __future__ import annotations

import pytest

from narrowcast.benchmark.errors import PeerError
from narrowcast.benchmark.peers.peer import code_clip
from tests.benchmark.bench_samples import SteppedPeer, make_clip


def test_every_frame_has_its_size_and_its_picture() -> None:
    clip = make_clip(3)
    coded = code_clip(SteppedPeer(), clip, 32)
    assert coded.frame_bytes == (600, 300, 300)
    for source, decoded in zip(clip.frames, coded.frames, strict=True):
        assert (decoded == source // 32 * 32).all()


def test_what_is_not_installed_is_an_error() -> None:
    with pytest.raises(PeerError, match="not installed"):
        code_clip(SteppedPeer(fails=True), make_clip(1), 32)
