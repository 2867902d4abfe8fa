"""Every codec that can be measured, by its name, with the settings at which it is."""

from __future__ import annotations

from dataclasses import replace

from narrowcast.benchmark.errors import PeerError
from narrowcast.benchmark.peers.narrowcast_peer import HybridBasePeer, HybridPeer, NarrowcastPeer
from narrowcast.benchmark.peers.peer import Peer
from narrowcast.benchmark.peers.video_peer import VideoPeer

PICTURE_QUALITIES = (0.0, 0.15, 0.4, 0.7)
"""Quality of jpeg, webp and avif; at 15 fps all but the lowest are above what a thin link carries."""
HYBRID_QUALITIES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
QUALITIES = {
    "hybrid": HYBRID_QUALITIES,
    "gan": (0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0),
    "jpeg": PICTURE_QUALITIES,
    "webp": PICTURE_QUALITIES,
    "avif": PICTURE_QUALITIES,
    "auto": HYBRID_QUALITIES,
    "hybrid-base": HYBRID_QUALITIES,
}
"""Qualities at which narrowcast's codecs are measured, by name."""
H26X_CRFS, AV1_CRFS = (46, 41, 36, 31, 26), (62, 56, 48, 40, 32)

VIDEO_PEERS = {
    peer.name: peer
    for peer in (
        VideoPeer(
            name="x264",
            encoder="libx264",
            decoder="h264",
            settings=H26X_CRFS,
            options={
                "preset": "veryfast",
                "tune": "zerolatency",
                "x264-params": "keyint=infinite:bframes=0:scenecut=0",
            },
        ),
        VideoPeer(
            name="x265",
            encoder="libx265",
            decoder="hevc",
            settings=H26X_CRFS,
            options={
                "preset": "superfast",
                "tune": "zerolatency",
                "x265-params": "keyint=-1:bframes=0:scenecut=0:pools={threads}:log-level=none",
            },
        ),
        VideoPeer(
            name="svt-av1",
            encoder="libsvtav1",
            decoder="libdav1d",
            settings=AV1_CRFS,
            options={
                "preset": "10",
                "svtav1-params": "pred-struct=1:lookahead=0:keyint=-1:scd=0:lp={threads}",
            },
            whole_settings=True,
        ),
        VideoPeer(
            name="vp9",
            encoder="libvpx-vp9",
            decoder="vp9",
            settings=AV1_CRFS,
            options={"deadline": "realtime", "cpu-used": "7", "lag-in-frames": "0", "auto-alt-ref": "0"},
            whole_settings=True,
        ),
    )
}
LEARNED_PEERS = ("hybrid", "gan")
"""Narrowcast's own."""
DEFAULT_PEERS = (*LEARNED_PEERS, "jpeg", "webp", "avif", *VIDEO_PEERS)
"""What is measured unless told otherwise, in the order of the tables."""
PEER_NAMES = (*DEFAULT_PEERS, "auto", "hybrid-base")
"""Every codec that can be measured."""


def make_peer(name: str, *, device: str = "auto", threads: int = 1) -> Peer:
    """Make the codec of that name; PeerError where there is no such name."""
    if name in VIDEO_PEERS:
        return replace(VIDEO_PEERS[name], threads=threads)
    if name not in QUALITIES:
        raise PeerError(f"no codec {name!r}; choose from {', '.join(PEER_NAMES)}")
    make = {"hybrid": HybridPeer, "hybrid-base": HybridBasePeer}.get(name, NarrowcastPeer)
    return make(name, QUALITIES[name], device=device, threads=threads)
