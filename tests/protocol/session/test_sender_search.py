"""The search for a sender: HELLOs at their times, and a word where nobody answers."""

from __future__ import annotations

from protocol.session.sender_search import (
    FULL_RETRY_US,
    HELLO_INTERVAL_US,
    NO_ANSWER_US,
    UNSENT_RETRY_US,
    SenderSearch,
)


def test_hello_is_due_at_once_and_then_at_intervals() -> None:
    search = SenderSearch()
    times = [0, 1, HELLO_INTERVAL_US - 1, HELLO_INTERVAL_US, HELLO_INTERVAL_US + 1]
    assert [search.due_hello(now_us) for now_us in times] == [True, False, False, True, False]


def test_one_that_was_not_sent_comes_again_soon() -> None:
    search = SenderSearch()
    assert search.due_hello(0)
    search.hello_unsent(0)
    assert not search.due_hello(UNSENT_RETRY_US - 1)
    assert search.due_hello(UNSENT_RETRY_US)


def test_a_full_sender_is_asked_again_later() -> None:
    search = SenderSearch()
    search.turned_away(0, final=False)
    assert not search.due_hello(FULL_RETRY_US - 1)
    assert search.due_hello(FULL_RETRY_US)


def test_a_final_refusal_ends_it() -> None:
    search = SenderSearch()
    search.turned_away(0, final=True)
    assert not search.due_hello(10 * FULL_RETRY_US)
    assert search.unanswered_us(10 * NO_ANSWER_US) is None


def test_nobody_answering_is_told_every_few_seconds() -> None:
    search = SenderSearch()
    start_us = 7_000_000
    told = [search.unanswered_us(start_us + step * NO_ANSWER_US // 2) for step in range(5)]
    assert told == [None, None, NO_ANSWER_US, None, 2 * NO_ANSWER_US]


def test_after_a_link_the_waiting_begins_anew() -> None:
    search = SenderSearch()
    assert search.unanswered_us(0) is None
    search.found()
    assert search.unanswered_us(NO_ANSWER_US) is None
    assert search.unanswered_us(2 * NO_ANSWER_US) == NO_ANSWER_US
