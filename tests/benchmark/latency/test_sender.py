"""The sender that notes when it drew what, and the receiver that notes when it showed what."""

from __future__ import annotations

import pytest

from narrowcast.benchmark.latency.sender import WatchedPattern, main
from narrowcast.benchmark.receiver import shown_now
from narrowcast.benchmark.shown import ShownFrame
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.pipeline import ReceiverPipeline
from narrowcast.runtime.signals import StopSignal
from narrowcast.sender.pipeline import SenderPipeline
from narrowcast.sender.sources.spec import parse_source
from tests.pipelines import RunningPipeline, small_sender, wait_until
from tests.reporters import RememberingReporter


def test_what_is_shown_was_drawn_before() -> None:
    pattern = WatchedPattern()
    frames: list[ShownFrame] = []
    sender_reporter, receiver_reporter = RememberingReporter(), RememberingReporter()
    stops = StopSignal(), StopSignal()
    pipeline = SenderPipeline(small_sender(max_frames=8), sender_reporter, stops[0], opener=pattern.open)
    with RunningPipeline(pipeline, sender_reporter, stops[0]) as sender:
        config = ReceiverConfig(url=sender.address(), window=False, until_end=True)
        receiving = ReceiverPipeline(
            config, receiver_reporter, stops[1], on_shown=lambda decoded: frames.append(shown_now(decoded))
        )
        with RunningPipeline(receiving, receiver_reporter, stops[1]) as receiver:
            receiver.join()
    assert len(frames) == 8
    drawn_us = {frame.number: frame.drawn_us for frame in pattern.frames}
    for frame in frames:
        assert frame.number is not None
        assert drawn_us[frame.number] < frame.shown_us
        assert frame.encode_us >= 0 and frame.decode_us >= 0 and frame.wait_us >= 0
    numbers = [frame.number for frame in frames if frame.number is not None]
    assert numbers == sorted(set(numbers))


def test_nothing_is_drawn_before_the_source_is_started() -> None:
    pattern = WatchedPattern()
    source = pattern.open(parse_source("test:"), small_sender())
    assert pattern.frames == []
    source.start()
    wait_until(lambda: len(pattern.frames) >= 2)
    source.close()
    assert [frame.number for frame in pattern.frames[:2]] == [0, 1]


def test_bad_input_gets_the_line_of_narrowcast_send(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test:", "--size", "big"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("narrowcast: error: --size is 'big'")
