"""The codecs' parsers against damaged payloads: a picture of the right size or a BitstreamError."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast import codec
from narrowcast.codec.classic.huffman import huffman_decode, huffman_encode
from narrowcast.codec.classic.lzw import lzw_decode, lzw_encode
from narrowcast.codec.classic.picture_header import picture_size
from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.latent.config import SCALE_ROWS
from narrowcast.codec.latent.entropy import EntropyTables, SymbolReader, SymbolWriter, gaussian_tables
from narrowcast.codec.latent.header import LatentHeader, pack_latent, unpack_latent
from tests.codec.tiny_model import tiny_decoder, tiny_encoder
from tests.fuzz.mutations import MESSAGES, fuzz

SIDE = 64
SMALL = 8
"Pixels a side for the decoders written here: what they do is the same at any size, and takes less time."
NETWORK_MESSAGES = 1_000
"For the learned decoder as a whole: all of its parsing is fuzzed by itself, and its networks take time."


def picture(side: int) -> codec.Rgb:
    """A smooth picture with a few edges."""
    rows, columns = np.mgrid[0:side, 0:side]
    return np.stack([rows * 4, columns * 4, (rows // 4 + columns // 4) % 2 * 200], axis=2).astype(np.uint8)


def payload(name: str) -> bytes:
    return codec.create_encoder(name, width=SIDE, height=SIDE).encode(picture(SIDE), quality=0.2).payload


def test_headers_of_the_learned_codec() -> None:
    originals = [
        pack_latent(LatentHeader(q_level=100, keyframe=True, width=640, height=360, checksum=7)) + b"symbols",
        pack_latent(LatentHeader(q_level=100, counter=5)) + b"symbols",
        pack_latent(LatentHeader(q_level=100, counter=5, skip=True, checksum=7)),
    ]

    def parse(data: bytes) -> None:
        header, symbols = unpack_latent(data)
        assert pack_latent(header) + symbols == data

    assert MESSAGES // 4 < fuzz(originals, parse, BitstreamError) < MESSAGES


def test_coded_symbols_of_the_learned_codec() -> None:
    tables = EntropyTables(gaussian_tables())
    numbers = np.random.default_rng(3)
    rows = np.array([5] * 6 + [SCALE_ROWS - 1] * 6, np.uint8)
    writer = SymbolWriter(tables)
    writer.write(numbers.integers(-2, 3, 12).astype(np.int32), rows)
    original = writer.finish()

    def parse(data: bytes) -> None:
        reader = SymbolReader(tables, data)
        assert reader.read(rows).shape == (12,)
        reader.finish()

    assert MESSAGES // 10 < fuzz([original], parse, BitstreamError) < MESSAGES


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "avif"])
def test_headers_of_picture_files(name: str) -> None:
    fuzz([payload(name)[:700]], lambda data: picture_size(name, data), BitstreamError)


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "avif"])
def test_whole_picture_files(name: str) -> None:
    decoder = codec.create_decoder(name, width=SIDE, height=SIDE)

    def parse(data: bytes) -> None:
        assert decoder.decode(data).shape == (SIDE, SIDE, 3)

    fuzz([payload(name)], parse, BitstreamError)


def test_huffman() -> None:
    def parse(data: bytes) -> None:
        assert huffman_decode(data, width=SMALL, height=SMALL).shape == (SMALL, SMALL, 3)

    fuzz([huffman_encode(picture(SMALL))], parse, BitstreamError)


def test_lzw() -> None:
    def parse(data: bytes) -> None:
        assert lzw_decode(data, width=SMALL, height=SMALL).shape == (SMALL, SMALL, 3)

    fuzz([lzw_encode(picture(SMALL))], parse, BitstreamError)


def test_the_learned_decoder_as_a_whole() -> None:
    encoder, decoder = tiny_encoder(SIDE, SIDE), tiny_decoder(SIDE, SIDE)
    originals = [encoder.encode(picture(SIDE), keyframe=number == 0).payload for number in range(3)]

    def parse(data: bytes) -> None:
        assert decoder.decode(data).shape == (SIDE, SIDE, 3)

    assert fuzz(originals, parse, BitstreamError, messages=NETWORK_MESSAGES) > NETWORK_MESSAGES // 4
