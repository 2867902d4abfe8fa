"""Decodes a recording of payloads from any of its entry points on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from narrowcast import codec
from narrowcast.codec.latent.manifest import load_manifest
from narrowcast.codec.weights_file import SHIPPED
from narrowcast.errors import Remedy
from narrowcast.protocol import printable
from narrowcast.receiver.memory import most_pixels
from narrowcast.receiver.play.config import ReplayConfig
from narrowcast.receiver.play.losses import DatedFrame, FrameDater, clock_text
from narrowcast.receiver.play.source import RecordSource
from narrowcast.receiver.recording.payload_file import Damage, PayloadFileError
from narrowcast.receiver.recording.payload_index import Entry
from narrowcast.receiver.recording.payload_records import StreamRecord
from narrowcast.receiver.window.overlay import time_text, with_mark, with_time

_MAX_CHANGES = 20
"Of codec or size while a recording is played; a receiver takes six a minute."


@dataclass(frozen=True, kw_only=True, eq=False)
class ReplayedFrame:
    """A picture of a recording."""

    rgb: codec.Rgb
    "uint8 [H, W, 3]"
    time_us: int
    "from the recording's first frame"
    stream: StreamRecord
    "what it is a frame of"


class Replay:
    """Decodes a recording; a frame whose chain is broken is left out, up to the next keyframe."""

    def __init__(self, source: RecordSource, config: ReplayConfig, notice: Callable[[str], None]) -> None:
        """Play a recording; `notice` takes what cannot be shown. PayloadFileError where nothing can."""
        self.index = source.index
        "of its entry points"
        first = self.index.entry_before(0)
        if first is None:
            raise PayloadFileError("there is no whole keyframe in the recording: nothing can be shown")
        self._first = first
        self.source = source
        "what is played"
        self._config = config
        self._notice = notice
        self._decoder: codec.Decoder | None = None
        self._format: tuple[str, str, int, int] | None = None
        self._changes = 0
        self._broken = False
        if source.header_damaged:
            notice("the beginning of the file is lost; what it said was found again in an entry point")

    @property
    def begun(self) -> datetime | None:
        """When the first frame was taken, as far as the recording says."""
        return wall_clock_of(self._first.stream, 0)

    def entry_before(self, time_us: int) -> Entry:
        """The last entry point up to a time; the first if there is none."""
        return self.index.entry_before(time_us) or self._first

    def pictures(self, start: Entry, from_us: int = 0, every_us: int = 0) -> Iterator[ReplayedFrame]:
        """Decode from an entry point on; frames that are not wanted are followed without painting them.

        Args:
            start: where to begin.
            from_us: the first picture that is wanted, from the recording's first frame on.
            every_us: one picture is wanted in so long a time; 0: all of them.
        """
        stream, dater, self._broken, self._changes = start.stream, FrameDater(start.time_us), False, 0
        next_us = from_us
        for found in self.source.records(start.first_byte):
            if isinstance(found, Damage):
                dater.damaged(found)
                self._broken = True
            elif isinstance(found.record, StreamRecord):
                stream = found.record
            else:
                frame = dater.frame(found.record, found)
                if frame.loss is not None:
                    self._notice(frame.loss.text())
                wanted = frame.time_us >= next_us
                rgb = self._decode(frame, stream, wanted=wanted)
                if rgb is not None and wanted:
                    if every_us:
                        next_us = frame.time_us + every_us - (frame.time_us - from_us) % every_us
                    yield ReplayedFrame(
                        rgb=self._to_be_seen(rgb, stream, frame.time_us), time_us=frame.time_us, stream=stream
                    )
        loss = dater.finish()
        if loss is not None:
            self._notice(loss.text())

    def _decode(self, frame: DatedFrame, stream: StreamRecord, *, wanted: bool) -> codec.Rgb | None:
        if self._broken and not frame.record.keyframe:
            return None
        decoder = self._decoder_for(stream)
        try:
            rgb = None
            if wanted:
                rgb = decoder.decode(frame.record.payload)
            else:
                decoder.follow(frame.record.payload)
        except codec.BitstreamError as error:
            if not self._broken:
                self._notice(f"at {clock_text(frame.time_us)}: {error}")
            self._broken = True
            return None
        self._broken = False
        return rgb

    def _to_be_seen(self, rgb: codec.Rgb, stream: StreamRecord, time_us: int) -> codec.Rgb:
        """The picture with what is written into it."""
        if self._config.mark and self._decoder_for(stream).provenance.painted:
            rgb = with_mark(rgb)
        taken = wall_clock_of(stream, time_us) if self._config.timestamp else None
        return rgb if taken is None else with_time(rgb, time_text(taken))

    def _decoder_for(self, stream: StreamRecord) -> codec.Decoder:
        if self._decoder is not None and stream.format == self._format:
            return self._decoder
        self._check_stream(stream)
        self._decoder = None  # the memory of the one before is free for this one
        self._decoder = codec.create_decoder(
            stream.codec,
            width=stream.width,
            height=stream.height,
            device=self._config.device,
            threads=self._config.threads,
            weights=self._config.weights,
            restore=self._config.restore,
            decoder_process=self._config.decoder_process,
        )
        self._format = stream.format
        return self._decoder

    def _check_stream(self, stream: StreamRecord) -> None:
        """A decoder takes time and memory: so many are made for a recording, and none for huge pictures."""
        _check_model(stream, self._config.weights)
        if stream.width * stream.height > most_pixels(self._config.max_size):
            raise PayloadFileError(
                f"its pictures are {stream.width}x{stream.height}, more than is taken here",
                remedy=Remedy(setting="max_size", value=f"{stream.width}x{stream.height}"),
            )
        self._changes += 1
        if self._changes > _MAX_CHANGES:
            raise PayloadFileError(f"its codec or size changes more than {_MAX_CHANGES} times; giving up")


def wall_clock_of(stream: StreamRecord, time_us: int) -> datetime | None:
    """Date and time of a frame behind an entry point, with its offset to UTC; None where none can be read."""
    try:
        return datetime.fromisoformat(stream.recorded_at) + timedelta(microseconds=time_us - stream.time_us)
    except (ValueError, OverflowError):
        return None


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
