"""The codec interface: what every encoder and decoder looks like, and the sizes that all of them take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from narrowcast.codec.errors import FrameSizeError
from narrowcast.codec.names import Restore
from narrowcast.errors import CodecError

Rgb = NDArray[np.uint8]
"""A picture: uint8 [H, W, 3], RGB, range 0 to 255."""

MIN_SIDE = 64
MAX_WIDTH = 3840
MAX_HEIGHT = 2160


def check_size(width: int, height: int, error: type[CodecError] = FrameSizeError) -> None:
    """Raise FrameSizeError, or another error, unless the codecs take pictures of this size."""
    if not (MIN_SIDE <= width <= MAX_WIDTH and MIN_SIDE <= height <= MAX_HEIGHT):
        allowed = f"{MIN_SIDE}x{MIN_SIDE} to {MAX_WIDTH}x{MAX_HEIGHT}"
        raise error(f"size {width}x{height} is out of range; it may be {allowed}")


def check_picture(rgb: Rgb, width: int, height: int) -> None:
    """Raise FrameSizeError unless rgb is uint8 [height, width, 3]."""
    if rgb.dtype != np.uint8 or rgb.shape != (height, width, 3):
        raise FrameSizeError(
            f"picture is {rgb.dtype} {rgb.shape}; this encoder takes uint8 ({height}, {width}, 3)"
        )


@dataclass(frozen=True, kw_only=True)
class EncodedFrame:
    """One coded frame."""

    payload: bytes
    "the bitstream of this frame"
    keyframe: bool
    "decodable without any earlier frame"
    droppable: bool = False
    "no later frame is predicted from this one"
    quality: float | None = None
    "that it was really coded at, where that is not the one asked for"
    refinement: bool = False
    "coded finer than asked for, of a scene that stands still: its size says nothing of the quality asked for"

    note: str = ""
    "what the codec decided and why, for statistics"

    @property
    def bits(self) -> int:
        """Size of the payload in bits."""
        return 8 * len(self.payload)


@dataclass(frozen=True, kw_only=True)
class BitBudget:
    """What frames may take in the long run."""

    bytes_a_frame: float
    "of payload, on average"
    best_quality: float = 1.0
    "finer is not worth sending, however few bits it takes; 0 to 1"


class Encoder(Protocol):
    """Turns pictures of one size into payloads; owns the sender's half of the stream state."""

    def encode(
        self,
        rgb: Rgb,
        *,
        quality: float = 0.5,
        keyframe: bool = False,
        droppable: bool = False,
        budget: BitBudget | None = None,
    ) -> EncodedFrame:
        """Code one picture.

        Args:
            rgb: uint8 [H, W, 3], the size the encoder was made for; FrameSizeError otherwise.
            quality: 0 (fewest bits) to 1 (best picture); may change on every frame.
            keyframe: predict from no earlier frame, so that a receiver can start here. The encoder may
                decide so itself, where the scene is cut.
            droppable: predict no later frame from this one, so that a slow receiver may leave it out;
                says nothing on keyframes, which all later frames need.
            budget: None where nothing limits the bits. A codec that holds a bitrate by itself goes by it
                instead of the quality; the others leave it to the caller to choose the quality.
        """
        ...


@runtime_checkable
class RestingEncoder(Protocol):
    """An encoder that can give threads and memory back while nobody wants its pictures."""

    def rest(self) -> None:
        """Give back what the next picture, which will be a keyframe, takes again."""
        ...


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a decoded picture comes from."""

    painted: bool = False
    "a network painted texture that the payload does not hold: it is plausible, and no evidence"
    warning: str = ""
    "what people should be told from this picture on; told with this picture alone"


class Decoder(Protocol):
    """Turns payloads back into pictures; owns the receiver's half of the stream state."""

    @property
    def provenance(self) -> Provenance:
        """Of the picture that `decode` returned last."""
        ...

    def decode(self, payload: bytes) -> Rgb:
        """Decode one payload to uint8 [H, W, 3].

        Raises BitstreamError (ReferenceMismatch among them); usable again from the next keyframe.
        """
        ...

    def follow(self, payload: bytes) -> None:
        """Take a payload whose picture is not wanted, only those of later ones: no network paints it.

        Errors as in `decode`. Pictures that are painted afterwards may differ in texture from those that come
        where every payload was decoded.
        """
        ...


@runtime_checkable
class LiveDecoder(Protocol):
    """A decoder that can work faster, with a plainer picture, where a stream has got ahead of it."""

    backlog: int
    "frames that wait to be decoded behind the next one; its owner sets it before each frame"


@runtime_checkable
class RestoringDecoder(Protocol):
    """A decoder whose generator may be told, between two payloads, when to paint."""

    def restore(self, when: Restore) -> None:
        """Paint from the next picture on always, never, or where there is time for it (auto).

        A generator that was not wanted before is loaded first; the plainer picture is shown meanwhile.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class CodecInfo:
    """A codec that this installation can encode and decode."""

    name: str
    "as on the command line, one of codec.registry.CODECS"
    model_id: str
    "hash of the integers that the latent codec's two sides share; empty for codecs that share none"
    keyframes_only: bool = False
    "codes each picture by itself, whatever is asked for"
