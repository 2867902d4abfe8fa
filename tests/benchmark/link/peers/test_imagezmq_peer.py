"""The JPEG that goes into imagezmq's messages."""

from __future__ import annotations

from narrowcast.benchmark.link.peers.imagezmq_peer import decode_jpeg, encode_jpeg
from narrowcast.codec.metrics.fidelity import psnr
from tests.benchmark.bench_samples import make_picture


def test_pictures_keep_their_colours_and_quality_has_its_price() -> None:
    picture = make_picture(4)
    picture[..., 0] //= 4  # little red: swapped channels would show
    fine, coarse = (encode_jpeg(picture, quality) for quality in (90, 10))
    assert len(coarse) < len(fine)
    assert psnr(picture, [decode_jpeg(coarse)])[0] > 20
    assert psnr(picture, [decode_jpeg(fine)])[0] > 30
