"""A sender is built from its configuration, says how to reach it, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrowcast.protocol import TransportError
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.runtime.signals import StopSignal
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.pipeline import SenderPipeline
from narrowcast.sender.running_sender import RunningSender
from narrowcast.sender.sources.source import Source
from narrowcast.sender.sources.source_clock import SourceClock
from narrowcast.sender.sources.spec import SourceSpec
from tests.pipelines import run_receiver, run_sender, small_sender
from tests.reporters import RememberingReporter


def test_a_sender_may_connect_to_a_receiver_that_listens() -> None:
    receiver = run_receiver(ReceiverConfig(url="tcp://127.0.0.1:0", bind=True, window=False, max_frames=5))
    with receiver, run_sender(small_sender(url=receiver.address(), bind=False)) as sender:
        receiver.join()
    assert receiver.error is None
    assert receiver.reporter.summaries[0]["shown"] == 5
    assert any("narrowcast receive --listen" in text for text in sender.reporter.notices)


def test_it_prints_the_command_for_the_other_machine() -> None:
    with run_sender(small_sender(url="tcp://127.0.0.1:0")) as sender:
        url = sender.address()
    assert any(text.endswith(f"run: narrowcast receive {url}") for text in sender.reporter.notices)
    assert not any("warning" in text for text in sender.reporter.notices)


def test_the_command_for_other_machines_names_an_address_that_they_reach() -> None:
    with run_sender(replace(small_sender(url="tcp://0.0.0.0:0"), insecure=True)) as sender:
        assert not sender.address().startswith("tcp://0.0.0.0")
    assert not any("receive tcp://0.0.0.0" in text for text in sender.reporter.notices)


def test_what_cannot_be_opened_leaves_nothing_open() -> None:
    closed: list[str] = []

    class Watched(Source):
        def close(self) -> None:
            closed.append("source")
            super().close()

    def opener(spec: SourceSpec, config: SenderConfig) -> Source:
        return Watched(width=64, height=64, fit="crop", clock=SourceClock())

    reporter, stop = RememberingReporter(), StopSignal()
    with run_sender(small_sender()) as other:
        url = other.address()
        pipeline = SenderPipeline(small_sender(url=url), reporter, stop, opener)
        with pytest.raises(TransportError, match="in use"):
            pipeline.run()
    assert closed == ["source"] and reporter.notices == []


def test_a_socket_is_closed_where_the_sender_does_not_begin() -> None:
    def fail(sender: RunningSender) -> None:
        raise InterruptedError(sender.invitation)

    reporter, stop = RememberingReporter(), StopSignal()
    pipeline = SenderPipeline(small_sender(), reporter, stop, on_ready=fail)
    for _ in range(2):  # described once, it may be run again
        with pytest.raises(InterruptedError):
            pipeline.run()
    assert len(reporter.urls) == 2
    with run_sender(small_sender(url=reporter.urls[0])) as sender:
        assert sender.address() == reporter.urls[0]
