"""When a receiver may ask for a keyframe."""

from __future__ import annotations

from protocol.session.keyframe_requests import KeyframeRequests


def test_a_request_goes_out_at_once_and_repeats_until_the_keyframe_comes() -> None:
    requests = KeyframeRequests()
    assert not requests.take_due(0)
    assert requests.want("lost")
    assert not requests.want("lost again")
    assert requests.take_due(10) and requests.reason == "lost again"
    assert not requests.take_due(1_900_000)
    assert requests.take_due(2_000_010)
    requests.keyframe_came()
    assert requests.due_us is None
    assert not requests.take_due(9_000_000)


def test_a_new_break_waits_out_the_half_second() -> None:
    requests = KeyframeRequests()
    requests.want("first")
    requests.take_due(0)
    requests.keyframe_came()
    assert requests.want("second")
    assert requests.due_us == 500_000
    assert not requests.take_due(499_999)
    assert requests.take_due(500_000)
