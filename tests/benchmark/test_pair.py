"""Two programs together: whoever ends first ends both."""

from __future__ import annotations

from benchmark.pair import run_pair
from benchmark.program import Program
from runtime.signals import StopSignal


def talking(word: str) -> Program:
    return Program(
        [word],
        lambda line: None,
        module="tests.benchmark.talking_program",
        environment={"TALKING_PROGRAM": "word"},
    )


def test_the_receiver_gets_the_address_and_the_end_of_one_ends_both() -> None:
    urls = []

    def start_receiver(url: str) -> Program:
        urls.append(url)
        return talking("stay")

    pair = run_pair(lambda: talking("talk"), start_receiver, seconds=1.0, stop=StopSignal())
    assert urls == ["tcp://127.0.0.1:1"]
    assert pair.sender.summary is not None
    assert pair.receiver is not None and not pair.receiver.running


def test_a_sender_that_never_listens_gets_no_receiver() -> None:
    pair = run_pair(lambda: talking("leave"), lambda url: talking("stay"), seconds=1.0, stop=StopSignal())
    assert pair.receiver is None
    assert not pair.sender.running


def test_a_stop_ends_both() -> None:
    stop = StopSignal()

    def start_receiver(url: str) -> Program:
        stop.request()
        return talking("stay")

    pair = run_pair(lambda: talking("stay"), start_receiver, seconds=60.0, stop=stop)
    assert pair.receiver is not None and not pair.receiver.running and not pair.sender.running
