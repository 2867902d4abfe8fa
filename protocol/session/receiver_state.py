"""One receiver as its sender sees it: credit, bandwidth, and whether its chain of frames is whole."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from narrowcast.protocol.rate.bandwidth import AckSampler, BandwidthEstimate
from narrowcast.protocol.rate.congestion_window import STOP_AND_WAIT, CongestionWindow, FrameInFlight
from narrowcast.protocol.wire.frame_layout import SEQUENCES
from narrowcast.protocol.wire.messages import Report

KEYFRAME_INTERVAL_US = 500_000
"A keyframe costs ten inter frames and every receiver pays for it: at most two a second."

MAX_BACKOFF_US = 16_000_000
"A receiver that never keeps up still sees a new picture this often."

HELLO_REPEAT_US = 3_000_000
"A HELLO again within this time crossed our WELCOME on the way and starts no new session."

BACKOFF_RESET_US = 10_000_000
"Having kept up for this long, a receiver begins again with the shortest back-off."

TRANSMISSION_GAIN = 0.3
"Of the exponential mean over the times that the link takes to transmit a frame."


@dataclass(kw_only=True)
class ReceiverState:
    """One welcomed receiver."""

    peer: bytes
    "ROUTER identity; empty where the sender connected"
    session: int
    "its number at this sender"
    instance: int
    "which run of the receiver's program"
    name: str
    "what it calls itself, safe to print"
    max_kbps: float
    "the most it wants; 0 for no limit"
    max_fps: float
    "the most it wants; 0 for no limit"
    welcomed_us: int
    "our clock, when it was last welcomed"
    last_heard_us: int
    "our clock, at its last message"
    in_flight: deque[FrameInFlight] = field(default_factory=deque)
    "frames not acknowledged, oldest first"
    window: CongestionWindow = STOP_AND_WAIT
    "what may be in flight when another frame goes out"
    in_step: bool = False
    "it got every frame that counts since its last keyframe, so inter frames are of use to it"
    keyframe_sequence: int | None = None
    "the last keyframe sent to it"
    keyframe_us: int | None = None
    "when that was"
    backoff_us: int = 0
    "how long after its last keyframe the next one may come at its own asking"
    stalled: bool = False
    "it has acknowledged nothing for long"
    ack_sampler: AckSampler = field(default_factory=AckSampler)
    "makes samples of its link from its ACKs"
    bandwidth: BandwidthEstimate = field(default_factory=BandwidthEstimate)
    "what its link may be asked to carry"
    transmission_us: int = 0
    "how long its link takes to transmit a frame"
    report: Report | None = None
    "the last one it sent"

    @property
    def has_credit(self) -> bool:
        """Whether its congestion window has room for another frame."""
        frames = wire_bytes = 0
        for frame in self.in_flight:
            if frame.held_until_local_us is None:
                frames += 1
                wire_bytes += frame.wire_bytes
        return not frames or (frames <= self.window.frames and wire_bytes <= self.window.wire_bytes)

    @property
    def budget_bps(self) -> float:
        """Bits a second that it can be sent: what its link carries, and no more than it asked for."""
        target_bps = self.bandwidth.target_bps
        return min(target_bps, 1000 * self.max_kbps) if self.max_kbps > 0 else target_bps

    @property
    def min_rtt_us(self) -> int | None:
        """The round trip of its idle link; None while nothing has come back."""
        return self.ack_sampler.min_rtt_us

    @property
    def oldest_in_flight_us(self) -> int | None:
        """When the oldest frame in flight was ready to go; None where there is none."""
        return self.in_flight[0].coded_local_us if self.in_flight else None

    @property
    def keeps_up(self) -> bool:
        """Whether the receiver has kept up lately, so that it is worth waiting a moment for it."""
        return self.in_step and self.backoff_us <= KEYFRAME_INTERVAL_US and not self.stalled

    def is_new(self, now_us: int) -> bool:
        """Whether it was welcomed so lately that a HELLO of its may have left before our WELCOME came."""
        return now_us - self.welcomed_us < HELLO_REPEAT_US

    def keyframe_due(self, now_us: int) -> bool:
        """Whether a keyframe would help it now: it has credit, its chain is broken, its back-off is over."""
        return not self.in_step and self.has_credit and now_us >= self.keyframe_due_us

    @property
    def keyframe_due_us(self) -> int:
        """When its back-off is over, on our monotonic clock: 0 where it has had no keyframe yet."""
        return 0 if self.keyframe_us is None else self.keyframe_us + self.backoff_us

    def sent(self, frame: FrameInFlight, *, keyframe: bool) -> None:
        """Note that a frame is on its way to it."""
        self.in_flight.append(frame)
        if keyframe:
            self.in_step = True
            self.keyframe_sequence = frame.sequence
            self.keyframe_us = frame.coded_local_us

    def missed(self, now_us: int, *, droppable: bool) -> None:
        """Note that a frame was coded and not sent to it."""
        if not droppable:
            self.break_chain(now_us)

    def break_chain(self, now_us: int) -> None:
        """Only a keyframe is of use now; a break soon after a keyframe doubles the wait for the next one."""
        if not self.in_step:
            return
        self.in_step = False
        kept_up_us = max(BACKOFF_RESET_US, 2 * self.backoff_us)
        if self.keyframe_us is None or now_us - self.keyframe_us > kept_up_us:
            self.backoff_us = KEYFRAME_INTERVAL_US
        else:
            self.backoff_us = min(max(KEYFRAME_INTERVAL_US, 2 * self.backoff_us), MAX_BACKOFF_US)

    def acknowledged(self, sequence: int) -> FrameInFlight | None:
        """Note that it took a frame, so every earlier one too; None where no such frame is in flight.

        Args:
            sequence: of the frame, modulo 2^16.
        """
        if not any(frame.sequence % SEQUENCES == sequence for frame in self.in_flight):
            return None
        while self.in_flight[0].sequence % SEQUENCES != sequence:
            self.in_flight.popleft()
        return self.in_flight.popleft()

    def frame_arrived(self, sent_us: int, arrived_us: int, wire_bytes: int) -> None:
        """Learn about its link from a frame that arrived."""
        sample = self.ack_sampler.sample(sent_us=sent_us, arrived_us=arrived_us, wire_bytes=wire_bytes)
        if sample is not None:
            self.transmission_us += round(TRANSMISSION_GAIN * (sample.transmission_us - self.transmission_us))
            self.bandwidth.add(sample)

    def slice_arrived(self, sent_us: int, arrived_us: int, wire_bytes: int) -> None:
        """Learn from a slice of a still: it tells as much about the link as a frame, but not about frames."""
        firsts_us = (frame.first_sent_local_us for frame in self.in_flight)
        if any(first_us is not None and first_us <= sent_us for first_us in firsts_us):
            return  # it was behind a frame whose arrival is not known yet
        sample = self.ack_sampler.sample(sent_us=sent_us, arrived_us=arrived_us, wire_bytes=wire_bytes)
        if sample is not None:
            self.bandwidth.add(sample)

    def take_back(self) -> None:
        """The newest frame in flight never left: its credit is free, but the chain has a hole."""
        if self.in_flight:
            self.in_flight.pop()
        self.in_step = False
