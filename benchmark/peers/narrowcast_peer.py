"""Narrowcast's own codecs, frame by frame as a stream would use them."""

from __future__ import annotations

from collections.abc import Sequence

import codec
from benchmark.clips import Clip
from benchmark.errors import PeerError
from benchmark.peers.peer import Coded
from codec import Rgb
from codec.hybrid.base_format import installed_formats
from codec.hybrid.encoder import HybridEncoder
from codec.hybrid.preset_choice import PRESETS, BaseChoice


class NarrowcastPeer:
    """A codec of narrowcast, frame by frame as a stream would use it."""

    whole_settings = False

    def __init__(self, name: str, settings: Sequence[float], *, device: str, threads: int) -> None:
        self.name, self.settings = name, settings
        self._device, self._threads = device, threads
        self._pair: tuple[tuple[int, int], codec.Encoder, codec.Decoder] | None = None

    def label(self, setting: float) -> str:
        """Name the setting."""
        return f"q {setting:.2f}"

    def code(self, clip: Clip, setting: float) -> Coded:
        """Encode and decode a clip."""
        try:
            return self._code(clip, setting)
        except codec.UnknownCodecError as error:
            raise PeerError("not installed") from error
        except codec.CodecError as error:
            raise PeerError(str(error)) from error

    def _code(self, clip: Clip, setting: float) -> Coded:
        encoder, decoder = self._make_pair(clip)
        sizes: list[int] = []
        frames: list[Rgb] = []
        for index, rgb in enumerate(clip.frames):
            payload = encoder.encode(rgb, quality=setting, keyframe=index == 0).payload
            sizes.append(len(payload))
            frames.append(decoder.decode(payload))
        return Coded(frame_bytes=tuple(sizes), frames=tuple(frames))

    def _make_pair(self, clip: Clip) -> tuple[codec.Encoder, codec.Decoder]:
        """Make encoder and decoder once a size: a keyframe resets both."""
        height, width = clip.frames[0].shape[:2]
        if self._pair is None or self._pair[0] != (width, height):
            self._pair = ((width, height), self._new_encoder(width, height), self._new_decoder(width, height))
        return self._pair[1], self._pair[2]

    def _new_encoder(self, width: int, height: int) -> codec.Encoder:
        return codec.create_encoder(
            self.name, width=width, height=height, device=self._device, threads=self._threads
        )

    def _new_decoder(self, width: int, height: int) -> codec.Decoder:
        return codec.create_decoder(
            self.name, width=width, height=height, device=self._device, threads=self._threads
        )


class HybridPeer(NarrowcastPeer):
    """The hybrid codec with the best preset, however busy the machine is: rates must not hang on that."""

    def _new_encoder(self, width: int, height: int) -> codec.Encoder:
        formats = installed_formats()
        if not formats:
            raise PeerError("not installed")
        choice = BaseChoice(base=formats[0], preset=PRESETS[0], pinned=True)
        return HybridEncoder(choice, width=width, height=height, threads=self._threads)


class HybridBasePeer(HybridPeer):
    """The hybrid codec without its generator: what the generator is measured against."""

    def _new_decoder(self, width: int, height: int) -> codec.Decoder:
        # Imported here: it brings torch, which video encoders are measured without.
        from codec.hybrid.decoder import HybridDecoder

        return HybridDecoder(None, width=width, height=height, threads=self._threads)
