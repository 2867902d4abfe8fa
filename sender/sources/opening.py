"""Opens a source by its kind: cameras and streams are watched (live.py), others played (playback.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2

from narrowcast.errors import SourceError
from runtime.reporting import Notice
from sender.config import Deinterlace, Fit
from sender.sources.capture import DEFAULT_FPS, CaptureFactory, open_capture, true_fps
from sender.sources.feeds import PATTERN_FPS, DigitFeed, Feed, ImageFeed, PatternFeed, find_images
from sender.sources.live import CameraInput, LiveInput, LiveWatch, SnapshotInput, open_camera, open_stream
from sender.sources.pipe import PipeFile
from sender.sources.playback import play, play_video
from sender.sources.source import Source
from sender.sources.source_clock import Clock, SourceClock
from sender.sources.spec import SourceKind, SourceSpec
from sender.sources.video_reader import VideoReader, open_video

SNAPSHOT_EVERY_S = 1.0
"Where nobody says how often a snapshot URL is asked."


@dataclass(frozen=True, kw_only=True)
class _Wishes:
    """Size, pace and treatment that a source is opened with."""

    width: int
    height: int
    fps: float | None
    "None: the source's own pace"
    loop: bool
    deinterlace: Deinterlace
    every_s: float | None
    factory: CaptureFactory


def open_source(
    spec: SourceSpec,
    *,
    width: int,
    height: int,
    fps: float | None,
    loop: bool = False,
    fit: Fit = "crop",
    deinterlace: Deinterlace = "auto",
    every_s: float | None = None,
    factory: CaptureFactory = open_capture,
    clock: Clock | None = None,
) -> Source:
    """Open a source; it captures from its start() on, or where it is entered as a context.

    Args:
        spec: what to open.
        width: pixels of the frames that come out.
        height: pixels of the frames that come out.
        fps: frames a second; None takes the source's own pace. A video is never played faster than it is.
        loop: begin again where the source ends.
        fit: cut off what does not fit, or put bars around what does.
        deinterlace: interlaced pictures as the video marks them, all of them, or none.
        every_s: how often to ask a URL that gives one picture a request; None for once a second.
        factory: opens cameras.
        clock: what the source waits by; None takes a new SourceClock.

    Raises SourceError where it is not there or cannot be read.
    """
    source = Source(width=width, height=height, fit=fit, clock=clock or SourceClock())
    wishes = _Wishes(
        width=width,
        height=height,
        fps=fps,
        loop=loop,
        deinterlace=deinterlace,
        every_s=every_s,
        factory=factory,
    )
    opens = {
        SourceKind.CAMERA: _open_camera,
        SourceKind.URL: _open_url,
        SourceKind.PIPE: _open_pipe,
        SourceKind.VIDEO: _open_video,
    }
    opens.get(spec.kind, _open_feed)(source, spec, wishes)
    return source


def _open_camera(source: Source, spec: SourceSpec, wishes: _Wishes) -> None:
    size = wishes.width, wishes.height
    capture = open_camera(int(spec.address), spec.name, *size, wishes.factory)

    def reopen() -> LiveInput | None:
        opened = wishes.factory(int(spec.address), *size)
        return CameraInput(opened) if opened.isOpened() else None

    _watch(source, spec, CameraInput(capture), reopen, wishes, true_fps(capture.get(cv2.CAP_PROP_FPS)))


def _open_url(source: Source, spec: SourceSpec, wishes: _Wishes) -> None:
    """Open a URL: watch an endless stream, play a video, or request a single picture repeatedly."""

    def opened() -> VideoReader:
        return open_stream(
            spec.address, spec.name, wishes.width, wishes.height, deinterlace=wishes.deinterlace
        )

    reader = opened()
    if reader.is_picture:
        reader.close()
        every_s = wishes.every_s or SNAPSHOT_EVERY_S
        snapshots = SnapshotInput(opened, every_s=every_s)
        _watch(source, spec, snapshots, lambda: snapshots, wishes, 1 / every_s)
        return
    if reader.has_end:
        reader.close()
        _open_video(source, spec, wishes)
        return

    def reopen() -> LiveInput | None:
        try:
            return opened()
        except SourceError:
            return None

    _watch(source, spec, reader, reopen, wishes, reader.fps)


def _watch(
    source: Source,
    spec: SourceSpec,
    first: LiveInput,
    reopen: Callable[[], LiveInput | None],
    wishes: _Wishes,
    own_fps: float,
) -> None:
    """Give a source the frames of a camera or an endless stream."""
    watch = LiveWatch(
        spec.name,
        reopen,
        deliver=source.deliver,
        notice=source.notice,
        clock=source.clock,
        max_fps=wishes.fps,
    )
    fps = min(wishes.fps or own_fps, own_fps)
    source.prepare(lambda: watch.run(first), first.close, fps=fps, live=True)


def _open_pipe(source: Source, spec: SourceSpec, wishes: _Wishes) -> None:
    """Play what comes through standard input or a named pipe; whoever writes waits until it is wanted."""

    def run() -> None:
        # Opened in the source's thread: until somebody writes there is nothing to be seen of the pipe.
        with PipeFile(spec.address, source.clock) as pipe:
            play_video(
                lambda: VideoReader(
                    pipe,
                    width=wishes.width,
                    height=wishes.height,
                    deinterlace=wishes.deinterlace,
                    live=True,
                ),
                source.deliver,
                max_fps=wishes.fps,
                clock=source.clock,
                loop=False,
                notice=source.notice,
            )

    source.prepare(run, lambda: None, fps=wishes.fps or DEFAULT_FPS)


def _open_video(source: Source, spec: SourceSpec, wishes: _Wishes) -> None:
    """Play a video by its own times; it is opened once here, to see that it can be read."""

    def opened() -> VideoReader:
        return open_video(
            spec.address, spec.name, wishes.width, wishes.height, deinterlace=wishes.deinterlace
        )

    first: list[VideoReader] = [opened()]
    own_fps = first[0].fps

    def run() -> None:
        play_video(
            lambda: first.pop() if first else opened(),
            source.deliver,
            max_fps=wishes.fps,
            clock=source.clock,
            loop=wishes.loop,
            notice=source.notice,
        )

    source.prepare(run, lambda: first[0].close(), fps=min(wishes.fps or own_fps, own_fps))


def _open_feed(source: Source, spec: SourceSpec, wishes: _Wishes) -> None:
    """Play pictures that have numbers: files, digits, the pattern."""
    feed = _feed_of(spec, wishes, source.notice)
    if isinstance(feed, ImageFeed | DigitFeed) and wishes.fps is not None:
        feed.fps = wishes.fps  # picture files have no pace of their own: each is shown, however fast
    fps = min(wishes.fps or feed.fps, feed.fps)

    def run() -> None:
        try:
            play(feed, source.deliver, fps=fps, clock=source.clock, loop=wishes.loop)
        finally:
            feed.close()

    source.prepare(run, feed.close, fps=fps)


def _feed_of(spec: SourceSpec, wishes: _Wishes, notice: Callable[[Notice], None]) -> Feed:
    if spec.kind is SourceKind.PATTERN:
        return PatternFeed(wishes.width, wishes.height, wishes.fps or PATTERN_FPS)
    if spec.kind is SourceKind.IMAGES:
        return ImageFeed(find_images(spec.address), notice)
    if spec.kind is SourceKind.DIGITS:
        return DigitFeed(Path(spec.address))
    raise SourceError(f"{spec.name} cannot be opened here; a program gives them to narrowcast.Sender")
