"""The settings of a receiver, checked before anything is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from narrowcast.codec.names import Restore
from narrowcast.errors import ConfigError, Remedy
from narrowcast.receiver.events.settings import EventSettings
from narrowcast.receiver.push.target import parse_target
from narrowcast.receiver.recording_names import check_pattern, is_pattern
from narrowcast.runtime.common_settings import (
    ConnectionSettings,
    DecoderSettings,
    FabricSettings,
    parse_duration,
)
from narrowcast.runtime.fabric_address import camera_of, is_fabric
from narrowcast.runtime.settings import PROGRAM_ONLY, Setting
from narrowcast.runtime.web.address import WebAddress, parse_frame_ancestors, parse_web_address


@dataclass(frozen=True, kw_only=True)
class ExpectedStream:
    """A stream for which the decoder is made ready before connecting, so that its start costs no frame."""

    codec: str
    "name of the codec"
    width: int
    "pixels"
    height: int
    "pixels"


def parse_expected(text: str) -> ExpectedStream:
    """Read "gan:640x360"."""
    match = re.fullmatch(r"([a-z0-9]+):(\d{1,5})x(\d{1,5})", text.strip())
    if match is None:
        raise ConfigError(
            f"is {text!r}; write it as CODEC:WIDTHxHEIGHT, for example gan:640x360", setting="expected"
        )
    return ExpectedStream(codec=match[1], width=int(match[2]), height=int(match[3]))


def parse_segment(text: str) -> float:
    """Read "10min" as seconds."""
    return parse_duration(text, "segment")


def parse_keep(text: str) -> float:
    """Read "7d" as seconds."""
    return parse_duration(text, "keep")


def parse_snapshot_every(text: str) -> float:
    """Read "10min" as seconds."""
    return parse_duration(text, "snapshot_every")


@dataclass(frozen=True, kw_only=True)
class ReceiverConfig(ConnectionSettings, DecoderSettings, EventSettings, FabricSettings):
    """Every setting of a receiver."""

    url: Annotated[str, PROGRAM_ONLY]
    "tcp://HOST:PORT, with ?key=... where the other side has one; or fabric:CAMERA"
    bind: Annotated[bool, Setting(flag="listen")] = False
    "wait at the address for a sender that connects, instead of connecting to one"
    window: bool = True
    "show the stream if there is a display"
    web: Annotated[WebAddress | None, Setting(metavar="HOST:PORT", parse=parse_web_address)] = None
    "serve a page for browsers there, as in 127.0.0.1:8080"
    web_token: Annotated[str | None, Setting(metavar="TOKEN")] = None
    "what the page and its stream ask for; beyond this machine one is drawn at each start if none is given"
    web_controls: bool = True
    "let browsers choose restoration, and limits of rate and frames, for all who watch this receiver"
    web_embed: Annotated[str | None, Setting(metavar="ORIGINS", parse=parse_frame_ancestors)] = None
    "sites whose pages may show /embed in a frame, as in 'https://home.example http://nas:8123'; * for any"
    max_kbps: Annotated[float, Setting(minimum=1, maximum=1e6, zero="no limit")] = 0.0
    "ask the sender for no more kbit/s; it goes by the receiver that wants most, for it codes once for all"
    max_fps: Annotated[float, Setting(minimum=0.1, maximum=240, zero="no limit")] = 0.0
    "ask the sender for no more frames a second; it goes by the receiver that wants most"
    record: Annotated[Path | None, Setting(metavar="FILE")] = None
    "record to this file: mp4, mkv, mov, or ncast for the payloads; or a pattern, cam-%Y%m%d-%H%M.mp4"
    overwrite: bool = False
    "replace files that exist already: the recording, the snapshot"
    segment: Annotated[float | None, Setting(metavar="TIME", parse=parse_segment)] = None
    "begin a new file of the recording after so long, as in 10min"
    keep: Annotated[float | None, Setting(metavar="TIME", parse=parse_keep)] = None
    "remove files that this recording has made and that are older, as in 7d"
    keep_gb: Annotated[float | None, Setting(above=0)] = None
    "remove the oldest files that this recording has made beyond so many gigabytes"
    keyframe_every: Annotated[float, Setting(minimum=10, maximum=3600, zero="never", metavar="S")] = 10.0
    "where payloads are recorded, ask the sender for a keyframe after so many seconds without one"
    virtual_camera: bool = False
    "show the stream as a camera of this machine, for meeting software"
    push: Annotated[str | None, Setting(metavar="URL")] = None
    "send the stream on to a media server as H.264: rtsp://HOST:8554/NAME, srt://, udp:// or rtmp://"
    restore: Annotated[Restore, Setting(metavar="WHEN")] = "auto"
    "when hybrid's generator paints; auto: where it keeps up with the stream"
    max_frames: Annotated[int | None, Setting(flag="frames", above=0)] = None
    "stop after this many frames"
    max_seconds: Annotated[float | None, Setting(flag="seconds", above=0)] = None
    "stop after this long"
    until_end: bool = False
    "stop when the sender says that the stream has ended"
    expected: Annotated[
        ExpectedStream | None, Setting(flag="expect", metavar="CODEC:WxH", parse=parse_expected)
    ] = None
    "make the decoder of this stream ready before connecting, as in gan:640x360"
    save_frames: Annotated[Path | None, Setting(metavar="DIR")] = None
    "save the decoded pictures as PNG files in this folder"
    snapshot: Annotated[Path | None, Setting(metavar="FILE")] = None
    "fetch one exact frame (png) from the sender, save it and how it was shown, and stop"
    snapshot_every: Annotated[
        float | None, Setting(metavar="TIME", minimum=10, parse=parse_snapshot_every)
    ] = None
    "take a snapshot so often, as in 10min: as it was shown, and the exact frame"
    snapshot_dir: Annotated[Path, Setting(metavar="DIR")] = Path()
    "where the window's key c and the page's buttons save pictures and recordings"

    def __post_init__(self) -> None:
        """Check every range."""
        super().__post_init__()
        self._check_recording()
        if self.push is not None:
            parse_target(self.push)
        if self.web_token is not None and not re.fullmatch(r"[A-Za-z0-9_-]{16,128}", self.web_token):
            raise ConfigError(
                "needs 16 to 128 letters, digits, - or _; `openssl rand -hex 16` gives one",
                setting="web_token",
            )
        if is_fabric(self.url):
            self._check_fabric()
        if self.snapshot is not None and self.snapshot.suffix.lower() != ".png":
            raise ConfigError(
                f"is {str(self.snapshot)!r}; an exact picture has to end in .png", setting="snapshot"
            )

    def _check_fabric(self) -> None:
        """Check what only a sender's own address can have."""
        camera_of(self.url)
        if self.bind:
            raise ConfigError("waits for a sender, and a camera in a fabric is not one", setting="bind")
        if self.snapshot is not None:
            raise ConfigError(
                "asks the camera's own sender, and a fabric has no exact pictures: give the sender's address",
                setting="snapshot",
            )

    def _check_recording(self) -> None:
        """Check that what is said of a recording fits together."""
        cut = {"segment": self.segment, "keep": self.keep, "keep_gb": self.keep_gb}
        given = [name for name, value in cut.items() if value is not None]
        if self.record is None:
            if given:
                raise ConfigError("is of a recording, and none is asked for", setting=given[0])
            return
        check_pattern(self.record, "record")
        if self.segment is not None and not is_pattern(self.record):
            raise ConfigError(
                f"is {str(self.record)!r}; the files of a recording in pieces need the time in their names, "
                "as in cam-%Y%m%d-%H%M%S.mp4",
                setting="record",
            )
        if given and self.segment is None:
            raise ConfigError(
                "removes whole files of a recording, which is one file",
                setting=given[0],
                remedy=Remedy(setting="segment", value="10min"),
            )

    @property
    def label(self) -> str:
        """What tells the lines of several streams apart: their names come only with their pictures."""
        return self.address.rpartition("://" if "://" in self.address else ":")[2]

    @property
    def address(self) -> str:
        """The address without its key, for people to read."""
        return self.url.partition("?")[0]
