"""Where pictures go beside the screen: a virtual camera, a recording, a folder of PNG files."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeAlias

from receiver.config import ReceiverConfig
from receiver.frame import DecodedFrame, DecodeFailure
from receiver.recording.recording import Recording
from receiver.virtual_camera import VirtualCamera
from receiver.window.overlay import Picture
from runtime.picture_files import PictureFolder
from runtime.reporting import Notice

Mark: TypeAlias = Callable[[DecodedFrame], Picture]
"Gives a decoded picture as people are to see it: one that a generator painted is marked."


class Outputs:
    """All that a configuration asks for; with none, pictures are shown and forgotten."""

    def __init__(self, config: ReceiverConfig, tell: Callable[[Notice], None], stack: ExitStack) -> None:
        """Open them, so that a name that cannot be written is told before anything is waited for.

        Args:
            config: of the receiver.
            tell: takes notices.
            stack: closes them.

        Raises an OutputError where one cannot be opened.
        """
        self._cameras: list[VirtualCamera] = []
        self._recordings: list[Recording] = []
        self._folders: list[PictureFolder] = []
        if config.virtual_camera:
            self._cameras.append(VirtualCamera(tell))
            stack.callback(self._cameras[0].close)
        if config.record is not None:
            self._recordings.append(Recording(config.record, tell, marks=config.mark))
            stack.callback(self._recordings[0].close)
        if config.save_frames is not None:
            self._folders.append(PictureFolder(config.save_frames))
            stack.callback(self._folders[0].close)

    def show(self, decoded: DecodedFrame, mark: Mark) -> None:
        """Show a picture that has just been decoded, before anything slow is done with it."""
        for camera in self._cameras:
            camera.show(mark(decoded))

    def keep(self, decoded: DecodedFrame, mark: Mark) -> None:
        """Record and save a picture."""
        for recording in self._recordings:
            recording.add(decoded, mark(decoded))
        for folder in self._folders:
            folder.add(f"{decoded.arrived.capture_sender_us:016d}-decoded", decoded.rgb)

    def keep_failed(self, failure: DecodeFailure) -> None:
        """Record a payload that did not decode."""
        for recording in self._recordings:
            recording.add_failed(failure)
