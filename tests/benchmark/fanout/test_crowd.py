"""Light receivers, at a real sender."""

from __future__ import annotations

from narrowcast.benchmark.fanout.crowd import LightReceiver, main
from narrowcast.protocol import CodecOffer
from narrowcast.worker import Worker
from tests.pipelines import run_sender, small_sender, wait_until

JPEG = CodecOffer(name="jpeg", model_id="")


def test_each_takes_every_frame_and_knows_its_age() -> None:
    with run_sender(small_sender(fps=120.0)) as sender:
        receivers = [LightReceiver(sender.address(), JPEG) for _ in range(3)]
        workers = [Worker("light receiver", receiver.run) for receiver in receivers]
        for worker in workers:
            worker.start()
        wait_until(lambda: all(len(receiver.arrivals) >= 5 for receiver in receivers))
        assert all(receiver.linked for receiver in receivers)
        for receiver, worker in zip(receivers, workers, strict=True):
            receiver.stopping = True
            worker.join(10.0)
            worker.check()
    for receiver in receivers:
        times_us = [arrival.taken_us for arrival in receiver.arrivals]
        assert times_us == sorted(times_us)
        assert all(-1_000_000 < arrival.age_us < 20_000_000 for arrival in receiver.arrivals)
    assert any("left" in text for text in sender.reporter.notices), "they said goodbye"


def test_the_command_line_is_checked() -> None:
    assert main(["nowhere", "--count", "1", "--codec", "jpeg"]) == 2
