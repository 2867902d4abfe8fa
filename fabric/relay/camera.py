"""One camera of a relay: its receiver session with credit, and its frames on their way into the fabric."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from narrowcast.fabric.names import frame_subject, keyframe_subject, state_subject
from narrowcast.fabric.records import MessageWriter
from narrowcast.fabric.relay.publisher import Answer, Publisher
from narrowcast.fabric.relay.ring import Ring
from narrowcast.fabric.state import CameraState, pack_state
from narrowcast.protocol import (
    ArrivedFrame,
    FramesMissed,
    LinkDown,
    LinkUp,
    ReceiverEvent,
    ReceiverSession,
    ReceiverSessionConfig,
    StreamParameters,
)
from narrowcast.receiver.feed import codec_offers
from narrowcast.receiver.recording.timeline import ArrivalTimeline
from narrowcast.runtime.clock import now_us

STATE_US = 10_000_000
"So often the relay repeats what the camera sends: whoever comes finds it, though old messages are removed."
_ASK_AGAIN_US = 10_000_000
"A sender that is asked sooner takes the receiver for one that cannot keep up, and makes it wait."


@dataclass(kw_only=True)
class CameraCounts:
    """What a camera has done since the last look."""

    frames: int = 0
    "taken from the sender"
    keyframes: int = 0
    payload_bytes: int = 0
    missed: int = 0
    "that the sender coded and that did not come"
    stored: int = 0
    "acknowledged by the server"
    unrecorded: int = 0
    "refused by the server; viewers got them all the same"
    lost: int = 0
    "given up while the server was away"


class RelayedCamera:
    """Sans-I/O: a session gives frames and events, a publisher takes messages. Not thread-safe."""

    def __init__(
        self,
        number: int,
        name: str,
        *,
        connects: bool,
        keyframe_us: int,
        tell: Callable[[str, bool], None],
        calendar_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        """Make ready.

        Args:
            number: of the camera at this relay.
            name: in the fabric.
            connects: the sender listens.
            keyframe_us: the oldest that the last keyframe may be, ten seconds at least.
            tell: takes a line, and whether there is something to do about it.
            calendar_us: microseconds since 1970.
        """
        self.number, self.name = number, name
        self.counts = CameraCounts()
        self.ring = Ring()
        self.publisher: Publisher | None = None
        "where frames go at once; None while the server is away or another relay has the camera"
        self.session = self._new_session(connects)
        self._connects = connects
        self._keyframe_limit_us = keyframe_us
        self._tell = tell
        self._calendar_us = calendar_us
        self._writer = MessageWriter()
        self._timeline = ArrivalTimeline()
        self._origin_us: int | None = None
        self._stream: StreamParameters | None = None
        self._state: CameraState | None = None
        self._keyframe_us = self._asked_us = self._state_us = 0
        self._refusal = ""

    def renew_session(self) -> ReceiverSession:
        """Begin with the sender anew, knowing nothing of what came before."""
        self.session = self._new_session(self._connects)
        self._writer.restart()
        self._stream = None
        self._keyframe_us = 0
        return self.session

    def take_frames(self) -> None:
        """Take what the session has, keep it and publish it; each gives its credit back at once."""
        now = now_us()
        while (frame := self.session.take_frame(now)) is not None:
            self._take(frame, now)
        self._look_after_keyframes(now)

    def take_events(self) -> list[ReceiverEvent]:
        """What happened on the link; viewers are told how the camera is."""
        events = self.session.events()
        for event in events:
            if isinstance(event, LinkUp):
                self._stream = event.stream
                self._state = CameraState(stream=event.stream, linked=True)
                self.say_state()
            elif isinstance(event, LinkDown):
                self.say_down(event.reason, ended=event.ended)
            elif isinstance(event, FramesMissed):
                self.counts.missed += event.count
        return events

    def attach(self, publisher: Publisher) -> None:
        """Publish from now on, what the server may not have first."""
        self.publisher = publisher
        self.say_state()
        for entry in self.ring:
            publisher.send(self.number, entry)

    def detach(self) -> None:
        """Keep frames from now on."""
        self.publisher = None

    def give_up(self) -> None:
        """Forget everything: another relay has the camera."""
        self.detach()
        self.ring.clear()
        self._writer.restart()

    def look_after(self) -> None:
        """Give up what has waited too long, and repeat how the camera is."""
        now = now_us()
        lost = self.ring.expire(now)
        if lost:
            self.counts.lost += lost
            if not len(self.ring):
                self._writer.restart()
        if self.publisher is not None and now - self._state_us >= STATE_US:
            self.say_state()

    def answered(self, answer: Answer) -> None:
        """Let go of a frame that the server has answered for."""
        if not self.ring.acknowledged(answer.number):
            return
        if not answer.refusal:
            self.counts.stored += 1
            if self._refusal:
                self._refusal = ""
                self._tell("it is recorded again", False)
            return
        self.counts.unrecorded += 1
        if answer.refusal != self._refusal:
            self._refusal = answer.refusal
            self._tell(f"{answer.refusal}; who watches gets it all the same", True)

    def say_down(self, reason: str, *, ended: bool = False) -> None:
        """Tell viewers that no frames come, and why; nothing new where they know."""
        if self._state is not None and self._state.linked:
            self._state = replace(self._state, linked=False, ended=ended, reason=reason)
            self.say_state()

    def say_state(self) -> None:
        """Tell viewers how the camera is, as far as it has been seen."""
        self._state_us = now_us()
        if self.publisher is not None and self._state is not None:
            self.publisher.say(state_subject(self.name), pack_state(self._state))

    def _take(self, frame: ArrivedFrame, now: int) -> None:
        self.counts.frames += 1
        self.counts.payload_bytes += len(frame.payload)
        if frame.keyframe:
            self.counts.keyframes += 1
            self._keyframe_us = now
        model_id = self._stream.model_id if self._stream is not None else ""
        data = self._writer.pack(frame, model_id, self._taken_us(frame))
        if data is None:
            self.counts.lost += 1
            return
        subject = keyframe_subject(self.name) if frame.keyframe else frame_subject(self.name)
        message_id = f"{frame.epoch}:{frame.sequence}"
        entry = self.ring.put(subject, message_id, data, keyframe=frame.keyframe, now_us=now)
        if self.publisher is not None:
            self.publisher.send(self.number, entry)

    def _taken_us(self, frame: ArrivedFrame) -> int:
        """When a frame was taken, by this machine's calendar; never falls."""
        taken_us = frame.arrival_local_us if frame.capture_local_us is None else frame.capture_local_us
        passed_us = self._timeline.place(frame.capture_sender_us, taken_us, frame.epoch)
        if self._origin_us is None:
            self._origin_us = self._calendar_us() - now_us() + taken_us
        return self._origin_us + passed_us

    def _look_after_keyframes(self, now: int) -> None:
        """Ask for a keyframe where the last is too old to begin with; frames go on coming until it does."""
        if not self.session.linked or not self._keyframe_us or now - self._asked_us < _ASK_AGAIN_US:
            return  # a link begins with one unasked
        broken = self._writer.awaiting_keyframe and self.publisher is not None
        if broken or now - self._keyframe_us >= self._keyframe_limit_us:
            self._asked_us = now
            self.session.request_keyframe("for those who begin to watch")

    def _new_session(self, connects: bool) -> ReceiverSession:
        return ReceiverSession(
            ReceiverSessionConfig(
                codecs=codec_offers(),
                instance=random.getrandbits(63),
                connects=connects,
                name=f"relay {socket.gethostname()}"[:64],
            )
        )
