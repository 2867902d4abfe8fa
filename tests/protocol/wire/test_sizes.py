"""Estimates of bytes on the wire."""

from __future__ import annotations

from narrowcast.protocol.wire.sizes import frame_overhead_bytes, message_wire_bytes


def test_framing_and_headers_are_added_once_per_segment() -> None:
    assert message_wire_bytes(10) == 10 + 2 + 66
    assert message_wire_bytes(255) == 255 + 2 + 66
    assert message_wire_bytes(256) == 256 + 9 + 66
    assert message_wire_bytes(3000) == 3000 + 9 + 3 * 66


def test_a_frame_costs_its_fields_too() -> None:
    assert frame_overhead_bytes() == message_wire_bytes(8)
    assert frame_overhead_bytes(keys=True, paired=True) == message_wire_bytes(3 + 8 + 8, keys=True) / 2


def test_keys_cost_33_bytes_a_message() -> None:
    assert message_wire_bytes(1000, keys=True) == message_wire_bytes(1033)
    assert message_wire_bytes(222, keys=True) == 222 + 33 + 2 + 66
