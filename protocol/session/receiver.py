"""The receiver's half of the protocol: find the sender, take its frames one by one, know its clock."""

from __future__ import annotations

from dataclasses import replace

from protocol.errors import MessageError
from protocol.rate.clock import ClockEstimator
from protocol.session.config import ReceiverConfig
from protocol.session.events import (
    FramesMissed,
    KeyframeRequested,
    LinkDown,
    LinkUp,
    NoAnswer,
    PeerIncompatible,
    ReceiverEvent,
    Rejected,
    StillArrived,
)
from protocol.session.frame_queue import QueuedFrame
from protocol.session.handshake import refuse_codec
from protocol.session.liveness import Liveness
from protocol.session.outbox import Outbox, OutgoingMessage, SendOutcome
from protocol.session.sender_link import ReceivedFrame, SenderLink
from protocol.session.sender_search import HELLO_INTERVAL_US, SenderSearch
from protocol.stills.fetch import StillFetch, StillProgress
from protocol.wire.frame_parts import FrameAssembler
from protocol.wire.messages import (
    PROTOCOL_VERSION,
    Ack,
    Bye,
    Frame,
    FramePart,
    Hello,
    KeyframeRequest,
    Message,
    Ping,
    Pong,
    Reject,
    RejectCode,
    Report,
    Role,
    StillPart,
    StillRequest,
    StreamParameters,
    Welcome,
    unpack,
)
from protocol.wire.text import printable


