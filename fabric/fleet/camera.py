"""One camera of a worker: its frames that wait, its newest tile, and what is wrong with it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from narrowcast.fabric.fleet.camera_watch import CameraWatch
from narrowcast.fabric.fleet.decode_messages import CameraDone, CameraWork
from narrowcast.fabric.fleet.tile_maker import DECODABLE
from narrowcast.fabric.fleet.tile_queue import TileQueue, Waiting
from narrowcast.fabric.records import FPS, FabricFrame
from narrowcast.fabric.state import CameraState
from narrowcast.fabric.tile import Alert, CameraTile
from narrowcast.receiver.events.event import Event
from narrowcast.receiver.memory import most_pixels
from narrowcast.receiver.recording.payload_records import RecordDamaged

TILE_US = 1_000_000
"A tile is told as often."
QUARANTINE_US = 60_000_000
"So long a camera is not decoded whose frames have ended a decode process."
_HOST = socket.gethostname()[:64]


@dataclass(kw_only=True)
class FleetCounts:
    """What became of frames, of all cameras of a worker."""

    frames: int = 0
    "that came"
    decoded: int = 0
    skipped: int = 0
    "left out: a newer keyframe was there, or the worker was too far behind"
    tiles: int = 0
    "told"
    damaged: int = 0
    "records that cannot be read, frames that cannot be decoded"


class FleetCamera:
    """Implements follow.py's CameraFollower. Times, our monotonic clock and the calendar, are passed in."""

    def __init__(
        self, name: str, slot: int, counts: FleetCounts, tell: Callable[[str], None], due_us: int
    ) -> None:
        """Begin without a picture; `tell` takes a line of what is wrong."""
        self.name, self.slot = name, slot
        self.due_us = due_us
        "when its next tile is to be told"
        self.suspected = False
        "a decode process has ended with its frames: it is decoded alone"
        self._counts = counts
        self._tell = tell
        self._queue = TileQueue()
        self._watch = CameraWatch()
        self._events: list[Event] = []
        self._seen: tuple[int, int] | None = None
        self._came_us = 0
        self._state: CameraState | None = None
        self._picture, self._picture_us, self._decoding_us = b"", 0, 0
        self._note = self._told = ""
        self._quarantined_us: int | None = None

    # What the connection brings.

    def came(self, frame: FabricFrame, at_us: int) -> None:
        """Take a frame that came then; one that was read from the stream came when it was taken."""
        before = self._queue.came
        self._queue.put(frame)
        if self._queue.came == before:
            return
        self._counts.frames += 1
        if self._state is not None and not self._state.linked:
            self._state = replace(self._state, linked=True)  # frames say more than what was said before them
        self._came_us = max(self._came_us, at_us)

    def state(self, state: CameraState) -> None:
        """The relay says how the camera is."""
        self._state = state

    def damaged(self, error: RecordDamaged) -> None:
        """A record that cannot be read: the frames behind it wait for a keyframe."""
        self._counts.damaged += 1
        self._say(f"a damaged record was left out ({error.text})")

    # What the loop that decodes asks.

    def take_work(self, now_us: int) -> CameraWork | None:
        """The frames that the next tile needs; None where nothing new can be decoded."""
        skipped = self._queue.skipped
        waiting = self._queue.take()
        self._counts.skipped += self._queue.skipped - skipped
        if waiting is None or self._is_quarantined(waiting, now_us):
            return None
        stream = waiting.stream
        self._note = _refusal(stream.codec, stream.width, stream.height)
        if self._note:
            return None
        self._decoding_us = waiting.frames[-1].time_us or 0
        return CameraWork(
            slot=self.slot,
            codec=stream.codec,
            width=stream.width,
            height=stream.height,
            payloads=tuple(frame.payload for frame in waiting.frames),
        )

    def done(self, done: CameraDone, now_us: int) -> None:
        """Take what became of them."""
        self.suspected = False
        self._counts.decoded += done.decoded
        if done.refusal:
            self._counts.damaged += 1
            self._queue.lose()
            self._say(f"a frame cannot be decoded ({done.refusal}); going on at the next keyframe")
            return
        self._told = ""
        self._picture, self._picture_us = done.jpeg, self._decoding_us
        seen = [
            Event(kind=each.kind, state=each.state, seconds=each.seconds, at_us=now_us)
            for each in done.events
        ]
        self._events += self._watch.scene(seen)

    def process_died(self, now_us: int, *, alone: bool) -> None:
        """The process that had its frames is gone; alone, they were the reason."""
        self._queue.lose()
        if alone:
            self.suspected, self._quarantined_us = False, now_us
            self._say("its frames end the decode process: it is left out for a minute")
        else:
            self.suspected = True

    def lose(self) -> None:
        """Begin at a keyframe: the process that knew its frames is another one."""
        self._queue.lose()

    def tick(self, now_us: int) -> list[Event]:
        """Look at the time; returns what became known since the last call."""
        newest = self._queue.newest
        fps = self._state.stream.fps if self._state is not None else FPS
        if newest is not None and self._seen != (newest.epoch, newest.sequence):
            self._seen = newest.epoch, newest.sequence
            at_us = min(now_us, self._came_us)
            self._events += self._watch.picture(newest.epoch, newest.capture_sender_us, fps, at_us)
        if self._state is not None and not self._state.linked:
            self._events += self._watch.away(self._state.reason or "the camera is away", now_us)
        self._events += self._watch.check(now_us)
        events, self._events = self._events, []
        return events

    def tile(self, now_us: int, calendar_us: int) -> CameraTile:
        """What is told of it now."""
        self._counts.tiles += 1
        alerts = [
            Alert(kind=each.kind, since_us=calendar_us - (now_us - each.since_us), detail=each.detail)
            for each in self._watch.standing
        ]
        note = self._note or ("" if self._picture else self._waiting_for())
        return CameraTile(
            jpeg=self._picture, time_us=self._picture_us, alerts=tuple(alerts), note=note, worker=_HOST
        )

    def _waiting_for(self) -> str:
        return "waiting for a keyframe" if self._queue.came else "no picture yet"

    def _is_quarantined(self, waiting: Waiting, now_us: int) -> bool:
        """Whether these frames are left out; decoding goes on at the first keyframe after a while."""
        if self._quarantined_us is None:
            return False
        if now_us - self._quarantined_us > QUARANTINE_US and waiting.frames[0].keyframe:
            self._quarantined_us = None
        return self._quarantined_us is not None

    def _say(self, text: str) -> None:
        """Tell what is new; what stays as it is is told once."""
        if text != self._told:
            self._told = text
            self._tell(f"{self.name}: {text}")


def _refusal(codec: str, width: int, height: int) -> str:
    """Why no tile can be made of a stream; empty where one can."""
    if codec not in DECODABLE:
        return f"the codec {codec} has no base layer to make tiles of: open the camera"
    if width * height > most_pixels(None):
        return f"its pictures of {width}x{height} are larger than this worker takes"
    return ""


def due_cameras(cameras: Sequence[FleetCamera], now_us: int) -> list[FleetCamera]:
    """Those whose tile is due, the one that has waited longest first."""
    return sorted((each for each in cameras if each.due_us <= now_us), key=lambda each: each.due_us)
