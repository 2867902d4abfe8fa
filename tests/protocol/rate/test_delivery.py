"""Time on the way, split into distance, waiting and the link's work."""

from __future__ import annotations

from protocol.rate.delivery import BASE_WINDOW_US, DeliveryMeter


def test_nothing_is_told_until_a_ping_tells_distance_from_slowness() -> None:
    meter = DeliveryMeter()
    assert meter.min_rtt_us is None
    assert meter.add(sent_us=0, arrived_us=175_000, wire_bytes=1000) is None
    meter.note_ping_rtt(50_000, 200_000)
    assert meter.min_rtt_us == 50_000
    delivery = meter.add(sent_us=200_000, arrived_us=375_000, wire_bytes=1000)
    assert delivery is not None and delivery.busy_us == 125_000


def test_a_frame_that_waited_for_another_is_not_charged_for_it() -> None:
    meter = DeliveryMeter()
    meter.note_ping_rtt(50_000, 0)
    meter.add(sent_us=0, arrived_us=175_000, wire_bytes=1000)
    delivery = meter.add(sent_us=20_000, arrived_us=300_000, wire_bytes=1000)
    assert delivery is not None and delivery.busy_us == 125_000


def test_a_longer_route_is_believed_after_a_while() -> None:
    meter = DeliveryMeter()
    meter.note_ping_rtt(30_000, 0)
    meter.note_ping_rtt(400_000, 1_000_000)
    assert meter.min_rtt_us == 30_000
    meter.note_ping_rtt(410_000, BASE_WINDOW_US + 1)
    assert meter.min_rtt_us == 400_000
