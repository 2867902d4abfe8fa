"""The receivers of a sender's session: who joins, who is rejected, and who is dropped."""

from __future__ import annotations

from collections import deque

from narrowcast.protocol.session.config import SenderSessionConfig
from narrowcast.protocol.session.events import (
    PeerIncompatible,
    ReceiverJoined,
    ReceiverLeft,
    ReceiverRejected,
    ReceiverStalled,
    SenderEvent,
)
from narrowcast.protocol.session.frame_sender import FrameSender
from narrowcast.protocol.session.handshake import Refusal, refuse
from narrowcast.protocol.session.outbox import Outbox
from narrowcast.protocol.session.receiver_state import ReceiverState
from narrowcast.protocol.wire.session_messages import PROTOCOL_VERSION, Bye, Hello, Reject, Role, Welcome
from narrowcast.text import printable

MAX_REPORTED = 64
"Rejected receivers that are remembered, so that each is reported once."


class ReceiverRegistry:
    """Every welcomed receiver by its peer, and the frames that go to them."""

    def __init__(self, config: SenderSessionConfig, outbox: Outbox, events: list[SenderEvent]) -> None:
        """Begin with no receiver; answers go to `outbox`, what happened to `events`."""
        self.by_peer: dict[bytes, ReceiverState] = {}
        "the welcomed receivers"
        self.frames = FrameSender(config, self.by_peer)
        "what is sent to them"
        self._config = config
        self._outbox = outbox
        self._events = events
        self._by_instance: dict[int, ReceiverState] = {}
        self._reported: deque[int] = deque(maxlen=MAX_REPORTED)
        self._sessions = 0

    @property
    def all(self) -> tuple[ReceiverState, ...]:
        """Every welcomed receiver, the oldest first."""
        return tuple(self.by_peer.values())

    def hello(self, peer: bytes, hello: Hello, now_us: int) -> bool:
        """Answer a HELLO; returns whether a new session began with it."""
        if hello.role != Role.RECEIVER:
            self._report_incompatible(peer, hello)
            return False
        known = self.by_peer.get(peer)
        if known is not None and known.instance == hello.instance and known.is_new(now_us):
            self._outbox.put(peer, self._welcome(known))
            return False
        same = (known, self._by_instance.get(hello.instance))
        replaced = {receiver.session: receiver for receiver in same if receiver is not None}
        for session in sorted(replaced):
            self.drop(replaced[session], "it says hello again", say_bye=False)
        refusal = refuse(hello, self._config.stream, self._config.max_receivers - len(self.by_peer))
        if refusal is not None:
            self._reject(peer, hello, refusal)
            return False
        self._join(peer, hello, now_us)
        return True

    def drop(self, receiver: ReceiverState, reason: str, *, say_bye: bool = True) -> None:
        """End a receiver's session."""
        del self.by_peer[receiver.peer]
        del self._by_instance[receiver.instance]
        self._outbox.forget(receiver.peer)
        self.frames.left(receiver)
        if say_bye:
            self._outbox.put(receiver.peer, Bye(reason=reason, say_hello=True))
        self._events.append(ReceiverLeft(peer=receiver.peer, session=receiver.session, reason=reason))

    def check(self, now_us: int) -> None:
        """Drop who is silent or stalled for too long, and report who stalls."""
        for receiver in self.frames.timers.take_due(now_us):
            silent_us = now_us - receiver.last_heard_us
            oldest_us = receiver.oldest_in_flight_us
            stalled_us = 0 if oldest_us is None else now_us - oldest_us
            if silent_us >= self._config.silence_us:
                self.drop(receiver, f"nothing heard from it for {silent_us // 1_000_000} s")
            elif stalled_us >= self._config.drop_stalled_us:
                self.drop(receiver, f"it took no frame for {stalled_us // 1_000_000} s")
            elif stalled_us >= self._config.stalled_us and not receiver.stalled:
                receiver.stalled = True
                self.frames.changed(receiver.peer)
                self._events.append(
                    ReceiverStalled(peer=receiver.peer, session=receiver.session, stalled_us=stalled_us)
                )
            self.frames.timers.watch(receiver)

    def timers_us(self) -> list[int]:
        """When `check` has something to do, if nothing is heard until then."""
        next_us = self.frames.timers.next_us()
        return [] if next_us is None else [next_us]

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
            bandwidth=self.frames.bandwidths.take(hello.instance),
        )
        self.by_peer[peer] = self._by_instance[receiver.instance] = receiver
        self.frames.joined(receiver)
        self._outbox.put(peer, self._welcome(receiver))
        self._events.append(ReceiverJoined(peer=peer, session=receiver.session, name=receiver.name))

    def _reject(self, peer: bytes, hello: Hello, refusal: Refusal) -> None:
        self._outbox.put(peer, Reject(version=PROTOCOL_VERSION, code=refusal.code, text=refusal.text))
        if hello.instance not in self._reported:
            self._reported.append(hello.instance)
            self._events.append(ReceiverRejected(peer=peer, code=refusal.code, text=printable(refusal.text)))

    def _report_incompatible(self, peer: bytes, hello: Hello) -> None:
        if hello.instance not in self._reported:
            self._reported.append(hello.instance)
            text = "the other end is a sender too: start a receiver there, or give another address here"
            self._events.append(PeerIncompatible(peer=peer, text=text))

    def _welcome(self, receiver: ReceiverState) -> Welcome:
        return Welcome(
            version=PROTOCOL_VERSION,
            session=receiver.session,
            epoch=self._config.epoch,
            parameters=self._config.stream,
        )
