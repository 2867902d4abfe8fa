"""What a sender knows about one of its receivers: credit, and whether its chain of frames is whole."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from protocol.rate.delivery import DeliveryMeter
from protocol.rate.link_rate import LinkRate
from protocol.rate.pipelining import NO_PIPELINE, Pipeline
from protocol.wire.messages import Report

KEYFRAME_INTERVAL_US = 500_000
"A keyframe costs ten inter frames and every receiver pays for it: at most two a second."

MAX_BACKOFF_US = 16_000_000
"A receiver that never keeps up still sees a new picture this often."

HELLO_REPEAT_US = 3_000_000
"A HELLO again within this time crossed our WELCOME on the way and starts no new session."

CALM_US = 10_000_000
"Having kept up for this long, a receiver is trusted again."

BUSY_GAIN = 0.3
"How fast the time that the link is at work on a frame is believed to have changed."


@dataclass(kw_only=True)
class FrameInFlight:
    """A frame that a receiver has not acknowledged yet."""

    sequence: int
    "of the frame"
    frame_bytes: int
    "its payload"
    wire_bytes: int
    "all its messages on the wire"
    coded_us: int
    "our clock, when it was ready to go"
    first_us: int | None = None
    "our clock, when its first message was handed over"
    last_us: int | None = None
    "our clock, when its last message was handed over"


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
    flights: deque[FrameInFlight] = field(default_factory=deque)
    "frames not acknowledged, oldest first"
    promised: bool = False
    "it had credit when the frame that is being coded was begun"
    pipeline: Pipeline = NO_PIPELINE
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
    "its frame has been out for long"
    delivery: DeliveryMeter = field(default_factory=DeliveryMeter)
    "what its link did with the last frames"
    link_rate: LinkRate = field(default_factory=LinkRate)
    "what its link may be asked to carry"
    busy_us: int = 0
    "how long its link is at work on a frame"
    report: Report | None = None
    "the last one it sent"
    frames_sent: int = 0
    "to it"
    frames_missed: int = 0
    "coded, but not for it: no credit, or out of step"

    @property
    def has_credit(self) -> bool:
        """It has taken every frame sent to it, but for those that the distance holds."""
        if not self.flights:
            return True
        if len(self.flights) > self.pipeline.frames:
            return False
        return sum(flight.wire_bytes for flight in self.flights) <= self.pipeline.wire_bytes

    @property
    def budget_bps(self) -> float:
        """What it can take: what its link carries, and no more than it asked for."""
        target_bps = self.link_rate.target_bps
        return min(target_bps, 1000 * self.max_kbps) if self.max_kbps > 0 else target_bps

    @property
    def oldest_flight_us(self) -> int | None:
        """When the frame that it has owed for the longest was ready to go; None where it owes none."""
        return self.flights[0].coded_us if self.flights else None

    @property
    def trusted(self) -> bool:
        """It has kept up lately, so that waiting a moment for it is worth it."""
        return self.in_step and self.backoff_us <= KEYFRAME_INTERVAL_US and not self.stalled

    def is_new(self, now_us: int) -> bool:
        """It was welcomed just now; a HELLO from it may have been sent before it knew."""
        return now_us - self.welcomed_us < HELLO_REPEAT_US

    def keyframe_due(self, now_us: int) -> bool:
        """It could use a keyframe now: it has credit, its chain is broken, and its back-off is over."""
        if self.in_step or not self.has_credit:
            return False
        return self.keyframe_us is None or now_us >= self.keyframe_us + self.backoff_us

    def sent(self, frame: FrameInFlight, *, keyframe: bool) -> None:
        """A frame is on its way to it."""
        self.flights.append(frame)
        self.frames_sent += 1
        if keyframe:
            self.in_step = True
            self.keyframe_sequence = frame.sequence
            self.keyframe_us = frame.coded_us

    def missed(self, now_us: int, *, droppable: bool) -> None:
        """A frame was coded and not sent to it."""
        self.frames_missed += 1
        if not droppable:
            self.break_chain(now_us)

    def break_chain(self, now_us: int) -> None:
        """Only a keyframe is of use now; each break soon after a keyframe doubles the wait for the next."""
        if not self.in_step:
            return
        self.in_step = False
        calm = self.keyframe_us is None or now_us - self.keyframe_us > max(CALM_US, 2 * self.backoff_us)
        if calm:
            self.backoff_us = KEYFRAME_INTERVAL_US
        else:
            self.backoff_us = min(max(KEYFRAME_INTERVAL_US, 2 * self.backoff_us), MAX_BACKOFF_US)

    def acknowledged(self, sequence: int) -> FrameInFlight | None:
        """It took a frame, and with it every earlier one; None where it owed no such frame."""
        if not any(flight.sequence == sequence for flight in self.flights):
            return None
        while self.flights[0].sequence != sequence:
            self.flights.popleft()
        return self.flights.popleft()

    def note_ping_rtt(self, rtt_us: int, now_us: int) -> None:
        """A round trip of one of its PINGs is known."""
        self.delivery.note_ping_rtt(rtt_us, now_us)

    def delivered(self, sent_us: int, arrived_us: int, wire_bytes: int) -> None:
        """A frame arrived."""
        delivery = self.delivery.add(sent_us=sent_us, arrived_us=arrived_us, wire_bytes=wire_bytes)
        if delivery is not None:
            self.busy_us += round(BUSY_GAIN * (delivery.busy_us - self.busy_us))
            self.link_rate.add(delivery)

    def still_delivered(self, sent_us: int, arrived_us: int, wire_bytes: int) -> None:
        """A slice of a still arrived: it says as much about the link as a frame, but not about frames."""
        if any(flight.first_us is not None and flight.first_us <= sent_us for flight in self.flights):
            return  # it was behind a frame whose arrival is not known yet
        delivery = self.delivery.add(sent_us=sent_us, arrived_us=arrived_us, wire_bytes=wire_bytes)
        if delivery is not None:
            self.link_rate.add(delivery)

    def take_back(self) -> None:
        """The newest frame in flight never left: its credit is free, but the chain has a hole."""
        if self.flights:
            self.flights.pop()
        self.in_step = False
