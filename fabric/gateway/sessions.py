"""The receivers of a gateway: a sender's session for each, so that each gets the chain at its own pace."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from narrowcast.fabric.gateway.chain import Cursor, FrameChain
from narrowcast.protocol import (
    PROTOCOL_VERSION,
    FrameAcknowledged,
    RejectCode,
    SenderEvent,
    SenderSession,
    SenderSessionConfig,
    StillWanted,
    StreamParameters,
)
from narrowcast.protocol.errors import MessageError
from narrowcast.protocol.session.outbox import OutgoingMessage, SendOutcome
from narrowcast.protocol.wire.packing import pack, unpack_all
from narrowcast.protocol.wire.session_messages import Hello, Reject
from narrowcast.receiver.recording.payload_records import FrameRecord

IDLE_US = 500_000
"A gateway without receivers looks at its timers this often."
_FULL = "this gateway has as many receivers as it takes: stop one, or raise its limit"
_NO_STILLS = "the gateway has no exact pictures: ask the camera's own sender"


@dataclass(kw_only=True, eq=False)
class _Receiver:
    session: SenderSession
    cursor: Cursor = field(default_factory=Cursor)


class GatewaySessions:
    """Implements what a Link needs of a session, for many peers. Not thread-safe."""

    def __init__(
        self, chain: FrameChain, *, max_receivers: int, keys: bool, captured_us: Callable[[FrameRecord], int]
    ) -> None:
        """Serve what is in the chain.

        Args:
            chain: the camera's frames.
            max_receivers: one more is turned away until there is room.
            keys: whether messages are encrypted, and so longer.
            captured_us: our monotonic clock, when a frame was taken.
        """
        self.frames_sent = self.bytes_sent = 0
        self._chain = chain
        self._max_receivers = max_receivers
        self._keys = keys
        self._captured_us = captured_us
        self._stream: StreamParameters | None = None
        self._receivers: dict[bytes, _Receiver] = {}
        self._ended: list[SenderSession] = []
        self._rejections: list[OutgoingMessage] = []

    @property
    def receivers(self) -> int:
        """Receivers that are welcomed."""
        return sum(bool(each.session.receivers) for each in self._receivers.values())

    def serve(self, stream: StreamParameters) -> None:
        """Say what the camera sends; receivers of another stream begin anew."""
        if self._stream is not None and self._stream != stream:
            self.close("the camera's stream has changed")
        self._stream = stream

    # What the link calls.

    def receive(self, peer: bytes, data: bytes, now_us: int) -> None:
        """Take a message from a receiver; before there is a stream, nobody is answered."""
        receiver = self._receivers.get(peer)
        if receiver is None:
            if self._stream is None:
                return
            if len(self._receivers) >= self._max_receivers:
                self._turn_away(peer, data)
                return
            receiver = self._receivers[peer] = _Receiver(session=self._new_session(self._stream))
        receiver.session.receive(peer, data, now_us)

    def peer_failed(self, peer: bytes, reason: str, now_us: int) -> None:
        """End the session of a receiver whose message led to an error here."""
        receiver = self._receivers.get(peer)
        if receiver is not None:
            receiver.session.peer_failed(peer, reason, now_us)

    def knows(self, peer: bytes) -> bool:
        """Whether a peer is a welcomed receiver."""
        receiver = self._receivers.get(peer)
        return receiver is not None and receiver.session.knows(peer)

    def messages_to_send(self, now_us: int) -> list[OutgoingMessage]:
        """Give each receiver the frames that it has credit for, and all else that is due."""
        outgoing, self._rejections = self._rejections, []
        for session in self._ended:
            outgoing += session.messages_to_send(now_us)
        self._ended.clear()
        for receiver in self._receivers.values():
            self._feed(receiver, now_us)
            outgoing += receiver.session.messages_to_send(now_us)
        return outgoing

    def not_sent(self, message: OutgoingMessage, outcome: SendOutcome, now_us: int) -> None:
        """Take back what the transport threw away."""
        receiver = self._receivers.get(message.peer)
        if receiver is not None:
            receiver.session.not_sent(message, outcome, now_us)

    def next_timer_us(self, now_us: int) -> int:
        """When `messages_to_send` has something to do even if nothing comes in."""
        timers = [each.session.next_timer_us(now_us) for each in self._receivers.values()]
        return min([now_us + IDLE_US, *timers])

    def take_reconnect(self) -> bool:
        """Never: receivers connect to it."""
        return False

    def close(self, reason: str) -> None:
        """Say BYE to every receiver; send what waits, then close the transport."""
        for receiver in self._receivers.values():
            receiver.session.close(reason)
            self._ended.append(receiver.session)
        self._receivers.clear()

    def events(self) -> list[SenderEvent]:
        """What happened since the last call; receivers that left are forgotten."""
        events: list[SenderEvent] = []
        for peer, receiver in list(self._receivers.items()):
            happened = receiver.session.events()
            for event in happened:
                if isinstance(event, StillWanted):
                    receiver.session.provide_still(event.sequence, None, _NO_STILLS)
            if not receiver.session.receivers and (happened or not receiver.cursor.place):
                del self._receivers[peer]
            events += [event for event in happened if not isinstance(event, FrameAcknowledged)]
        return events

    def _turn_away(self, peer: bytes, data: bytes) -> None:
        """Answer a HELLO for which there is no room."""
        try:
            messages = unpack_all(data)
        except MessageError:
            return
        if any(isinstance(message, Hello) for message in messages):
            reject = Reject(version=PROTOCOL_VERSION, code=RejectCode.FULL, text=_FULL)
            self._rejections.append(OutgoingMessage(peer=peer, data=pack(reject), message=reject))

    def _feed(self, receiver: _Receiver, now_us: int) -> None:
        """Send what the receiver has credit for now: one frame, or the two of a pair."""
        session = receiver.session
        while (grant := session.grant(now_us)) is not None:
            frame = self._chain.next_frame(receiver.cursor, keyframe=grant.keyframe)
            if frame is None:
                return
            session.begin(grant)
            self._chain.taken(receiver.cursor)
            session.send_frame(
                grant,
                grant.frame(
                    payload=frame.payload,
                    keyframe=frame.keyframe,
                    droppable=frame.droppable,
                    quality=frame.quality_permille / 1000,
                    capture_sender_us=self._captured_us(frame),
                ),
                now_us,
            )
            self.frames_sent += 1
            self.bytes_sent += len(frame.payload)

    def _new_session(self, stream: StreamParameters) -> SenderSession:
        return SenderSession(
            SenderSessionConfig(
                stream=stream,
                epoch=random.getrandbits(16),
                instance=random.getrandbits(63),
                max_receivers=1,
                keys=self._keys,
            )
        )
