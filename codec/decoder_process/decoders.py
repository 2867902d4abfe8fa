"""Decoders whose native half works in a decoder process, behind the interfaces of those that work here."""

from __future__ import annotations

from narrowcast.codec.api import Rgb
from narrowcast.codec.decoder_process.messages import DecoderSpec
from narrowcast.codec.decoder_process.process import DecoderProcess
from narrowcast.codec.hybrid.base_format import BaseFormat


class ProcessBaseDecoder:
    """The base layer of one stream; see codec.hybrid.base_layer.BaseDecoder."""

    def __init__(
        self, process: DecoderProcess, base: BaseFormat, coded_size: tuple[int, int], *, threads: int
    ) -> None:
        """Decode pictures of coded_size (width, height), which are shown in the size of the process."""
        self._process = process
        width, height = coded_size
        self._spec: DecoderSpec | None = DecoderSpec(
            format=base.name, width=width, height=height, threads=threads
        )

    def decode(self, packet: bytes, shown_size: tuple[int, int]) -> Rgb:
        """Decode one packet to uint8 [H, W, 3]; BitstreamError as BaseDecoder raises it."""
        spec, self._spec = self._spec, None
        return self._process.decode(packet, spec)

    def follow(self, packet: bytes) -> None:
        """Decode one packet whose picture is not wanted; errors as in `decode`."""
        spec, self._spec = self._spec, None
        self._process.follow(packet, spec)


class ProcessPictureCodec:
    """A picture file format's decoder."""

    def __init__(self, process: DecoderProcess, name: str) -> None:
        self._process = process
        self._name = name

    def decode(self, payload: bytes, width: int, height: int) -> Rgb:
        """Decode to uint8 [height, width, 3] or raise BitstreamError."""
        spec = DecoderSpec(format=self._name, width=width, height=height)
        return self._process.decode(payload, spec)
