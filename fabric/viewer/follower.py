"""What a viewer tells of a camera: link up, link down, as if its sender had been asked."""

from __future__ import annotations

from narrowcast.fabric.records import parameters_of
from narrowcast.fabric.state import CameraState
from narrowcast.protocol import (
    CodecOffer,
    FramesMissed,
    KeyframeRequested,
    LinkDown,
    LinkUp,
    ReceiverEvent,
    Rejected,
    StreamParameters,
)
from narrowcast.protocol.session.handshake import refuse_stream
from narrowcast.receiver.recording.payload_records import StreamRecord
from narrowcast.text import printable


class Follower:
    """Turns what comes into a receiver's events. Not thread-safe."""

    def __init__(self, camera: str, offers: tuple[CodecOffer, ...], max_pixels: int) -> None:
        self._camera = camera
        self._offers = offers
        self._max_pixels = max_pixels
        self._events: list[ReceiverEvent] = []
        self._state: CameraState | None = None
        self._record: StreamRecord | None = None
        self._refused: Rejected | None = None
        self._broken = ""
        self.linked = False
        "frames come"

    @property
    def stream(self) -> StreamParameters | None:
        """What comes; None while nothing does."""
        return self._parameters() if self.linked else None

    def events(self, missed: int) -> list[ReceiverEvent]:
        """What happened since the last call; `missed` frames were left out meanwhile."""
        events, self._events = self._events, []
        return [*events, FramesMissed(count=missed)] if missed else events

    def tell(self, event: ReceiverEvent) -> None:
        """Add an event."""
        self._events.append(event)

    def takes(self, record: StreamRecord) -> bool:
        """Whether frames of this stream can be decoded here; told once where they cannot."""
        if self._record is not None and record.format == self._record.format:
            return self._refused is None
        self._record = record
        refusal = refuse_stream(parameters_of(record, self._camera), self._offers, self._max_pixels)
        self._refused = None
        if refusal is not None:
            self._refused = Rejected(code=refusal.code, text=refusal.text, final=False)
            self._events.append(self._refused)
            self.down("the stream cannot be taken any more")
        elif self.linked:
            self._link_up()
        return refusal is None

    def flows(self) -> None:
        """A frame came that can be decoded."""
        self._broken = ""
        if not self.linked:
            self._link_up()

    def broken(self, reason: str) -> None:
        """Frames are left out until a keyframe comes; told once for each time."""
        if not self._broken:
            self._broken = reason
            self._events.append(KeyframeRequested(reason=printable(reason)))

    def state(self, state: CameraState) -> None:
        """The relay has said how the camera is."""
        self._state = state
        if not state.linked:
            self.down(state.reason or "the camera is away", ended=state.ended)

    def down(self, reason: str, *, ended: bool = False) -> None:
        """Nothing comes any more."""
        if self.linked:
            self.linked = False
            self._events.append(LinkDown(reason=printable(reason, 300), ended=ended))

    def _link_up(self) -> None:
        self.linked = True
        parameters = self._parameters()
        assert parameters is not None, "frames that flow are those of a stream"
        self._events.append(LinkUp(stream=parameters, session=0))

    def _parameters(self) -> StreamParameters | None:
        if self._record is None:
            return None
        said = self._state.stream if self._state is not None else None
        return parameters_of(self._record, self._camera, said)
