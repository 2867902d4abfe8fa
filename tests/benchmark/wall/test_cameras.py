"""Recorded cameras: chains that a worker can decode, again and again."""

from __future__ import annotations

import pytest

pytest.importorskip("nats", reason="nats-py comes with the fabric extra")

from narrowcast.benchmark.wall.cameras import SCENES, RecordedCamera, scenes
from narrowcast.codec.hybrid.thumbnails import thumbnail_decoder
from narrowcast.fabric.records import ChainCheck, unpack_message
from narrowcast.protocol import StreamParameters

STREAM = StreamParameters(width=96, height=64, fps=15.0, codec="hybrid")


def test_a_chain_is_sent_again_and_again_and_decodes() -> None:
    recorded = scenes((96, 64), 4)
    assert len(recorded) == SCENES and all(len(each) == 4 for each in recorded)
    camera, chain, decoder = (
        RecordedCamera(66, recorded[3], STREAM),
        ChainCheck(),
        thumbnail_decoder(96, 64, (96, 64)),
    )
    assert camera.silent and camera.name == "cam-066"
    sent = [message for message in (camera.message() for _ in range(14)) if message is not None]
    assert len(sent) > 9
    for subject, data in sent:
        frame = unpack_message(data)
        assert chain.take(frame) and subject.endswith(".k") == frame.keyframe
        assert decoder.decode(frame.frame.payload).shape == (64, 96, 3)
