"""Every parser of bytes from outside, as fuzzers call it: seeds, the parser, what it may refuse with."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import codec
from codec.classic.huffman import huffman_decode, huffman_encode
from codec.classic.lzw import lzw_decode, lzw_encode
from codec.classic.picture_header import check_png_pixels, picture_size
from codec.errors import BitstreamError
from codec.hybrid.base_format import AV1, H264, BaseFormat
from codec.hybrid.base_layer import BaseEncoder
from codec.hybrid.decoder import HybridDecoder
from codec.hybrid.header import BaseStream, PayloadChain
from codec.hybrid.packet_check import Av1Check, H264Check
from codec.idx_file import IdxError, read_idx
from codec.latent.config import SCALE_ROWS
from codec.latent.entropy import EntropyTables, SymbolReader, SymbolWriter, gaussian_tables
from codec.latent.header import LatentHeader, pack_latent, unpack_latent
from narrowcast.errors import NarrowcastError
from protocol.endpoint import parse_endpoint
from protocol.keys import key_text, parse_key
from protocol.wire.packing import unpack_with_riders
from tests.codec.digit_files import write_digits
from tests.codec.hostile_payloads import Target
from tests.codec.sequences import moving
from tests.fuzz import test_protocol as protocol_samples
from tests.receiver.ncast_samples import coded_frames, record

SIDE = 64
SMALL = 8
CORPUS = Path(__file__).parent / "corpus"
"Inputs that found a fault once, a folder a target: they stay among the seeds."


@dataclass(frozen=True, kw_only=True)
class FuzzTarget:
    """One parser."""

    name: str
    "on the command line, and of its folder of inputs"
    seeds: Callable[[], Sequence[bytes]]
    "makes inputs that it takes"
    parse: Callable[[bytes], object]
    "takes any bytes, or refuses them"
    refusals: tuple[type[Exception], ...] = (NarrowcastError,)
    "what it may raise"

    def inputs(self) -> list[bytes]:
        """The seeds, and the inputs that found a fault once."""
        kept = sorted((CORPUS / self.name).glob("*")) if (CORPUS / self.name).is_dir() else []
        return [*self.seeds(), *(path.read_bytes() for path in kept)]

    def meet(self, data: bytes) -> bool:
        """Parse; returns whether it was taken. Anything else than a refusal is raised on."""
        try:
            self.parse(data)
        except self.refusals:
            return False
        return True


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


def _symbols(data: bytes) -> None:
    tables, rows = _tables()
    reader = SymbolReader(tables, data)
    assert reader.read(rows).shape == (12,)
    reader.finish()


def _symbol_seeds() -> list[bytes]:
    tables, rows = _tables()
    writer = SymbolWriter(tables)
    writer.write(np.random.default_rng(3).integers(-2, 3, 12).astype(np.int32), rows)
    return [writer.finish()]


def _through_file(read: Callable[[Path], object], suffix: str) -> Callable[[bytes], object]:
    """A parser that reads a file."""
    path = Path(tempfile.mkdtemp(prefix="narrowcast-fuzz-")) / f"input{suffix}"

    def parse(data: bytes) -> object:
        path.write_bytes(data)
        return read(path)

    return parse


def _read_recording(path: Path) -> int:
    from receiver.recording.payload_file import PayloadFile

    with PayloadFile(path) as file:
        return sum(1 for _ in file.records())


def _recording_seeds() -> list[bytes]:
    path = Path(tempfile.mkdtemp(prefix="narrowcast-fuzz-")) / "seed.ncast"
    record(path, coded_frames(3))
    return [path.read_bytes()]


def _idx_seeds() -> list[bytes]:
    import gzip

    path = write_digits(Path(tempfile.mkdtemp(prefix="narrowcast-fuzz-")) / "t10k-images-idx3-ubyte.gz", 3)
    return [gzip.decompress(path.read_bytes())]


def _read_toml(path: Path) -> object:
    from runtime.config_file import read_settings
    from runtime.settings import fields_of
    from sender.config import SenderConfig

    return read_settings(path, fields_of(SenderConfig))


def _browser_message(data: bytes) -> object:
    from receiver.web.browser_messages import parse_browser_message

    return parse_browser_message(data.decode("utf-8", "replace"))


def _web_request(data: bytes) -> object:
    """A request's query, Host, Origin and cookies, a line each, before the rules of who may see the page."""
    from starlette.datastructures import Headers, QueryParams
    from starlette.requests import cookie_parser

    from receiver.web.access_control import AccessControl
    from receiver.web.address import parse_web_address

    query, host, origin, cookies = (data.split(b"\n", 3) + [b""] * 4)[:4]
    headers = Headers(raw=[(b"host", host), *([(b"origin", origin)] if origin else [])])
    access = AccessControl(parse_web_address("127.0.0.1:8080"), 8080)
    access.new_cookie(headers, QueryParams(query))
    return access.refusal(headers, cookie_parser(cookies.decode("latin-1")))


def all_targets() -> dict[str, FuzzTarget]:
    """Every target by its name."""
    samples = protocol_samples
    targets = [
        FuzzTarget(
            name="message",
            seeds=lambda: samples.FROM_RECEIVER + samples.FROM_SENDER,
            parse=lambda data: unpack_with_riders(data, max_payload_bytes=6000),
        ),
        FuzzTarget(
            name="address",
            seeds=lambda: [b"tcp://127.0.0.1:5555", b"tcp://[::1]:5555", b"ipc:///tmp/socket"],
            parse=lambda data: parse_endpoint(data.decode("utf-8", "replace"), bind=False),
        ),
        FuzzTarget(
            name="key",
            seeds=lambda: [key_text(samples.KEY).encode()],
            parse=lambda data: parse_key(data.decode("utf-8", "replace")),
        ),
        latent(),
        FuzzTarget(name="latent-header", seeds=_latent_header_seeds, parse=_latent_header),
        FuzzTarget(name="latent-symbols", seeds=_symbol_seeds, parse=_symbols),
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
        FuzzTarget(name="ncast", seeds=_recording_seeds, parse=_through_file(_read_recording, ".ncast")),
        FuzzTarget(
            name="idx",
            seeds=_idx_seeds,
            parse=_through_file(read_idx, "-images-idx3-ubyte"),
            refusals=(IdxError,),
        ),
        FuzzTarget(
            name="toml",
            seeds=lambda: [
                b'size = "640x360"\nfps = 15\nloop = true\nmax-kbps = 64.5\n',
                b"max-receivers = 0x10\nquality = 1e-1\n",
            ],
            parse=_through_file(_read_toml, ".toml"),
        ),
        FuzzTarget(
            name="browser-message",
            seeds=lambda: [b'{"drawn": 12}', b'{"press": "record"}'],
            parse=_browser_message,
        ),
        FuzzTarget(
            name="web-request",
            seeds=lambda: [
                b"token=abc\n127.0.0.1:8080\n",
                b"\n127.0.0.1:8080\nhttp://127.0.0.1:8080",
                b"\nlocalhost\nhttp://[::1]",
            ],
            parse=_web_request,
        ),
    ]
    return {target.name: target for target in targets}
