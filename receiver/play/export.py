"""Exports a recording of payloads as a video or as picture files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from receiver.play.replay import ReplayedFrame
from receiver.recording.video import SUFFIXES, Recorder, RecordError
from runtime.picture_files import write_png

_FPS = 15.0
"Only a first guess in a video's header: every picture is written at its own time."


def export(frames: Iterable[ReplayedFrame], target: Path, *, marks: bool = True) -> int:
    """Write to a video (by its suffix) or, as TIME.png, into a folder; returns how many pictures.

    `marks`: those that a network painted are marked, and a video says so.
    """
    if target.suffix.lower() in SUFFIXES:
        return _export_video(frames, target, marks)
    if target.suffix:
        raise RecordError(
            f"cannot export to {target}: its name has to end in {', '.join(SUFFIXES)}, "
            "or be a folder for PNG files"
        )
    return _export_pictures(frames, target)


def _export_video(frames: Iterable[ReplayedFrame], target: Path, marks: bool) -> int:
    with Recorder(target, _FPS, marks=marks) as recorder:
        for frame in frames:
            recorder.add(frame.rgb, frame.time_us)
    return recorder.frames_written


def _export_pictures(frames: Iterable[ReplayedFrame], folder: Path) -> int:
    count = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for frame in frames:
            # Milliseconds with leading zeros, so that names sort as time goes.
            write_png(folder / f"{frame.time_us // 1000:09d}.png", frame.rgb)
            count += 1
    except OSError as error:
        raise RecordError(f"cannot write into {folder}: {(error.strerror or '').lower()}") from error
    return count
