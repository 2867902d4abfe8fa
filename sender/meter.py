"""Counts what the sender does, and reports it every second and at the end."""

from __future__ import annotations

from narrowcast.protocol import FrameMessage, SenderCounters, SenderGauges, SenderStatistics
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.reporting import Reporter
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.network import SenderNetworkGauges
from narrowcast.sender.sources.source import CapturedFrame

_SECOND_US = 1_000_000


class SenderMeter:
    """The statistics of one sender, from its first receiver on."""

    def __init__(self, config: SenderConfig, reporter: Reporter[SenderStatistics]) -> None:
        self._reporter = reporter
        self._counters = SenderCounters(width=config.width, height=config.height, start_us=now_us())
        self._next_second_us = now_us() + _SECOND_US
        self._captured = 0
        self._passed_over = 0
        self._coded = 0
        self._note = ""
        self._quality: float | None = None
        self._first_capture_us: int | None = None
        self._first_index: int | None = None
        self._last_capture_us: int | None = None

    def picture(self, picture: CapturedFrame) -> None:
        """Count a picture that was taken from the source."""
        if self._first_capture_us is None:
            self._first_capture_us = picture.capture_sender_us
            self._first_index = picture.index
        self._last_capture_us = picture.capture_sender_us

    def source_captured(self, total: int, *, waiting: int) -> None:
        """The source has captured `total` pictures, of which `waiting` may still be coded."""
        self._counters.captured(max(0, total - self._captured))
        self._captured = max(total, self._captured)
        not_coded = self._captured - self._coded - waiting
        self._counters.skipped(max(0, not_coded - self._passed_over))
        self._passed_over = max(not_coded, self._passed_over)

    def coded(self, frame: FrameMessage, note: str = "") -> None:
        """A frame was coded; `note`: what the codec decided and why."""
        self._note = note
        self._coded += 1
        self._quality = frame.quality_permille / 1000
        self._counters.coded(
            payload_bytes=len(frame.payload), encode_us=frame.encode_us, keyframe=frame.keyframe
        )

    def acknowledged(self, network_us: int) -> None:
        """Count a frame that a receiver has acknowledged."""
        self._counters.acknowledged(network_us=network_us)

    def tick(self, gauges: SenderNetworkGauges) -> None:
        """Report the last second, if it is over."""
        now = now_us()
        if now < self._next_second_us:
            return
        self._next_second_us = max(self._next_second_us + _SECOND_US, now)
        self._reporter.second(self._counters.take_interval(self._gauges(gauges), now))

    def finish(self, gauges: SenderNetworkGauges) -> None:
        """Report the whole run."""
        details = {
            "first_capture_us": self._first_capture_us,
            "first_index": self._first_index,
            "last_capture_us": self._last_capture_us,
            "malformed_messages": gauges.malformed,
            "codec_note": self._note,
        }
        self._reporter.summary(self._counters.since_start(self._gauges(gauges), now_us()), details)

    def _gauges(self, network: SenderNetworkGauges) -> SenderGauges:
        return SenderGauges(
            wire_bytes_in=network.wire_bytes_in,
            wire_bytes_out=network.wire_bytes_out,
            receivers=network.receivers,
            quality=self._quality,
            rtt_us=network.min_rtt_us,
            queue=network.in_flight,
        )
