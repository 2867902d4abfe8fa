"""One camera of a relay: frames from a session, messages for a publisher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from narrowcast.fabric.records import unpack_message
from narrowcast.fabric.relay.camera import RelayedCamera
from narrowcast.fabric.relay.publisher import Answer, Publisher
from narrowcast.fabric.relay.ring import RING_US, WaitingFrame
from narrowcast.fabric.state import CameraState, unpack_state
from narrowcast.protocol import ArrivedFrame, FramesMissed, LinkDown, LinkUp, ReceiverEvent, ReceiverSession
from narrowcast.runtime.clock import now_us
from tests.fabric.fabric_samples import START_US, STREAM, frames


@dataclass
class FakeSession:
    """Gives what it is given."""

    waiting: list[ArrivedFrame] = field(default_factory=list)
    happened: list[ReceiverEvent] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    linked: bool = True

    def take_frame(self, now_us: int) -> ArrivedFrame | None:
        return self.waiting.pop(0) if self.waiting else None

    def events(self) -> list[ReceiverEvent]:
        happened, self.happened = self.happened, []
        return happened

    def request_keyframe(self, reason: str) -> None:
        self.requests.append(reason)


@dataclass
class FakePublisher:
    """Keeps what it is given."""

    sent: list[WaitingFrame] = field(default_factory=list)
    said: list[CameraState] = field(default_factory=list)

    def send(self, camera: int, entry: WaitingFrame) -> None:
        self.sent.append(entry)

    def say(self, subject: str, data: bytes) -> None:
        assert subject == "nc.i.front"
        self.said.append(unpack_state(data))

    def sequences(self) -> list[int]:
        return [unpack_message(entry.data).frame.sequence for entry in self.sent]


class Relayed:
    """A camera, its session and its publisher."""

    def __init__(self, *, attached: bool = True, keyframe_us: int = 10**9) -> None:
        self.lines: list[str] = []
        self.session, self.publisher = FakeSession(), FakePublisher()
        self.camera = RelayedCamera(
            0,
            "front",
            connects=True,
            keyframe_us=keyframe_us,
            tell=lambda text, warn: self.lines.append(text),
            calendar_us=lambda: START_US,
        )
        self.camera.session = cast(ReceiverSession, self.session)
        if attached:
            self.attach()
        self.take([LinkUp(stream=STREAM, session=1)], [])

    def attach(self) -> None:
        self.camera.attach(cast(Publisher, self.publisher))

    def take(self, events: Sequence[ReceiverEvent], arrived: Sequence[ArrivedFrame]) -> None:
        self.session.happened += events
        self.session.waiting += arrived
        self.camera.take_events()
        self.camera.take_frames()

    def answer(self, entry: WaitingFrame, refusal: str = "") -> None:
        self.camera.answered(Answer(camera=0, number=entry.number, refusal=refusal))


def test_each_frame_is_published_as_it_came() -> None:
    relayed = Relayed()
    relayed.take([], frames(7))
    sent = relayed.publisher.sent
    assert [entry.subject[-1] for entry in sent] == ["k", "d", "d", "d", "d", "k", "d"]
    assert [entry.message_id for entry in sent] == [f"1:{number}" for number in range(7)]
    assert unpack_message(sent[3].data).frame.payload == b"frame 3"
    assert len(relayed.camera.ring) == 7
    for entry in sent:
        relayed.answer(entry)
    assert not len(relayed.camera.ring)
    counts = relayed.camera.counts
    assert (counts.frames, counts.keyframes, counts.stored) == (7, 2, 7)


def test_times_are_those_of_the_calendar_and_never_fall() -> None:
    relayed = Relayed()
    relayed.take([], frames(6))
    times = [unpack_message(entry.data).frame.time_us or 0 for entry in relayed.publisher.sent]
    assert times == sorted(times) and times[-1] - times[0] == 500_000


def test_frames_wait_for_a_server_that_is_away() -> None:
    relayed = Relayed()
    relayed.take([], frames(3))
    relayed.answer(relayed.publisher.sent[0])
    relayed.camera.detach()
    relayed.take([], frames(4, first=3))
    relayed.publisher.sent.clear()
    relayed.attach()
    assert relayed.publisher.sequences() == [1, 2, 3, 4, 5, 6], (
        "what is not acknowledged comes again, in order"
    )


def test_after_ten_seconds_it_goes_on_at_a_keyframe() -> None:
    relayed = Relayed()
    relayed.take([], frames(3))
    relayed.camera.detach()
    for entry in relayed.camera.ring:
        entry.kept_us = now_us() - RING_US - 1
    relayed.camera.look_after()
    assert relayed.camera.counts.lost == 3
    relayed.take([], frames(2, first=3))
    relayed.publisher.sent.clear()
    relayed.attach()
    relayed.take([], [])
    assert relayed.session.requests, "the sender is asked for one"
    relayed.take([], frames(3, first=5))
    assert relayed.publisher.sequences() == [5, 6, 7] and relayed.camera.counts.lost == 5


def test_a_keyframe_is_asked_for_where_the_last_is_old() -> None:
    relayed = Relayed(keyframe_us=0)
    relayed.take([], frames(3))
    relayed.take([], frames(1, first=3))
    assert relayed.session.requests == ["for those who begin to watch"], "and not again at once"
    relayed = Relayed()
    relayed.take([], frames(3))
    assert not relayed.session.requests


def test_what_is_not_recorded_is_told_once_and_published_all_the_same() -> None:
    relayed = Relayed()
    relayed.take([], frames(4))
    for entry in relayed.publisher.sent[:2]:
        relayed.answer(entry, "the disk is full")
    assert relayed.lines == ["the disk is full; who watches gets it all the same"]
    relayed.answer(relayed.publisher.sent[2])
    assert relayed.lines[-1] == "it is recorded again"
    assert (relayed.camera.counts.unrecorded, relayed.camera.counts.stored) == (2, 1)
    relayed.answer(relayed.publisher.sent[2])
    assert relayed.camera.counts.stored == 1, "an answer that comes twice counts once"


def test_viewers_are_told_how_the_camera_is() -> None:
    relayed = Relayed()
    relayed.take([LinkDown(reason="the connection is gone", ended=False), FramesMissed(count=3)], [])
    relayed.session.linked = False
    up, down = relayed.publisher.said
    assert up == CameraState(stream=STREAM, linked=True)
    assert (down.linked, down.reason) == (False, "the connection is gone")
    assert relayed.camera.counts.missed == 3
    relayed.camera._state_us = now_us() - 60_000_000
    relayed.camera.look_after()
    assert not relayed.publisher.said[-1].linked, "it is repeated"


def test_another_relay_has_the_camera() -> None:
    relayed = Relayed()
    relayed.take([], frames(3))
    relayed.camera.give_up()
    assert not len(relayed.camera.ring) and relayed.camera.publisher is None
    session: Any = relayed.camera.renew_session()
    assert session is not relayed.session and not session.linked
