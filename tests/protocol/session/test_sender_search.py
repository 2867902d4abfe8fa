"""The search for a sender: HELLOs at their times, and an event where nobody answers."""

from __future__ import annotations

from narrowcast.protocol.session.config import ReceiverSessionConfig
from narrowcast.protocol.session.events import NoAnswer, ReceiverEvent, Rejected
from narrowcast.protocol.session.sender_search import (
    FULL_RETRY_US,
    HELLO_INTERVAL_US,
    NO_ANSWER_US,
    UNSENT_RETRY_US,
    SenderSearch,
)
from narrowcast.protocol.wire.messages import Message
from narrowcast.protocol.wire.session_messages import CodecOffer, Hello


class Search(SenderSearch):
    """Keeps what it sends and tells."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.told: list[ReceiverEvent] = []
        config = ReceiverSessionConfig(codecs=(CodecOffer(name="jpeg"),), instance=5, name="here")
        super().__init__(config, self.sent.append, self.told.append)

    def says_hello(self, now_us: int, *, reachable: bool = True) -> bool:
        before = len(self.sent)
        self.run_timers(now_us, reachable=reachable)
        return len(self.sent) > before

    def unanswered_us(self, now_us: int) -> int | None:
        self.told.clear()
        self.run_timers(now_us, reachable=False)
        events = [event for event in self.told if isinstance(event, NoAnswer)]
        return events[0].waited_us if events else None


def test_hello_is_due_at_once_and_then_at_intervals() -> None:
    search = Search()
    times = [0, 1, HELLO_INTERVAL_US - 1, HELLO_INTERVAL_US, HELLO_INTERVAL_US + 1]
    assert [search.says_hello(now_us) for now_us in times] == [True, False, False, True, False]
    assert isinstance(search.sent[0], Hello) and search.sent[0].name == "here"


def test_without_a_connection_the_hello_waits() -> None:
    search = Search()
    assert not search.says_hello(0, reachable=False)
    assert search.says_hello(1)


def test_one_that_was_not_sent_comes_again_soon() -> None:
    search = Search()
    assert search.says_hello(0)
    search.hello_unsent(0)
    assert not search.says_hello(UNSENT_RETRY_US - 1)
    assert search.says_hello(UNSENT_RETRY_US)


def test_a_full_sender_is_asked_again_later() -> None:
    search = Search()
    search.turned_away(Rejected(code=4, text="full", final=False), 0)
    assert not search.says_hello(FULL_RETRY_US - 1)
    assert search.says_hello(FULL_RETRY_US)


def test_a_final_refusal_ends_it() -> None:
    search = Search()
    search.turned_away(Rejected(code=3, text="model", final=True), 0)
    assert not search.says_hello(10 * FULL_RETRY_US)
    assert search.unanswered_us(10 * NO_ANSWER_US) is None


def test_nobody_answering_is_told_every_few_seconds() -> None:
    search = Search()
    start_us = 7_000_000
    told = [search.unanswered_us(start_us + step * NO_ANSWER_US // 2) for step in range(5)]
    assert told == [None, None, NO_ANSWER_US, None, 2 * NO_ANSWER_US]


def test_after_a_link_the_waiting_begins_anew() -> None:
    search = Search()
    assert search.unanswered_us(0) is None
    search.found()
    assert search.unanswered_us(NO_ANSWER_US) is None
    assert search.unanswered_us(2 * NO_ANSWER_US) == NO_ANSWER_US
