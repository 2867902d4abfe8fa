"""The receiver's half of the protocol: it finds the sender, keeps the link and hands over its frames."""

from __future__ import annotations

from narrowcast.protocol.errors import MessageError
from narrowcast.protocol.rate.clock import ClockEstimator
from narrowcast.protocol.session.config import ReceiverSessionConfig
from narrowcast.protocol.session.events import LinkDown, LinkUp, PeerIncompatible, ReceiverEvent, Rejected
from narrowcast.protocol.session.frame_intake import FrameIntake
from narrowcast.protocol.session.frame_queue import ArrivedFrame, with_local_times
from narrowcast.protocol.session.handshake import refuse_stream, with_printable_name
from narrowcast.protocol.session.liveness import Liveness
from narrowcast.protocol.session.outbox import Outbox, OutgoingMessage, SendOutcome
from narrowcast.protocol.session.sender_link import CreditMessage, LinkMessage, SenderLink, patience_us
from narrowcast.protocol.session.sender_search import HELLO_INTERVAL_US, SenderSearch
from narrowcast.protocol.stills.fetch import StillFetch, StillProgress
from narrowcast.protocol.wire.messages import Message, Pong, Report
from narrowcast.protocol.wire.packing import unpack_all
from narrowcast.protocol.wire.session_messages import (
    Bye,
    Hello,
    Reject,
    RejectCode,
    Role,
    StreamParameters,
    Welcome,
)
from narrowcast.text import printable


