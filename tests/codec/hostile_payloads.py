"""Payloads that an attacker or a broken link might send, and a decoder that meets them quickly."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.latent.decoder import LatentDecoder
from narrowcast.codec.latent.passes import CodingPasses
from tests.codec.sequences import moving
from tests.codec.tiny_model import state_of, tiny_decoder, tiny_encoder, tiny_exact

SIDE = 64


def mutated(payload: bytes, count: int, rng: np.random.Generator) -> list[bytes]:
    """Truncated, bit-flipped, extended, spliced and random payloads."""
    variants = []
    for _ in range(count):
        data, kind = bytearray(payload), int(rng.integers(6))
        if kind == 0:
            data = data[: int(rng.integers(len(data)))]
        elif kind == 1:
            data += rng.bytes(int(rng.integers(1, 40)))
        elif kind == 2:
            data = bytearray(rng.bytes(int(rng.integers(1, 300))))
        elif kind == 3:  # a good header, then noise
            data[10:] = rng.bytes(int(rng.integers(300)))
        else:
            for _ in range(int(rng.integers(1, 9))):
                at = int(rng.integers(len(data) if kind == 4 else min(len(data), 12)))
                data[at] ^= 1 << int(rng.integers(8))
        variants.append(bytes(data))
    return variants


class StillPasses(CodingPasses):
    """Predicts reference frame 1, at once: it stands between the attacker's bytes and nothing."""

    def __init__(self) -> None:
        super().__init__(self._first, self._second)

    @staticmethod
    def _first(
        reference_1: Tensor, reference_2: Tensor, entry: Tensor, rows: Tensor, dead_zone: Tensor, key: Tensor
    ) -> tuple[Tensor, ...]:
        return reference_1, key, reference_1, rows.clamp(0, 63).expand_as(reference_1)

    @staticmethod
    def _second(
        context: Tensor, innovation: Tensor, reference_1: Tensor, gate: Tensor, rows: Tensor, zone: Tensor
    ) -> tuple[Tensor, ...]:
        return reference_1, rows.clamp(0, 63).expand_as(reference_1)


class Target:
    """A decoder under attack: it has decoded some frames, and gets variants of two payloads from there."""

    def __init__(self, *, whole: bool) -> None:
        """Build it with the tiny model; not `whole` leaves the predictor's work out."""
        encoder = tiny_encoder(SIDE, SIDE)
        self.decoder = tiny_decoder(SIDE, SIDE)
        encoder._exact = self.decoder._exact = tiny_exact()
        if not whole:
            self.decoder._exact._passes = StillPasses()
        # The synthesis is not what is under attack, and a grey picture is quicker.
        self.decoder._synthesis = lambda y_hat, q_level: torch.zeros(1, 3, SIDE, SIDE)  # type: ignore[assignment]
        self.payloads = [encoder.encode(picture, quality=0.5).payload for picture in moving(SIDE, SIDE, 4)]
        for payload in self.payloads[:-1]:
            self.decoder.decode(payload)
        self._state = state_of(self.decoder)

    def variants(self, count: int, rng: np.random.Generator) -> list[bytes]:
        """Return hostile variants of a keyframe and of the inter frame that comes next."""
        return [*mutated(self.payloads[0], count // 2, rng), *mutated(self.payloads[-1], count // 2, rng)]

    def meet(self, payload: bytes) -> bool:
        """Decode from the same state each time; return whether it gave a picture, not the named error."""
        self.decoder._state = self._state
        return decodes(self.decoder, payload)

    def recover(self) -> None:
        """Go on at the next keyframe, as after any error."""
        for payload in self.payloads:
            self.decoder.decode(payload)


def decodes(decoder: LatentDecoder, payload: bytes) -> bool:
    """Return whether the payload gave a picture; whatever else than BitstreamError is raised is a fault."""
    try:
        picture = decoder.decode(payload)
    except BitstreamError:
        return False
    assert picture.shape == (SIDE, SIDE, 3)
    return True
