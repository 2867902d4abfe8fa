"""What the messages of a camera hold: the records of a .ncast file, one frame a message.

The message of a keyframe begins with an entry point: it is all that a decoder needs to begin. Laid end to
end from there on, the messages are the records of a file (its salt is 0: no marks are searched for here),
so `entry_bytes` of each frame says how many bytes have to lie in front of it, and a missing message shows.
`time_us` is the time of capture by the relay's calendar: microseconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone

from narrowcast.protocol import ArrivedFrame, StreamParameters
from narrowcast.receiver.recording.payload_records import (
    HEAD_BYTES,
    FileHeader,
    FrameRecord,
    RecordDamaged,
    StreamRecord,
    body_length,
    frame_record,
    pack,
    unpack,
)

HEADER = FileHeader(salt=0)
FPS = 15.0
"Of a camera whose relay has not said more than its frames do."


@dataclass(frozen=True, kw_only=True)
class FabricFrame:
    """A frame as it lies in the fabric."""

    frame: FrameRecord
    "with its payload as it came from the camera"
    stream: StreamRecord | None
    "what it and those behind it are; with a keyframe only"
    size: int
    "bytes of its message"

    @property
    def keyframe(self) -> bool:
        """Whether decoding can begin with it."""
        return self.stream is not None


def unpack_message(data: bytes) -> FabricFrame:
    """Read a message; RecordDamaged where a byte is not as it was written."""
    first, end = _record(data, 0)
    stream: StreamRecord | None = None
    if isinstance(first, StreamRecord):
        stream = first
        first, end = _record(data, end)
    if not isinstance(first, FrameRecord) or end != len(data):
        raise RecordDamaged("a message that is no frame")
    if first.keyframe != (stream is not None):
        raise RecordDamaged("a keyframe without its entry point, or an entry point without a keyframe")
    return FabricFrame(frame=first, stream=stream, size=len(data))


def _record(data: bytes, start: int) -> tuple[StreamRecord | FrameRecord, int]:
    head = data[start : start + HEAD_BYTES]
    if len(head) < HEAD_BYTES:
        raise RecordDamaged("a message that is cut off")
    end = start + HEAD_BYTES + body_length(head, HEADER)
    if end > len(data):
        raise RecordDamaged("a message that is cut off")
    return unpack(data[start:end], HEADER), end


class MessageWriter:
    """Makes the messages of one camera, in order."""

    def __init__(self) -> None:
        self._entry_bytes: int | None = None
        self._stream: StreamRecord | None = None

    def restart(self) -> None:
        """Write nothing before the next keyframe: what came before it is lost."""
        self._entry_bytes = None

    @property
    def awaiting_keyframe(self) -> bool:
        """Whether frames are left out until a keyframe comes."""
        return self._entry_bytes is None

    def pack(self, frame: ArrivedFrame, model_id: str, time_us: int) -> bytes | None:
        """Make the message of a frame; None where nobody could decode it.

        Args:
            frame: as it came.
            model_id: of the stream, as in its parameters.
            time_us: when it was taken, since 1970.
        """
        entry = b""
        if frame.keyframe:
            entry = pack(
                StreamRecord(
                    codec=frame.codec,
                    model_id=model_id,
                    width=frame.width,
                    height=frame.height,
                    recorded_at=_calendar(time_us),
                    time_us=time_us,
                ),
                HEADER,
            )
            self._entry_bytes = 0
        if self._entry_bytes is None:
            return None
        record = frame_record(
            frame, time_us=time_us, entry_bytes=self._entry_bytes + len(entry), painted=False
        )
        message = entry + pack(record, HEADER)
        self._entry_bytes += len(message)
        return message


class ChainCheck:
    """Lets through, of the messages of a camera, those that continue the chain, each once."""

    def __init__(self) -> None:
        self._epoch: int | None = None
        self._sequence = -1
        self._next_bytes: int | None = None

    @property
    def broken(self) -> bool:
        """Whether only a keyframe is of use."""
        return self._next_bytes is None

    def take(self, message: FabricFrame) -> bool:
        """Whether the message is the next one; False where it came before, or builds on a lost one."""
        frame = message.frame
        if frame.epoch == self._epoch and frame.sequence <= self._sequence:
            return False
        if message.stream is not None:
            self._next_bytes = message.size
        elif self._next_bytes is None or frame.epoch != self._epoch or frame.entry_bytes != self._next_bytes:
            self._next_bytes = None
            return False
        else:
            self._next_bytes += message.size
        self._epoch, self._sequence = frame.epoch, frame.sequence
        return True

    def lose(self) -> None:
        """Take nothing before the next keyframe."""
        self._next_bytes = None


def arrived_frame_of(
    frame: FrameRecord, stream: StreamRecord, *, now_us: int, calendar_us: int, wanted: bool = True
) -> ArrivedFrame:
    """The frame as a receiver takes it from its queue.

    Args:
        frame: from a message.
        stream: what it is a frame of.
        now_us: our monotonic clock.
        calendar_us: our calendar at that moment; it and the relay's have to agree, as computers' do.
        wanted: its picture is to be shown.
    """
    captured_us = now_us - (calendar_us - (frame.time_us or 0))
    return ArrivedFrame(
        payload=frame.payload,
        sequence=frame.sequence,
        epoch=frame.epoch,
        keyframe=frame.keyframe,
        droppable=frame.droppable,
        chain_distance=1,
        quality=frame.quality_permille / 1000,
        codec=stream.codec,
        width=stream.width,
        height=stream.height,
        encode_us=0,
        capture_sender_us=frame.capture_sender_us,
        send_sender_us=frame.capture_sender_us,
        arrival_local_us=now_us,
        capture_local_us=captured_us,
        wanted=wanted,
    )


def parameters_of(
    stream: StreamRecord, camera: str, said: StreamParameters | None = None
) -> StreamParameters:
    """What a receiver is told of a stream: what the relay has said of it, where that is of this stream."""
    if said is not None and (said.codec, said.width, said.height) == (
        stream.codec,
        stream.width,
        stream.height,
    ):
        return replace(said, model_id=stream.model_id, name=said.name or camera)
    return StreamParameters(
        width=stream.width,
        height=stream.height,
        fps=FPS,
        codec=stream.codec,
        model_id=stream.model_id,
        name=camera,
    )


def _calendar(time_us: int) -> str:
    return datetime.fromtimestamp(time_us / 1e6, timezone.utc).astimezone().isoformat(timespec="milliseconds")
