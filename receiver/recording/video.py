"""A recording: H.264 in mp4, mov or mkv, at the pace of capture, playable however the program ends.

While it is written, the file is a chain of fragments of about a second, each complete in itself, so a
killed program loses the last second and no more. close() turns an mp4 into an ordinary one, which every
player can seek in.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from narrowcast.receiver.recording.file import RecordError, RecordingFile, create_file, write_error
from narrowcast.receiver.recording.timeline import Timeline

__all__ = ["SUFFIXES", "Picture", "RecordError", "Recorder"]

Picture = NDArray[np.uint8]
"A picture: uint8 [H, W, 3], RGB."

SUFFIXES = (".mp4", ".mov", ".mkv")
_FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}

_TICKS_PER_S = 90_000
_KEYFRAME_TICKS = _TICKS_PER_S
"A fragment begins at each keyframe, and a killed program loses the one that was not finished."
_BT709 = 1
"code point of the BT.709 matrix, primaries and transfer, which players assume for high definition"
_MPEG_RANGE = 1
_ENCODER_OPTIONS = {"preset": "veryfast", "crf": "20", "tune": "zerolatency"}
"zerolatency: no frame waits in the encoder, where it would be lost if the program is killed"
_MUXER_OPTIONS = {
    ".mp4": {"movflags": "frag_keyframe+hybrid_fragmented", "flush_packets": "1"},
    ".mov": {"movflags": "frag_keyframe+hybrid_fragmented", "flush_packets": "1"},
    ".mkv": {"cluster_time_limit": "1000", "flush_packets": "1"},
}
_PIPE_OPTIONS = {"movflags": "frag_keyframe+empty_moov", "flush_packets": "1"}
"Of an mp4 in which no place can be written again."
_COMMENTS = {
    True: 'narrowcast: a picture that a network painted says "reconstructed" in its lower left corner',
    False: "narrowcast: a network may have painted any of these pictures; they are not marked",
}
"In the header, which is written before the first picture: which ones were painted, each one tells by itself."


class Recorder:
    """Writes the pictures it is given, each at its capture time; the first one sets the size."""

    def __init__(
        self,
        path: str | Path,
        fps: float,
        *,
        marks: bool = True,
        overwrite: bool = False,
        abandoned: Callable[[], bool] = bool,
    ) -> None:
        """Create the file; RecordError where that is not possible.

        Args:
            path: its suffix tells the format.
            fps: a first guess, for the header.
            marks: the pictures that a network painted say so; the file's comment tells what to expect.
            overwrite: replace a file that is there.
            abandoned: whether the recording is not waited for any longer; asked while a pipe blocks.
        """
        self._path = Path(path)
        self._fps = fps
        check_suffix(self._path)
        self._file = create_file(self._path, overwrite=overwrite, abandoned=abandoned)
        self._container = _open(self._file, self._path.suffix.lower())
        self._container.metadata["comment"] = _COMMENTS[marks]
        self._stream: VideoStream | None = None
        self._timeline = Timeline(fps)
        self._keyframe_pts = 0
        self._closed = False
        self.frames_written = 0
        "frames that are in the file, or will be once it is closed"

    def add(self, rgb: Picture, capture_sender_us: int) -> None:
        """Write uint8 RGB [H, W, 3]; `capture_sender_us` may stand still, fall or leap between senders."""
        try:
            if self._stream is None:
                self._stream = self._start(rgb)
            pts = self._timeline.place(capture_sender_us) * _TICKS_PER_S // 1_000_000
            self._container.mux(self._stream.encode(self._frame(rgb, pts, self._stream)))
        except (av.error.FFmpegError, OSError) as error:
            self._give_up()
            raise write_error(self._path, error) from error
        # A fragment is written at once, when the next one begins: after each frame the file is whole.
        self._file.keep()
        self.frames_written += 1

    def close(self) -> None:
        """Finish the file; a recording without a frame leaves none behind. Harmless a second time."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._stream is not None:
                self._container.mux(self._stream.encode(None))
            self._container.close()
        except (av.error.FFmpegError, OSError) as error:
            self._give_up()
            raise write_error(self._path, error) from error
        finally:
            if self.frames_written == 0:
                self._file.discard()
            self._file.close()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _give_up(self) -> None:
        """Leave the file as it was before the write that failed: whole fragments, which play."""
        self._closed = True
        if self.frames_written == 0:
            self._file.discard()
        self._file.give_up()
        with contextlib.suppress(av.error.FFmpegError, OSError):
            self._container.close()  # would otherwise write its end into the file whenever it is collected

    def _start(self, rgb: Picture) -> VideoStream:
        stream = self._container.add_stream("libx264", rate=Fraction(self._fps).limit_denominator(1001))
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = (side + side % 2 for side in rgb.shape[:2])
        stream.pix_fmt = "yuv420p"
        stream.options = dict(_ENCODER_OPTIONS)
        context = stream.codec_context
        context.time_base = Fraction(1, _TICKS_PER_S)
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _MPEG_RANGE
        return stream

    def _frame(self, rgb: Picture, pts: int, stream: VideoStream) -> av.VideoFrame:
        fitted = _fit(rgb, stream.width, stream.height)
        frame = av.VideoFrame.from_ndarray(fitted, format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", threads=1)
        frame.pts, frame.time_base = pts, Fraction(1, _TICKS_PER_S)
        if self.frames_written == 0 or pts - self._keyframe_pts >= _KEYFRAME_TICKS:
            frame.pict_type = av.video.frame.PictureType.I
            self._keyframe_pts = pts
        return frame


def check_suffix(path: Path) -> None:
    """Raise RecordError where the name says no format that pictures are recorded in."""
    if path.suffix.lower() not in _MUXER_OPTIONS:
        raise RecordError(
            f"cannot record to {path}: its name has to end in {', '.join((*SUFFIXES, '.ncast'))}"
        )


def _open(file: RecordingFile, suffix: str) -> OutputContainer:
    options = _MUXER_OPTIONS[suffix]
    if not file.seekable() and "movflags" in options:
        options = _PIPE_OPTIONS
    return av.open(file, "w", format=_FORMATS[suffix], options=options)


def _fit(rgb: Picture, width: int, height: int) -> Picture:
    """Bring a picture to the recording's size: repeat its last row or column, or centre it."""
    if rgb.shape[:2] == (height, width):
        return np.ascontiguousarray(rgb)
    spare_rows, spare_columns = height - rgb.shape[0], width - rgb.shape[1]
    if spare_rows in (0, 1) and spare_columns in (0, 1):
        return np.pad(rgb, ((0, spare_rows), (0, spare_columns), (0, 0)), mode="edge")
    rgb = rgb[max(0, -spare_rows // 2) :, max(0, -spare_columns // 2) :][:height, :width]
    canvas = np.zeros((height, width, 3), np.uint8)
    top, left = (height - rgb.shape[0]) // 2, (width - rgb.shape[1]) // 2
    canvas[top : top + rgb.shape[0], left : left + rgb.shape[1]] = rgb
    return canvas
