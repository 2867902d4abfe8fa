"""Every refusal has its code and says how to fix it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrowcast.protocol.session.handshake import refuse
from narrowcast.protocol.wire.session_messages import (
    PROTOCOL_VERSION,
    CodecOffer,
    Hello,
    RejectCode,
    Role,
    StreamParameters,
)

STREAM = StreamParameters(width=64, height=64, fps=15.0, codec="gan", model_id="abc", max_payload_bytes=5000)
HELLO = Hello(
    version=PROTOCOL_VERSION,
    role=Role.RECEIVER,
    instance=1,
    codecs=(CodecOffer(name="jpeg"), CodecOffer(name="gan", model_id="abc")),
)


def test_a_fitting_receiver_is_served() -> None:
    assert refuse(HELLO, STREAM, 1) is None


@pytest.mark.parametrize(
    ("hello", "places", "code", "advice"),
    [
        (
            replace(HELLO, version=PROTOCOL_VERSION + 1),
            1,
            RejectCode.VERSION,
            "update narrowcast on the sender",
        ),
        (replace(HELLO, version=0), 1, RejectCode.VERSION, "update narrowcast on the receiver"),
        (replace(HELLO, codecs=(CodecOffer(name="jpeg"),)), 1, RejectCode.CODEC, "the receiver has jpeg"),
        (replace(HELLO, codecs=()), 1, RejectCode.CODEC, "the receiver has none"),
        (
            replace(HELLO, codecs=(CodecOffer(name="gan", model_id="xyz"),)),
            1,
            RejectCode.MODEL,
            "model is abc, the receiver's is xyz",
        ),
        (replace(HELLO, stream=3), 1, RejectCode.STREAM, "ask for it instead of 3"),
        (replace(HELLO, max_payload_bytes=4999), 1, RejectCode.LIMITS, "raise the receiver's limit"),
        (HELLO, 0, RejectCode.FULL, "stop one"),
    ],
)
def test_refusals(hello: Hello, places: int, code: RejectCode, advice: str) -> None:
    refusal = refuse(hello, STREAM, places)
    assert refusal is not None
    assert refusal.code == code
    assert advice in refusal.text
    assert len(refusal.text) <= 300


def test_codec_names_of_a_peer_are_made_printable_and_short() -> None:
    offers = tuple(CodecOffer(name=f"\x1b[2J{'x' * 50}{i}") for i in range(32))
    refusal = refuse(replace(HELLO, codecs=offers), STREAM, 1)
    assert refusal is not None
    assert refusal.text.isprintable() and len(refusal.text) <= 300
