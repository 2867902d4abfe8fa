"""Opens a source by its kind: cameras and network streams are watched (live.py), others played (feeds.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2

from narrowcast.errors import SourceError
from runtime.reporting import Notice
from sender.config import Fit
from sender.sources.capture import CaptureFactory, VideoCapture, open_capture, true_fps
from sender.sources.feeds import (
    PATTERN_FPS,
    DigitFeed,
    Feed,
    ImageFeed,
    PatternFeed,
    VideoFeed,
    find_images,
)
from sender.sources.live import LiveWatch, open_live
from sender.sources.playback import play
from sender.sources.source import Source
from sender.sources.source_clock import Clock, SourceClock
from sender.sources.spec import SourceKind, SourceSpec


@dataclass(frozen=True, kw_only=True)
class _Wishes:
    """How a source is to be opened."""

    width: int
    height: int
    fps: float | None
    "None: the source's own pace"
    loop: bool
    factory: CaptureFactory


def open_source(
    spec: SourceSpec,
    *,
    width: int,
    height: int,
    fps: float | None,
    loop: bool = False,
    fit: Fit = "crop",
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
        factory: opens cameras and videos.
        clock: what the source waits by; None takes a new SourceClock.

    Raises SourceError where it is not there or cannot be read.
    """
    source = Source(width=width, height=height, fit=fit, clock=clock or SourceClock())
    wishes = _Wishes(width=width, height=height, fps=fps, loop=loop, factory=factory)
    if spec.kind is SourceKind.CAMERA:
        _watch(source, spec, open_live(spec, width, height, factory), wishes)
    elif spec.kind is SourceKind.URL:
        _open_url(source, spec, wishes)
    else:
        _play(source, _open_feed(spec, wishes, source.notice), wishes)
    return source


def _open_url(source: Source, spec: SourceSpec, wishes: _Wishes) -> None:
    """Watch a network stream; a video with an end is played at its own pace."""
    capture = open_live(spec, wishes.width, wishes.height, wishes.factory)
    if capture.get(cv2.CAP_PROP_FRAME_COUNT) <= 0:
        _watch(source, spec, capture, wishes)
        return
    capture.release()
    _play(source, VideoFeed(spec.address, wishes.factory, name=spec.name), wishes)


def _watch(source: Source, spec: SourceSpec, capture: VideoCapture, wishes: _Wishes) -> None:
    """Give a source the frames of a camera or an endless stream."""
    own_fps = true_fps(capture.get(cv2.CAP_PROP_FPS))
    watch = LiveWatch(
        spec.name,
        lambda: wishes.factory(spec.target, wishes.width, wishes.height),
        deliver=source.deliver,
        notice=source.notice,
        clock=source.clock,
        max_fps=wishes.fps,
    )
    source.prepare(lambda: watch.run(capture), capture.release, fps=min(wishes.fps or own_fps, own_fps))


def _play(source: Source, feed: Feed, wishes: _Wishes) -> None:
    """Give a source the pictures of a feed."""
    if isinstance(feed, ImageFeed | DigitFeed) and wishes.fps is not None:
        feed.fps = wishes.fps  # picture files have no pace of their own: each is shown, however fast
    fps = min(wishes.fps or feed.fps, feed.fps)

    def run() -> None:
        try:
            play(feed, source.deliver, fps=fps, clock=source.clock, loop=wishes.loop)
        finally:
            feed.close()

    source.prepare(run, feed.close, fps=fps)


def _open_feed(spec: SourceSpec, wishes: _Wishes, notice: Callable[[Notice], None]) -> Feed:
    """Open what has an end, or the pattern."""
    if spec.kind is SourceKind.PATTERN:
        return PatternFeed(wishes.width, wishes.height, wishes.fps or PATTERN_FPS)
    if spec.kind is SourceKind.IMAGES:
        return ImageFeed(find_images(spec.address), notice)
    if spec.kind is SourceKind.DIGITS:
        return DigitFeed(Path(spec.address))
    if spec.kind is SourceKind.VIDEO:
        return VideoFeed(spec.address, wishes.factory, name=spec.name)
    raise SourceError(f"{spec.name} cannot be opened here; a program gives them to narrowcast.Sender")
