"""A received picture, as the decoder hands it out and as the Python API gives it; a buffer of the newest."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from math import isnan

from narrowcast import codec
from narrowcast.protocol import ArrivedFrame
from narrowcast.runtime.clock import now_us


@dataclass(frozen=True, kw_only=True, eq=False)
class DecodedFrame:
    """A decoded picture, with the frame that it came from."""

    rgb: codec.Rgb
    "uint8 [H, W, 3]"
    arrived: ArrivedFrame
    "the frame that it was decoded from"
    decode_us: int
    "how long that took"
    capture_local_us: int | None
    "our clock, when it was taken; None where unknown, or where the frame waited for its decoder to be made"
    provenance: codec.Provenance
    "whether a network painted it"


@dataclass(frozen=True, kw_only=True)
class DecodeFailure:
    """A frame that did not decode; a keyframe has been asked for."""

    reason: str
    "one line"
    arrived: ArrivedFrame
    "the frame that did not decode"
    undecodable: bool = False
    "there is no decoder for its whole stream; said of the first frame only"


@dataclass(frozen=True, kw_only=True)
class FollowedFrame:
    """A frame that the decoder has followed without making its picture: newer ones are here already."""

    arrived: ArrivedFrame
    "the frame"


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """One received picture, as the Python API gives it."""

    rgb: codec.Rgb
    "uint8 [height, width, 3], yours to change"
    sequence: int
    "its number at the sender; gaps are pictures that were not sent, or that you were too busy to take"
    capture_us: int | None
    "when it was taken, on this machine's monotonic clock (time.monotonic); None in the first moments"
    latency_ms: float
    "from then until you got it; nan while the sender's clock is unknown"
    latency_error_ms: float
    "how far latency_ms may be off, either way; nan while that is unknown"
    keyframe: bool
    "it was coded without any earlier picture"
    quality: float
    "from 0 to 1, as it was coded"
    payload_bytes: int
    "bytes of its payload, without headers"
    painted: bool
    "a network painted texture that the payload does not hold: it is plausible, and no evidence"

    def __repr__(self) -> str:
        """The picture's size instead of its pixels."""
        height, width = self.rgb.shape[:2]
        age = "age unknown" if isnan(self.latency_ms) else f"{self.latency_ms:.0f} ms old"
        return f"<Frame {self.sequence}: {width}x{height}, {age}{', painted' * self.painted}>"

    def _repr_png_(self) -> bytes:
        """The picture as PNG, which Jupyter shows."""
        import cv2

        return cv2.imencode(".png", self.rgb[..., ::-1])[1].tobytes()


def hand_out(decoded: DecodedFrame) -> Frame:
    """Make the frame for a program; its latency is measured up to now."""
    arrived = decoded.arrived
    capture_us, error_us = arrived.capture_local_us, arrived.clock_error_us
    return Frame(
        rgb=decoded.rgb.copy(),  # the recording may still read the original
        sequence=arrived.sequence,
        capture_us=capture_us,
        latency_ms=float("nan") if capture_us is None else (now_us() - capture_us) / 1000,
        latency_error_ms=float("nan") if error_us is None else error_us / 1000,
        keyframe=arrived.keyframe,
        quality=arrived.quality,
        payload_bytes=len(arrived.payload),
        painted=decoded.provenance.painted,
    )


class NewestFrame:
    """A buffer of one picture: a newer one replaces it. One thread puts, any thread may take."""

    def __init__(self) -> None:
        self.passed_over = 0
        "pictures that a newer one replaced before they were taken"
        self._change = threading.Condition()
        self._decoded: DecodedFrame | None = None
        self._listeners: list[Callable[[], None]] = []

    def put(self, decoded: DecodedFrame) -> None:
        """Replace the picture in the buffer."""
        with self._change:
            self.passed_over += self._decoded is not None
            self._decoded = decoded
        self.wake()

    def wake(self) -> None:
        """End every wait, and call the listeners."""
        with self._change:
            self._change.notify_all()
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever a picture is put or `wake` is called."""
        with self._change:
            self._listeners.append(listener)

    def take(self) -> Frame | None:
        """Take the picture out of the buffer; None where it is empty."""
        with self._change:
            decoded, self._decoded = self._decoded, None
        return hand_out(decoded) if decoded is not None else None

    def wait(self, timeout_s: float) -> None:
        """Wait until there is a picture to take, `wake` is called or the time is over."""
        with self._change:
            if self._decoded is None:
                self._change.wait(timeout_s)
