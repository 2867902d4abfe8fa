"""Coding one picture as a grant allows: keyframes, quality and the cap on the bitrate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrowcast.codec.latent.header import unpack_latent
from narrowcast.codec.names import Entropy
from narrowcast.protocol import FrameGrant
from narrowcast.sender.coder import FrameCoder
from narrowcast.sender.sources.source import CapturedFrame
from tests.codec.picture_samples import camera_like
from tests.pipelines import small_sender

PICTURE = CapturedFrame(rgb=camera_like(64, 64, seed=3), capture_sender_us=123, index=0)
GRANT = FrameGrant(
    sequence=4,
    keyframe=False,
    payload_bytes=None,
    usual_payload_bytes=None,
    frame_interval_us=66_667,
    rate_bps=None,
    receivers=frozenset({1}),
    newest_session=1,
    chain_sequence=3,
)


def test_a_picture_becomes_a_frame_with_its_times() -> None:
    coder = FrameCoder(small_sender())
    coder.warm_up()
    frame = coder.code(PICTURE, GRANT)
    assert frame.keyframe
    assert frame.capture_sender_us == 123
    assert frame.encode_us >= 0
    assert (frame.sequence, frame.quality_permille) == (4, 500)
    assert frame.payload.startswith(b"\xff\xd8")


def test_quality_falls_until_frames_take_what_they_may() -> None:
    coder = FrameCoder(replace(small_sender(), quality=1.0))
    free = coder.code(PICTURE, GRANT)
    bounded = [coder.code(PICTURE, replace(GRANT, payload_bytes=1000.0)) for _ in range(20)]
    assert free.quality_permille == 1000 and len(free.payload) > 2000
    assert bounded[-1].quality_permille < 1000
    assert len(bounded[-1].payload) < 1.3 * 1000


def test_layered_makes_every_second_frame_droppable() -> None:
    coder = FrameCoder(replace(small_sender(), codec="gan", layered=True))
    moving = [replace(PICTURE, rgb=camera_like(64, 64, seed=seed)) for seed in range(6)]
    grants = [replace(GRANT, keyframe=index == 3) for index in range(6)]
    frames = [coder.code(picture, grant) for picture, grant in zip(moving, grants, strict=True)]
    kinds = [(frame.keyframe, frame.droppable) for frame in frames]
    key, drop, chain = (True, False), (False, True), (False, False)
    assert kinds[:2] == [key, drop] and kinds[3:5] == [key, drop]
    for before, after in zip(kinds, kinds[1:], strict=False):
        assert after == key or after == (chain if before == drop else drop)


@pytest.mark.parametrize("entropy", ["huffman", "lzw"])
def test_the_entropy_coder_asked_for_is_named_by_every_coded_frame(entropy: Entropy) -> None:
    coder = FrameCoder(replace(small_sender(), codec="gan", entropy=entropy))
    for seed in range(2):
        frame = coder.code(replace(PICTURE, rgb=camera_like(64, 64, seed=seed)), GRANT)
        assert unpack_latent(frame.payload)[0].entropy == entropy


def test_after_a_rest_the_next_frame_is_a_keyframe() -> None:
    coder = FrameCoder(replace(small_sender(), codec="hybrid"))
    kinds = [coder.code(PICTURE, GRANT).keyframe for _ in range(2)]
    coder.rest()
    kinds += [coder.code(PICTURE, GRANT).keyframe for _ in range(2)]
    assert kinds == [True, False, True, False]
