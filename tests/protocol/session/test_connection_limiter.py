"""Who has to go, and who may stay."""

from __future__ import annotations

from protocol.session.connection_limiter import (
    BURST_MESSAGES,
    HANDSHAKE_US,
    HELLO_US,
    MAX_CONNECTIONS,
    MESSAGES_PER_S,
    Doorkeeper,
    Pace,
)

SECOND_US = 1_000_000


def nobody(peer: bytes) -> bool:
    return False


def everybody(peer: bytes) -> bool:
    return True


def test_who_never_speaks_goes_once_the_handshake_and_the_hello_are_overdue() -> None:
    keeper = Doorkeeper()
    keeper.opened(5, 0)
    assert keeper.expulsions(nobody, HANDSHAKE_US + HELLO_US - 1) == []
    (expulsion,) = keeper.expulsions(nobody, HANDSHAKE_US + HELLO_US)
    assert expulsion.connection == 5 and "hello" in expulsion.reason
    assert keeper.expulsions(nobody, 10 * HELLO_US) == [], "told once"


def test_who_speaks_has_three_seconds_to_be_known() -> None:
    keeper = Doorkeeper()
    keeper.opened(5, 0)
    assert keeper.admit(5, b"peer", SECOND_US)
    assert keeper.admit(5, b"peer", 2 * SECOND_US), "more words win no more time"
    assert keeper.expulsions(nobody, SECOND_US + HELLO_US - 1) == []
    assert len(keeper.expulsions(nobody, SECOND_US + HELLO_US)) == 1
    assert not keeper.admit(5, b"peer", SECOND_US + HELLO_US + 1)


def test_who_is_known_stays_until_some_time_after_the_goodbye() -> None:
    keeper = Doorkeeper()
    keeper.opened(5, 0)
    keeper.admit(5, b"peer", 0)
    assert keeper.expulsions(everybody, 100 * SECOND_US) == []
    assert keeper.expulsions(nobody, 200 * SECOND_US) == []
    assert keeper.expulsions(everybody, 201 * SECOND_US) == [], "it came back in time"
    assert keeper.expulsions(nobody, 300 * SECOND_US) == []
    assert len(keeper.expulsions(nobody, 300 * SECOND_US + HELLO_US)) == 1


def test_a_flood_is_cut_and_its_messages_thrown_away() -> None:
    keeper = Doorkeeper()
    keeper.opened(5, 0)
    keeper.opened(6, 0)
    admitted = sum(keeper.admit(5, b"flood", 1000 * number) for number in range(5000))
    assert admitted <= BURST_MESSAGES + 5 * MESSAGES_PER_S
    assert keeper.messages_refused == 5000 - admitted
    (expulsion,) = keeper.expulsions(everybody, 5 * SECOND_US)
    assert expulsion.connection == 5 and "messages a second" in expulsion.reason
    assert keeper.admit(6, b"other", 5 * SECOND_US), "the others do not suffer"


def test_the_fastest_receiver_is_not_taken_for_a_flood() -> None:
    pace = Pace(0)
    assert all(pace.take(round(number * 1e6 / 250)) for number in range(60 * 250))


def test_one_connection_too_many_goes_at_once_and_those_that_are_there_stay() -> None:
    keeper = Doorkeeper()
    for connection in range(MAX_CONNECTIONS + 1):
        keeper.opened(connection, 0)
    assert [expulsion.connection for expulsion in keeper.expulsions(nobody, 1)] == [MAX_CONNECTIONS]
    keeper.closed(MAX_CONNECTIONS)
    keeper.closed(0)
    keeper.opened(0, 2)
    assert keeper.expulsions(nobody, 3) == []


def test_last_words_of_a_connection_that_is_gone_are_read() -> None:
    keeper = Doorkeeper()
    keeper.opened(5, 0)
    keeper.closed(5)
    assert keeper.admit(5, b"peer", 1)
    assert keeper.expulsions(nobody, 100 * SECOND_US) == []


def test_who_takes_more_receivers_has_room_for_more_connections() -> None:
    keeper = Doorkeeper(max_connections=2)
    for connection in range(3):
        keeper.opened(connection, 0)
    assert "more than 2" in keeper.expulsions(nobody, 1)[0].reason
