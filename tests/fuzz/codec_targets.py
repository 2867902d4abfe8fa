"""The parsers of what a sender's codec announces and codes, as fuzzers call them."""

from __future__ import annotations

from functools import cache

import numpy as np

from narrowcast import codec
from narrowcast.codec.classic.huffman import huffman_decode, huffman_encode
from narrowcast.codec.classic.lzw import lzw_decode, lzw_encode
from narrowcast.codec.classic.picture_header import check_png_pixels, picture_size
from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.hybrid.base_format import AV1, H264, BaseFormat
from narrowcast.codec.hybrid.base_layer import BaseEncoder
from narrowcast.codec.hybrid.decoder import HybridDecoder
from narrowcast.codec.hybrid.header import BaseStream, PayloadChain
from narrowcast.codec.hybrid.packet_check import Av1Check, H264Check
from narrowcast.codec.latent.config import SCALE_ROWS
from narrowcast.codec.latent.entropy import EntropyTables, gaussian_tables
from narrowcast.codec.latent.header import LatentHeader, pack_latent, unpack_latent
from narrowcast.codec.latent.symbol_coders import symbol_reader, symbol_writer
from narrowcast.codec.names import Entropy
from tests.codec.hostile_payloads import Target
from tests.codec.sequences import moving
from tests.fuzz.target import FuzzTarget

SIDE = 64
SMALL = 8


@cache
def picture() -> codec.Rgb:
    """A smooth picture with a few edges, 64x64."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    return np.stack([rows * 4, columns * 4, (rows // 4 + columns // 4) % 2 * 200], axis=2).astype(np.uint8)


def classic(name: str) -> FuzzTarget:
    """A picture format's header; and PNG's pixels, which are inflated here."""

    def parse(data: bytes) -> None:
        size = picture_size(name, data)
        if name == "png" and size.width * size.height <= SIDE * SIDE:
            check_png_pixels(data, size)

    def seeds() -> list[bytes]:
        encoder = codec.create_encoder(name, width=SIDE, height=SIDE)
        return [encoder.encode(picture(), quality=quality).payload for quality in (0.1, 0.6)]

    return FuzzTarget(name=name, seeds=seeds, parse=parse, refusals=(BitstreamError,))


@cache
def _packets(base: BaseFormat) -> tuple[bytes, ...]:
    encoder = BaseEncoder(base, SIDE, SIDE, crf=base.crf_thin, scale=0, preset=12)
    return tuple(encoder.encode(rgb, keyframe=index == 0) for index, rgb in enumerate(moving(SIDE, SIDE, 3)))


def packet_check(base: BaseFormat) -> FuzzTarget:
    """What stands before the video decoder: a keyframe's packet or, behind a good one, an inter frame's."""

    def parse(data: bytes) -> None:
        check = Av1Check() if base is AV1 else H264Check()
        if data[:1] == b"i":
            check(_packets(base)[0], (SIDE, SIDE))
        check(data[1:], (SIDE, SIDE))

    def seeds() -> list[bytes]:
        key, *inter = _packets(base)
        return [b"k" + key, *(b"i" + packet for packet in inter)]

    return FuzzTarget(name=f"packet-{base.name}", seeds=seeds, parse=parse, refusals=(BitstreamError,))


def hybrid() -> FuzzTarget:
    """A keyframe of the format that the first byte says, under a good header, so that it is decoded."""

    def parse(data: bytes) -> None:
        base = H264 if data[:1] == b"h" else AV1
        decoder = HybridDecoder(None, width=SIDE, height=SIDE)
        assert decoder.decode(_payload(base, data[1:])).shape == (SIDE, SIDE, 3)

    def seeds() -> list[bytes]:
        return [b"a" + _packets(AV1)[0], b"h" + _packets(H264)[0]]

    return FuzzTarget(name="hybrid", seeds=seeds, parse=parse, refusals=(BitstreamError,))


def _payload(base: BaseFormat, packet: bytes) -> bytes:
    return PayloadChain().pack(packet, crf=50, stream=BaseStream(base=base, scale=0, width=SIDE, height=SIDE))


def latent() -> FuzzTarget:
    """A latent payload as a whole, behind decoded frames; its predictor and synthesis do nothing."""

    @cache
    def target() -> Target:
        return Target(whole=False)

    return FuzzTarget(
        name="latent",
        seeds=lambda: [target().payloads[0], target().payloads[-1]],
        parse=lambda data: target().meet(data),
        refusals=(BitstreamError,),
    )


def _latent_header(data: bytes) -> None:
    header, symbols = unpack_latent(data)
    assert pack_latent(header) + symbols == data


def _latent_header_seeds() -> list[bytes]:
    return [
        pack_latent(LatentHeader(q_level=100, keyframe=True, width=640, height=360, checksum=7)) + b"symbols",
        pack_latent(LatentHeader(q_level=100, counter=5)) + b"symbols",
        pack_latent(LatentHeader(q_level=100, counter=5, skip=True, checksum=7)),
    ]


@cache
def _tables() -> tuple[EntropyTables, np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    return EntropyTables(gaussian_tables()), np.array([5] * 6 + [SCALE_ROWS - 1] * 6, np.uint8)


def latent_symbols(name: str, entropy: Entropy) -> FuzzTarget:
    """The coded string of a latent frame, for one of the entropy coders."""

    def parse(data: bytes) -> None:
        tables, rows = _tables()
        reader = symbol_reader(entropy, tables, data, len(rows))
        assert reader.read(rows).shape == (12,)
        reader.finish()

    def seeds() -> list[bytes]:
        tables, rows = _tables()
        writer = symbol_writer(entropy, tables)
        writer.write(np.random.default_rng(3).integers(-2, 3, 12).astype(np.int32), rows)
        return [writer.finish()]

    return FuzzTarget(name=name, seeds=seeds, parse=parse)


def codec_targets() -> list[FuzzTarget]:
    """Every parser that payloads of frames and stills pass through."""
    return [
        latent(),
        FuzzTarget(name="latent-header", seeds=_latent_header_seeds, parse=_latent_header),
        latent_symbols("latent-symbols", "range"),
        latent_symbols("latent-huffman", "huffman"),
        latent_symbols("latent-lzw", "lzw"),
        FuzzTarget(
            name="hybrid-header",
            seeds=lambda: [_payload(base, _packets(base)[0]) for base in (AV1, H264)],
            parse=lambda data: PayloadChain().unpack(data),
            refusals=(BitstreamError,),
        ),
        packet_check(AV1),
        packet_check(H264),
        hybrid(),
        *(classic(name) for name in ("jpeg", "png", "webp", "avif")),
        FuzzTarget(
            name="huffman",
            seeds=lambda: [huffman_encode(picture()[:SMALL, :SMALL])],
            parse=lambda data: huffman_decode(data, width=SMALL, height=SMALL),
        ),
        FuzzTarget(
            name="lzw",
            seeds=lambda: [lzw_encode(picture()[:SMALL, :SMALL])],
            parse=lambda data: lzw_decode(data, width=SMALL, height=SMALL),
        ),
    ]
