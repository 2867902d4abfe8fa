"""The decoder process itself: decodes what it is sent, until its program ends.

It is started as a program of its own, which imports what decoding needs and no more (see `process`).
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress
from typing import Protocol

import cv2

from narrowcast.codec.api import Rgb
from narrowcast.codec.classic.codecs import decode_picture_file, silence_opencv
from narrowcast.codec.decoder_process.confinement import confine
from narrowcast.codec.decoder_process.messages import (
    NO_PICTURE,
    DecoderSpec,
    ProcessSetup,
    receive_request,
    receive_setup,
    send_answer,
)
from narrowcast.codec.decoder_process.shared_memory import SharedPictures, open_memory
from narrowcast.codec.errors import BackendError, BitstreamError
from narrowcast.codec.hybrid.base_format import BASE_FORMATS
from narrowcast.codec.hybrid.base_layer import BaseDecoder

SELF_KILL_S = 20.0
"""A decoding that takes so long ends this process, should the program that would do so have been killed:
longer than that one waits."""


class PictureDecoder(Protocol):
    """Decodes payloads to a picture in given memory."""

    def decode_to(self, payload: bytes, out: Rgb) -> None:
        """Decode to uint8 [height, width, 3], or raise BitstreamError."""
        ...

    def follow(self, payload: bytes) -> None:
        """Take a payload whose picture is not wanted."""
        ...


class _PacketDecoder:
    """The hybrid codec's base layer."""

    def __init__(self, spec: DecoderSpec) -> None:
        base = next(each for each in BASE_FORMATS if each.name == spec.format)
        self._decoder = BaseDecoder(base, (spec.width, spec.height), threads=spec.threads)

    def decode_to(self, payload: bytes, out: Rgb) -> None:
        self._decoder.decode(payload, (out.shape[1], out.shape[0]), out)

    def follow(self, payload: bytes) -> None:
        self._decoder.follow(payload)


class _FileDecoder:
    """A picture file format of OpenCV's."""

    def __init__(self, spec: DecoderSpec) -> None:
        self._name = spec.format

    def decode_to(self, payload: bytes, out: Rgb) -> None:
        decode_picture_file(self._name, payload, out)

    def follow(self, payload: bytes) -> None:
        """No later picture builds on it."""


def open_decoder(spec: DecoderSpec) -> PictureDecoder:
    """Open a decoder."""
    return _PacketDecoder(spec) if spec.format in {base.name for base in BASE_FORMATS} else _FileDecoder(spec)


def serve(connection: socket.socket, memory_descriptor: int, memory_name: str) -> None:
    """Take the setup, give up all other rights, and answer requests until the program ends."""
    setup = receive_setup(connection)
    memory = open_memory(memory_descriptor, memory_name, setup.memory_bytes)
    pictures = SharedPictures(memory, setup.width, setup.height)
    _prepare(setup)
    confine(setup.width, setup.height)
    send_answer(connection, None)
    decoder: PictureDecoder | None = None
    while True:
        request = receive_request(connection)
        _kill_after(SELF_KILL_S)
        try:
            if request.spec is not None:
                decoder = None  # its memory is free for the next one
                decoder = open_decoder(request.spec)
            if decoder is None:
                raise BitstreamError("no decoder is open; a keyframe is needed")
            payload = request.payload or pictures.read_payload(request.length)
            if request.picture == NO_PICTURE:
                decoder.follow(payload)
            else:
                decoder.decode_to(payload, pictures.picture(request.picture))
        except BitstreamError as error:
            decoder = decoder if isinstance(decoder, _FileDecoder) else None
            refusal: str | None = str(error)
        except MemoryError:
            decoder, refusal = None, "it needs more memory than a decoder may have"
        else:
            refusal = None
        _kill_after(0)
        send_answer(connection, refusal)


def _prepare(setup: ProcessSetup) -> None:
    """Load whatever decoders load at their first use: later no file can be opened."""
    silence_opencv()
    cv2.setNumThreads(1)
    for base in BASE_FORMATS:
        with suppress(BackendError):  # this FFmpeg lacks it; the program does not ask for it then
            BaseDecoder(base, (setup.width, setup.height))


def _kill_after(seconds: float) -> None:
    """Have the system end this process after a time, also in a loop of a library's; 0: not any more."""
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.setitimer(signal.ITIMER_REAL, seconds)


def main() -> None:
    """Serve the program that gave its socket and the memory on the command line."""
    memory_descriptor, memory_name, socket_descriptor = sys.argv[1:]
    if sys.platform == "win32":
        connection = socket.fromshare(sys.stdin.buffer.read(int(socket_descriptor)))
    else:
        connection = socket.socket(fileno=int(socket_descriptor))
    with suppress(EOFError, ConnectionError):  # the program has ended
        serve(connection, int(memory_descriptor), memory_name)
    os._exit(0)  # at once: there is nothing to be put away
