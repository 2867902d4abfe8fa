"""Peers: every encoder that this machine has codes a clip, in order, with one keyframe."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean

import av
import pytest

from benchmark.errors import PeerError
from benchmark.metrics import psnr
from benchmark.peers.catalogue import PEER_NAMES, make_peer
from benchmark.peers.peer import Coded, Peer
from benchmark.peers.video_peer import VideoPeer
from codec import available_codecs

from ..bench_samples import make_clip

CLIP = make_clip(6)
VIDEO_NAMES = ("x264", "x265", "svt-av1", "vp9")


def installed(name: str) -> Peer:
    peer = make_peer(name)
    if isinstance(peer, VideoPeer):
        if not {peer.encoder, peer.decoder} <= av.codecs_available:
            pytest.skip(f"this PyAV has no {peer.encoder}")
    elif name not in {info.name for info in available_codecs()}:
        pytest.skip(f"this OpenCV has no {name}")
    return peer


def mean_psnr_db(coded: Coded) -> float:
    return fmean(psnr(a, [b])[0] for a, b in zip(CLIP.frames, coded.frames, strict=True))


@pytest.mark.parametrize("name", PEER_NAMES)
def test_more_bits_make_a_better_picture_at_every_step(name: str) -> None:
    peer = installed(name)
    coded = [peer.code(CLIP, setting) for setting in (peer.settings[0], peer.settings[-1])]
    assert sum(coded[0].frame_bytes) < sum(coded[1].frame_bytes)
    assert mean_psnr_db(coded[0]) < mean_psnr_db(coded[1])
    assert [frame.shape for frame in coded[0].frames] == [frame.shape for frame in CLIP.frames]


@pytest.mark.parametrize("name", VIDEO_NAMES)
def test_a_video_peer_has_one_keyframe_and_keeps_the_order(name: str) -> None:
    coded = installed(name).code(CLIP, 30)
    assert len(coded.frame_bytes) == len(CLIP.frames)
    assert coded.frame_bytes[0] > max(coded.frame_bytes[1:])
    for index, decoded in enumerate(coded.frames):
        scores = [psnr(source, [decoded])[0] for source in CLIP.frames]
        assert scores.index(max(scores)) == index


@pytest.mark.parametrize("name", ["gan", "x264"])
def test_coding_twice_gives_the_same(name: str) -> None:
    peer = installed(name)
    middle = peer.settings[len(peer.settings) // 2]
    first = peer.code(CLIP, middle)
    peer.code(make_clip(3), peer.settings[0])
    assert peer.code(CLIP, middle).frame_bytes == first.frame_bytes


def test_narrowcast_is_measured_at_six_qualities_or_more() -> None:
    assert len(make_peer("gan").settings) >= 6


@pytest.mark.parametrize("name", PEER_NAMES)
def test_settings_have_labels_of_their_own(name: str) -> None:
    peer = make_peer(name)
    assert len({peer.label(setting) for setting in peer.settings}) == len(peer.settings) >= 4


def test_an_encoder_that_is_not_there_is_not_installed() -> None:
    peer = make_peer("x264")
    assert isinstance(peer, VideoPeer)
    with pytest.raises(PeerError, match="not installed"):
        replace(peer, encoder="libx999").code(CLIP, 30)


def test_an_encoder_that_refuses_its_options_is_named() -> None:
    peer = installed("x264")
    assert isinstance(peer, VideoPeer)
    with pytest.raises(PeerError, match="libx264"):
        replace(peer, options={"preset": "leisurely"}).code(CLIP, 30)


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(PeerError, match="x264"):
        make_peer("h266")
