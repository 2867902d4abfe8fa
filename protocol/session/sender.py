"""The sender's half of the protocol: receivers come and go, each with its credit."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from protocol.errors import MessageError
from protocol.session.config import SenderConfig
from protocol.session.events import (
    PeerIncompatible,
    ReceiverJoined,
    ReceiverLeft,
    ReceiverRejected,
    ReceiverStalled,
    ReportReceived,
    SenderEvent,
    StillWanted,
)
from protocol.session.frame_schedule import OutgoingFrame, SentFrame
from protocol.session.frame_sender import FrameSender
from protocol.session.handshake import Refusal, refuse
from protocol.session.liveness import Liveness
from protocol.session.outbox import Outbox, OutgoingMessage, SendOutcome
from protocol.session.receiver_state import ReceiverState
from protocol.wire.messages import (
    Ack,
    FrameMessage,
    FramePart,
    KeyframeRequest,
    Message,
    Ping,
    Pong,
    Report,
    StillPart,
    StillRequest,
)
from protocol.wire.packing import unpack
from protocol.wire.session_messages import PROTOCOL_VERSION, Bye, Hello, Reject, Role, Welcome
from protocol.wire.text import printable

ANNOUNCE_INTERVAL_US = 1_000_000
"A sender that connected says so this often until a receiver asks for its stream."

UNSENT_RETRY_US = 100_000
"The first announcement is made before the connection stands; it need not cost a second."


class SenderSession:
    """Sans-I/O: bytes and times go in, bytes and events come out. Not thread-safe."""

    def __init__(self, config: SenderConfig) -> None:
        self.config = config
        self.malformed_messages = 0
        "messages that were none, or that no receiver sends"
        self._receivers: dict[bytes, ReceiverState] = {}
        self._outbox = Outbox(_stamp)
        self._events: list[SenderEvent] = []
        self._told: deque[int] = deque(maxlen=64)
        self._sessions = 0
        self._frames = FrameSender(config, self._receivers)
        self._liveness = Liveness()
        self._reconnect = False
        self._announce_us = 0
        self._closed = False

    # What the pipeline asks before it encodes.

    def can_send(self, now_us: int) -> bool:
        """Say whether a frame coded now would be of use to somebody; if not, do not encode."""
        return self._frames.can_send(now_us)

    def wants_keyframe(self, now_us: int) -> bool:
        """Say whether the next frame must be a keyframe: somebody joined, asked, or missed a frame."""
        return self._frames.wants_keyframe(now_us)

    def payload_allowance(self, now_us: int) -> float | None:
        """Say how many bytes the next frame's payload may take; None where nothing limits it."""
        return self._frames.payload_allowance(now_us)

    def usual_payload(self, now_us: int) -> float | None:
        """Say how many bytes payloads may take in the long run; None where nothing limits it."""
        return self._frames.usual_payload(now_us)

    def promise_frame(self) -> None:
        """A frame is begun for those who have credit now, and they get it though the credit may shrink."""
        self._frames.promise()

    def send_frame(self, frame: OutgoingFrame, now_us: int) -> SentFrame:
        """Number a coded frame and send it to every receiver with credit that can use it."""
        return self._frames.send(frame, now_us)

    def rate_bps(self, now_us: int) -> float | None:
        """The rate at which a receiver gets frames: its link's, or its share of the cap; None for any."""
        return self._frames.rate_bps(now_us)

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
        return tuple(self._receivers.values())

    @property
    def budget_bps(self) -> float | None:
        """Bits a second that the best-connected receiver can take; None where there is no receiver."""
        return self._frames.budget_bps

    @property
    def min_rtt_us(self) -> int | None:
        """The shortest base round trip among the receivers; None while nothing has come back."""
        known = [r.delivery.min_rtt_us for r in self._receivers.values()]
        return min((rtt for rtt in known if rtt is not None), default=None)

    def frame_interval_us(self, now_us: int) -> int:
        """Time from frame to frame: longer than the stream's on a thin link, or if every receiver asks."""
        return self._frames.interval_us(now_us)

    # What the link calls.

    def receive(self, peer: bytes, data: bytes, now_us: int) -> None:
        """Take one message from a peer; what is malformed is counted and dropped."""
        try:
            message = unpack(data)
        except MessageError:
            self.malformed_messages += 1
            return
        receiver = self._receivers.get(peer)
        self._liveness.heard(now_us)
        if receiver is not None:
            receiver.last_heard_us = now_us
            self._frames.note_received(now_us)
        if isinstance(message, Hello):
            self._on_hello(peer, message, now_us)
        elif receiver is not None:
            self._on_message(receiver, message, now_us)
        elif not isinstance(message, Bye) and not self._closed:
            self._outbox.put(peer, Bye(reason="this sender does not know you", say_hello=True))

    def knows(self, peer: bytes) -> bool:
        """Say whether a peer is a welcomed receiver."""
        return peer in self._receivers

    def messages_to_send(self, now_us: int) -> list[OutgoingMessage]:
        """Run the timers and hand over what is to go out now."""
        if not self._closed:
            self._check_receivers(now_us)
            if self.config.announce and self._liveness.is_silent(now_us):
                self._on_silence(now_us)
            if self.config.announce and not self._receivers and now_us >= self._announce_us:
                self._announce_us = now_us + ANNOUNCE_INTERVAL_US
                self._outbox.put(b"", self._announcement())
        outgoing = self._outbox.drain(now_us)
        for message in outgoing:
            self._frames.note_sent(len(message.data), now_us)
        # Behind the small messages, which cannot wait.
        for part in self._frames.due(now_us):
            self._outbox.put(part.peer, part.message)
        for slice_ in self._frames.due_slices(now_us):
            self._outbox.put(slice_.peer, slice_.message)
        return outgoing + self._outbox.drain(now_us)

    def not_sent(self, message: OutgoingMessage, outcome: SendOutcome, now_us: int) -> None:
        """Take back what the transport threw away."""
        if isinstance(message.message, Hello):
            self._announce_us = min(self._announce_us, now_us + UNSENT_RETRY_US)
        receiver = self._receivers.get(message.peer)
        if receiver is None:
            return
        if outcome is SendOutcome.UNREACHABLE or self.config.announce:
            # A socket that connects refuses messages only while there is no connection.
            self._drop(receiver, "its connection is gone", say_bye=False)
            self._announce_us = min(self._announce_us, now_us)
        elif isinstance(message.message, (FrameMessage, FramePart)):
            self._frames.take_back(receiver, message.message.sequence)
        elif isinstance(message.message, StillPart):
            self._frames.stills.take_back(message.peer, message.message)

    def next_timer_us(self, now_us: int) -> int:
        """The time at which `messages_to_send` has something to do even if nothing comes in."""
        config = self.config
        timers = [now_us + ANNOUNCE_INTERVAL_US]
        if config.announce:
            timers.append(max(now_us, self._liveness.deadline_us))
        if config.announce and not self._receivers:
            timers.append(self._announce_us)
        due_us = self._frames.due_us(now_us)
        if due_us is not None:
            timers.append(due_us)
        slice_us = self._frames.slice_us(now_us)
        if slice_us is not None:
            timers.append(slice_us)
        for receiver in self._receivers.values():
            timers.append(receiver.last_heard_us + config.silence_us)
            if receiver.oldest_flight_us is not None:
                limit_us = config.drop_stalled_us if receiver.stalled else config.stalled_us
                timers.append(receiver.oldest_flight_us + limit_us)
        return min(timers)

    def take_reconnect(self) -> bool:
        """Say, once, that the connection is dead and the transport should make a new one."""
        reconnect, self._reconnect = self._reconnect, False
        return reconnect

    def events(self) -> list[SenderEvent]:
        """Hand over what happened since the last call."""
        events, self._events = self._events, []
        return events

    def close(self, reason: str) -> None:
        """Say BYE to every receiver; send what waits, then close the transport."""
        for receiver in self.receivers:
            self._outbox.put(receiver.peer, Bye(reason=reason))
        self._receivers.clear()
        self._closed = True

    # Messages, one method each.

    def _on_message(self, receiver: ReceiverState, message: Message, now_us: int) -> None:
        if isinstance(message, Ack):
            self._on_ack(receiver, message, now_us)
        elif isinstance(message, Ping):
            self._on_ping(receiver, message, now_us)
        elif isinstance(message, KeyframeRequest):
            self._on_keyframe_request(receiver, message, now_us)
        elif isinstance(message, StillRequest):
            self._on_still_request(receiver, message, now_us)
        elif isinstance(message, Report):
            receiver.report = message
            self._events.append(ReportReceived(peer=receiver.peer, report=message))
        elif isinstance(message, Bye):
            self._drop(receiver, f"it said goodbye: {printable(message.reason)}", say_bye=False)
        else:
            self.malformed_messages += 1

    def _on_hello(self, peer: bytes, hello: Hello, now_us: int) -> None:
        if self._closed:
            return
        if hello.role != Role.RECEIVER:
            self._tell_incompatible(peer, hello)
            return
        known = self._receivers.get(peer)
        if known is not None and known.instance == hello.instance and known.is_new(now_us):
            self._outbox.put(peer, self._welcome(known))
            return
        for receiver in self.receivers:
            if receiver.peer == peer or receiver.instance == hello.instance:
                self._drop(receiver, "it says hello again", say_bye=False)
        refusal = refuse(hello, self.config.stream, self.config.max_receivers - len(self._receivers))
        if refusal is None:
            self._join(peer, hello, now_us)
        else:
            self._reject(peer, hello, refusal)

    def _on_ack(self, receiver: ReceiverState, ack: Ack, now_us: int) -> None:
        acknowledged = self._frames.acknowledged(receiver, ack, now_us)
        if acknowledged is not None:
            self._events.append(acknowledged)

    def _on_ping(self, receiver: ReceiverState, ping: Ping, now_us: int) -> None:
        if ping.min_rtt_us is not None and ping.min_rtt_us >= 0:
            receiver.note_ping_rtt(ping.min_rtt_us, now_us)
        elif ping.number == 1:
            # The first one answers our WELCOME: a round trip, known before the first frame is back.
            receiver.note_ping_rtt(now_us - receiver.welcomed_us, now_us)
        self._liveness.note_rtt(receiver.delivery.min_rtt_us or 0)
        self._outbox.put(
            receiver.peer,
            Pong(
                number=ping.number,
                epoch=self.config.epoch,
                ping_sent_receiver_us=ping.sent_receiver_us,
                ping_received_sender_us=now_us,
                pong_sent_sender_us=now_us,
            ),
        )

    def _on_keyframe_request(self, receiver: ReceiverState, request: KeyframeRequest, now_us: int) -> None:
        on_its_way = receiver.keyframe_sequence
        if on_its_way is None or on_its_way <= request.after_sequence:
            receiver.break_chain(now_us)

    def _on_still_request(self, receiver: ReceiverState, request: StillRequest, now_us: int) -> None:
        stills = self._frames.stills
        for slice_ in stills.ask(receiver.peer, request, now_us):
            receiver.still_delivered(slice_.sent_us, now_us, slice_.wire_bytes)
        self._events += [StillWanted(sequence=sequence) for sequence in stills.take_wanted()]

    # Receivers come and go.

    def _join(self, peer: bytes, hello: Hello, now_us: int) -> None:
        self._sessions += 1
        receiver = ReceiverState(
            peer=peer,
            session=self._sessions,
            instance=hello.instance,
            name=printable(hello.name),
            max_kbps=hello.max_kbps,
            max_fps=hello.max_fps,
            welcomed_us=now_us,
            last_heard_us=now_us,
            link_rate=self._frames.link_rate_for(hello.instance),
        )
        self._receivers[peer] = receiver
        self._liveness.linked(now_us)
        self._outbox.put(peer, self._welcome(receiver))
        self._events.append(ReceiverJoined(peer=peer, session=receiver.session, name=receiver.name))

    def _reject(self, peer: bytes, hello: Hello, refusal: Refusal) -> None:
        self._outbox.put(peer, Reject(version=PROTOCOL_VERSION, code=refusal.code, text=refusal.text))
        if hello.instance not in self._told:
            self._told.append(hello.instance)
            self._events.append(ReceiverRejected(peer=peer, code=refusal.code, text=printable(refusal.text)))

    def _drop(self, receiver: ReceiverState, reason: str, *, say_bye: bool = True) -> None:
        del self._receivers[receiver.peer]
        self._outbox.forget(receiver.peer)
        self._frames.left(receiver)
        if say_bye:
            self._outbox.put(receiver.peer, Bye(reason=reason, say_hello=True))
        self._events.append(ReceiverLeft(peer=receiver.peer, session=receiver.session, reason=reason))

    def _check_receivers(self, now_us: int) -> None:
        """Drop who is silent or stalled for too long, and say who stalls."""
        for receiver in self.receivers:
            silent_us = now_us - receiver.last_heard_us
            out_us = 0 if receiver.oldest_flight_us is None else now_us - receiver.oldest_flight_us
            if silent_us >= self.config.silence_us:
                self._drop(receiver, f"nothing heard from it for {silent_us // 1_000_000} s")
            elif out_us >= self.config.drop_stalled_us:
                self._drop(receiver, f"it took no frame for {out_us // 1_000_000} s")
            elif out_us >= self.config.stalled_us and not receiver.stalled:
                receiver.stalled = True
                self._events.append(
                    ReceiverStalled(peer=receiver.peer, session=receiver.session, stalled_us=out_us)
                )

    def _on_silence(self, now_us: int) -> None:
        """The receiver that we connected to is not there any more, or the way to it."""
        for receiver in self.receivers:
            self._drop(receiver, "nothing heard from it; connecting anew", say_bye=False)
        self._liveness.unlinked(now_us, silent=True)
        self._reconnect = True
        # Not now: it would be said to the dead connection.
        self._announce_us = now_us + UNSENT_RETRY_US

    def _tell_incompatible(self, peer: bytes, hello: Hello) -> None:
        if hello.instance not in self._told:
            self._told.append(hello.instance)
            text = "the other end is a sender too: start a receiver there, or give another address here"
            self._events.append(PeerIncompatible(peer=peer, text=text))

    def _welcome(self, receiver: ReceiverState) -> Welcome:
        return Welcome(
            version=PROTOCOL_VERSION,
            session=receiver.session,
            epoch=self.config.epoch,
            parameters=self.config.stream,
        )

    def _announcement(self) -> Hello:
        return Hello(version=PROTOCOL_VERSION, role=Role.SENDER, instance=self.config.instance)


def _stamp(message: Message, now_us: int) -> Message:
    """Fill in the time of sending."""
    if isinstance(message, FrameMessage):
        return replace(message, send_delay_us=now_us - message.capture_sender_us)
    if isinstance(message, Pong):
        return replace(message, pong_sent_sender_us=now_us)
    return message
