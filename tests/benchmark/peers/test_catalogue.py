"""Every codec that this machine has codes a clip, at settings from few bits to many."""

from __future__ import annotations

from statistics import fmean

import pytest

from narrowcast.benchmark.errors import PeerError
from narrowcast.benchmark.peers.catalogue import PEER_NAMES, make_peer
from narrowcast.benchmark.peers.peer import Coded, code_clip
from narrowcast.codec.metrics.fidelity import psnr
from tests.benchmark.bench_samples import make_clip
from tests.benchmark.peers.installed import installed

CLIP = make_clip(6)


def mean_psnr_db(coded: Coded) -> float:
    return fmean(psnr(a, [b])[0] for a, b in zip(CLIP.frames, coded.frames, strict=True))


@pytest.mark.parametrize("name", PEER_NAMES)
def test_more_bits_make_a_better_picture_at_every_step(name: str) -> None:
    peer = installed(name)
    coded = [code_clip(peer, CLIP, setting) for setting in (peer.settings[0], peer.settings[-1])]
    assert sum(coded[0].frame_bytes) < sum(coded[1].frame_bytes)
    assert mean_psnr_db(coded[0]) < mean_psnr_db(coded[1])
    assert [frame.shape for frame in coded[0].frames] == [frame.shape for frame in CLIP.frames]


@pytest.mark.parametrize("name", ["gan", "x264"])
def test_coding_twice_gives_the_same(name: str) -> None:
    peer = installed(name)
    middle = peer.settings[len(peer.settings) // 2]
    first = code_clip(peer, CLIP, middle)
    code_clip(peer, make_clip(3), peer.settings[0])
    assert code_clip(peer, CLIP, middle).frame_bytes == first.frame_bytes


def test_narrowcast_is_measured_at_six_qualities_or_more() -> None:
    assert len(make_peer("gan").settings) >= 6


@pytest.mark.parametrize("name", PEER_NAMES)
def test_settings_have_labels_of_their_own(name: str) -> None:
    peer = make_peer(name)
    assert len({peer.label(setting) for setting in peer.settings}) == len(peer.settings) >= 4


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(PeerError, match="x264"):
        make_peer("h266")