class ReceiverSession:
    """Sans-I/O: bytes and times go in, bytes, frames and events come out. Not thread-safe."""

    def __init__(self, config: ReceiverConfig) -> None:
        self.config = config
        self.malformed_messages = 0
        "messages that were none, or that no sender sends"
        self.frames_missed = 0
        "coded by the sender and never received, or received and of no use"
        self._peer: bytes | None = b"" if config.connects else None
        self._sender_instance: int | None = None
        self._link: SenderLink | None = None
        self._clock = ClockEstimator()
        self._stills = StillFetch()
        self._outbox = Outbox(_stamp)
        self._events: list[ReceiverEvent] = []
        self._search = SenderSearch()
        self._liveness = Liveness()
        self._reconnect = False
        self._closed = False
        self._told_incompatible: int | None = None

    # What the pipeline asks.

    @property
    def linked(self) -> bool:
        """A sender has welcomed this receiver and is alive."""
        return self._link is not None

    @property
    def stream(self) -> StreamParameters | None:
        """What the sender sends; None while there is no link."""
        return self._link.welcome.parameters if self._link else None

    @property
    def clock(self) -> ClockEstimator:
        """The sender's clock; it begins anew with every run of the sender."""
        return self._clock

    @property
    def frames_waiting(self) -> int:
        """Frames that came and were not taken."""
        return len(self._link.queue) if self._link else 0

    def take_frame(self, now_us: int) -> ReceivedFrame | None:
        """Hand over the next frame and give its credit back; call it when the decoder is free."""
        queued = self._link.queue.take() if self._link else None
        if queued is None or self._link is None:
            return None
        self._acknowledge(queued, now_us)
        return self._link.received(queued)

    def decode_failed(self, reason: str, now_us: int) -> None:
        """The decoder lost its state: ask for a keyframe and throw away the frames before it."""
        if self._link is None:
            return
        for useless in self._link.queue.break_chain():
            self.frames_missed += 1
            self._acknowledge(useless, now_us)
        if self._link.queue.awaiting_keyframe:
            self._want_keyframe(self._link, reason)

    def send_report(self, report: Report) -> None:
        """Tell the sender how this receiver is doing; once a second."""
        if self._link is not None and self._peer is not None:
            self._outbox.put(self._peer, report)

    def request_still(self, sequence: int) -> None:
        """Fetch the exact picture behind a frame; StillArrived or StillFailed tells the end of it."""
        refused = self._stills.want(sequence)
        if refused is not None:
            self._events.append(refused)

    @property
    def still_progress(self) -> StillProgress | None:
        """How far the still is that is being fetched; None where none is."""
        return self._stills.progress

    # What the link calls.

    def receive(self, peer: bytes, data: bytes, now_us: int) -> None:
        """Take one message from a peer; what is malformed is counted and dropped."""
        try:
            message = unpack(data, max_payload_bytes=self.config.max_payload_bytes)
        except MessageError:
            self.malformed_messages += 1
            return
        if isinstance(message, Hello):
            self._on_hello(peer, message, now_us)
        elif peer == self._peer and not self._closed:
            self._liveness.heard(now_us)
            self._on_message(message, now_us)

    def knows(self, peer: bytes) -> bool:
        """Say whether a peer is the sender."""
        return peer == self._peer

    def messages_to_send(self, now_us: int) -> list[OutgoingMessage]:
        """Run the timers and hand over what is to go out now."""
        if self._closed:
            return self._outbox.drain(now_us)
        if self._peer is not None and self._liveness.is_silent(now_us):
            self._on_silence(now_us)
        if self._link is None:
            self._look_for_sender(now_us)
        elif self._peer is not None:
            heard_us = self._liveness.heard_us or now_us
            for due in (
                self._link.due_ping(now_us, heard_us),
                self._link.due_request(now_us),
                self._stills.due_request(now_us),
            ):
                if due is not None:
                    self._outbox.put(self._peer, due)
            expired = self._stills.expired(now_us)
            if expired is not None:
                self._events.append(expired)
        return self._outbox.drain(now_us)

    def not_sent(self, message: OutgoingMessage, outcome: SendOutcome, now_us: int) -> None:
        """Take back what the transport threw away."""
        if message.peer != self._peer:
            return
        if outcome is SendOutcome.UNREACHABLE:
            self._link_down("the connection to the sender is gone", now_us)
            self._peer = None
        elif isinstance(message.message, Hello):
            self._search.hello_unsent(now_us)
        elif self.config.connects:
            # A socket that connects refuses messages only while there is no connection.
            self._link_down("the connection to the sender is gone", now_us)
        elif isinstance(message.message, (Ack, KeyframeRequest, StillRequest)) and self._link is not None:
            self._outbox.put(message.peer, message.message)

    def next_timer_us(self, now_us: int) -> int:
        """The time at which `messages_to_send` has something to do even if nothing comes in."""
        link = self._link
        if link is None:
            hello_us = now_us + HELLO_INTERVAL_US if self._peer is None else self._search.hello_us
            return max(now_us, hello_us)
        timers = [link.next_timer_us(), max(now_us, self._liveness.deadline_us)]
        if self._stills.timer_us is not None:
            timers.append(max(now_us, self._stills.timer_us))
        return min(timers)

    def take_reconnect(self) -> bool:
        """Say, once, that the connection is dead and the transport should make a new one."""
        reconnect, self._reconnect = self._reconnect, False
        return reconnect

    def events(self) -> list[ReceiverEvent]:
        """Hand over what happened since the last call."""
        events, self._events = self._events, []
        return events

    def close(self, reason: str) -> None:
        """Say BYE to the sender; send what waits, then close the transport."""
        if self._link is not None and self._peer is not None:
            self._outbox.put(self._peer, Bye(reason=reason))
        self._link = None
        self._closed = True

    # Messages, one method each.

    def _on_message(self, message: Message, now_us: int) -> None:
        if isinstance(message, (Frame, FramePart)):
            self._on_frame_message(message, now_us)
        elif isinstance(message, StillPart):
            self._on_still_part(message, now_us)
        elif isinstance(message, Pong):
            self._on_pong(message, now_us)
        elif isinstance(message, Welcome):
            self._on_welcome(message, now_us)
        elif isinstance(message, Reject):
            self._on_reject(message, now_us)
        elif isinstance(message, Bye):
            self._on_bye(message, now_us)
        else:
            self.malformed_messages += 1

    def _on_hello(self, peer: bytes, hello: Hello, now_us: int) -> None:
        """A sender that connected is there; or the other end is a receiver by mistake."""
        if hello.role == Role.RECEIVER:
            if self._told_incompatible != hello.instance:
                self._told_incompatible = hello.instance
                text = "the other end is a receiver too: start a sender there, or give another address here"
                self._events.append(PeerIncompatible(peer=peer, text=text))
            return
        if self._closed or self.config.connects:
            return
        if self._link is not None and hello.instance != self._sender_instance:
            self._outbox.put(peer, Bye(reason="this receiver already has a sender: stop that one first"))
            return
        self._link_down("the sender connected anew", now_us)
        self._peer = peer
        self._sender_instance = hello.instance
        self._search.refused = False

    def _on_welcome(self, welcome: Welcome, now_us: int) -> None:
        welcome = _printable_name(welcome)
        parameters = welcome.parameters
        known = self._link.welcome if self._link else None
        if known == welcome:
            return
        refusal = refuse_codec(parameters, self.config.codecs)
        if refusal is not None:
            self._turn_away(Rejected(code=refusal.code, text=refusal.text, final=True), now_us)
            return
        if known is None or known.epoch != welcome.epoch:
            self._clock = ClockEstimator()
        self._link = SenderLink(
            welcome=welcome,
            clock=self._clock,
            ping_us=now_us,
            assembler=FrameAssembler(self.config.max_payload_bytes),
        )
        self._liveness.linked(now_us)
        # At once, before any ACK: to the sender it is the first measure of the distance.
        first_ping = self._link.due_ping(now_us, now_us)
        if first_ping is not None and self._peer is not None:
            self._outbox.put(self._peer, first_ping)
        self._search.found()
        self._events += self._stills.linked(welcome.epoch)
        self._events.append(LinkUp(stream=parameters, session=welcome.session))

    def _on_reject(self, reject: Reject, now_us: int) -> None:
        if self._link is not None:
            return
        final = reject.code != RejectCode.FULL
        self._turn_away(Rejected(code=reject.code, text=printable(reject.text, 300), final=final), now_us)

    def _on_frame_message(self, message: Frame | FramePart, now_us: int) -> None:
        link = self._link
        if link is None:
            return
        if message.epoch != link.welcome.epoch:
            self._link_down("the sender was started anew", now_us)
            return
        assembler = link.assembler
        frame = assembler.begin(message) if isinstance(message, Frame) else assembler.add(message)
        if frame is not None:
            self._on_frame(link, frame, now_us)

    def _on_frame(self, link: SenderLink, frame: Frame, now_us: int) -> None:
        arrival = link.queue.put(frame, now_us)
        if arrival.missed:
            self._events.append(FramesMissed(count=arrival.missed))
        self.frames_missed += arrival.missed
        if not arrival.queued:
            self.frames_missed += 1
            self._acknowledge(QueuedFrame(frame=frame, receive_us=now_us), now_us)
        if arrival.broken:
            self._want_keyframe(link, arrival.broken)
        elif frame.keyframe and arrival.queued:
            link.keyframe_came()

    def _on_still_part(self, part: StillPart, now_us: int) -> None:
        ended = self._stills.add(part, now_us) if self._link is not None else None
        if ended is None or self._peer is None:
            return
        if isinstance(ended, StillArrived):
            self._outbox.put(self._peer, self._stills.thank(part))
        self._events.append(ended)

    def _on_pong(self, pong: Pong, now_us: int) -> None:
        if self._link is None:
            return
        if pong.epoch != self._link.welcome.epoch:
            self._link_down("the sender was started anew", now_us)
            return
        self._clock.add_exchange(
            ping_sent_us=pong.ping_sent_us,
            ping_received_us=pong.ping_received_us,
            pong_sent_us=pong.pong_sent_us,
            pong_received_us=now_us,
        )
        self._liveness.note_rtt(self._clock.recent_min_rtt_us or 0)

    def _on_bye(self, bye: Bye, now_us: int) -> None:
        if bye.say_hello:
            self._link_down(f"the sender lost this receiver: {printable(bye.reason)}", now_us)
            return
        self._link_down(f"the sender said goodbye: {printable(bye.reason)}", now_us, ended=True)
        self._search.hello_later(now_us)

    # Looking for a sender, and losing it.

    def _on_silence(self, now_us: int) -> None:
        seconds = (now_us - (self._liveness.heard_us or now_us)) / 1e6
        self._reconnect = self.config.connects and not self._search.refused
        self._liveness.unlinked(now_us, silent=True)
        if self._link is not None:
            self._link_down(f"nothing heard from the sender for {seconds:.1f} s", now_us)
        self._search.connection_lost(now_us)

    def _look_for_sender(self, now_us: int) -> None:
        waited_us = self._search.unanswered_us(now_us)
        if waited_us is not None:
            self._events.append(NoAnswer(waited_us=waited_us))
        if self._peer is not None and self._search.due_hello(now_us):
            self._outbox.put(self._peer, self._hello())

    def _hello(self) -> Hello:
        config = self.config
        return Hello(
            version=PROTOCOL_VERSION,
            role=Role.RECEIVER,
            instance=config.instance,
            codecs=config.codecs,
            stream=config.stream,
            max_kbps=config.max_kbps,
            max_fps=config.max_fps,
            max_payload_bytes=config.max_payload_bytes,
            name=config.name,
        )

    def _turn_away(self, rejected: Rejected, now_us: int) -> None:
        self._events.append(rejected)
        self._search.turned_away(now_us, final=rejected.final)

    def _link_down(self, reason: str, now_us: int, *, ended: bool = False) -> None:
        if self._peer is not None:
            self._outbox.forget(self._peer)
        if self._link is not None:
            self._link = None
            self._liveness.unlinked(now_us, silent=False)
            self._events.append(LinkDown(reason=reason, ended=ended))
        self._search.hello_now(now_us)

    # While linked.

    def _want_keyframe(self, link: SenderLink, reason: str) -> None:
        if link.want_keyframe(printable(reason)):
            self._events.append(KeyframeRequested(reason=printable(reason)))

    def _acknowledge(self, queued: QueuedFrame, now_us: int) -> None:
        if self._peer is not None:
            hold_us = max(0, now_us - queued.receive_us)
            self._outbox.put(self._peer, Ack(sequence=queued.frame.sequence, hold_us=hold_us))


def _stamp(message: Message, now_us: int) -> Message:
    """Fill in the time of sending."""
    return replace(message, sent_us=now_us) if isinstance(message, Ping) else message


def _printable_name(welcome: Welcome) -> Welcome:
    """Make what the sender calls its stream safe to print."""
    parameters = welcome.parameters
    return replace(welcome, parameters=replace(parameters, name=printable(parameters.name)))
