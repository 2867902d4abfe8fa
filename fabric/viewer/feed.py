"""A camera of a fabric as a receiver's feed: a thread with a connection, and a backlog for the decoder."""

from __future__ import annotations

import asyncio
import threading
import time

from narrowcast.fabric.packages import check_packages
from narrowcast.fabric.records import FabricFrame, arrived_frame_of
from narrowcast.fabric.state import CameraState
from narrowcast.fabric.viewer.backlog import Backlog
from narrowcast.fabric.viewer.follower import Follower
from narrowcast.fabric.viewer.keep_watching import keep_watching
from narrowcast.protocol import ArrivedFrame, ReceiverEvent, Report, StillFailed, StreamParameters
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.feed import OpenedFeed, codec_offers
from narrowcast.receiver.memory import most_pixels
from narrowcast.receiver.network import ReceiverNetworkGauges
from narrowcast.receiver.recording.payload_records import RecordDamaged
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.fabric_address import FabricAddress, camera_of
from narrowcast.runtime.reporting import Level, Notice
from narrowcast.worker import Worker


class FabricFeed:
    """Implements receiver/feed.py's FrameFeed. What several threads see is guarded by `_change`."""

    def __init__(self, server: FabricAddress, camera: str, max_pixels: int) -> None:
        """Make ready; `start` connects."""
        self._server = server
        self._camera = camera
        self._change = threading.Condition()
        self._follower = Follower(camera, codec_offers(), max_pixels)
        self._backlog = Backlog()
        self._notices: list[Notice] = []
        self._told = ""
        self._received_bytes = self._malformed = 0
        self._decoding = False
        self._bye: str | None = None
        self._worker = Worker("fabric", self._run)

    # What the pipeline and the decode thread call.

    @property
    def stream(self) -> StreamParameters | None:
        """What comes; None while nothing does."""
        with self._change:
            return self._follower.stream

    @property
    def gauges(self) -> ReceiverNetworkGauges:
        """The newest readings."""
        with self._change:
            return ReceiverNetworkGauges(
                wire_bytes_in=self._received_bytes,
                frames_waiting=len(self._backlog),
                malformed=self._malformed,
            )

    @property
    def decoder_idle(self) -> bool:
        """Whether the decoder has finished everything that it was given."""
        with self._change:
            return not self._decoding and not len(self._backlog)

    def start(self) -> None:
        """Begin to watch."""
        self._worker.start()

    def check(self) -> None:
        """Raise what the thread raised."""
        self._worker.check()

    def stop(self, bye: str) -> None:
        """End the connection; nobody needs to be told."""
        with self._change:
            self._bye = bye
            self._change.notify_all()
        self._worker.close()

    def events(self) -> list[ReceiverEvent]:
        """What happened since the last call."""
        with self._change:
            missed, self._backlog.missed = self._backlog.missed, 0
            return self._follower.events(missed)

    def connection_notices(self) -> list[Notice]:
        """What happened to the connection since the last call."""
        with self._change:
            notices, self._notices = self._notices, []
        return notices

    def next_frame(self, timeout_s: float) -> ArrivedFrame | None:
        """Wait for a frame; asking for one says that the one before is decoded."""
        with self._change:
            self._decoding = False
            known = self._follower.stream
            self._change.wait_for(
                lambda: len(self._backlog) or self._bye is not None or self._follower.stream != known,
                timeout_s,
            )
            taken = self._backlog.take()
            if taken is None:
                return None
            self._decoding = True
        return arrived_frame_of(
            taken.frame,
            taken.stream,
            now_us=now_us(),
            calendar_us=time.time_ns() // 1000,
            wanted=taken.wanted,
        )

    def decode_failed(self, reason: str) -> None:
        """Give out nothing before the next keyframe."""
        with self._change:
            self._backlog.lose()
            if self._backlog.awaiting_keyframe:
                self._follower.broken(reason)

    def request_keyframe(self, reason: str) -> None:
        """Nothing: the relay asks for one every few seconds, for all who watch."""

    def ask_for(self, *, max_kbps: float, max_fps: float) -> None:
        """Nothing: the relay asks for what all who watch may have."""

    def request_still(self, sequence: int) -> None:
        """Say that there is no exact picture here."""
        with self._change:
            reason = "a fabric has no exact pictures: ask the camera's sender"
            self._follower.tell(StillFailed(sequence=sequence, reason=reason))

    def send_report(self, report: Report) -> None:
        """Nothing: the camera's sender does not adapt to those who watch in a fabric."""

    # What the connection tells, in the thread of the feed.

    def came(self, frames: list[FabricFrame]) -> None:
        """Take frames; those that came before are left out."""
        with self._change:
            for frame in frames:
                self._received_bytes += frame.size
                whole = not self._backlog.awaiting_keyframe
                if frame.stream is not None and not self._follower.takes(frame.stream):
                    continue
                if self._backlog.put(frame):
                    self._follower.flows()
                    self._told = ""
                elif whole and self._backlog.awaiting_keyframe:
                    self._follower.broken("frames before it did not come")
            self._change.notify_all()

    def state(self, state: CameraState) -> None:
        """Take note of how the camera is."""
        with self._change:
            self._follower.state(state)
            self._change.notify_all()

    def damaged(self, error: RecordDamaged) -> None:
        """Count a message that cannot be read."""
        with self._change:
            self._malformed += 1
        self._tell(f"a damaged record of camera {self._camera} was left out ({error.text})", warn=True)

    def quiet(self, text: str) -> None:
        """Tell that nothing comes."""
        with self._change:
            silent = not self._follower.linked
        if text or silent:
            text = text or f"nothing comes from camera {self._camera} yet; still waiting"
            self._tell(text, warn=True)

    def lost(self, reason: str) -> None:
        """Tell that the connection is over."""
        with self._change:
            self._follower.down(reason)
            self._change.notify_all()

    def trouble(self, text: str) -> None:
        """Tell what keeps a connection from being made."""
        self._tell(text, warn=True)

    def _run(self) -> None:
        asyncio.run(keep_watching(self._server, self._camera, self, lambda: self._bye is not None))

    def _tell(self, text: str, *, warn: bool) -> None:
        """Tell what is new; what stays as it is is told once."""
        with self._change:
            if text != self._told:
                self._told = text
                self._notices.append(Notice(text, level=Level.WARNING if warn else Level.INFO))


class _Told:
    """The feed words its notices itself."""

    refused = False

    def accepted(self) -> None:
        """Nothing to forget."""

    def notices(self, events: list[Notice], now_us: int) -> list[Notice]:
        """The notices as they are."""
        return events


def open_feed(config: ReceiverConfig) -> OpenedFeed:
    """Make ready to watch what a receiver's address names."""
    check_packages()
    camera = camera_of(config.url)
    feed = FabricFeed(config.server, camera, most_pixels(config.max_size))
    return OpenedFeed(
        feed=feed,
        url=config.url,
        notices=[Notice(f"watching camera {camera} in the fabric at {config.server.label}")],
        connections=_Told(),
        close=lambda: None,
    )
