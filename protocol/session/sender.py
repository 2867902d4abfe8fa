"""The sender's half of the protocol: receivers come and go, and frames are sent to those with credit."""

from __future__ import annotations

from dataclasses import replace

from narrowcast.protocol.errors import MessageError
from narrowcast.protocol.session.config import SenderSessionConfig
from narrowcast.protocol.session.events import ReportReceived, SenderEvent, StillWanted
from narrowcast.protocol.session.grant import FrameGrant
from narrowcast.protocol.session.liveness import Liveness
from narrowcast.protocol.session.outbox import Outbox, OutgoingMessage, SendOutcome
from narrowcast.protocol.session.receiver_registry import ReceiverRegistry
from narrowcast.protocol.session.receiver_state import ReceiverState
from narrowcast.protocol.wire.messages import (
    Ack,
    FrameMessage,
    FramePair,
    FramePart,
    KeyframeRequest,
    Message,
    Ping,
    Pong,
    Report,
    StillPart,
    StillRequest,
)
from narrowcast.protocol.wire.packing import unpack_all
from narrowcast.protocol.wire.session_messages import PROTOCOL_VERSION, Bye, Hello, Role
from narrowcast.text import printable

ANNOUNCE_INTERVAL_US = 1_000_000
"A sender that connected says so this often until a receiver asks for its stream."

UNSENT_RETRY_US = 100_000
"The first announcement is made before the connection stands; it need not cost a second."


