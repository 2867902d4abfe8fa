"""Peers that this machine has; a test of another is skipped."""

from __future__ import annotations

import av
import pytest

from narrowcast.benchmark.peers.catalogue import make_peer
from narrowcast.benchmark.peers.peer import Peer
from narrowcast.benchmark.peers.video_peer import VideoPeer
from narrowcast.codec import available_codecs


def installed(name: str) -> Peer:
    """Make the codec of that name."""
    peer = make_peer(name)
    if isinstance(peer, VideoPeer):
        if not {peer.encoder, peer.decoder} <= av.codecs_available:
            pytest.skip(f"this PyAV has no {peer.encoder}")
    elif name not in {info.name for info in available_codecs()}:
        pytest.skip(f"this OpenCV has no {name}")
    return peer
