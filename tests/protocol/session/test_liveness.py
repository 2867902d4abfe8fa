"""Silence ends a link soon, but not after a pause of this program, and later on a link that was only slow."""

from __future__ import annotations

from narrowcast.protocol.session.liveness import GRACE_US, SHORT_LIFE_US, SILENCE_US, UNLINKED_US, Liveness


def silent_after_us(liveness: Liveness, from_us: int) -> int:
    """Check ten times a second until silence has lasted too long; returns how long that was."""
    now_us = from_us
    while not liveness.is_silent(now_us):
        now_us += 100_000
    return now_us - from_us


def test_a_link_is_given_up_earlier_than_a_handshake() -> None:
    liveness = Liveness()
    assert silent_after_us(liveness, 0) == UNLINKED_US
    liveness.linked(10_000_000)
    liveness.is_silent(10_000_000)
    assert silent_after_us(liveness, 10_000_000) >= SILENCE_US


def test_a_message_starts_the_timeout_anew_and_the_round_trip_adds_to_it() -> None:
    liveness = Liveness()
    liveness.linked(0)
    for now_us in range(0, 5_000_000, 100_000):
        assert not liveness.is_silent(now_us)
        liveness.heard(now_us)
    liveness.note_rtt(600_000)
    assert silent_after_us(liveness, 4_900_000) == SILENCE_US + 1_200_000


def test_after_a_pause_of_this_program_waiting_messages_are_read_first() -> None:
    liveness = Liveness()
    liveness.linked(0)
    assert not liveness.is_silent(0)
    assert not liveness.is_silent(60_000_000)
    assert silent_after_us(liveness, 60_000_000) == GRACE_US


def test_the_timeout_doubles_while_links_fall_silent_early() -> None:
    liveness = Liveness()
    timeouts_us = []
    for attempt in range(6):
        now_us = attempt * 5_000_000
        liveness.linked(now_us)
        timeouts_us.append(liveness.timeout_us)
        liveness.unlinked(now_us + 3_000_000, silent=True)
    assert timeouts_us == [SILENCE_US, 2 * SILENCE_US, 4 * SILENCE_US, 8 * SILENCE_US, *2 * [12_000_000]]
    liveness.linked(100_000_000)
    liveness.unlinked(100_000_000 + SHORT_LIFE_US, silent=True)
    liveness.linked(200_000_000)
    assert liveness.timeout_us == SILENCE_US
