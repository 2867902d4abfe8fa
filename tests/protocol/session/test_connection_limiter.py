"""Which connections are ended, and which may stay."""

from __future__ import annotations

from narrowcast.protocol.session.connection_limiter import (
    BURST_MESSAGES,
    HANDSHAKE_US,
    HELLO_US,
    MAX_CONNECTIONS,
    MESSAGES_PER_S,
    ConnectionLimiter,
    MessageRateLimit,
)

SECOND_US = 1_000_000


def nobody(peer: bytes) -> bool:
    return False


def everybody(peer: bytes) -> bool:
    return True


def test_a_silent_peer_is_disconnected_once_handshake_and_hello_are_overdue() -> None:
    limiter = ConnectionLimiter()
    limiter.opened(5, 0)
    assert limiter.disconnections(nobody, HANDSHAKE_US + HELLO_US - 1) == []
    (disconnection,) = limiter.disconnections(nobody, HANDSHAKE_US + HELLO_US)
    assert disconnection.connection == 5 and "hello" in disconnection.reason
    assert limiter.disconnections(nobody, 10 * HELLO_US) == [], "listed once"


def test_an_unauthenticated_peer_that_sends_messages_has_three_seconds() -> None:
    limiter = ConnectionLimiter()
    limiter.opened(5, 0)
    assert limiter.admit(5, b"peer", SECOND_US)
    assert limiter.admit(5, b"peer", 2 * SECOND_US), "more messages win no more time"
    assert limiter.disconnections(nobody, SECOND_US + HELLO_US - 1) == []
    assert len(limiter.disconnections(nobody, SECOND_US + HELLO_US)) == 1
    assert not limiter.admit(5, b"peer", SECOND_US + HELLO_US + 1)


def test_an_authenticated_peer_stays_until_some_time_after_its_session_ended() -> None:
    limiter = ConnectionLimiter()
    limiter.opened(5, 0)
    limiter.admit(5, b"peer", 0)
    assert limiter.disconnections(everybody, 100 * SECOND_US) == []
    assert limiter.disconnections(nobody, 200 * SECOND_US) == []
    assert limiter.disconnections(everybody, 201 * SECOND_US) == [], "it came back in time"
    assert limiter.disconnections(nobody, 300 * SECOND_US) == []
    assert len(limiter.disconnections(nobody, 300 * SECOND_US + HELLO_US)) == 1


def test_a_flood_is_cut_and_its_messages_thrown_away() -> None:
    limiter = ConnectionLimiter()
    limiter.opened(5, 0)
    limiter.opened(6, 0)
    admitted = sum(limiter.admit(5, b"flood", 1000 * number) for number in range(5000))
    assert admitted <= BURST_MESSAGES + 5 * MESSAGES_PER_S
    assert limiter.messages_refused == 5000 - admitted
    (disconnection,) = limiter.disconnections(everybody, 5 * SECOND_US)
    assert disconnection.connection == 5 and "messages a second" in disconnection.reason
    assert limiter.admit(6, b"other", 5 * SECOND_US), "the others do not suffer"


def test_the_fastest_receiver_is_not_taken_for_a_flood() -> None:
    rate_limit = MessageRateLimit(0)
    assert all(rate_limit.take(round(number * 1e6 / 250)) for number in range(60 * 250))


def test_one_connection_too_many_goes_at_once_and_those_that_are_there_stay() -> None:
    limiter = ConnectionLimiter()
    for connection in range(MAX_CONNECTIONS + 1):
        limiter.opened(connection, 0)
    (disconnection,) = limiter.disconnections(nobody, 1)
    assert disconnection.connection == MAX_CONNECTIONS
    limiter.closed(MAX_CONNECTIONS)
    limiter.closed(0)
    limiter.opened(0, 2)
    assert limiter.disconnections(nobody, 3) == []


def test_messages_that_came_before_a_connection_closed_are_read() -> None:
    limiter = ConnectionLimiter()
    limiter.opened(5, 0)
    limiter.closed(5)
    assert limiter.admit(5, b"peer", 1)
    assert limiter.disconnections(nobody, 100 * SECOND_US) == []


def test_who_takes_more_receivers_has_room_for_more_connections() -> None:
    limiter = ConnectionLimiter(max_connections=2)
    for connection in range(3):
        limiter.opened(connection, 0)
    assert "more than 2" in limiter.disconnections(nobody, 1)[0].reason


def test_it_is_full_at_the_limit_and_has_room_when_one_has_gone() -> None:
    limiter = ConnectionLimiter(2)
    limiter.opened(1, 0)
    assert not limiter.full
    limiter.opened(2, 0)
    assert limiter.full
    limiter.closed(1)
    assert not limiter.full
