"""Exports a recording of payloads as a video or as picture files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from narrowcast.errors import Remedy
from narrowcast.receiver.play.replay import ReplayedFrame
from narrowcast.receiver.recording.file import FileExistsAlready, check_new
from narrowcast.receiver.recording.payload_recorder import SUFFIX as PAYLOADS
from narrowcast.receiver.recording.video import SUFFIXES, Recorder, RecordError
from narrowcast.runtime.picture_files import write_png

_FPS = 15.0
"Only a first guess in a video's header: every picture is written at its own time."

TIMELAPSE_FPS = 30
"Pictures a second of a time-lapse: as smooth as videos are."


def check_target(target: Path, *, overwrite: bool = False) -> None:
    """Raise RecordError where nothing can be exported to the target, before anything is decoded."""
    if target.suffix.lower() in (*SUFFIXES, PAYLOADS):
        check_new(target, overwrite=overwrite)
    elif target.suffix:
        raise RecordError(
            f"cannot export to {target}: its name has to end in {', '.join((*SUFFIXES, PAYLOADS))}, "
            "or be a folder for PNG files"
        )
    elif target.exists() and not target.is_dir():
        raise RecordError(f"cannot write into {target}: it is no folder; choose another name")
    elif target.is_dir() and not overwrite and any(target.iterdir()):
        raise RecordError(
            f"the folder {target} is not empty, and what is in it is kept; choose a new one",
            remedy=Remedy(setting="overwrite", when="to replace pictures of the same times"),
        )


def export(
    frames: Iterable[ReplayedFrame], target: Path, *, marks: bool = True, overwrite: bool = False
) -> int:
    """Write to a video (by its suffix) or, as TIME.png, into a folder; returns how many pictures.

    Args:
        frames: the pictures.
        target: video or folder.
        marks: pictures that a network painted are marked, and a video says so.
        overwrite: what is there already may be replaced.
    """
    check_target(target, overwrite=overwrite)
    if target.suffix:
        return _export_video(frames, target, marks, overwrite)
    return _export_pictures(frames, target, overwrite)


def timelapse(frames: Iterable[ReplayedFrame]) -> Iterator[ReplayedFrame]:
    """Give the pictures evenly spaced times, TIMELAPSE_FPS a second, in place of their own."""
    for number, frame in enumerate(frames):
        yield replace(frame, time_us=number * 1_000_000 // TIMELAPSE_FPS)


def _export_video(frames: Iterable[ReplayedFrame], target: Path, marks: bool, overwrite: bool) -> int:
    with Recorder(target, _FPS, marks=marks, overwrite=overwrite) as recorder:
        for frame in frames:
            recorder.add(frame.rgb, frame.time_us)
    return recorder.frames_written


def _export_pictures(frames: Iterable[ReplayedFrame], folder: Path, overwrite: bool) -> int:
    count = 0
    path = folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for frame in frames:
            # Milliseconds with leading zeros, so that names sort as time goes.
            path = folder / f"{frame.time_us // 1000:09d}.png"
            write_png(path, frame.rgb, overwrite=overwrite)
            count += 1
    except FileExistsError as error:
        raise FileExistsAlready(path) from error
    except OSError as error:
        raise RecordError(f"cannot write into {folder}: {(error.strerror or '').lower()}") from error
    return count
