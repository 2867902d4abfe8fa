"""Counts what the receiver does, and reports it every second and at the end."""

from __future__ import annotations

from dataclasses import replace

from narrowcast.protocol import (
    ArrivedFrame,
    ReceiverCounters,
    ReceiverGauges,
    ReceiverStatistics,
    StreamParameters,
)
from narrowcast.receiver.events.watch import EventWatch
from narrowcast.receiver.frame import DecodedFrame
from narrowcast.receiver.network import ReceiverNetworkGauges
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.reporting import Reporter

_SECOND_US = 1_000_000


class ReceiverMeter:
    """The statistics of one receiver, from its first link on."""

    def __init__(self, stream: StreamParameters, reporter: Reporter[ReceiverStatistics]) -> None:
        self._reporter = reporter
        self._counters = ReceiverCounters(width=stream.width, height=stream.height, start_us=now_us())
        self._next_second_us = now_us() + _SECOND_US
        self._first_shown_capture_sender_us: int | None = None
        self._first_shown_local_us: int | None = None
        self._last_shown_local_us: int | None = None
        self._taken_us: int | None = None
        self._events = 0, 0

    def decoded(self, decoded: DecodedFrame) -> None:
        """Count a frame that came and was decoded."""
        self.followed(decoded.arrived)
        self._counters.decoded(decode_us=decoded.decode_us)

    def followed(self, frame: ArrivedFrame) -> None:
        """Count a frame that came and whose picture was not wanted."""
        self._counters.received(
            payload_bytes=len(frame.payload),
            network_us=frame.network_us,
            encode_us=frame.encode_us,
            keyframe=frame.keyframe,
        )

    def failed(self) -> None:
        """Count a frame that did not decode."""
        self._counters.failed()

    def missed(self, count: int) -> None:
        """Count frames that did not come."""
        self._counters.missed(count)

    def shown(self, decoded: DecodedFrame) -> None:
        """Count a picture that has just been shown."""
        now = now_us()
        self._taken_us = now if decoded.capture_local_us is None else decoded.capture_local_us
        self._counters.shown(
            capture_to_display_us=None
            if decoded.capture_local_us is None
            else max(0, now - decoded.capture_local_us)
        )
        if self._first_shown_local_us is None:
            self._first_shown_local_us = now
            self._first_shown_capture_sender_us = decoded.arrived.capture_sender_us
        self._last_shown_local_us = now

    def tick(
        self, network: ReceiverNetworkGauges, waiting: int, events: EventWatch
    ) -> ReceiverStatistics | None:
        """Report the last second, if it is over."""
        now = now_us()
        if now < self._next_second_us:
            return None
        self._next_second_us = max(self._next_second_us + _SECOND_US, now)
        before, self._events = self._events, (events.events, events.failures)
        gauges = replace(
            _gauges(network, waiting),
            linked=events.linked,
            picture_age_us=None if self._taken_us is None else max(0, now - self._taken_us),
            events=self._events[0] - before[0],
            event_failures=self._events[1] - before[1],
        )
        statistics = self._counters.take_interval(gauges, now)
        self._reporter.second(statistics)
        return statistics

    def finish(self, network: ReceiverNetworkGauges) -> None:
        """Report the whole run."""
        details = {
            "first_shown_capture_us": self._first_shown_capture_sender_us,
            "first_shown_us": self._first_shown_local_us,
            "last_shown_us": self._last_shown_local_us,
            "wire_bytes_in": network.wire_bytes_in,
            "malformed_messages": network.malformed,
        }
        self._reporter.summary(self._counters.since_start(_gauges(network, 0), now_us()), details)


def _gauges(network: ReceiverNetworkGauges, waiting: int) -> ReceiverGauges:
    return ReceiverGauges(
        wire_bytes_in=network.wire_bytes_in,
        wire_bytes_out=network.wire_bytes_out,
        clock_error_us=network.clock_error_us,
        rtt_us=network.rtt_us,
        queue=network.frames_waiting + waiting,
    )
