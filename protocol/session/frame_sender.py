"""Frames from the grant to the ACK: when one may be coded, how large it may be, and who gets it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping

from narrowcast.protocol.rate.bandwidth_memory import BandwidthMemory
from narrowcast.protocol.rate.congestion_window import CongestionWindow, FrameInFlight, congestion_window
from narrowcast.protocol.rate.pacing import FramePacer
from narrowcast.protocol.rate.rate_control import FrameSpacing, FrameThinning, RateController
from narrowcast.protocol.rate.wire_cap import WireCap
from narrowcast.protocol.session.config import SenderSessionConfig
from narrowcast.protocol.session.credit_index import CreditIndex
from narrowcast.protocol.session.events import FrameAcknowledged
from narrowcast.protocol.session.frame_schedule import FrameSchedule
from narrowcast.protocol.session.grant import FrameGrant
from narrowcast.protocol.session.receiver_state import ReceiverState
from narrowcast.protocol.session.receiver_timers import ReceiverTimers
from narrowcast.protocol.stills.serve import STILL_SHARE, Slice, StillServer
from narrowcast.protocol.wire.frame_layout import SEQUENCES, message_bytes
from narrowcast.protocol.wire.frame_parts import part_bytes, split_frame
from narrowcast.protocol.wire.messages import Ack, FrameMessage, FramePair, FramePart
from narrowcast.protocol.wire.sizes import TCP_ACK_BYTES, frame_overhead_bytes, message_wire_bytes

MAX_PACED_US = 20_000
"A frame whose messages went out over a longer time measures the cap, not the link."

SLICE_RETRY_US = 10_000
"A slice of a still that is due may have to wait for the cap; looking again costs little."

HELD_INTERVALS = 1.5
"A frame is held for the next one, to share its message, for no more than so many times the interval."

MAX_PAIRED_BYTES = 1200
"A longer frame goes alone: its headers matter little."


class FrameSender:
    """The part of a sender's session that is about frames; the receivers themselves belong to the session."""

    def __init__(self, config: SenderSessionConfig, receivers: Mapping[bytes, ReceiverState]) -> None:
        """Send to whoever is in `receivers`, which the session changes."""
        self._config = config
        self._receivers = receivers
        self.index = CreditIndex(receivers.values())
        "their credit and budgets"
        self.timers = ReceiverTimers(config)
        "when one of them may be silent or stalled"
        self._schedule = FrameSchedule()
        self._cap = WireCap(config.stream.max_kbps)
        self._rate = RateController(self._cap, keys=config.keys)
        self._thinning = FrameThinning()
        self._pacer = FramePacer(self._cap, keys=config.keys)
        self.bandwidths = BandwidthMemory()
        "of receivers that left and may come back"
        self.stills = StillServer(keys=config.keys)
        "exact pictures on their way beside the frames"
        self.newest: FrameMessage | None = None
        "the frame that was sent last"
        self._begun: FrameGrant | None = None
        # Of the last grant.
        self._spacing = FrameSpacing(interval_us=round(1e6 / config.stream.fps), paired=False)

    # Before a frame is coded.

    def grant(self, now_us: int) -> FrameGrant | None:
        """Say whether a frame may be coded now: it is of use to somebody, and the rate has room for it."""
        if self._begun is not None or not (self._pacer.idle or self._pacer.ready_us(now_us) == now_us):
            return None
        receivers = self.index
        copies = receivers.copies
        if not copies:
            return None
        rate_bps = self._rate_bps(copies, now_us)
        self._spacing = spacing = self._spacing_at(rate_bps)
        interval_us = spacing.interval_us
        keyframe = self._schedule.keyframe_due(receivers, now_us)
        if not self._schedule.is_useful(receivers, keyframe=keyframe, interval_us=interval_us, now_us=now_us):
            return None
        ready_us = self._rate.ready_us(
            rate_bps, keyframe=keyframe, copies=copies, interval_us=interval_us, now_us=now_us
        )
        if ready_us > now_us:
            return None
        payload_bytes = self._rate.payload_allowance(
            rate_bps, keyframe=keyframe, copies=copies, spacing=spacing, now_us=now_us
        )
        return FrameGrant(
            sequence=self._schedule.next_sequence,
            keyframe=keyframe,
            payload_bytes=payload_bytes,
            usual_payload_bytes=self._rate.usual_payload(rate_bps, spacing),
            frame_interval_us=interval_us,
            paired=spacing.paired,
            rate_bps=rate_bps,
            receivers=receivers.with_credit,
            newest_session=receivers.newest_session,
            chain_sequence=self._schedule.chain_sequence,
        )

    def begin(self, grant: FrameGrant) -> None:
        """Promise a frame to the receivers of a grant; the next grant comes after it is sent or cancelled."""
        if self._begun is not None or grant.sequence != self._schedule.next_sequence:
            raise ValueError(f"grant {grant.sequence} is stale: ask for a new one")
        self._begun = grant

    def cancel(self, grant: FrameGrant) -> None:
        """Take back a grant that was begun: its frame was not coded after all."""
        self._end(grant)

    # From a coded frame to its ACK.

    def send(self, grant: FrameGrant, frame: FrameMessage, now_us: int) -> None:
        """Queue the frame of a grant for the receivers that it was promised to and that can use it."""
        self._end(grant)
        frame = self._schedule.numbered(frame)
        self._schedule.sent(frame, now_us)
        slowest_bps = min((r.bandwidth.target_bps for r in self._receivers.values()), default=None)
        parts = split_frame(frame, part_bytes(slowest_bps, self._cap.frame_bps(now_us)))
        keys = self._config.keys
        wire_bytes = sum(message_wire_bytes(message_bytes(part), keys=keys) for part in parts)
        counted_bytes, held_until_us = wire_bytes, None
        if grant.paired and not frame.keyframe and len(frame.payload) <= MAX_PAIRED_BYTES:
            counted_bytes = round(len(frame.payload) + frame_overhead_bytes(keys=keys, paired=True))
            held_until_us = now_us + round(HELD_INTERVALS * grant.frame_interval_us)
        self._rate.sent(
            counted_bytes,
            grant.rate_bps,
            keyframe=frame.keyframe and not frame.droppable,
            quality=frame.quality_permille / 1000,
        )
        self.stills.frame_sent(counted_bytes, now_us)
        self.newest = frame
        for receiver in self._receivers.values():
            self.index.changed(receiver)
            if not grant.is_for(receiver) or not (frame.keyframe or receiver.in_step):
                receiver.missed(now_us, droppable=frame.droppable)
                continue
            in_flight = FrameInFlight(
                peer=receiver.peer,
                sequence=frame.sequence,
                payload_bytes=len(frame.payload),
                wire_bytes=wire_bytes,
                coded_local_us=now_us,
                unsent=deque(parts),
                held_until_local_us=held_until_us,
            )
            receiver.sent(in_flight, keyframe=frame.keyframe)
            self.timers.watch(receiver)
            self._pacer.put(in_flight)

    def due(self, now_us: int) -> list[tuple[bytes, FrameMessage | FramePair | FramePart]]:
        """Hand over the messages of frames that may go out now, as peer and message."""
        due = self._pacer.due(now_us)
        for peer in self._pacer.take_released():
            self.changed(peer)  # a frame that was held counts from now on
        return due

    def due_us(self, now_us: int) -> int | None:
        """When the next message of a frame may go out; None where none waits."""
        return self._pacer.ready_us(now_us)

    def acknowledged(self, receiver: ReceiverState, ack: Ack, now_us: int) -> FrameAcknowledged | None:
        """Learn from an ACK; None where no such frame is in flight."""
        frame = receiver.acknowledged(ack.sequence)
        if frame is None:
            return None
        if receiver.stalled:
            receiver.stalled = False
            self.timers.recovered(receiver)
        sent_us = frame.coded_local_us if frame.first_sent_local_us is None else frame.first_sent_local_us
        elapsed_us = now_us - sent_us
        self._schedule.acknowledged(frame.sequence, elapsed_us)
        hold_us = min(max(0, ack.hold_us), elapsed_us)
        if frame.wire_bytes and (frame.last_sent_local_us or sent_us) - sent_us <= MAX_PACED_US:
            receiver.frame_arrived(sent_us, now_us - hold_us, frame.wire_bytes)
        receiver.window = self._window_for(receiver, hold_us)
        self.index.changed(receiver)
        return FrameAcknowledged(
            peer=receiver.peer,
            sequence=frame.sequence,
            frame_bytes=frame.payload_bytes,
            network_us=elapsed_us - hold_us,
            hold_us=hold_us,
        )

    def take_back(self, receiver: ReceiverState, sequence: int) -> None:
        """A frame, or a part of it, was thrown away by the transport: the rest of it is of no use."""
        self._pacer.drop(receiver.peer)
        if receiver.in_flight and receiver.in_flight[-1].sequence % SEQUENCES == sequence % SEQUENCES:
            receiver.take_back()
            self.index.changed(receiver)

    def changed(self, peer: bytes) -> None:
        """Note that credit, chain or budget of a peer may have changed, if it is a receiver."""
        receiver = self._receivers.get(peer)
        if receiver is not None:
            self.index.changed(receiver)

    # Stills, behind every frame.

    def due_slices(self, now_us: int) -> list[Slice]:
        """Hand over the slices of stills for which there is time now, and room within the cap."""
        if not self.stills.peers or not self._pacer.idle:
            return []
        due = []
        cap_bps = (self._cap.frame_bps(now_us) or math.inf) / max(1, len(self._receivers))
        fetching = [self._receivers[peer] for peer in self.stills.peers if peer in self._receivers]
        for receiver in sorted(fetching, key=lambda receiver: receiver.session):
            link_bps = receiver.bandwidth.target_bps
            slice_ = self.stills.next_slice(
                receiver.peer,
                link_bps=link_bps,
                cap_bps=cap_bps,
                min_rtt_us=receiver.min_rtt_us or 0,
                now_us=now_us,
            )
            if slice_ is not None and self._has_room(slice_, now_us):
                self.stills.sent(slice_, min(link_bps, cap_bps))
                self._cap.count(slice_.wire_bytes, now_us, frame=True)
                due.append(slice_)
        return due

    def slice_us(self, now_us: int) -> int | None:
        """When the next slice of a still may go out; None where time alone makes none ready."""
        if not self._pacer.idle:
            return None
        known = [self.stills.next_us(peer) for peer in self.stills.peers if peer in self._receivers]
        next_us = min((each for each in known if each is not None), default=None)
        return None if next_us is None else max(now_us + SLICE_RETRY_US, next_us)

    # What else goes over the wire, and who leaves and comes back.

    def count_sent(self, message_bytes: int, now_us: int) -> None:
        """Count a message without a frame against the cap."""
        self._cap.count(message_wire_bytes(message_bytes, keys=self._config.keys), now_us, frame=False)

    def count_received(self, now_us: int) -> None:
        """Count what TCP answers to a message."""
        self._cap.count(TCP_ACK_BYTES, now_us, frame=False)

    def joined(self, receiver: ReceiverState) -> None:
        """Count a receiver that has been added to those that the session has."""
        self.index.joined(receiver)
        self.timers.joined(receiver)

    def left(self, receiver: ReceiverState) -> None:
        """Drop the frames of a receiver that has left; keep its bandwidth: its next keyframe has to fit."""
        self.index.left(receiver)
        self.timers.left(receiver)
        self._pacer.drop(receiver.peer)
        self.stills.forget(receiver.peer)
        if receiver.in_flight:
            receiver.bandwidth.connection_lost()
        self.bandwidths.keep(receiver.instance, receiver.bandwidth)

    def _end(self, grant: FrameGrant) -> None:
        if grant is not self._begun:
            raise ValueError(f"grant {grant.sequence} was not begun, or has ended")
        self._begun = None

    def _rate_bps(self, copies: int, now_us: int) -> float | None:
        """The rate at which a receiver gets frames: its link's, or its share of the cap; None for any.

        The link is that of the best-connected receiver. The slower ones are served with keyframes as they
        find the time: one thin link must not spoil the picture for all.
        """
        rate_bps = self._rate.rate_bps(self.index.budget_bps, copies, now_us)
        return rate_bps if rate_bps is None or not self.stills.busy else (1 - STILL_SHARE) * rate_bps

    def _spacing_at(self, rate_bps: float | None) -> FrameSpacing:
        """How frames follow each other: further apart on a thin link, or if every receiver asks."""
        fps = self.index.wanted_fps(self._config.stream.fps)
        return self._thinning.spacing(round(1e6 / fps), rate_bps)

    def _has_room(self, slice_: Slice, now_us: int) -> bool:
        """Whether the cap lets a slice go, and leaves room for a frame that is being coded."""
        copies = max(1, self.index.copies)
        rate_bps = self._rate_bps(copies, now_us)
        frame_bytes = self._rate.usual_bytes(rate_bps, self._spacing_at(rate_bps).interval_us)
        return self._cap.ready_us(slice_.wire_bytes + copies * frame_bytes, now_us) <= now_us

    def _window_for(self, receiver: ReceiverState, hold_us: int) -> CongestionWindow:
        decode_us = round(1000 * receiver.report.decode_p50_ms) if receiver.report else 0
        encode_us = self.newest.encode_us if self.newest else 0
        return congestion_window(
            target_bps=receiver.bandwidth.target_bps,
            min_rtt_us=receiver.min_rtt_us or 0,
            transmission_us=receiver.transmission_us,
            encode_us=encode_us,
            hold_us=hold_us,
            # Frames come no faster than the slower machine codes or decodes them.
            interval_us=max(self._spacing.interval_us, encode_us, decode_us),
            paired=self._spacing.paired,
        )
