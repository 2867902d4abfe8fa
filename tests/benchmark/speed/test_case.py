"""A case and its row: what they are called, and how they compare with gan."""

from __future__ import annotations

from narrowcast.benchmark.speed.case import ratio_to_gan
from tests.benchmark.speed.samples import speed_case, speed_rows


def test_a_case_is_called_by_what_sets_it_apart() -> None:
    assert speed_case("gan", backend="torch", width=96).label == "96x64 gan torch 1"
    assert speed_case("jpeg", threads=2).label == "64x64 jpeg 2"


def test_frames_a_second_follow_from_milliseconds() -> None:
    first = speed_rows()[0]
    assert (first.encode_fps, first.decode_fps, first.size) == (50.0, 33.33, "64x64")


def test_ratios_are_to_gan_on_its_first_backend_with_as_many_threads() -> None:
    rows = speed_rows()
    ratios = [(ratio_to_gan(rows, row, "encode"), ratio_to_gan(rows, row, "decode")) for row in rows]
    assert ratios[:3] == [(1.0, 1.0), (0.5, 0.5), (40.0, 50.0)]
    assert ratios[3] == (None, None), "gan was not measured with two threads"
