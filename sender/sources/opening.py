"""Opens a source by its kind: cameras and streams are watched (live.py), others played (playback.py)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2

from narrowcast.errors import SourceError
from narrowcast.runtime.reporting import Level, Notice
from narrowcast.sender.sources.capture import CaptureFactory, open_capture, true_fps
from narrowcast.sender.sources.feeds import PATTERN_FPS, DigitFeed, Feed, ImageFeed, PatternFeed, find_images
from narrowcast.sender.sources.live import (
    CameraInput,
    LiveInput,
    LiveWatch,
    SnapshotInput,
    open_camera,
    open_stream,
)
from narrowcast.sender.sources.picamera import PICAMERA_FPS, PicameraInput
from narrowcast.sender.sources.picture_file import Animation
from narrowcast.sender.sources.pipe import STANDARD_INPUT, PipeFile
from narrowcast.sender.sources.playback import TimedVideo, play, play_video
from narrowcast.sender.sources.screen import SCREEN_FPS, ScreenInput
from narrowcast.sender.sources.source import Source
from narrowcast.sender.sources.source_clock import Clock, SourceClock
from narrowcast.sender.sources.spec import SourceKind, SourceSpec
from narrowcast.sender.sources.video_reader import VideoReader, open_video
from narrowcast.sender.sources.wishes import SourceWishes

SNAPSHOT_EVERY_S = 1.0
"Where nobody says how often a snapshot URL is asked."


def open_source(
    spec: SourceSpec,
    wishes: SourceWishes,
    *,
    factory: CaptureFactory = open_capture,
    clock: Clock | None = None,
) -> Source:
    """Open a source; it captures from its start() on, or where it is entered as a context.

    Args:
        spec: what to open.
        wishes: how.
        factory: opens cameras.
        clock: what the source waits by; None takes a new SourceClock.

    Raises SourceError where it is not there or cannot be read.
    """
    source = Source(width=wishes.width, height=wishes.height, fit=wishes.fit, clock=clock or SourceClock())
    if wishes.pixel_format is not None and spec.kind not in (SourceKind.PIPE, SourceKind.VIDEO):
        raise SourceError(f"{spec.name} says itself what its pictures are; a pixel format is for raw video")
    opens: dict[SourceKind, Callable[[Source, SourceSpec, SourceWishes], None]] = {
        SourceKind.URL: _open_url,
        SourceKind.PIPE: _open_pipe,
        SourceKind.VIDEO: _open_video,
        SourceKind.ANIMATION: _open_animation,
        SourceKind.SCREEN: _open_screen,
        SourceKind.PICAMERA: _open_picamera,
    }
    if spec.kind is SourceKind.CAMERA:
        _open_camera(source, spec, wishes, factory)
    else:
        opens.get(spec.kind, _open_feed)(source, spec, wishes)
    return source


def _open_camera(source: Source, spec: SourceSpec, wishes: SourceWishes, factory: CaptureFactory) -> None:
    camera = int(spec.address) if spec.address.isdecimal() else spec.address
    size = wishes.width, wishes.height
    capture = open_camera(camera, spec.name, *size, factory)

    def reopen() -> LiveInput | None:
        opened = factory(camera, *size)
        return CameraInput(opened) if opened.isOpened() else None

    _watch(source, spec, CameraInput(capture), reopen, wishes, true_fps(capture.get(cv2.CAP_PROP_FPS)))


def _open_screen(source: Source, spec: SourceSpec, wishes: SourceWishes) -> None:
    fps = wishes.fps or SCREEN_FPS

    def opened() -> LiveInput:
        return ScreenInput(spec.address, fps)

    # Each thread has a connection to the screen of its own: what was opened here would not serve the capture.
    opened().close()
    _watch(source, spec, None, lambda: _or_none(opened), wishes, fps)


def _open_picamera(source: Source, spec: SourceSpec, wishes: SourceWishes) -> None:
    fps = wishes.fps or PICAMERA_FPS

    def opened() -> LiveInput:
        return PicameraInput(int(spec.address), wishes.width, wishes.height, fps)

    try:
        first = opened()
    except SourceError as error:
        raise SourceError(f"{spec.name}: {error}") from error
    _watch(source, spec, first, lambda: _or_none(opened), wishes, fps)


def _open_url(source: Source, spec: SourceSpec, wishes: SourceWishes) -> None:
    """Watch a network stream; play a video that has an end; ask again and again for a single picture."""
    viewing = wishes.viewing

    def opened() -> VideoReader:
        return open_stream(spec.address, spec.name, viewing)

    try:
        reader = opened()
    except SourceError as error:
        raise SourceError(f"{error}{spec.advice}") from error
    if reader.is_picture:
        seen = reader.peek()
        reader.close()
        if not seen:
            raise SourceError(f"the picture at {spec.name} cannot be decoded; look at it in a browser")
        every_s = wishes.every_s or SNAPSHOT_EVERY_S
        snapshots = SnapshotInput(opened, every_s=every_s)
        _watch(source, spec, snapshots, lambda: snapshots, wishes, 1 / every_s)
    elif reader.has_end:
        reader.close()
        _open_video(source, spec, wishes)
    else:
        _watch(source, spec, reader, lambda: _or_none(opened), wishes, reader.fps)


def _or_none(opened: Callable[[], LiveInput]) -> LiveInput | None:
    """Open an input; None where it is not there now."""
    try:
        return opened()
    except SourceError:
        return None


def _watch(
    source: Source,
    spec: SourceSpec,
    first: LiveInput | None,
    reopen: Callable[[], LiveInput | None],
    wishes: SourceWishes,
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

    def discard() -> None:
        if first is not None:
            first.close()

    fps = min(wishes.fps or own_fps, own_fps)
    source.prepare(lambda: watch.run(first or reopen()), discard, fps=fps, live=True)


def _open_pipe(source: Source, spec: SourceSpec, wishes: SourceWishes) -> None:
    """Play what comes through standard input or a named pipe; whoever writes waits until it is wanted."""
    viewing = wishes.viewing
    comes_again = wishes.loop and spec.address != STANDARD_INPUT

    def play_once() -> None:
        # Opened in the source's thread: until somebody writes there is nothing to be seen of the pipe.
        with PipeFile(spec.address, source.clock) as pipe:
            play_video(
                lambda: VideoReader(pipe, viewing, live=True),
                source.deliver,
                max_fps=wishes.fps,
                clock=source.clock,
                loop=False,
                notice=source.notice,
            )

    def run() -> None:
        while not source.clock.stopped:
            try:
                play_once()
            except SourceError as error:
                if source.clock.stopped:
                    return
                if not comes_again:
                    raise SourceError(f"{spec.name} holds no video that can be read: {error}") from error
                source.notice(Notice(f"{spec.name} cannot be read ({error})", level=Level.WARNING))
            if not comes_again:
                return
            source.notice(Notice(f"{spec.name} was closed by its writer; waiting for the next one"))

    source.prepare(run, lambda: None, fps=wishes.fps or viewing.pace)


def _open_video(source: Source, spec: SourceSpec, wishes: SourceWishes) -> None:
    """Play a video by its own times; a file that holds one picture is shown as a picture."""
    viewing = wishes.viewing

    def opened() -> VideoReader:
        return open_video(spec.address, spec.name, viewing)

    first = opened()
    if first.is_picture:
        first.close()
        _open_feed(source, spec, wishes)
    else:
        _play(source, first, opened, wishes)


def _open_animation(source: Source, spec: SourceSpec, wishes: SourceWishes) -> None:
    """Play an animated picture by its own times."""

    def opened() -> Animation:
        return Animation(spec.address, spec.name, wishes.background)

    _play(source, opened(), opened, wishes)


def _play(source: Source, first: TimedVideo, opened: Callable[[], TimedVideo], wishes: SourceWishes) -> None:
    """Give a source the pictures of what has an end; it was opened once, to see that it can be read."""
    waiting = [first]

    def run() -> None:
        play_video(
            lambda: waiting.pop() if waiting else opened(),
            source.deliver,
            max_fps=wishes.fps,
            clock=source.clock,
            loop=wishes.loop,
            notice=source.notice,
        )

    source.prepare(run, first.close, fps=min(wishes.fps or first.fps, first.fps))


def _open_feed(source: Source, spec: SourceSpec, wishes: SourceWishes) -> None:
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

    source.prepare(run, feed.close, fps=fps, one_size=not isinstance(feed, ImageFeed))


def _feed_of(spec: SourceSpec, wishes: SourceWishes, notice: Callable[[Notice], None]) -> Feed:
    if spec.kind is SourceKind.PATTERN:
        return PatternFeed(wishes.width, wishes.height, wishes.fps or PATTERN_FPS)
    if spec.kind in (SourceKind.IMAGES, SourceKind.VIDEO):
        return ImageFeed(find_images(spec.address), notice, wishes.background)
    if spec.kind is SourceKind.DIGITS:
        return DigitFeed(Path(spec.address))
    raise SourceError(f"{spec.name} cannot be opened here; a program gives them to narrowcast.Sender")
