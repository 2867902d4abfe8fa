"""Decodes a recording of payloads from any of its keyframes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import codec
from codec.latent.weights import load_manifest
from codec.weights_file import SHIPPED
from narrowcast.errors import Remedy
from protocol import printable
from receiver.play.config import ReplayConfig
from receiver.recording.payload_file import Damage, PayloadFile, PayloadFileError
from receiver.recording.payload_records import FrameRecord, StreamRecord
from receiver.recording.timeline import Timeline
from receiver.window.overlay import with_mark

_FPS = 15.0
"Frames a second where the capture times are not plausible."


@dataclass(frozen=True, kw_only=True)
class Keyframe:
    """A place from which a recording can be played."""

    first_byte: int
    "where its record begins"
    time_us: int
    "from the recording's first frame"
    stream: StreamRecord
    "what it is a frame of"


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What is in a recording, every record checked."""

    streams: tuple[StreamRecord, ...]
    "in order"
    keyframes: tuple[Keyframe, ...]
    "in order"
    damages: tuple[Damage, ...]
    "stretches that hold no whole record"
    frames: int
    "whole ones"
    payload_bytes: int
    "of those"
    painted: int
    "those whose picture a network had painted when it was shown"
    duration_us: int
    "from the first frame to the last"


@dataclass(frozen=True, kw_only=True, eq=False)
class ReplayedFrame:
    """A picture of a recording."""

    rgb: codec.Rgb
    "uint8 [H, W, 3]"
    time_us: int
    "from the recording's first frame"
    stream: StreamRecord
    "what it is a frame of"


def examine(file: PayloadFile) -> Contents:
    """Read the whole file once and describe what is in it."""
    streams: list[StreamRecord] = []
    keyframes: list[Keyframe] = []
    damages: list[Damage] = []
    timeline = Timeline(_FPS)
    frames = payload_bytes = painted = time_us = 0
    for found in file.records():
        if isinstance(found, Damage):
            damages.append(found)
        elif isinstance(found.record, StreamRecord):
            streams.append(found.record)
        elif streams:
            time_us = timeline.place(found.record.capture_sender_us)
            frames, payload_bytes = frames + 1, payload_bytes + len(found.record.payload)
            painted += found.record.painted
            if found.record.keyframe:
                keyframes.append(Keyframe(first_byte=found.first_byte, time_us=time_us, stream=streams[-1]))
    return Contents(
        streams=tuple(streams),
        keyframes=tuple(keyframes),
        damages=tuple(damages),
        frames=frames,
        payload_bytes=payload_bytes,
        painted=painted,
        duration_us=time_us,
    )


class Replay:
    """Decodes a recording; a frame whose chain is broken is left out, up to the next keyframe."""

    def __init__(
        self, file: PayloadFile, contents: Contents, config: ReplayConfig, notice: Callable[[str], None]
    ) -> None:
        """Play `file`, which `examine` has read; `notice` takes what cannot be shown."""
        if not contents.keyframes:
            raise PayloadFileError("there is no whole keyframe in the recording: nothing can be shown")
        self._file = file
        self._contents = contents
        self._config = config
        self._notice = notice
        self._decoder: codec.Decoder | None = None
        self._stream: StreamRecord | None = None
        self._broken = False

    def keyframe_before(self, time_us: int) -> Keyframe:
        """The last keyframe up to a time; the first if there is none."""
        earlier = [keyframe for keyframe in self._contents.keyframes if keyframe.time_us <= time_us]
        return earlier[-1] if earlier else self._contents.keyframes[0]

    def keyframe_after(self, time_us: int) -> Keyframe | None:
        """The first keyframe behind a time, if there is one."""
        return next((keyframe for keyframe in self._contents.keyframes if keyframe.time_us > time_us), None)

    def pictures(self, start: Keyframe) -> Iterator[ReplayedFrame]:
        """Every picture from a keyframe on."""
        stream, timeline, self._broken = start.stream, Timeline(_FPS, start.time_us), False
        for found in self._file.records(start.first_byte):
            if isinstance(found, Damage):
                self._tell_damage(found, timeline.time_us)
            elif isinstance(found.record, StreamRecord):
                stream = found.record
            else:
                time_us = timeline.place(found.record.capture_sender_us)
                rgb = self._decode(found.record, stream, time_us)
                if rgb is not None:
                    if self._config.mark and self._decoder_for(stream).provenance.painted:
                        rgb = with_mark(rgb)
                    yield ReplayedFrame(rgb=rgb, time_us=time_us, stream=stream)

    def _decode(self, frame: FrameRecord, stream: StreamRecord, time_us: int) -> codec.Rgb | None:
        if self._broken and not frame.keyframe:
            return None
        decoder = self._decoder_for(stream)
        try:
            rgb = decoder.decode(frame.payload)
        except codec.BitstreamError as error:
            if not self._broken:
                self._notice(f"at {clock_text(time_us)}: {error}")
            self._broken = True
            return None
        self._broken = False
        return rgb

    def _decoder_for(self, stream: StreamRecord) -> codec.Decoder:
        if self._decoder is not None and stream == self._stream:
            return self._decoder
        _check_model(stream, self._config.weights)
        self._decoder = codec.create_decoder(
            stream.codec,
            width=stream.width,
            height=stream.height,
            device=self._config.device,
            threads=self._config.threads,
            weights=self._config.weights,
        )
        self._stream = stream
        return self._decoder

    def _tell_damage(self, damage: Damage, time_us: int) -> None:
        self._broken = True
        self._notice(damage_text(damage, self._file.bytes, time_us))


def damage_text(damage: Damage, file_bytes: int, time_us: int) -> str:
    """One line for people on what is missing from the recording."""
    where = f"behind {clock_text(time_us)}, at byte {damage.first_byte}"
    lost = damage.end_byte - damage.first_byte
    if damage.end_byte == file_bytes:
        return f"the recording stops {where}: {damage.reason} ({lost} bytes are left over)"
    return f"{where}: {damage.reason}, {lost} bytes cannot be used; going on at the next keyframe"


def clock_text(time_us: int) -> str:
    """A time as 1:02:03.4."""
    tenths = time_us // 100_000
    return f"{tenths // 36000}:{tenths // 600 % 60:02}:{tenths // 10 % 60:02}.{tenths % 10}"


def _check_model(stream: StreamRecord, weights: Path | None) -> None:
    """A learned codec's frames need exactly the integers that they were coded with."""
    if not stream.model_id:
        return
    model_id = load_manifest(weights or SHIPPED).model_id
    if model_id != stream.model_id:
        raise PayloadFileError(
            f"it was recorded with the model {printable(stream.model_id, 64)}, this is {model_id}: play it "
            "with the version of narrowcast that recorded it",
            remedy=Remedy(setting="weights", value="FOLDER", when="with a folder that holds that model"),
        )
