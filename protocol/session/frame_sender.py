"""Frames on their way out: when one may be coded, how large it may be, and what its ACK tells."""

from __future__ import annotations

import math
from collections.abc import Mapping

from protocol.rate.frame_interval import FrameInterval
from protocol.rate.frame_pacer import FramePacer, PacedPart
from protocol.rate.link_rate import LinkRate
from protocol.rate.pipelining import pipeline_for
from protocol.rate.rate_control import RateController
from protocol.rate.wire_cap import WireCap
from protocol.session.config import SenderConfig
from protocol.session.events import FrameAcknowledged
from protocol.session.frame_schedule import FrameSchedule, OutgoingFrame, SentFrame
from protocol.session.receiver_state import FrameInFlight, ReceiverState
from protocol.stills.desk import STILL_SHARE, Slice, StillDesk
from protocol.wire.frame_parts import part_bytes, split_frame
from protocol.wire.messages import Ack
from protocol.wire.sizes import TCP_ACK_BYTES, frame_wire_bytes, message_wire_bytes

MAX_PACED_US = 20_000
"A frame whose messages went out over a longer time measures the cap, not the link."

SLICE_RETRY_US = 10_000
"A slice of a still that is due may have to wait for the cap; looking again costs little."

MAX_KNOWN_RATES = 64
"Of receivers that left."


