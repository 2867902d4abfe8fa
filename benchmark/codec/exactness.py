"""Exactness: footage coded with one variant and decoded with every other gives equal reference states."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from narrowcast.codec import BitstreamError, Rgb

if TYPE_CHECKING:
    from narrowcast.benchmark.codec.backends import Variant


@dataclass(frozen=True, kw_only=True)
class ExactnessRow:
    """One variant of the encoder against one of the decoder."""

    encoder: str
    "how the frames were coded"
    decoder: str
    "how they were decoded"
    frames: int
    "how many"
    equal: int
    "after how many the reference states' checksums were the same"
    error: str = ""
    "what the decoder said where it gave up"


@dataclass(frozen=True, kw_only=True)
class CodedFootage:
    """What an encoder made of the footage."""

    payloads: tuple[bytes, ...]
    "frame by frame"
    checksums: tuple[int | None, ...]
    "of its reference state after each"


def code_footage(variant: Variant, footage: Sequence[Rgb], quality: float, weights: Path) -> CodedFootage:
    """Code every frame with one variant."""
    from narrowcast.benchmark.codec.backends import make_encoder

    height, width = footage[0].shape[:2]
    encoder = make_encoder(variant, width, height, weights)
    payloads, checksums = [], []
    for picture in footage:
        payloads.append(encoder.encode(picture, quality=quality).payload)
        checksums.append(encoder.reference_checksum)
    return CodedFootage(payloads=tuple(payloads), checksums=tuple(checksums))


def compare(
    coded: CodedFootage, encoder: Variant, decoder: Variant, size: tuple[int, int], weights: Path
) -> ExactnessRow:
    """Decode every frame with another variant and compare the reference states; size is (width, height)."""
    from narrowcast.benchmark.codec.backends import make_decoder

    receiver, equal, error = make_decoder(decoder, *size, weights, latents_only=True), 0, ""
    try:
        for payload, checksum in zip(coded.payloads, coded.checksums, strict=True):
            receiver.decode(payload)
            equal += receiver.reference_checksum == checksum
    except BitstreamError as raised:
        error = str(raised)
    return ExactnessRow(
        encoder=encoder.name, decoder=decoder.name, frames=len(coded.payloads), equal=equal, error=error
    )


def measure_exactness(
    footage: Sequence[Rgb],
    variants: Sequence[Variant],
    quality: float,
    weights: Path,
    activity: Callable[[str], None],
) -> Iterator[ExactnessRow]:
    """Encode with the first variant of each kind of device, and decode with every other."""
    height, width = footage[0].shape[:2]
    for encoder in _one_of_each_kind(variants):
        activity(f"exactness: coding {len(footage)} frames with {encoder.name}")
        coded = code_footage(encoder, footage, quality, weights)
        for decoder in variants:
            if decoder is encoder:
                continue
            activity(f"exactness: {encoder.name} -> {decoder.name}")
            yield compare(coded, encoder, decoder, (width, height), weights)


def _one_of_each_kind(variants: Sequence[Variant]) -> list[Variant]:
    kinds: dict[str, Variant] = {}
    for variant in variants:
        kinds.setdefault(variant.name.split(",")[0], variant)
    return list(kinds.values())
