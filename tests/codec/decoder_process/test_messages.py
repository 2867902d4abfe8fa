"""Tests of messages.py: requests and answers come back as sent, and a hostile process's are refused."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from narrowcast.codec.decoder_process.messages import (
    MAX_ANSWER_BYTES,
    MAX_INLINE_BYTES,
    DecodeRequest,
    DecoderSpec,
    ProcessSetup,
    receive_answer,
    receive_request,
    receive_setup,
    send_answer,
    send_request,
    send_setup,
)

SPEC = DecoderSpec(format="av1", width=320, height=180, threads=2)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    with here, there:
        yield here, there


@pytest.mark.parametrize("payload", [b"", b"packet", bytes(MAX_INLINE_BYTES)])
@pytest.mark.parametrize("spec", [None, SPEC])
def test_a_request_comes_back(
    pair: tuple[socket.socket, socket.socket], spec: DecoderSpec | None, payload: bytes
) -> None:
    request = DecodeRequest(picture=3, spec=spec, length=len(payload), payload=payload)
    sending = threading.Thread(target=send_request, args=(pair[0], request))
    sending.start()
    assert receive_request(pair[1]) == request
    sending.join()


def test_a_long_payload_is_told_by_its_length(pair: tuple[socket.socket, socket.socket]) -> None:
    request = DecodeRequest(picture=1, spec=None, length=MAX_INLINE_BYTES + 1)
    send_request(pair[0], request)
    assert receive_request(pair[1]) == request


def test_setup_and_answers_come_back(pair: tuple[socket.socket, socket.socket]) -> None:
    setup = ProcessSetup(width=64, height=72, memory_bytes=1 << 20)
    send_setup(pair[0], setup)
    assert receive_setup(pair[1]) == setup
    send_answer(pair[1], None)
    assert receive_answer(pair[0]) is None
    send_answer(pair[1], "é" * 1000)
    text = receive_answer(pair[0])
    assert text is not None and text.startswith("é") and len(text) <= MAX_ANSWER_BYTES


@pytest.mark.parametrize("data", [b"\2\0\0", b"\1\xff\xff" + bytes(70000), b"\0\0", b""])
def test_what_is_no_answer_is_told_as_the_end(pair: tuple[socket.socket, socket.socket], data: bytes) -> None:
    pair[1].sendall(data)
    pair[1].close()
    with pytest.raises(EOFError):
        receive_answer(pair[0])
