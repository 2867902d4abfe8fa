"""Tests of codec/hybrid/base_format.py: sizes of the coded picture, and what this installation can code."""

from __future__ import annotations

from narrowcast.codec.hybrid.base_format import AV1, H264, installed_formats, scaled_size


def test_sizes_are_even_and_never_below_the_share() -> None:
    assert scaled_size(640, 360, 0) == (640, 360)
    assert scaled_size(640, 360, 1) == (428, 240)
    assert scaled_size(641, 359, 2) == (322, 180)


def test_the_formats_of_pypi_builds_are_there() -> None:
    assert installed_formats() == (AV1, H264)
