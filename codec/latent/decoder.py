"""The receiver's half of the latent codec: payload in, picture out."""

from __future__ import annotations

import torch
from torch import Tensor

from codec.api import Provenance, Rgb
from codec.errors import BitstreamError, ReferenceMismatch
from codec.latent.config import Y_UNIT, latent_size
from codec.latent.entropy import SymbolReader
from codec.latent.exact import ExactModel
from codec.latent.header import LatentHeader, unpack_latent
from codec.latent.networks import SynthesisNetwork
from codec.latent.quantiser import ResidualReader
from codec.latent.reference import ReferenceState, checksum
from codec.picture import to_rgb
from codec.stages import CodingStage, OnStage, ignore_stage


class LatentDecoder:
    """Decoder of one stream of one picture size; see codec.api.Decoder."""

    provenance = Provenance(painted=True)
    "of every picture: the latents tell what is where, and the network paints it"

    def __init__(self, synthesis: SynthesisNetwork, exact: ExactModel, *, width: int, height: int) -> None:
        self._synthesis, self._exact = synthesis, exact
        self._width, self._height = width, height
        self._state: ReferenceState | None = None
        self._shown: Rgb | None = None  # picture of the last reference frame
        self.on_stage: OnStage = ignore_stage
        "called when a stage ends, for benchmarks"

    @torch.inference_mode()
    def decode(self, payload: bytes) -> Rgb:
        """Decode one payload; see codec.api.Decoder.decode."""
        try:
            header, symbols = unpack_latent(payload)
            if header.skip:
                return self._skip(header, symbols)
            return self._decode(header, symbols)
        except BitstreamError:
            self._state = None  # usable again from the next keyframe
            raise

    @property
    def reference_checksum(self) -> int | None:
        """CRC-32 of the last reference frame's latents, None before the first: the encoder's is the same."""
        return None if self._state is None else checksum(self._state.reference_1)

    def _decode(self, header: LatentHeader, symbols: bytes) -> Rgb:
        state = self._state_for(header)
        assert self._exact.tables is not None
        reader = SymbolReader(self._exact.tables, symbols)
        y_hat = self._exact.code(state, header.q_level, ResidualReader(reader, self.on_stage))
        reader.finish()
        _compare(y_hat, header.checksum)
        self.on_stage(CodingStage.EXACT)
        picture = self._synthesis(y_hat / Y_UNIT, header.q_level)
        self.on_stage(CodingStage.SYNTHESIS)
        rgb = to_rgb(picture, self._width, self._height)
        if not header.droppable:
            self._state = state.advanced(y_hat)
            self._shown = rgb.copy()
        self.on_stage(CodingStage.COLOUR)
        return rgb

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
        return self._state

    def _skip(self, header: LatentHeader, symbols: bytes) -> Rgb:
        if symbols:
            raise BitstreamError(f"{len(symbols)} bytes behind a skip frame")
        state = self._state_for(header)
        _compare(state.reference_1, header.checksum)
        if not header.droppable:
            self._state = state.advanced(state.reference_1)
        assert self._shown is not None
        return self._shown.copy()


def _compare(y_hat: Tensor, expected: int | None) -> None:
    """Raise ReferenceMismatch where the frame carries another checksum than its latents have here."""
    if expected is not None and checksum(y_hat) != expected:
        raise ReferenceMismatch("the checksum of the latents differs from the sender's; a keyframe is needed")
