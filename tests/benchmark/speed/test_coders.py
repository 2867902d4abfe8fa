"""Narrowcast and its peers frame by frame, with real codecs."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.errors import PeerError
from benchmark.speed import coders as speed_coders
from benchmark.speed.coders import make_coder
from codec.backends import BACKEND_VARIABLE
from codec.stages import CodingStage
from tests.benchmark.bench_samples import make_clip
from tests.benchmark.speed.samples import speed_case


@pytest.mark.parametrize("name", ["jpeg", "x264", "x265", "svt-av1", "vp9"])
def test_each_picture_gives_one_payload_and_each_payload_one_picture(name: str) -> None:
    coder = make_coder(speed_case(name, width=128, height=96, threads=2))
    clip = make_clip(3)
    told: list[CodingStage] = []
    coder.watch(told.append, told.append)
    for picture in clip.frames:
        decoded = coder.decode(coder.encode(picture))
        assert np.abs(decoded.astype(int) - picture).mean() < 20
    coder.close()
    assert told == []
    assert coder.setting


@pytest.mark.parametrize(
    ("name", "encoding", "decoding"),
    [
        ("gan", CodingStage.ANALYSIS, CodingStage.EXACT),
        ("hybrid", CodingStage.BASE, CodingStage.BASE),
    ],
)
def test_learned_codecs_tell_of_their_stages(
    name: str, encoding: CodingStage, decoding: CodingStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BACKEND_VARIABLE, "")  # so that what the coder sets is taken back
    coder = make_coder(speed_case(name, backend="torch", width=128, height=96))
    encode_told: list[CodingStage] = []
    decode_told: list[CodingStage] = []
    coder.watch(encode_told.append, decode_told.append)
    coder.decode(coder.encode(make_clip(1).frames[0]))
    assert encoding in encode_told
    assert decoding in decode_told


def test_what_is_not_here_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PeerError, match="not installed"):
        make_coder(speed_case("jpeg2000"))
    monkeypatch.setattr(speed_coders, "find_spec", lambda name: None)
    with pytest.raises(PeerError, match="openvino is not installed"):
        make_coder(speed_case("gan", backend="openvino"))
