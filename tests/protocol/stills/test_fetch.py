"""Tests of protocol/stills/fetch.py."""

from __future__ import annotations

from narrowcast.protocol.stills.fetch import (
    CREDIT_BYTES,
    MAX_TRIES,
    MAX_WAITING,
    PATIENCE_US,
    PAUSE_US,
    StillArrived,
    StillFailed,
    StillFetch,
)
from narrowcast.protocol.wire.fields import MAX_PAYLOAD_BYTES
from narrowcast.protocol.wire.messages import StillPart, StillRequest

FILE = bytes(range(100))


def part(offset: int, size: int = 50, total: int = 100, sequence: int = 5) -> StillPart:
    return StillPart(
        sequence=sequence, offset=offset, total_bytes=total, payload=FILE[offset : offset + size]
    )


def asking(sequence: int = 5) -> StillFetch:
    fetch = StillFetch()
    fetch.linked(epoch=7)
    assert fetch.want(sequence) is None
    assert fetch.due_request(0) == StillRequest(sequence=sequence, credit_bytes=CREDIT_BYTES)
    assert fetch.due_request(0) is None
    return fetch


def test_slices_become_the_file_and_each_gives_credit() -> None:
    fetch = asking()
    assert fetch.add(part(0), 1000) is None
    assert fetch.progress is not None and fetch.progress.received_bytes == 50
    assert fetch.due_request(1000) == StillRequest(sequence=5, offset=50, credit_bytes=CREDIT_BYTES)
    assert fetch.add(part(50), 2000) == StillArrived(sequence=5, png=FILE)
    assert fetch.progress is None and fetch.due_request(2000) is None
    assert fetch.confirmation(part(50)) == StillRequest(sequence=5, offset=100)


def test_what_does_not_fit_is_left_out() -> None:
    fetch = asking()
    for wrong in (part(50), part(0, sequence=6), StillPart(sequence=5, total_bytes=100, payload=bytes(101))):
        assert fetch.add(wrong, 0) is None
    assert fetch.progress is not None and fetch.progress.received_bytes == 0


def test_a_sender_that_lies_about_the_size_is_told_apart() -> None:
    for total in (MAX_PAYLOAD_BYTES + 1, 90):
        fetch = asking()
        fetch.add(part(0), 0)
        failed = fetch.add(part(50, total=total), 0)
        assert isinstance(failed, StillFailed) and "bytes" in failed.reason


def test_a_refusal_ends_it_with_its_reason() -> None:
    fetch = asking()
    assert fetch.add(StillPart(sequence=5, reason="gone\n"), 0) == StillFailed(sequence=5, reason="gone?")


def test_silence_is_asked_again_and_then_borne_no_more() -> None:
    fetch = asking()
    fetch.add(part(0), 0)
    fetch.due_request(0)
    for number in range(1, MAX_TRIES + 1):
        assert fetch.expired(number * PATIENCE_US) is None
        again = fetch.due_request(number * PATIENCE_US)
        assert again == StillRequest(sequence=5, offset=50, credit_bytes=CREDIT_BYTES, again=True)
    late_us = (MAX_TRIES + 1) * PATIENCE_US
    assert fetch.due_request(late_us) is None
    failed = fetch.expired(late_us)
    assert failed is not None and "does not answer" in failed.reason
    assert fetch.expired(late_us) is None


def test_a_link_that_comes_back_goes_on_and_another_run_of_the_sender_does_not() -> None:
    fetch = asking()
    fetch.add(part(0), 0)
    assert fetch.linked(epoch=7) == []
    request = fetch.due_request(1000)
    assert request is not None and request.offset == 50 and request.again
    fetch.want(6)
    assert [failed.sequence for failed in fetch.linked(epoch=8)] == [5, 6]
    assert fetch.due_request(2000) is None


def test_stills_wait_for_their_turn_and_not_too_many() -> None:
    fetch = asking()
    assert fetch.want(5) is None, "it is on its way already"
    for sequence in range(10, 10 + MAX_WAITING):
        assert fetch.want(sequence) is None
    assert fetch.want(99) == StillFailed(sequence=99, reason=f"{MAX_WAITING} others wait for their turn")
    fetch.add(part(0, size=100), 1000)
    assert fetch.due_request(1000) is None and fetch.timer_us == 1000 + PAUSE_US
    request = fetch.due_request(1000 + PAUSE_US)
    assert request is not None and request.sequence == 10
