"""The last pictures as they were before coding, for receivers that ask for an exact one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from narrowcast import codec
from narrowcast.worker import QueueWorker

MAX_BYTES = 64 * 1024 * 1024
"Of pictures kept: 97 of 640x360, 2 of 3840x2160."

MAX_PICTURES = 96
"Six seconds at 15 frames a second: a receiver that asks has shown the frame a moment ago."

MAX_WAITING = 8
"Pictures to be coded; each receiver asks for one at a time."

GONE = "the sender no longer has that frame: take the snapshot sooner after it was shown"

Answer = Callable[[int, bytes | None, str], None]
"Takes the sequence, the PNG file or None, and why there is none."


class StillKeeper:
    """Keeps pictures by the sequence of their frame; codes those that are wanted in a thread of its own."""

    def __init__(self, answer: Answer) -> None:
        """Keep nothing yet; `answer` is called for each picture that is wanted, in a thread begun for it."""
        self._answer = answer
        self._lock = threading.Lock()
        self._pictures: OrderedDict[int, codec.Rgb] = OrderedDict()
        self._bytes = 0
        self._worker = QueueWorker[int]("stills", self._code_wanted, capacity=MAX_WAITING)
        self._started = False

    def keep(self, sequence: int, rgb: codec.Rgb) -> None:
        """Keep a picture that was coded as a frame; it must not be changed afterwards."""
        with self._lock:
            self._pictures[sequence] = rgb
            self._bytes += rgb.nbytes
            while len(self._pictures) > 1 and (self._bytes > MAX_BYTES or len(self._pictures) > MAX_PICTURES):
                self._bytes -= self._pictures.popitem(last=False)[1].nbytes

    def find(self, sequence: int) -> codec.Rgb | None:
        """The picture that was coded as a frame; None where it is not kept any more."""
        with self._lock:
            return self._pictures.get(sequence)

    def want(self, sequence: int) -> None:
        """Answer a receiver that asks for the picture behind a frame."""
        if not self._started:
            self._started = True
            self._worker.start()
        if not self._worker.put(sequence, timeout_s=0):
            self._answer(sequence, None, "the sender is busy with other stills: try again")

    def close(self) -> None:
        """End the thread; those who still wait are told that the picture is gone."""
        with self._lock:
            self._pictures.clear()
        self._worker.close()

    def _code_wanted(self) -> None:
        while (sequence := self._worker.get()) is not None:
            rgb = self.find(sequence)
            if rgb is None:
                self._answer(sequence, None, GONE)
                continue
            height, width = rgb.shape[:2]
            png = codec.create_encoder("png", width=width, height=height).encode(rgb).payload
            self._answer(sequence, png, "")
