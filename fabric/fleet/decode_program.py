"""The decode process itself: decodes what it is sent, with few rights, until its worker ends.

It is started as a program of its own, which imports what decoding needs and no more (see `decode_process`).
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress

import cv2
import numpy as np

from narrowcast import codec
from narrowcast.codec.classic.codecs import classic_codecs, silence_opencv
from narrowcast.codec.decoder_process.confinement import confine
from narrowcast.fabric.fleet.decode_messages import (
    LENGTH,
    MAX_BATCH_BYTES,
    CameraWork,
    DecodeAnswer,
    DecodeBatch,
    pack_answer,
    unpack_batch,
)
from narrowcast.fabric.fleet.tile_maker import TileMaker
from narrowcast.runtime.clock import now_us

MOST_PIXELS = 36_000_000
"Of all cameras of one process together, for its memory: 156 of 640x360."
SELF_KILL_S = 60.0
"A batch that takes so long ends this process, should the worker that would do so have been killed."
READY = b"R"


class DecodeServer:
    """The cameras of one process."""

    def __init__(self) -> None:
        self._makers: dict[int, TileMaker] = {}

    def answer(self, batch: DecodeBatch, at_us: int) -> DecodeAnswer:
        """Decode a batch."""
        for slot in batch.forget:
            self._makers.pop(slot, None)
        done = [self._makers.setdefault(work.slot, TileMaker()).make(work, at_us) for work in batch.works]
        return DecodeAnswer(done=tuple(done))


def serve(connection: socket.socket) -> None:
    """Give up all rights that decoding does not need, and answer until the worker ends."""
    _prepare()
    confine(MOST_PIXELS, 1)
    connection.sendall(READY)
    server = DecodeServer()
    while True:
        (length,) = LENGTH.unpack(_receive(connection, LENGTH.size))
        if length > MAX_BATCH_BYTES:
            return
        batch = unpack_batch(_receive(connection, length))
        signal.setitimer(signal.ITIMER_REAL, SELF_KILL_S)
        answer = server.answer(batch, now_us())
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.sendall(pack_answer(answer))


def _prepare() -> None:
    """Load whatever decoders load at their first use: later no file can be opened."""
    silence_opencv()
    cv2.setNumThreads(1)
    names = classic_codecs()
    picture = np.full((64, 64, 3), 128, np.uint8)
    for name in ("jpeg", "webp", "avif"):
        if name in names:
            payload = codec.create_encoder(name, width=64, height=64).encode(picture).payload
            work = CameraWork(slot=0, codec=name, width=64, height=64, payloads=(payload,))
            TileMaker().make(work, 0)
    # A stream that is none: the libraries of the base layer are loaded before it is refused.
    TileMaker().make(CameraWork(slot=0, codec="hybrid", width=64, height=64, payloads=(_KEYFRAME,)), 0)


_KEYFRAME = bytes.fromhex("9128" + "0080" + "40004000")
"The head of a keyframe of 64x64; it is refused after its decoder was opened."


def _receive(connection: socket.socket, length: int) -> bytes:
    """Read so many bytes; EOFError where the worker has ended."""
    data = bytearray(length)
    with memoryview(data) as view:
        at = 0
        while at < length:
            count = connection.recv_into(view[at:])
            if not count:
                raise EOFError("the worker has ended")
            at += count
    return bytes(data)


def main() -> None:
    """Serve the worker that gave its socket on the command line."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    with suppress(EOFError, ConnectionError):
        serve(connection)
    os._exit(0)  # at once: there is nothing to be put away
