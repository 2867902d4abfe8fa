"""What may be in flight to a receiver when another frame goes out."""

from __future__ import annotations

from narrowcast.protocol.rate.congestion_window import (
    MAX_FRAMES,
    STOP_AND_WAIT,
    CongestionWindow,
    congestion_window,
)


def window(
    *, rtt_ms: int = 1, transmission_ms: int = 1, encode_ms: int = 25, hold_ms: int = 0, interval_ms: int = 66
) -> CongestionWindow:
    return congestion_window(
        target_bps=64_000,
        min_rtt_us=1000 * rtt_ms,
        transmission_us=1000 * transmission_ms,
        encode_us=1000 * encode_ms,
        hold_us=1000 * hold_ms,
        interval_us=1000 * interval_ms,
    )


def test_on_a_short_link_one_frame_at_a_time_is_enough() -> None:
    assert window().frames == 0


def test_a_long_round_trip_a_thin_link_and_coding_each_widen_the_window() -> None:
    assert window(rtt_ms=600).frames == 9
    assert window(transmission_ms=60).frames == 1
    assert window(encode_ms=70).frames == 1
    assert window(rtt_ms=60_000).frames == MAX_FRAMES


def test_bytes_are_bounded_by_the_bandwidth_delay_product_and_two_frames() -> None:
    assert window(rtt_ms=68).wire_bytes == 8 * (68 + 132)


def test_a_decoder_that_falls_behind_gets_one_frame_at_a_time() -> None:
    assert window(rtt_ms=600, hold_ms=40) == STOP_AND_WAIT
