"""What the receiver counts."""

from __future__ import annotations

from protocol import ReceivedFrame, StreamParameters
from receiver.decoding import DecodedFrame
from receiver.meter import ReceiverMeter
from receiver.network import ArrivedFrame, NetworkGauges
from runtime.clock import now_us
from tests.codec.picture_samples import flat
from tests.reporters import RememberingReporter

STREAM = StreamParameters(width=64, height=64, fps=15.0, codec="jpeg")


def decoded_frame(*, sender_capture_us: int, capture_us: int | None) -> DecodedFrame:
    """A frame as the decode thread gives it."""
    frame = ReceivedFrame(
        payload=bytes(512),
        sequence=0,
        epoch=1,
        keyframe=True,
        droppable=False,
        quality=0.5,
        codec="jpeg",
        width=64,
        height=64,
        capture_us=sender_capture_us,
        send_us=sender_capture_us,
        encode_us=1000,
        receive_us=0,
        network_us=None,
    )
    arrived = ArrivedFrame(frame=frame, capture_us=capture_us)
    return DecodedFrame(rgb=flat(64, 64), arrived=arrived, decode_us=2000, capture_us=capture_us)


def test_frames_are_counted_from_arrival_to_display() -> None:
    reporter = RememberingReporter()
    meter = ReceiverMeter(STREAM, reporter)
    for number in range(3):
        decoded = decoded_frame(sender_capture_us=100 + number, capture_us=now_us() - 5000)
        meter.decoded(decoded)
        meter.shown(decoded)
    meter.failed()
    meter.missed(2)
    meter.finish(NetworkGauges(wire_bytes_in=99))
    (summary,) = reporter.summaries
    assert (summary["received"], summary["decoded"], summary["shown"]) == (3, 3, 3)
    assert (summary["failed"], summary["missed"]) == (1, 2)
    assert summary["bpp"] == 1.0
    assert summary["capture_to_display_ms"]["count"] == 3
    assert summary["first_shown_capture_us"] == 100
    assert summary["wire_bytes_in"] == 99


def test_an_unknown_clock_leaves_the_latency_out() -> None:
    reporter = RememberingReporter()
    meter = ReceiverMeter(STREAM, reporter)
    meter.shown(decoded_frame(sender_capture_us=0, capture_us=None))
    meter.finish(NetworkGauges())
    assert reporter.summaries[0]["shown"] == 1
    assert reporter.summaries[0]["capture_to_display_ms"]["count"] == 0
