"""The frames that the server has not acknowledged."""

from __future__ import annotations

from narrowcast.fabric.relay import ring as ring_module
from narrowcast.fabric.relay.ring import RING_US, Ring, WaitingFrame


def filled(count: int, keyframe_every: int = 5, step_us: int = 100_000) -> tuple[Ring, list[WaitingFrame]]:
    ring = Ring()
    return ring, [
        ring.put(
            "s", f"1:{number}", b"x" * 10, keyframe=number % keyframe_every == 0, now_us=number * step_us
        )
        for number in range(count)
    ]


def test_what_is_acknowledged_is_let_go() -> None:
    ring, entries = filled(4)
    assert ring.acknowledged(entries[1].number) and not ring.acknowledged(entries[1].number)
    assert list(ring) == [entries[0], *entries[2:]] and len(ring) == 3


def test_what_is_too_old_is_given_up_with_what_builds_on_it() -> None:
    ring, entries = filled(12)
    assert ring.expire(RING_US) == 0
    assert ring.expire(RING_US + 200_001) == 5, "the first keyframe and the four frames behind it"
    assert list(ring) == entries[5:] and ring.frames_lost == 5
    assert all(entry.lost for entry in entries[:5]) and not entries[5].lost


def test_a_chain_whose_beginning_the_server_has_is_given_up_to_its_end() -> None:
    ring, entries = filled(7)
    ring.acknowledged(entries[0].number)
    assert ring.expire(RING_US + 150_000) == 4
    assert list(ring) == entries[5:]


def test_no_more_is_kept_than_memory_has_room_for() -> None:
    ring, _ = filled(12)
    bound, ring_module.MAX_RING_BYTES = ring_module.MAX_RING_BYTES, 70
    try:
        assert ring.expire(0) == 5
    finally:
        ring_module.MAX_RING_BYTES = bound


def test_another_relay_has_the_camera() -> None:
    ring, entries = filled(3)
    ring.clear()
    assert not len(ring) and all(entry.lost for entry in entries) and ring.expire(10**9) == 0
