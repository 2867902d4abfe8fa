"""A static camera through a codec whose cost and error are known."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast.benchmark.codec.static import measure_static, noisy
from narrowcast.codec import EncodedFrame, Rgb, create_decoder, create_encoder
from narrowcast.codec.api import Provenance
from tests.benchmark.bench_samples import HEIGHT, WIDTH, make_picture
from tests.codec.scripted_encoder import ScriptedEncoder


class FirstPictureCodec(ScriptedEncoder):
    """Sends its first picture and headers only from then on."""

    provenance = Provenance()

    def __init__(self) -> None:
        super().__init__(self._code_first)
        self._picture: Rgb | None = None

    def _code_first(self, rgb: Rgb, keyframe: bool) -> EncodedFrame:
        first, self._picture = self._picture is None, rgb if self._picture is None else self._picture
        return EncodedFrame(payload=bytes(5000 if first else 3), keyframe=first)

    def decode(self, payload: bytes) -> Rgb:
        assert self._picture is not None
        return self._picture

    def follow(self, payload: bytes) -> None:
        pass


def test_noise_has_its_sigma_and_is_the_same_each_run() -> None:
    photo = np.full((64, 64, 3), 128, np.uint8)
    first, second = (list(noisy(photo, 2.0, 3)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not np.array_equal(first[0], first[1])
    assert float(first[0].astype(float).std()) == pytest.approx(2.0, rel=0.05)


def test_a_codec_that_sends_headers_only() -> None:
    both, photo = FirstPictureCodec(), make_picture()
    result = measure_static(photo, both, both, quality=0.3, noise=2.0, frames=20, fps=10.0)
    assert (result.keyframe_bytes, result.mean_bytes, result.largest_bytes) == (5000, 3.0, 3)
    assert result.skipped == 10
    assert result.psnr_tenth == pytest.approx(result.psnr_last, abs=0.2)
    # Its noise against the photo is sigma 2; against another noisy picture the variance doubles.
    assert result.psnr_last_clean == pytest.approx(result.psnr_last + 3, abs=0.4)


def test_a_frame_codec_pays_for_every_frame() -> None:
    encoder = create_encoder("jpeg", width=WIDTH, height=HEIGHT)
    decoder = create_decoder("jpeg", width=WIDTH, height=HEIGHT)
    result = measure_static(make_picture(), encoder, decoder, quality=0.3, noise=2.0, frames=5, fps=2.0)
    assert result.mean_bytes > 0.8 * result.keyframe_bytes and result.skipped == 0