class SenderSession:
    """Sans-I/O: bytes and times go in, bytes and events come out. Not thread-safe."""

    def __init__(self, config: SenderSessionConfig) -> None:
        self.config = config
        self.malformed_messages = 0
        "messages that were none, or that no receiver sends"
        self._outbox = Outbox(_stamp)
        self._events: list[SenderEvent] = []
        self._registry = ReceiverRegistry(config, self._outbox, self._events)
        self._frames = self._registry.frames
        self._liveness = Liveness()
        self._reconnect = False
        self._announce_us = 0
        self._closed = False

    # What the pipeline calls, usually through FrameHandover.

    def grant(self, now_us: int) -> FrameGrant | None:
        """Say whether a frame may be coded now, and what it may take; None: do not encode.

        None while nobody could use it, while the rate has no room for it, and while a grant is begun.
        """
        return self._frames.grant(now_us)

    def begin(self, grant: FrameGrant) -> None:
        """Promise a frame to the receivers of a grant: it is sent to them though their credit may shrink.

        Raises ValueError for a grant whose frame can no longer be the next one.
        """
        self._frames.begin(grant)

    def cancel(self, grant: FrameGrant) -> None:
        """Take back a grant that was begun: its frame was not coded after all."""
        self._frames.cancel(grant)

    def send_frame(self, grant: FrameGrant, frame: FrameMessage, now_us: int) -> None:
        """Send the frame coded under a grant that was begun; raises ValueError for any other grant."""
        self._frames.send(grant, frame, now_us)

    def provide_still(self, sequence: int, png: bytes | None, reason: str = "") -> None:
        """Answer StillWanted: the picture behind a frame as a PNG file, or None and why there is none."""
        if png is not None:
            self._frames.stills.provide(sequence, png)
            return
        for peer, part in self._frames.stills.refuse(sequence, reason):
            self._outbox.put(peer, part)

    @property
    def receivers(self) -> tuple[ReceiverState, ...]:
        """Every welcomed receiver."""
        return self._registry.all

    @property
    def receiver_count(self) -> int:
        """How many receivers are welcomed."""
        return len(self._registry.by_peer)

    @property
    def frames_in_flight(self) -> int:
        """Frames that have not been acknowledged, of all receivers together."""
        return self._frames.index.in_flight

    @property
    def min_rtt_us(self) -> int | None:
        """The shortest min_rtt among the receivers; None while nothing has come back."""
        known = [receiver.min_rtt_us for receiver in self.receivers]
        return min((rtt_us for rtt_us in known if rtt_us is not None), default=None)

    # What the link calls.

    def receive(self, peer: bytes, data: bytes, now_us: int) -> None:
        """Take one message from a peer; what is malformed is counted and dropped."""
        try:
            messages = unpack_all(data)
        except MessageError:
            self.malformed_messages += 1
            return
        receiver = self._registry.by_peer.get(peer)
        self._liveness.heard(now_us)
        if receiver is not None:
            receiver.last_heard_us = now_us
            self._frames.count_received(now_us)
        for message in messages:
            self._take(peer, message, now_us)
        self._frames.changed(peer)

    def peer_failed(self, peer: bytes, reason: str, now_us: int) -> None:
        """End the session of a receiver whose message led to an error here."""
        receiver = self._registry.by_peer.get(peer)
        if receiver is not None:
            self._registry.drop(receiver, reason, say_bye=False)

    def knows(self, peer: bytes) -> bool:
        """Say whether a peer is a welcomed receiver."""
        return peer in self._registry.by_peer

    def messages_to_send(self, now_us: int) -> list[OutgoingMessage]:
        """Run the timers and hand over what is to go out now."""
        if not self._closed:
            self._registry.check(now_us)
            if self.config.announce:
                self._announce(now_us)
        outgoing = self._outbox.drain(now_us)
        for message in outgoing:
            self._frames.count_sent(len(message.data), now_us)
        # Behind the small messages, which cannot wait.
        for peer, part in self._frames.due(now_us):
            self._outbox.put(peer, part)
        for slice_ in self._frames.due_slices(now_us):
            self._outbox.put(slice_.peer, slice_.message)
        return outgoing + self._outbox.drain(now_us)

    def not_sent(self, message: OutgoingMessage, outcome: SendOutcome, now_us: int) -> None:
        """Take back what the transport threw away."""
        if isinstance(message.message, Hello):
            self._announce_us = min(self._announce_us, now_us + UNSENT_RETRY_US)
        receiver = self._registry.by_peer.get(message.peer)
        if receiver is None:
            return
        if outcome is SendOutcome.UNREACHABLE or self.config.announce:
            # A socket that connects refuses messages only while there is no connection.
            self._registry.drop(receiver, "its connection is gone", say_bye=False)
            self._announce_us = min(self._announce_us, now_us)
        elif isinstance(message.message, (FrameMessage, FramePart)):
            self._frames.take_back(receiver, message.message.sequence)
        elif isinstance(message.message, FramePair):
            for frame in (message.message.second, message.message.first):
                self._frames.take_back(receiver, frame.sequence)
        elif isinstance(message.message, StillPart):
            self._frames.stills.take_back(message.peer, message.message)

    def next_timer_us(self, now_us: int) -> int:
        """The time at which `messages_to_send` has something to do even if nothing comes in."""
        timers = [now_us + ANNOUNCE_INTERVAL_US, *self._registry.timers_us()]
        if self.config.announce:
            timers.append(max(now_us, self._liveness.deadline_us))
            if not self._registry.by_peer:
                timers.append(self._announce_us)
        for due_us in (self._frames.due_us(now_us), self._frames.slice_us(now_us)):
            if due_us is not None:
                timers.append(due_us)
        return min(timers)

    def take_reconnect(self) -> bool:
        """Say, once, that the connection is dead and the transport should make a new one."""
        reconnect, self._reconnect = self._reconnect, False
        return reconnect

    def events(self) -> list[SenderEvent]:
        """Hand over what happened since the last call."""
        events = list(self._events)
        self._events.clear()
        return events

    def close(self, reason: str) -> None:
        """Say BYE to every receiver; send what waits, then close the transport."""
        for receiver in self.receivers:
            self._outbox.put(receiver.peer, Bye(reason=reason))
        self._registry.by_peer.clear()
        self._closed = True

    # Messages of receivers.

    def _take(self, peer: bytes, message: Message, now_us: int) -> None:
        receiver = self._registry.by_peer.get(peer)
        if isinstance(message, Hello):
            if not self._closed and self._registry.hello(peer, message, now_us):
                self._liveness.linked(now_us)
        elif receiver is not None:
            self._on_message(receiver, message, now_us)
        elif not isinstance(message, Bye) and not self._closed:
            self._outbox.put(peer, Bye(reason="this sender does not know you", say_hello=True))

    def _on_message(self, receiver: ReceiverState, message: Message, now_us: int) -> None:
        if isinstance(message, Ack):
            acknowledged = self._frames.acknowledged(receiver, message, now_us)
            if acknowledged is not None:
                self._events.append(acknowledged)
        elif isinstance(message, Ping):
            self._on_ping(receiver, message, now_us)
        elif isinstance(message, KeyframeRequest):
            sent = receiver.keyframe_sequence
            if sent is None or sent <= message.after_sequence:
                receiver.break_chain(now_us)
        elif isinstance(message, StillRequest):
            self._on_still_request(receiver, message, now_us)
        elif isinstance(message, Report):
            receiver.report = message
            self._events.append(ReportReceived(peer=receiver.peer, report=message))
        elif isinstance(message, Bye):
            self._registry.drop(receiver, f"it said goodbye: {printable(message.reason)}", say_bye=False)
        else:
            self.malformed_messages += 1

    def _on_ping(self, receiver: ReceiverState, ping: Ping, now_us: int) -> None:
        if ping.min_rtt_us is not None:
            receiver.ack_sampler.ping_rtt(ping.min_rtt_us, now_us)
        elif ping.number == 1:
            # The first one answers our WELCOME: a round trip, known before the first frame is back.
            receiver.ack_sampler.ping_rtt(now_us - receiver.welcomed_us, now_us)
        self._liveness.note_rtt(receiver.min_rtt_us or 0)
        self._outbox.put(
            receiver.peer,
            Pong(
                number=ping.number,
                epoch=self.config.epoch,
                ping_sent_receiver_us=ping.sent_receiver_us,
                ping_received_sender_us=now_us,
                pong_sent_sender_us=now_us,
                encode_us=self._frames.newest.encode_us if self._frames.newest else 0,
                quality_permille=self._frames.newest.quality_permille if self._frames.newest else 500,
            ),
        )

    def _on_still_request(self, receiver: ReceiverState, request: StillRequest, now_us: int) -> None:
        stills = self._frames.stills
        for slice_ in stills.request(receiver.peer, request, now_us):
            receiver.slice_arrived(slice_.sent_us, now_us, slice_.wire_bytes)
        self._events += [StillWanted(sequence=sequence) for sequence in stills.take_wanted()]

    # Where this side connects.

    def _announce(self, now_us: int) -> None:
        """Send HELLO until a receiver asks for the stream; reconnect where nothing is heard any more."""
        if self._liveness.is_silent(now_us):
            for receiver in self.receivers:
                self._registry.drop(receiver, "nothing heard from it; connecting anew", say_bye=False)
            self._liveness.unlinked(now_us, silent=True)
            self._reconnect = True
            # Not now: it would be said to the dead connection.
            self._announce_us = now_us + UNSENT_RETRY_US
        if not self._registry.by_peer and now_us >= self._announce_us:
            self._announce_us = now_us + ANNOUNCE_INTERVAL_US
            hello = Hello(version=PROTOCOL_VERSION, role=Role.SENDER, instance=self.config.instance)
            self._outbox.put(b"", hello)


def _stamp(message: Message, now_us: int) -> Message:
    """Fill in the time of sending."""
    if isinstance(message, FrameMessage):
        return _stamp_frame(message, now_us)
    if isinstance(message, FramePair):
        first, second = (_stamp_frame(frame, now_us) for frame in (message.first, message.second))
        return FramePair(first=first, second=second)
    if isinstance(message, Pong):
        return replace(message, pong_sent_sender_us=now_us)
    return message


def _stamp_frame(frame: FrameMessage, now_us: int) -> FrameMessage:
    return replace(frame, send_delay_us=now_us - frame.capture_sender_us)
