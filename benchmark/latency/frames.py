"""What each end reports of a frame, and the latencies that follow from both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from narrowcast.benchmark.shown import ShownFrame


@dataclass(frozen=True, kw_only=True)
class DrawnFrame:
    """A picture that was handed to the sender."""

    number: int
    "read out of the picture"
    drawn_us: int
    "when it was handed to the sender, on this machine's clock"


@dataclass(frozen=True, kw_only=True)
class FrameLatency:
    """One frame from capture to display, measured by time stamps and by the number in the picture."""

    by_stamps_ms: float
    "capture to display"
    by_number_ms: float | None
    "from the source's picture to the shown one; None where the number could not be read"
    wait_ms: float
    "captured, and waiting for the encoder or for a receiver that can take a frame"
    encode_ms: float
    "picture to payload"
    network_ms: float
    "transport to transport"
    decode_ms: float
    "payload to picture"
    display_ms: float
    "at the receiver, neither network nor decoder: waiting for the decoder, and showing"

    @property
    def difference_ms(self) -> float | None:
        """How far the two methods are apart."""
        return None if self.by_number_ms is None else abs(self.by_number_ms - self.by_stamps_ms)


def join_frames(drawn: Iterable[DrawnFrame], shown: Iterable[ShownFrame]) -> list[FrameLatency]:
    """Join what both ends reported; frames shown before the clocks were known are left out."""
    drawn_us = {frame.number: frame.drawn_us for frame in drawn}
    latencies = (_latency(frame, drawn_us) for frame in shown)
    return [latency for latency in latencies if latency is not None]


def _latency(frame: ShownFrame, drawn_us: Mapping[int, int]) -> FrameLatency | None:
    if frame.capture_us is None or frame.sent_us is None:
        return None
    start_us = None if frame.number is None else drawn_us.get(frame.number)
    return FrameLatency(
        by_stamps_ms=(frame.shown_us - frame.capture_us) / 1000,
        by_number_ms=None if start_us is None else (frame.shown_us - start_us) / 1000,
        wait_ms=frame.wait_us / 1000,
        encode_ms=frame.encode_us / 1000,
        network_ms=(frame.receive_us - frame.sent_us) / 1000,
        decode_ms=frame.decode_us / 1000,
        display_ms=(frame.shown_us - frame.receive_us - frame.decode_us) / 1000,
    )


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Whether the two methods say the same."""

    compared: int
    "frames whose number was read"
    agreeing: int
    "of those, frames on which the methods are less than a frame interval apart"
    largest_ms: float | None
    "the largest difference; None where nothing could be compared"

    @property
    def holds(self) -> bool:
        """Whether they agree on every frame, and there was one."""
        return 0 < self.compared == self.agreeing


def compare_methods(latencies: Sequence[FrameLatency], interval_ms: float) -> Agreement:
    """Compare the methods frame by frame."""
    known = [each.difference_ms for each in latencies if each.difference_ms is not None]
    return Agreement(
        compared=len(known),
        agreeing=sum(difference <= interval_ms for difference in known),
        largest_ms=max(known, default=None),
    )
