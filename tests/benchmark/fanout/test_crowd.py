"""Light receivers, at a real sender."""

from __future__ import annotations

from narrowcast.benchmark.fanout.crowd import Crowd, main
from narrowcast.protocol import CodecOffer
from tests.pipelines import run_sender, small_sender

JPEG = CodecOffer(name="jpeg", model_id="")


def test_each_takes_every_frame_and_knows_its_age() -> None:
    with run_sender(small_sender(fps=120.0)) as sender:
        crowd = Crowd(sender.address(), JPEG, 3)
        linked: list[bool] = []
        crowd.run(
            lambda: all(len(receiver.arrivals) >= 5 for receiver in crowd.receivers),
            lambda: linked.append(crowd.linked),
        )
        assert linked[0] is False and linked[-1] is True
    for receiver in crowd.receivers:
        times_us = [arrival.taken_us for arrival in receiver.arrivals]
        assert times_us == sorted(times_us)
        assert all(-1_000_000 < arrival.age_us < 20_000_000 for arrival in receiver.arrivals)
    assert any("left" in text for text in sender.reporter.notices), "they said goodbye"


def test_the_command_line_is_checked() -> None:
    assert main(["nowhere", "--count", "1", "--codec", "jpeg"]) == 2
