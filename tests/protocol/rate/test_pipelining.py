"""How many frames the way to a receiver holds."""

from __future__ import annotations

from protocol.rate.pipelining import MAX_PIPELINE_FRAMES, NO_PIPELINE, Pipeline, pipeline_for


def frames(
    *, rtt_ms: int = 1, busy_ms: int = 1, encode_ms: int = 25, hold_ms: int = 0, interval_ms: int = 66
) -> Pipeline:
    return pipeline_for(
        rate_bps=64_000,
        min_rtt_us=1000 * rtt_ms,
        busy_us=1000 * busy_ms,
        encode_us=1000 * encode_ms,
        hold_us=1000 * hold_ms,
        interval_us=1000 * interval_ms,
    )


def test_next_door_one_frame_at_a_time_is_enough() -> None:
    assert frames().frames == 0


def test_distance_a_thin_link_and_coding_each_make_room() -> None:
    assert frames(rtt_ms=600).frames == 9
    assert frames(busy_ms=60).frames == 1
    assert frames(encode_ms=70).frames == 1
    assert frames(rtt_ms=60_000).frames == MAX_PIPELINE_FRAMES


def test_bytes_are_bounded_by_rate_and_distance() -> None:
    assert frames(rtt_ms=68).wire_bytes == 8 * (68 + 132)


def test_a_decoder_that_falls_behind_gets_one_frame_at_a_time() -> None:
    assert frames(rtt_ms=600, hold_ms=40) == NO_PIPELINE
