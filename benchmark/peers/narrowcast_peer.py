"""Narrowcast's own codecs, frame by frame as a stream would use them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from narrowcast import codec
from narrowcast.benchmark.errors import PeerError
from narrowcast.codec import Rgb
from narrowcast.codec.stages import OnStage, Staged


class NarrowcastCoder:
    """One stream at one quality."""

    def __init__(self, encoder: codec.Encoder, decoder: codec.Decoder, quality: float) -> None:
        self._encoder, self._decoder, self._quality = encoder, decoder, quality
        self._first = True

    def watch(self, on_encode: OnStage, on_decode: OnStage) -> None:
        """Tell of the stages of both halves from now on; codecs of single pictures have none."""
        if hasattr(self._encoder, "on_stage"):
            cast(Staged, self._encoder).on_stage = on_encode
            cast(Staged, self._decoder).on_stage = on_decode

    def encode(self, rgb: Rgb) -> bytes:
        """Code the next picture."""
        keyframe, self._first = self._first, False
        try:
            return self._encoder.encode(rgb, quality=self._quality, keyframe=keyframe).payload
        except codec.CodecError as error:
            raise PeerError(error.text, remedy=error.remedy) from error

    def decode(self, payload: bytes) -> Rgb:
        """Decode the next payload."""
        try:
            return self._decoder.decode(payload)
        except codec.CodecError as error:
            raise PeerError(error.text, remedy=error.remedy) from error

    def close(self) -> None:
        """Do nothing: encoder and decoder need no closing."""


class NarrowcastPeer:
    """A codec of narrowcast."""

    whole_settings = False

    def __init__(self, name: str, settings: Sequence[float], *, device: str, threads: int) -> None:
        self.name, self.settings = name, settings
        self._device, self._threads = device, threads
        self._pair: tuple[tuple[int, int], codec.Encoder, codec.Decoder] | None = None

    def label(self, setting: float) -> str:
        """Name the setting."""
        return f"q {setting:.2f}"

    def open_stream(self, width: int, height: int, fps: float, setting: float) -> NarrowcastCoder:
        """Make encoder and decoder once a size: the keyframe of the next stream resets both."""
        try:
            if self._pair is None or self._pair[0] != (width, height):
                pair = self._new_encoder(width, height), self._new_decoder(width, height)
                self._pair = ((width, height), *pair)
        except codec.UnknownCodecError as error:
            raise PeerError("not installed") from error
        except codec.CodecError as error:
            raise PeerError(error.text, remedy=error.remedy) from error
        return NarrowcastCoder(*self._pair[1:], setting)

    def _new_encoder(self, width: int, height: int) -> codec.Encoder:
        return codec.create_encoder(
            self.name, width=width, height=height, device=self._device, threads=self._threads
        )

    def _new_decoder(self, width: int, height: int) -> codec.Decoder:
        return codec.create_decoder(
            self.name, width=width, height=height, device=self._device, threads=self._threads
        )


class HybridPeer(NarrowcastPeer):
    """The hybrid codec with the best preset, however busy the machine is: rates must not depend on that."""

    def _new_encoder(self, width: int, height: int) -> codec.Encoder:
        # Imported here, as below: processes whose memory is measured load only the codec that they measure.
        from narrowcast.codec.hybrid.base_format import installed_formats
        from narrowcast.codec.hybrid.encoder import HybridEncoder
        from narrowcast.codec.hybrid.preset_choice import PRESETS, BaseChoice

        formats = installed_formats()
        if not formats:
            raise PeerError("not installed")
        choice = BaseChoice(base=formats[0], preset=PRESETS[0], pinned=True)
        return HybridEncoder(choice, width=width, height=height, threads=self._threads)


class HybridBasePeer(HybridPeer):
    """The hybrid codec without its generator: what the generator is measured against."""

    def _new_decoder(self, width: int, height: int) -> codec.Decoder:
        from narrowcast.codec.hybrid.decoder import HybridDecoder

        return HybridDecoder(None, width=width, height=height, threads=self._threads)
