"""Every codec that can be measured, by its name, with the settings at which it is."""

from __future__ import annotations

from benchmark.errors import PeerError
from benchmark.peers.narrowcast_peer import HybridBasePeer, HybridPeer, NarrowcastPeer
from benchmark.peers.peer import Peer
from benchmark.peers.video_peer import VideoPeer

PICTURE_QUALITIES = (0.0, 0.15, 0.4, 0.7)
"""Quality of jpeg, webp and avif; at 15 fps all but the lowest are above what a thin link carries."""
GAN_QUALITIES = (0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0)
HYBRID_QUALITIES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def make_peer(name: str, *, device: str = "auto", threads: int = 1) -> Peer:
    """Make the codec of that name; PeerError where there is no such name."""
    if name == "gan":
        return NarrowcastPeer(name, GAN_QUALITIES, device=device, threads=threads)
    if name == "hybrid":
        return HybridPeer(name, HYBRID_QUALITIES, device=device, threads=threads)
    if name == "auto":
        return NarrowcastPeer(name, HYBRID_QUALITIES, device=device, threads=threads)
    if name == "hybrid-base":
        return HybridBasePeer(name, HYBRID_QUALITIES, device=device, threads=threads)
    if name in ("jpeg", "webp", "avif"):
        return NarrowcastPeer(name, PICTURE_QUALITIES, device=device, threads=threads)
    if name in _VIDEO:
        return _VIDEO[name](threads)
    raise PeerError(f"no codec {name!r}; choose from {', '.join(PEER_NAMES)}")


def _x264(threads: int) -> VideoPeer:
    return VideoPeer(
        name="x264",
        encoder="libx264",
        decoder="h264",
        settings=(46, 41, 36, 31, 26),
        options={
            "preset": "veryfast",
            "tune": "zerolatency",
            "x264-params": "keyint=infinite:bframes=0:scenecut=0",
        },
        whole_settings=False,
        threads=threads,
    )


def _x265(threads: int) -> VideoPeer:
    return VideoPeer(
        name="x265",
        encoder="libx265",
        decoder="hevc",
        settings=(46, 41, 36, 31, 26),
        options={
            "preset": "superfast",
            "tune": "zerolatency",
            "x265-params": f"keyint=-1:bframes=0:scenecut=0:pools={threads}:log-level=none",
        },
        whole_settings=False,
        threads=threads,
    )


def _svt_av1(threads: int) -> VideoPeer:
    return VideoPeer(
        name="svt-av1",
        encoder="libsvtav1",
        decoder="libdav1d",
        settings=(62, 56, 48, 40, 32),
        options={"preset": "10", "svtav1-params": f"pred-struct=1:lookahead=0:keyint=-1:scd=0:lp={threads}"},
        whole_settings=True,
        threads=threads,
    )


def _vp9(threads: int) -> VideoPeer:
    return VideoPeer(
        name="vp9",
        encoder="libvpx-vp9",
        decoder="vp9",
        settings=(62, 56, 48, 40, 32),
        options={"deadline": "realtime", "cpu-used": "7", "lag-in-frames": "0", "auto-alt-ref": "0"},
        whole_settings=True,
        threads=threads,
    )


_VIDEO = {"x264": _x264, "x265": _x265, "svt-av1": _svt_av1, "vp9": _vp9}
LEARNED_PEERS = ("hybrid", "gan")
"""Narrowcast's own."""

DEFAULT_PEERS = ("hybrid", "gan", "jpeg", "webp", "avif", *_VIDEO)
"""What is measured unless told otherwise, in the order of the tables."""
PEER_NAMES = (*DEFAULT_PEERS, "auto", "hybrid-base")
"""Every codec that can be measured."""
