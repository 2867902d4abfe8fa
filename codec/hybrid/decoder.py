"""The receiver's half of the hybrid codec: the base layer's packet in, a restored picture out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from codec.api import Provenance, Rgb
from codec.backends import Backend, Runner
from codec.errors import BitstreamError, ReferenceMismatch
from codec.hybrid.base_format import BaseFormat, scaled_size
from codec.hybrid.base_layer import BaseDecoder
from codec.hybrid.header import BaseStream, HybridHeader, PayloadChain
from codec.hybrid.motion import MotionField, MovedMemory, moved_memory
from codec.hybrid.restoration import (
    STRIDE,
    Restoration,
    conditions,
    hold_still,
    quantiser_of,
    restoration_strength,
)
from codec.hybrid.restoration_pace import LivePace
from codec.picture import to_rgb, to_tensor
from codec.stages import CodingStage, OnStage, ignore_stage

TOO_SLOW = (
    "the generator takes %.0f ms for a picture of %dx%d here and cannot keep up; showing the base layer's "
    "pictures, and trying again later (a smaller size at the sender helps)"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Memory:
    """What is remembered of the last picture; tensors are [1, 3, H, W]."""

    rgb: Rgb
    "the base picture, uint8 [height, width, 3]"
    base: Tensor
    "the base picture"
    painted: Tensor
    "base picture and whole residual, not only as much of it as was shown"
    shown: Tensor


class RestorationNetwork:
    """The generator on a backend, with what it remembers of the last picture."""

    def __init__(self, restoration: Restoration, backend: Backend, height: int, width: int) -> None:
        """Compile for base pictures [1, 3, height, width], multiples of STRIDE."""
        self._restoration = restoration.eval()
        shape = 1, 3, height, width
        gain_shape = 1, restoration.gain_channels, 1, 1
        self._runner: Runner = backend.runner(restoration, (shape, shape, shape, gain_shape))
        self._motion = MotionField(height, width)
        self._memory: _Memory | None = None

    def gain(self, stream: BaseStream, crf: int, *, keyframe: bool) -> Tensor:
        """Return the gains and shifts for a picture of this base stream."""
        told = conditions(stream.base, crf, stream.scale, keyframe=keyframe, detail=stream.detail)
        return self._restoration.gain(
            torch.tensor([told], device=next(self._restoration.parameters()).device)
        )

    def forget(self) -> None:
        """Empty the memory: pictures were shown that it has not seen."""
        self._memory = None

    def restore(self, rgb: Rgb, gain: Tensor, strength: float = 1.0) -> Tensor:
        """Map a base picture, uint8 [height, width, 3], to the restored one [1, 3, H, W] in [0, 1].

        What was painted last moves with what is seen: it is remembered for the next picture.
        """
        base = to_tensor(rgb, STRIDE)
        last, memory = self._memory, MovedMemory(base=base, painted=torch.zeros_like(base))
        if last is not None:
            field = torch.from_numpy(self._motion.between(rgb, last.rgb))[None]
            memory = moved_memory(base, last.base, last.painted, field)
        residual = self._runner(base, memory.base, memory.painted, gain)[0].to(base.device)
        shown = base + strength * residual
        if last is not None:
            shown = hold_still(shown, last.shown, base, last.base)
        self._memory = _Memory(rgb=rgb, base=base, painted=base + residual, shown=shown)
        return shown


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
        restoration: RestorationNetwork | None,
        *,
        width: int,
        height: int,
        threads: int = 1,
        live: bool = False,
        open_packet_decoder: OpenPacketDecoder | None = None,
    ) -> None:
        """Make the decoder.

        Args:
            restoration: the generator; None shows the base picture.
            width: pixels.
            height: pixels.
            threads: of the base layer's decoder.
            live: the base picture is shown too where the generator cannot keep up with the stream.
            open_packet_decoder: opens the base layer's decoders; None decodes in this process.
        """
        self._restoration = restoration
        self._pace = LivePace() if live else None
        self._width, self._height = width, height
        self._open_packet_decoder: OpenPacketDecoder = open_packet_decoder or partial(
            BaseDecoder, threads=threads
        )
        self._stream: BaseStream | None = None
        self._decoder: PacketDecoder | None = None
        self._chain = PayloadChain()
        self.provenance = Provenance()
        "of the last picture; see codec.api.Decoder"
        self.on_stage: OnStage = ignore_stage
        "called when a stage ends, for benchmarks"

    @torch.inference_mode()
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
        shown, warning = base, ""
        if self._restoration is not None and (self._pace is None or self._pace.begin()):
            restored = self._restored(self._restoration, base, stream, header)
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

    def _restored(
        self, restoration: RestorationNetwork, base: Rgb, stream: BaseStream, header: HybridHeader
    ) -> Rgb:
        """Run the generator on a base picture."""
        gain = restoration.gain(stream, header.crf, keyframe=header.stream is not None)
        quantiser = quantiser_of(stream.base, header.crf)
        strength = restoration_strength(stream.detail, quantiser)
        picture = restoration.restore(base, gain, strength)
        self.on_stage(CodingStage.SYNTHESIS)
        rgb = to_rgb(picture, self._width, self._height)
        self.on_stage(CodingStage.COLOUR)
        return rgb

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
