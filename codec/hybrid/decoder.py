"""The receiver's half of the hybrid codec: the base layer's packet in, a restored picture out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from narrowcast.codec.api import Provenance, Rgb
from narrowcast.codec.errors import BitstreamError, ReferenceMismatch
from narrowcast.codec.hybrid.base_format import BaseFormat, scaled_size
from narrowcast.codec.hybrid.base_layer import BaseDecoder
from narrowcast.codec.hybrid.header import BaseStream, HybridHeader, PayloadChain
from narrowcast.codec.hybrid.restoration_pace import LivePace
from narrowcast.codec.names import Restore
from narrowcast.codec.stages import CodingStage, OnStage, ignore_stage
from narrowcast.errors import CodecError

if TYPE_CHECKING:  # the base layer's pictures are shown before torch is loaded
    from narrowcast.codec.hybrid.restoration_network import RestorationNetwork

ComingRestoration: TypeAlias = "Future[RestorationNetwork | None]"
"A generator that is still being loaded, in a thread of its own."

logger = logging.getLogger(__name__)

TOO_SLOW = (
    "the generator takes %.0f ms for a picture of %dx%d here and cannot keep up; showing the base layer's "
    "pictures, and trying again later (a smaller size at the sender helps)"
)

MAX_BACKLOG = 2
"""With more frames waiting behind one, it is shown for a moment only: a live stream has to catch up, and the
generator takes most of the time. Two come at once where frames share messages."""

CANNOT_BE_LOADED = (CodecError, MemoryError, OSError, RuntimeError)
"""What loading the generator raises; RuntimeError: out of memory, from torch and OpenVINO."""


class PacketDecoder(Protocol):
    """Decodes the packets of one stream of the base layer; see codec.hybrid.base_layer.BaseDecoder."""

    def decode(self, packet: bytes, shown_size: tuple[int, int]) -> Rgb:
        """Decode one packet to uint8 [H, W, 3] of the shown size (width, height), or raise BitstreamError."""
        ...

    def follow(self, packet: bytes) -> None:
        """Decode one packet whose picture is not wanted."""
        ...


OpenPacketDecoder = Callable[[BaseFormat, tuple[int, int]], PacketDecoder]
"Opens the decoder of a stream of this format, whose coded pictures have this size (width, height)."


class HybridDecoder:
    """Decoder of one stream of one picture size; see codec.api.Decoder."""

    def __init__(
        self,
        restoration: RestorationNetwork | ComingRestoration | None,
        *,
        width: int,
        height: int,
        threads: int = 1,
        live: bool = False,
        open_packet_decoder: OpenPacketDecoder | None = None,
        load: Callable[[], ComingRestoration] | None = None,
    ) -> None:
        """Make the decoder.

        Args:
            restoration: the generator; the base picture is shown until it is loaded, and where it is None.
            width: pixels.
            height: pixels.
            threads: of the base layer's decoder.
            live: the base picture is shown too where the generator cannot keep up with the stream.
            open_packet_decoder: opens the base layer's decoders; None decodes in this process.
            load: loads the generator where `restore` asks for it later; None where there is none to load.
        """
        self._restoration: RestorationNetwork | None = None
        self._coming: ComingRestoration | None = None
        self._load, self._rests = load, False
        if isinstance(restoration, Future):
            self._coming = restoration
        else:
            self._restoration = restoration
        self._pace = LivePace() if live else None
        self._width, self._height = width, height
        self._open_packet_decoder: OpenPacketDecoder = open_packet_decoder or partial(
            BaseDecoder, threads=threads
        )
        self._stream: BaseStream | None = None
        self._decoder: PacketDecoder | None = None
        self._chain = PayloadChain()
        self.backlog = 0
        "frames that wait behind the next one; see codec.api.LiveDecoder"
        self.provenance = Provenance()
        "of the last picture; see codec.api.Decoder"
        self.on_stage: OnStage = ignore_stage
        "called when a stage ends, for benchmarks"

    def restore(self, when: Restore) -> None:
        """Change when the generator paints; see codec.api.RestoringDecoder."""
        self._rests = when == "never"
        if when == "always" or self._rests:
            self._pace = None
        else:
            self._pace = self._pace or LivePace()
        if not self._rests and self._restoration is None and self._coming is None and self._load is not None:
            self._coming = self._load()

    def decode(self, payload: bytes) -> Rgb:
        """Decode one payload; see codec.api.Decoder.decode."""
        try:
            header, packet = self._chain.unpack(payload)
            stream, decoder = self._follow(header)
            base = decoder.decode(packet, (self._width, self._height))
        except BitstreamError:
            self._decoder = None  # usable again from the next keyframe
            raise
        self.on_stage(CodingStage.BASE)
        self._take_loaded()
        shown, warning = base, ""
        if self._restoration is not None and self._has_time():
            restored = self._restoration.picture(base, stream, header, self.on_stage)
            if self._pace is not None and self._pace.restored():
                warning = TOO_SLOW % (1000 * self._pace.seconds, self._width, self._height)
            shown = restored if self._pace is None or self._pace.shown else base
        elif self._restoration is not None:
            self._restoration.forget()
        # A generator that changed nothing has painted nothing.
        painted = shown is not base and not np.array_equal(shown, base)
        self.provenance = Provenance(painted=painted, warning=warning)
        return shown

    def follow(self, payload: bytes) -> None:
        """Decode the base layer alone; see codec.api.Decoder.follow."""
        try:
            header, packet = self._chain.unpack(payload)
            self._follow(header)[1].follow(packet)
        except BitstreamError:
            self._decoder = None  # usable again from the next keyframe
            raise
        if self._restoration is not None:
            self._restoration.forget()

    def _has_time(self) -> bool:
        """Whether to restore this picture: always, or where a live stream leaves the time for it."""
        if self._rests:
            return False
        if self._pace is None:
            return True
        paced = self._pace.begin()
        return paced and self.backlog <= MAX_BACKLOG

    def _take_loaded(self) -> None:
        """Take the generator as soon as it is loaded; where it cannot be, the base picture goes on."""
        if self._coming is None or not self._coming.done():
            return
        coming, self._coming = self._coming, None
        try:
            self._restoration = coming.result()
        except CANNOT_BE_LOADED as error:
            reason = str(error) or type(error).__name__
            logger.warning("the generator cannot be loaded (%s); showing the base layer's picture", reason)

    def _follow(self, header: HybridHeader) -> tuple[BaseStream, PacketDecoder]:
        """Return the stream that the packet belongs to and its decoder."""
        if header.stream is not None:
            return self._start(header.stream)
        if self._stream is None or self._decoder is None:
            raise ReferenceMismatch("no keyframe has been decoded yet; a keyframe is needed")
        return self._stream, self._decoder

    def _start(self, stream: BaseStream) -> tuple[BaseStream, PacketDecoder]:
        """Start at a keyframe, with a fresh decoder: nothing of a broken stream stays."""
        if (stream.width, stream.height) != (self._width, self._height):
            raise BitstreamError(
                f"keyframe of {stream.width}x{stream.height}; this decoder was made for "
                f"{self._width}x{self._height}"
            )
        if self._restoration is not None:
            self._restoration.forget()  # what was painted before, perhaps for another sender
        coded = scaled_size(stream.width, stream.height, stream.scale)
        self._stream, self._decoder = stream, self._open_packet_decoder(stream.base, coded)
        return self._stream, self._decoder
