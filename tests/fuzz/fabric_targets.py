"""The parsers of what a fabric's server and those who paste its addresses send, as fuzzers call them."""

from __future__ import annotations

import struct

from narrowcast.fabric.fleet.decode_messages import (
    LENGTH,
    CameraDone,
    CameraWork,
    DecodeAnswer,
    DecodeBatch,
    pack_answer,
    unpack_answer,
)
from narrowcast.fabric.records import HEADER, unpack_message
from narrowcast.fabric.state import CameraState, pack_state, unpack_state
from narrowcast.fabric.tile import Alert, CameraTile, pack_tile, unpack_tile
from narrowcast.fabric.wall.wall_messages import parse_wall_message
from narrowcast.receiver.play.moment import parse_moment
from narrowcast.receiver.recording import payload_records
from narrowcast.runtime.fabric_address import camera_of, parse_fabric
from tests.fabric.fabric_samples_of_messages import STREAM, frames, messages
from tests.fuzz.target import FuzzTarget

CERTIFICATE = "ab" * 32
ASKED = DecodeBatch(works=(CameraWork(slot=1, codec="hybrid", width=64, height=64, payloads=(b"x",)),))


def fabric_targets() -> list[FuzzTarget]:
    """Every parser of messages and addresses of a fabric."""
    return [
        FuzzTarget(name="fabric-message", seeds=lambda: messages(frames(3)), parse=unpack_message),
        FuzzTarget(name="fabric-record", seeds=_bodies, parse=_read_body),
        FuzzTarget(name="fabric-tile", seeds=_tiles, parse=unpack_tile),
        FuzzTarget(
            name="fleet-answer",
            seeds=lambda: [pack_answer(DecodeAnswer(done=(CameraDone(slot=1, decoded=2),)))[LENGTH.size :]],
            parse=lambda data: unpack_answer(data, ASKED),
        ),
        FuzzTarget(
            name="wall-message",
            seeds=lambda: [b'{"visible": [0, 1, 5]}', b'{"drawn": 12}'],
            parse=lambda data: parse_wall_message(data.decode("utf-8", "replace")),
        ),
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


def _tiles() -> list[bytes]:
    alert = Alert(kind="offline", since_us=1, detail="the camera is away")
    return [pack_tile(CameraTile(jpeg=b"\xff\xd8x", time_us=2, alerts=(alert,), note="n", worker="w"))]


def _bodies() -> list[bytes]:
    return [data[payload_records.HEAD_BYTES :] for data in messages(frames(3))[1:]]


def _read_body(data: bytes) -> object:
    """A frame's body under a good checksum, which no fuzzer would find."""
    checksum = payload_records._checksum(data, HEADER)
    return unpack_message(struct.pack("<4sII", HEADER.mark, len(data), checksum) + data)
