"""The receiver's half of the latent codec: payload in, picture out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from narrowcast.codec.api import Provenance, Rgb
from narrowcast.codec.errors import BitstreamError, ReferenceMismatch
from narrowcast.codec.latent.config import Y_UNIT, latent_size
from narrowcast.codec.latent.exact import ExactModel
from narrowcast.codec.latent.header import LatentHeader, unpack_latent
from narrowcast.codec.latent.networks import SynthesisNetwork
from narrowcast.codec.latent.quantiser import ResidualReader
from narrowcast.codec.latent.reference import ReferenceState, checksum
from narrowcast.codec.latent.symbol_coders import symbol_reader
from narrowcast.codec.names import Entropy
from narrowcast.codec.picture import to_rgb
from narrowcast.codec.stages import CodingStage, OnStage, ignore_stage


@dataclass(frozen=True, kw_only=True, eq=False)
class _Latents:
    """A frame as far as both sides share it."""

    header: LatentHeader
    "of the payload"
    y_hat: Tensor
    "its latents [1, C, h, w], integers in units of 1/64"


class LatentDecoder:
    """Decoder of one stream of one picture size; see codec.api.Decoder."""

    provenance = Provenance(painted=True)
    "of every picture: the latents tell what is where, and the network paints it"

    def __init__(self, synthesis: SynthesisNetwork, exact: ExactModel, *, width: int, height: int) -> None:
        self._synthesis, self._exact = synthesis, exact
        self._width, self._height = width, height
        self._state: ReferenceState | None = None
        self._shown: Rgb | None = None  # picture of the last reference frame; None where it was only followed
        self._q_level = 0  # that the last reference frame was coded with
        self._entropy: Entropy = "range"  # what the keyframe has announced
        self.on_stage: OnStage = ignore_stage
        "called when a stage ends, for benchmarks"

    @torch.inference_mode()
    def decode(self, payload: bytes) -> Rgb:
        """Decode one payload; see codec.api.Decoder.decode."""
        frame = self._read(payload)
        if frame.header.skip and self._shown is not None:
            return self._shown.copy()
        q_level = self._q_level if frame.header.skip else frame.header.q_level
        picture = self._synthesis(frame.y_hat / Y_UNIT, q_level)
        self.on_stage(CodingStage.SYNTHESIS)
        rgb = to_rgb(picture, self._width, self._height)
        if not frame.header.droppable:
            self._shown = rgb.copy()
        self.on_stage(CodingStage.COLOUR)
        return rgb

    @torch.inference_mode()
    def follow(self, payload: bytes) -> None:
        """Decode the latents alone; see codec.api.Decoder.follow."""
        frame = self._read(payload)
        if not frame.header.skip and not frame.header.droppable:
            self._shown = None

    @property
    def reference_checksum(self) -> int | None:
        """CRC-32 of the last reference frame's latents, None before the first: the encoder's is the same."""
        return None if self._state is None else checksum(self._state.reference_1)

    def _read(self, payload: bytes) -> _Latents:
        """Decode the latents of a frame and advance the reference state."""
        try:
            header, symbols = unpack_latent(payload)
            state = self._state_for(header)
            y_hat = self._skipped(state, symbols) if header.skip else self._coded(header, state, symbols)
            _compare(y_hat, header.checksum)
        except BitstreamError:
            self._state = None  # usable again from the next keyframe
            raise
        if not header.droppable:
            self._state = state.advanced(y_hat)
            self._q_level = self._q_level if header.skip else header.q_level
            self._entropy = self._entropy if header.skip else header.entropy
        return _Latents(header=header, y_hat=y_hat)

    def _coded(self, header: LatentHeader, state: ReferenceState, symbols: bytes) -> Tensor:
        assert self._exact.tables is not None
        reader = symbol_reader(header.entropy, self._exact.tables, symbols, state.reference_1.numel())
        y_hat = self._exact.code(state, header.q_level, ResidualReader(reader, self.on_stage))
        reader.finish()
        self.on_stage(CodingStage.EXACT)
        return y_hat

    def _skipped(self, state: ReferenceState, symbols: bytes) -> Tensor:
        """The latents of a skip frame: those of the last reference frame."""
        if symbols:
            raise BitstreamError(f"{len(symbols)} bytes behind a skip frame")
        return state.reference_1

    def _state_for(self, header: LatentHeader) -> ReferenceState:
        """Return the reference state that the frame was coded from."""
        if header.keyframe:
            if (header.width, header.height) != (self._width, self._height):
                raise BitstreamError(
                    f"keyframe of {header.width}x{header.height}; this decoder was made for "
                    f"{self._width}x{self._height}"
                )
            shape = 1, self._exact.config.latent_channels, *latent_size(self._width, self._height)
            return ReferenceState.empty(shape, self._exact.steps.device)
        if self._state is None:
            raise ReferenceMismatch("no keyframe has been decoded yet; a keyframe is needed")
        if self._state.counter != header.counter:
            raise ReferenceMismatch(
                f"frame follows reference {header.counter}, the decoder is at {self._state.counter}; "
                "a keyframe is needed"
            )
        if header.entropy != self._entropy and not header.skip:
            raise BitstreamError(
                f"the stream's keyframe announced the entropy coder {self._entropy}, this frame names "
                f"{header.entropy}; a keyframe is needed"
            )
        return self._state


def _compare(y_hat: Tensor, expected: int | None) -> None:
    """Raise ReferenceMismatch where the frame carries another checksum than its latents have here."""
    if expected is not None and checksum(y_hat) != expected:
        raise ReferenceMismatch("the checksum of the latents differs from the sender's; a keyframe is needed")
