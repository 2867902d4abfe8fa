"""Interlaced frames made whole: FFmpeg's bwdif filter, put in where a video marks its frames."""

from __future__ import annotations

from collections.abc import Iterator

import av
from av.filter import Graph
from av.video.frame import VideoFrame

from narrowcast.sender.config import Deinterlace


class Deinterlacer:
    """Passes progressive frames on; one interlaced frame is held back, as the filter looks one ahead."""

    def __init__(self, mode: Deinterlace) -> None:
        self._mode: Deinterlace = mode
        self._graph: Graph | None = None
        self._kind: tuple[object, ...] = ()

    def frames(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        """Take the next frame; give those that are ready, each with its own time."""
        if not self._is_interlaced(frame):
            yield from self.flush()
            yield frame
            return
        kind = frame.width, frame.height, frame.format.name, frame.time_base
        if kind != self._kind:
            yield from self.flush()
        if self._graph is None:
            self._graph, self._kind = self._filter(frame), kind
        self._graph.push(frame)
        yield from _ready(self._graph)

    def flush(self) -> Iterator[VideoFrame]:
        """Give what is still held back."""
        if self._graph is not None:
            graph, self._graph = self._graph, None
            graph.push(None)
            yield from _ready(graph)

    def _is_interlaced(self, frame: VideoFrame) -> bool:
        return frame.interlaced_frame if self._mode == "auto" else self._mode == "on"

    def _filter(self, frame: VideoFrame) -> Graph:
        """Make the filter for frames of this kind."""
        graph = Graph()
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
        )
        only = "all" if self._mode == "on" else "interlaced"
        bwdif, sink = graph.add("bwdif", f"mode=send_frame:deint={only}"), graph.add("buffersink")
        source.link_to(bwdif)
        bwdif.link_to(sink)
        graph.configure()
        return graph


def _ready(graph: Graph) -> Iterator[VideoFrame]:
    """Everything that a filter has ready."""
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        if isinstance(frame, VideoFrame):
            yield frame
