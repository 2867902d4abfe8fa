"""The two ways to join a GAN to a codec, on the same clip and at equal bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from narrowcast.benchmark.errors import PeerError
from narrowcast.benchmark.peers.narrowcast_peer import HybridPeer
from narrowcast.codec import Decoder, Rgb
from narrowcast.codec.hybrid.decoder import HybridDecoder
from narrowcast.codec.names import Entropy
from narrowcast.codec.registry import create_decoder, create_encoder
from narrowcast.errors import LabError
from narrowcast.lab.pictures import FPS

SEARCHES = 7
"Codings of the clip that find the GAN codec's quality for a number of bits."


@dataclass(frozen=True, kw_only=True, eq=False)
class CodedStream:
    """A clip after one codec."""

    name: str
    what: str
    "is sent, and who paints"
    payload_bytes: int
    "of all frames"
    frames: Sequence[Rgb]
    "what the receiver shows"

    @property
    def kbps(self) -> float:
        """At the clip's pace."""
        return 8 * self.payload_bytes / len(self.frames) * FPS / 1000


def hybrid_streams(clip: Sequence[Rgb], quality: float, threads: int) -> tuple[CodedStream, CodedStream]:
    """GAN + transform, and the same payloads with the generator switched off.

    LabError where this machine has no video encoder for the base layer.
    """
    height, width = clip[0].shape[:2]
    peer = HybridPeer("hybrid", (quality,), device="auto", threads=threads)
    try:
        coder = peer.open_stream(width, height, FPS, quality)
        payloads = [coder.encode(rgb) for rgb in clip]
    except PeerError as error:
        raise LabError(f"the hybrid codec cannot run here: {error.text}") from error
    restored = create_decoder("hybrid", width=width, height=height, threads=threads)
    base = HybridDecoder(None, width=width, height=height, threads=threads)
    return (
        _decoded("hybrid", "AV1, then a generator's residual", payloads, restored),
        _decoded("hybrid, generator off", "AV1 alone: the same payloads", payloads, base),
    )


def _decoded(name: str, what: str, payloads: Sequence[bytes], decoder: Decoder) -> CodedStream:
    return CodedStream(
        name=name,
        what=what,
        payload_bytes=sum(map(len, payloads)),
        frames=[decoder.decode(payload) for payload in payloads],
    )


def gan_stream(clip: Sequence[Rgb], payload_bytes: int, threads: int) -> tuple[CodedStream, float]:
    """GAN + entropy coding, at the quality whose bytes come nearest from below; also return that quality."""
    quality = bisected(
        lambda q: sum(map(len, gan_payloads(clip, q, "range", threads))), payload_bytes, SEARCHES
    )
    height, width = clip[0].shape[:2]
    decoder = create_decoder("gan", width=width, height=height, threads=threads)
    payloads = gan_payloads(clip, quality, "range", threads)
    return _decoded("gan", "latents through the range coder; all is painted", payloads, decoder), quality


def gan_payloads(clip: Sequence[Rgb], quality: float, entropy: Entropy, threads: int) -> list[bytes]:
    """Code the clip with the latent codec."""
    height, width = clip[0].shape[:2]
    encoder = create_encoder("gan", width=width, height=height, threads=threads, entropy=entropy)
    return [encoder.encode(rgb, quality=quality).payload for rgb in clip]


def bisected(size: Callable[[float], float], wanted: float, rounds: int) -> float:
    """Find the largest x in [0, 1] whose size, which grows with x, is at most the one wanted; else 0."""
    low, high = 0.0, 1.0
    for _ in range(rounds):
        middle = (low + high) / 2
        if size(middle) > wanted:
            high = middle
        else:
            low = middle
    return low
