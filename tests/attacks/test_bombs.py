"""Tests of bombs.py: each is refused by its codec's decoder, and costs no memory."""

from __future__ import annotations

import tracemalloc

import pytest

from narrowcast import codec
from narrowcast.codec.classic.codecs import classic_codecs
from narrowcast.codec.errors import BitstreamError
from tests.attacks.bombs import BOMBS

SIZE = WIDTH, HEIGHT = 640, 360
CHECKS = {
    "jpeg-hidden-frame": "a segment 0xff stands",
    "png-crumbs": "more chunks than",
    "av1-large-pictures": "3840x2160; 640x360 was announced",
    "av1-delimiters": "more than 8 OBUs",
    "h264-cropped": "16384x8192 pixels are coded",
    "h264-sei": "more NAL units than a picture",
}
MEMORY_BYTES = 4 << 20
"Of Python's own, beside the payload."


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_costs_memory(name: str) -> None:
    codec_name, make = BOMBS[name]
    if codec_name != "hybrid" and codec_name not in classic_codecs():
        pytest.skip(f"this OpenCV has no {codec_name}")
    payload = make(SIZE)
    decoder = codec.create_decoder(codec_name, width=WIDTH, height=HEIGHT, restore="never")
    tracemalloc.start()
    with pytest.raises(BitstreamError, match=CHECKS[name]):
        decoder.decode(payload)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MEMORY_BYTES + 2 * len(payload)
