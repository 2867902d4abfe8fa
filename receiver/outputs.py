"""Where pictures go beside the screen: a virtual camera, a media server, a recording, a folder."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from narrowcast.protocol import ArrivedFrame
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.frame import DecodedFrame
from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.push.target import parse_target
from narrowcast.receiver.recording.catalogue import RecordingCatalogue
from narrowcast.receiver.recording.file import FileExistsAlready
from narrowcast.receiver.recording.options import RecordOptions
from narrowcast.receiver.recording.recording import Recording
from narrowcast.receiver.recording.snapshots import shown_path
from narrowcast.receiver.virtual_camera import VirtualCamera
from narrowcast.receiver.window.overlay import Picture
from narrowcast.runtime.picture_files import PictureFolder
from narrowcast.runtime.reporting import Notice

if TYPE_CHECKING:
    from narrowcast.receiver.push.pusher import Pusher

Mark: TypeAlias = Callable[[DecodedFrame], Picture]
"Gives a decoded picture as people are to see it: one that a generator painted is marked."

_ASK_AGAIN_US = 10_000_000
"A sender that is asked sooner takes the receiver for one that cannot keep up, and makes it wait."


class Outputs:
    """All that a configuration asks for; with none, pictures are shown and forgotten."""

    def __init__(
        self,
        config: ReceiverConfig,
        tell: Callable[[Notice], None],
        stack: ExitStack,
        catalogue: RecordingCatalogue | None = None,
    ) -> None:
        """Make them ready, so that a name that cannot be written is told before anything is waited for.

        Args:
            config: of the receiver.
            tell: takes notices.
            stack: closes them.
            catalogue: is told of each file of the recording.

        Raises an OutputError where one cannot be opened.
        """
        check_outputs(config)
        self._asked_us: int | None = None
        self._cameras: list[VirtualCamera] = []
        self._recordings: list[Recording] = []
        self._folders: list[PictureFolder] = []
        self._pushers: list[Pusher] = []
        if config.virtual_camera:
            self._cameras.append(VirtualCamera(tell))
            stack.callback(self._cameras[0].close)
        if config.push is not None:
            from narrowcast.receiver.push.pusher import Pusher

            self._pushers.append(Pusher(parse_target(config.push), tell))
            stack.callback(self._pushers[0].close)
        if config.record is not None:
            if catalogue is not None:
                catalogue.add_names(config.record)
            self._recordings.append(Recording(record_options(config, config.record), tell, catalogue))
            stack.callback(self._recordings[0].close)
        if config.save_frames is not None:
            self._folders.append(PictureFolder(config.save_frames))
            stack.callback(self._folders[0].close)

    def show(self, decoded: DecodedFrame, mark: Mark) -> None:
        """Show a picture that has just been decoded, before anything slow is done with it."""
        for camera in self._cameras:
            camera.show(mark(decoded))
        for pusher in self._pushers:
            pusher.show(mark(decoded))

    def stale(self, note: StaleNote | None) -> None:
        """Say on what others watch why the picture is not live; None while it is."""
        for pusher in self._pushers:
            pusher.stale(note)

    def keep(self, decoded: DecodedFrame, mark: Mark) -> None:
        """Record and save a picture."""
        for recording in self._recordings:
            recording.add(decoded, mark(decoded))
        for folder in self._folders:
            folder.add(f"{decoded.arrived.capture_sender_us:016d}-decoded", decoded.rgb)

    def keep_payload(self, arrived: ArrivedFrame) -> None:
        """Record a payload without a picture: it was only followed, or did not decode."""
        for recording in self._recordings:
            recording.add_payload(arrived)

    def check(self) -> None:
        """Tell what has happened to recording and push; RecordError where the former could not begin."""
        for recording in self._recordings:
            recording.check()
        for pusher in self._pushers:
            pusher.check()

    def take_keyframe_request(self, now_us: int) -> bool:
        """Whether the recording needs a keyframe from the sender, and none has been asked for lately."""
        if not any(recording.wants_keyframe for recording in self._recordings):
            return False
        if self._asked_us is not None and now_us - self._asked_us < _ASK_AGAIN_US:
            return False
        self._asked_us = now_us
        return True


def record_options(config: ReceiverConfig, path: Path) -> RecordOptions:
    """What the recording is told."""
    return RecordOptions(
        path=path,
        overwrite=config.overwrite,
        segment_s=config.segment,
        keep_s=config.keep,
        keep_bytes=None if config.keep_gb is None else 1e9 * config.keep_gb,
        keyframe_s=config.keyframe_every,
        marks=config.mark,
    )


def check_outputs(config: ReceiverConfig) -> None:
    """Raise OutputError where a file that would be written exists already, before anything is opened."""
    if config.record is not None:
        record_options(config, config.record).check()
    if config.snapshot is not None and not config.overwrite:
        for path in (config.snapshot, shown_path(config.snapshot)):
            if path.exists():
                raise FileExistsAlready(path)