class ReceiverSession:
    """Sans-I/O: bytes and times go in, bytes, frames and events come out. Not thread-safe."""

    def __init__(self, config: ReceiverSessionConfig) -> None:
        self.config = config
        self.malformed_messages = 0
        "messages that were none, or that no sender sends"
        self.clock = ClockEstimator()
        "the estimate of the sender's clock; it begins anew with every run of the sender"
        self._peer: bytes | None = b"" if config.connects else None
        self._sender_instance: int | None = None
        self._link: SenderLink | None = None
        self._outbox = Outbox(SenderLink.stamped)
        self._frames = FrameIntake(config.max_payload_bytes, self._send, self._tell)
        self._stills = StillFetch()
        self._events: list[ReceiverEvent] = []
        self._search = SenderSearch(config, self._send, self._tell)
        self._liveness = Liveness()
        self._reconnect = self._closed = False
        self._told_incompatible: int | None = None

    # What the pipeline calls.

    @property
    def linked(self) -> bool:
        """A sender has welcomed this receiver and is alive."""
        return self._link is not None

    @property
    def stream(self) -> StreamParameters | None:
        """What the sender sends; None while there is no link."""
        return self._link.welcome.parameters if self._link else None

    @property
    def frames_waiting(self) -> int:
        """Frames that came and were not taken."""
        return self._frames.waiting if self._link else 0

    @property
    def frames_missed(self) -> int:
        """Frames coded by the sender and never received, or received and of no use; since the start."""
        return self._frames.missed

    def take_frame(self, now_us: int) -> ArrivedFrame | None:
        """Hand over the next frame and give its credit back; call it when the decoder is free."""
        frame = self._frames.take(now_us) if self._link else None
        return None if frame is None else with_local_times(frame, self.clock, now_us)

    def decode_failed(self, reason: str, now_us: int) -> None:
        """Ask for a keyframe and throw away the frames before it: the decoder has lost its state."""
        if self._link is not None:
            self._frames.decode_failed(reason, now_us)

    def request_keyframe(self, reason: str) -> None:
        """Ask for a keyframe although no frame is missing, as one does who records."""
        if self._link is not None:
            self._frames.request_keyframe(reason)

    def send_report(self, report: Report) -> None:
        """Tell the sender how this receiver is doing; once a second."""
        if self._link is not None:
            self._send(report)

    def request_still(self, sequence: int) -> None:
        """Fetch the exact picture behind a frame; StillArrived or StillFailed tells the end of it."""
        if (refused := self._stills.want(sequence)) is not None:
            self._tell(refused)

    def ask_again(self, config: ReceiverSessionConfig, now_us: int) -> None:
        """Ask for something else: the sender answers with a new session, which begins with a keyframe."""
        self.config = self._search.config = config
        if self._link is not None:
            self._link_down("asking the sender for something else", now_us)
            self._send(Bye(reason="it asks for something else"))

    @property
    def still_progress(self) -> StillProgress | None:
        """How far the still is that is being fetched; None where none is."""
        return self._stills.progress

    # What the link calls.

    def receive(self, peer: bytes, data: bytes, now_us: int) -> None:
        """Take one message from a peer; what is malformed is counted and dropped."""
        try:
            messages = unpack_all(data, max_payload_bytes=self.config.max_payload_bytes)
        except MessageError:
            self.malformed_messages += 1
            return
        for message in messages:
            if isinstance(message, Hello):
                self._on_hello(peer, message, now_us)
            elif peer == self._peer and not self._closed:
                self._liveness.heard(now_us)
                self._on_message(message, now_us)

    def peer_failed(self, peer: bytes, reason: str, now_us: int) -> None:
        """End the link with a sender whose message led to an error here."""
        if peer == self._peer:
            self._link_down(reason, now_us)
            self._search.hello_later(now_us)

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
            self._search.run_timers(now_us, reachable=self._peer is not None)
        else:
            self._link.run_timers(now_us, self._liveness.heard_us or now_us)
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
        elif isinstance(message.message, CreditMessage) and self._link is not None:
            self._outbox.put(message.peer, message.message)

    def next_timer_us(self, now_us: int) -> int:
        """The time at which `messages_to_send` has something to do even if nothing comes in."""
        if self._link is not None:
            timers = [self._link.next_timer_us(now_us), *self._outbox.timers_us()]
            return min(*timers, max(now_us, self._liveness.deadline_us))
        hello_us = now_us + HELLO_INTERVAL_US if self._peer is None else self._search.hello_us
        return max(now_us, hello_us)

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
        if self._link is not None:
            self._send(Bye(reason=reason))
        self._link = None
        self._closed = True

    # Messages, one method each.

    def _on_message(self, message: Message, now_us: int) -> None:
        if isinstance(message, LinkMessage):
            self._on_link_message(message, now_us)
        elif isinstance(message, Welcome):
            self._on_welcome(message, now_us)
        elif isinstance(message, Reject):
            self._on_reject(message, now_us)
        elif isinstance(message, Bye):
            self._on_bye(message, now_us)
        else:
            self.malformed_messages += 1

    def _on_link_message(self, message: LinkMessage, now_us: int) -> None:
        if self._link is None:
            return
        if self._link.is_of_another_run(message):
            self._link_down("the sender was started anew", now_us)
            return
        self._link.receive(message, now_us)
        if isinstance(message, Pong):
            self._liveness.note_rtt(self.clock.recent_min_rtt_us or 0)

    def _on_hello(self, peer: bytes, hello: Hello, now_us: int) -> None:
        """Take up a sender that has connected, or tell that the other end is a receiver by mistake."""
        if hello.role == Role.RECEIVER:
            if self._told_incompatible != hello.instance:
                self._told_incompatible = hello.instance
                text = "the other end is a receiver too: start a sender there, or give another address here"
                self._tell(PeerIncompatible(peer=peer, text=text))
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
        welcome = with_printable_name(welcome)
        known = self._link.welcome if self._link else None
        if known == welcome:
            return
        refusal = refuse_stream(welcome.parameters, self.config.codecs, self.config.max_pixels)
        if refusal is not None:
            self._refuse(Rejected(code=refusal.code, text=refusal.text, final=False), now_us)
            return
        if known is None or known.epoch != welcome.epoch:
            self.clock = ClockEstimator()
        self._liveness.linked(now_us)
        self._search.found()
        self._frames.link_began()
        self._link = SenderLink(
            welcome,
            clock=self.clock,
            frames=self._frames,
            stills=self._stills,
            send=self._send,
            tell=self._tell,
            now_us=now_us,
        )
        self._events += self._stills.linked(welcome.epoch)
        self._tell(LinkUp(stream=welcome.parameters, session=welcome.session))

    def _on_reject(self, reject: Reject, now_us: int) -> None:
        if self._link is not None:
            return
        final, text = reject.code != RejectCode.FULL, printable(reject.text, 300)
        self._search.turned_away(Rejected(code=reject.code, text=text, final=final), now_us)

    def _on_bye(self, bye: Bye, now_us: int) -> None:
        if bye.say_hello:
            self._link_down(f"the sender lost this receiver: {printable(bye.reason)}", now_us)
            return
        self._link_down(f"the sender said goodbye: {printable(bye.reason)}", now_us, ended=True)
        self._search.hello_later(now_us)

    def _on_silence(self, now_us: int) -> None:
        seconds = (now_us - (self._liveness.heard_us or now_us)) / 1e6
        self._reconnect = self.config.connects and not self._search.refused
        self._liveness.unlinked(now_us, silent=True)
        if self._link is not None:
            self._link_down(f"nothing heard from the sender for {seconds:.1f} s", now_us)
        self._search.connection_lost(now_us)

    def _refuse(self, rejected: Rejected, now_us: int) -> None:
        """End the session with a sender whose stream is not taken, and ask again later: it may change."""
        self._link_down("the sender's stream cannot be taken any more", now_us)
        self._send(Bye(reason=rejected.text))
        self._search.turned_away(rejected, now_us)

    def _link_down(self, reason: str, now_us: int, *, ended: bool = False) -> None:
        if self._peer is not None:
            self._outbox.forget(self._peer)
        if self._link is not None:
            self._link = None
            self._liveness.unlinked(now_us, silent=False)
            self._tell(LinkDown(reason=reason, ended=ended))
        self._search.hello_now(now_us)

    def _send(self, message: Message) -> None:
        """Queue a message for the sender."""
        assert self._peer is not None, "there is nobody to send it to"
        self._outbox.put(self._peer, message, patience_us=patience_us(message))

    def _tell(self, event: ReceiverEvent) -> None:
        """Keep an event until the owner asks for it."""
        self._events.append(event)
