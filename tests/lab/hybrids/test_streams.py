"""Tests of lab/hybrids/streams.py: equal bits, one stream with and without its generator, the search."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast.lab.hybrids.streams import bisected, gan_payloads, gan_stream, hybrid_streams
from tests.codec.sequences import moving

CLIP = list(moving(64, 64, 3))


def test_the_generator_is_all_that_differs() -> None:
    hybrid, base = hybrid_streams(CLIP, 0.3, threads=1)
    assert hybrid.payload_bytes == base.payload_bytes > 0
    assert len(hybrid.frames) == len(base.frames) == 3
    assert not np.array_equal(hybrid.frames[2], base.frames[2])
    assert hybrid.kbps == pytest.approx(8 * hybrid.payload_bytes / 3 * 15 / 1000)


def test_the_gan_gets_no_more_bytes_than_there_are() -> None:
    wanted = sum(map(len, gan_payloads(CLIP, 0.6, "range", threads=1)))
    stream, quality = gan_stream(CLIP, wanted, threads=1)
    assert stream.payload_bytes <= wanted and quality > 0
    assert len(stream.frames) == 3


def test_the_search_finds_the_largest_that_fits() -> None:
    assert bisected(lambda x: 100 * x, 37, 20) == pytest.approx(0.37, abs=1e-3)
    assert bisected(lambda x: 100 + x, 37, 20) == 0
    assert bisected(lambda x: x, 37, 20) == pytest.approx(1, abs=1e-3)
