"""Tests of bombing_encoder.py."""

from __future__ import annotations

from narrowcast.codec.classic.codecs import ClassicEncoder
from tests.attacks.bombing_encoder import BombingEncoder
from tests.codec.picture_samples import camera_like


def test_each_third_payload_is_the_bomb_and_the_others_are_the_encoders() -> None:
    inner = ClassicEncoder("png", 64, 64)
    encoder, picture = BombingEncoder(inner, b"bomb", 3), camera_like(64, 64)
    frame = inner.encode(picture).payload
    payloads = [encoder.encode(picture).payload for _ in range(7)]
    assert payloads == [frame, frame, b"bomb"] * 2 + [frame] and encoder.bombs == 2
