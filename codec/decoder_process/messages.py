"""What a program and its decoder process write to each other: requests with a payload, one-line answers."""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import asdict, dataclass

MAX_ANSWER_BYTES = 400
"A line for people; a process that answers at greater length is no decoder any more."

NO_PICTURE = 255
"In place of a picture's number, where it is not wanted."
MAX_INLINE_BYTES = 16_384
"Of a payload that is written behind its request."

_REQUEST = struct.Struct("<BII")
_ANSWER = struct.Struct("<BH")
_OK, _REFUSED = 0, 1


@dataclass(frozen=True, kw_only=True)
class DecoderSpec:
    """A decoder to be opened, instead of the one before."""

    format: str
    "of the packets or files: av1, h264, jpeg, png, webp, avif"
    width: int
    "of the coded picture, pixels"
    height: int
    "of the coded picture, pixels"
    threads: int = 1
    "of the decoder"


@dataclass(frozen=True, kw_only=True)
class ProcessSetup:
    """What a process is told once, before its first request."""

    width: int
    "of the shown pictures, pixels"
    height: int
    "of the shown pictures, pixels"
    memory_bytes: int
    "size of the shared memory"


@dataclass(frozen=True, kw_only=True)
class DecodeRequest:
    """A payload to be decoded."""

    picture: int
    "number of the shared picture that it is decoded to, or NO_PICTURE"
    spec: DecoderSpec | None
    "the decoder to be opened for it; None goes on with the one before"
    length: int
    "of the payload, bytes"
    payload: bytes = b""
    "the bitstream, where it is short; a longer one lies in the shared memory"


def send_setup(connection: socket.socket, setup: ProcessSetup) -> None:
    """Tell a process what it will decode."""
    text = json.dumps(asdict(setup)).encode()
    connection.sendall(_REQUEST.pack(0, len(text), 0) + text)


def receive_setup(connection: socket.socket) -> ProcessSetup:
    """Read what send_setup wrote; EOFError where the program has ended."""
    _, length, _ = _REQUEST.unpack(_receive(connection, _REQUEST.size))
    return ProcessSetup(**json.loads(_receive(connection, length)))


def send_request(connection: socket.socket, request: DecodeRequest) -> None:
    """Send a request."""
    spec = json.dumps(asdict(request.spec)).encode() if request.spec else b""
    connection.sendall(_REQUEST.pack(request.picture, len(spec), request.length) + spec + request.payload)


def receive_request(connection: socket.socket) -> DecodeRequest:
    """Read what send_request wrote; EOFError where the program has ended."""
    picture, spec_length, length = _REQUEST.unpack(_receive(connection, _REQUEST.size))
    spec = DecoderSpec(**json.loads(_receive(connection, spec_length))) if spec_length else None
    payload = _receive(connection, length) if length <= MAX_INLINE_BYTES else b""
    return DecodeRequest(picture=picture, spec=spec, length=length, payload=payload)


def send_answer(connection: socket.socket, refusal: str | None) -> None:
    """Say that a request is done, or why it is not."""
    text = (refusal or "").encode("utf-8", "replace")[:MAX_ANSWER_BYTES]
    connection.sendall(_ANSWER.pack(_OK if refusal is None else _REFUSED, len(text)) + text)


def receive_answer(connection: socket.socket) -> str | None:
    """Read what send_answer wrote: None, or why not; EOFError where it is no answer, of a hostile process."""
    status, length = _ANSWER.unpack(_receive(connection, _ANSWER.size))
    if status > _REFUSED or length > MAX_ANSWER_BYTES:
        raise EOFError(f"an answer of {length} bytes with status {status}")
    text = _receive(connection, length).decode("utf-8", "replace")
    return text if status == _REFUSED else None


def _receive(connection: socket.socket, length: int) -> bytes:
    if length == 0:
        return b""
    data = connection.recv(length)
    if len(data) == length:
        return data
    buffer = bytearray(length)
    at = len(data)
    buffer[:at] = data
    with memoryview(buffer) as view:
        while at < length:
            count = connection.recv_into(view[at:]) if at else 0
            if not count:
                raise EOFError("the other process has ended")
            at += count
    return bytes(buffer)
