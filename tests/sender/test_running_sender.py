"""A running sender, with real receivers and a receiver's session where it has to misbehave."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from narrowcast import codec
from narrowcast.codec.api import EncodedFrame, Encoder
from narrowcast.codec.classic.codecs import ClassicEncoder
from narrowcast.protocol import (
    CodecOffer,
    Link,
    ReceiverSession,
    ReceiverSessionConfig,
    Transport,
    TransportConfig,
)
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.runtime import line_throttle
from narrowcast.runtime.clock import now_us
from narrowcast.sender import running_sender
from narrowcast.sender.coder import FrameCoder
from tests.pipelines import run_receiver, run_sender, small_sender, wait_until


def test_nothing_is_coded_while_nobody_receives() -> None:
    with run_sender(small_sender()) as sender:
        wait_until(lambda: "waiting for a receiver" in sender.reporter.notices)
    assert sender.error is None
    assert sender.reporter.summaries == []


def test_it_sends_as_many_frames_as_asked_and_says_goodbye() -> None:
    with run_sender(small_sender(max_frames=7)) as sender:
        receiver = run_receiver(ReceiverConfig(url=sender.address(), window=False, until_end=True))
        sender.join()
        receiver.join()
    (sent,), (received,) = sender.reporter.summaries, receiver.reporter.summaries
    assert sent["coded"] == received["shown"] == 7
    assert sent["keyframes"] == received["keyframes"] == 7
    assert sent["captured"] >= 7
    assert sent["captured"] == sent["coded"] + sent["skipped"]
    assert sent["encode_ms"]["count"] == 7
    assert sent["network_ms"]["count"] == 7


def test_the_clip_starts_with_its_first_receiver_and_ends_the_stream() -> None:
    config = replace(small_sender(source="demo:"), fps=None, max_seconds=0.5, size=(128, 72))
    with run_sender(config) as sender:
        receiver = run_receiver(ReceiverConfig(url=sender.address(), window=False, until_end=True))
        receiver.join()
        sender.join()
    (sent,), (received,) = sender.reporter.summaries, receiver.reporter.summaries
    assert received["first_shown_capture_us"] - sent["first_capture_us"] < 500_000
    assert received["shown"] == sent["coded"] > 0


def test_a_receiver_that_takes_no_frame_stops_the_coding_after_one() -> None:
    with run_sender(small_sender(max_frames=50)) as sender:
        transport = Transport(TransportConfig(url=sender.address(), bind=False))
        offers = (CodecOffer(name="jpeg", model_id=""),)
        session = ReceiverSession(ReceiverSessionConfig(codecs=offers, instance=1))
        link = Link(session, transport, now_us)
        wait_until(lambda: session.frames_waiting == 1, lambda: link.step(10))
        for _ in range(20):
            link.step(10)
        assert session.frames_waiting == 1
        session.close("enough")
        link.flush()
        transport.close(200)
        wait_until(lambda: any("left" in text for text in sender.reporter.notices))
    assert sender.reporter.summaries[0]["coded"] == 1


def test_the_pictures_before_coding_are_saved(tmp_path: Path) -> None:
    config = replace(small_sender(max_frames=3), save_frames=tmp_path / "frames")
    with run_sender(config) as sender:
        run_receiver(ReceiverConfig(url=sender.address(), window=False, until_end=True)).join()
        sender.join()
    assert len(list((tmp_path / "frames").glob("*-source.png"))) == 3


def test_one_receiver_more_than_it_takes_is_turned_away() -> None:
    with run_sender(replace(small_sender(), max_receivers=1)) as sender:
        config = ReceiverConfig(url=sender.address(), window=False)
        with run_receiver(config) as first:
            wait_until(lambda: any("receiving" in text for text in first.reporter.notices))
            with run_receiver(config) as second:
                wait_until(lambda: any("turned us away" in text for text in second.reporter.notices))


def visit(url: str, instance: int) -> None:
    """Join as a receiver, and leave."""
    transport = Transport(TransportConfig(url=url, bind=False))
    offers = (CodecOffer(name="jpeg"),)
    session = ReceiverSession(ReceiverSessionConfig(codecs=offers, instance=instance))
    link = Link(session, transport, now_us)
    wait_until(lambda: session.stream is not None, lambda: link.step(5))
    session.close("for a test")
    link.flush()
    transport.close(200)


def test_receivers_that_come_and_go_fill_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    few = line_throttle.LineThrottle(burst=2, interval_us=10**12)
    monkeypatch.setattr(line_throttle, "LineThrottle", lambda burst, interval_us: few)
    with run_sender(small_sender()) as sender:
        for number in range(4):
            visit(sender.address(), 100 + number)
        joined = [text for text in sender.reporter.notices if text.endswith(" joined")]
    assert len(joined) == 2


def test_the_encoder_rests_until_somebody_watches_and_again_when_nobody_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rests: list[FrameCoder] = []
    monkeypatch.setattr(FrameCoder, "rest", lambda coder: rests.append(coder))
    monkeypatch.setattr(running_sender, "_REST_US", 50_000)
    with run_sender(small_sender()) as sender:
        config = ReceiverConfig(url=sender.address(), window=False, max_frames=3)
        wait_until(lambda: len(rests) == 1)  # after its warm-up
        run_receiver(config).join()
        wait_until(lambda: len(rests) == 2)
        run_receiver(config).join()
        wait_until(lambda: len(rests) == 3)


class EncoderWithoutDescriptors(ClassicEncoder):
    """A JPEG encoder that finds no free descriptor as often as `failures` says."""

    failures: Sequence[int] = ()

    def encode(self, *args: Any, **kwargs: Any) -> EncodedFrame:
        if self.failures:
            number, *self.failures = self.failures
            raise OSError(number, "too many open files")
        return super().encode(*args, **kwargs)


def test_a_moment_without_descriptors_costs_pictures_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    created: list[EncoderWithoutDescriptors] = []

    def create(name: str, *, width: int, height: int, **rest: object) -> Encoder:
        created.append(EncoderWithoutDescriptors(name, width, height))
        return created[-1]

    monkeypatch.setattr(codec, "create_encoder", create)
    with run_sender(small_sender()) as sender:
        wait_until(lambda: "waiting for a receiver" in sender.reporter.notices)
        created[0].failures = [errno.EMFILE, errno.ENFILE]
        receiver = run_receiver(ReceiverConfig(url=sender.address(), window=False, max_frames=5))
        receiver.join()
        assert not created[0].failures and not sender.ended
        assert any("may open no more files" in text for text in sender.reporter.notices)
    assert receiver.reporter.summaries[0]["shown"] == 5 and sender.error is None