class FrameSender:
    """The part of a sender's session that is about frames; the receivers themselves belong to the session."""

    def __init__(self, config: SenderConfig, receivers: Mapping[bytes, ReceiverState]) -> None:
        """Send to whoever is in `receivers`, which the session changes."""
        self._config = config
        self._receivers = receivers
        self._schedule = FrameSchedule()
        self._cap = WireCap(config.stream.max_kbps)
        self._rate = RateController(self._cap, keys=config.keys)
        self._interval = FrameInterval()
        self._pacer = FramePacer(self._cap, keys=config.keys)
        self.stills = StillDesk(keys=config.keys)
        "exact pictures on their way beside the frames"
        self._encode_us = 0
        self._known_rates: dict[int, LinkRate] = {}

    # Before a frame is coded.

    def can_send(self, now_us: int) -> bool:
        """Say whether a frame coded now would be of use to somebody, and whether the rate has room for it."""
        if not self._pacer.idle and self._pacer.ready_us(now_us) > now_us:
            return False
        if not self._schedule.can_send(self._receivers.values(), self.interval_us(now_us), now_us):
            return False
        ready_us = self._rate.ready_us(
            self.rate_bps(now_us),
            keyframe=self.wants_keyframe(now_us),
            copies=self._copies,
            interval_us=self.interval_us(now_us),
            now_us=now_us,
        )
        return ready_us <= now_us

    def wants_keyframe(self, now_us: int) -> bool:
        """Say whether the next frame must be a keyframe: somebody joined, asked, or missed a frame."""
        return self._schedule.keyframe_due(self._receivers.values(), now_us)

    def payload_allowance(self, now_us: int) -> float | None:
        """Say how many bytes the next frame's payload may take; None where nothing limits it."""
        return self._rate.payload_allowance(
            self.rate_bps(now_us),
            keyframe=self.wants_keyframe(now_us),
            copies=self._copies,
            interval_us=self.interval_us(now_us),
            now_us=now_us,
        )

    def usual_payload(self, now_us: int) -> float | None:
        """Say how many bytes payloads may take in the long run; None where nothing limits it."""
        return self._rate.usual_payload(self.rate_bps(now_us), self.interval_us(now_us))

    def promise(self) -> None:
        """A frame is begun for those who have credit now, and they get it though the credit may shrink."""
        for receiver in self._receivers.values():
            receiver.promised = receiver.has_credit

    def rate_bps(self, now_us: int) -> float | None:
        """The rate at which a receiver gets frames: its link's, or its share of the cap; None for any."""
        rate_bps = self._rate.rate_bps(self.budget_bps, self._copies, now_us)
        return rate_bps if rate_bps is None or not self.stills.busy else (1 - STILL_SHARE) * rate_bps

    @property
    def budget_bps(self) -> float | None:
        """Bits a second that the best-connected receiver can take; None where there is no receiver.

        The slower ones are served with keyframes as they find the time: one thin link must not spoil the
        picture for all.
        """
        return max((receiver.budget_bps for receiver in self._receivers.values()), default=None)

    def interval_us(self, now_us: int) -> int:
        """Time from frame to frame: longer than the stream's on a thin link, or if every receiver asks."""
        stream_fps = self._config.stream.fps
        wanted = [min(stream_fps, r.max_fps or stream_fps) for r in self._receivers.values()]
        interval_us = round(1e6 / max(wanted, default=stream_fps))
        return self._interval.stretched_us(interval_us, self.rate_bps(now_us))

    # From a coded frame to its ACK.

    def send(self, frame: OutgoingFrame, now_us: int) -> SentFrame:
        """Number a coded frame and queue it for every receiver with credit that can use it."""
        config, rate_bps = self._config, self.rate_bps(now_us)
        message = self._schedule.number(frame, epoch=config.epoch, stream=config.stream.stream, now_us=now_us)
        slowest_bps = min((r.link_rate.target_bps for r in self._receivers.values()), default=None)
        parts = split_frame(message, part_bytes(slowest_bps, self._cap.frame_bps(now_us)))
        wire_bytes = sum(frame_wire_bytes(len(part.payload), keys=config.keys) for part in parts)
        starts_chain = frame.keyframe and not frame.droppable
        self._rate.sent(wire_bytes, rate_bps, keyframe=starts_chain, quality=frame.quality)
        self.stills.frame_sent(wire_bytes, now_us)
        self._encode_us = frame.encode_us
        reached = 0
        for receiver in self._receivers.values():
            has_credit, receiver.promised = receiver.has_credit or receiver.promised, False
            if has_credit and (frame.keyframe or receiver.in_step):
                flight = FrameInFlight(
                    sequence=message.sequence,
                    frame_bytes=len(frame.payload),
                    wire_bytes=wire_bytes,
                    coded_us=now_us,
                )
                receiver.sent(flight, keyframe=frame.keyframe)
                self._pacer.put(receiver.peer, flight, parts)
                reached += 1
            else:
                receiver.missed(now_us, droppable=frame.droppable)
        return SentFrame(sequence=message.sequence, receivers=reached, missed=len(self._receivers) - reached)

    def due(self, now_us: int) -> list[PacedPart]:
        """Hand over the messages of frames that may go out now."""
        return self._pacer.due(now_us)

    def due_us(self, now_us: int) -> int | None:
        """When the next of them may go out; None where none waits."""
        return None if self._pacer.idle else self._pacer.ready_us(now_us)

    def acknowledged(self, receiver: ReceiverState, ack: Ack, now_us: int) -> FrameAcknowledged | None:
        """Learn from an ACK; None where no such frame is in flight."""
        flight = receiver.acknowledged(ack.sequence)
        if flight is None:
            return None
        receiver.stalled = False
        sent_us = flight.coded_us if flight.first_us is None else flight.first_us
        elapsed_us = now_us - sent_us
        self._schedule.returned(flight.sequence, elapsed_us)
        hold_us = min(max(0, ack.hold_us), elapsed_us)
        if (flight.last_us or sent_us) - sent_us <= MAX_PACED_US:
            receiver.delivered(sent_us, now_us - hold_us, flight.wire_bytes)
        self._set_pipeline(receiver, hold_us, now_us)
        return FrameAcknowledged(
            peer=receiver.peer,
            sequence=flight.sequence,
            frame_bytes=flight.frame_bytes,
            network_us=elapsed_us - hold_us,
            hold_us=hold_us,
        )

    def take_back(self, receiver: ReceiverState, sequence: int) -> None:
        """A frame, or a part of it, was thrown away by the transport: the rest of it is of no use."""
        self._pacer.forget(receiver.peer)
        if receiver.flights and receiver.flights[-1].sequence == sequence:
            receiver.take_back()

    # Stills, behind every frame.

    def due_slices(self, now_us: int) -> list[Slice]:
        """Hand over the slices of stills for which there is time now, and room within the cap."""
        if not self._pacer.idle:
            return []
        due = []
        cap_bps = (self._cap.frame_bps(now_us) or math.inf) / max(1, len(self._receivers))
        for receiver in self._receivers.values():
            link_bps = receiver.link_rate.target_bps
            slice_ = self.stills.next_slice(
                receiver.peer,
                link_bps=link_bps,
                cap_bps=cap_bps,
                min_rtt_us=receiver.delivery.min_rtt_us or 0,
                now_us=now_us,
            )
            if slice_ is not None and self._has_room(slice_, now_us):
                self.stills.sent(slice_, min(link_bps, cap_bps))
                self._cap.note(slice_.wire_bytes, now_us, frame=True)
                due.append(slice_)
        return due

    def slice_us(self, now_us: int) -> int | None:
        """When to look for the next of them; None where time alone brings none."""
        if not self._pacer.idle:
            return None
        known = [self.stills.next_us(peer) for peer in self._receivers]
        next_us = min((each for each in known if each is not None), default=None)
        return None if next_us is None else max(now_us + SLICE_RETRY_US, next_us)

    # What else goes over the wire, and who leaves and comes back.

    def note_sent(self, message_bytes: int, now_us: int) -> None:
        """Count a message without a frame against the cap."""
        self._cap.note(message_wire_bytes(message_bytes, keys=self._config.keys), now_us, frame=False)

    def note_received(self, now_us: int) -> None:
        """Count what TCP answers to a message."""
        self._cap.note(TCP_ACK_BYTES, now_us, frame=False)

    def left(self, receiver: ReceiverState) -> None:
        """Forget its frames, not its link: when it comes back it needs a keyframe that fits."""
        self._pacer.forget(receiver.peer)
        self.stills.forget(receiver.peer)
        if receiver.flights:
            receiver.link_rate.broke_off()
        self._known_rates[receiver.instance] = receiver.link_rate
        if len(self._known_rates) > MAX_KNOWN_RATES:
            del self._known_rates[next(iter(self._known_rates))]

    def link_rate_for(self, instance: int) -> LinkRate:
        """What is known of the link of a receiver that joins."""
        return self._known_rates.pop(instance, LinkRate())

    def _has_room(self, slice_: Slice, now_us: int) -> bool:
        """Whether the cap lets a slice go, and leaves room for a frame that is being coded."""
        frame_bytes = self._rate.usual_bytes(self.rate_bps(now_us), self.interval_us(now_us))
        return self._cap.ready_us(slice_.wire_bytes + self._copies * frame_bytes, now_us) <= now_us

    def _set_pipeline(self, receiver: ReceiverState, hold_us: int, now_us: int) -> None:
        decode_us = round(1000 * receiver.report.decode_p50_ms) if receiver.report else 0
        receiver.pipeline = pipeline_for(
            rate_bps=receiver.link_rate.target_bps,
            min_rtt_us=receiver.delivery.min_rtt_us or 0,
            busy_us=receiver.busy_us,
            encode_us=self._encode_us,
            hold_us=hold_us,
            # Frames come no faster than the slower machine codes or decodes them.
            interval_us=max(self.interval_us(now_us), self._encode_us, decode_us),
        )

    @property
    def _copies(self) -> int:
        """How many receivers would get a frame now."""
        return max(1, sum(receiver.has_credit for receiver in self._receivers.values()))
