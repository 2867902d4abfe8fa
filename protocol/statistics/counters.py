"""Counters of what the pipelines do, read every second and at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from narrowcast.protocol.statistics.interval import (
    Gauges,
    ReceiverGauges,
    ReceiverStatistics,
    SenderGauges,
    SenderStatistics,
)
from narrowcast.protocol.statistics.percentiles import DurationHistogram


@dataclass(kw_only=True)
class _Interval:
    """What both sides count in one interval."""

    start_us: int
    wire_bytes_in: int
    wire_bytes_out: int
    frames: int = 0
    keyframes: int = 0
    payload_bytes: int = 0
    encode: DurationHistogram = field(default_factory=DurationHistogram)
    network: DurationHistogram = field(default_factory=DurationHistogram)

    def add_frame(self, payload_bytes: int, keyframe: bool, encode_us: int) -> None:
        self.frames += 1
        self.keyframes += keyframe
        self.payload_bytes += payload_bytes
        self.encode.add(encode_us)

    def seconds(self, now_us: int) -> float:
        return max(1, now_us - self.start_us) / 1e6

    def kbps_in(self, total_bytes: int, now_us: int) -> float:
        return round(8e-3 * (total_bytes - self.wire_bytes_in) / self.seconds(now_us), 3)

    def kbps_out(self, total_bytes: int, now_us: int) -> float:
        return round(8e-3 * (total_bytes - self.wire_bytes_out) / self.seconds(now_us), 3)

    def bpp(self, pixels: int) -> float | None:
        return round(8 * self.payload_bytes / (pixels * self.frames), 6) if self.frames else None


@dataclass(kw_only=True)
class _SenderInterval(_Interval):
    captured: int = 0
    skipped: int = 0

    def statistics(self, pixels: int, gauges: SenderGauges, now_us: int) -> SenderStatistics:
        seconds = self.seconds(now_us)
        return SenderStatistics(
            seconds=round(seconds, 3),
            fps=round(self.frames / seconds, 3),
            kbps=self.kbps_out(gauges.wire_bytes_out, now_us),
            kbps_in=self.kbps_in(gauges.wire_bytes_in, now_us),
            bpp=self.bpp(pixels),
            captured=self.captured,
            coded=self.frames,
            keyframes=self.keyframes,
            skipped=self.skipped,
            payload_bytes=self.payload_bytes,
            encode_ms=self.encode.percentiles(),
            network_ms=self.network.percentiles(),
            receivers=gauges.receivers,
            quality=gauges.quality,
            rtt_ms=_milliseconds(gauges.rtt_us),
            queue=gauges.queue,
        )


@dataclass(kw_only=True)
class _ReceiverInterval(_Interval):
    missed: int = 0
    decoded: int = 0
    failed: int = 0
    shown: int = 0
    decode: DurationHistogram = field(default_factory=DurationHistogram)
    capture_to_display: DurationHistogram = field(default_factory=DurationHistogram)

    def statistics(self, pixels: int, gauges: ReceiverGauges, now_us: int) -> ReceiverStatistics:
        seconds = self.seconds(now_us)
        return ReceiverStatistics(
            seconds=round(seconds, 3),
            fps=round(self.shown / seconds, 3),
            kbps=self.kbps_in(gauges.wire_bytes_in, now_us),
            kbps_out=self.kbps_out(gauges.wire_bytes_out, now_us),
            bpp=self.bpp(pixels),
            received=self.frames,
            keyframes=self.keyframes,
            missed=self.missed,
            decoded=self.decoded,
            failed=self.failed,
            shown=self.shown,
            payload_bytes=self.payload_bytes,
            encode_ms=self.encode.percentiles(),
            network_ms=self.network.percentiles(),
            decode_ms=self.decode.percentiles(),
            capture_to_display_ms=self.capture_to_display.percentiles(),
            clock_error_ms=_milliseconds(gauges.clock_error_us),
            rtt_ms=_milliseconds(gauges.rtt_us),
            queue=gauges.queue,
            linked=gauges.linked,
            picture_age_ms=_milliseconds(gauges.picture_age_us),
            events=gauges.events,
            event_failures=gauges.event_failures,
        )


AnyInterval = TypeVar("AnyInterval", bound=_Interval)


class _Counters(Generic[AnyInterval]):
    """Counts into two intervals, since the start and since the last statistics. Belongs to one thread."""

    _kind: type[AnyInterval]

    def __init__(self, *, width: int, height: int, start_us: int) -> None:
        """Start counting at `start_us`; the size is that of the coded pictures."""
        self._pixels = width * height
        self._total = self._kind(start_us=start_us, wire_bytes_in=0, wire_bytes_out=0)
        self._recent = self._kind(start_us=start_us, wire_bytes_in=0, wire_bytes_out=0)

    @property
    def _both(self) -> tuple[AnyInterval, AnyInterval]:
        return self._total, self._recent

    def _take_recent(self, gauges: Gauges, now_us: int) -> AnyInterval:
        """Return the interval that ends now, and begin the next one."""
        recent = self._recent
        self._recent = self._kind(
            start_us=now_us, wire_bytes_in=gauges.wire_bytes_in, wire_bytes_out=gauges.wire_bytes_out
        )
        return recent


class SenderCounters(_Counters[_SenderInterval]):
    """The counters of a sender."""

    _kind = _SenderInterval

    def captured(self, count: int = 1) -> None:
        """The source gave pictures."""
        for interval in self._both:
            interval.captured += count

    def skipped(self, count: int = 1) -> None:
        """Pictures were not coded."""
        for interval in self._both:
            interval.skipped += count

    def coded(self, *, payload_bytes: int, encode_us: int, keyframe: bool) -> None:
        """A picture was coded."""
        for interval in self._both:
            interval.add_frame(payload_bytes, keyframe, encode_us)

    def acknowledged(self, *, network_us: int) -> None:
        """A receiver took a frame."""
        for interval in self._both:
            interval.network.add(network_us)

    def take_interval(self, gauges: SenderGauges, now_us: int) -> SenderStatistics:
        """Return the statistics of the time since the last call."""
        return self._take_recent(gauges, now_us).statistics(self._pixels, gauges, now_us)

    def since_start(self, gauges: SenderGauges, now_us: int) -> SenderStatistics:
        """Return the statistics of the time since the start."""
        return self._total.statistics(self._pixels, gauges, now_us)


class ReceiverCounters(_Counters[_ReceiverInterval]):
    """The counters of a receiver."""

    _kind = _ReceiverInterval

    def received(self, *, payload_bytes: int, network_us: int | None, encode_us: int, keyframe: bool) -> None:
        """A frame came; `network_us` is None while the sender's clock is unknown."""
        for interval in self._both:
            interval.add_frame(payload_bytes, keyframe, encode_us)
            if network_us is not None:
                interval.network.add(network_us)

    def missed(self, count: int = 1) -> None:
        """Frames did not come, or were of no use."""
        for interval in self._both:
            interval.missed += count

    def decoded(self, *, decode_us: int) -> None:
        """A frame was decoded."""
        for interval in self._both:
            interval.decoded += 1
            interval.decode.add(decode_us)

    def failed(self) -> None:
        """A frame did not decode."""
        for interval in self._both:
            interval.failed += 1

    def shown(self, *, capture_to_display_us: int | None) -> None:
        """A picture was shown; the time is None while the sender's clock is unknown."""
        for interval in self._both:
            interval.shown += 1
            if capture_to_display_us is not None:
                interval.capture_to_display.add(capture_to_display_us)

    def take_interval(self, gauges: ReceiverGauges, now_us: int) -> ReceiverStatistics:
        """Return the statistics of the time since the last call."""
        return self._take_recent(gauges, now_us).statistics(self._pixels, gauges, now_us)

    def since_start(self, gauges: ReceiverGauges, now_us: int) -> ReceiverStatistics:
        """Return the statistics of the time since the start."""
        return self._total.statistics(self._pixels, gauges, now_us)


def _milliseconds(duration_us: int | None) -> float | None:
    return None if duration_us is None else round(duration_us / 1000, 3)
