"""What the sender counts."""

from __future__ import annotations

from narrowcast.protocol import FrameMessage
from narrowcast.sender.meter import SenderMeter
from narrowcast.sender.network import SenderNetworkGauges
from narrowcast.sender.sources.source import CapturedFrame
from tests.codec.picture_samples import flat
from tests.pipelines import small_sender
from tests.reporters import RememberingReporter

FRAME = FrameMessage(
    sequence=0,
    capture_sender_us=0,
    send_delay_us=0,
    payload=b"12345678",
    keyframe=True,
    quality_permille=250,
    encode_us=2000,
)


def test_every_picture_is_coded_skipped_or_waits() -> None:
    reporter = RememberingReporter()
    meter = SenderMeter(small_sender(), reporter)
    meter.source_captured(4, waiting=1)
    meter.coded(FRAME)
    meter.source_captured(6, waiting=0)
    meter.finish(SenderNetworkGauges(wire_bytes_out=100, receivers=1))
    (summary,) = reporter.summaries
    assert (summary["captured"], summary["coded"], summary["skipped"]) == (6, 1, 5)
    assert summary["bpp"] == 8 * 8 / (64 * 64)
    assert summary["quality"] == 0.25


def test_the_summary_tells_when_the_first_and_the_last_picture_were_taken() -> None:
    reporter = RememberingReporter()
    meter = SenderMeter(small_sender(), reporter)
    for index in range(3):
        meter.picture(CapturedFrame(rgb=flat(64, 64), capture_sender_us=1000 + index, index=index))
    meter.finish(SenderNetworkGauges(malformed=2))
    (summary,) = reporter.summaries
    assert (summary["first_capture_us"], summary["last_capture_us"]) == (1000, 1002)
    assert summary["malformed_messages"] == 2


def test_a_second_is_reported_only_when_it_is_over() -> None:
    reporter = RememberingReporter()
    meter = SenderMeter(small_sender(), reporter)
    meter.tick(SenderNetworkGauges())
    assert reporter.seconds == []
