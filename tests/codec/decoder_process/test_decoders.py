"""Tests of decoders.py: pictures decoded in a process of its own are those that are decoded here."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast import codec
from narrowcast.codec.classic.codecs import classic_codecs
from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.hybrid.base_format import AV1, H264, BaseFormat
from narrowcast.codec.hybrid.base_layer import BaseEncoder
from narrowcast.codec.hybrid.decoder import HybridDecoder
from narrowcast.codec.hybrid.header import BaseStream, PayloadChain
from narrowcast.codec.names import PICTURE_FILES
from tests.codec.sequences import moving

NAMES = [name for name in (*PICTURE_FILES, "hybrid") if name == "hybrid" or name in classic_codecs()]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(70, 66), (322, 180)])
def test_the_pictures_are_the_same(name: str, size: tuple[int, int]) -> None:
    width, height = size
    encoder = codec.create_encoder(name, width=width, height=height, threads=1)
    here = codec.create_decoder(name, width=width, height=height, restore="never")
    apart = codec.create_decoder(name, width=width, height=height, restore="never", decoder_process="auto")
    for index, rgb in enumerate(moving(width, height, 4)):
        payload = encoder.encode(rgb, keyframe=index == 2).payload
        np.testing.assert_array_equal(apart.decode(payload), here.decode(payload))


@pytest.mark.parametrize("base", [AV1, H264], ids=lambda base: base.name)
def test_a_smaller_coded_picture_and_a_lost_frame(base: BaseFormat) -> None:
    width, height = 160, 96
    decoder = codec.create_decoder(
        "hybrid", width=width, height=height, restore="never", decoder_process="auto"
    )
    assert isinstance(decoder, HybridDecoder)
    encoder, chain = BaseEncoder(base, width, height, crf=50, scale=2), PayloadChain()
    stream = BaseStream(base=base, scale=2, width=width, height=height)
    key, lost, late, *_ = (
        chain.pack(encoder.encode(rgb, keyframe=index == 0), crf=50, stream=None if index else stream)
        for index, rgb in enumerate(moving(width, height, 3))
    )
    assert decoder.decode(key).shape == (height, width, 3)
    with pytest.raises(BitstreamError):
        decoder.decode(late)
    with pytest.raises(BitstreamError, match="keyframe"):
        decoder.decode(lost)
    assert decoder.decode(key).shape == (height, width, 3)


@pytest.mark.parametrize("name", NAMES)
def test_pictures_that_are_not_wanted_are_followed(name: str) -> None:
    encoder = codec.create_encoder(name, width=64, height=64, threads=1)
    here = codec.create_decoder(name, width=64, height=64, restore="never")
    apart = codec.create_decoder(name, width=64, height=64, restore="never", decoder_process="auto")
    *skipped, last = (encoder.encode(rgb, keyframe=not n).payload for n, rgb in enumerate(moving(64, 64, 4)))
    for payload in skipped:
        here.follow(payload)
        apart.follow(payload)
    np.testing.assert_array_equal(apart.decode(last), here.decode(last))


def test_a_codec_without_a_native_decoder_gets_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrowcast.codec.decoder_process.process.DecoderProcess", None)
    for name in ("huffman", "lzw"):
        codec.create_decoder(name, width=64, height=64, decoder_process="auto")


def test_where_no_process_starts_it_is_decoded_here(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    rgb = moving(64, 64, 1)[0]
    payload = codec.create_encoder("png", width=64, height=64).encode(rgb).payload
    decoder = codec.create_decoder("png", width=64, height=64, decoder_process="auto")
    np.testing.assert_array_equal(decoder.decode(payload), rgb)
    assert "decoding in this one" in caplog.text
