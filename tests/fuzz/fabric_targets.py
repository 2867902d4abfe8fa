"""The parsers of what a fabric's server and those who paste its addresses send, as fuzzers call them."""

from __future__ import annotations

import struct

from narrowcast.fabric.records import HEADER, unpack_message
from narrowcast.fabric.state import CameraState, pack_state, unpack_state
from narrowcast.receiver.play.moment import parse_moment
from narrowcast.receiver.recording import payload_records
from narrowcast.runtime.fabric_address import camera_of, parse_fabric
from tests.fabric.fabric_samples_of_messages import STREAM, frames, messages
from tests.fuzz.target import FuzzTarget

CERTIFICATE = "ab" * 32


def fabric_targets() -> list[FuzzTarget]:
    """Every parser of messages and addresses of a fabric."""
    return [
        FuzzTarget(name="fabric-message", seeds=lambda: messages(frames(3)), parse=unpack_message),
        FuzzTarget(name="fabric-record", seeds=_bodies, parse=_read_body),
        FuzzTarget(name="fabric-state", seeds=_states, parse=unpack_state),
        FuzzTarget(
            name="fabric-address",
            seeds=lambda: [b"local", f"nats://u:p@[::1]:4222?cert={CERTIFICATE}".encode(), b"tls://hub"],
            parse=lambda data: parse_fabric(data.decode("utf-8", "replace")),
        ),
        FuzzTarget(
            name="fabric-camera",
            seeds=lambda: [b"fabric:front"],
            parse=lambda data: camera_of(data.decode("utf-8", "replace")),
        ),
        FuzzTarget(
            name="moment",
            seeds=lambda: [b"90.5", b"14:05", b"9:05:10.25", b"2026-11-29 14:05:10"],
            parse=lambda data: parse_moment(data.decode("utf-8", "replace"), "begin"),
        ),
    ]


def _states() -> list[bytes]:
    return [pack_state(CameraState(stream=STREAM, linked=False, ended=True, reason="it ended"))]


def _bodies() -> list[bytes]:
    return [data[payload_records.HEAD_BYTES :] for data in messages(frames(3))[1:]]


def _read_body(data: bytes) -> object:
    """A frame's body under a good checksum, which no fuzzer would find."""
    checksum = payload_records._checksum(data, HEADER)
    return unpack_message(struct.pack("<4sII", HEADER.mark, len(data), checksum) + data)
