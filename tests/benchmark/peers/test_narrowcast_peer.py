"""Narrowcast's codecs frame by frame: payloads, stages, and what the generator adds."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast.benchmark.errors import PeerError
from narrowcast.benchmark.peers.narrowcast_peer import HybridBasePeer, HybridPeer, NarrowcastPeer
from narrowcast.benchmark.peers.peer import code_clip
from narrowcast.codec.names import BACKEND_VARIABLE
from narrowcast.codec.stages import CodingStage
from tests.benchmark.bench_samples import make_clip
from tests.benchmark.peers.installed import installed


@pytest.fixture(autouse=True)
def torch_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Converting networks takes long."""
    monkeypatch.setenv(BACKEND_VARIABLE, "torch")


@pytest.mark.parametrize("name", ["jpeg", "x264", "x265", "svt-av1", "vp9"])
def test_each_picture_gives_one_payload_and_each_payload_one_picture(name: str) -> None:
    coder = installed(name).open_stream(128, 96, 15.0, 0.5 if name == "jpeg" else 30)
    clip = make_clip(3)
    told: list[CodingStage] = []
    coder.watch(told.append, told.append)
    for picture in clip.frames:
        decoded = coder.decode(coder.encode(picture))
        assert np.abs(decoded.astype(int) - picture).mean() < 20
    coder.close()
    assert told == []


@pytest.mark.parametrize(
    ("name", "encoding", "decoding"),
    [
        ("gan", CodingStage.ANALYSIS, CodingStage.EXACT),
        ("hybrid", CodingStage.BASE, CodingStage.BASE),
    ],
)
def test_learned_codecs_tell_of_their_stages(name: str, encoding: CodingStage, decoding: CodingStage) -> None:
    coder = NarrowcastPeer(name, (0.5,), device="cpu", threads=1).open_stream(128, 96, 15.0, 0.5)
    encode_told: list[CodingStage] = []
    decode_told: list[CodingStage] = []
    coder.watch(encode_told.append, decode_told.append)
    coder.decode(coder.encode(make_clip(1).frames[0]))
    assert encoding in encode_told
    assert decoding in decode_told


def test_the_base_has_the_payloads_of_the_hybrid_codec_and_other_pictures() -> None:
    clip = make_clip(3)
    coded = [
        code_clip(make("hybrid", (0.5,), device="cpu", threads=1), clip, 0.5)
        for make in (HybridPeer, HybridBasePeer)
    ]
    assert coded[0].frame_bytes == coded[1].frame_bytes
    assert (coded[0].frames[0] != coded[1].frames[0]).any()


def test_the_networks_are_loaded_once_a_size() -> None:
    peer = NarrowcastPeer("jpeg", (0.5,), device="cpu", threads=1)
    first, second, other = (peer.open_stream(*size, 15.0, 0.5) for size in ((96, 64), (96, 64), (64, 64)))
    assert first._encoder is second._encoder is not other._encoder


def test_a_codec_that_is_missing_is_told() -> None:
    with pytest.raises(PeerError, match="not installed"):
        NarrowcastPeer("jpeg2000", (0.5,), device="cpu", threads=1).open_stream(96, 64, 15.0, 0.5)


def test_a_damaged_payload_is_an_error_of_the_peer() -> None:
    coder = NarrowcastPeer("jpeg", (0.5,), device="cpu", threads=1).open_stream(96, 64, 15.0, 0.5)
    with pytest.raises(PeerError):
        coder.decode(b"not a frame")
