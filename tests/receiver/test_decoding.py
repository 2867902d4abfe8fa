"""The decode thread with a real network thread and a sender's session behind a real socket."""

from __future__ import annotations

import codec
from protocol import (
    CodecOffer,
    Link,
    ReceiverSession,
    SenderSession,
    SenderSessionConfig,
    StreamParameters,
    Transport,
    TransportConfig,
)
from protocol import ReceiverSessionConfig as SessionConfig
from receiver.config import ReceiverConfig
from receiver.decoding import DecodedFrame, DecodeFailure, DecodeThread
from receiver.network import ReceiverNetwork
from runtime.clock import now_us
from tests.codec.picture_samples import camera_like
from tests.pipelines import wait_until
from tests.protocol.sending import send_frame, wants_keyframe


def test_pictures_and_failures_come_in_order_and_then_it_is_idle() -> None:
    picture = camera_like(64, 64, seed=5)
    payload = codec.create_encoder("png", width=64, height=64).encode(picture).payload
    transport = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
    stream = StreamParameters(width=64, height=64, fps=30.0, codec="png")
    sender = SenderSession(SenderSessionConfig(stream=stream, epoch=1, instance=1))
    link = Link(sender, transport, now_us)

    other_end = Transport(TransportConfig(url=transport.url, bind=False))
    offers = (CodecOffer(name="png"),)
    network = ReceiverNetwork(ReceiverSession(SessionConfig(codecs=offers, instance=2)), other_end)
    decoding = DecodeThread(network, ReceiverConfig(url=transport.url))
    network.start()
    decoding.start()

    results: list[DecodedFrame | DecodeFailure] = []
    for data in (payload, b"garbage", payload):
        wait_until(lambda: sender.grant(now_us()) is not None, lambda: link.step(5))
        send_frame(sender, now_us(), payload=data)
        wait_until(lambda: decoding.waiting == 1, lambda: link.step(5))
        result = decoding.result(0.0)
        assert result is not None
        results.append(result)
        if isinstance(result, DecodeFailure):
            wait_until(lambda: wants_keyframe(sender, now_us()), lambda: link.step(5))

    first, failure, last = results
    assert isinstance(first, DecodedFrame)
    assert isinstance(failure, DecodeFailure)
    assert isinstance(last, DecodedFrame)
    assert (first.rgb == picture).all()
    assert (last.rgb == picture).all()
    wait_until(lambda: decoding.finished)
    assert decoding.waiting == 0
    decoding.stop()
    network.stop()
    decoding.check()
    network.check()
    transport.close()
