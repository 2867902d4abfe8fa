"""The decode thread with a real network thread and a sender's session behind a real socket."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
import torch

from narrowcast import codec
from narrowcast.protocol import (
    CodecOffer,
    Link,
    ReceiverSession,
    SenderSession,
    SenderSessionConfig,
    StreamParameters,
    Transport,
    TransportConfig,
)
from narrowcast.protocol import ReceiverSessionConfig as SessionConfig
from narrowcast.receiver.config import ExpectedStream, ReceiverConfig
from narrowcast.receiver.decoding import DecodeResult, DecodeThread
from narrowcast.receiver.frame import DecodedFrame, DecodeFailure
from narrowcast.receiver.network import ReceiverNetwork, ReceiverNetworkGauges
from narrowcast.runtime.clock import now_us
from tests.codec.picture_samples import camera_like
from tests.pipelines import wait_until
from tests.protocol.sending import send_frame, wants_keyframe
from tests.receiver.frame_samples import arrived_frame


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

    results: list[DecodeResult] = []
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
    network.stop("the test is over")
    decoding.check()
    network.check()
    transport.close()


class Replies:
    """In place of a network: the streams and frames that a hostile sender names, one after the other."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.stream: StreamParameters | None = None
        self.gauges = ReceiverNetworkGauges()

    def decode_failed(self, reason: str) -> None:
        self.failures.append(reason)


def failing(thread: DecodeThread, codec_name: str, side: int, payload: bytes = b"x") -> DecodeFailure:
    arrived = replace(arrived_frame(payload=payload), codec=codec_name, width=side, height=side)
    result = thread._decode(arrived)
    assert isinstance(result, DecodeFailure)
    return result


def new_thread() -> tuple[DecodeThread, Replies]:
    network = Replies()
    return DecodeThread(cast(ReceiverNetwork, network), ReceiverConfig(url="tcp://127.0.0.1:1")), network


def test_a_decoder_that_cannot_be_made_is_a_failure_told_once_and_not_the_end() -> None:
    thread, network = new_thread()
    first, second = failing(thread, "nonsense", 64), failing(thread, "nonsense", 64)
    assert first.undecodable and "nonsense" in first.reason and not second.undecodable
    assert failing(thread, "jpeg", 16384).undecodable
    assert network.failures == [], "no keyframe helps"
    assert not failing(thread, "jpeg", 64).undecodable, "it does not decode, but could"
    assert len(network.failures) == 1


def test_a_stream_that_changes_all_the_time_is_not_followed() -> None:
    thread, network = new_thread()
    results = [failing(thread, "jpeg", 64 + change) for change in range(40)]
    assert len(network.failures) == 6, "only so many decoders were made"
    assert [result.undecodable for result in results].count(True) == 1
    assert "too often" in results[-1].reason


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has one")
def test_a_device_that_is_not_there_is_told_before_any_stream() -> None:
    with pytest.raises(codec.BackendError, match="no CUDA"):
        DecodeThread(cast(ReceiverNetwork, Replies()), ReceiverConfig(url="tcp://127.0.0.1:1", device="cuda"))


def test_a_live_decoder_learns_how_many_frames_wait_behind_each() -> None:
    thread, network = new_thread()
    backlogs = []

    class Noting:
        """Decodes nothing, and notes what it was told."""

        backlog = 0
        provenance = codec.Provenance()

        def decode(self, payload: bytes) -> codec.Rgb:
            backlogs.append(self.backlog)
            return camera_like(64, 64)

        def follow(self, payload: bytes) -> None:
            """Is not called."""

    thread._decoder = Noting()
    thread._stream = ExpectedStream(codec="hybrid", width=64, height=64)
    for waiting in (0, 7, 1):
        network.gauges = ReceiverNetworkGauges(frames_waiting=waiting)
        arrived = replace(arrived_frame(), codec="hybrid", width=64, height=64)
        assert isinstance(thread._decode(arrived), DecodedFrame)
    assert backlogs == [0, 7, 1]


def test_a_hybrid_decoder_is_ready_without_an_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("trial encodes would delay the first picture")

    monkeypatch.setattr(codec, "create_encoder", refuse)
    url = "tcp://127.0.0.1:1"
    thread = DecodeThread(cast(ReceiverNetwork, Replies()), ReceiverConfig(url=url, restore="never"))
    thread.make_ready(ExpectedStream(codec="hybrid", width=64, height=64))
    with pytest.raises(AssertionError, match="trial encodes"):
        thread.make_ready(ExpectedStream(codec="jpeg", width=64, height=64))
