"""The receiver's half of the hybrid codec: the base layer's packet in, a restored picture out."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import torch
from torch import Tensor

from codec.api import Rgb
from codec.backends import Backend, Runner
from codec.errors import BitstreamError, HistoryMismatch
from codec.hybrid.base_format import scaled_size
from codec.hybrid.base_layer import BaseDecoder
from codec.hybrid.header import BaseStream, HybridHeader, PayloadChain
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

logger = logging.getLogger(__name__)

TOO_SLOW = (
    "the generator takes %.0f ms for a picture of %dx%d here and cannot keep up; showing the base layer's "
    "pictures, and trying again later (--restore always keeps it; a smaller --size at the sender helps)"
)


@dataclass(frozen=True, kw_only=True)
class _Memory:
    """What is remembered of the last picture, each [1, 3, H, W]."""

    base: Tensor
    residual: Tensor
    "whole, not as strong as it was shown"
    shown: Tensor


class RestorationNetwork:
    """The generator on a backend, with what it remembers of the last picture."""

    def __init__(self, restoration: Restoration, backend: Backend, height: int, width: int) -> None:
        """Compile for base pictures [1, 3, height, width], multiples of STRIDE."""
        self._restoration = restoration.eval()
        shape = 1, 3, height, width
        gain_shape = 1, restoration.gain_channels, 1, 1
        self._runner: Runner = backend.runner(restoration, (shape, shape, shape, gain_shape))
        self._memory: _Memory | None = None

    def gain(self, stream: BaseStream, crf: int, *, keyframe: bool) -> Tensor:
        """Return the gains and shifts for a picture of this base stream."""
        told = conditions(stream.base, crf, stream.scale, keyframe=keyframe, detail=stream.detail)
        return self._restoration.gain(
            torch.tensor([told], device=next(self._restoration.parameters()).device)
        )

    def forget(self) -> None:
        """Begin anew: pictures were shown that the memory has not seen."""
        self._memory = None

    def restore(self, base: Tensor, gain: Tensor, strength: float = 1.0) -> Tensor:
        """Map a base picture [1, 3, H, W] in [0, 1] to the restored one, and remember the whole residual."""
        memory = self._memory or _Memory(base=base, residual=torch.zeros_like(base), shown=base)
        residual = self._runner(base, memory.base, memory.residual, gain)[0].to(base.device).clone()
        shown = base + strength * residual
        if self._memory is not None:
            shown = hold_still(shown, memory.shown, base, memory.base)
        self._memory = _Memory(base=base, residual=residual, shown=shown)
        return shown


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
    ) -> None:
        """Make the decoder.

        Args:
            restoration: the generator; None shows the base picture.
            width: pixels.
            height: pixels.
            threads: of the base layer's decoder.
            live: the base picture is shown too where the generator cannot keep up with the stream.
        """
        self._restoration = restoration
        self._pace = LivePace() if live else None
        self._width, self._height, self._threads = width, height, threads
        self._stream: BaseStream | None = None
        self._decoder: BaseDecoder | None = None
        self._chain = PayloadChain()
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
        if self._restoration is None:
            return base
        if self._pace is not None and not self._pace.begin():
            self._restoration.forget()
            return base
        restored = self._restored(self._restoration, base, stream, header)
        if self._pace is None:
            return restored
        if self._pace.restored():
            logger.warning(TOO_SLOW, 1000 * self._pace.seconds, self._width, self._height)
        return restored if self._pace.shown else base

    def _restored(
        self, restoration: RestorationNetwork, base: Rgb, stream: BaseStream, header: HybridHeader
    ) -> Rgb:
        """Run the generator on a base picture."""
        gain = restoration.gain(stream, header.crf, keyframe=header.stream is not None)
        tensor = to_tensor(base, STRIDE)
        self.on_stage(CodingStage.COLOUR)
        quantiser = quantiser_of(stream.base, header.crf)
        strength = restoration_strength(stream.detail, quantiser)
        picture = restoration.restore(tensor, gain, strength)
        self.on_stage(CodingStage.SYNTHESIS)
        rgb = to_rgb(picture, self._width, self._height)
        self.on_stage(CodingStage.COLOUR)
        return rgb

    def _follow(self, header: HybridHeader) -> tuple[BaseStream, BaseDecoder]:
        """Return the stream that the packet belongs to and its decoder."""
        if header.stream is not None:
            return self._start(header.stream)
        if self._stream is None or self._decoder is None:
            raise HistoryMismatch("no keyframe has been decoded yet; a keyframe is needed")
        return self._stream, self._decoder

    def _start(self, stream: BaseStream) -> tuple[BaseStream, BaseDecoder]:
        """Start at a keyframe, with a fresh decoder: nothing of a broken stream stays."""
        if (stream.width, stream.height) != (self._width, self._height):
            raise BitstreamError(
                f"keyframe of {stream.width}x{stream.height}; this decoder was made for "
                f"{self._width}x{self._height}"
            )
        coded = scaled_size(stream.width, stream.height, stream.scale)
        self._stream, self._decoder = stream, BaseDecoder(stream.base, coded, threads=self._threads)
        return self._stream, self._decoder
