"""The readers of files that may come from anybody, as fuzzers call them."""

from __future__ import annotations

import gzip
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

from narrowcast.codec.idx_file import IdxError, read_idx
from narrowcast.receiver.recording import payload_records
from narrowcast.receiver.recording.payload_file import PayloadFile
from narrowcast.receiver.recording.payload_index import PayloadIndex
from narrowcast.runtime.config_file import read_settings
from narrowcast.runtime.settings import fields_of
from narrowcast.sender.config import SenderConfig
from tests.codec.digit_files import write_digits
from tests.fuzz.target import FuzzTarget
from tests.receiver.ncast_samples import coded_frames, record
from tests.receiver.recording.test_payload_records import FRAME, STREAM

GOLDEN = Path(__file__).parents[1] / "golden"


def _through_file(read: Callable[[Path], object], suffix: str) -> Callable[[bytes], object]:
    """A parser that reads a file."""
    # In memory where that can be: a disk takes ten times as long as most parsers.
    memory = Path("/dev/shm")
    folder = tempfile.mkdtemp(prefix="narrowcast-fuzz-", dir=memory if memory.is_dir() else None)
    path = Path(folder) / f"input{suffix}"

    def parse(data: bytes) -> object:
        path.write_bytes(data)
        return read(path)

    return parse


def _read_recording(path: Path) -> int:
    with PayloadFile(path) as file:
        index = PayloadIndex(file)
        for time_us in (0, 150_000, index.end_us):
            index.entry_before(time_us)
            index.entry_after(time_us)
        return sum(1 for _ in file.records())


def _read_record(data: bytes) -> object:
    """A record's body under a good checksum, which no fuzzer would find."""
    header = payload_records.FileHeader(salt=7)
    checksum = payload_records._checksum(data, header)
    return payload_records.unpack(struct.pack("<4sII", header.mark, len(data), checksum) + data, header)


def _record_seeds() -> list[bytes]:
    header = payload_records.FileHeader(salt=7)
    return [payload_records.pack(record, header)[payload_records.HEAD_BYTES :] for record in (STREAM, FRAME)]


def _recording_seeds() -> list[bytes]:
    path = Path(tempfile.mkdtemp(prefix="narrowcast-fuzz-")) / "seed.ncast"
    record(path, coded_frames(3))
    return [path.read_bytes(), (GOLDEN / "recording-1.ncast").read_bytes()[:900]]


def _idx_seeds() -> list[bytes]:
    path = write_digits(Path(tempfile.mkdtemp(prefix="narrowcast-fuzz-")) / "t10k-images-idx3-ubyte.gz", 3)
    return [gzip.decompress(path.read_bytes())]


def _read_toml(path: Path) -> object:
    return read_settings(path, fields_of(SenderConfig))


def file_targets() -> list[FuzzTarget]:
    """Every reader of files."""
    return [
        FuzzTarget(name="ncast-record", seeds=_record_seeds, parse=_read_record),
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
    ]
